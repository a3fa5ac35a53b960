"""From a photograph of a page to a scan: corners, perspective, orientation, skew, curvature, background."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr import weights
from ocr.detect.db import DbDetector
from ocr.document import Quad, Step, StepName
from ocr.engine import cores
from ocr.errors import InputError
from ocr.options import checked_lang, checked_threads, one_of, true_or_false
from ocr.page.corners import Corners, PageFinder
from ocr.page.enhance import CanEnhancer
from ocr.page.orient import Orienter
from ocr.page.photograph import pages_of_book, reading_order, sheets_in
from ocr.page.sheet import take_out
from ocr.source import Input, PageImage, command_to_read, single_page

__all__ = ["CLEANINGS", "Scan", "Scanner", "scan"]

CLEANINGS = ("whiten", "binarize", "none")
"""Clean-up of a page: white paper with colours kept, pure black and white, or none."""

FOUND = 0.7
"""Least confidence of the page finder for a photograph to contain a page (docs/experiments.md)."""
LEAST_SIDE = 48
"""Least side of a photograph, pixels."""
DIM, PAPER = 170.0, 235.0
"""Tone of the paper below which a page is brightened before it is cleaned, and its tone then."""
NEAR, SAME_TONE = 0.012, 2.0
"""Distance from an edge at which tones are compared, as a share of the diagonal; and the least difference."""
GRID = np.linspace(0.1, 0.9, 16)
"""Shares of the sides of a quad at which the tone of its paper is taken."""


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
        more: further pages of the same photograph, as of an open book or of two receipts side by side.
    """

    pixels: NDArray[np.uint8]
    plain: NDArray[np.uint8]
    corners: Quad
    confidence: float
    rotation: int
    steps: tuple[Step, ...]
    more: tuple[Scan, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Everything but the pixels; ``more`` only where there are further pages."""
        height, width = self.pixels.shape[:2]
        record = {
            "width": width,
            "height": height,
            "corners": self.corners.to_json(),
            "confidence": round(self.confidence, 3),
            "rotation": self.rotation,
            "steps": [step.to_json() for step in self.steps],
        }
        return record | {"more": [scan.to_json() for scan in self.more]} if self.more else record


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
        """Find the page in a photograph and make a scan of it, or of each of two pages; see :func:`ocr.scan`.

        Raises:
            InputError: the input cannot be opened, or no page was found in it.
            UsageError: the input has several pages and ``page`` is missing.
        """
        image, name = single_page(input, page=page, password=password)
        if min(image.pixels.shape[:2]) < LEAST_SIDE:
            height, width = image.pixels.shape[:2]
            raise InputError(f"{name}: too small to find a page in ({width} x {height} pixels); take a larger picture")
        found = sheets_in(image.pixels, self._finder)
        if len(found) < 2:
            only = self._only(image.pixels, name)
            found = pages_of_book(image.pixels, only) or [only]
        scans = [self._scanned(image, corners) for corners in found]
        order = reading_order([scan.corners for scan in scans], [scan.rotation for scan in scans])
        first, *more = [scans[k] for k in order]
        return replace(first, more=tuple(more))

    def _only(self, photo: NDArray[np.uint8], name: str) -> Corners:
        """The only page.

        Raises:
            InputError: there is none.
        """
        found = self._finder(photo)
        if found.confidence < FOUND:
            raise InputError(
                f"{name}: no page was found in the image (confidence {found.confidence:.2f}); "
                f"to read it as it is: {command_to_read(name)}"
            )
        height, width = photo.shape[:2]
        return found if shows_edge(photo, found.quad) else replace(found, quad=Quad.rect(0, 0, width, height))

    def _scanned(self, image: PageImage, found: Corners) -> Scan:
        sheet = take_out(image.pixels, found, self._detector, self._orienter, dewarp=self.dewarp)
        steps, pixels = [*image.steps, *sheet.steps], sheet.pixels
        if self._enhancer:
            pixels = self._enhancer(brightened(sheet.pixels))
            steps.append(Step(StepName.ENHANCE, {"operator": self._enhancer.operator}))
        return Scan(pixels, sheet.pixels, found.quad, found.confidence, sheet.rotation, tuple(steps))


def brightened(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A page, (H, W) or (H, W, 3), whose paper is as light as that of a scan, if it was photographed in the dark."""
    light = float(np.percentile(pixels[::8, ::8], 90))
    if not 0 < light < DIM:
        return pixels
    table = (np.arange(256) * (PAPER / light)).clip(0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(pixels, table), np.uint8)


def shows_edge(photo: NDArray[np.uint8], quad: Quad) -> bool:
    """Whether the tone changes across any side of a quad, to one that is not that of its paper.

    If not, it is the edge of the print, not of the paper, which goes on beyond it.
    """
    grey = photo if photo.ndim == 2 else photo[..., 1]
    corners = np.array(quad.points)
    limits = np.array(grey.shape[::-1])
    paper = _paper(grey, corners)
    for start, end in zip(corners, np.roll(corners, -1, 0), strict=True):
        along = end - start
        outward = np.array([along[1], -along[0]]) / max(float(np.linalg.norm(along)), 1e-6)
        middle = start + np.linspace(0.1, 0.9, 64)[:, None] * along
        beyond, inside = (middle + sign * NEAR * float(np.hypot(*limits)) * outward for sign in (1, -1))
        seen = ((beyond >= 0) & (beyond < limits) & (inside >= 0) & (inside < limits)).all(1)
        if seen.any():
            tones = [float(np.median(grey[y, x])) for x, y in (beyond[seen].astype(int).T, inside[seen].astype(int).T)]
            if min(abs(tones[0] - tones[1]), abs(tones[0] - paper)) > SAME_TONE:
                return True
    return False


def _paper(grey: NDArray[np.uint8], corners: NDArray[np.float64]) -> float:
    """Median tone within a quad of corners (4, 2), clockwise; NaN where the picture has none of it."""
    across = GRID[None, :, None]
    above, below = (a + across * (b - a) for a, b in (corners[:2], corners[[3, 2]]))
    points = (above + GRID[:, None, None] * (below - above)).reshape(-1, 2)
    inside = points[((points >= 0) & (points < grey.shape[::-1])).all(1)].astype(int)
    return float(np.median(grey[inside[:, 1], inside[:, 0]])) if len(inside) else float("nan")


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
