"""What each reader of PDF gets out of the text layer: the text of the page, up to white space."""

from __future__ import annotations

import importlib.util
import io
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from ocr.document import Line, Quad, Word
from ocr.geometry import rotation_matrix
from ocr.source import open_source
from ocr.write.pdf.searchable import write
from tests.write.pages import ENGINE, SIZE, line_of, moved, page_of, pdfium_text, scanned_pdf, upright


def by_poppler(path: Path) -> str:
    return _output("pdftotext", "-raw", str(path), "-")


def by_mupdf(path: Path) -> str:
    return _output("mutool", "draw", "-q", "-F", "txt", str(path))


def by_pdfium(path: Path) -> str:
    return pdfium_text(path.read_bytes()).replace("\x02", "-\n")  # its sign for a hyphen at the end of a line


def by_pdfminer(path: Path) -> str:
    if importlib.util.find_spec("pdfminer") is None:
        pytest.skip("pdfminer.six is not installed: pip install pdfminer.six")
    from pdfminer.high_level import extract_text

    return str(extract_text(path))


def _output(program: str, *arguments: str) -> str:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    return subprocess.run([program, *arguments], capture_output=True, check=True).stdout.decode()


READERS = (by_poppler, by_mupdf, by_pdfium, by_pdfminer)


def proportional(text: str, left: float, top: float, size: float = 24) -> Line:
    """A line whose words are as wide as in print, not as wide as their number of letters says."""
    words, x = [], left
    for part in text.split(" "):
        width = sum(size * (0.28 if c in "iljtf.,'-" else 0.85 if c in "mwMW" else 0.5) for c in part)
        words.append(Word(part, 0.9, Quad.rect(x, top, x + width, top + size)))
        x += width + 0.28 * size
    return Line(text, 0.9, Quad.rect(left, top, x, top + size), tuple(words))


def in_columns() -> list[Line]:
    texts = ("The little ferry will tilt", "William Wimmow swims, so", "sit still, all who fol-", "low it to its isle.")
    return [proportional(text, left, 80 + 34 * i) for left in (60, 460) for i, text in enumerate(texts)]


def tilted(degrees: float) -> list[Line]:
    return [moved(proportional(f"{word} line of words", 150, 300 + 40 * i), rotation_matrix(degrees, (400, 400)))
            for i, word in enumerate(("First", "Second", "Third"))]  # fmt: skip


PAGES = {
    "prose in two columns": in_columns(),
    "skewed": tilted(2.5),
    "slanted": tilted(-20),
    "reads upwards": tilted(-90),
    "reads downwards": tilted(90),
    "Han without spaces": [line_of("汉字文本层不加空格", 100, 100 + 50 * i, size=40, advance=40) for i in range(3)],
    "Han and Latin": [line_of("共计 128 元 (RMB) 整", 100, 100, size=40, advance=30)],
    "accents, signs, Greek": [line_of("Größe “œuvre” ½ € § λόγος", 100, 100)],
    "the same again and again": [line_of("again", 100 + 70 * j, 100 + 22 * i) for i in range(6) for j in range(3)],
    "words that nearly touch": [
        Line(
            "all at the top",
            0.9,
            Quad.rect(60, top, 60 + 5.3 * size, top + size),
            tuple(
                Word(text, 0.9, Quad.rect(60 + at * size, top, 60 + (at + width) * size, top + size))
                for text, at, width in (("all", 0, 1.2), ("at", 1.22, 0.9), ("the", 2.27, 1.28), ("top", 3.69, 1.6))
            ),
        )
        for top, size in ((100, 6), (160, 9), (220, 14), (300, 28), (400, 60))
    ],
    "cells that touch": [
        line_of(text, 100 + 92 * j, 100 + 40 * i, size=26, advance=23)
        for i in range(4)
        for j, text in enumerate(("cell", "next", "last"))
    ],
    "a dash inside the next word": [
        Line(
            "25 - 138",
            0.9,
            Quad.rect(114, 574, 159, 587),
            (
                Word("25", 0.9, Quad.rect(114, 574, 130, 587)),
                Word("-", 0.9, Quad.rect(133, 574, 140, 586)),
                Word("138", 0.9, Quad.rect(134, 573, 159, 586)),
            ),
        )
    ],
    "long words near the next": [
        Line(
            f"{long} 2e",
            0.9,
            Quad.rect(60, 100 + 60 * i, 128 + width, 134 + 60 * i),
            (
                Word(long, 0.9, Quad.rect(60, 100 + 60 * i, 60 + width, 134 + 60 * i)),
                Word("2e", 0.9, Quad.rect(66 + width, 100 + 60 * i, 128 + width, 134 + 60 * i)),
            ),
        )
        for i in range(12)
        for long, width in (("两份文档侧重点都在于描述" + "的" * i, 340 + 29 * i),)
    ],
    "lines that touch": [
        proportional(text, left, 100 + 36 * i + 90 * k, 36)
        for k in range(4)
        for i, (text, left) in enumerate((("VE05: Ridzuan (11900)", 60), ("DD: 25/09/2017 12:12", 350 + 20 * k)))
    ],
    "beyond the edges": [line_of("Upper", -4, -6), line_of("middle", 400, 500), line_of("lower", 780, 1085)],
    "escapes": [line_of("a(b)c \\ [d] <e> {f}", 100, 100)],
    "large and small": [proportional("HEADLINE", 60, 60, 120), proportional("tiny print below it", 60, 200, 9)],
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("kind", PAGES)
def test_readers_get_the_text(kind: str, reader: Callable[[Path], str], tmp_path: Path) -> None:
    lines = PAGES[kind]
    out = io.BytesIO()
    with open_source(scanned_pdf()) as source:
        write([page_of(lines, matrix=upright(*SIZE))], out, source, ENGINE)
    path = tmp_path / "out.pdf"
    path.write_bytes(out.getvalue())
    found, wanted = reader(path).split(), [word for line in lines for word in line.text.split()]
    if "reads" in kind:  # pdfminer takes each letter for a line there, and pdfium may join two lines
        found, wanted = sorted("".join(found)), sorted("".join(wanted))
    elif reader is by_pdfminer:  # orders by its own layout analysis
        found, wanted = sorted(found), sorted(wanted)
    assert found == wanted


@pytest.mark.parametrize("reader", READERS)
def test_readers_get_the_text_where_the_unit_of_user_space_is_an_inch(
    reader: Callable[[Path], str], tmp_path: Path
) -> None:
    """Places are not rounded to tenths of that unit."""
    lines = [proportional(f"{word} line of several words", 100, 100 + 40 * i) for i, word in enumerate(("A", "No"))]
    path, inches = tmp_path / "out.pdf", io.BytesIO()
    with pikepdf.open(io.BytesIO(scanned_pdf())) as pdf:
        page = pdf.pages[0]
        page.UserUnit = 72
        page.MediaBox = pikepdf.Array([float(side) / 72 for side in page.MediaBox])
        page.contents_add(b"q 0.0138889 0 0 0.0138889 0 0 cm", prepend=True)
        page.contents_add(b"Q")
        pdf.save(inches)
    matrix = upright(*SIZE, dpi=7200)
    with open_source(inches.getvalue()) as source, path.open("wb") as out:
        write([page_of(lines, matrix=matrix)], out, source, ENGINE)
    assert sorted(reader(path).split()) == sorted(word for line in lines for word in line.text.split())


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [(0.0, 0.0), (20.0, 30.0)])
def test_words_lie_where_they_are_seen(turned: int, crop: tuple[float, float], samples: Path, tmp_path: Path) -> None:
    """The page is turned by ``/Rotate``, its corner is not the origin, and its crop box is smaller: by pdftotext."""
    path, (x, y) = tmp_path / "in.pdf", crop
    with pikepdf.open(samples / "scan.pdf") as pdf:
        del pdf.pages[1:]
        page = pdf.pages[0]
        width, height = (float(side) for side in page.MediaBox[2:])
        page.contents_add(b"q 1 0 0 1 -300 -200 cm", prepend=True)
        page.contents_add(b"Q")
        page.MediaBox = pikepdf.Array([-300, -200, width - 300, height - 200])
        page.CropBox = pikepdf.Array([x - 300, y - 200, width - 300 - x, height - 200 - y])
        page.Rotate = turned
        pdf.save(path)
    with open_source(path) as source:
        image = source.page(1)
        shown = image.pixels.shape[1] / image.dpi * 72, image.pixels.shape[0] / image.dpi * 72
        line = line_of("Norwick", 300, 400, size=60, advance=30)
        page_read = page_of([line], size=image.pixels.shape[::-1], matrix=image.matrix)
        with (tmp_path / "out.pdf").open("wb") as out:
            write([page_read], out, source, ENGINE)
    boxes = _output("pdftotext", "-bbox", "-cropbox", str(tmp_path / "out.pdf"), "-")
    found = re.search(r'xMin="([-.\d]+)" yMin="([-.\d]+)" xMax="([-.\d]+)" yMax="([-.\d]+)">Norwick<', boxes)
    assert found
    unit = 72 / image.dpi
    left, top = 300 * unit, 400 * unit
    cut = (x, y) if turned % 180 == 0 else (y, x)
    exact = abs(shown[0] - (width if turned % 180 == 0 else height)) < 1  # the whole picture is read, not the crop box
    left, top = (left - cut[0], top - cut[1]) if exact else (left, top)
    wanted = (left, top, left + 210 * unit, top + 60 * unit)
    assert [float(value) for value in found.groups()] == pytest.approx(wanted, abs=4)


def test_what_lies_beside_the_page_is_left_out(tmp_path: Path) -> None:
    lines = [line_of("outside", 900, 1200), line_of("inside", 100, 100)]
    with open_source(scanned_pdf()) as source, (tmp_path / "out.pdf").open("wb") as out:
        write([page_of(lines, matrix=upright(*SIZE))], out, source, ENGINE)
    assert by_poppler(tmp_path / "out.pdf").split() == ["inside"]


def test_a_page_of_text_takes_little(tmp_path: Path) -> None:
    """A dense page of 60 lines of 13 words."""
    text = "the quick brown fox jumps over a lazy dog and runs far away"
    lines = [proportional(text[i % 7 :], 40, 30 + 17 * i, 12) for i in range(60)]
    sizes = []
    for layer in ([], lines):
        out = io.BytesIO()
        with open_source(scanned_pdf()) as source:
            write([page_of(layer, matrix=upright(*SIZE))], out, source, ENGINE)
        sizes.append(len(out.getvalue()))
    assert sizes[1] - sizes[0] < 6000
