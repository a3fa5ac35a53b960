"""Lines of low confidence, read once more by Tesseract."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ocr.document import Quad
from ocr.geometry import crop_line
from ocr.recognize import Reading
from ocr.recognize.plausible import worth_asking
from ocr.recognize.tesseract import TesseractFallback, better
from ocr.steps import Step, StepName

__all__ = ["reread"]


def reread(
    pixels: NDArray[np.uint8],
    quads: Sequence[Quad],
    readings: Sequence[Reading],
    fallback: TesseractFallback,
    threshold: float,
) -> tuple[list[Reading], tuple[Step, ...], tuple[str, ...]]:
    """The better reading of each line, the steps taken, and warnings.

    Args:
        pixels: the page, (H, W) or (H, W, 3).
        quads: its lines.
        readings: of these lines.
        fallback: reads those again whose confidence is below ``threshold``, if that is worth while.
        threshold: a probability.
    """
    best = list(readings)
    unsure = [
        i
        for i, worth in enumerate(worth_asking(best))
        if worth and best[i].confidence < threshold and best[i].engine != fallback.name
    ]
    if not unsure:
        return best, (), ()
    second, warnings = fallback.read([crop_line(pixels, quads[i], fallback.height) for i in unsure])
    for i, reading in zip(unsure, second, strict=True):
        best[i] = better(best[i], reading)
    return best, (Step(StepName.FALLBACK, {"lines": len(unsure)}),), warnings
