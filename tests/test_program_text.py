"""Program code keeps its indentation; other text of one pitch, and code in other type, do not get any."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace

import pytest

from ocr.document import Block, Char, Engine, Line, Page, Quad, Word
from ocr.layout import page_text
from ocr.program_text import program_texts
from ocr.write import markdown

PITCH, STEP = 20.0, 50.0
CODE = """def read(paths, limit=10):
    for path in paths:
        if path.size > limit:
            continue
        found.append(path)

    return found""".split("\n")
PROSE = """Dear Sir or Madam
    thank you for your letter
of the second of March. The
goods that you ask for are
        Yours faithfully""".split("\n")


def line(text: str, row: float, widths: dict[str, float] | None = None) -> Line:
    """A line whose characters are all of one width, or of widths by character."""
    x, words, chars = 100.0, list[Word](), list[Char]()
    for c in text + " ":
        wide = PITCH * (widths or {}).get(c, 1.0)
        if c != " ":
            chars.append(Char(c, 0.9, Quad.rect(x, row, x + wide, row + 30)))
        elif chars:
            box = Quad.rect(chars[0].box.hull[0], row, x, row + 30)
            words.append(Word("".join(one.text for one in chars), 0.9, box, tuple(chars)))
            chars = []
        x += wide
    box = Quad.rect(words[0].box.hull[0], row, words[-1].box.hull[2], row + 30)
    return Line(" ".join(text.split()), 0.9, box, tuple(words))


def blocks(texts: Sequence[str], size: int = 3, widths: dict[str, float] | None = None) -> list[Block]:
    """Lines below each other, in blocks of some lines."""
    lines = [line(text, STEP * k, widths) for k, text in enumerate(texts) if text]
    parts = [lines[k : k + size] for k in range(0, len(lines), size)]
    box = Quad.rect(0, 0, 900, 900)
    return [Block("par", box, tuple(part)) for part in parts]


@pytest.mark.parametrize("size", [2, 3, 9])
def test_code_keeps_its_indentation_whatever_its_blocks(size: int) -> None:
    found = blocks(CODE, size)
    assert program_texts(found) == ["\n".join(CODE), *[""] * (len(found) - 1)]
    assert page_text(found) == "\n".join(CODE)


def test_typewritten_prose_and_code_in_other_type_stay() -> None:
    for found in (blocks(PROSE), blocks(CODE, 3, {"i": 0.4, "l": 0.4, "t": 0.5, "m": 1.6, "f": 0.5, "r": 0.6})):
        assert program_texts(found) == [None] * len(found)
        assert "    " not in page_text(found)
    assert program_texts([]) == []


def test_a_line_without_boxes_of_characters_is_not_lost() -> None:
    [found] = blocks(CODE, 9)
    lines = [replace(one, words=()) if "append" in one.text else one for one in found.lines]
    [text] = program_texts([replace(found, lines=tuple(lines))])
    assert text is not None and "found.append(path)" in text and "    for path" in text


def test_prose_around_code_is_left_alone() -> None:
    widths = {"e": 1.1, "i": 0.4, "l": 0.4, "t": 0.5, "a": 1.2}
    before, after = (Block("par", Quad.rect(0, 0, 9, 9), (line("all that it tells", y, widths),)) for y in (-90, 900))
    assert program_texts([before, *blocks(CODE), after]) == [None, "\n".join(CODE), "", None]


def test_markdown_fences_code() -> None:
    file = io.BytesIO()
    markdown.write([Page(1, 900, 900, 300.0, tuple(blocks(CODE)))], file, None, Engine("d", "r"))  # type: ignore[arg-type]
    assert file.getvalue().decode() == "```\n" + "\n".join(CODE) + "\n```\n"
