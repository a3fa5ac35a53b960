"""Mixed text: every kind appears, only allowed characters, the same seed gives the same lines."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass

import pytest

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


def only(kind: str, count: int = 400) -> list[str]:
    """Lines of one kind."""
    sources = [Words(["żółw", "łąka", "é", "être"]), Words(["größe", "über", "ähnlich"])]
    return lines(MixedText(Words(["plain", "words"]), sources, CHARACTERS, {kind: 1.0}), count)


def test_letters_with_marks_are_exchanged_for_others_of_the_same_base() -> None:
    found = only("alike")
    seen = Counter(c for line in found for c in line.lower())
    exchanged = set("õőōòô") & seen.keys()
    assert len(exchanged) >= 4 and seen["ö"] + seen["ó"] > 50
    forms = {word for line in found for word in line.lower().split() if len(word) == 4 and word[-1] == "w"}
    assert len(forms) > 10  # of żółw


def test_capitals_with_marks_start_words_and_stand_alone() -> None:
    found = only("initials")
    words = [word.strip(".:!?") for line in found for word in line.split()]
    assert all(any(word[:1].isupper() and not word[0].isascii() for word in line.split()) for line in found)
    assert {"È", "É"} <= set(words) and {"Über", "Être", "Ähnlich", "Łąka"} <= set(words)


def test_hyphens_with_spaces_come_beside_dashes() -> None:
    found = only("dashes")
    assert all(any(f" {dash} " in line for line in found) for dash in "-–—")
    assert any(line.startswith("--") for line in found) and any(line.startswith(".") for line in found)


def test_thin_characters_stand_side_by_side() -> None:
    tokens = [word for line in only("thin") for word in line.replace("/", " ").split()]
    assert sum(set(word) <= set("lI1") and len(set(word)) > 1 for word in tokens) > 30


def test_signs_stand_directly_before_and_after_words_and_numbers() -> None:
    tokens = [word for line in only("attached") for word in line.split()]
    assert {".", "_", "|", "!", "'"} <= {token[0] for token in tokens if len(token) > 1}
    assert {"_", "|", "/"} <= {token[-1] for token in tokens if len(token) > 1}
    assert any(token[0] == "." and token[1:2].isdigit() for token in tokens)


def test_a_kind_that_does_not_exist_is_named() -> None:
    with pytest.raises(ValueError, match=r"no lines of the kind 'alikes'; there are .*alike"):
        MixedText(Words(["plain"]), [], CHARACTERS, {"alikes": 1.0})


def test_figures_have_times_ranges_and_versions() -> None:
    found = only("figures")
    for pattern in (r"\b\d{1,2}:\d\d\b", r"\d–\d", r"\d\.\d+\.\d", r"n\.\d"):
        assert sum(bool(re.search(pattern, line)) for line in found) > 20, pattern


def test_words_with_letters_that_are_joined_come_often() -> None:
    sources = [Words(["Stoff", "größe"])]
    found = lines(MixedText(Words(["office", "plain", "words"]), sources, CHARACTERS, {"joined": 1.0}), 200)
    assert sum("ff" in line for line in found) > 150
