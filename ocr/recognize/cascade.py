"""Two recognisers: a small one reads every line, a large one re-reads lines of low confidence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ocr.recognize import LineRecognizer, Reading
from ocr.recognize.language import fold
from ocr.recognize.signs import with_signs

__all__ = ["CascadeRecognizer"]


class CascadeRecognizer:
    """Nearly the accuracy of the large recogniser at nearly the cost of the small one.

    Lines in which the small one reads nothing stay empty. Taking the more confident of both readings would be no
    better, and its confidence would be too high. Letters that only the small one knows stay, accents that the large
    one does not see, and signs.

    Args:
        first: reads all lines.
        second: re-reads those whose calibrated confidence is below ``threshold``; its reading is kept.
        threshold: a probability.
        alone: reads the lines of which the second reading is not kept, in place of ``first``: the same model with the
            help that it leaves out for lines that are read again. ``first`` itself when left out.

    Raises:
        ValueError: they take lines of different heights.
    """

    def __init__(
        self, first: LineRecognizer, second: LineRecognizer, threshold: float, alone: LineRecognizer | None = None
    ) -> None:
        if first.height != second.height:
            raise ValueError(f"{first.name} reads lines {first.height} pixels high, {second.name} {second.height}")
        self.name, self.height = first.name, first.height
        self.threshold = threshold
        self._first, self._second, self._alone = first, second, alone

    def __call__(self, lines: Sequence[NDArray[np.uint8]]) -> list[Reading]:
        """One reading for each line, in the same order."""
        readings = self._first(lines)
        unsure = [i for i, reading in enumerate(readings) if reading.glyphs and reading.confidence < self.threshold]
        kept = []
        for i, again in zip(unsure, self._second([lines[i] for i in unsure]), strict=True):
            if again.glyphs and not self._loses(readings[i].text, again.text):
                readings[i] = with_signs(again, readings[i])
            else:
                kept.append(i)
        if self._alone and kept:
            for i, reading in zip(kept, self._alone([lines[i] for i in kept]), strict=True):
                readings[i] = reading
        return readings

    def first_look(self, lines: Sequence[NDArray[np.uint8]]) -> list[Reading]:
        """One reading of the small recogniser alone for each line."""
        return self._first(lines)

    def _loses(self, text: str, again: str) -> bool:
        """Whether a second reading lacks letters beyond ASCII only because its recogniser does not know them."""
        special, kept = ([c for c in line if c.isalpha() and not c.isascii()] for line in (text, again))
        known = getattr(self._second, "characters", None)
        if known is not None and any(c not in known for c in special):
            return True
        return len(kept) < len(special) and fold(text) == fold(again)
