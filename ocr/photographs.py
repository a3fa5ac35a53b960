"""Photographs of pages: the pages are taken out and read, and what was read is put back in its place."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.detect import Detector
from ocr.document import Page, Step, StepName
from ocr.page.corners import Corners, PageFinder
from ocr.page.orient import Orienter
from ocr.page.photograph import pages_of_book, reading_order, sheets_in
from ocr.page.sheet import Sheet, take_out
from ocr.source import PageImage

__all__ = ["FOUND", "Photographs", "beside", "put_back", "without"]

FOUND = 0.7
"""Least confidence of the page finder for a photograph to contain a page (docs/experiments.md)."""
LEAST_LINES, LARGEST_TYPE = 5, 0.06
"""Least lines of a page, and greatest height of its lines as a share of its longer side: signs and cards differ."""
PARALLEL, OF_TWO = 2.5, 5.0
"""Degrees by which the directions of its lines differ at most; more shows that its corners were not found. The same of
two pages: those of a book bend at the fold."""
SURELY = 0.5
"""Confidence from which on a line beside a page is reported."""


class Photographs:
    """Takes the pages out of photographs.

    Args:
        mode: ``auto`` takes a page out that lies on something else, ``always`` any that is found, ``never`` none.
        detector: finds text lines.
        orienter: tells which side of a page is up; None leaves pages as they lie.
        threads: CPU threads.
    """

    def __init__(self, mode: str, detector: Detector, orienter: Orienter | None, threads: int) -> None:
        self._mode, self._detector, self._orienter = mode, detector, orienter
        self._finder = functools.cache(lambda: PageFinder("corners-mobile", threads))

    def sheets(self, image: PageImage) -> list[Sheet]:
        """The sheets in a picture, in reading order; none where it is read as it is."""
        drawn = any(step.name is StepName.RENDER for step in image.steps)
        if self._mode == "never" or (drawn and self._mode == "auto"):
            return []
        found = sheets_in(image.pixels, self._find)
        if not found and self._mode == "always":
            found = [corners for corners in [self._find(image.pixels)] if corners.confidence >= FOUND]
            found = [page for corners in found for page in pages_of_book(image.pixels, corners) or [corners]]
        sheets = [take_out(image.pixels, corners, self._detector, self._orienter) for corners in found]
        order = reading_order([sheet.corners for sheet in sheets], [sheet.rotation for sheet in sheets])
        sheets = [sheets[k] for k in order]
        parallel = PARALLEL if len(sheets) < 2 else OF_TWO
        return sheets if self._mode == "always" or any(_is_page(sheet, parallel) for sheet in sheets) else []

    def _find(self, photo: NDArray[np.uint8]) -> Corners:
        return self._finder()(photo)

    def read(self, image: PageImage, read: Callable[[PageImage], Page]) -> Page:
        """A picture read by ``read``: as it is, or the sheets in it one after the other.

        Lines beside the sheets are left out, with a warning.
        """
        sheets = self.sheets(image)
        if not sheets:
            return read(image)
        pages = [read(replace(image, pixels=sheet.pixels, steps=())) for sheet in sheets]
        rest = read(replace(image, pixels=without(image.pixels, sheets)))
        page = put_back(image, sheets, pages)
        return replace(page, warnings=page.warnings + beside(rest))


def _is_page(sheet: Sheet, parallel: float) -> bool:
    small = sheet.type_size <= LARGEST_TYPE * max(sheet.pixels.shape[:2])
    return sheet.lines >= LEAST_LINES and small and sheet.spread <= parallel


def put_back(image: PageImage, sheets: Sequence[Sheet], pages: Sequence[Page]) -> Page:
    """One page with what was read on the sheets of a photograph, at its places there.

    The texts of several sheets are separated by form feeds, as those of pages are.
    """
    height, width = image.pixels.shape[:2]
    first = pages[0]
    blocks = tuple(
        block.transformed(sheet.back) for sheet, page in zip(sheets, pages, strict=True) for block in page.blocks
    )
    steps: tuple[Step, ...] = image.steps
    for sheet, page in zip(sheets, pages, strict=True):
        steps += (*sheet.steps, *(step for step in page.steps if step.name is not StepName.TIME))
    steps += tuple(step for step in pages[-1].steps if step.name is StepName.TIME)
    warnings = tuple(dict.fromkeys(warning for page in pages for warning in page.warnings))
    return replace(
        first, width=width, height=height, blocks=blocks, rotation=(sheets[0].rotation + first.rotation) % 360,
        text="\n\f".join(page.text for page in pages), steps=steps, warnings=warnings, seconds=pages[-1].seconds,
    )  # fmt: skip


def without(photo: NDArray[np.uint8], sheets: Sequence[Sheet]) -> NDArray[np.uint8]:
    """A photograph, (H, W) or (H, W, 3), in which the sheets are painted over."""
    rest = photo.copy()
    tone = np.median(photo[::16, ::16].reshape(-1, *photo.shape[2:]), axis=0)
    for sheet in sheets:
        corners = np.array(sheet.corners.points)
        points = corners.mean(0) + (corners - corners.mean(0)) * 1.03
        cv2.fillConvexPoly(rest, points.round().astype(np.int32).reshape(-1, 1, 2), np.ravel(tone).tolist())
    return rest


def beside(page: Page) -> tuple[str, ...]:
    """A warning about lines that are beside the sheets of a photograph: what was read where they are painted over."""
    lines = [line for line in page.lines if line.confidence >= SURELY and sum(map(str.isalnum, line.text)) > 2]
    if not lines:
        return ()
    count = "1 line" if len(lines) == 1 else f"{len(lines)} lines"
    return (f"page {page.number}: {count} beside the photographed page left out; --photo never reads everything",)
