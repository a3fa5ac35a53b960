"""Searchable PDF: an invisible text layer under the untouched pages of the original.

Each selected page gets one content stream in front of its own, ``q BT 3 Tr ... ET Q``. In front, because there the
coordinate system is still the page's initial one, whatever the original does to it and however it nests q and Q; and
nothing of the original has to be rewritten. An image input first becomes a PDF that embeds its bytes (``embed.py``).

A page that already has a layer of ours keeps that one and gets no second. Layers of other programs are left as they
are and ours is added. An encrypted original comes out decrypted: what is searchable has to be readable.
"""

from __future__ import annotations

import copy
import io
import math
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, ObjectStreamMode, Pdf, Stream, StreamDecodeLevel

from ocr.document import Engine, Line, Matrix, Page, Quad
from ocr.errors import EncryptedError, InputError
from ocr.write.pdf.embed import embed
from ocr.write.pdf.glyphless import ADVANCE, FONT_NAME, GlyphlessFont

if TYPE_CHECKING:
    from ocr.source import Source

__all__ = ["opened", "save", "text_layer", "write"]

WORD_GAP = 0.15
"""Least gap between the words of a line, in em: readers that go by geometry alone see one word under about 0.1."""

MIN_SCALE = 0.001
"""Least horizontal scale; 0 would fold the text matrix."""


MAX_SKEW = math.sin(math.radians(6))
"""Words of lines that are skewed by less than this are set level, each at its own height."""


@dataclass(frozen=True, slots=True)
class _Run:
    """A word between two places on its line, in points."""

    text: str
    start: float
    end: float


def write(pages: Iterable[Page], file: BinaryIO, source: Source, engine: Engine) -> None:
    """Write the original with a text layer; only the text layers are held until the end.

    Raises:
        InputError: the original is damaged beyond what can be grafted onto.
        EncryptedError: the password does not open it.
    """
    with opened(source) as pdf:
        font = GlyphlessFont(pdf)
        used = False
        for page in pages:
            used = _graft(pdf, page, font, source.name) or used
        if used:
            font.close()
        save(pdf, file)


def text_layer(page: Page, font: GlyphlessFont, resource: str) -> bytes:
    """The content stream with a page's text: in reading order, each word scaled to its box.

    Args:
        page: what was read; ``Page.matrix`` maps it to the page's user space.
        font: gives the codes.
        resource: name of the font in the page's resources.
    """
    lines = [operators for line in page.lines for operators in _line(line, page.matrix, font, resource)]
    return b"\n".join([b"q BT 3 Tr", *lines, b"ET Q\n"]) if lines else b""


def _line(line: Line, matrix: Matrix, font: GlyphlessFont, resource: str) -> Iterator[bytes]:
    a, b, c, d = line.box.transformed(matrix).points
    length, size = math.dist(c, d), (math.dist(a, d) + math.dist(b, c)) / 2
    if length < 1e-3 or size < 1e-3:
        return
    cos, sin = (c[0] - d[0]) / length, (c[1] - d[1]) / length
    level_cos, level_sin = _level(cos, sin)
    yield f"/{resource} {_number(size)} Tf".encode()
    end = 0.0
    for index, word in enumerate(_words(line, matrix, (cos, sin), d, size)):
        # A space and the word after it are one string: pdfium judges the direction of text by strings of two
        # characters and more, and takes a lone space in upward text for a new line.
        start = end if index else word.start
        em = size * max(MIN_SCALE, (word.end - word.start) / (len(word.text) * ADVANCE * size))
        space = font.encode(" ") + _number(1000 * (ADVANCE - (word.start - start) / em)).encode() if index else b""
        middle, back = (word.start + word.end) / 2, (word.start + word.end) / 2 - start
        x, y = d[0] + cos * middle - level_cos * back, d[1] + sin * middle - level_sin * back
        place = " ".join(_number(v) for v in (level_cos, level_sin, -level_sin, level_cos, x, y))
        yield f"{place} Tm {_number(100 * em / size)} Tz [".encode() + space + font.encode(word.text) + b"] TJ"
        end = word.end


def _level(cos: float, sin: float) -> tuple[float, float]:
    """The direction for words in a line: that of the nearest axis, if the line is merely skewed.

    poppler ends a word where its baseline has drifted by half a point, so that turned glyphs would break long words.
    """
    if min(abs(cos), abs(sin)) > MAX_SKEW:
        return cos, sin
    return (math.copysign(1, cos), 0.0) if abs(cos) > abs(sin) else (0.0, math.copysign(1, sin))


def _words(
    line: Line, matrix: Matrix, direction: tuple[float, float], origin: tuple[float, float], size: float
) -> list[_Run]:
    """The words with where they start and end along the line, in points."""

    def run(text: str, box: Quad) -> _Run:
        along = [
            (x - origin[0]) * direction[0] + (y - origin[1]) * direction[1] for x, y in box.transformed(matrix).points
        ]
        return _Run(text, min(along), max(along))

    texts = [(word.text, word.box) for word in line.words] or [(line.text, line.box)]
    runs = [run(text, box) for raw, box in texts if (text := " ".join(raw.split()))]
    # Words that touch or overlap give up a little of their end, so that the space between them is seen.
    parted = [
        replace(run, end=max((run.start + run.end) / 2, min(run.end, following.start - WORD_GAP * size)))
        for run, following in pairwise(runs)
    ]
    return parted + runs[-1:]


def _graft(pdf: Pdf, page: Page, font: GlyphlessFont, name: str) -> bool:
    if not 1 <= page.number <= len(pdf.pages):
        raise InputError(
            f"{name}: page {page.number} is missing from its page tree; repair it: qpdf {name} repaired.pdf"
        )
    target = pdf.pages[page.number - 1].obj
    resources = copy.copy(_inherited(target, "/Resources"))
    fonts = copy.copy(resources.get("/Font", Dictionary()))
    if any(_is_ours(known) for _, known in fonts.items()):
        return False
    resource = next(key for n in range(len(fonts) + 1) if "/" + (key := f"Ocr{n}") not in fonts)
    layer = text_layer(page, font, resource)
    if not layer:
        return False
    fonts["/" + resource] = font.object
    resources.Font = fonts
    target.Resources = resources
    stream = pdf.make_indirect(Stream(pdf, zlib.compress(layer), Filter=Name.FlateDecode))
    contents = target.get("/Contents")
    originals = list(contents) if isinstance(contents, Array) else [] if contents is None else [contents]
    target.Contents = Array([stream, *originals])
    return True


def _is_ours(font: Object) -> bool:
    return isinstance(font, Dictionary) and str(font.get("/BaseFont", "")) == "/" + FONT_NAME


def _inherited(page: Object, key: str) -> Object:
    """An attribute of the page, or of the nearest of its parents that has it (ISO 32000-1, 7.7.3.4)."""
    node: Object | None = page
    for _ in range(100):  # a damaged tree may have a loop
        if not isinstance(node, Dictionary):
            break
        if isinstance(found := node.get(key), Dictionary):
            return found
        node = node.get("/Parent")
    return Dictionary()


@contextmanager
def opened(source: Source) -> Iterator[Pdf]:
    """The source as a PDF: the original, or one that embeds its pictures.

    Raises:
        InputError: the original is damaged.
        EncryptedError: the password does not open it.
    """
    with tempfile.TemporaryFile() as scratch:
        if source.kind == "image":
            embed(source, scratch)
            original: Path | BinaryIO = scratch
        else:
            data = source.data()
            original = io.BytesIO(data) if isinstance(data, bytes) else data
        try:
            pdf = Pdf.open(original, password=source.password)
        except pikepdf.PasswordError as error:
            raise EncryptedError(f"{source.name}: the password does not open it; give it with --password") from error
        except pikepdf.PdfError as error:
            raise InputError(
                f"{source.name}: damaged ({error}); try to repair it: qpdf {source.name} repaired.pdf"
            ) from error
        with pdf:
            yield pdf


def save(pdf: Pdf, file: BinaryIO) -> None:
    """Save without touching any stream of the original."""
    options = {
        "compress_streams": False,
        "stream_decode_level": StreamDecodeLevel.none,
        "object_stream_mode": ObjectStreamMode.preserve,
        "min_version": "1.4",
    }
    if file.seekable():
        pdf.save(file, **options)
        return
    with tempfile.TemporaryFile() as scratch:
        pdf.save(scratch, **options)
        scratch.seek(0)
        while chunk := scratch.read(1 << 20):
            file.write(chunk)


def _number(value: float) -> str:
    """A number as PDF writes it: plain decimals, no exponent."""
    return f"{value:.4f}".rstrip("0").rstrip(".")
