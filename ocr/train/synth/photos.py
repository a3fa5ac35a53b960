"""Photographs of a page on a table, and of tables without one; the page's corners are known.

A scene is composed once and can be drawn at any size and in any part, so that a small image of the whole and crops of
its corners show the same scene.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.train.synth.ground import ground

__all__ = ["LARGE", "SMALL", "Materials", "Scene", "pictures", "scene"]

SMALL, LARGE = 320, 960
"""Longer side in pixels at which a scene's page is stored: enough for a small image, enough for crops."""
GROUNDS = 120
"""Number of background surfaces that are drawn for a training."""
SKIN = ((255, 219, 190), (236, 188, 150), (198, 134, 96), (141, 85, 54), (80, 50, 36))
NO_PAGE = 0.14
"""Share of scenes without a page."""

Picture = NDArray[np.uint8]
Array = NDArray[np.float64]
Canvas = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Materials:
    """Images that scenes are composed of: pages (H, W), photographs (H, W, 3) and background surfaces (H, W, 3)."""

    pages: tuple[Picture, ...]
    photographs: tuple[Picture, ...]
    grounds: tuple[Picture, ...]

    @classmethod
    def load(cls, pages: Sequence[Path], photographs: Sequence[Path], seed: int = 0) -> Materials:
        """Read pages at ``LARGE`` pixels and photographs at 640, and draw the backgrounds.

        Raises:
            ValueError: a file is not an image that OpenCV reads.
        """
        rng = random.Random(seed)
        sheets = (_read(path, LARGE, cv2.IMREAD_GRAYSCALE) for path in pages)
        # A scan with a black rim shows a page on a background already.
        sheets = (sheet for sheet in sheets if _rim(sheet) > 160)
        return cls(
            tuple(sheets),
            tuple(_read(path, 640, cv2.IMREAD_COLOR) for path in photographs),
            tuple(ground(rng) for _ in range(GROUNDS)),
        )


def pictures(folders: Sequence[str], count: int = 10**9) -> list[Path]:
    """Up to ``count`` image files in each folder and below, evenly spaced in sorted order."""
    chosen: list[Path] = []
    for folder in folders:
        kinds = {".png", ".jpg", ".jpeg", ".webp", ".tif"}
        files = sorted(path for path in Path(folder).rglob("*") if path.suffix.lower() in kinds)
        chosen += files[:: max(1, math.ceil(len(files) / count))]
    return chosen


def _read(path: Path, side: int, mode: int) -> Picture:
    picture = cv2.imread(str(path), mode)
    if picture is None:
        raise ValueError(f"{path}: not an image that OpenCV can read; remove it from the folder")
    if picture.ndim == 3:
        picture = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
    return _fit(picture.astype(np.uint8, copy=False), side)


def _rim(page: Picture) -> float:
    """Mean brightness along a page's darkest side."""
    return float(min(page[:6].mean(), page[-6:].mean(), page[:, :6].mean(), page[:, -6:].mean()))


def _fit(picture: Picture, side: int) -> Picture:
    scale = side / max(picture.shape[:2])
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.resize(picture, size, interpolation=way).astype(np.uint8, copy=False)


@dataclass(slots=True)
class Scene:
    """What the camera sees, in units of the longer side of its frame.

    Attributes:
        rng: source of randomness of its composition.
        size: width and height of the frame; the longer is 1.
        ground: background surface, (H, W, 3).
        placement: homography (3, 3) from pixels of the background to the scene.
        corners: of the page, (4, 2) from its top left clockwise; they may lie outside of the frame. Empty: no page.
        aspect: the page's true width divided by its height.
        page: the flat page with alpha, (H, W, 4).
        objects: outline and colour of what lies beside and under the page.
        fingers: path, thickness and colour of fingers on the page.
        light: brightness of the frame, (64, 64, 3).
        seed: of the camera's randomness.
    """

    rng: random.Random
    size: tuple[float, float]
    ground: Picture
    placement: Array
    corners: Array = field(default_factory=lambda: np.zeros((0, 2)))
    aspect: float = 1.0
    page: Picture = field(default_factory=lambda: np.zeros((1, 1, 4), np.uint8))
    objects: list[tuple[Array, tuple[int, ...]]] = field(default_factory=list)
    fingers: list[tuple[Array, float, tuple[int, ...]]] = field(default_factory=list)
    light: Canvas = field(default_factory=lambda: np.ones((64, 64, 3), np.float32))
    seed: int = 0

    def frame(self, side: int) -> Array:
        """Homography (3, 3) from the scene to the whole frame, stretched to ``side`` x ``side`` pixels."""
        return np.diag([side / self.size[0], side / self.size[1], 1.0])

    def draw(self, view: Array, size: tuple[int, int]) -> Picture:
        """Draw a photograph (H, W, 3).

        Args:
            view: homography (3, 3) from the scene to pixels.
            size: width and height in pixels.
        """
        rng = random.Random(self.seed)
        noise = np.random.default_rng(rng.getrandbits(32))
        canvas = _warp(self.ground, view @ self.placement, size, cv2.BORDER_REFLECT)
        scale = math.sqrt(abs(np.linalg.det(view[:2, :2])))
        for outline, colour in self.objects:
            _fill(canvas, _mapped(view, outline), colour, rng.uniform(0, 0.01) * scale)
        if len(self.corners):
            self._draw_page(canvas, view, scale, rng)
        for path, thickness, colour in self.fingers:
            _stroke(canvas, _mapped(view, path), thickness * scale, colour, rng.uniform(0.003, 0.008) * scale)
        to_light = np.diag([self.size[0] / self.light.shape[1], self.size[1] / self.light.shape[0], 1.0])
        canvas *= _warp(self.light, view @ to_light, size, cv2.BORDER_REPLICATE)
        return _camera(canvas, rng, noise)

    def _draw_page(self, canvas: Canvas, view: Array, scale: float, rng: random.Random) -> None:
        """Draw the page and its shadow."""
        size = (canvas.shape[1], canvas.shape[0])
        reach = rng.choice((0.0, 0.004, 0.01, 0.025))
        if reach:
            shift = np.array([rng.uniform(-1, 1), rng.uniform(-1, 1)]) * reach
            depth = 1 - rng.uniform(0.1, 0.6)
            _fill(canvas, _mapped(view, self.corners + shift), None, reach * scale, depth)
        height, width = self.page.shape[:2]
        flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        lie = cv2.getPerspectiveTransform(flat, self.corners.astype(np.float32))
        drawn = _warp(self.page, view @ lie, size, cv2.BORDER_CONSTANT)
        alpha = drawn[..., 3:] / 255
        canvas *= 1 - alpha
        canvas += drawn[..., :3] * alpha
        if rng.random() < 0.3:  # the edge of the sheet is bright, or in shadow
            points = (_mapped(view, self.corners) * 16).round().astype(np.int32)
            tone = rng.uniform(0.5, 1.2)
            edge = np.ones(canvas.shape[:2], np.float32)
            cv2.polylines(edge, [points.reshape(-1, 1, 2)], True, tone, max(1, round(0.002 * scale)), cv2.LINE_8, 4)
            canvas *= cv2.GaussianBlur(edge, (0, 0), 0.6)[..., None]


def scene(materials: Materials, seed: int, side: int = LARGE) -> Scene:
    """Compose the scene of a seed.

    Args:
        materials: images to choose from.
        seed: the same seed gives the same scene.
        side: longer side of the stored page in pixels; ``SMALL`` is enough to draw the whole frame small.
    """
    rng = random.Random(seed)
    ratio = rng.choice((3 / 4, 3 / 4, 4 / 3, 4 / 3, 9 / 16, 16 / 9, 1.0, 2 / 3))
    size = (min(1.0, ratio), min(1.0, 1 / ratio))
    use_photograph = bool(materials.photographs) and rng.random() < 0.3
    below = rng.choice(materials.photographs if use_photograph else materials.grounds)
    result = Scene(rng, size, below, _placement(below, size, rng), seed=rng.getrandbits(32))
    for _ in range(rng.choice((0, 0, 1, 2, 4, 8))):
        result.objects.append(_object(rng, size))
    result.light = _light(rng)
    if rng.random() < NO_PAGE:
        return result
    result.page = _page(materials, rng, side)
    result.aspect = result.page.shape[1] / result.page.shape[0]
    result.corners = _pose(result.aspect, size, rng)
    if rng.random() < 0.2:
        result.fingers = _hand(result.corners, rng)
    return result


def _placement(below: Picture, size: tuple[float, float], rng: random.Random) -> Array:
    """Homography from the background's pixels to the scene: rotated and scaled; it is repeated where it ends."""
    zoom = rng.uniform(0.7, 2.2) / min(below.shape[:2])
    turn = rng.choice((0, 0, 90, rng.uniform(0, 360)))
    matrix = np.vstack([cv2.getRotationMatrix2D((below.shape[1] / 2, below.shape[0] / 2), turn, zoom), [0, 0, 1]])
    matrix[:2, 2] += np.array(size) / 2 - np.array(below.shape[1::-1]) / 2
    matrix[2, :2] = rng.gauss(0, 0.15) * zoom, rng.gauss(0, 0.15) * zoom
    matrix[2, 2] = 1 - matrix[2, 0] * below.shape[1] / 2 - matrix[2, 1] * below.shape[0] / 2
    return np.asarray(matrix, np.float64)


def _page(materials: Materials, rng: random.Random, side: int) -> Picture:
    """A flat page, receipt, card or cover with alpha, (H, W, 4)."""
    card = bool(materials.photographs) and rng.random() < 0.22
    coloured = _cover(materials, rng, side) if card else _sheet(materials, rng, side)
    if rng.random() < (0.9 if card else 0.15):
        _paste(coloured, rng.choice(materials.photographs or materials.grounds), rng)
    alpha = np.full((*coloured.shape[:2], 1), 255, np.uint8)
    if card and rng.random() < 0.6:
        alpha[..., 0] = _rounded(alpha.shape[1], alpha.shape[0], rng.uniform(0.02, 0.07))
    return np.concatenate([coloured, alpha], axis=2)


def _sheet(materials: Materials, rng: random.Random, side: int) -> Picture:
    """Print on paper, sometimes tinted; sometimes only a strip of the page, like a receipt."""
    grey = rng.choice(materials.pages)
    if rng.random() < 0.12:
        width = max(60, round(grey.shape[1] * rng.uniform(0.25, 0.6)))
        grey = grey[:, :width] if rng.random() < 0.7 else grey[: max(60, grey.shape[0] // 3)]
    paper, ink = np.full(3, rng.uniform(200, 255)), np.full(3, rng.uniform(0, 90))
    if rng.random() < 0.35:
        paper -= [rng.uniform(0, 25), rng.uniform(0, 30), rng.uniform(0, 70)]
    if rng.random() < 0.1:
        paper *= [rng.uniform(0.3, 1), rng.uniform(0.3, 1), rng.uniform(0.3, 1)]
    if rng.random() < 0.04:
        paper, ink = ink, paper
    table = (ink + np.arange(256)[:, None] / 255 * (paper - ink)).clip(0, 255).astype(np.uint8)
    return cv2.LUT(cv2.cvtColor(_fit(grey, side), cv2.COLOR_GRAY2RGB), table[None]).astype(np.uint8, copy=False)


def _cover(materials: Materials, rng: random.Random, side: int) -> Picture:
    """A card or a cover: print on a pale photograph or surface."""
    wide = rng.choice((1.586, 1.586, 1.42, 0.7, 0.75))
    below = rng.choice((*materials.photographs, *materials.grounds))
    size = (side, round(side / wide)) if wide > 1 else (round(side * wide), side)
    pale = rng.uniform(0.2, 1.0)
    colour = np.array([rng.uniform(60, 255) for _ in range(3)], np.float32)
    coloured = cv2.resize(below, size, interpolation=cv2.INTER_AREA).astype(np.float32) * pale + (1 - pale) * colour
    part = rng.choice(materials.pages)[:500, :600]
    print_on = cv2.resize(part, size, interpolation=cv2.INTER_AREA).astype(np.float32)[..., None] / 255
    return np.asarray(coloured * np.maximum(print_on, rng.uniform(0, 0.4)), np.uint8)


def _paste(page: Picture, picture: Picture, rng: random.Random) -> None:
    height, width = page.shape[:2]
    h, w = round(height * rng.uniform(0.15, 0.5)), round(width * rng.uniform(0.15, 0.5))
    top, left = rng.randint(0, height - h), rng.randint(0, width - w)
    page[top : top + h, left : left + w] = cv2.resize(picture, (w, h), interpolation=cv2.INTER_AREA)


def _rounded(width: int, height: int, share: float) -> Picture:
    """Alpha (height, width) of a card with round corners."""
    radius = round(share * max(width, height))
    alpha = np.zeros((height, width), np.uint8)
    cv2.rectangle(alpha, (radius, 0), (width - radius, height), 255, -1)
    cv2.rectangle(alpha, (0, radius), (width, height - radius), 255, -1)
    for x in (radius, width - 1 - radius):
        for y in (radius, height - 1 - radius):
            cv2.circle(alpha, (x, y), radius, 255, -1, cv2.LINE_AA)
    return alpha


def _pose(aspect: float, size: tuple[float, float], rng: random.Random) -> Array:
    """The corners of a page in the frame, seen by a camera at a random angle and distance."""
    spin = math.radians(rng.gauss(0, 14) if rng.random() < 0.6 else rng.uniform(-180, 180))
    tilts = [math.radians(max(-42.0, min(42.0, rng.gauss(0, 16)))) for _ in range(2)]
    focal = rng.uniform(0.9, 1.6)
    x, y = math.sqrt(aspect) / 2, 1 / math.sqrt(aspect) / 2
    flat = np.array([[-x, -y, 0], [x, -y, 0], [x, y, 0], [-x, y, 0]])
    rotations = [cv2.Rodrigues(np.array(axis))[0] for axis in ((0, 0, spin), (tilts[0], 0, 0), (0, tilts[1], 0))]
    solid = flat @ rotations[0].T @ rotations[1].T @ rotations[2].T
    away = focal * rng.uniform(1.3, 2.5)
    seen = focal * solid[:, :2] / (solid[:, 2:] + away)
    span = np.ptp(seen, axis=0)
    cut = rng.random() < 0.22
    filled = rng.uniform(0.4, 0.99) if not cut else rng.uniform(0.6, 1.5)
    scale = filled / max(span[0] / size[0], span[1] / size[1])
    if span[0] * span[1] * scale**2 < 0.06 * size[0] * size[1]:
        scale *= 1.6
    seen = (seen - seen.min(0)) * scale
    span = np.ptp(seen, axis=0)
    room = np.array(size) - span
    place = np.array([rng.uniform(0, 1), rng.uniform(0, 1)])
    slack = np.array([rng.uniform(-0.25, 0.25), rng.uniform(-0.25, 0.25)]) * span if cut else 0.0
    return np.asarray(seen + room * place + slack, np.float64)


def _object(rng: random.Random, size: tuple[float, float]) -> tuple[Array, tuple[int, ...]]:
    """A pen, cup, phone or another sheet: its outline (N, 2) and colour."""
    x, y = rng.uniform(-0.1, size[0] + 0.1), rng.uniform(-0.1, size[1] + 0.1)
    angle = rng.uniform(0, 360)
    roll = rng.random()
    if roll < 0.35:
        outline = cv2.boxPoints(((x, y), (rng.uniform(0.2, 0.7), rng.uniform(0.01, 0.03)), angle))
    elif roll < 0.65:
        radius = rng.uniform(0.02, 0.15)
        turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        outline = np.stack([x + radius * np.cos(turn), y + radius * rng.uniform(0.5, 1) * np.sin(turn)], 1)
    else:
        outline = cv2.boxPoints(((x, y), (rng.uniform(0.05, 0.3), rng.uniform(0.05, 0.25)), angle))
    tone = rng.uniform(10, 250)
    colour = tuple(int(min(255, max(0, tone + rng.gauss(0, rng.choice((5, 60)))))) for _ in range(3))
    return np.asarray(outline, np.float64), colour


def _hand(corners: Array, rng: random.Random) -> list[tuple[Array, float, tuple[int, ...]]]:
    """Fingers that hold the page at one side: path (2, 2), thickness and colour of each."""
    side = rng.randrange(4)
    a, b = corners[side], corners[(side + 1) % 4]
    inward = corners.mean(0) - (a + b) / 2
    length = float(np.linalg.norm(b - a))
    colour = tuple(int(c * rng.uniform(0.85, 1.1)) for c in rng.choice(SKIN))
    thick = rng.uniform(0.03, 0.06)
    along, fingers = rng.uniform(-0.05, 0.9), []
    for k in range(rng.choice((1, 1, 2, 4))):
        base = a + (b - a) * (along + k * 1.15 * thick / max(length, 1e-6))
        tip = base + inward * rng.uniform(0.1, 0.4)
        skew = (b - a) * rng.uniform(-0.1, 0.1)
        fingers.append(
            (np.stack([base - inward * rng.uniform(0.8, 2) + skew, tip]), thick * rng.uniform(0.8, 1), colour)
        )
    return fingers


def _light(rng: random.Random) -> Canvas:
    """Brightness of the frame (64, 64, 3): a gradient, the colour of the lamp, at times a shadow."""
    noise = np.random.default_rng(rng.getrandbits(32))
    knots = noise.uniform(rng.uniform(0.5, 0.95), 1.05, (3, 3)).astype(np.float32)
    light = cv2.resize(knots, (64, 64), interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.4:
        shade = np.zeros((64, 64), np.float32)
        center = np.array([rng.uniform(0, 64), rng.uniform(0, 64)])
        points = center + noise.normal(0, rng.uniform(10, 40), (rng.choice((3, 4, 6)), 2))
        cv2.fillConvexPoly(shade, cv2.convexHull(points.astype(np.int32)), 1.0)
        shade = cv2.GaussianBlur(shade, (0, 0), rng.uniform(0.7, 8)).astype(np.float32)
        light = light * (1 - rng.uniform(0.2, 0.65) * shade)
    colour = np.array([rng.gauss(1, 0.07), 1.0, rng.gauss(1, 0.1)], np.float32)
    return np.asarray(light[..., None] * colour * rng.uniform(0.6, 1.3), np.float32)


def _camera(canvas: Canvas, rng: random.Random, noise: np.random.Generator) -> Picture:
    """The image as a camera delivers it: blur, contrast, noise, JPEG."""
    if rng.random() < 0.5:
        canvas = np.asarray(cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.4, 1.3)), np.float32)
    bend = rng.uniform(0.7, 1.4)
    canvas = np.float32(255) * (canvas / np.float32(255)).clip(0, 1) ** np.float32(bend)
    canvas = canvas + noise.normal(0, rng.choice((0.5, 2, 5, 10)), canvas.shape).astype(np.float32)
    picture = canvas.clip(0, 255).astype(np.uint8)
    if rng.random() < 0.05:
        return np.repeat(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[..., None], 3, 2).astype(np.uint8)
    if rng.random() < 0.5:
        coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, rng.randint(35, 95)])[1]
        picture = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return picture


def _mapped(view: Array, points: Array) -> Array:
    """Points (N, 2) mapped by a homography (3, 3)."""
    mapped = np.column_stack([points, np.ones(len(points))]) @ view.T
    return np.asarray(mapped[:, :2] / mapped[:, 2:], np.float64)


def _warp(picture: Picture | NDArray[np.float32], matrix: Array, size: tuple[int, int], border: int) -> Canvas:
    return cv2.warpPerspective(picture, matrix, size, flags=cv2.INTER_LINEAR, borderMode=border).astype(np.float32)


def _fill(canvas: Canvas, outline: Array, colour: tuple[int, ...] | None, blur: float, depth: float = 1.0) -> None:
    """Paint a convex shape with a soft edge; without a colour, darken what is there to ``depth`` times its value."""
    mask = np.zeros(canvas.shape[:2], np.float32)
    points = (outline.clip(-4000, 4000) * 16).round().astype(np.int32)
    cv2.fillConvexPoly(mask, points.reshape(-1, 1, 2), 1.0, cv2.LINE_8, 4)
    _blend(canvas, mask, colour, blur, depth)


def _stroke(canvas: Canvas, path: Array, thick: float, colour: tuple[int, ...], blur: float) -> None:
    """Paint a thick line with round ends."""
    mask = np.zeros(canvas.shape[:2], np.float32)
    a, b = (path.clip(-4000, 4000) * 16).round().astype(int).tolist()
    cv2.line(mask, a, b, 1.0, min(2000, max(1, round(thick))), cv2.LINE_8, 4)
    _blend(canvas, mask, colour, blur, 1.0)


def _blend(canvas: Canvas, mask: Canvas, colour: tuple[int, ...] | None, blur: float, depth: float) -> None:
    if blur > 0.3:
        mask = cv2.GaussianBlur(mask, (0, 0), blur).astype(np.float32)
    if colour is None:
        canvas *= 1 - (1 - depth) * mask[..., None]
    else:
        canvas += mask[..., None] * (np.array(colour, np.float32) - canvas)
