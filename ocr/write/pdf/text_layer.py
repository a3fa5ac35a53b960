"""The text layer of a page: PDF operators that put each word, invisible, over its place in the image.

One text object holds the page. Numbers are rounded to a tenth of a point; in user space where its unit is larger than a
point (``UserUnit``), to a power of ten that is not coarser. (A coordinate system in tenths would need no
points in them, but pdfium drops a word that it has seen within an eighth of the font size, and looks at the number in
``Tf`` alone.) A line begins by a move from the line before, in the direction that both have. Its words are strings of
one TJ operator, with a number between them that leads to the start of the next one; the horizontal scale changes only
where a word would otherwise end beside its place, and the rise where the line is skewed.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from ocr.document import Line, Matrix, Page, Point, Quad, Word
from ocr.recognize.script import is_right_to_left
from ocr.write.pdf.glyphless import ADVANCE, GlyphlessFont

__all__ = ["text_layer"]

STEP = 0.1
"""Points. Places and sizes are whole multiples of this."""

TALL = 0.97
"""Size of type as a share of the height of the line: pdfium takes lines that touch for one."""

WORD_GAP = 0.19
"""Smallest gap between words, in em: poppler joins words that are closer than 0.15, even with a space between them."""

LEAST_SHARE = 0.25
"""A word that touches the next one keeps this share of its width."""

LEAST_SCALE = 1
"""Smallest horizontal scale, percent; 0 would make the text matrix singular."""

END_SLACK = 0.5
"""Points by which the end of a word may miss its place before its horizontal scale is changed."""

NEAR_SLACK = 0.02
"""The same in em, where the next word is as near as it may be."""

RISE_SLACK = 0.25
"""Points by which a word may miss its height before its rise is changed."""

GAP_STEP = 10
"""Numbers between words are multiples of this many thousandths of an em: a tenth of a point at 10 points."""

LEVEL = 6
"""Degrees up to which a line is only skewed."""

MAX_SKEW = math.sin(math.radians(LEVEL))
"""Words of lines skewed by less than this (as a sine) are set level, each at its own height."""

KINDS = {"R": "r", "AL": "r", "L": "l", "EN": "d", "AN": "a", "ES": "j", "CS": "j", "ET": "t"}
"""Bidirectional classes: letters to the left and to the right, digits, what joins digits, what stands at numbers."""

FORWARDS = re.compile("(?:[tj]*[da]|l)(?:[lda]|j+(?=[lda]))*+(?:(?<=[da])[tj]+)?")
"""Numbers and Latin letters, in these classes. What joins digits goes with them: viewers take it so beside letters."""

MIRRORED = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")
"""Brackets as they look in text that runs from right to left; what opens there looks like one that closes."""


@dataclass(frozen=True, slots=True)
class _Run:
    """A word, and where it starts and ends along its line, in points; how far it lies above the start of the line."""

    text: str
    start: float
    end: float
    rise: float = 0.0


@dataclass(slots=True)
class _Pen:
    """The operators written so far, and the state in which they leave the text object.

    Lengths are in units of user space, of which ``point`` make a point; those that are kept are in ``unit``.
    """

    font: GlyphlessFont
    resource: str
    point: float = 1.0
    operators: list[bytes] = field(default_factory=list)
    direction: Point = (1.0, 0.0)
    origin: tuple[int, int] = (0, 0)
    at: tuple[int, int] = (0, 0)
    size: int = 0
    scale: int = 100
    rise: int = 0
    pieces: list[bytes] = field(default_factory=list)

    @property
    def unit(self) -> float:
        """What places and sizes are whole multiples of."""
        return float(STEP if self.point > 0.7 else 10 ** math.floor(math.log10(STEP * self.point)))

    def begin(self, place: Point, direction: Point, size: float) -> float:
        """Go to the start of a line; how far along the line that is before ``place``, which is rounded."""
        whole = max(1, round(size / self.unit))
        if whole != self.size:
            self.size = whole
            self.operators.append(f"/{self.resource} {self._length(whole)} Tf".encode())
        cos, sin = direction
        if direction != self.direction:
            self.direction, self.at = direction, (0, 0)
            self.origin = round(place[0] / self.unit), round(place[1] / self.unit)
            turn = " ".join(_number(v) for v in (cos, sin, -sin, cos))
            self.operators.append(f"{turn} {self._length(self.origin[0])} {self._length(self.origin[1])} Tm".encode())
        x, y = place[0] / self.unit - self.origin[0], place[1] / self.unit - self.origin[1]
        along, across = x * cos + y * sin, y * cos - x * sin
        to = round(along), round(across)
        if to != self.at:
            self.operators.append(f"{self._length(to[0] - self.at[0])} {self._length(to[1] - self.at[1])} Td".encode())
            self.at = to
        return (to[0] - along) * self.unit

    def set_word(self, text: str, width: float, rise: float, gap: float, slack: float, *, spaced: bool) -> float:
        """Show a word after a gap; how far the pen moves.

        Args:
            text: the word.
            width: that it shall have.
            rise: above the start of the line.
            gap: between the pen and the start of the word.
            slack: by which it may be longer.
            spaced: whether a space stands in the gap.
        """
        count = len(text) * ADVANCE * self.size * self.unit
        longer = count * self.scale / 100 - width
        if longer > slack or -longer > END_SLACK * self.point:
            self._flush()
            wanted = 100 * width / count
            near = count * (round(wanted) - wanted) / 100 > slack  # half a percent of a long word is a gap
            self.scale = max(LEAST_SCALE, math.floor(wanted) if near else round(wanted))
            self.operators.append(b"%d Tz" % self.scale)
        if abs(rise - self.rise * self.unit) > RISE_SLACK * self.point:
            self._flush()
            self.rise = round(rise / self.unit)
            self.operators.append(f"{self._length(self.rise)} Ts".encode())
        em = self.size * self.unit * self.scale / 100
        before = ADVANCE * em if spaced else 0.0
        number = GAP_STEP * round(1000 * (before - gap) / em / GAP_STEP)
        if spaced:
            self.pieces.append(self.font.encode(" "))
        if number:
            self.pieces.append(b"%d" % number)
        self.pieces.append(self.font.encode(text))
        if self.direction != (1.0, 0.0):
            self._flush()  # pdfium sorts strings that begin at one height by x, which would reorder sideways lines
        return before - number / 1000 * em + len(text) * ADVANCE * em

    def _length(self, units: int) -> str:
        """A length in user space."""
        return f"{units * self.unit:.8f}".rstrip("0").rstrip(".")

    def _flush(self) -> None:
        if self.pieces:
            self.operators.append(b"[" + b"".join(self.pieces) + b"]TJ")
            self.pieces = []

    def end(self) -> None:
        """End a line."""
        self._flush()


def text_layer(page: Page, font: GlyphlessFont, resource: str) -> bytes:
    """The content stream with the text of a page, in reading order, each word scaled to its box.

    Args:
        page: its text; ``Page.matrix`` maps its coordinates to the user space of the PDF page.
        font: encodes the text.
        resource: name of the font in the resources of the PDF page.
    """
    pen = _Pen(font, resource, _point(page))
    margin = STEP * page.dpi / 72
    for line in _apart(
        [_on_page(line, page.width - margin, page.height - margin, margin) for line in page.lines], page.dpi
    ):
        _set_line(line, page.matrix, pen)
    if not pen.operators:
        return b""
    return b"\n".join([b"q BT 3 Tr", *pen.operators, b"ET Q\n"])


def _on_page(line: Line, right: float, bottom: float, margin: float) -> Line:
    """The line without what of its boxes lies beyond the edges of the page: poppler drops text that begins there."""
    if all(margin <= x <= right and margin <= y <= bottom for x, y in line.box.points):
        return line

    def inner(box: Quad) -> Quad:
        points = [(min(max(x, margin), right), min(max(y, margin), bottom)) for x, y in box.points]
        return Quad((points[0], points[1], points[2], points[3]))

    return replace(line, box=inner(line.box), words=tuple(replace(word, box=inner(word.box)) for word in line.words))


def _apart(lines: list[Line], dpi: float) -> Iterator[Line]:
    """The lines, shortened where the next one of the same row touches them, so that viewers see two words."""
    ends = [(line.words[0].box.hull, line.words[-1].box.hull) if line.words else (line.box.hull,) * 2 for line in lines]
    left, right = (np.array([end[k][2 * k] for end in ends]) for k in (0, 1))
    top, bottom = (np.array([line.box.hull[k] for line in lines]) for k in (1, 3))
    level = np.array([abs(line.box.angle) < LEVEL for line in lines], bool) & (left < right)  # not from right to left
    size, middle = bottom - top, (top + bottom) / 2
    for k, line in enumerate(lines):
        gap = WORD_GAP * np.maximum(size, size[k]) + END_SLACK * dpi / 72
        beside = level & level[k] & (top < middle[k]) & (middle[k] < bottom)
        beside &= (left > (left[k] + right[k]) / 2) & (left - gap < right[k])
        yield _ending(line, float((left - gap)[beside].min())) if beside.any() else line


def _ending(line: Line, right: float) -> Line:
    """The line whose last word ends at ``right``, but keeps at least a part of its width."""
    words = line.words or (Word(line.text, line.confidence, line.box),)
    a, b, c, d = words[-1].box.points
    share = min(1.0, max(LEAST_SHARE, (right - a[0]) / max(1e-6, b[0] - a[0])))
    b, c = ((p[0] + (q[0] - p[0]) * share, p[1] + (q[1] - p[1]) * share) for p, q in ((a, b), (d, c)))
    return replace(line, words=(*words[:-1], replace(words[-1], box=Quad((a, b, c, d)))))


def _point(page: Page) -> float:
    """The length of a point in user space: less than 1 where ``UserUnit`` is more."""
    a, b, c, d, _, _ = page.matrix
    return math.sqrt(abs(a * d - b * c)) * page.dpi / 72 or 1.0


def _set_line(line: Line, matrix: Matrix, pen: _Pen) -> None:
    a, b, c, d = line.box.transformed(matrix).points
    length, size = math.dist(c, d), TALL * (math.dist(a, d) + math.dist(b, c)) / 2
    if min(length, size) < 1e-3 * pen.point:
        return
    slope = (c[0] - d[0]) / length, (c[1] - d[1]) / length
    level = _level(*slope)
    runs = _words(line, matrix, slope, level, d, size)
    if not runs:
        return
    first = runs[0]
    place = d[0] + level[0] * first.start - level[1] * first.rise, d[1] + level[1] * first.start + level[0] * first.rise
    at = first.start + pen.begin(place, level, size)
    room = [following.start - run.end - WORD_GAP * size for run, following in pairwise(runs)]
    for index, (run, spare) in enumerate(zip(runs, [*room, math.inf], strict=True)):
        slack = min(END_SLACK * pen.point, max(NEAR_SLACK * size, spare))
        width, rise, gap = run.end - run.start, run.rise - first.rise, run.start - at
        at += pen.set_word(run.text, width, rise, gap, slack, spaced=index > 0)
    pen.end()


def _level(cos: float, sin: float) -> Point:
    """The direction in which the words of a line are set: along the nearest axis, if the line is only skewed.

    poppler ends a word where its baseline has moved by half a point, so rotated glyphs would break long words.
    """
    if min(abs(cos), abs(sin)) > MAX_SKEW:
        return cos, sin
    return (math.copysign(1, cos), 0.0) if abs(cos) > abs(sin) else (0.0, math.copysign(1, sin))


def _words(line: Line, matrix: Matrix, slope: Point, level: Point, origin: Point, size: float) -> Sequence[_Run]:
    """The words, with their start and end along the direction in which they are set.

    Args:
        line: the words.
        matrix: to points.
        slope: direction of the line.
        level: direction in which its words are set.
        origin: lower left corner of the line.
        size: height of the line.
    """

    def run(text: str, box: Quad) -> _Run:
        points = [(x - origin[0], y - origin[1]) for x, y in box.transformed(matrix).points]
        along = [x * slope[0] + y * slope[1] for x, y in points]
        middle, half = (min(along) + max(along)) / 2, (max(along) - min(along)) / 2
        # The middle of the word's baseline lies on that of the line; seen from the level direction:
        x, y = middle * slope[0], middle * slope[1]
        center, rise = x * level[0] + y * level[1], y * level[0] - x * level[1]
        return _Run(text, center - half, center + half, rise)

    texts = [(word.text, word.box) for word in line.words] or [(line.text, line.box)]
    backwards = is_right_to_left(line.text)
    runs = [run(_as_displayed(text, backwards=backwards), box) for raw, box in texts if (text := " ".join(raw.split()))]
    if backwards:
        runs.sort(key=lambda run: run.start)
    gap = WORD_GAP * size
    for k in range(len(runs) - 1):  # words that touch or overlap are cut, so that viewers see the space between them
        before, after = runs[k], runs[k + 1]
        end = max(before.start + LEAST_SHARE * (before.end - before.start), min(before.end, after.start - gap))
        start = max(after.start, min(end + gap, after.end - LEAST_SHARE * (after.end - after.start)))
        runs[k], runs[k + 1] = replace(before, end=end), replace(after, start=start)
    return runs


def _as_displayed(word: str, *, backwards: bool) -> str:
    """The characters of a word as they stand from left to right, which is how PDF has them in every script.

    In a word of a right-to-left script, numbers and Latin letters run to the right all the same (UAX #9).

    Args:
        word: as it is read.
        backwards: its line runs from right to left, and so does a word in which letters of both directions stand.
    """
    if word.isascii():
        return word
    kinds = "".join(KINDS.get(unicodedata.bidirectional(char), "o") for char in word)
    if not {"r", "a"}.intersection(kinds) or not (backwards or is_right_to_left(word)):
        return word
    parts, at = list[str](), 0
    for stretch in FORWARDS.finditer(kinds):
        parts += [*word[at : stretch.start()].translate(MIRRORED), word[stretch.start() : stretch.end()]]
        at = stretch.end()
    return "".join(reversed([*parts, *word[at:].translate(MIRRORED)]))


def _number(value: float) -> str:
    """A number in PDF syntax: decimal, without exponent."""
    return f"{value:.4f}".rstrip("0").rstrip(".")
