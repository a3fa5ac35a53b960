"""What a few frames may spell agrees with the search over whole lines."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ocr.recognize.ctc import beam
from ocr.recognize.spellings import odds, spellings


@pytest.mark.parametrize("seed", range(6))
def test_spellings_agree_with_the_beam_search_of_whole_lines(seed: int) -> None:
    table = np.random.default_rng(seed).dirichlet([0.5] * 4, size=5).astype(np.float32)
    found = spellings(odds(np.log(table), -30), -30, 200)
    assert found[0][0] == tuple(s.label for s in beam(np.log(table), width=200, floor=-30))
    assert sum(np.exp(score) for _, score in found) == pytest.approx(1, abs=1e-3)


def test_long_stretches_in_which_nothing_is_likely_are_spelled_all_the_same() -> None:
    """A wide blurred line: hundreds of frames in which thousands of classes share the probability."""
    classes, length = 9000, 400
    logs = np.full((length, classes), -math.log(classes), np.float32)
    logs[:, 0] = -12.0
    [(labels, logarithm), *_] = spellings(odds(logs, -3.5), -3.5, 8)
    assert labels == ()
    assert logarithm == pytest.approx(-12.0 * length, rel=1e-3)


def test_unlikely_classes_and_spellings_are_left_out() -> None:
    logs = np.log(np.array([[0.01, 0.6, 0.39], [0.98, 0.01, 0.01]], np.float32))
    assert [[label for label, _ in frame.classes] for frame in odds(logs, -3.5)] == [[1, 2], []]
    assert [labels for labels, _ in spellings(odds(logs, -3.5), -3.5, 8)] == [(1,), (2,)]
    assert [labels for labels, _ in spellings(odds(logs, -3.5), -0.1, 8)] == [(1,)]
