"""Reads the number of a card from an image of its line, with any CTC recogniser of digits and X."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
from numpy.typing import NDArray

from ocr.idcard.number import CHARACTERS, ReadNumber, best_number
from ocr.recognize.crnn import CrnnRecognizer
from ocr.recognize.lattice import Places, posteriors

__all__ = ["LENGTHS", "NumberReader"]

LENGTHS = (18, 17, 19, 15)
"""Possible numbers of characters: that of the standard, those of invented cards, and that of cards before 1999. None is
preferred: reading a digit twice costs so little that seventeen digits would be read as a valid number."""


class NumberReader:
    """Reads numbers. Threads may share it.

    Args:
        name: a recogniser of ``models/manifest.json`` whose charset contains the digits and X; the default was trained
            on OCR-B, which resembles the typeface of the number.

    Raises:
        DependencyError: the model file is missing.
        UsageError: there is no such model.
    """

    def __init__(self, name: str = "crnn-mrz-int8") -> None:
        self._recognizer = CrnnRecognizer(name, threads=1)
        charset = self._recognizer.characters
        self._classes = [0, *(charset.index(character) + 1 for character in CHARACTERS)]

    def __call__(self, line: NDArray[np.uint8], today: date | None = None) -> ReadNumber:
        """The number in an (H, W) grey image of its line, without the label."""
        logs = self._recognizer.frames(line).logs()[:, self._classes]
        logs = logs - np.log(np.exp(logs).sum(1, keepdims=True))
        allowed = np.ones((max(LENGTHS), len(CHARACTERS)), np.bool_)
        every = (posteriors(logs, allowed[:length]) for length in LENGTHS)
        read = [places for places in every if math.isfinite(places.likelihood)]
        if not read:
            return ReadNumber("", 0.0, False)
        best = max(read, key=_likelihood)
        found = best_number(best.characters, today)
        return ReadNumber(found.text, found.confidence * _share(best, read), found.valid)


def _likelihood(places: Places) -> float:
    return places.likelihood


def _share(best: Places, read: list[Places]) -> float:
    """Probability of the best length."""
    return float(1 / np.exp([places.likelihood - best.likelihood for places in read]).sum())
