"""Which lines were found: close stretches of the text, each used once."""

from __future__ import annotations

import pytest

from ocr.evaluate.lines import LONGEST_TEXT, WALL, codes, lines_of, missed, nearest

PAGE = ["The quick brown fox jumped", "over the lazy dog, twice.", "Nothing else was seen that", "day by anyone, 1893."]


def lost(truth: list[str], found: str) -> list[str]:
    return missed(lines_of("\n".join(truth)), found)


def test_lines_of_a_page() -> None:
    assert lines_of("One line\n\n  • two — \n* * *\nleft\t\tright\n1.   price:  two") == [
        "One line", "two -", "left", "right", "1.", "price: two",
    ]  # fmt: skip


def test_paragraphs_are_cut_into_pieces_of_half_a_line() -> None:
    paragraph = " ".join(["several words and"] * 20)
    pieces = lines_of(paragraph)
    assert " ".join(pieces) == paragraph
    assert len(paragraph) > LONGEST_TEXT
    assert all(20 <= len(piece) <= 45 for piece in pieces), pieces
    assert lines_of("x" * 300) == ["x" * 300]


@pytest.mark.parametrize(
    "found",
    [
        "\n".join(PAGE),
        "\n".join(reversed(PAGE)),
        " ".join(PAGE),
        "The quick brown fox\njumped over the\nlazy dog, twice. Nothing else was seen\nthat day by anyone, 1893.",
        "THEQUICK BROVVN FOX JUMPED\nover the lazv d0g, twice\nNothiug clse wos secn that\ndav by anyoue, I893",
    ],
)
def test_order_breaks_and_misreadings_do_not_matter(found: str) -> None:
    assert lost(PAGE, found) == []


@pytest.mark.parametrize("gone", range(4))
def test_a_line_that_is_not_there_is_missed(gone: int) -> None:
    assert lost(PAGE, "\n".join(line for k, line in enumerate(PAGE) if k != gone)) == [PAGE[gone]]


def test_illegible_lines_are_missed() -> None:
    assert lost(PAGE, "\n".join([*PAGE[:3], "d#~ %% @@ne, ##@!"])) == [PAGE[3]]


def test_repeated_lines_have_to_be_found_as_often() -> None:
    refrain = ["My way is clear", "and so is yours,", "My way is clear"]
    assert lost(refrain, "My way is clear\nand so is yours,") == ["My way is clear"]
    assert lost(refrain, "\n".join(refrain)) == []


def test_phrases_that_recur_across_lines_find_their_own_place() -> None:
    page = [
        "The brown dog jumped over the",
        "lazy fox. The brown dog jumped",
        "over the lazy fox. The brown",
        "dog jumped.",
    ]
    assert lost(page, "\n".join(page)) == []


def test_short_lines_are_words() -> None:
    assert lost(["Total", "12", "iv"], "Total 12\niv.") == []
    assert lost(["Total 129", "12", "a"], "Total 129 than") == ["12", "a"]
    assert lost(["7", "7"], "7") == ["7"]


def test_cells_of_a_row_may_lie_apart() -> None:
    assert lost(["Revision 3\t\t\tNovember 1978", "A line of text below"], "November 1978\nA line of text below") == [
        "Revision 3"
    ]


def test_nothing_found_and_nothing_wanted() -> None:
    assert lost(PAGE, "") == PAGE
    assert lost([], "anything") == []


def test_nearest_stretch() -> None:
    assert nearest(codes("lazy"), codes("the lasy dog")) == (1, 4, 8)
    assert nearest(codes("abcd"), codes("")) == (4, 0, 0)
    text = codes("xxabcdxx")
    text[4] = WALL
    edits, start, end = nearest(codes("abcd"), text)
    assert (edits, (text[start:end] == WALL).any()) == (2, False)
