"""Pencil drawing: Lu, Xu, Jia, Combining Sketch and Tone for Pencil Drawing Production, NPAR 2012.

The texture of the sheet is left out: it depends on the position in the image, not on its content.
"""

from __future__ import annotations

import cv2
import numpy as np

from ocr.page.tones import Picture, drawing_tones, edges, luminance, shaded

__all__ = ["pencil", "strokes"]

DIRECTIONS = 8
LENGTH = 6
"""Pixels from a stroke's middle to its ends."""


def pencil(picture: Picture, strength: float) -> Picture:
    """Grey drawing (H, W, 3) of a picture (H, W, 3), 0..1.

    Strokes and tones are drawn with an exponent of 0.5 at strength 0, 1 at 0.5, 2 at 1: a soft or a hard hand.
    """
    light = luminance(picture)
    drawing = (strokes(light) * shaded(light, drawing_tones(light))) ** (2 ** (2 * strength - 1))
    return np.repeat(np.clip(drawing, 0, 1)[..., None], 3, 2).astype(np.float32)


def strokes(light: Picture) -> Picture:
    """Lines along the edges and beyond their ends, as drawn by hand; 1 is paper."""
    outline = edges(light)
    kernels = [_stroke(np.pi * k / DIRECTIONS) for k in range(DIRECTIONS)]
    responses = np.stack([cv2.filter2D(outline, -1, kernel) for kernel in kernels])
    best = responses.argmax(0)
    drawn = sum(cv2.filter2D(outline * (best == k), -1, kernel) for k, kernel in enumerate(kernels))
    return np.asarray(np.clip(1 - np.asarray(drawn), 0, 1), np.float32)


def _stroke(angle: float) -> Picture:
    canvas = np.zeros((2 * LENGTH + 1, 2 * LENGTH + 1), np.uint8)
    end = np.array([np.cos(angle), np.sin(angle)]) * LENGTH * 16
    centre = np.array([LENGTH, LENGTH]) * 16
    first, last = (centre - end).round().astype(int).tolist(), (centre + end).round().astype(int).tolist()
    cv2.line(canvas, first, last, 255, 1, cv2.LINE_AA, 4)
    return np.asarray(canvas * np.float32(3 / canvas.sum()), np.float32)
