"""A page with the weights of its lines, one picture for each pass, and the answer framed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.answers.answer import Answer
from ocr.document import Line, Page

__all__ = ["explained", "heaviest"]

SIDE: Final = 1400
"""Height of the pictures at most, in pixels."""
TINT: Final = np.array((255, 140, 0), np.float32)
FRAME: Final = (0, 150, 60)
BAND: Final = 8
"""Pixels between two passes."""


def heaviest(page: Page, answer: Answer, count: int = 5) -> list[list[tuple[float, Line]]]:
    """For each pass the lines of most weight, the heaviest first.

    Args:
        page: the one that was looked at.
        answer: of its document.
        count: lines of a pass at most; those of less than a hundredth are left out.
    """
    ordered = [sorted(zip(row, page.lines, strict=True), key=lambda pair: -pair[0]) for row in answer.weights]
    return [[pair for pair in row[:count] if pair[0] >= 0.01] for row in ordered]


def explained(pixels: NDArray[np.uint8], page: Page, answer: Answer) -> NDArray[np.uint8]:
    """The page once for each pass, side by side: the more a line weighs the deeper its colour; the answer in a frame.

    Args:
        pixels: the page as it was read, (H, W) grey or (H, W, 3) RGB.
        page: what was read of it.
        answer: of its document.

    Returns:
        (H', W', 3) RGB.
    """
    base = pixels if pixels.ndim == 3 else cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB)
    scale = min(1.0, SIDE / base.shape[0])
    base = cv2.resize(base, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.uint8)
    shown: list[NDArray[np.uint8]] = []
    for row in answer.weights or ((0.0,) * len(page.lines),):
        picture = _tinted(base, page.lines, row, scale)
        for line in answer.lines if answer.page == page.number else ():
            cv2.polylines(picture, [_corners(line, scale)], True, FRAME, 3, cv2.LINE_AA)
        band = np.full((picture.shape[0], BAND, 3), 255, np.uint8)
        shown += [picture, band]
    return np.concatenate(shown[:-1], 1)


def _tinted(
    base: NDArray[np.uint8], lines: Sequence[Line], weights: Sequence[float], scale: float
) -> NDArray[np.uint8]:
    depth = np.zeros(base.shape[:2], np.float32)
    for weight, line in zip(weights, lines, strict=True):
        cv2.fillConvexPoly(depth, _corners(line, scale), float(np.sqrt(weight)))
    share = 0.75 * depth[..., None]
    return np.asarray(base * (1 - share * (1 - TINT / 255)), np.float32).round().astype(np.uint8)


def _corners(line: Line, scale: float) -> NDArray[np.int32]:
    return (np.array(line.box.points) * scale).round().astype(np.int32)
