"""Tab-separated values with the columns of Tesseract: a row for each page, block, paragraph, line and word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, BinaryIO

from ocr.document import Engine, Page, Quad
from ocr.write.markup import bounds, words_of

if TYPE_CHECKING:
    from ocr.source import Source

__all__ = ["COLUMNS", "write"]

COLUMNS = (
    "level", "page_num", "block_num", "par_num", "line_num", "word_num", "left", "top", "width", "height", "conf",
    "text",
)  # fmt: skip
_PAGE, _BLOCK, _PARAGRAPH, _LINE, _WORD = range(1, 6)


def write(pages: Iterable[Page], file: BinaryIO, source: Source, engine: Engine) -> None:
    """Write the rows of every page. As in Tesseract, fields are not quoted, and ``conf`` is -1 except for words."""
    file.write(("\t".join(COLUMNS) + "\n").encode())
    for page in pages:
        file.write("".join(_rows(page)).encode("utf-8", "replace"))
        file.flush()
    file.flush()


def _rows(page: Page) -> Iterator[str]:
    yield _row(_PAGE, (page.number, 0, 0, 0, 0), (0, 0, page.width, page.height))
    for number, block in enumerate(page.blocks, 1):
        box = bounds(block.box, page)
        yield _row(_BLOCK, (page.number, number, 0, 0, 0), box)
        yield _row(_PARAGRAPH, (page.number, number, 1, 0, 0), box)
        for at, line in enumerate(block.lines, 1):
            yield _row(_LINE, (page.number, number, 1, at, 0), bounds(line.box, page))
            for place, word in enumerate(words_of(line), 1):
                yield _word(page, (number, at, place), word.box, word.confidence, word.text)


def _word(page: Page, place: tuple[int, int, int], box: Quad, confidence: float, text: str) -> str:
    block, line, word = place
    number = (page.number, block, 1, line, word)
    return _row(_WORD, number, bounds(box, page), f"{100 * confidence:.2f}", " ".join(text.split()))


def _row(
    level: int,
    number: tuple[int, int, int, int, int],
    box: tuple[int, int, int, int],
    confidence: str = "-1",
    text: str = "",
) -> str:
    left, top, right, bottom = box
    fields = (level, *number, left, top, right - left, bottom - top, confidence, text)
    return "\t".join(map(str, fields)) + "\n"
