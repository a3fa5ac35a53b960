"""Finds cards by what is printed on all of them: label characters in the arrangement of the layout.

Any two label characters that were read, matched with two of the layout, determine a rotation, a scale and a shift. The
one that most of the other labels support is that of the card; an affine map fitted to all of them absorbs perspective.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.document import Quad
from ocr.idcard.card import RESIDENT, Side
from ocr.idcard.frame import FACE, Frame
from ocr.idcard.layout import CELLS, LANDMARKS
from ocr.idcard.number import is_valid
from ocr.recognize import Reading

__all__ = ["ResidentCards", "confirmed", "displaced", "fitted", "locate", "with_corners"]

LEAST_LABELS = 9
"""Least number of characters, of about twenty, at their places: a form with the labels of a back has eight."""
LEAST_LABELS_IN_QUAD = 5
"""The same if a quad determines the places."""
BROAD = 18.0
"""Least horizontal extent of these characters, in millimetres: forms have the labels of a front one below the other."""
LABEL_REACH = 2.2
"""Greatest distance of a character from its place, in millimetres."""
ASTRAY = 12.0
"""Distance, in millimetres, up to which a character in a quad with wrong corners may be a label that is not at its
place."""
LABELS_APART = 4.0
"""Least distance of two characters that determine a map, in millimetres."""
NUMBER_END, NUMBER_REACH = 70.2, 6.0
"""Where a number ends on a card, and how far from there it may end in a quad, in millimetres."""
SKEW = 0.25
"""Greatest angle between a text line and the card, in radians."""
NUMBER = re.compile(r"(?<!\d)\d{17}[\dX](?!\d)", re.ASCII)
LINE_HEIGHTS = (1.6, 8.0)
"""Least and greatest height of a line, in millimetres."""
MOST_PIXELS = 4000
"""Most pairs that are tried, a regular sample of all."""
ANCHOR = 0.05
"""Weight, in the affine fit, of the corners under rotation, scale and shift, relative to the characters."""
AGREEMENT = 1.2
"""Greatest mean displacement of the labels, in millimetres, for corners that were found in another way to be used."""
ROUGH = 6.0
"""The same, where only one place is known."""
STRAY = 2.0
"""Greatest displacement of a label, in millimetres, where about twenty are known: one wrong corner moves those next to
it only."""


@dataclass(frozen=True, slots=True, eq=False)
class Glyphs:
    """Characters in an image: their centres as complex numbers, and the directions and heights of their lines."""

    text: NDArray[np.str_]
    at: NDArray[np.complex128]
    angle: NDArray[np.float64]
    height: NDArray[np.float64]

    @classmethod
    def of(cls, lines: Sequence[tuple[Quad, Reading]]) -> Glyphs:
        """All characters of some lines."""
        rows = [
            (glyph.text, _middle(quad, (glyph.start + glyph.end) / 2), math.radians(quad.angle), quad.height)
            for quad, reading in lines
            for glyph in reading.glyphs
        ]
        text, at, angle, height = zip(*rows, strict=True) if rows else ((), (), (), ())
        return cls(np.array(text, np.str_), np.array(at, np.complex128), np.array(angle), np.array(height))

    def outside(self, box: Quad) -> Glyphs:
        """Those outside of a quad."""
        hull = np.array(box.points, np.float32)
        away = [cv2.pointPolygonTest(hull, (float(p.real), float(p.imag)), False) < 0 for p in self.at]
        keep = np.array(away, np.bool_)
        return Glyphs(self.text[keep], self.at[keep], self.angle[keep], self.height[keep])


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Possible matches of characters: index in the layout, place in the layout, position in the image."""

    which: NDArray[np.intp]
    place: NDArray[np.complex128]
    at: NDArray[np.complex128]
    angle: NDArray[np.float64]
    height: NDArray[np.float64]


def locate(lines: Sequence[tuple[Quad, Reading]]) -> list[Frame]:
    """The cards that the lines of an image show, upright to within 45 degrees; those with most labels first.

    Args:
        lines: quads in pixels, and their readings.
    """
    found = []
    for side in LANDMARKS:
        glyphs = Glyphs.of(lines)
        while (frame := _frame(_pairs(glyphs, side), side)) is not None:
            found.append(frame)
            glyphs = glyphs.outside(frame.box)
    found.sort(key=lambda frame: -frame.labels)
    return [frame for i, frame in enumerate(found) if not any(_overlap(frame, other) for other in found[:i])]


def confirmed(lines: Sequence[tuple[Quad, Reading]], box: Quad) -> list[Frame]:
    """The card that fills a quad, if a few characters are at their places; otherwise none.

    Args:
        lines: quads in pixels, and their readings.
        box: in pixels; the card may be upside down in it.
    """
    glyphs = Glyphs.of(lines)
    if not len(glyphs.at):
        return []
    a, b, c, d = box.points
    at = np.stack([glyphs.at.real, glyphs.at.imag], 1)[None]
    found = []
    for way, side in product((box, Quad((c, d, a, b))), LANDMARKS):
        frame = Frame.of_box(side, way)
        places = cv2.perspectiveTransform(at, np.linalg.inv(frame.matrix))[0]
        apart = [
            np.hypot(*(places[glyphs.text == text] - place).T).min(initial=np.inf) for text, *place in LANDMARKS[side]
        ]
        near = [distance for distance in apart if distance < ASTRAY]
        labels = sum(distance < LABEL_REACH for distance in near)
        labels += LEAST_LABELS_IN_QUAD if _numbered(lines, frame) else 0
        found.append(replace(frame, labels=labels, off=float(np.median(near)) if near else 0.0))
    best = max(found, key=lambda frame: frame.labels)
    return [best] if best.labels >= LEAST_LABELS_IN_QUAD else []


def _numbered(lines: Sequence[tuple[Quad, Reading]], frame: Frame) -> bool:
    """Whether a valid number stands where a front has its number: in the dark it is read when labels are not."""
    cell = next((cell for cell in CELLS[frame.side] if cell.field == "number"), None)
    return cell is not None and any(
        is_valid(number)
        for quad, reading in lines
        if cell.holds(*(flat := frame.to_card(quad)).center) and abs(flat.hull[2] - NUMBER_END) < NUMBER_REACH
        for number in NUMBER.findall("".join(reading.text.split()))
    )


class ResidentCards:
    """Finds Chinese resident identity cards among the lines of a picture."""

    def located(self, lines: Sequence[tuple[Quad, Reading]]) -> list[Frame]:
        """See :func:`locate`."""
        return locate(lines)

    def confirmed(self, lines: Sequence[tuple[Quad, Reading]], box: Quad) -> list[Frame]:
        """See :func:`confirmed`."""
        return confirmed(lines, box)

    def places(self, frame: Frame) -> NDArray[np.float64]:
        """(N, 2) places of the printed characters of the side in a frame, in millimetres."""
        return np.array([place for _, *place in LANDMARKS[frame.side]], np.float64)


def with_corners(frame: Frame, corners: Quad, places: NDArray[np.float64]) -> Frame:
    """The frame given by corners that were found in another way, if they agree with it; otherwise the frame itself.

    Args:
        frame: as the labels determine it.
        corners: in pixels, clockwise from any of the four.
        places: (N, 2) of the labels, in millimetres.
    """
    box, points = np.array(frame.box.points), np.array(corners.points)
    ways = [np.roll(points, -first, axis=0) for first in range(4)]
    nearest = min(ways, key=lambda way: float(np.abs(way - box).max()))
    other = replace(Frame.of_box(frame.side, Quad.of(nearest.tolist()), frame.labels), kind=frame.kind)
    return frame if displaced(frame, other, places) else other


def displaced(frame: Frame, other: Frame, places: NDArray[np.float64]) -> bool:
    """Whether two frames of a card are not the same one: labels, (N, 2) in millimetres, lie elsewhere in the other."""
    ours, theirs = (cv2.perspectiveTransform(places[None], each.matrix)[0] for each in (frame, other))
    moved = np.hypot(*(ours - theirs).T) / frame.density
    stray = frame.kind == RESIDENT and float(moved.max()) > STRAY
    return stray or float(moved.mean()) >= (AGREEMENT if len(places) > 1 else ROUGH)


def _middle(quad: Quad, share: float) -> complex:
    """A point on the axis of a line."""
    a, b, c, d = (complex(*point) for point in quad.points)
    return (a + d + share * (b - a + c - d)) / 2


def _overlap(frame: Frame, other: Frame) -> bool:
    """Whether the centre of one card lies on the other."""
    return cv2.pointPolygonTest(np.array(other.box.points, np.float32), frame.box.center, False) >= 0


def _pairs(glyphs: Glyphs, side: Side) -> Pairs:
    rows = [(k, i) for k, (text, _, _) in enumerate(LANDMARKS[side]) for i in np.flatnonzero(glyphs.text == text)]
    which, index = np.array(rows, np.intp).reshape(-1, 2).T
    places = np.array([complex(x, y) for _, x, y in LANDMARKS[side]])
    return Pairs(which, places[which], glyphs.at[index], glyphs.angle[index], glyphs.height[index])


def _frame(pairs: Pairs, side: Side) -> Frame | None:
    """The map that most characters support; None if they are too few."""
    i, j = np.triu_indices(len(pairs.which), 1)
    apart = pairs.place[j] - pairs.place[i]
    far = np.abs(apart) >= LABELS_APART
    i, j, apart = i[far], j[far], apart[far]
    scale = (pairs.at[j] - pairs.at[i]) / apart
    size = np.maximum(np.abs(scale), 1e-9)
    likely = np.abs(scale) > 0
    for end in (i, j):
        turn = np.abs(np.angle(scale * np.exp(-1j * pairs.angle[end])))
        height = pairs.height[end] / size
        likely &= (turn < SKEW) & (height > LINE_HEIGHTS[0]) & (height < LINE_HEIGHTS[1])
    chosen = np.flatnonzero(likely)
    chosen = chosen[np.linspace(0, len(chosen) - 1, min(MOST_PIXELS, len(chosen))).astype(np.intp)]
    if not len(chosen):
        return None
    scale, shift = scale[chosen], pairs.at[i[chosen]] - scale[chosen] * pairs.place[i[chosen]]
    off = np.abs(scale[:, None] * pairs.place + shift[:, None] - pairs.at) / np.abs(scale)[:, None]
    starts = np.flatnonzero(np.diff(pairs.which, prepend=-1))
    votes = np.maximum.reduceat((1 - off / LABEL_REACH).clip(0), starts, axis=1)
    best = int((votes.sum(1) + (votes > 0).sum(1)).argmax())
    kept = [
        first + int(off[best, first:end].argmin())
        for first, end in zip(starts, [*starts[1:], len(pairs.which)], strict=True)
    ]
    kept = [k for k in kept if off[best, k] < LABEL_REACH]
    if len(kept) < LEAST_LABELS or np.ptp(pairs.place[kept].real) < BROAD:
        return None
    matrix = fitted(pairs.place[kept], pairs.at[kept], complex(scale[best]), complex(shift[best]))
    return Frame(side, matrix, len(kept))


def fitted(
    place: NDArray[np.complex128], at: NDArray[np.complex128], scale: complex, shift: complex
) -> NDArray[np.float64]:
    """The affine map of characters, (3, 3); in directions that they do not determine, the similarity decides."""
    corners = np.array([complex(*point) for point in FACE.points])
    design = np.concatenate([place, corners])
    target = np.concatenate([at, scale * corners + shift])
    weight = np.concatenate([np.ones(len(place)), np.full(len(corners), ANCHOR)])[:, None]
    left = np.stack([design.real, design.imag, np.ones(len(design))], 1) * weight
    right = np.stack([target.real, target.imag], 1) * weight
    solved = np.linalg.lstsq(left, right, rcond=None)[0].T
    return np.concatenate([solved, [[0.0, 0.0, 1.0]]])
