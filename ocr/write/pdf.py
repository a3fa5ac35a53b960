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
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, ObjectStreamMode, Pdf, Stream, StreamDecodeLevel

from ocr.document import Engine, Line, Matrix, Page, Quad
from ocr.errors import EncryptedError, InputError
from ocr.write.embed import embed
from ocr.write.glyphless import ADVANCE, FONT_NAME, GlyphlessFont

if TYPE_CHECKING:
    from ocr.source import Source

__all__ = ["text_layer", "write"]

WORD_GAP = 0.15
"""Least gap between the words of a line, in em: readers that go by geometry alone see one word under about 0.1."""

MIN_SCALE = 0.1
"""Least horizontal scale in percent; 0 would fold the text matrix."""


def write(pages: Iterable[Page], file: BinaryIO, source: Source, engine: Engine) -> None:
    """Write the original with a text layer; only the text layers are held until the end.

    Raises:
        InputError: the original is damaged beyond what can be grafted onto.
        EncryptedError: the password does not open it.
    """
    with _opened(source) as pdf:
        font = GlyphlessFont(pdf)
        used = False
        for page in pages:
            used = _graft(pdf, page, font, source.name) or used
        if used:
            font.close()
        _save(pdf, file)


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
    runs = _runs(line, matrix, (cos, sin), d, size)
    if not runs:
        return
    yield f"/{resource} {_number(size)} Tf".encode()
    yield " ".join(_number(v) for v in (cos, sin, -sin, cos, *d)).encode() + b" Tm"
    before = 0.0
    for text, start, end in runs:
        scale = max(MIN_SCALE, 100 * (end - start) / (len(text) * ADVANCE * size))
        yield f"{_number(start - before)} 0 Td {_number(scale)} Tz ".encode() + font.encode(text) + b" Tj"
        before = start


def _runs(
    line: Line, matrix: Matrix, direction: tuple[float, float], origin: tuple[float, float], size: float
) -> list[tuple[str, float, float]]:
    """Words and the spaces between them with where they start and end along the line, in points."""

    def extent(box: Quad) -> tuple[float, float]:
        along = [
            (x - origin[0]) * direction[0] + (y - origin[1]) * direction[1] for x, y in box.transformed(matrix).points
        ]
        return min(along), max(along)

    texts = [(word.text, word.box) for word in line.words] or [(line.text, line.box)]
    words = [(text, *extent(box)) for raw, box in texts if (text := " ".join(raw.split()))]
    runs = []
    for (text, start, end), (_, following, _) in pairwise(words):
        # Words that touch or overlap give up a little of their end, so that the space between them is seen.
        stop = max(start + (end - start) / 2, min(end, following - WORD_GAP * size))
        runs += [(text, start, stop), (" ", stop, max(stop, following))]
    return runs + words[-1:]


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
def _opened(source: Source) -> Iterator[Pdf]:
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


def _save(pdf: Pdf, file: BinaryIO) -> None:
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
