"""Two recognisers: a small one reads every line, a large one once more what the small one is unsure of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ocr.recognize import LineRecognizer, Reading

__all__ = ["CascadeRecognizer"]


class CascadeRecognizer:
    """Reads like the small recogniser where that is sure, and nearly like the large one where it is not.

    Lines of which the small one reads nothing are left at that. The surer of both readings would be no better, and its
    confidence would promise too much.

    Args:
        first: reads all lines.
        second: reads those again whose calibrated confidence is under ``threshold``, and has the last word.
        threshold: a probability.

    Raises:
        ValueError: the two want lines of different heights.
    """

    def __init__(self, first: LineRecognizer, second: LineRecognizer, threshold: float) -> None:
        if first.height != second.height:
            raise ValueError(f"{first.name} reads {first.height} pixels high lines, {second.name} {second.height}")
        self.name, self.height = first.name, first.height
        self.threshold = threshold
        self._first, self._second = first, second

    def __call__(self, lines: Sequence[NDArray[np.uint8]]) -> list[Reading]:
        """One reading a line, in the same order."""
        readings = self._first(lines)
        unsure = [i for i, reading in enumerate(readings) if reading.glyphs and reading.confidence < self.threshold]
        for i, again in zip(unsure, self._second([lines[i] for i in unsure]), strict=True):
            if again.glyphs:
                readings[i] = again
        return readings
