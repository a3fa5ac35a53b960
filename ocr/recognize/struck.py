"""Words that are struck out: a rule runs through their letters at half their height.

The rule is taken out where no stroke of a letter crosses it. What cannot be told any more (e and c, H and II) makes
such a line doubtful, however sure the recogniser is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.recognize import LineRecognizer, Reading

__all__ = ["read_unstruck", "struck_warning", "unstruck"]

Line = NDArray[np.uint8]

LONG = 2.0
"""Least length of a rule in heights of the line: longer than the bars of letters and most dashes."""
LOWEST = 12
"""Lines of fewer rows do not show where a rule runs."""
BAND = (0.34, 0.66)
"""Where it runs, in heights of the line; an underline runs below."""
THICKEST = 0.14
"""Its greatest thickness in heights of the line."""
CROSSED, REACH = 0.5, 0.3
"""Least share of its length with ink above or below, as far as this in heights of the line: a dash has none."""
CONTRAST = 48
"""Least difference between ink and paper in grey levels."""
DOUBTFUL = 0.5
"""Greatest confidence of a line that is struck out."""


def unstruck(line: Line) -> Line:
    """An (H, W) grey line without the rule that strikes it out; the same object if there is none."""
    height, width = line.shape
    if height < LOWEST or width < LONG * height:
        return line
    ground = int(np.median(line))
    if int(line.max()) - ground <= ground - int(line.min()):
        return _without_rule(line)
    inverted = np.asarray(255 - line, np.uint8)
    cleared = _without_rule(inverted)
    return line if cleared is inverted else np.asarray(255 - cleared, np.uint8)


def _without_rule(line: Line) -> Line:
    """A line that is dark on light without the rule that strikes it out; the same object if there is none."""
    height = len(line)
    first, last = round(BAND[0] * height), round(BAND[1] * height)
    dark, light = int(line.min()), int(np.median(line))
    if light - dark < CONTRAST:
        return line
    ink = (line < (dark + light) / 2).astype(np.uint8)
    rule = np.zeros_like(ink)
    rule[first:last] = cv2.morphologyEx(ink[first:last], cv2.MORPH_OPEN, np.ones((1, round(LONG * height)), np.uint8))
    columns = np.flatnonzero(rule.any(0))
    if len(columns) < LONG * height:
        return line
    top, bottom = rule[:, columns].argmax(0), height - 1 - rule[::-1, columns].argmax(0)
    thickness = float(np.median(bottom - top + 1))
    if thickness > THICKEST * height or bottom.max() - top.min() > 3 * THICKEST * height:
        return line
    reach = round(REACH * height)
    letters = [
        ink[max(0, start - reach) : start - 1, column].any() or ink[end + 2 : end + reach, column].any()
        for column, start, end in zip(columns, top, bottom, strict=True)
    ]
    if sum(letters) < CROSSED * len(columns):
        return line
    wide = cv2.dilate(ink, np.ones((1, 3), np.uint8))  # strokes may slant
    above, below = wide[top - 2, columns], wide[(bottom + 2).clip(0, height - 1), columns]
    cleared = line.copy()
    for column, start, end, crossed in zip(columns, top, bottom, above & below, strict=True):
        if not crossed:
            cleared[start - 1 : end + 2, column] = light
    return cleared


def read_unstruck(recognizer: LineRecognizer, lines: Sequence[Line]) -> list[Reading]:
    """One reading for each (H, W) grey line, without the rules that strike words out; with one it is doubtful."""
    shown = [unstruck(line) for line in lines]
    return [
        reading if after is before else replace(reading, confidence=min(reading.confidence, DOUBTFUL))
        for reading, after, before in zip(recognizer(shown), shown, lines, strict=True)
    ]


def struck_warning(number: int, lines: Sequence[Line], readings: Sequence[Reading]) -> tuple[str, ...]:
    """A warning about lines of a page that are struck out."""
    doubtful = [line for line, reading in zip(lines, readings, strict=True) if reading.confidence <= DOUBTFUL]
    count = sum(unstruck(line) is not line for line in doubtful)
    some = "1 line is" if count == 1 else f"{count} lines are"
    return (f"page {number}: {some} struck out and may be misread",) if count else ()
