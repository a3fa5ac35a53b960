"""What is wrong with the picture of a card, measured on the card as it lies flat.

Each limit parts made pictures of cards with a fault from those without (docs/benchmarks.md); cards of other seeds than
those that the table counts.
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

__all__ = ["COARSE", "DARK", "Sight", "sight", "steepness"]

COARSE = 5.6
"""Pixels a millimetre, 142 dpi: below, strokes of dense characters run together."""
OUTSIDE = 2.5
"""Millimetres of a card beyond the picture's edge."""
DARK = 100.0
"""Least grey value of the card's ground, 0..255."""
COLORLESS = 0.02
"""A card's mean chroma, as a share of its brightness: less has only a picture in grey."""
SATURATED, GLARE = 250, 0.01
"""Least value of all three colours in a reflection, and the share of the card that the largest one takes."""
SHARP = 0.275
"""Steepness of the labels' edges at ``LOOK``, contrast a pixel."""
INK, SMOOTH = 0.25, 0.15
"""What is darker than the card's ground by this share counts as ink, smoothed by so many millimetres."""
COLORED, STAINED = 0.25, 0.005
"""Chroma of ink that is not black, as a share of the card's usual colour; and so much of it in a value's lines."""
WINDOW, COVERED = (6.0, 5.0), 0.2
"""Width and height of the window, in millimetres, in which ink beside characters is counted, and so much of it."""
SPARE, LEAST = 0.35, 0.15
"""Millimetres round a character that are not looked at, and the share of a window that has to be left to look at."""
TIGHT, LOOSE, BESIDE = 3.8, 6.2, 0.8
"""Millimetres of a line's height that are looked at for colours, and for ink beside characters; and at its ends."""
LOST = 0.03
"""Share of a value's lines that a reflection takes out, or that lies beyond the picture, from which it is hidden."""
PICTURE = 0.06
"""Share of ink in the place of the portrait, from which there is one."""
THIN = 8
"""Every so manyth pixel shows the card's usual colour."""
TILE, ROUNDS, SHADOW = 2.0, 4, 0.12
"""Of the ground: millimetres of its tiles, rounds of the fit, and by what share darker tiles are left out."""
LOOK = 6.0
"""Pixels a millimetre that are looked at; more would show grain for detail."""
RIM = 3.0
"""Millimetres along the edges that do not count: they may show what the card lies on."""
INNER = (RIM, RIM, WIDTH - RIM, HEIGHT - RIM)

Box = tuple[float, float, float, float]
LABELLED: dict[Side, tuple[Box, ...]] = {
    Side.FRONT: ((6, 8, 23, 20), (6, 20, 23, 32), (6, 43, 60, 48)),
    Side.BACK: ((19, 37, 32, 42), (19, 43.5, 32, 48.5), (29, 5, 75, 13)),
}
"""Places with print that every card has: left, top, right, bottom in millimetres."""
Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Sight:
    """How well a card is to be seen.

    Attributes:
        problems: of the picture, in their order.
        hidden: cells of values on which something lies, that a reflection takes out, or that lie beyond the picture.
        portrait: there is one where the layout has it: hair, clothes and shades that the ground does not have.
    """

    problems: tuple[Problem, ...]
    hidden: frozenset[str]
    portrait: bool


def sight(
    picture: NDArray[np.uint8],
    frame: Frame,
    lines: Mapping[str, Sequence[Quad]],
    characters: Sequence[Quad] = (),
    doubtful: Collection[str] = (),
) -> Sight:
    """What is to be seen of the card in a frame.

    Args:
        picture: (H, W) grey or (H, W, 3) RGB.
        frame: where the card is.
        lines: of values by cell, in the card's millimetres.
        characters: that were read, labels included, the same.
        doubtful: cells that could not be read surely; what stands beside a value that could is not on it.
    """
    flat = _flat(picture, frame)
    grey = np.asarray(cv2.cvtColor(flat, cv2.COLOR_RGB2GRAY), np.float32)
    ground, bright = _ground(grey), flat.min(2) >= SATURATED
    problems = {*_placed(picture, frame), *_shown(flat, grey, bright, frame.side)}
    ink = (ground - cv2.GaussianBlur(grey, (0, 0), SMOOTH * LOOK)) > INK * ground
    colored = ink & (_chroma(flat) > COLORED)
    clear = problems.isdisjoint({Problem.BLURRED, Problem.GLARE})
    covered = {
        cell
        for cell, rows in lines.items()
        if _stained(colored, rows) or (clear and cell in doubtful and _crossed(ink, rows, characters))
    }
    gone = bright | _beyond(picture, frame)
    lost = {cell for cell, rows in lines.items() if _share(gone, _lines(rows, TIGHT)) > LOST}
    if covered:
        problems.add(Problem.COVERED)
    portrait = float(_part(np.asarray(ground - grey > INK * ground, np.float32), PORTRAIT).mean()) > PICTURE
    return Sight(tuple(problem for problem in Problem if problem in problems), frozenset(covered | lost), portrait)


def _placed(picture: NDArray[np.uint8], frame: Frame) -> Iterator[Problem]:
    """By where the card lies."""
    height, width = picture.shape[:2]
    outside = max(max(-x, -y, x - width, y - height) for x, y in frame.box.points)
    if outside > OUTSIDE * frame.density:
        yield Problem.CROPPED
    if frame.density < COARSE:
        yield Problem.LOW_RESOLUTION


def _shown(flat: NDArray[np.uint8], grey: Plane, bright: NDArray[np.bool_], side: Side) -> Iterator[Problem]:
    """By the card's pixels."""
    inner = _part(flat, INNER)
    light = max(1.0, float(np.percentile(_part(grey, INNER), 75)))
    chroma = float((inner.max(2) - inner.min(2)).mean()) / light
    if light < DARK:
        yield Problem.DARK
    if chroma < COLORLESS:
        yield Problem.PHOTOCOPY
    elif _largest(_part(bright, INNER)) > GLARE:
        yield Problem.GLARE
    if max(_sharpness(_part(grey, box)) for box in LABELLED[side]) < SHARP:
        yield Problem.BLURRED


def steepness(picture: NDArray[np.uint8], box: Quad) -> float:
    """How steep the steepest edges are of what lies in a quad as a card would, as a share of the contrast a pixel.

    Args:
        picture: (H, W) grey or (H, W, 3) RGB.
        box: in its pixels; may be turned.
    """
    flat = cv2.cvtColor(_flat(picture, Frame.of_box(Side.FRONT, box)), cv2.COLOR_RGB2GRAY).astype(np.float32)
    return _sharpness(_part(flat, INNER))


def _flat(picture: NDArray[np.uint8], frame: Frame) -> NDArray[np.uint8]:
    """The card at ``LOOK`` pixels a millimetre, (H, W, 3)."""
    flat = frame.flattened(picture, LOOK)
    return flat if flat.ndim == 3 else np.asarray(cv2.cvtColor(flat, cv2.COLOR_GRAY2RGB), np.uint8)


def _part(flat: NDArray[Any], box: Box) -> NDArray[Any]:
    """A rectangle given in millimetres."""
    left, top, right, bottom = (round(at * LOOK) for at in box)
    return flat[top:bottom, left:right]


def _largest(mask: NDArray[np.bool_]) -> float:
    """The largest connected part, as a share of all."""
    _, _, statistics, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    return int(statistics[1:, cv2.CC_STAT_AREA].max(initial=0)) / mask.size


def _sharpness(grey: Plane) -> float:
    """How steep the steepest edges are, a pixel, as a share of the contrast."""
    across, down = (cv2.Sobel(grey, cv2.CV_32F, *way) / 8 for way in ((1, 0), (0, 1)))
    contrast = float(np.percentile(grey, 95) - np.percentile(grey, 1))
    return float(np.percentile(np.hypot(across, down), 98.5)) / max(contrast, 1.0)


def _stained(colored: Mask, lines: Sequence[Quad]) -> bool:
    """Whether lines given in millimetres have ink that is not black, (H, W), as of a stamp or a finger."""
    return _share(colored, _lines(lines, TIGHT)) > STAINED


def _crossed(ink: Mask, lines: Sequence[Quad], characters: Sequence[Quad]) -> bool:
    """Whether there is much ink beside the characters of a value. Not to be told where all ink is blurred, or a
    reflection makes the ground around it look dark.

    Args:
        ink: what is darker than the ground, (H, W).
        lines: of the value, in millimetres.
        characters: that were read, in millimetres.
    """
    free = _lines([grow(line, BESIDE, 0) for line in lines], LOOSE)
    read = _filled([grow(character, SPARE, SPARE) for character in characters])
    if not (free & read).any():  # the detector has overlooked the value: all ink is its own
        return False
    free &= ~read
    rim = round(RIM * LOOK)
    free[:rim], free[-rim:], free[:, :rim], free[:, -rim:] = False, False, False, False
    size = (round(WINDOW[0] * LOOK), round(WINDOW[1] * LOOK))
    seen, inked = (cv2.boxFilter(mask.astype(np.float32), -1, size) for mask in (free, free & ink))
    return bool((inked > COVERED * seen)[seen > LEAST].any())


def _chroma(flat: NDArray[np.uint8]) -> Plane:
    """Difference of the most and the least of three colours, each as a share of the card's usual one."""
    usual = np.median(flat[::THIN, ::THIN], axis=(0, 1)).clip(1)
    smooth = (cv2.GaussianBlur(flat, (0, 0), SMOOTH * LOOK) / usual).astype(np.float32)
    return np.asarray(smooth.max(2) - smooth.min(2), np.float32)


def _beyond(picture: NDArray[np.uint8], frame: Frame) -> Mask:
    """What of the card lies outside of its picture."""
    height, width = picture.shape[:2]
    return ~_filled([frame.to_card(Quad.rect(0, 0, width, height))])


def _lines(lines: Sequence[Quad], height: float) -> Mask:
    """Lines given in millimetres, made so high."""
    return _filled([grow(line, 0, (height - line.height) / 2) for line in lines])


def _share(mask: Mask, where: Mask) -> float:
    """How much of a place a mask takes."""
    return float((mask & where).sum() / max(1, where.sum()))


def _filled(quads: Sequence[Quad]) -> Mask:
    """Where quads given in millimetres are on a card that was laid flat."""
    mask = np.zeros((round(HEIGHT * LOOK), round(WIDTH * LOOK)), np.uint8)
    for quad in quads:
        cv2.fillConvexPoly(mask, (np.array(quad.points) * LOOK).round().astype(np.int32), 1)
    return mask > 0


def _ground(grey: Plane) -> Plane:
    """What the card's ground would be without print, light that falls off to a side counted in: a quadratic surface.

    It is fitted to tiles of the card again and again, without those that are darker than it.
    """
    height, width = grey.shape
    tile = round(TILE * LOOK)
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
