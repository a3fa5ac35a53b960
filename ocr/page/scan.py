"""From a photograph of a page to a scan: corners, perspective, orientation, skew, curvature, background."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ocr import weights
from ocr.detect.db import DbDetector
from ocr.document import Quad, Step, StepName
from ocr.engine import cores
from ocr.errors import InputError
from ocr.options import checked_lang, checked_threads, one_of, true_or_false
from ocr.page.corners import PageFinder
from ocr.page.dewarp import fit_mesh, flattened, trace_lines
from ocr.page.enhance import CanEnhancer
from ocr.page.orient import Orienter
from ocr.page.rectify import rectified
from ocr.page.upright import stand_up
from ocr.source import Input, command_to_read, single_page

__all__ = ["CLEANINGS", "Scan", "Scanner", "scan"]

CLEANINGS = ("whiten", "binarize", "none")
"""Clean-up of a page: white paper with colours kept, pure black and white, or none."""

FOUND = 0.7
"""Least confidence of the page finder for a photograph to contain a page (docs/experiments.md)."""
LEAST_SIDE = 48
"""Least side of a photograph, pixels."""
NEAR, SAME_TONE = 0.012, 2.0
"""Distance from an edge at which tones are compared, as a share of the diagonal; and the least difference."""
LEVEL = 0.3
"""Degrees of skew that are not corrected."""
BENT = 0.08
"""Lines that deviate from straight ones by more than this share of their height indicate a curved page."""


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """A page that was cropped from a photograph.

    Attributes:
        pixels: (H, W) grey or (H, W, 3) RGB.
        plain: the same before enhancement. This is the one to read: a reader evens out backgrounds itself, and reads
            faint print better without enhancement.
        corners: of the page in the photograph, pixels; they may lie outside of it.
        confidence: probability that there is a page (0..1).
        rotation: clockwise rotation after that: 0, 90, 180 or 270 degrees.
        steps: what was done.
    """

    pixels: NDArray[np.uint8]
    plain: NDArray[np.uint8]
    corners: Quad
    confidence: float
    rotation: int
    steps: tuple[Step, ...]

    def to_json(self) -> dict[str, Any]:
        """Everything but the pixels."""
        height, width = self.pixels.shape[:2]
        return {
            "width": width,
            "height": height,
            "corners": self.corners.to_json(),
            "confidence": round(self.confidence, 3),
            "rotation": self.rotation,
            "steps": [step.to_json() for step in self.steps],
        }


class Scanner:
    """Scans photographs. It loads its models once; many threads may use it at the same time.

    Args:
        lang: language of the text, which the orientation is determined from.
        threads: CPU threads; 0 uses all cores.
        dewarp: whether to flatten curved pages.
        enhance: ``whiten``, ``binarize`` or ``none``.

    Raises:
        UsageError: an argument of the wrong type or value.
        DependencyError: a model file is missing.

    Example:
        >>> scanner = ocr.Scanner(enhance="binarize")
        >>> [int(tone) for tone in np.unique(scanner.scan("samples/photo.jpg").pixels)]
        [0, 255]
    """

    def __init__(self, lang: str = "en", *, threads: int = 0, dewarp: bool = True, enhance: str = "whiten") -> None:
        _check(lang, dewarp, enhance)
        threads = checked_threads(threads) or cores()
        self.dewarp = dewarp
        self._finder = PageFinder("corners-mobile", threads)
        self._detector = DbDetector(weights.defaults("zh" if lang == "auto" else lang)[0], threads)
        name = weights.orienter(lang)
        self._orienter = Orienter(name, threads) if name else None
        self._enhancer = CanEnhancer(enhance, threads=threads) if enhance != "none" else None

    def scan(self, input: Input, *, page: int | None = None, password: str | None = None) -> Scan:
        """Find the page in a photograph and make a scan of it; see :func:`ocr.scan`.

        Raises:
            InputError: the input cannot be opened, or no page was found in it.
            UsageError: the input has several pages and ``page`` is missing.
        """
        image, name = single_page(input, page=page, password=password)
        if min(image.pixels.shape[:2]) < LEAST_SIDE:
            height, width = image.pixels.shape[:2]
            raise InputError(f"{name}: too small to find a page in ({width} x {height} pixels); take a larger picture")
        found = self._finder(image.pixels)
        if found.confidence < FOUND:
            raise InputError(
                f"{name}: no page was found in the image (confidence {found.confidence:.2f}); "
                f"to read it as it is: {command_to_read(name)}"
            )
        height, width = image.pixels.shape[:2]
        quad = found.quad if shows_edge(image.pixels, found.quad) else Quad.rect(0, 0, width, height)
        steps = [
            *image.steps,
            Step(StepName.CORNERS, {"box": quad.to_json(), "confidence": round(found.confidence, 3)}),
        ]
        flat = rectified(image.pixels, quad)
        del image
        upright = stand_up(flat, self._detector(flat), self._detector, self._orienter, LEVEL)
        steps += upright.steps
        pixels, more = self._flattened(upright.pixels) if self.dewarp else (upright.pixels, [])
        steps += more
        plain = pixels
        if self._enhancer:
            pixels = self._enhancer(plain)
            steps.append(Step(StepName.ENHANCE, {"operator": self._enhancer.operator}))
        return Scan(pixels, plain, quad, found.confidence, upright.rotation, tuple(steps))

    def _flattened(self, pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], list[Step]]:
        height, width = pixels.shape[:2]
        mesh = fit_mesh(trace_lines(*self._detector.text_map(pixels)), width, height)
        if mesh.bend < BENT or mesh.residual > mesh.bend / 2:
            return pixels, []
        detail = {"bend": round(mesh.bend, 3), "residual": round(mesh.residual, 3)}
        return flattened(pixels, mesh), [Step(StepName.DEWARP, detail)]


def shows_edge(photo: NDArray[np.uint8], quad: Quad) -> bool:
    """Whether the tone changes across any side of a quad; if not, it is the edge of the print, not of the paper."""
    grey = photo if photo.ndim == 2 else photo[..., 1]
    corners = np.array(quad.points)
    limits = np.array(grey.shape[::-1])
    for start, end in zip(corners, np.roll(corners, -1, 0), strict=True):
        along = end - start
        outward = np.array([along[1], -along[0]]) / max(float(np.linalg.norm(along)), 1e-6)
        middle = start + np.linspace(0.1, 0.9, 64)[:, None] * along
        beyond, inside = (middle + sign * NEAR * float(np.hypot(*limits)) * outward for sign in (1, -1))
        seen = ((beyond >= 0) & (beyond < limits) & (inside >= 0) & (inside < limits)).all(1)
        if seen.any():
            tones = [float(np.median(grey[y, x])) for x, y in (beyond[seen].astype(int).T, inside[seen].astype(int).T)]
            if abs(tones[0] - tones[1]) > SAME_TONE:
                return True
    return False


@lru_cache(maxsize=2)
def _scanner(lang: str, dewarp: bool, enhance: str, threads: int) -> Scanner:
    return Scanner(lang, dewarp=dewarp, enhance=enhance, threads=threads)


def scan(
    input: Input,
    lang: str = "en",
    *,
    page: int | None = None,
    password: str | None = None,
    dewarp: bool = True,
    enhance: str = "whiten",
    threads: int = 0,
) -> Scan:
    """Turn a photograph of a page into a scan: cropped, upright, flat and clean.

    The models of the last calls stay in memory.

    Args:
        input: a path, ``"-"`` for stdin, the bytes of a file, a binary file object, a PIL image or an array.
        lang: language of the text, ``en``, ``zh`` or ``auto``, which its orientation is determined from.
        page: of a PDF or TIFF with several pages, from 1.
        password: of an encrypted PDF.
        dewarp: whether to flatten curved pages.
        enhance: ``whiten`` makes the paper white and keeps colours, ``binarize`` gives pure black and white, ``none``
            keeps the tones of the photograph.
        threads: CPU threads; 0 uses all cores.

    Raises:
        InputError: the input cannot be opened, or no page was found in it.
        UsageError: an argument that cannot be used, or the input has several pages and ``page`` is missing.
        DependencyError: a model file is missing.

    Example:
        >>> page = ocr.scan("samples/photo.jpg")
        >>> page.pixels.dtype, page.rotation
        (dtype('uint8'), 180)
    """
    _check(lang, dewarp, enhance)
    return _scanner(lang, dewarp, enhance, checked_threads(threads)).scan(input, page=page, password=password)


def _check(lang: str, dewarp: bool, enhance: str) -> None:
    checked_lang(lang)
    one_of("enhance", enhance, CLEANINGS)
    true_or_false("dewarp", dewarp)
