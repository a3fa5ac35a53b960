"""Finds the page in a photograph: one small net marks it on a reduced image, another refines each corner."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.detect.look import resized
from ocr.document import Quad
from ocr.engine import Session
from ocr.geometry import order_corners
from ocr.metadata import Metadata
from ocr.weights import model

__all__ = ["CROP", "INPUT_SIDE", "Corners", "PageFinder", "RefineSettings", "corner_view"]

INPUT_SIDE, CROP = 192, 96
"""Input sides of the two nets, pixels."""
STRIDE = 4
"""Input pixels per cell of the nets' maps."""
FINE = 4
"""Factor by which the map is enlarged before the page's outline is traced."""
WORKING = 1024
"""Longer side to which a photograph is reduced; a larger one does not change the corners."""
REFINE_REACH = 0.3
"""Side of a corner's crop in training, as a share of the page's mean side."""
LEAST_CELLS = 12
"""Least share of the map that a page covers."""
Array = NDArray[np.float64]
Map = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class RefineSettings:
    """Settings that belong to the weights that refine corners; stored in the metadata of their file.

    Attributes:
        reach: side of a corner's crop, as a share of the page's mean side.
        passes: number of refinements; each starts from the corners of the one before.
        furthest: a corner that would move by more than this share of its crop, or whose heat map is spread as widely,
            is not changed.
    """

    reach: float = REFINE_REACH
    passes: int = 2
    furthest: float = 0.42


@dataclass(frozen=True, slots=True)
class Corners:
    """A page's corners in pixels of the photograph, and the probability that there is a page (0..1).

    Corners may lie outside of the photograph. Without a page, the quad is the whole photograph.
    """

    quad: Quad
    confidence: float


class PageFinder:
    """Finds the page in photographs, with two models of ``models/manifest.json``: ``name`` and ``name-refine``.

    Args:
        name: of the models.
        threads: threads of the runtime; 0 uses all cores.
        folder: with model files that are not in the manifest, for example of a training run.

    Example:
        >>> PageFinder("corners-mobile")(photograph)  # doctest: +SKIP
        Corners(quad=Quad(...), confidence=0.998)
    """

    def __init__(self, name: str, threads: int = 0, folder: Path | None = None) -> None:
        names = (name, f"{name}-refine")
        files = [model(folder / f"{n}.onnx" if folder else n, "corners") for n in names]
        self._first, self._second = (file.metadata for file in files)
        self.settings = self._second.settings_as(RefineSettings, files[1].path)
        self._whole, self._corner = (Session(file.path, threads=threads) for file in files)

    def __call__(self, photo: NDArray[np.uint8]) -> Corners:
        """The page in an (H, W) grey or (H, W, 3) RGB photograph of any size."""
        height, width = photo.shape[:2]
        share = min(1.0, WORKING / max(height, width))
        small = resized(photo, round(width * share), round(height * share))
        work = small if small.ndim == 3 else cv2.cvtColor(small, cv2.COLOR_GRAY2RGB)
        page, presence = self._look(np.asarray(work, np.uint8))
        outline = fitted(page)
        if not len(outline):
            return Corners(Quad.rect(0, 0, width, height), 0.0)
        size = np.array(work.shape[1::-1], float)
        refined = outline * size / page.shape[::-1]
        for _ in range(self.settings.passes):
            refined = self._refined(np.asarray(work, np.uint8), refined)
        agreement = overlap(page, refined * page.shape[::-1] / size)
        return Corners(order_corners((refined * (width, height) / size).tolist()), presence * agreement)

    def _look(self, work: NDArray[np.uint8]) -> tuple[Map, float]:
        """The page's map, 0..1, and the probability that there is a page."""
        size = (self._first.width, self._first.height)
        photo = cv2.resize(work, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        page, presence = self._whole.run({"photo": planes(photo[None], self._first)}, ["page", "presence"])
        return np.asarray(1 / (1 + np.exp(-page[0])), np.float32), float(1 / (1 + np.exp(-presence[0])))

    def _refined(self, work: NDArray[np.uint8], quad: Array) -> Array:
        """Refine each corner (4, 2) that lies within the photograph, from its own crop."""
        inside = ((quad > 0) & (quad < work.shape[1::-1])).all(1)
        indices = np.flatnonzero(inside).tolist()
        if not indices:
            return quad
        side, settings = self._second.height, self.settings
        views = [corner_view(quad, index, side, settings.reach) for index in indices]
        crops = [cv2.warpPerspective(work, half_pixel(view), (side, side), flags=cv2.INTER_LINEAR) for view in views]
        pictures = np.stack(crops).astype(np.uint8, copy=False)
        [heat] = self._corner.run({"crops": planes(pictures, self._second)}, ["heat"])
        result = quad.copy()
        for index, view, (x, y, spread) in zip(indices, views, places(heat), strict=True):
            if max(abs(x - 0.5), abs(y - 0.5), spread) < settings.furthest:
                place = np.linalg.solve(view, (x * side, y * side, 1.0))
                result[index] = place[:2] / place[2]
        return result


def planes(pictures: NDArray[np.uint8], metadata: Metadata) -> Map:
    """Images (N, H, W, 3) as input of a net: (N, 3, H, W)."""
    return metadata.normalised(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2)))


def places(heat: NDArray[np.float32]) -> Array:
    """Centre of mass and standard deviation of heat maps (N, H, W) after softmax: (N, 3), as shares of the crop."""
    mass = np.exp(heat - heat.max((1, 2), keepdims=True))
    mass /= mass.sum((1, 2), keepdims=True)
    cells = (np.arange(heat.shape[1]) + 0.5) / heat.shape[1]
    x, y = mass.sum(1) @ cells, mass.sum(2) @ cells
    spread = np.sqrt((mass.sum(1) @ cells**2 - x**2 + mass.sum(2) @ cells**2 - y**2).clip(0))
    return np.stack([x, y, spread], 1).astype(np.float64)


def corner_view(quad: Array, index: int, side: int = CROP, reach: float = REFINE_REACH) -> Array:
    """Matrix (3, 3) from the photograph to the crop of a corner, rotated so that the page lies to the lower right.

    Args:
        quad: (4, 2), clockwise.
        index: of the corner.
        side: of the crop, in pixels.
        reach: the same as a share of the page's mean side.
    """
    corner = quad[index]
    sides = [quad[(index + step) % 4] - corner for step in (1, 3)]
    inward = sum(side / max(float(np.linalg.norm(side)), 1e-6) for side in sides)
    turn = math.pi / 4 - math.atan2(float(inward[1]), float(inward[0]))
    scale = side / (reach * math.sqrt(max(area(quad), 1e-9)))
    cosine, sine = scale * math.cos(turn), scale * math.sin(turn)
    matrix = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])
    matrix[:2, 2] = side / 2 - matrix[:2, :2] @ corner
    return matrix


def half_pixel(view: Array) -> Array:
    """Convert a map between points to one between pixel centres, as OpenCV expects it."""
    shift = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    return np.asarray(np.linalg.inv(shift) @ view @ shift, np.float64)


# ------------------------------------------------------------------------------------------------- map to quad


def fitted(page: Map) -> Array:
    """The quad (4, 2) of the page in a map (H, W), in cells, clockwise; (0, 2) if there is none.

    The convex hull of the outline is reduced to four sides, and a line is fitted to each along its visible part, so
    that a corner that is cut off or hidden lies where its sides meet. A side beyond the image is the image's edge.
    """
    height, width = page.shape
    fine = cv2.resize(page, (width * FINE, height * FINE), interpolation=cv2.INTER_CUBIC)
    mask = (fine > 0.5).astype(np.uint8)
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    largest = max(outlines, key=cv2.contourArea, default=np.zeros((0, 1, 2), np.int32))
    if len(largest) < 4 or cv2.contourArea(largest) < LEAST_CELLS * FINE**2:
        return np.zeros((0, 2))
    points = (largest[:, 0].astype(np.float64) + 0.5) / FINE
    rough = four_sided(cv2.convexHull(points.astype(np.float32))[:, 0].astype(np.float64))
    if len(rough) < 4:
        return np.zeros((0, 2))
    rim = 1.0
    free = points[((points > rim) & (points < np.array([width, height]) - rim)).all(1)]
    lines = [side_line(rough[k], rough[(k + 1) % 4], free) for k in range(4)]
    quad = np.array([crossing(lines[k - 1], lines[k]) for k in range(4)])
    usable = np.isfinite(quad).all() and np.abs(quad - rough).max() < 0.25 * max(height, width)
    return quad if usable else rough


def four_sided(hull: Array) -> Array:
    """Reduce a convex polygon (N, 2) to fewer sides: repeatedly remove the side that adds least area when its
    neighbours are extended until they meet.
    """
    polygon = hull
    while len(polygon) > 4:
        best, added = -1, math.inf
        for k in range(len(polygon)):
            a, b, c, d = (polygon[(k + step) % len(polygon)] for step in (-1, 0, 1, 2))
            meet = crossing((a, b - a), (d, c - d))
            outward = np.isfinite(meet).all() and np.dot(meet - b, b - a) > 0 and np.dot(meet - c, c - d) > 0
            if outward and (grown := area(np.array([b, meet, c]))) < added:
                best, added, place = k, grown, meet
        if best < 0:
            return polygon[:0]
        following = (best + 1) % len(polygon)
        polygon = polygon.copy()
        polygon[best] = place
        polygon = np.delete(polygon, following, axis=0)
    return polygon


def side_line(start: Array, end: Array, points: Array) -> tuple[Array, Array]:
    """A point and the direction of the line through the outline's ``points`` (N, 2) along one side, without its ends.

    The points are centres of the outermost pixels; the line runs half a pixel further out.
    """
    along = end - start
    length = max(float(np.linalg.norm(along)), 1e-6)
    along = along / length
    rim = np.array([along[1], -along[0]]) * (0.5 / FINE)
    offset = points - start
    place, away = offset @ along / length, np.abs(offset @ np.array([-along[1], along[0]]))
    near = points[(place > 0.1) & (place < 0.9) & (away < 1.5 + 0.03 * length)]
    if len(near) < 3 * FINE:
        return start + rim, along
    vx, vy, x, y = cv2.fitLine(near.astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01).ravel().tolist()
    return np.array([x, y]) + rim, np.array([vx, vy])


def crossing(first: tuple[Array, Array], second: tuple[Array, Array]) -> Array:
    """Intersection of two lines, given by point and direction; not finite if they are parallel."""
    (p, u), (q, v) = first, second
    cross = float(u[0] * v[1] - u[1] * v[0])
    if abs(cross) < 1e-9:
        return np.full(2, np.nan)
    along = float((q - p)[0] * v[1] - (q - p)[1] * v[0]) / cross
    return np.asarray(p + along * u, np.float64)


def overlap(page: Map, quad: Array) -> float:
    """How well a quad (4, 2) in cells covers a page's map: intersection over union, weighted by the map."""
    drawn = np.zeros((page.shape[0] * FINE, page.shape[1] * FINE), np.float32)
    points = ((quad * FINE - 0.5) * 16).clip(-30000, 30000).round().astype(np.int32)
    cv2.fillConvexPoly(drawn, points.reshape(-1, 1, 2), 1.0, cv2.LINE_8, 4)
    cover = cv2.resize(drawn, page.shape[::-1], interpolation=cv2.INTER_AREA)
    return float(np.minimum(cover, page).sum() / max(float(np.maximum(cover, page).sum()), 1e-6))


def area(polygon: Array) -> float:
    """Area of a polygon (N, 2)."""
    x, y = polygon.T
    return abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2
