"""The text detector: a differentiable-binarization net, and the post-processing of its map to quads of lines.

Liao et al., Real-time Scene Text Detection with Differentiable Binarization, AAAI 2020. The net marks the kernel of
each line, its box shrunk by a share of the height on every side, at a quarter of the working resolution. That follows
the size of the type, which is estimated from the page's ink first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.detect import Region
from ocr.detect.ends import to_the_ends
from ocr.detect.gutters import joined
from ocr.detect.kernels import DetectorSettings, measured
from ocr.detect.leaders import apart_from_leaders
from ocr.detect.leftover import Least, second_look
from ocr.detect.look import look, resized
from ocr.detect.pale import with_pale_words
from ocr.detect.rules import rules_among, straightened
from ocr.detect.slanted import slanted_look
from ocr.detect.tiles import stitched
from ocr.document import Quad
from ocr.engine import Session
from ocr.percentiles import percentiles
from ocr.weights import model

__all__ = ["ALPHABETIC", "CLOSE", "DbDetector", "DetectorSettings", "Scale", "inked", "regions_of"]

STRIDE = 4
PIXELS = 2_600_000
"""Largest working image, in pixels, that is run in one piece."""
CELL_GAP = 0.75
"""Words of a row with a larger gap than this, in line heights, may be cells of a table."""
AIR, LEAST_WIDTH = 0.06, 0.6
"""Margin at both ends of a box, and the least width of a box, in line heights: a single digit is as wide as its body,
not as its stroke."""
LEAST_SIDE = 480
"""Pages are not shrunk below this many pixels, however large their type seems to be."""
TILE_SIDE, OVERLAP = 1536, 256
NEIGHBOUR = 1.2
"""Greatest distance, in line heights, between a faint kernel and the text of the same height that it belongs to."""
COMPANY = 2
"""Number of single letters in a row of cells from which on faint ones among them are accepted."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How large a page is shown to the net.

    Attributes:
        line_height: of a typical line in the working image, ascender to descender, pixels.
        close_height: small pages such as receipts are enlarged up to this height of a typical line, ...
        close_pixels: ... and to a working image of about this many pixels.
    """

    line_height: float
    close_height: float
    close_pixels: int


CLOSE = Scale(19.0, 26.0, 1_600_000)
"""For any script, as Chinese with its dense characters needs it, and for cards."""
ALPHABETIC = Scale(17.0, 22.0, 1_000_000)
"""For alphabets: as accurate on scans, books, receipts and forms, with a quarter less time for dense pages."""


Box = tuple[NDArray[np.float64], float]
Map = NDArray[np.float32]
Grey = NDArray[np.uint8]


SHIPPED = DetectorSettings()


def regions_of(text: Map, settings: DetectorSettings = SHIPPED) -> list[Box]:
    """Line boxes (4, 2) in map points, with their mean probability.

    Kernels that have merged, which are taller than the rest and do not fill their box, are split by increasing the
    threshold.
    """
    mask = text > settings.threshold
    for level in (0.45, 0.6, 0.75, 1.0):
        count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4, ltype=cv2.CV_32S)
        if count < 2:
            return []
        found = measured(text, labels, count, settings)
        merged = (found.height > 1.5 * np.median(found.height[1:])) & (found.fill < 0.8)
        upright = np.abs(found.angle) > math.pi / 4
        if found.area[upright].sum() < 0.25 * found.area[1:].sum():  # digits of a column, one below the other
            merged |= upright
        merged[0] = False
        if not merged.any() or level == 1.0:
            break
        mask = mask & ~(merged[labels] & (text < level))
    boxes = []
    for k in np.flatnonzero((found.score > settings.faint) & (found.area >= 3) & (found.height > 1.6)):
        if k > 0:
            axis = np.array([math.cos(found.angle[k]), math.sin(found.angle[k])])
            half = np.array([-axis[1], axis[0]]) * found.height[k] / 2
            a, b = found.center[k] + axis * found.low[k], found.center[k] + axis * found.high[k]
            boxes.append((np.array([a - half, b - half, b + half, a + half]), float(found.score[k])))
    return boxes


def inked(corners: NDArray[np.float64], page: Grey) -> list[list[NDArray[np.float64]]]:
    """Split a box (4, 2) of ``page`` at rules and wide gaps, and trim the blank at its ends.

    The outer lists are separated by rules: vertical strokes that extend beyond the line above and below. The inner ones
    are separated by gaps of over ``CELL_GAP`` line heights. A sixteenth of the height stays as a margin. A box without
    any contrast gives nothing.
    """
    along, across = corners[1] - corners[0], corners[3] - corners[0]
    width, height = float(np.linalg.norm(along)), float(np.linalg.norm(across))
    if width < 2 or height < 4:
        return [[corners]]
    along, across = along / width, across / height
    around, beyond = straightened(corners, page)
    strip = around[beyond:-beyond]
    lowest, highest = strip.min(0), strip.max(0)
    if int(highest.max()) - int(lowest.min()) < 16:
        return []
    dark, paper, light = percentiles(strip[::2, ::4], 2, 50, 98)
    middle = (dark + light) / 2
    if light - dark < 24:
        return [[corners]]
    ink = lowest < middle if paper > middle else highest > middle
    rules = rules_among(around, beyond, ink, (paper + middle) / 2) if paper > middle else np.zeros(0, int)
    ink = with_pale_words(strip, ink, paper, light - dark, CELL_GAP * height)
    found = np.flatnonzero(ink)
    if not len(found):
        return [[corners]]
    margin = height / 16
    rows = []
    for cell in np.split(found, np.searchsorted(found, rules)):
        if not len(cell):
            continue
        cuts = np.flatnonzero(np.diff(cell) > CELL_GAP * height) + 1
        parts = []
        for first, last in zip(cell[[0, *cuts]], cell[[*(cuts - 1), -1]], strict=True):
            start = corners[0] + along * max(0.0, first - margin)
            end = corners[0] + along * min(width, last + 1 + margin)
            parts.append(np.array([start, end, end + across * height, start + across * height]))
        rows.append(parts)
    return rows


class DbDetector:
    """Finds text lines with a model of ``models/manifest.json``.

    Args:
        name: the model, or the path of a model file.
        threads: threads of the runtime; 0 uses all cores.
        scale: how large pages are shown to the net.

    Example:
        >>> DbDetector("detect-mobile")(page)  # doctest: +SKIP
        [Region(quad=Quad(...), score=0.93), ...]
    """

    def __init__(self, name: str | Path, threads: int = 0, scale: Scale = CLOSE) -> None:
        file = model(name, "detect")
        self.name, self._metadata = file.name, file.metadata
        self.settings = file.metadata.settings_as(DetectorSettings, file.path)
        self._session = Session(file.path, threads=threads)
        self._scale = scale

    def __call__(self, image: NDArray[np.uint8]) -> list[Region]:
        """Regions of an (H, W) grey or (H, W, 3) RGB page of any size, top to bottom."""
        grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.uint8)
        if min(grey.shape) < 4:
            return []
        seen, usual = look(grey), self._scale.line_height
        lowest = min(1.0, LEAST_SIDE / max(grey.shape))
        close = min(self._scale.close_height / seen.typical, math.sqrt(self._scale.close_pixels / grey.size))
        scale = min(2.0, max(usual / seen.typical, self.settings.smallest / seen.small, lowest, close))
        boxes = self._at(grey, scale)
        found = _typical_height(boxes) * scale
        if found > 0 and not 13.0 <= found <= 36.0:  # the estimate of the type size was wrong
            scale = min(2.0, max(scale * usual / found, lowest))
            boxes = self._at(grey, scale)
        if seen.large * scale > 120:  # type too large for the net's field of view: detect again at a smaller scale
            boxes = _merged(boxes, self._at(grey, scale * 36 / (seen.large * scale)))
        boxes = to_the_ends(_plausible(boxes, self.settings), seen.words)
        least = Least(usual, self.settings.certain, self.settings.certain_alone)
        more = second_look(grey, seen.words, boxes, self._at, least)
        slanted = slanted_look(grey, seen.words, boxes, self._at, least)
        limits = np.array(grey.shape[::-1], float)
        regions = [
            Region(Quad.of(_aired(corners).clip(0, limits).tolist()), score, leftover, slanted=found is slanted)
            for found, leftover in ((boxes, False), (more, True), (slanted, True))
            for corners, score in found
        ]
        regions = apart_from_leaders(regions, grey)
        return sorted(regions, key=lambda region: (region.quad.center[1], region.quad.center[0]))

    def text_map(self, image: NDArray[np.uint8]) -> tuple[Map, float]:
        """Probability map of kernels (H, W), 0..1, at the scale of typical print; and map points per page pixel.

        A page that has more than ``PIXELS`` at that scale is reduced further.
        """
        grey = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.uint8)
        scale = min(2.0, self._scale.line_height / look(grey).typical, math.sqrt(PIXELS / grey.size))
        work = resized(grey, round(grey.shape[1] * scale), round(grey.shape[0] * scale))
        return self._map(work), work.shape[1] / grey.shape[1] / STRIDE

    def _at(self, grey: Grey, scale: float) -> list[Box]:
        """Boxes (4, 2) in page pixels, detected at one scale."""
        height, width = grey.shape
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        work = resized(grey, *size)
        whole = work.size <= PIXELS
        text = self._map(work) if whole else stitched(work, self._map, STRIDE, TILE_SIDE, OVERLAP)
        found = regions_of(text, self.settings)
        cells = [(parts, score) for box, score in found for parts in inked(box * STRIDE, work)]
        rows = joined([parts for parts, _ in cells])
        boxes = [(part, score) for parts, (_, score) in zip(rows, cells, strict=True) for part in parts]
        to_page = np.array([width / size[0], height / size[1]])
        limits = np.array([width, height], float)
        return [((corners * to_page).clip(0, limits), score) for corners, score in boxes]

    def _map(self, work: Grey) -> Map:
        """Probability of a kernel at every fourth pixel."""
        height, width = work.shape
        paper = int(np.median(work[:: max(1, height // 64), :: max(1, width // 64)]))
        padded = cv2.copyMakeBorder(work, 0, -height % 32, 0, -width % 32, cv2.BORDER_CONSTANT, value=paper)
        tensor = self._metadata.normalised(np.asarray(padded, np.uint8)[None, None])
        [result] = self._session.run({self._session.inputs[0]: tensor})
        return np.asarray(result[0, 0, : -(-height // STRIDE), : -(-width // STRIDE)], np.float32)


def _aired(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """A box (4, 2) with a margin at both ends."""
    along = (corners[1] - corners[0] + corners[2] - corners[3]) / 2
    width, height = float(np.linalg.norm(along)), float(np.linalg.norm(corners[3] - corners[0]))
    extra = max(AIR * height, (LEAST_WIDTH * height - width) / 2)
    shift = along / max(width, 1e-6) * extra
    return np.asarray(corners + np.array([-shift, shift, shift, -shift]))


def _typical_height(boxes: list[Box]) -> float:
    """Median height of the boxes, weighted by width; 0 if there are none."""
    if not boxes:
        return 0.0
    corners = np.array([c for c, _ in boxes])
    heights = np.linalg.norm(corners[:, 3] - corners[:, 0], axis=1)
    order = np.argsort(heights)
    share = np.cumsum(np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1)[order])
    return float(heights[order][np.searchsorted(share, share[-1] / 2)])


def _plausible(boxes: list[Box], settings: DetectorSettings) -> list[Box]:
    """Boxes without specks: one no wider than tall must have the page's type size, and be certain if it is alone."""
    usual = _typical_height(boxes)
    corners = np.array([c for c, _ in boxes]).reshape(-1, 4, 2)
    width = np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1)
    height = np.linalg.norm(corners[:, 3] - corners[:, 0], axis=1)
    score = np.array([certain for _, certain in boxes])
    middle = corners[:, :, 1].mean(1)
    prose = bool(((width > 2 * height) & (score > 0.65)).any())
    sized = height >= 0.4 * usual
    alone = (width < 1.3 * height) & sized
    letters = alone & (score >= settings.certain_alone)
    line = (width >= 1.3 * height) & (score > settings.certain)
    level = np.abs(middle[:, None] - middle) < 0.25 * np.minimum(height[:, None], height)
    alike = level & (np.abs(height[:, None] - height) < 0.25 * height[:, None])
    row = alone & (alike[:, letters].sum(1) >= COMPANY)
    left, right = corners[:, :, 0].min(1), corners[:, :, 0].max(1)
    gap = np.maximum(left[:, None] - right, left - right[:, None])
    beside = (alike & (gap < NEIGHBOUR * height[:, None]))[:, line | letters].any(1)
    kept = line | letters | row | (beside & sized)
    return [boxes[k] for k in np.flatnonzero(kept & (prose | (score > 0.8)))]


def _merged(fine: list[Box], coarse: list[Box]) -> list[Box]:
    """Boxes of the fine scale, except where boxes of the coarse scale show very large type.

    A coarse box that contains two or more good lines is an illustration or a paragraph, not large type.
    """
    usual = _typical_height(fine)
    for corners, score in coarse:
        low, high = corners.min(0), corners.max(0)
        height = float(np.linalg.norm(corners[3] - corners[0]))
        inside = [bool((low <= c.mean(0)).all() and (c.mean(0) <= high).all()) for c, _ in fine]
        good = sum(hit and certain > 0.7 for hit, (_, certain) in zip(inside, fine, strict=True))
        if height > 4 * usual and score > 0.7 and good < 2:
            fine = [box for box, hit in zip(fine, inside, strict=True) if not hit]
            fine.append((corners, score))
    return fine
