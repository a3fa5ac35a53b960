from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.recognize import Glyph, Reading
from ocr.recognize.script import ScriptRecognizer, is_han


class Fixed:
    """Reads what it is told to, by the line's grey level; lists what it was asked."""

    height = 32

    def __init__(self, name: str, says: dict[int, tuple[str, float]]) -> None:
        self.name, self.says = name, says
        self.asked: list[int] = []

    def __call__(self, lines: Sequence[NDArray[np.uint8]]) -> list[Reading]:
        self.asked += [int(line[0, 0]) for line in lines]
        found = [self.says[int(line[0, 0])] for line in lines]
        return [Reading(tuple(Glyph(c, 0.0, 1.0, sure) for c in text), sure, self.name) for text, sure in found]


def pages(*levels: int) -> list[NDArray[np.uint8]]:
    return [np.full((32, 40), level, np.uint8) for level in levels]


@pytest.mark.parametrize("character", ["汉", "，", "《", "ａ", "０", "。"])
def test_han_and_its_punctuation(character: str) -> None:
    assert is_han(character)


@pytest.mark.parametrize("character", ["a", "1", ",", "é", "“", "×", "①"])
def test_not_han(character: str) -> None:
    assert not is_han(character)


def test_on_a_chinese_page_lines_without_han_go_to_the_latin_recogniser_too() -> None:
    han = Fixed("zh", {1: ("姓名", 0.9), 2: ("lnvoice", 0.4), 3: ("A-17", 0.95)})
    latin = Fixed("en", {2: ("Invoice", 0.9), 3: ("A-I7", 0.5)})
    readings = ScriptRecognizer(han, latin)(pages(1, 2, 3))
    assert [r.text for r in readings] == ["姓名", "Invoice", "A-17"]
    assert latin.asked == [2, 3]


def test_on_a_latin_page_only_unsure_lines_go_to_the_chinese_one() -> None:
    says = dict.fromkeys(range(1, 40), ("word", 0.3))
    han = Fixed("zh", {**says, 20: ("公司", 0.8), 21: ("w0rd", 0.45)})
    latin = Fixed("en", {**dict.fromkeys(says, ("word", 0.9)), 20: ("Z\\E", 0.1), 21: ("word", 0.2)})
    readings = ScriptRecognizer(han, latin)(pages(*says))
    assert [r.text for r in readings if r.text != "word"] == ["公司"], "w0rd holds no Han character: it stays Latin's"
    assert len(han.asked) == 8 + 2


def test_heights_have_to_agree() -> None:
    tall = Fixed("tall", {})
    tall.height = 48
    with pytest.raises(ValueError, match="48"):
        ScriptRecognizer(tall, Fixed("en", {}))


def test_no_lines_at_all() -> None:
    assert ScriptRecognizer(Fixed("zh", {}), Fixed("en", {}))([]) == []
