"""Faults of the image of a card, measured on the rectified card.

Each limit separates synthetic images of cards with a fault from those without; they were made with other seeds than
the images that are counted in docs/benchmarks.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.document import Quad
from ocr.geometry import grow
from ocr.idcard.card import Problem, Side
from ocr.idcard.frame import Frame
from ocr.idcard.layout import HEIGHT, PORTRAIT, WIDTH

__all__ = ["COARSE", "DARK_BACKGROUND", "Quality", "assess", "steepness"]

COARSE = 5.6
"""Pixels per millimetre (142 dpi) below which strokes of dense characters merge."""
OUTSIDE = 2.5
"""Millimetres by which a card may extend beyond the image."""
DARK_BACKGROUND = 100.0
"""Least grey value of the background of a card, 0..255."""
COLORLESS = 0.02
"""Least mean chroma of a card, as a share of its brightness: less means a grey copy."""
SATURATED, GLARE = 250, 0.01
"""Least value of all three colours in a reflection, and greatest share of the card that one may cover."""
SHARP = 0.275
"""Least steepness of the edges of labels at ``DENSITY``, as a share of the contrast per pixel."""
INK, SMOOTH = 0.25, 0.15
"""What is darker than the background by this share counts as ink; and smoothing before that, in millimetres."""
COLORED, STAINED = 0.25, 0.005
"""Chroma of coloured ink, as a share of the typical colour of the card; greatest share of it in a value's lines."""
WINDOW, COVERED = (6.0, 5.0), 0.2
"""Width and height, in millimetres, of the window in which ink beside characters is counted, and the greatest share."""
SPARE, LEAST = 0.35, 0.15
"""Margin around a character that is excluded, in millimetres, and the least share of a window that has to remain."""
TIGHT, LOOSE, BESIDE = 3.8, 6.2, 0.8
"""Height of a line, in millimetres, that is searched for colours, and for ink beside characters; margin at its ends."""
LOST = 0.03
"""Share of the lines of a value, lost in a reflection or beyond the image, from which the value is hidden."""
PORTRAIT_INK = 0.06
"""Least share of ink at the place of the portrait for there to be one."""
SAMPLING = 8
"""Stride of the pixels that are sampled for the typical colour of the card."""
TILE, ROUNDS, SHADOW = 2.0, 4, 0.12
"""Fit of the background: size of tiles in millimetres, number of rounds, and by what share tiles have to be darker to
be left out."""
DENSITY = 6.0
"""Pixels per millimetre at which the card is examined; at more, grain would look like detail."""
EDGE = 3.0
"""Millimetres along the edges that are ignored: they may show the surface under the card."""
INNER = (EDGE, EDGE, WIDTH - EDGE, HEIGHT - EDGE)

Box = tuple[float, float, float, float]
LABELLED: dict[Side, tuple[Box, ...]] = {
    Side.FRONT: ((6, 8, 23, 20), (6, 20, 23, 32), (6, 43, 60, 48)),
    Side.BACK: ((19, 37, 32, 42), (19, 43.5, 32, 48.5), (29, 5, 75, 13)),
}
"""Places that are printed on every card: left, top, right, bottom in millimetres."""
Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a card is visible.

    Attributes:
        problems: of the image, in the order of :class:`Problem`.
        hidden: cells of values that are covered, lost in a reflection, or beyond the image.
        portrait: whether there is one at its place: hair, clothes and shades that the background does not have.
    """

    problems: tuple[Problem, ...]
    hidden: frozenset[str]
    portrait: bool


def assess(
    image: NDArray[np.uint8],
    frame: Frame,
    lines: Mapping[str, Sequence[Quad]],
    characters: Sequence[Quad] = (),
    doubtful: Collection[str] = (),
    *,
    printed: Sequence[Box] = (),
    portrait: Box | None = PORTRAIT,
    tight: float = TIGHT,
) -> Quality:
    """Examine the image of the card in a frame.

    Args:
        image: (H, W) grey or (H, W, 3) RGB.
        frame: of the card.
        lines: of values by cell, in millimetres of the card.
        characters: that were read, labels included, in millimetres.
        doubtful: cells that were read with low confidence; ink beside a value that was read well does not cover it.
        printed: places that are printed on every card, in millimetres; those of a Chinese resident identity card when
            left out.
        portrait: the place of the portrait; None if there is none.
        tight: height of a line, in millimetres, that is searched for colours and reflections.
    """
    flat = _flat(image, frame)
    grey = np.asarray(cv2.cvtColor(flat, cv2.COLOR_RGB2GRAY), np.float32)
    ground, bright = _ground(grey), flat.min(2) >= SATURATED
    problems = {*_placed(image, frame), *_shown(flat, grey, bright, printed or LABELLED[frame.side])}
    ink = (ground - cv2.GaussianBlur(grey, (0, 0), SMOOTH * DENSITY)) > INK * ground
    colored = ink & (_chroma(flat) > COLORED)
    clear = problems.isdisjoint({Problem.BLURRED, Problem.GLARE})
    covered = {
        cell
        for cell, rows in lines.items()
        if _stained(colored, rows, tight) or (clear and cell in doubtful and _crossed(ink, rows, characters))
    }
    gone = bright | _beyond(image, frame)
    lost = {cell for cell, rows in lines.items() if _share(gone, _lines(rows, tight)) > LOST}
    if covered:
        problems.add(Problem.COVERED)
    dark = np.asarray(ground - grey > INK * ground, np.float32)
    person = portrait is not None and float(_part(dark, portrait).mean()) > PORTRAIT_INK
    return Quality(tuple(problem for problem in Problem if problem in problems), frozenset(covered | lost), person)


def _placed(image: NDArray[np.uint8], frame: Frame) -> Iterator[Problem]:
    """Problems of the position of the card."""
    height, width = image.shape[:2]
    outside = max(max(-x, -y, x - width, y - height) for x, y in frame.box.points)
    if outside > OUTSIDE * frame.density:
        yield Problem.CROPPED
    if frame.density < COARSE:
        yield Problem.LOW_RESOLUTION


def _shown(
    flat: NDArray[np.uint8], grey: Plane, bright: NDArray[np.bool_], printed: Sequence[Box]
) -> Iterator[Problem]:
    """Problems of the pixels of the card."""
    inner = _part(flat, INNER)
    light = max(1.0, float(np.percentile(_part(grey, INNER), 75)))
    chroma = float((inner.max(2) - inner.min(2)).mean()) / light
    if light < DARK_BACKGROUND:
        yield Problem.DARK
    if chroma < COLORLESS:
        yield Problem.PHOTOCOPY
    elif _largest(_part(bright, INNER)) > GLARE:
        yield Problem.GLARE
    if max(_sharpness(_part(grey, box)) for box in printed) < SHARP:
        yield Problem.BLURRED


def steepness(image: NDArray[np.uint8], box: Quad) -> float:
    """Steepness of the steepest edges in a quad, rectified as a card, as a share of the contrast per pixel.

    Args:
        image: (H, W) grey or (H, W, 3) RGB.
        box: in its pixels; may be rotated.
    """
    flat = cv2.cvtColor(_flat(image, Frame.of_box(Side.FRONT, box)), cv2.COLOR_RGB2GRAY).astype(np.float32)
    return _sharpness(_part(flat, INNER))


def _flat(image: NDArray[np.uint8], frame: Frame) -> NDArray[np.uint8]:
    """The card at ``DENSITY`` pixels per millimetre, (H, W, 3)."""
    flat = frame.flattened(image, DENSITY)
    return flat if flat.ndim == 3 else np.asarray(cv2.cvtColor(flat, cv2.COLOR_GRAY2RGB), np.uint8)


def _part(flat: NDArray[Any], box: Box) -> NDArray[Any]:
    """The pixels of a rectangle given in millimetres."""
    left, top, right, bottom = (round(at * DENSITY) for at in box)
    return flat[top:bottom, left:right]


def _largest(mask: NDArray[np.bool_]) -> float:
    """The largest connected component, as a share of the mask."""
    _, _, statistics, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    return int(statistics[1:, cv2.CC_STAT_AREA].max(initial=0)) / mask.size


def _sharpness(grey: Plane) -> float:
    """Steepness of the steepest edges, as a share of the contrast per pixel."""
    across, down = (cv2.Sobel(grey, cv2.CV_32F, *way) / 8 for way in ((1, 0), (0, 1)))
    contrast = float(np.percentile(grey, 95) - np.percentile(grey, 1))
    return float(np.percentile(np.hypot(across, down), 98.5)) / max(contrast, 1.0)


def _stained(colored: Mask, lines: Sequence[Quad], height: float) -> bool:
    """Whether lines given in millimetres contain coloured ink, as of a stamp or a finger; ``colored`` is (H, W)."""
    return _share(colored, _lines(lines, height)) > STAINED


def _crossed(ink: Mask, lines: Sequence[Quad], characters: Sequence[Quad]) -> bool:
    """Whether there is much ink beside the characters of a value. This cannot be decided if all ink is blurred, or if a
    reflection makes the background around it look dark.

    Args:
        ink: (H, W), darker than the background.
        lines: of the value, in millimetres.
        characters: that were read, in millimetres.
    """
    free = _lines([grow(line, BESIDE, 0) for line in lines], LOOSE)
    read = _filled([grow(character, SPARE, SPARE) for character in characters])
    if not (free & read).any():  # the detector missed the value: all ink is its own
        return False
    free &= ~read
    rim = round(EDGE * DENSITY)
    free[:rim], free[-rim:], free[:, :rim], free[:, -rim:] = False, False, False, False
    size = (round(WINDOW[0] * DENSITY), round(WINDOW[1] * DENSITY))
    seen, inked = (cv2.boxFilter(mask.astype(np.float32), -1, size) for mask in (free, free & ink))
    return bool((inked > COVERED * seen)[seen > LEAST].any())


def _chroma(flat: NDArray[np.uint8]) -> Plane:
    """Difference of the greatest and the least of three colours, each as a share of the typical one of the card."""
    usual = np.median(flat[::SAMPLING, ::SAMPLING], axis=(0, 1)).clip(1)
    smooth = (cv2.GaussianBlur(flat, (0, 0), SMOOTH * DENSITY) / usual).astype(np.float32)
    return np.asarray(smooth.max(2) - smooth.min(2), np.float32)


def _beyond(image: NDArray[np.uint8], frame: Frame) -> Mask:
    """The part of the card outside of its image."""
    height, width = image.shape[:2]
    return ~_filled([frame.to_card(Quad.rect(0, 0, width, height))])


def _lines(lines: Sequence[Quad], height: float) -> Mask:
    """The area of lines given in millimetres, extended to a height."""
    return _filled([grow(line, 0, (height - line.height) / 2) for line in lines])


def _share(mask: Mask, where: Mask) -> float:
    """The share of an area that a mask covers."""
    return float((mask & where).sum() / max(1, where.sum()))


def _filled(quads: Sequence[Quad]) -> Mask:
    """The area of quads given in millimetres, on the rectified card."""
    mask = np.zeros((round(HEIGHT * DENSITY), round(WIDTH * DENSITY)), np.uint8)
    for quad in quads:
        cv2.fillConvexPoly(mask, (np.array(quad.points) * DENSITY).round().astype(np.int32), 1)
    return mask > 0


def _ground(grey: Plane) -> Plane:
    """The background of the card without print, with uneven light: a quadratic surface.

    It is fitted repeatedly to tiles of the card, each time without those that are darker than the last fit.
    """
    height, width = grey.shape
    tile = round(TILE * DENSITY)
    rows, columns = height // tile, width // tile
    tiles = grey[: rows * tile, : columns * tile].reshape(rows, tile, columns, tile)
    bright = np.percentile(tiles, 70, axis=(1, 3)).ravel()
    y, x = (axis.ravel() + 0.5 for axis in np.mgrid[:rows, :columns])
    kept = np.ones(len(bright), np.bool_)
    for _ in range(ROUNDS):
        solved = np.linalg.lstsq(_surface(x, y)[kept], bright[kept], rcond=None)[0]
        fitted = _surface(x, y) @ solved
        kept = bright > (1 - SHADOW) * fitted
        if kept.sum() < len(bright) / 4:
            break
    across, down = np.arange(width) / tile, np.arange(height)[:, None] / tile
    one, u, v, uu, uv, vv = solved
    return np.asarray(one + u * across + uu * across**2 + down * (v + uv * across + vv * down), np.float32)


def _surface(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], 1)
