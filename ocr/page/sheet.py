"""Takes a sheet out of a photograph: its proportions restored, upright, flat, and with the map back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from ocr.detect import Detector, Region
from ocr.document import Matrix, Quad, Step, StepName, Warp
from ocr.geometry import apply, invert
from ocr.page.corners import Corners
from ocr.page.dewarp import fit_mesh, flattened, trace_lines, unflattened
from ocr.page.orient import Orienter
from ocr.page.rectify import rectified, way_back
from ocr.page.upright import stand_up

__all__ = ["Sheet", "take_out"]

LEVEL = 0.3
"""Degrees of skew that are not corrected."""
LONG = 8.0
"""Least length, in heights, of lines whose directions are compared."""
BENT = 0.08
"""Lines that deviate from straight ones by more than this share of their height indicate a curved page."""


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A sheet that was taken out of a photograph.

    Attributes:
        pixels: (H, W) grey or (H, W, 3) RGB, in the tones of the photograph.
        corners: in the photograph, pixels; they may lie outside of it.
        confidence: probability that there is a sheet (0..1).
        rotation: clockwise rotation of what was cut out: 0, 90, 180 or 270 degrees.
        steps: what was done.
        lines: number of text lines on it.
        type_size: median height of these, pixels.
        spread: range of the directions of its long lines, degrees; great where the corners are wrong.
        back: maps pixels of the sheet to those of the photograph.
    """

    pixels: NDArray[np.uint8]
    corners: Quad
    confidence: float
    rotation: int
    steps: tuple[Step, ...]
    lines: int
    type_size: float
    spread: float
    back: Warp


def take_out(
    photo: NDArray[np.uint8], found: Corners, detector: Detector, orienter: Orienter | None, *, dewarp: bool = True
) -> Sheet:
    """The sheet at some corners of a photograph, (H, W) grey or (H, W, 3) RGB.

    Args:
        photo: the photograph.
        found: where the sheet is.
        detector: finds its lines.
        orienter: tells which side is up; None leaves the sheet as it lies.
        dewarp: whether to flatten a curved sheet.
    """
    quad = found.quad
    flat = rectified(photo, quad)
    height, width = flat.shape[:2]
    steps = [Step(StepName.CORNERS, {"box": quad.to_json(), "confidence": round(found.confidence, 3)})]
    upright = stand_up(flat, detector(flat), detector, orienter, LEVEL)
    pixels, bent = _flattened(upright.pixels, detector) if dewarp else (upright.pixels, None)
    steps += upright.steps
    if bent:
        steps.append(bent[0])
    back = _composed(bent[1] if bent else None, invert(upright.matrix), way_back(quad, width, height))
    heights = [region.quad.height for region in upright.regions] or [0.0]
    lines, spread = len(upright.regions), 0.0 if bent else _spread(upright.regions)
    return Sheet(
        pixels, quad, found.confidence, upright.rotation, tuple(steps), lines, median(heights), spread, back
    )  # fmt: skip


def _spread(regions: Sequence[Region]) -> float:
    """Range of the directions of long lines in degrees, without the outermost tenths."""
    angles = [region.quad.angle for region in regions if region.quad.width > LONG * region.quad.height]
    return float(np.ptp(np.percentile(angles, (10, 90)))) if len(angles) >= 4 else 0.0


def _flattened(pixels: NDArray[np.uint8], detector: Detector) -> tuple[NDArray[np.uint8], tuple[Step, Warp] | None]:
    """A page flattened if it is curved, with the step and the way back."""
    text_map: Callable[..., tuple[NDArray[np.float32], float]] | None = getattr(detector, "text_map", None)
    if text_map is None:  # a detector that finds quads by other means
        return pixels, None
    height, width = pixels.shape[:2]
    mesh = fit_mesh(trace_lines(*text_map(pixels)), width, height)
    if mesh.bend < BENT or mesh.residual > mesh.bend / 2:
        return pixels, None
    step = Step(StepName.DEWARP, {"bend": round(mesh.bend, 3), "residual": round(mesh.residual, 3)})
    return flattened(pixels, mesh), (step, unflattened(mesh))


def _composed(unbend: Warp | None, turn: Matrix, project: Warp) -> Warp:
    def back(x: float, y: float) -> tuple[float, float]:
        if unbend is not None:
            x, y = unbend(x, y)
        return project(*apply(turn, x, y))

    return back
