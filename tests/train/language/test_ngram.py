"""The language model's estimates against counts by hand, and its file against the estimates."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from ocr.recognize.language import LINE_END, OTHER, STEP, LanguageModel
from ocr.train.language.corpus import Corpus
from ocr.train.language.ngram import Level, backoffs, estimate, prune, shares, write
from ocr.train.language.trainer import LanguageConfig, build

ALPHABET = LINE_END + OTHER + "ab "
TEXT = "ab ab ab ba abb ab"


def log_of(level: Level, *classes: int) -> float:
    """Log probability of an n-gram."""
    code = sum(c << level.width * k for k, c in enumerate(reversed(classes)))
    return float(level.logs[level.at(np.array([code], np.uint64))[0]])


def test_estimates_are_witten_bells() -> None:
    levels = estimate([("aab", 1.0)], ALPHABET, 2)
    # Newline, a, a, b, newline: a is seen twice in five, three kinds of characters.
    a = (2 + 3 / len(ALPHABET)) / (5 + 3)
    assert math.exp(log_of(levels[0], 3)) == pytest.approx(a)
    after_a = (1 + 2 * a) / (2 + 2)
    assert math.exp(log_of(levels[1], 3, 3)) == pytest.approx(after_a)


def test_pruning_keeps_what_others_begin_and_end_with_and_sums_stay_one(tmp_path: Path) -> None:
    full = estimate([(TEXT, 1.0)], ALPHABET, 4)
    total = sum(len(level.codes) for level in full)
    levels = prune(full, total // 2)
    assert len(full[0].codes) <= sum(len(level.codes) for level in levels) <= total // 2
    write(tmp_path / "lm.npz", levels, ALPHABET, ["ab"])
    model = LanguageModel(tmp_path / "lm.npz")  # would raise if an n-gram's end were missing
    seen = [symbol for symbol in range(1, len(ALPHABET) + 1) if symbol in levels[0].codes]
    for text in ("", "a", "ab", " b", "bb"):
        _, state = model.advance(0, text)
        assert sum(math.exp(model.step(state, s)[0]) for s in seen) == pytest.approx(1, abs=0.1)


def test_the_file_says_what_the_estimates_say(tmp_path: Path) -> None:
    levels = estimate([(TEXT, 1.0)], ALPHABET, 3)
    assert all(len(weights) == len(level.codes) for weights, level in zip(backoffs(levels), levels, strict=True))
    write(tmp_path / "lm.npz", levels, ALPHABET, ["ab"])
    model = LanguageModel(tmp_path / "lm.npz")
    a, b = model.class_of("a"), model.class_of("b")
    wanted = log_of(levels[2], 5, a, b)
    assert model.advance(model.advance(0, " a")[1], "b")[0] == pytest.approx(wanted, abs=STEP)


def test_thousands_of_characters_have_classes_and_rare_ones_share_one(tmp_path: Path) -> None:
    frequent = "".join(map(chr, range(0x4E00, 0x4F2C)))
    corpus = Corpus([("\n".join([frequent] * 40 + ["丏髟"]), 1.0)], [("一丁", 2.0)], [], ["一丁", frequent[-9:]])
    config = LanguageConfig(language="zh", data="", order=4, nodes=275_000, grain=4, charset="zh")
    figures = build(corpus, config, tmp_path / "lm.npz")
    assert figures["n-grams"] > 3 * len(frequent)
    assert figures["bits a character"] < 4
    model = LanguageModel(tmp_path / "lm.npz")
    assert model.class_of(frequent[-1]) > 255
    _, state = model.advance(0, frequent[-9:-1])
    assert model.step(state, model.class_of(frequent[-1]))[0] > -0.3
    # 300 characters and the line's ends come 41 times and more; U+FFFD, which the rare share, is seen twice.
    other, rare, unknown = (model.step(0, model.class_of(c))[0] for c in (OTHER, "髟", "\u3400"))
    assert other == unknown == pytest.approx(math.log(2 / 12_345), abs=0.3)
    assert rare < other - 2


def test_rare_characters_have_shares_by_how_often_they_come(tmp_path: Path) -> None:
    rare = shares([("丏丏丏龘 ab", 1.0), ("龘", 0.5)], ALPHABET, "丏龘靐ab")
    assert rare == pytest.approx({"丏": math.log(3.5 / 6), "龘": math.log(2 / 6), "靐": math.log(0.5 / 6)})
    write(tmp_path / "lm.npz", estimate([(TEXT + OTHER, 1.0)], ALPHABET, 2), ALPHABET, ["ab"], rare=rare)
    model = LanguageModel(tmp_path / "lm.npz")
    other, after = model.step(0, model.class_of(OTHER))
    for c, share in rare.items():
        score, state = model.step(0, model.class_of(c))
        assert score == pytest.approx(other + share, abs=STEP) and state == after
