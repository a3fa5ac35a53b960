"""Whether confidence is what it says: the probability that a line is right.

Where the ground truth has boxes of lines, a line of ours is right when the box that it overlaps has the same text;
lines without such a box say nothing and are left out. Where it has page text, a line is right when it stands in that
text, word for word, in a place that no other line has used (long lines choose first). A hyphen at its end may be
missing there, as it is where paragraphs have no line breaks. What is nowhere near that text is left out: many sets
have only the text of the page's body.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from ocr.evaluate.lines import CLOSE, codes, nearest
from ocr.evaluate.text import Row, match, normalise, squash

__all__ = ["Calibration"]

BINS = 10
SHORT = 4
"""Characters of a line that has to stand between spaces to count as found."""

Verdict = tuple[float, bool]
"""A line's confidence and whether it is right."""


@dataclass(slots=True)
class Calibration:
    """Confidence against accuracy over the lines of a set."""

    lines: list[Verdict] = field(default_factory=list)
    unknown: int = 0

    def add(self, truth: Row, found: Row) -> None:
        """Count the lines of one picture, where confidences and a ground truth for lines are known."""
        sure, boxes = found.get("confidences") or [], truth.get("boxes") or []
        if not sure or truth.get("level") == "word" or truth.get("task") == "line":
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
        self.lines += [(sure[j], right) for j, right in sorted(rights.items())]
        self.unknown += len(got) - len(rights)

    def bins(self) -> list[tuple[float, float, int]]:
        """Mean confidence, share of right lines, and lines, in bins of as many lines each, by confidence."""
        pairs = np.array(sorted(self.lines, key=lambda line: line[0]), float).reshape(-1, 2)
        parts = np.array_split(pairs, BINS)
        return [(float(p[:, 0].mean()), float(p[:, 1].mean()), len(p)) for p in parts if len(p)]

    def error(self) -> float:
        """Expected calibration error: the mean distance of confidence and accuracy over the bins; 0 without lines."""
        return sum(abs(sure - right) * n for sure, right, n in self.bins()) / max(1, len(self.lines))

    def table(self) -> Iterator[str]:
        """The bins, as lines to print."""
        yield "confidence  accuracy  lines"
        for sure, right, n in self.bins():
            yield f"{sure:10.3f}{right:10.3f}{n:7d}"
        yield f"{self.unknown} lines without ground truth were left out"


def _right(truth: str, lines: Sequence[str]) -> dict[int, bool]:
    """Which lines stand in the truth; those that are nowhere near it are left out."""
    rights: dict[int, bool] = {}
    left, all_of_it = truth, codes(squash(truth))
    for i in sorted(range(len(lines)), key=lambda i: -len(lines[i])):
        line = lines[i]
        for text in (line, line[:-1] if line.endswith("-") else ""):
            at = _place(text, left)
            if at >= 0:
                left = f"{left[:at]}{chr(0) * len(text)}{left[at + len(text) :]}"
                rights[i] = True
                break
        else:
            key = squash(line)
            if key and nearest(codes(key), all_of_it)[0] <= CLOSE * len(key):
                rights[i] = False
    return rights


def _place(line: str, truth: str) -> int:
    """Where the line stands in the truth; -1 where it does not."""
    at = truth.find(line) if line else -1
    while at >= 0 and len(line) < SHORT:
        before, after = truth[at - 1 : at], truth[at + len(line) : at + len(line) + 1]
        if not (before.isalnum() or after.isalnum()):
            return at
        at = truth.find(line, at + 1)
    return at
