"""Short tokens that the net passes over: page numbers, numbers at lines or in a column, labels of diagrams, brackets.

The kernel of a single digit on open paper is a few points, and faint. Its ink is still there: what has the size of the
page's type and is covered by no line is proposed as text, and only what is read surely is text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.detect import Region
from ocr.detect.enclosed import Badge, enclosed
from ocr.detect.grid import RuledPage
from ocr.document import Quad
from ocr.geometry import invert

__all__ = ["ShortTokens", "Token", "surely_read"]

HEIGHT = (0.33, 1.3)
"""Least and greatest height of a token in heights of a typical line."""
LARGEST, ALIKE = 8.0, 1.35
"""Greatest height of a token that is larger than the type of its page; how much the marks of one differ in height."""
MUCH_TALLER, PART = 1.3, 0.25
"""Marks so much taller than a line that they touch are no part of it, unless they share so much of the smaller one."""
PART_OF = 1.15
"""What stands in a ring is no wider than this, in widths of the ring."""
MUCH = 0.4
"""Share of a region that the rings and discs in it fill, where it is a row of them."""
SIDE = 0.15
"""Width of the sides of a ring, as a share of that of the ring."""
MUCH_LARGER, LARGE_SHARE, AT_END = 1.6, 0.6, 0.3
"""A mark so much taller than a line, at one of its ends, is no letter of it: its least height in heights of the line,
its greatest share of the line, and its greatest distance from the end in heights of the line.
"""
FRAMED = 0.8
"""A mark with another one in it that is lower than this, in heights of it, is a frame."""
SLIM, LONG = 0.05, 3.0
"""Least and greatest width in heights of a line."""
LARGER = 1.6
"""Large tokens are those of lines so many times as high as others."""
LARGE_WIDE = 1.2
"""Greatest width of a larger letter in its heights."""
LETTER_GAP = 0.4
"""Greatest gap between the letters of a token, in heights of a line."""
CAPITAL, ABOVE, BELOW = 0.76, 0.06, 0.24
"""From the top of a capital with some room to the baseline, and the room above and below, in heights of a line."""
DIGIT = 0.7
"""Height of a digit in heights of a line."""
FIRST, MOST = 48, 400
"""So many are read first, those furthest from others; the rest, unless there are more than these, if half of them are
text."""
SURELY, SURE_ENCLOSED, SURE_LARGE = 0.78, 0.65, 0.7
"""Least confidence of a reading that is text, single characters reach 0.85; of one in a ring; and of a large one."""
NEAR = 3.0
"""Distance, in heights of a line, within which most tokens have to be text: marks of an illustration look like letters
now and then."""
SMALLER = 0.5
"""What is lower than this, in heights of a token, says nothing about it."""
BRACKETS = frozenset("{}[]<>+=")
"""What is text besides letters and digits; a speck or a stroke looks like other signs."""
Boxes = NDArray[np.float64]
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Token:
    """What may be a token.

    Attributes:
        region: its place.
        light: whether it is lighter than the ground around it.
        free: whether it touches no rule; what does and holds no letter is a piece of a frame.
        enclosed: whether it stands alone in a ring or disc.
        large: whether it is larger than the letters of the page's lines.
    """

    region: Region
    light: bool = False
    free: bool = True
    enclosed: bool = False
    large: bool = False

    @property
    def least(self) -> float:
        """Confidence of a reading from which on it is text."""
        return SURE_ENCLOSED if self.enclosed else SURE_LARGE if self.large else SURELY


class ShortTokens:
    """What may be a token on a page.

    Args:
        ruled: the ink of the page.
    """

    def __init__(self, ruled: RuledPage) -> None:
        self._ruled, self._back = ruled, invert(ruled.matrix)
        self._enclosed = enclosed(ruled.grey, ruled.size, LARGEST)
        self._outlines = _boxes(ruled.dark, cv2.RETR_CCOMP)

    def is_badge(self, region: Region) -> bool:
        """Whether a region is what stands in a ring or disc, perhaps with a piece of that."""
        left, top, right, bottom = region.quad.transformed(self._back).hull
        x, y, wide = (left + right) / 2, (top + bottom) / 2, right - left
        boxes = (badge.box for badge in self._enclosed.badges)
        return any(x0 < x < x1 and y0 < y < y1 and wide < PART_OF * (x1 - x0) for x0, y0, x1, y1 in boxes)

    def is_row_of_badges(self, region: Region) -> bool:
        """Whether rings and discs with something in them make up much of a region."""
        left, top, right, bottom = region.quad.transformed(self._back).hull
        boxes = np.array([badge.box for badge in self._enclosed.badges]).reshape(-1, 4)
        middle = (boxes[:, :2] + boxes[:, 2:]) / 2
        inside = ((middle > (left, top)) & (middle < (right, bottom))).all(1)
        covered = (boxes[inside, 2:] - boxes[inside, :2]).prod(1).sum()
        return bool(covered > MUCH * (right - left) * (bottom - top))

    def without_large_mark(self, region: Region, regions: Sequence[Region]) -> Region | None:
        """The region without the much taller mark that it begins or ends with a piece of; None where it has none.

        Letters of two of the ``regions`` that touch are no such mark.
        """
        left, top, right, bottom = region.quad.transformed(self._back).hull
        marks, common = self._larger_than(region)
        marks = marks[common < LARGE_SHARE * (right - left)]
        if not len(marks):
            return None
        others = [each.quad.transformed(self._back).hull for each in regions if each is not region]
        hulls = np.array(others).reshape(-1, 4)
        low, high = np.maximum(marks[:, None, :2], hulls[:, :2]), np.minimum(marks[:, None, 2:], hulls[:, 2:])
        room = AT_END * (bottom - top)
        beyond = (hulls[:, 0] < marks[:, None, 0] - room) | (hulls[:, 2] > marks[:, None, 2] + room)
        marks = marks[~((high > low).all(2) & beyond).any(1)]
        start = max([left, *marks[marks[:, 0] < left + room, 2]])
        end = min([right, *marks[marks[:, 2] > right - room, 0]])
        if (start, end) == (left, right) or end - start < (bottom - top) / 2:
            return None
        middle = (self._outlines[:, :2] + self._outlines[:, 2:]) / 2
        inside = ((middle > (start, top)) & (middle < (end, bottom))).all(1)
        letters = _sized(self._outlines[inside], bottom - top, HEIGHT)
        top, bottom = min([top, *letters[:, 1]]), max([bottom, *letters[:, 3]])
        return replace(region, quad=Quad.rect(start, top, end, bottom).transformed(self._ruled.matrix))

    def is_piece(self, region: Region) -> bool:
        """Whether most of a region is a piece of a much taller mark."""
        left, _, right, _ = region.quad.transformed(self._back).hull
        return bool((self._larger_than(region)[1] >= LARGE_SHARE * (right - left)).any())

    def _larger_than(self, region: Region) -> tuple[Boxes, NDArray[np.float64]]:
        """The much taller marks in a region, (N, 4), and how much of its length each covers."""
        left, top, right, bottom = region.quad.transformed(self._back).hull
        tall = bottom - top
        marks = np.concatenate([self._large(self._ruled.size), self._enclosed.light])
        high, wide = marks[:, 3] - marks[:, 1], marks[:, 2] - marks[:, 0]
        common = np.minimum(marks[:, 2], right) - np.maximum(marks[:, 0], left)
        level = np.minimum(marks[:, 3], bottom) - np.maximum(marks[:, 1], top) > LARGE_SHARE * tall
        fits = level & (high > MUCH_LARGER * tall) & (high < LARGEST * tall) & (wide > SLIM * high) & (wide < high)
        fits &= common > 0
        return marks[fits], common[fits]

    def beside(self, regions: Sequence[Region]) -> list[Token]:
        """The tokens that no region covers: enclosed and large ones, then those that stand furthest from others."""
        ruled, size = self._ruled, self._ruled.size
        hulls = np.array([region.quad.transformed(self._back).hull for region in regions]).reshape(-1, 4)
        if not regions:
            small = _sized(_open_marks(ruled.ink, hulls), size / 2, HEIGHT)
            size = float(np.median(small[:, 3] - small[:, 1])) / DIGIT if len(small) else size
        badges = [badge for badge in self._enclosed.badges if len(_apart(badge.inside[None], hulls))]
        tokens = [self._in_badge(badge) for badge in badges]
        rings = np.array([badge.box for badge in badges]).reshape(-1, 4)
        light = _apart(self._enclosed.light, np.concatenate([hulls, rings]))
        large = _apart(self._large(size), np.concatenate([hulls, rings]))
        for group, is_light in [
            *((group, False) for group in _alike(large)),
            *((group, True) for group in _alike(light)),
        ]:
            own = max(size, float(np.median(group[:, 3] - group[:, 1])) / DIGIT)
            is_large = own > LARGER * size
            tokens += [
                Token(_line(word, own, ruled), is_light, large=is_large)
                for word in _words(_sized(group, own, HEIGHT), own)
            ]
        seen = np.array([token.region.quad.transformed(self._back).hull for token in tokens]).reshape(-1, 4)
        words = _words(_sized(_open_marks(ruled.ink, np.concatenate([hulls, rings, seen])), size, HEIGHT), size)
        rules = cv2.subtract(ruled.dark, ruled.ink)
        for word in words[_from_afar(words)]:
            left, top, right, bottom = word.astype(int).tolist()
            touching = rules[max(0, top - 1) : bottom + 1, max(0, left - 1) : right + 1].any()
            tokens.append(Token(_line(word, size, ruled), free=not touching))
        return tokens

    def _large(self, size: float) -> Boxes:
        """Marks that are larger than the letters of lines of some size."""
        wide, tall = self._outlines[:, 2] - self._outlines[:, 0], self._outlines[:, 3] - self._outlines[:, 1]
        fits = (tall >= HEIGHT[1] * size) & (tall <= LARGEST * size) & (wide >= SLIM * size)
        large = self._outlines[fits & (wide <= np.maximum(LONG * size, LARGE_WIDE * tall)) & (wide <= LONG * tall)]
        return np.asarray(large[~_are_frames(large)])

    def sides(self) -> list[Region]:
        """The left and right sides of rings and discs, which the pictures of what stands in them leave out."""
        found = []
        for badge in self._enclosed.badges:
            left, top, right, bottom = badge.box.tolist()
            side = SIDE * (right - left)
            for x0, x1 in ((left, left + side), (right - side, right)):
                found.append(Region(Quad.rect(x0, top, x1, bottom).transformed(self._ruled.matrix), 0.0))
        return found

    def _in_badge(self, badge: Badge) -> Token:
        own = float(badge.inside[3] - badge.inside[1]) / DIGIT
        return Token(_line(badge.inside, own, self._ruled), badge.light, enclosed=True)


def _are_frames(boxes: Boxes) -> NDArray[np.bool_]:
    """Which boxes (N, 4) have the middle of a much lower one in them."""
    middle, tall = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 3] - boxes[:, 1]
    inside = ((middle > boxes[:, None, :2]) & (middle < boxes[:, None, 2:])).all(2)
    return np.asarray((inside & (tall < FRAMED * tall[:, None])).any(1))


def _line(word: NDArray[np.float64], size: float, ruled: RuledPage) -> Region:
    limits = np.array(ruled.ink.shape[::-1] * 2, float)
    line = Quad.rect(*np.clip(_line_of(word, size), 0, limits).tolist())
    return Region(line.transformed(ruled.matrix), 0.0, leftover=True)


def surely_read(
    tokens: Sequence[Token],
    read: Callable[[Sequence[Region]], list[Found]],
    reading: Callable[[Found], tuple[str, float]],
) -> list[Found]:
    """The tokens that are text, as they were read.

    Args:
        tokens: in the order of :meth:`ShortTokens.beside`.
        read: reads some of them.
        reading: the text and the confidence of what was read.
    """
    if len(tokens) > MOST:
        return []
    regions = [token.region for token in tokens]

    def are_sure(some: Sequence[Found]) -> list[bool]:
        return [_is_sure(*reading(each), token.least) for each, token in zip(some, tokens, strict=False)]

    found = read(regions[:FIRST])
    sure = are_sure(found)
    if len(tokens) > FIRST and 2 * sum(sure) >= FIRST:
        found += read(regions[FIRST:])
        sure = are_sure(found)
    centers = np.array([region.quad.center for region in regions[: len(found)]]).reshape(-1, 2)
    heights = np.array([region.quad.height for region in regions[: len(found)]])
    light = np.array([token.light for token in tokens[: len(found)]])
    apart = [
        token.enclosed or (not token.free and not _letters(reading(each)[0]))
        for token, each in zip(tokens, found, strict=False)
    ]
    kept = []
    for k in np.flatnonzero(sure).tolist():
        near = np.abs(centers - centers[k]).max(1) < NEAR * regions[k].quad.height
        near &= (heights > SMALLER * heights[k]) & (light == light[k]) & ~np.array(apart)
        near[k] = True
        if tokens[k].enclosed or 2 * sum(np.array(sure)[near]) > near.sum():
            kept.append(found[k])
    return kept


def _letters(text: str) -> bool:
    return any(map(str.isalnum, text))


def _is_sure(text: str, confidence: float, least: float) -> bool:
    text = text.strip()
    return confidence >= least and bool(text) and all(sign.isalnum() or sign in BRACKETS for sign in text)


def _open_marks(ink: NDArray[np.uint8], hulls: Boxes) -> Boxes:
    """Marks (N, 4: left, top, right, bottom) that lie in no hull and touch none of their size."""
    free = ink.copy()
    for left, top, right, bottom in hulls.round().astype(int).clip(0).tolist():
        free[top:bottom, left:right] = 0
    return _apart(_boxes(free), hulls)


def _boxes(ink: NDArray[np.uint8], which: int = cv2.RETR_EXTERNAL) -> Boxes:
    """Those of the outlines of ink, (N, 4: left, top, right, bottom)."""
    outlines, nesting = cv2.findContours(ink, which, cv2.CHAIN_APPROX_SIMPLE)  # faster than components
    outer = np.flatnonzero(nesting[0, :, 3] < 0).tolist() if outlines else []
    boxes = np.array([cv2.boundingRect(outlines[k]) for k in outer], np.float64).reshape(-1, 4)
    boxes[:, 2:] += boxes[:, :2]
    return boxes


def _apart(boxes: Boxes, hulls: Boxes) -> Boxes:
    """The marks (N, 4) that touch no hull (M, 4), but for those of much lower lines."""
    if not len(boxes) or not len(hulls):
        return boxes
    whole = hulls.round()
    touching = ((boxes[:, None, :2] <= whole[:, 2:]) & (boxes[:, None, 2:] >= whole[:, :2])).all(axis=2)
    wide, tall = (boxes[:, 2:] - boxes[:, :2]).T
    low, high = np.maximum(boxes[:, None, :2], whole[:, :2]), np.minimum(boxes[:, None, 2:], whole[:, 2:])
    smaller = np.minimum((wide * tall)[:, None], (whole[:, 2:] - whole[:, :2]).prod(1))
    much = (high - low).clip(0).prod(2) > PART * smaller
    touching &= much | (tall[:, None] <= MUCH_TALLER * (whole[:, 3] - whole[:, 1]))
    return np.asarray(boxes[~touching.any(axis=1)])


def _sized(boxes: Boxes, size: float, height: tuple[float, float]) -> Boxes:
    """The marks of the size of letters in lines that are ``size`` pixels high."""
    wide, tall = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    most = np.minimum(LONG * size, LONG * tall)
    right = (tall >= height[0] * size) & (tall <= height[1] * size) & (wide >= SLIM * size) & (wide <= most)
    return np.asarray(boxes[right])


def _alike(boxes: Boxes) -> list[Boxes]:
    """Groups of marks of one height, the tallest first."""
    boxes = boxes[np.argsort(boxes[:, 1] - boxes[:, 3], kind="stable")]
    groups = []
    while len(boxes):
        tall = boxes[:, 3] - boxes[:, 1]
        same = tall * ALIKE >= tall[0]
        groups.append(boxes[same])
        boxes = boxes[~same]
    return groups


def _words(marks: Boxes, size: float) -> Boxes:
    """Marks beside each other as words; what is longer than a token is left out."""
    words: list[list[float]] = []
    for mark in marks[np.argsort(marks[:, 0])].tolist():
        for word in reversed(words):
            level = min(mark[3], word[3]) - max(mark[1], word[1])
            if mark[0] - word[2] < LETTER_GAP * size and level > 0.5 * min(mark[3] - mark[1], word[3] - word[1]):
                word[1:] = [min(word[1], mark[1]), max(word[2], mark[2]), max(word[3], mark[3])]
                break
        else:
            words.append(mark)
    found = np.array(words).reshape(-1, 4)
    return np.asarray(found[found[:, 2] - found[:, 0] <= LONG * size])


def _line_of(token: NDArray[np.float64], size: float) -> NDArray[np.float64]:
    """The box of the line that a token is: with room for ascenders where it is low, as on a line of that size."""
    left, top, right, bottom = token
    tall = bottom - top
    if tall > CAPITAL * size:
        return np.array([left - ABOVE * size, top - 0.15 * tall, right + ABOVE * size, bottom + 0.2 * tall])
    upper = min(top - ABOVE * size, bottom - CAPITAL * size)
    return np.array([left - ABOVE * size, upper, right + ABOVE * size, bottom + BELOW * size])


def _from_afar(tokens: Boxes) -> NDArray[np.int64]:
    """Their numbers, from the token that is furthest from all others."""
    if len(tokens) < 2 or len(tokens) > MOST:
        return np.arange(len(tokens))
    center = (tokens[:, :2] + tokens[:, 2:]) / 2
    distance = np.abs(center[:, None] - center).max(2)
    np.fill_diagonal(distance, np.inf)
    return np.argsort(-distance.min(1), kind="stable")
