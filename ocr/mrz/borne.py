"""Which characters of a zone the picture bears: seen by the net, whole, in line with the others, and not covered.

A reading with right check digits may still be made up: where ink is cut off, hidden or washed out by a reflection, the
search finds characters that agree with the digits. All characters of a zone have one pitch, nearly one height, and
stand on one ground, so what was done to one of them shows beside the others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr.document import Quad
from ocr.geometry import crop_line
from ocr.mrz.formats import CHARACTERS, FILLER, Format
from ocr.recognize.ctc import Spelled, align

__all__ = ["unborne"]

SEEN, ALONE = 0.5, 0.65
"""Least probability of a character by the picture alone, where a check digit covers it and where none does."""
TWINS = {"O": "0", "0": "O"}
"""Characters of one shape in some typefaces."""
PITCH = (0.55, 1.6)
"""Least and greatest distance of two characters, in the median distance of the line."""
SIZE, PAD = 64, 0.2
"""Height in pixels at which a line is measured, and the ground around it that is looked at, in heights."""
FAINT = 0.45
"""Least contrast of the ink of a character, in the median contrast of the zone."""
WHOLE = 0.8
"""Least height of the ink of a character that is no filler, in the height of the zone's characters."""
COVERED = 0.4
"""Greatest difference of the ground at a character from the ground along the line, in the contrast of the ink."""
GLARE, GROUND = 250, 240
"""Grey value of a reflection, and of a ground that is not itself as white."""
CLEAR, LIGHT = 0.25, 90
"""Greatest difference of a clear row of pixels from the ground of the line, in the contrast of the ink; and the
percentile of a row through a character that is its ground."""
AROUND = 15
"""Characters over which the ground of a line is compared."""

Grey = NDArray[np.uint8]
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Line:
    """What is measured of one line, one value a character.

    Attributes:
        contrast: of the ink to the ground, as a share of the ground.
        height: of the ink, in heights of the line's quad.
        ground: grey value of the ground above or below, whichever is less like the rest of the line.
        usual: the same of the line around the character.
        inside: whether the character lies within the image.
        free: height of the ink between two clear rows, in heights of the line's quad; 0 where there are none, or where
            the ground between them is not that of the line.
    """

    contrast: Values
    height: Values
    ground: Values
    usual: Values
    inside: NDArray[np.bool_]
    free: Values


def unborne(
    image: Grey, rows: Sequence[Quad], form: Format, lines: Sequence[str], logs: Sequence[NDArray[np.float32]]
) -> tuple[tuple[int, int], ...]:
    """(line, column), from 0, of the characters that the picture does not bear.

    Args:
        image: (H, W) grey or (H, W, 3) RGB.
        rows: where the lines are, in pixels.
        form: the format of the zone.
        lines: what was read.
        logs: for each line, (frames, 1 + characters) log probabilities of the net, class 0 the CTC blank.
    """
    wrong: list[NDArray[np.bool_]] = []
    measured: list[Line] = []
    bordered, by = _bordered(image, rows)
    for i, (quad, text, log) in enumerate(zip(rows, lines, logs, strict=True)):
        try:
            spelled = align(log, tuple(CHARACTERS.index(c) + 1 for c in text))
        except ValueError:
            return tuple((i, j) for i, line in enumerate(lines) for j in range(len(line)))
        centers = np.array([(one.start + one.end) / 2 for one in spelled]) / len(log)
        least = np.array([SEEN if (i, j) in form.checked else ALONE for j in range(len(text))])
        wrong.append((_seen(form, i, spelled, log) < least) | _out_of_pitch(centers))
        inside = _inside(image, quad, _fitted(centers), float(np.median(np.diff(centers))))
        measured.append(_measured(bordered, quad.transformed((1, 0, 0, 1, by, by)), centers, inside))
    letters = [np.array([c != FILLER for c in text]) for text in lines]
    contrast = float(np.median(np.concatenate([line.contrast for line in measured])))
    height = max(
        float(np.median(one.height[where])) for one, where in zip(measured, letters, strict=True) if any(where)
    )
    found = []
    for i, (one, letter) in enumerate(zip(measured, letters, strict=True)):
        faint = one.contrast < FAINT * contrast
        short = letter & (one.height < WHOLE * height)
        covered = np.abs(one.ground - one.usual) > COVERED * contrast * one.usual
        glare = (one.ground >= GLARE) & (np.median(one.usual) < GROUND)
        near = (covered | glare) & ~((one.free > 0) & (~letter | (one.free >= WHOLE * height)))
        found += [(i, int(j)) for j in np.flatnonzero(wrong[i] | ~one.inside | faint | short | near)]
    return tuple(found)


def _seen(form: Format, line: int, spelled: Sequence[Spelled], log: NDArray[np.float32]) -> Values:
    """Probability of each character by the picture; with that of its twin, where the format rules the twin out."""
    found = []
    for column, one in enumerate(spelled):
        twin = TWINS.get(CHARACTERS[one.label - 1], "")
        every = [one.label]
        if twin and twin not in form.allowed(line, column):
            every.append(CHARACTERS.index(twin) + 1)
        found.append(float(np.exp(log[one.start : one.end, every]).sum(1).max()))
    return np.array(found)


def _out_of_pitch(centers: Values) -> NDArray[np.bool_]:
    """Characters that are too near to a neighbour, or too far from it."""
    gaps = np.diff(centers)
    odd = (gaps < PITCH[0] * np.median(gaps)) | (gaps > PITCH[1] * np.median(gaps))
    return np.asarray(np.append(odd, False) | np.append(False, odd), np.bool_)


def _bordered(image: Grey, rows: Sequence[Quad]) -> tuple[Grey, int]:
    """The image, with a border of its median where the surroundings of a line reach beyond it; and the border's width.

    A strip that is cut at the ink has no ground above the characters.
    """
    corners = np.array([row.points for row in rows]).reshape(-1, 2)
    reach = math.ceil(2 * PAD * max(row.height for row in rows))
    if (corners > reach).all() and (corners < np.array(image.shape[1::-1]) - reach).all():
        return image, 0
    border = [(reach, reach), (reach, reach)]
    planes = [np.pad(plane, border, constant_values=round(float(np.median(plane)))) for plane in np.atleast_3d(image).T]
    return np.ascontiguousarray(np.stack(planes).T if image.ndim == 3 else planes[0].T, np.uint8), reach


def _fitted(centers: Values) -> Values:
    """The centres of characters, of which the pitch changes evenly along the line."""
    places = np.arange(len(centers))
    return np.asarray(np.polyval(np.polyfit(places, centers, 2), places), np.float64)


def _measured(image: Grey, quad: Quad, centers: Values, inside: NDArray[np.bool_]) -> Line:
    """Measure a line whose characters have their centres at shares of the length of its quad."""
    count = len(centers)
    fitted = _fitted(centers)
    pitch = float(np.median(np.diff(centers)))
    picture = crop_line(image, quad, round(SIZE * (1 + 2 * PAD)), pad=PAD)
    length, pad = SIZE * quad.width / quad.height, round(SIZE * PAD)
    contrast, height, level = np.zeros(count), np.zeros(count), np.zeros(count)
    medians, extremes = np.zeros((2, count)), np.zeros((2, count))
    cells = []
    for k, center in enumerate(fitted):
        left, right = (round(pad + length * (center + side * pitch / 2)) for side in (-1, 1))
        cell = picture[:, max(left, 0) : max(right, left + 2, 2)]
        cells.append(cell)
        core = cell[pad:-pad]
        ground, ink = (float(v) for v in np.percentile(core, (85, 4)))
        contrast[k], level[k] = max(0.0, (ground - ink) / max(ground, 1.0)), ground
        dark = np.flatnonzero((core < (ground + ink) / 2).sum(1) > 1)
        height[k] = (dark[-1] - dark[0] + 1) / SIZE if len(dark) else 0.0
        strips = np.stack([cell[: pad // 2 + 2].mean(0), cell[-pad // 2 - 2 :].mean(0)])
        medians[:, k] = np.median(strips, axis=1)
        farthest = np.abs(strips - medians[:, k : k + 1]).argmax(1)  # a fold is as narrow as a stroke
        extremes[:, k] = strips[(0, 1), farthest]
    usual = np.array([_running_median(row) for row in medians])
    grounds = np.where(np.abs(medians - usual) > np.abs(extremes - usual), medians, extremes)
    side = np.abs(grounds - usual).argmax(0)
    places = np.arange(count)
    levels, depth = _running_median(level), float(np.median(contrast))
    free = np.array([_free(cell, at, depth * at) for cell, at in zip(cells, levels, strict=True)])
    return Line(contrast, height, grounds[side, places], usual[side, places], inside, free)


def _free(cell: Grey, ground: float, contrast: float) -> float:
    """Height of the ink of a character that nothing beside it touches, in heights of its line; 0 for any other.

    A character of OCR-B is one piece. What hides a part of it touches the rest, so a character between two rows of
    pixels that show nothing but the ground of the line is whole, whatever lies beyond these rows.

    Args:
        cell: (H, W), the character and what is above and below it.
        ground: grey value of the ground of the line at the character.
        contrast: of its ink, in grey values.
    """
    light = np.percentile(cell, LIGHT, axis=1)
    usual = (np.abs(light - ground) < CLEAR * contrast) & ~((light >= GLARE) & (ground < GROUND))
    clear = usual & (ground - cell.min(1) < CLEAR * contrast)
    middle = len(cell) // 2
    above, below = np.flatnonzero(clear[:middle]), middle + np.flatnonzero(clear[middle:])
    if not len(above) or not len(below) or clear[middle] or not usual[above[-1] : below[0] + 1].all():
        return 0.0
    return float(below[0] - above[-1] - 1) / SIZE


def _running_median(values: Values) -> Values:
    half = AROUND // 2
    wide = np.pad(values, half, mode="edge")
    return np.array([np.median(wide[k : k + AROUND]) for k in range(len(values))])


def _inside(image: Grey, quad: Quad, centers: Values, pitch: float) -> NDArray[np.bool_]:
    """Whether the middle of each character, a good third of its pitch to either side, lies within the image."""
    corners = np.array(quad.points)
    start, end = (corners[0] + corners[3]) / 2, (corners[1] + corners[2]) / 2
    shares = np.stack([centers - 0.36 * pitch, centers + 0.36 * pitch])[..., None]
    points = start + shares * (end - start)
    size = np.array(image.shape[1::-1])
    return np.asarray(((points > -1) & (points < size + 1)).all((0, 2)))
