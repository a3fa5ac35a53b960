"""Mixed text: every kind appears, only allowed characters, the same seed gives the same lines."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass

from ocr.recognize.charset import Charset
from ocr.train.synth.mixed_text import SIGNS, MixedText

CHARACTERS = Charset.load("latin").characters


@dataclass
class Words:
    """A source that says its words in order."""

    words: list[str]

    def line(self, rng: random.Random) -> str:
        return " ".join(rng.choices(self.words, k=4))


def mixed(characters: str = CHARACTERS) -> MixedText:
    return MixedText(Words(["plain", "words"]), [Words(["żółw", "łąka"]), Words(["größe"])], characters)


def lines(text: MixedText, count: int = 2000) -> list[str]:
    return [text.line(random.Random(seed)) for seed in range(count)]


def test_every_kind_of_text_appears() -> None:
    found = lines(mixed())
    assert any("’" in line and "I" in line for line in found) and any("I'm" in line for line in found)
    assert any("łąka" in line for line in found) and any("größe" in line for line in found)
    assert sum(" " not in line for line in found) > 150
    assert all(line == " ".join(line.split()) and 0 < len(line) <= 100 for line in found)


def test_every_sign_is_drawn_often() -> None:
    seen = Counter(c for line in lines(mixed(), 8000) for c in set(line))
    rare = [sign for sign in SIGNS if sign in CHARACTERS and seen[sign] < 15]
    assert not rare


def test_only_allowed_characters() -> None:
    allowed = set("abcdefghijklmnopqrstuvwxyz' 0123456789")
    assert all(set(line) <= allowed for line in lines(mixed("".join(sorted(allowed))), 500))


def test_the_same_seed_gives_the_same_line() -> None:
    assert lines(mixed(), 50) == lines(mixed(), 50)
