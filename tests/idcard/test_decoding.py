"""From frames to lines: lengths, fields and check digits."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.mrz.decode import best_lines
from ocr.mrz.formats import CHARACTERS, FORMATS
from ocr.recognize.lattice import likelihoods, posteriors
from tests.mrz.specimens import SPECIMENS

Probabilities = NDArray[np.float64]


def shown(text: str, doubts: dict[int, dict[str, float]] | None = None) -> NDArray[np.float32]:
    """Log probabilities of a net that sees the text, five frames a character, with doubts in some places."""
    frames = np.full((5 * len(text), len(CHARACTERS) + 1), 1e-6)
    frames[:, 0] = 1.0
    for i, character in enumerate(text):
        seen = (doubts or {}).get(i, {character: 1.0})
        frames[5 * i + 2] = 1e-6
        for alternative, probability in seen.items():
            frames[5 * i + 2, CHARACTERS.index(alternative) + 1] = probability
    return np.asarray(np.log(frames / frames.sum(1, keepdims=True)), np.float32)


def free(length: int) -> NDArray[np.bool_]:
    return np.ones((length, len(CHARACTERS)), np.bool_)


def spelled(characters: Probabilities) -> str:
    return "".join(CHARACTERS[k] for k in characters.argmax(1))


def places(text: str, doubts: dict[int, dict[str, float]] | None = None) -> Probabilities:
    """What the lattice makes of a line without any fields."""
    return posteriors(shown(text, doubts), free(len(text))).characters


@pytest.mark.parametrize("text", ["A", "AB<<C", "11<<<<111"])
def test_the_right_length_is_likely_and_read(text: str) -> None:
    right = posteriors(shown(text), free(len(text)))
    assert right.likelihood > -0.1
    assert spelled(right.characters) == text
    assert np.allclose(right.characters.sum(1), 1)
    for wrong in (len(text) - 1, len(text) + 1):
        if wrong:
            assert posteriors(shown(text), free(wrong)).likelihood < -5


def test_a_filler_too_few_is_put_back() -> None:
    frames = shown("AB<<<<C")
    frames[5 * 4 + 2] = frames[0]  # one of the fillers left no trace
    assert spelled(posteriors(frames, free(7)).characters) == "AB<<<<C"


def test_likelihood_agrees_with_counting_every_path() -> None:
    rng = np.random.default_rng(2)
    frames = rng.dirichlet(np.ones(3), 5)
    total: dict[tuple[int, ...], float] = {}
    for path in np.ndindex(*[3] * 5):
        text = tuple(c for t, c in enumerate(path) if c and (t == 0 or path[t - 1] != c))
        total[text] = total.get(text, 0.0) + float(np.prod([frames[t, c] for t, c in enumerate(path)]))
    two = {text: p for text, p in total.items() if len(text) == 2}
    found = posteriors(np.log(frames).astype(np.float32), np.ones((2, 2), np.bool_))
    assert found.likelihood == pytest.approx(np.log(sum(two.values())), abs=1e-5)
    first = sum(p for text, p in two.items() if text[0] == 1) / sum(two.values())
    assert found.characters[0, 0] == pytest.approx(first, abs=1e-5)
    texts = [(), (1,), (1, 1), (1, 2, 1), (2, 2, 2), (1, 2, 1, 2, 1, 2)]
    each = np.exp(likelihoods(np.log(frames).astype(np.float32), texts))
    assert each == pytest.approx([total.get(text, 0.0) for text in texts], abs=1e-5)


def test_fields_settle_letters_and_digits() -> None:
    allowed = np.array([[c in "0123456789" for c in CHARACTERS]] * 3)
    doubts = {0: {"O": 0.9, "0": 0.1}, 1: {"I": 0.9, "1": 0.1}, 2: {"B": 0.9, "8": 0.1}}
    assert spelled(posteriors(shown("018", doubts), allowed).characters) == "018"


def test_a_check_digit_settles_what_the_picture_leaves_open() -> None:
    first, second = SPECIMENS["TD3"]
    doubts = {1: {"B": 0.9, "8": 0.1}, 5: {"O": 0.6, "0": 0.4}}
    found = best_lines(FORMATS["TD3"], [places(first), places(second, doubts)])
    assert found.lines == (first, second)
    assert found.confidence > 0.95


def test_a_check_digit_in_doubt_follows_from_its_field() -> None:
    first, second = SPECIMENS["TD3"]
    found = best_lines(FORMATS["TD3"], [places(first), places(second, {19: {"7": 0.8, "2": 0.2}})])
    assert found.lines == (first, second)


@pytest.mark.parametrize("name", SPECIMENS)
def test_what_is_clearly_printed_stays(name: str) -> None:
    lines = [*SPECIMENS[name]]
    at = FORMATS[name].checks[1].digit
    line = lines[at.line]
    lines[at.line] = line[: at.start] + str((int(line[at.start]) + 1) % 10) + line[at.end :]
    found = best_lines(FORMATS[name], [places(text) for text in lines])
    assert found.lines == tuple(lines)


def test_doubt_that_no_digit_settles_lowers_confidence() -> None:
    first, second = SPECIMENS["TD3"]
    found = best_lines(FORMATS["TD3"], [places(first, {6: {"R": 0.6, "K": 0.4}}), places(second)])
    assert found.confidence == pytest.approx(0.6, abs=0.02)
