"""Tells photographs of sheets on a table from flat pages, and takes the sheets out.

A flat page, whether scanned, drawn or a screenshot, has a page finder see pages in it as well. So what is around the
quad decides: in a photograph of a sheet, the blank margin of the sheet ends all around at something of another colour.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.detect.look import resized
from ocr.document import Quad
from ocr.page.corners import Corners
from ocr.page.fold import halves

__all__ = [
    "Finder",
    "Surroundings",
    "is_picture",
    "lies_on_ground",
    "pages_of_book",
    "reading_order",
    "sheets_in",
    "surroundings",
]

Finder = Callable[[NDArray[np.uint8]], Corners]

LOOK = 640
"""Longer side, in pixels, to which a picture is reduced to look at the surroundings of a sheet."""
SAMPLES = 48
"""Places along each side."""
INSIDE, OUTSIDE = (3, 5, 7, 9), (3, 6, 9, 12)
"""Distances from a side, in these pixels, at which colours are taken."""
STEP, CALM = 14.0, 9.0
"""Least difference of colour between the sheet and what it lies on; and greatest spread within a blank margin."""

VISIBLE, ENDS, BLANK, GROUND = 0.5, 0.75, 0.85, 0.08
"""Least shares, as :class:`Surroundings` has them, of a sheet that lies on something else."""
BLANK_OF_BOOK = 0.6
"""The same of an open book, whose edges curve in at the fold."""
SURE, SURE_OF_TWO = 0.9, 0.8
"""Least confidence of the page finder in a sheet, and in each of two."""
STRAIGHT, DRAWN = 0.5, 0.6
"""Degrees of tilt below which, and share of even pixels around it above which, a sheet is a window on a screen, or a
scan with a black rim."""
CARD, LIKE_CARD = 1.586, 0.06
"""Proportions of identity and bank cards (ISO/IEC 7810 ID-1), and how far a quad is from them at least."""
SEAM = 0.85
"""Share of a line across a quad that is like the ground where the line parts two sheets."""
MIDDLE = np.linspace(0.2, 0.8, 31)
"""Where such a line may begin and end, along the sides of a quad."""
REST = 0.25
"""Least share of a photograph beside a sheet that is searched for another one."""
LEAST_SIDE = 200
"""Pixels. Smaller pictures are not taken for photographs of pages."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is around a quad.

    Attributes:
        visible: share of its outline that is not at the edge of the picture or beyond.
        ends: share of the visible outline at which the colour changes.
        blank: share of the visible outline along which the sheet is blank.
        ground: share of the picture that lies outside.
        even: share of the pixels outside that equal their neighbour.
        tilt: greatest angle of a side with the edge of the picture, degrees.
    """

    visible: float
    ends: float
    blank: float
    ground: float
    even: float
    tilt: float


def surroundings(photo: NDArray[np.uint8], quad: Quad) -> Surroundings:
    """Look around a quad in an (H, W) grey or (H, W, 3) RGB picture."""
    height, width = photo.shape[:2]
    share = min(1.0, LOOK / max(height, width))
    small = resized(photo, max(1, round(width * share)), max(1, round(height * share)))
    colours = small.reshape(*small.shape[:2], -1).astype(np.int16)
    corners = np.array(quad.points) * (small.shape[1] / width, small.shape[0] / height)
    visible = ends = blank = total = tilt = 0.0
    size = np.array(small.shape[1::-1])
    for start, end in zip(corners, np.roll(corners, -1, 0), strict=True):
        along = end - start
        outward = np.array([along[1], -along[0]]) / max(float(np.linalg.norm(along)), 1e-6)
        angle = np.degrees(np.arctan2(along[1], along[0])) % 90
        tilt = max(tilt, float(min(angle, 90 - angle)))
        places = start + np.linspace(0.06, 0.94, SAMPLES)[:, None] * along
        beyond = np.stack([places + d * outward for d in OUTSIDE], 1)
        within = np.stack([places - d * outward for d in INSIDE], 1)
        seen = ((beyond >= 0) & (beyond < size)).all((1, 2)) & ((within >= 0) & (within < size)).all((1, 2))
        weight = float(np.linalg.norm(along))
        total += weight
        if not seen.any():
            continue
        out, inn = _colours(colours, beyond[seen]), _colours(colours, within[seen])
        apart = np.abs(np.median(out, 1) - np.median(inn, 1)).max(1)
        visible += weight * seen.mean()
        ends += weight * float((apart > STEP).sum()) / SAMPLES
        blank += weight * float((np.ptp(inn, 1).max(1) < 2 * CALM).sum()) / SAMPLES
    mask = np.zeros(small.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, (corners * 16).round().astype(np.int32).reshape(-1, 1, 2), 1, cv2.LINE_8, 4)
    outside = mask == 0
    same = (np.diff(colours, axis=1) == 0).all(2) & outside[:, 1:]
    return Surroundings(
        visible / max(total, 1e-6),
        ends / max(visible, 1e-6),
        blank / max(visible, 1e-6),
        float(outside.mean()),
        float(same.sum()) / max(float(outside[:, 1:].sum()), 1.0),
        tilt,
    )


def is_picture(pixels: NDArray[np.uint8]) -> bool:
    """Whether a picture may be a photograph: it is not tiny, not black and white, and its rim is not all paper."""
    if min(pixels.shape[:2]) < LEAST_SIDE:
        return False
    few = pixels[:: max(1, pixels.shape[0] // 256), :: max(1, pixels.shape[1] // 256)]
    grey = few if few.ndim == 2 else few[..., 1]
    if ((grey < 8) | (grey > 247)).mean() > 0.97:
        return False
    rim = np.concatenate([grey[:4].ravel(), grey[-4:].ravel(), grey[:, :4].ravel(), grey[:, -4:].ravel()])
    paper = float(np.percentile(grey, 90))
    return bool((np.abs(rim - paper) < STEP).mean() < 0.9)


def lies_on_ground(around: Surroundings, blank: float = BLANK) -> bool:
    """Whether a quad is a sheet that lies on something else; ``blank`` is the least share of its rim that is blank."""
    drawn = around.tilt < STRAIGHT and around.even > DRAWN
    whole = around.visible >= VISIBLE and around.ends >= ENDS and around.blank >= blank
    return whole and around.ground >= GROUND and not drawn


def sheets_in(photo: NDArray[np.uint8], find: Finder) -> list[Corners]:
    """The sheets, one or two, that lie on a ground in a photograph, in the order of reading; none in other pictures.

    The pages of an open book are two.

    Args:
        photo: (H, W) grey or (H, W, 3) RGB.
        find: finds the page in a picture.
    """
    if not is_picture(photo):
        return []
    found = find(photo)
    around = surroundings(photo, found.quad)
    if around.ends >= ENDS and around.visible >= VISIBLE and around.ground >= GROUND:
        for first, second in _parted(photo, found.quad):
            pair = [_within(photo, part, find) for part in (first, second)]
            if all(corners.confidence >= SURE_OF_TWO for corners in pair):
                return pair
    may_be_book = found.confidence >= SURE_OF_TWO and lies_on_ground(around, BLANK_OF_BOOK)
    if may_be_book and (pages := pages_of_book(photo, found)):
        return pages
    if found.confidence < SURE or not lies_on_ground(around) or _like_card(found.quad):
        return []
    return sorted([found, *_beside(photo, found.quad, find)], key=_order)


def pages_of_book(photo: NDArray[np.uint8], book: Corners) -> list[Corners]:
    """The two pages of an open book in a photograph, (H, W) or (H, W, 3); none if what was found is no book."""
    return [Corners(page, book.confidence) for page in halves(photo, book.quad)]


def reading_order(quads: Sequence[Quad], rotations: Sequence[int]) -> list[int]:
    """The order in which sheets of a photograph are read: as they would lie after the rotation that sets them upright.

    Args:
        quads: corners of the sheets.
        rotations: of each, in degrees clockwise: 0, 90, 180 or 270. Sheets that lie differently stay in their order.
    """
    order = list(range(len(quads)))
    if len(set(rotations)) != 1:
        return order
    turned = {0: (1, 1), 90: (1, -1), 180: (-1, -1), 270: (-1, 1)}[rotations[0]]
    return sorted(order, key=lambda k: float(np.dot(quads[k].center, turned)))


Box = tuple[int, int, int, int]


def _within(photo: NDArray[np.uint8], box: Box, find: Finder) -> Corners:
    """The sheet within a part of a photograph; without one, the confidence is 0."""
    left, top, right, bottom = box
    part = photo[top:bottom, left:right]
    if min(part.shape[:2]) < LEAST_SIDE:
        return Corners(Quad.rect(*box), 0.0)
    found = find(part)
    sure = found.confidence if lies_on_ground(surroundings(part, found.quad)) else 0.0
    return Corners(found.quad.transformed((1, 0, 0, 1, left, top)), sure)


def _beside(photo: NDArray[np.uint8], quad: Quad, find: Finder) -> list[Corners]:
    """Another sheet beside one, if there is room for it."""
    height, width = photo.shape[:2]
    left, top, right, bottom = (round(v) for v in quad.hull)
    rests = [
        (0, 0, left, height, left / width),
        (right, 0, width, height, 1 - right / width),
        (0, 0, width, top, top / height),
        (0, bottom, width, height, 1 - bottom / height),
    ]
    *box, share = max(rests, key=lambda rest: rest[4])
    if share < REST:
        return []
    other = _within(photo, (int(box[0]), int(box[1]), int(box[2]), int(box[3])), find)
    return [other] if other.confidence >= SURE and not _like_card(other.quad) else []


def _order(corners: Corners) -> float:
    """Sheets are read from left to right, and from top to bottom where they lie below each other."""
    x, y = corners.quad.center
    return x + y


def _like_card(quad: Quad) -> bool:
    ratio = quad.width / max(quad.height, 1e-6)
    return abs(max(ratio, 1 / max(ratio, 1e-6)) / CARD - 1) < LIKE_CARD


def _parted(photo: NDArray[np.uint8], quad: Quad) -> list[tuple[Box, Box]]:
    """Two parts of a photograph, where a band of the ground divides a quad; none where nothing does."""
    height, width = photo.shape[:2]
    share = min(1.0, LOOK / max(height, width))
    small = resized(photo, max(1, round(width * share)), max(1, round(height * share)))
    like = _like_ground(small, np.array(quad.points) * share)
    a, b, c, d = np.array(quad.points) * share
    for first, second, across in ((b - a, c - d, True), (d - a, c - b, False)):
        starts, ends = a + MIDDLE[:, None] * first, (d if across else b) + MIDDLE[:, None] * second
        along = np.linspace(0.02, 0.98, 96)[None, None, :, None]
        lines = starts[:, None, None] + along * (ends[None, :, None] - starts[:, None, None])
        x, y = (lines.round().astype(np.int64).transpose(3, 0, 1, 2)).clip(
            0, np.array(like.shape[::-1])[:, None, None, None] - 1
        )
        shares = like[y, x].mean(2)
        shares[np.abs(MIDDLE[:, None] - MIDDLE[None]) > 0.2] = 0
        i, j = np.unravel_index(int(shares.argmax()), shares.shape)
        if shares[i, j] >= SEAM:
            (x0, y0), (x1, y1) = starts[i] / share, ends[j] / share
            if across:
                return [((0, 0, round(max(x0, x1)), height), (round(min(x0, x1)), 0, width, height))]
            return [((0, 0, width, round(max(y0, y1))), (0, round(min(y0, y1)), width, height))]
    return []


def _like_ground(small: NDArray[np.uint8], corners: Array) -> NDArray[np.bool_]:
    """Which pixels (H, W) have colours that are commoner around a quad than along the inside of its outline."""
    picture = small.reshape(*small.shape[:2], -1)
    code = np.zeros(small.shape[:2], np.int64)
    for channel in np.moveaxis(picture, 2, 0):
        code = code * 16 + channel // 16
    inside, core = (np.zeros(small.shape[:2], np.uint8) for _ in range(2))
    middle = corners.mean(0)
    for mask, size in ((inside, 1.02), (core, 0.9)):
        points = ((middle + (corners - middle) * size) * 16).round().astype(np.int32)
        cv2.fillConvexPoly(mask, points.reshape(-1, 1, 2), 1, cv2.LINE_8, 4)
    shrunk = cv2.erode(inside, np.ones((9, 9), np.uint8))
    counts = [
        np.bincount(code[where], minlength=16 ** picture.shape[2])
        for where in (inside == 0, (shrunk > 0) & (core == 0))
    ]
    outside, rim = (count / max(int(count.sum()), 1) for count in counts)
    like = (outside > 2 * rim)[code]
    return np.asarray(cv2.medianBlur(like.astype(np.uint8), 5) > 0)


def _colours(picture: NDArray[np.int16], places: Array) -> NDArray[np.int16]:
    """Colours at places (N, K, 2): (N, K, channels)."""
    x, y = places.astype(np.int64).transpose(2, 0, 1)
    return np.asarray(picture[y, x], np.int16)
