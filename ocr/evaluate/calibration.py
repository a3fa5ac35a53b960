"""Calibration: whether the confidence of a line is the probability that the line is right.

If the ground truth has boxes of lines, a predicted line is right if the box that it matches has the same text; lines
without a matching box are left out. If it has page text, a line is right if it occurs in that text verbatim, at a place
that no other line has used (long lines first). A hyphen at its end may be missing in the ground truth, as in
paragraphs without line breaks. Lines that resemble nothing in the text are left out, because many sets transcribe only
the body of a page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from ocr.evaluate.lines import CLOSE, codes, nearest
from ocr.evaluate.text import Row, match, normalise, squash

__all__ = ["Calibration"]

BINS = 10
SHORT_LINE = 4
"""Lines of fewer characters have to be surrounded by spaces or punctuation to count as found."""

Verdict = tuple[float, bool]
"""Confidence of a line, and whether it is right."""


@dataclass(slots=True)
class Calibration:
    """Confidence against accuracy over the lines of a set."""

    lines: list[Verdict] = field(default_factory=list)
    unknown: int = 0

    def add(self, truth: Row, found: Row) -> None:
        """Count the lines of one image, if it has confidences and a ground truth for lines."""
        confidences, boxes = found.get("confidences") or [], truth.get("boxes") or []
        if not confidences or truth.get("level") == "word" or truth.get("task") == "line":
            return
        got = found.get("boxes") or []
        if boxes:
            pairs = match(boxes, got)
            rights = {j: squash(boxes[i][1]) == squash(got[j][1]) for i, j in pairs}
        elif truth.get("text"):
            fold = str.casefold if truth.get("ignore_case") else str
            rights = _right(fold(normalise(truth["text"])), [fold(normalise(text)) for _, text in got])
        else:
            return
        self.lines += [(confidences[j], right) for j, right in sorted(rights.items())]
        self.unknown += len(got) - len(rights)

    def bins(self) -> list[tuple[float, float, int]]:
        """Mean confidence, accuracy and number of lines of each bin; bins hold equally many lines, by confidence."""
        pairs = np.array(sorted(self.lines, key=lambda line: line[0]), float).reshape(-1, 2)
        parts = np.array_split(pairs, BINS)
        return [(float(p[:, 0].mean()), float(p[:, 1].mean()), len(p)) for p in parts if len(p)]

    def error(self) -> float:
        """Expected calibration error: mean of |confidence - accuracy| over the bins, weighted by lines; 0 without."""
        return sum(abs(confidence - accuracy) * n for confidence, accuracy, n in self.bins()) / max(1, len(self.lines))

    def table(self) -> Iterator[str]:
        """The bins as a table, line by line."""
        yield "confidence  accuracy  lines"
        for confidence, accuracy, n in self.bins():
            yield f"{confidence:10.3f}{accuracy:10.3f}{n:7d}"
        yield f"{self.unknown} lines without ground truth were left out"


def _right(truth: str, lines: Sequence[str]) -> dict[int, bool]:
    """Whether each line occurs in the ground truth; lines that resemble nothing in it are left out."""
    rights: dict[int, bool] = {}
    remaining, whole = truth, codes(squash(truth))
    for i in sorted(range(len(lines)), key=lambda i: -len(lines[i])):
        line = lines[i]
        for text in (line, line[:-1] if line.endswith("-") else ""):
            at = _place(text, remaining)
            if at >= 0:
                remaining = f"{remaining[:at]}{chr(0) * len(text)}{remaining[at + len(text) :]}"
                rights[i] = True
                break
        else:
            key = squash(line)
            if key and nearest(codes(key), whole)[0] <= CLOSE * len(key):
                rights[i] = False
    return rights


def _place(line: str, truth: str) -> int:
    """Where the line occurs in the ground truth; -1 where it does not."""
    at = truth.find(line) if line else -1
    while at >= 0 and len(line) < SHORT_LINE:
        before, after = truth[at - 1 : at], truth[at + len(line) : at + len(line) + 1]
        if not (before.isalnum() or after.isalnum()):
            return at
        at = truth.find(line, at + 1)
    return at
