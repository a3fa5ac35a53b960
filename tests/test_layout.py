"""Layout on pages drawn by hand: lines come shuffled and must come back in reading order."""

from __future__ import annotations

import random

import pytest

from ocr.document import Block, Line, Quad, Word
from ocr.geometry import rotation_matrix, turn_matrix
from ocr.layout import lay_out, page_text, to_line
from ocr.recognize import Glyph, Reading

WIDTH, HEIGHT = 1000, 1400
SIZE = 20
LETTER = 9.0
"""Width of a character, pixels."""


def at(x: float, y: float, text: str, size: float = SIZE) -> Line:
    """A line of print with its top left corner at (x, y)."""
    quad = Quad.rect(x, y, x + len(text) * LETTER * size / SIZE, y + size)
    return Line(text, 0.9, quad, tuple(Word(word, 0.9, quad) for word in text.split()))


def prose(x: float, y: float, name: str, lines: int, letters: int = 40) -> list[Line]:
    """A paragraph whose lines are numbered."""
    return [at(x, y + i * 30, f"{name}{i} ".ljust(letters, "x")) for i in range(lines)]


def laid_out(lines: list[Line], skew: float = 0.0) -> tuple[Block, ...]:
    turn = rotation_matrix(skew, (WIDTH / 2, HEIGHT / 2))
    turned = [Line(line.text, line.confidence, line.box.transformed(turn), line.words) for line in lines]
    random.Random(7).shuffle(turned)
    return lay_out(turned, WIDTH, HEIGHT)


def order(blocks: tuple[Block, ...]) -> list[str]:
    """First word of each line."""
    return [line.text.split()[0] for block in blocks for line in block.lines]


def names(*columns: tuple[str, int]) -> list[str]:
    return [f"{name}{i}" for name, lines in columns for i in range(lines)]


@pytest.mark.parametrize("skew", [0.0, 1.5, -6.0, 89.0, 180.0, -92.0])
@pytest.mark.parametrize("shift", [0, 11])
@pytest.mark.parametrize("gutter", [10, 60])
def test_two_columns_are_read_one_after_the_other(skew: float, shift: int, gutter: int) -> None:
    left, right = prose(80, 200, "a", 20), prose(80 + 40 * LETTER + gutter, 200 + shift, "b", 18)
    assert order(laid_out(left + right, skew)) == names(("a", 20), ("b", 18))


def test_three_columns_under_a_heading_with_a_note_below() -> None:
    columns = [line for i, name in enumerate("abc") for line in prose(60 + 300 * i, 250, name, 12, 28)]
    heading, note = at(200, 150, "Heading over all three columns", 40), at(60, 700, "Note ".ljust(90, "y"))
    found = order(laid_out([*columns, heading, note]))
    assert found == ["Heading", *names(("a", 12), ("b", 12), ("c", 12)), "Note"]


def test_heading_between_two_pairs_of_columns() -> None:
    above = prose(60, 200, "a", 8) + prose(500, 200, "b", 8)
    below = prose(60, 600, "c", 8) + prose(500, 600, "d", 8)
    middle = at(60, 520, "Middle ".ljust(80, "m"))
    assert order(laid_out([*above, middle, *below])) == [
        *names(("a", 8), ("b", 8)),
        "Middle",
        *names(("c", 8), ("d", 8)),
    ]


def test_columns_flow_around_a_caption() -> None:
    above = [*prose(50, 100, "a", 8), *prose(530, 100, "b", 8)]
    beside = [*prose(50, 340, "c", 4, 28), *prose(640, 340, "d", 4, 28)]
    caption = [at(400, 345 + i * 30, f"e{i} ".ljust(20, "x")) for i in range(3)]
    below = [*prose(50, 460, "f", 8), *prose(530, 460, "g", 8)]
    names = [word[0] for word in order(laid_out([*above, *beside, *caption, *below]))]
    assert "".join(dict.fromkeys(names)) == "acfbdge"


def test_table_is_read_by_rows_with_tabs() -> None:
    rows = [("Item", "Count", "Price"), *((f"thing{i}", f"{i}", f"{i}.50") for i in range(8))]
    cells = [
        at(x, 300 + 32 * i, text) for i, row in enumerate(rows) for x, text in zip((80, 400, 700), row, strict=True)
    ]
    [block] = laid_out(cells, 1.0)
    assert block.kind == "table"
    assert page_text([block]).split("\n") == ["\t".join(row) for row in rows]


def test_receipt_keeps_item_and_price_together() -> None:
    items = ["Milk 1L", "Bread", "Butter 250 g", "Apples", "Total"]
    lines = [at(60, 200 + 28 * i, item) for i, item in enumerate(items)]
    prices = [at(420, 202 + 28 * i, f"{i}.99") for i in range(5)]
    text = page_text(laid_out(lines + prices))
    assert text.split("\n") == [f"{item}\t{i}.99" for i, item in enumerate(items)]


def test_form_values_stay_with_their_labels() -> None:
    labels = ["Name:", "Street and number:", "Town:", "Date of birth:"]
    values = ["Ann Example of the Exampletons", "1 High Street in the old quarter", "Exeter", "1 May 1970"]
    lines = [at(80, 300 + 45 * i, t) for i, t in enumerate(labels)] + [
        at(420, 300 + 45 * i, t) for i, t in enumerate(values)
    ]
    assert (
        page_text(laid_out(lines)).split() == " ".join(f"{a} {b}" for a, b in zip(labels, values, strict=True)).split()
    )


def test_address_beside_a_date_is_not_torn_apart() -> None:
    address = [at(600, 100 + 26 * i, f"address{i} of sender") for i in range(6)]
    date = at(80, 164, "date")
    letter = prose(80, 400, "p", 10, 90)
    found = order(laid_out([*address, date, *letter]))
    assert [name for name in found if name != "date"] == [*names(("address", 6)), *names(("p", 10))]
    assert found.index("date") in (0, 6)


def test_header_footer_heading_and_paragraphs_are_told_apart() -> None:
    lines = [at(420, 40, "Chapter the first"), at(480, 1340, "17"), at(80, 160, "A large title", 40)]
    lines += prose(80, 260, "a", 6, 90) + prose(80, 480, "b", 6, 90)
    blocks = laid_out(lines)
    assert [(block.kind, len(block.lines)) for block in blocks] == [
        ("header", 1),
        ("heading", 1),
        ("par", 6),
        ("par", 6),
        ("footer", 1),
    ]


@pytest.mark.parametrize("degrees", [90, 270])
def test_header_of_a_sideways_page(degrees: int) -> None:
    upright = [at(420, 40, "Header"), *prose(80, 260, "a", 8, 90)]
    turn = turn_matrix(degrees, WIDTH, HEIGHT)
    sideways = [Line(line.text, 0.9, line.box.transformed(turn), line.words) for line in upright]
    blocks = lay_out(sideways[::-1], HEIGHT, WIDTH)
    assert [block.kind for block in blocks] == ["header", "par"]
    assert page_text(blocks) == page_text(laid_out(upright))


def test_list_items_are_blocks() -> None:
    lines = [at(80, 200 + 30 * i, text) for i, text in enumerate(["1. first", "2. second", "- third"])]
    assert [block.kind for block in laid_out(lines)] == ["list"] * 3


def test_pieces_of_one_line_are_joined() -> None:
    lines = [*prose(80, 200, "a", 4, 60), at(80, 320, "two"), at(80 + 4 * LETTER, 321, "pieces")]
    [block] = laid_out(lines)
    assert block.lines[-1].text == "two pieces"
    assert [word.text for word in block.lines[-1].words] == ["two", "pieces"]
    assert block.lines[-1].confidence == pytest.approx(0.81)
    air = 0.05 * 21
    right = 80 + 4 * LETTER + 6 * LETTER
    assert block.lines[-1].box.hull == pytest.approx((80 - air, 320 - air, right + air, 341 + air))


def test_cells_that_touch_stay_apart_where_a_rule_stands() -> None:
    lines = [at(80, 320, "two"), at(80 + 4 * LETTER, 321, "cells")]
    rule = Quad.rect(80 + 3 * LETTER, 320, 80 + 4 * LETTER, 341)
    [block] = lay_out([*prose(80, 200, "a", 4, 60), *lines], WIDTH, HEIGHT, [rule])
    assert [line.text for line in block.lines[-2:]] == ["two", "cells"]
    assert page_text([block]).endswith("two\tcells")
    elsewhere = Quad.rect(80 + 3 * LETTER, 200, 80 + 4 * LETTER, 221)
    [block] = lay_out([*prose(80, 200, "a", 4, 60), *lines], WIDTH, HEIGHT, [elsewhere])
    assert block.lines[-1].text == "two cells"


@pytest.mark.parametrize("seed", range(25))
def test_every_word_of_a_chaotic_page_comes_out_once(seed: int) -> None:
    chance = random.Random(seed)
    lines = []
    for i in range(chance.choice([1, 2, 5, 40, 200])):
        line = at(
            chance.uniform(-20, 950),
            chance.uniform(-20, 1390),
            f"w{i} " * chance.randrange(1, 9),
            chance.choice([1, 12, 20, 90]),
        )
        lines.append(
            Line(
                line.text,
                0.9,
                line.box.transformed(rotation_matrix(chance.choice([0, 0, 1, 90, 37]), (500, 700))),
                line.words,
            )
        )
    blocks = lay_out(lines, WIDTH, HEIGHT)
    found = sorted(word.text for block in blocks for line in block.lines for word in line.words)
    assert found == sorted(word.text for line in lines for word in line.words)
    assert sorted(page_text(blocks).split()) == found


def test_no_lines_no_blocks() -> None:
    assert lay_out([], WIDTH, HEIGHT) == ()
    assert page_text([]) == ""


def reading(text: str, confidence: float = 0.6) -> Reading:
    step = 1 / len(text)
    return Reading(tuple(Glyph(c, i * step, (i + 1) * step, 0.9) for i, c in enumerate(text)), confidence, "crnn")


def test_words_and_characters_lie_where_their_glyphs_are() -> None:
    quad = Quad.rect(100, 50, 200, 70).transformed(rotation_matrix(10))
    line = to_line(quad, reading(" ab  cde "[1:]))
    assert (line.text, line.confidence, line.engine) == ("ab cde", 0.6, "crnn")
    assert [word.text for word in line.words] == ["ab", "cde"]
    back = [word.box.transformed(rotation_matrix(-10)).hull for word in line.words]
    assert back[0] == pytest.approx((99, 50, 126, 70))
    assert back[1] == pytest.approx((149, 50, 188.5, 70))
    assert line.words[1].confidence == pytest.approx(0.9**3)
    last = line.words[1].chars[2].box.transformed(rotation_matrix(-10)).hull
    assert last == pytest.approx((175, 50, 187.5, 70))
    assert [c.text for c in line.words[1].chars] == ["c", "d", "e"]


def test_a_line_is_never_more_certain_than_its_words() -> None:
    rng = random.Random(3)
    quad = Quad.rect(0, 0, 400, 20)
    for _ in range(300):
        text = "".join(rng.choice("abc  ") for _ in range(rng.randint(1, 30)))
        glyphs = tuple(Glyph(c, i / len(text), (i + 1) / len(text), rng.random()) for i, c in enumerate(text))
        line = to_line(quad, Reading(glyphs, rng.random(), "crnn"))
        products = [word.confidence for word in to_line(quad, Reading(glyphs, 0.0, "crnn")).words]
        for word, product in zip(line.words, products, strict=True):
            assert word.confidence == max(product, line.confidence)
            assert all(char.confidence >= product for char in word.chars)


@pytest.mark.parametrize(
    ("spelled", "text"),
    [
        ("扫 描 文件", "扫描文件"),
        ("扫描 PDF 文件", "扫描 PDF 文件"),
        ("共 3 页 。", "共 3 页。"),
        ("a b", "a b"),
    ],
)
def test_spaces_are_dropped_between_han_characters_only(spelled: str, text: str) -> None:
    assert to_line(Quad.rect(0, 0, 100, 20), reading(spelled)).text == text


def test_lines_without_height_are_laid_out() -> None:
    lines = [at(x, y, f"word{x}", size) for x in (100, 500) for y in (100, 130, 160) for size in (0.0, 1e-5)]
    assert len(page_text(laid_out(lines)).split()) == len(lines)
