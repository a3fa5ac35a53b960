"""The language model's estimates against counts by hand, and its file against the estimates."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from ocr.recognize.ctc import greedy
from ocr.recognize.doubtful import Frames, Settings
from ocr.recognize.language import LINE_END, OTHER, STEP, LanguageModel
from ocr.train.decoding import Tally, compare, neighbours
from ocr.train.ngram import backoffs, estimate, known_words, prune, texts, wrapped, write
from ocr.train.shards import held_out

ALPHABET = LINE_END + OTHER + "ab "
TEXT = "ab ab ab ba abb ab"


def test_estimates_are_witten_bells() -> None:
    levels = estimate([("aab", 1.0)], ALPHABET, 2)
    # Newline, a, a, b, newline: a is seen twice in five, three kinds of characters.
    a = (2 + 3 / len(ALPHABET)) / (5 + 3)
    assert math.exp(levels[0].logs[levels[0].at(np.array([3], np.uint64))[0]]) == pytest.approx(a)
    after_a = (1 + 2 * a) / (2 + 2)
    assert math.exp(levels[1].logs[levels[1].at(np.array([3 * 256 + 3], np.uint64))[0]]) == pytest.approx(after_a)


def test_pruning_keeps_what_others_begin_and_end_with_and_sums_stay_one(tmp_path: Path) -> None:
    full = estimate([(TEXT, 1.0)], ALPHABET, 4)
    total = sum(len(level.codes) for level in full)
    levels = prune(full, total // 2)
    assert len(full[0].codes) <= sum(len(level.codes) for level in levels) <= total // 2
    write(tmp_path / "lm.npz", levels, ALPHABET, ["ab"])
    model = LanguageModel(tmp_path / "lm.npz")  # would raise if an n-gram's end were missing
    seen = [symbol for symbol in range(1, len(ALPHABET) + 1) if symbol in levels[0].codes]
    unseen = sum(0.0 for _ in seen)
    for text in ("", "a", "ab", " b", "bb"):
        _, state = model.advance(0, text)
        assert sum(math.exp(model.step(state, s)[0]) for s in seen) + unseen == pytest.approx(1, abs=0.1)


def test_the_file_says_what_the_estimates_say(tmp_path: Path) -> None:
    levels = estimate([(TEXT, 1.0)], ALPHABET, 3)
    assert all(len(weights) == len(level.codes) for weights, level in zip(backoffs(levels), levels, strict=True))
    write(tmp_path / "lm.npz", levels, ALPHABET, ["ab"])
    model = LanguageModel(tmp_path / "lm.npz")
    a, b = model.class_of("a"), model.class_of("b")
    wanted = levels[2].logs[levels[2].at(np.array([(5 * 256 + a) * 256 + b], np.uint64))[0]]
    assert model.advance(model.advance(0, " a")[1], "b")[0] == pytest.approx(float(wanted), abs=STEP)


def test_words_are_counted_without_case_accents_and_digits() -> None:
    words = known_words([("Die Été die x 12 was't A was't", 2.0)], ["Report", "B2B", "q"])
    assert words == ["a", "die", "ete", "report", "was't"]


def test_running_text_is_broken_into_lines_and_nothing_is_lost() -> None:
    text = " ".join(["notwithstanding", "everything", "else"] * 40)
    lines = list(wrapped(random.Random(1), text))
    assert max(map(len, lines)) <= 90
    assert any(line.endswith("-") for line in lines)
    joined = "".join(line[:-1] if line.endswith("-") else f"{line} " for line in lines)
    assert joined.strip() == text


def test_held_out_pages_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "enwiki.txt").write_text("prose")
    for name in ("isri_unlv", "old_books", "sroie"):
        (tmp_path / name / "train").mkdir(parents=True)
        rows = []
        for k in range(40):
            mark = "secret" if held_out(f"{name}/img/{k}.png") else "open"
            rows.append({"image": f"img/{k}.png", "text": mark, "boxes": [[[], mark]]})
        assert len({row["text"] for row in rows}) == 2
        (tmp_path / name / "train" / "gt.jsonl").write_text("\n".join(map(json.dumps, rows)))
    found = texts(tmp_path)
    assert all("secret" not in text.lower() for text, _ in found)
    assert sum("open" in text.lower() for text, _ in found) == 6


def test_settings_are_compared_with_the_greedy_reading() -> None:
    table = np.array([[0.1, 0.5, 0.4], [0.9, 0.05, 0.05]], np.float32)
    net = Frames(table.argmax(1), table.max(1), np.log(table))
    right = Frames(np.array([2, 0]), table.max(1), np.log(table))
    tally, _ = compare([("b", net)], "ab", lambda _: (greedy(*right[:2]), net.probabilities))
    assert (tally.better, tally.worse, tally.edits, tally.changed) == (1, 0, 0, [("b", "a", "b")])
    assert "CER 0.00000" in str(tally)
    assert str(Tally()).startswith("CER 0.00000")
    names = [name for name, _ in neighbours(Settings())]
    assert names[0] == "as it is"
    assert len(names) == len(set(names)) == 19
