"""CTC decoding against spellings worked out by hand and against brute force."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.recognize.ctc import Spelled, align, beam, extents, greedy


def _log(rows: list[list[float]]) -> NDArray[np.float32]:
    return np.log(np.array(rows, np.float32))


def test_greedy_merges_repeats_and_drops_blanks() -> None:
    classes = np.array([0, 1, 1, 0, 1, 2, 2, 0])
    probabilities = np.array([0.9, 0.5, 0.8, 0.9, 0.7, 0.6, 0.9, 0.9], np.float32)
    spelled = greedy(classes, probabilities)
    assert [(s.label, s.start, s.end) for s in spelled] == [(1, 1, 3), (1, 4, 5), (2, 5, 7)]
    assert [round(s.confidence, 2) for s in spelled] == [0.8, 0.7, 0.9]


def test_greedy_of_blanks_is_empty() -> None:
    assert greedy(np.zeros(5, np.int64), np.ones(5, np.float32)) == []


def test_beam_sums_over_alignments() -> None:
    # Best path is blank-blank (0.36), but "a" sums a-, -a, aa to 0.64.
    path = _log([[0.6, 0.4], [0.6, 0.4]])
    assert greedy(path.argmax(-1), np.exp(path.max(-1))) == []
    assert [s.label for s in beam(path)] == [1]


@pytest.mark.parametrize("seed", range(8))
def test_beam_finds_what_brute_force_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet([0.6] * 3, size=5)
    totals: dict[tuple[int, ...], float] = {}
    for path in itertools.product(range(3), repeat=5):
        spelled = tuple(k for k, _ in itertools.groupby(path) if k != 0)
        totals[spelled] = totals.get(spelled, 0.0) + float(np.prod([probabilities[t, c] for t, c in enumerate(path)]))
    best = max(totals, key=lambda s: totals[s])
    assert tuple(s.label for s in beam(np.log(probabilities).astype(np.float32), width=64, floor=-30)) == best


def test_language_model_bonus_turns_the_reading() -> None:
    path = _log([[0.01, 0.5, 0.49]])
    assert [s.label for s in beam(path)] == [1]
    assert [s.label for s in beam(path, score=lambda _, label: 1.0 if label == 2 else 0.0)] == [2]


def test_align_needs_a_blank_between_equal_labels() -> None:
    path = _log([[0.1, 0.9], [0.8, 0.2], [0.1, 0.9]])
    assert [(s.start, s.end) for s in align(path, (1, 1))] == [(0, 1), (2, 3)]
    with pytest.raises(ValueError, match="do not fit"):
        align(path, (1, 1, 1))


def test_extents_fill_the_pitch_and_never_overlap() -> None:
    spelled = [Spelled(k + 1, at, at + 1, 0.9) for k, at in enumerate((2, 6, 10, 20, 24))]
    spans = extents(spelled, "abc de"[:3] + "de", 30)
    assert all(a < b for a, b in spans)
    assert all(b0 <= a1 for (_, b0), (a1, _) in itertools.pairwise(spans))
    start, end = spans[1]
    assert (start, end) == pytest.approx((4.5, 8.5))
    assert spans[0][0] == pytest.approx(0.5)


def test_extents_hold_the_frames_that_fired_and_stay_inside() -> None:
    spelled = [Spelled(1, 0, 2, 0.9), Spelled(2, 3, 5, 0.9)]
    spans = extents(spelled, "ab", 5)
    assert spans[0][0] == 0
    assert spans[1][1] == 5
    assert extents([], "", 5) == []
