from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.recognize import Glyph, Reading
from ocr.recognize.cascade import CascadeRecognizer


class Fixed:
    """Reads what it is told to, by the line's grey level."""

    height = 32

    def __init__(self, name: str, says: dict[int, tuple[str, float]]) -> None:
        self.name, self.says, self.asked = name, says, 0
        self.characters: str | None = None

    def __call__(self, lines: Sequence[NDArray[np.uint8]]) -> list[Reading]:
        self.asked += len(lines)
        found = [self.says[int(line[0, 0])] for line in lines]
        return [Reading(tuple(Glyph(c, 0.0, 1.0, sure) for c in text), sure, self.name) for text, sure in found]


def line(level: int) -> NDArray[np.uint8]:
    return np.full((32, 40), level, np.uint8)


def test_only_unsure_lines_are_read_again() -> None:
    small = Fixed("small", {1: ("sure", 0.95), 2: ("dubt", 0.3), 3: ("fine", 0.6), 4: ("", 0.0)})
    large = Fixed("large", {2: ("doubt", 0.8), 3: ("", 0.0)})
    readings = CascadeRecognizer(small, large, 0.7)([line(k) for k in (1, 2, 3, 4)])
    assert [r.text for r in readings] == ["sure", "doubt", "fine", ""]
    assert [r.engine for r in readings] == ["small", "large", "small", "small"]
    assert large.asked == 2


def test_a_first_look_asks_the_small_one_alone() -> None:
    small, large = Fixed("small", {2: ("dubt", 0.3)}), Fixed("large", {2: ("doubt", 0.8)})
    assert [r.text for r in CascadeRecognizer(small, large, 0.7).first_look([line(2)])] == ["dubt"]
    assert large.asked == 0


def test_accents_and_letters_that_the_second_does_not_know_stay() -> None:
    small = Fixed("small", {1: ("Dvořák", 0.5), 2: ("Việt", 0.5), 3: ("cafe", 0.5), 4: ("rôlo", 0.5)})
    large = Fixed("large", {1: ("Dvorak", 0.9), 2: ("Viet nam", 0.9), 3: ("café", 0.9), 4: ("rôle", 0.9)})
    large.characters = "abcdefghijklmnopqrstuvwxyzDVéôřá "
    readings = CascadeRecognizer(small, large, 0.7)([line(k) for k in (1, 2, 3, 4)])
    assert [r.text for r in readings] == ["Dvořák", "Việt", "café", "rôle"]


def test_lines_that_stay_with_the_first_get_all_its_help() -> None:
    small = Fixed("small", {1: ("Dvorák", 0.5), 2: ("vague", 0.4), 3: ("dubt", 0.3), 4: ("sure", 0.95)})
    alone = Fixed("small", {1: ("Dvořák", 0.6), 2: ("vague", 0.5)})
    large = Fixed("large", {1: ("Dvorak", 0.9), 2: ("", 0.0), 3: ("doubt", 0.8)})
    large.characters = "abdeglorstuvk D"
    readings = CascadeRecognizer(small, large, 0.7, alone)([line(k) for k in (1, 2, 3, 4)])
    assert [r.text for r in readings] == ["Dvořák", "vague", "doubt", "sure"]
    assert alone.asked == 2


def test_heights_have_to_agree() -> None:
    tall = Fixed("tall", {})
    tall.height = 48
    with pytest.raises(ValueError, match="48"):
        CascadeRecognizer(Fixed("small", {}), tall, 0.5)
