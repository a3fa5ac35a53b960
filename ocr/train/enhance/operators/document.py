"""Document operators: clean pages are worn in stages, and each operator undoes one of them.

    clean page -> fade -> paper (tint, shadow, bleed-through, stains, folds) -> blur -> grain (noise, specks, JPEG)

The result of an operator on the worn page is the same chain without the stage that it is named for, and without the
grain. ``binarize`` gives 0 for ink and 1 for paper of the clean page. Pictures, coloured print and stamps belong to the
clean page, so all operators keep them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.page.enhance import DOCUMENT_OPERATORS
from ocr.page.tones import Picture

__all__ = ["Worn", "wear"]

Random = np.random.Generator
Stage = Callable[[Picture], Picture]


@dataclass(frozen=True, slots=True)
class Worn:
    """A clean page (H, W, 3), 0..1, and the stages that wear it."""

    clean: Picture
    fade: Stage
    paper: Stage
    blur: Stage
    grain: Stage

    @property
    def page(self) -> Picture:
        """The worn page."""
        return self.grain(self.blur(self.paper(self.fade(self.clean))))

    def target(self, operator: str) -> Picture:
        """The result that an operator should have on ``page``.

        Raises:
            ValueError: there is no such document operator.
        """
        match operator:
            case "whiten":
                return self.blur(self.fade(self.clean))
            case "binarize":
                return np.repeat((self.clean.mean(2, keepdims=True) > 0.5).astype(np.float32), 3, 2)
            case "denoise":
                return self.blur(self.paper(self.fade(self.clean)))
            case "deblur":
                return self.paper(self.fade(self.clean))
            case "contrast":
                return self.blur(self.paper(self.clean))
        raise ValueError(f"there is no document operator {operator!r}; there are {', '.join(DOCUMENT_OPERATORS)}")


def wear(clean: Picture, behind: Picture, rng: Random) -> Worn:
    """A page with random stages of wear.

    Args:
        clean: (H, W, 3), 0..1.
        behind: (H, W), another page, which may show through from the back.
        rng: random generator.
    """
    shape = clean.shape[:2]
    return Worn(
        clean,
        _fade(shape, rng) if rng.random() < 0.35 else _same,
        _paper(shape, behind, rng) if rng.random() < 0.85 else _same,
        _blur(rng) if rng.random() < 0.6 else _same,
        _grain(shape, rng) if rng.random() < 0.8 else _same,
    )


def _same(page: Picture) -> Picture:
    return page


def _field(shape: tuple[int, ...], cells: float, rng: Random) -> Picture:
    """A smooth random surface of about unit variance with ``cells`` hills along the longer side."""
    step = max(shape) / cells
    small = rng.standard_normal((max(2, int(shape[0] / step) + 2), max(2, int(shape[1] / step) + 2)), np.float32)
    return np.asarray(cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC), np.float32)[..., None]


def _fade(shape: tuple[int, ...], rng: Random) -> Stage:
    keep = rng.uniform(0.25, 0.85) * np.ones((*shape, 1), np.float32)
    if rng.random() < 0.4:
        keep = np.clip(keep + 0.12 * _field(shape, rng.uniform(2, 8), rng), 0.15, 1)
    return lambda page: 1 - (1 - page) * keep


# --------------------------------------------------------------------------------------------------------- paper


def _paper(shape: tuple[int, ...], behind: Picture, rng: Random) -> Stage:
    """Tint, uneven light, shadow, texture, bleed-through, stains, folds: all that multiplies the page's light."""
    light = np.ones((*shape, 3), np.float32)
    if rng.random() < 0.7:
        tint = rng.uniform(0.6, 1) * np.array([1, rng.uniform(0.85, 1), rng.uniform(0.6, 1)], np.float32)
        light *= tint if rng.random() < 0.75 else tint[::-1]
    if rng.random() < 0.6:
        light *= np.exp(rng.uniform(0.03, 0.25) * _field(shape, rng.uniform(0.5, 3), rng))
    if rng.random() < 0.4:
        light *= _shadow(shape, rng)
    if rng.random() < 0.4:
        light *= 1 - rng.uniform(0.01, 0.06) * np.abs(_field(shape, rng.uniform(20, 90), rng))
    if rng.random() < 0.35:
        back = cv2.GaussianBlur(behind, (0, 0), rng.uniform(0.6, 3))[:, ::-1, None]
        light *= 1 - rng.uniform(0.05, 0.45) * (1 - np.asarray(back, np.float32))
    for _ in range(int(rng.integers(0, 3))):
        light *= _stain(shape, rng)
    for _ in range(int(rng.integers(0, 3))):
        light *= _crease(shape, rng)
    light = np.clip(light, 0.05, 1)
    return lambda page: page * light


def _grid(shape: tuple[int, ...]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    return y, x


def _along(shape: tuple[int, ...], rng: Random) -> Picture:
    """Signed distance (H, W, 1) from a random line through the picture, slightly wavy."""
    y, x = _grid(shape)
    angle = rng.uniform(0, np.pi)
    y0, x0 = rng.uniform(0, shape[0]), rng.uniform(0, shape[1])
    distance = ((x - x0) * np.sin(angle) - (y - y0) * np.cos(angle))[..., None]
    return np.asarray(distance + rng.uniform(0, 6) * _field(shape, 2, rng), np.float32)


def _shadow(shape: tuple[int, ...], rng: Random) -> Picture:
    """One side of a line darker, the edge sharp or soft."""
    softness = np.exp(rng.uniform(np.log(1), np.log(60)))
    inside = 1 / (1 + np.exp(np.clip(-_along(shape, rng) / softness, -30, 30)))
    return np.asarray(1 - rng.uniform(0.1, 0.65) * inside, np.float32)


def _stain(shape: tuple[int, ...], rng: Random) -> Picture:
    """A spill: brownish, with a darker rim like that of coffee."""
    y, x = _grid(shape)
    radius = rng.uniform(15, 0.6 * max(shape))
    y0, x0 = rng.uniform(-0.2, 1.2, 2) * shape[:2]
    distance = np.hypot(y - y0, (x - x0) * rng.uniform(0.7, 1.4))[..., None]
    distance = distance * (1 + 0.04 * _field(shape, 6, rng)) - radius
    rim = np.exp(-((distance / rng.uniform(1.5, 8)) ** 2)) * rng.uniform(0, 0.5)
    body = (distance < 0) * rng.uniform(0, 0.25) * np.exp(0.3 * _field(shape, 8, rng))
    colour = np.array([rng.uniform(0.4, 1), rng.uniform(0.7, 1), 1], np.float32)
    return np.asarray(1 - np.clip(rim + body, 0, 0.8) * colour, np.float32)


def _crease(shape: tuple[int, ...], rng: Random) -> Picture:
    """A fold: a thin line, lighter or darker, with the sheet lit differently on its two sides."""
    distance = _along(shape, rng)
    line = rng.uniform(-0.25, 0.15) * np.exp(-((distance / rng.uniform(0.8, 4)) ** 2))
    side = rng.uniform(0, 0.12) * np.exp(-np.abs(distance) / rng.uniform(5, 40)) * (distance > 0)
    return np.asarray(1 + line - side, np.float32)


# ---------------------------------------------------------------------------------------------------- blur, grain


def _blur(rng: Random) -> Stage:
    kind = rng.integers(0, 3)
    if kind == 0:
        sigma = rng.uniform(0.4, 1.8)
        return lambda page: np.asarray(cv2.GaussianBlur(page, (0, 0), sigma), np.float32)
    size = int(rng.integers(1, 4)) * 2 + 1
    kernel = np.zeros((size, size), np.float32)
    middle = size // 2
    if kind == 1:  # out of focus
        cv2.circle(kernel, (middle, middle), middle, 1, -1)
    else:  # moved
        angle = rng.uniform(0, np.pi)
        offset = (round(middle * np.cos(angle)), round(middle * np.sin(angle)))
        cv2.line(kernel, (middle - offset[0], middle - offset[1]), (middle + offset[0], middle + offset[1]), 1)
    kernel /= kernel.sum()
    return lambda page: np.asarray(cv2.filter2D(page, -1, kernel), np.float32)


def _grain(shape: tuple[int, ...], rng: Random) -> Stage:
    sigma = rng.uniform(0.005, 0.1) if rng.random() < 0.75 else 0.0
    noise = sigma * rng.standard_normal((*shape, 3 if rng.random() < 0.5 else 1), np.float32)
    if rng.random() < 0.3:
        noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), 0.7), np.float32).reshape(noise.shape)
    specks = np.zeros((*shape, 1), np.float32)
    if rng.random() < 0.25:
        dots = (rng.random(shape) < rng.uniform(0.0005, 0.01)).astype(np.uint8)
        sizes = np.ones((int(rng.integers(1, 3)), int(rng.integers(1, 3))), np.uint8)
        specks = cv2.dilate(dots, sizes)[..., None] * rng.choice([-1.0, -0.6, 1.0])
    quality = int(rng.integers(15, 85)) if rng.random() < 0.4 else 100

    def grain(page: Picture) -> Picture:
        rough = np.clip(page + noise + specks, 0, 1)
        if quality == 100:
            return np.asarray(rough, np.float32)
        pixels = (rough[..., ::-1] * 255 + 0.5).astype(np.uint8)
        _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
        decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
        return np.asarray(decoded, np.float32)[..., ::-1] / 255

    return grain
