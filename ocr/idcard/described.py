"""Finds cards by what their descriptions say is printed on them, and the characters of their fields.

Labels are looked for in the lines of a picture, with a few characters misread or in another wording. The ends of any
two, matched with their places, determine a rotation, a scale and a shift; the one that most of the other labels support
is that of the card.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from ocr.document import Quad
from ocr.geometry import overlap
from ocr.idcard.card import Side
from ocr.idcard.description import Box, Description, Place
from ocr.idcard.find import Cards, Line
from ocr.idcard.frame import Frame
from ocr.idcard.locate import fitted
from ocr.idcard.number_checks import CHECKS
from ocr.idcard.written import characters_of
from ocr.recognize import Glyph

__all__ = ["DescribedCards", "Sight", "Symbol", "sights", "symbols"]

ALIKE, SHORT = 70.0, 2
"""Least likeness of a label and what was read, 0 to 100; labels of up to ``SHORT`` characters have to be the same."""
REACH = 3.0
"""Millimetres by which a label may be off its place."""
LEAST_LABELS = 3
"""Least number of labels at their places: forms have some of them too."""
SKEW = 0.2
"""Greatest angle between a line and the card, in radians."""
APART = 6.0
"""Least distance, in millimetres, of two points that determine a map."""
GAP, STEP = 3.0, 0.5
"""Pieces of one line are less than this apart, in line heights, and differ less in height."""
SAME = 0.3
"""Intersection over union from which two cards are one."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A character that was read, with its centre and its ends on the axis of its line, in pixels as complex numbers."""

    text: str
    start: complex
    end: complex
    height: float
    confidence: float
    line: int

    @property
    def middle(self) -> complex:
        """The centre."""
        return (self.start + self.end) / 2


@dataclass(frozen=True, slots=True)
class Sight:
    """A label that was read: its index in the description, and its characters; -1 for a number without labels."""

    label: int
    symbols: tuple[Symbol, ...]
    place: Box


class DescribedCards:
    """Finds the cards of some descriptions among the lines of a picture.

    Args:
        descriptions: of the kinds that are looked for.
        others: cards that are looked for first.
    """

    def __init__(self, descriptions: Sequence[Description], others: Cards | None = None) -> None:
        self._descriptions, self._others = {each.kind: each for each in descriptions}, others

    def located(self, lines: Sequence[Line]) -> list[Frame]:
        """The cards, those with most labels first; see :func:`ocr.idcard.locate.locate`."""
        if self._others and (first := self._others.located(lines)):
            return first
        rows = symbols(lines)
        every = self._descriptions.values()
        found = [frame for each in every if each.labels and (frame := _frame(each, sights(each, rows)))]
        if not found:
            found = [frame for each in every if not each.labels and (frame := _frame(each, sights(each, rows)))]
        found.sort(key=lambda frame: -frame.labels)
        return [f for k, f in enumerate(found) if not any(overlap(f.box, other.box) > SAME for other in found[:k])]

    def confirmed(self, lines: Sequence[Line], box: Quad) -> list[Frame]:
        """A card that fills a quad, of ``others`` alone: labels of descriptions have to be found as anywhere else."""
        return self._others.confirmed(lines, box) if self._others else []

    def places(self, frame: Frame) -> NDArray[np.float64]:
        """(N, 2) centres of the labels of the card in a frame, in millimetres; or the left end of its number."""
        described = self._descriptions.get(frame.kind)
        if described is None:
            return self._others.places(frame) if self._others else np.zeros((0, 2))
        boxes = [label.place for label in described.labels]
        ends = [((left + right) / 2, (top + bottom) / 2) for left, top, right, bottom in boxes]
        anchors = [(p.place[0], (p.place[1] + p.place[3]) / 2) for p in described.places if p.anchor]
        return np.array(ends or anchors[:1], np.float64)


def symbols(lines: Sequence[Line]) -> list[list[Symbol]]:
    """The characters of every line, without spaces; pieces that continue each other are joined."""
    rows = []
    for number, (quad, reading) in enumerate(lines):
        row = [_symbol(quad, glyph, number) for glyph in reading.glyphs if not glyph.text.isspace()]
        if row:
            rows.append(row)
    return _joined(rows)


def _symbol(quad: Quad, glyph: Glyph, line: int) -> Symbol:
    a, b, c, d = (complex(*point) for point in quad.points)
    left, right = (a + d) / 2, (b + c) / 2
    start, end = (left + share * (right - left) for share in (glyph.start, glyph.end))
    return Symbol(glyph.text, start, end, quad.height, glyph.confidence, line)


def _joined(rows: list[list[Symbol]]) -> list[list[Symbol]]:
    """Rows whose pieces are joined from left to right."""
    along = sum((row[-1].end - row[0].start for row in rows), 0j).conjugate()
    rest = sorted(rows, key=lambda row: (row[0].start * along).real)
    joined: list[list[Symbol]] = []
    for row in rest:
        before = next((other for other in joined if _continues(other, row)), None)
        if before is None:
            joined.append([*row])
        else:
            before += row
    return joined


def _continues(row: Sequence[Symbol], other: Sequence[Symbol]) -> bool:
    height = max(row[-1].height, other[0].height)
    along = row[-1].end - row[0].start
    gap = (other[0].start - row[-1].end) * (along.conjugate() / abs(along) if abs(along) > height else 1)
    alike = min(row[-1].height, other[0].height) > height / 2
    return alike and -height < gap.real < GAP * height and abs(gap.imag) < STEP * height


def sights(described: Description, rows: Sequence[Sequence[Symbol]]) -> list[Sight]:
    """Where the labels of a card may have been read."""
    found = []
    for row in rows:
        text = "".join(symbol.text for symbol in row).upper()
        for index, label in enumerate(described.labels):
            best: tuple[float, int, int] = (0.0, 0, 0)
            for wording in label.text:
                best = max(best, _likeness("".join(wording.split()).upper(), text))
            if best[0]:
                found.append(Sight(index, tuple(row[best[1] : best[2]]), label.place))
    for place in described.places if not described.labels else ():
        found += [Sight(-1, part, place.place) for row in rows for part in _numbers(place, row)]
    return found


def _likeness(label: str, text: str) -> tuple[float, int, int]:
    """How alike a label and a part of a line are, with the ends of the part; zeros if they are not."""
    if len(label) <= SHORT:
        at = text.find(label)
        return (100.0, at, at + len(label)) if at >= 0 else (0.0, 0, 0)
    if len(text) < len(label) * ALIKE / 100:
        return 0.0, 0, 0
    if len(text) < len(label):
        score = fuzz.ratio(label, text)
        return (score, 0, len(text)) if score >= ALIKE else (0.0, 0, 0)
    found = fuzz.partial_ratio_alignment(label, text, score_cutoff=ALIKE)
    return (found.score, found.dest_start, found.dest_end) if found else (0.0, 0, 0)


def _numbers(place: Place, row: Sequence[Symbol]) -> Iterator[tuple[Symbol, ...]]:
    """The parts of a row that are written as a number and pass its check."""
    if not place.anchor:
        return
    text = "".join(symbol.text for symbol in row)
    for form in place.written:
        kinds = characters_of("number", form.replace(" ", ""))
        pattern = re.compile("(?<![0-9])" + "".join(f"[{re.escape(kind)}]" for kind in kinds) + "(?![0-9])")
        for match in pattern.finditer(text):
            if CHECKS[place.check](match[0], {}):
                yield tuple(row[match.start() : match.end()])


def _frame(described: Description, seen: Sequence[Sight]) -> Frame | None:
    """The place of the card that most labels support; None if they are too few."""
    telling = {k for k, label in enumerate(described.labels) if label.distinctive} or {-1}
    if telling.isdisjoint(sight.label for sight in seen):
        return None
    ends = [
        (sight.label, complex(x, (sight.place[1] + sight.place[3]) / 2), at)
        for sight in seen
        for x, at in ((sight.place[0], sight.symbols[0].start), (sight.place[2], sight.symbols[-1].end))
    ]
    index = np.array([label for label, _, _ in ends])
    place, at = (np.array([end[k] for end in ends], np.complex128) for k in (1, 2))
    along = [sight.symbols[-1].end - sight.symbols[0].start for sight in seen for _ in range(2)]
    best: tuple[float, NDArray[np.intp], complex, complex] | None = None
    for i, j in combinations(range(len(ends)), 2):
        apart = place[j] - place[i]
        if abs(apart) < APART or (index[i] == index[j] and i // 2 != j // 2):
            continue
        scale = (at[j] - at[i]) / apart
        if abs(scale) == 0 or any(abs(np.angle(scale * along[k].conjugate())) > SKEW for k in (i, j)):
            continue
        shift = at[i] - scale * place[i]
        off = np.abs(scale * place + shift - at) / abs(scale)
        kept = np.flatnonzero(off < REACH)
        votes = sum(1 - float(off[index == label].min()) / REACH / 2 for label in set(index[kept].tolist()))
        if best is None or votes > best[0]:
            best = votes, kept, scale, shift
    if best is None:
        return None
    _, kept, scale, shift = best
    supporting = set(index[kept].tolist())
    if telling.isdisjoint(supporting) or len(supporting) < min(LEAST_LABELS, max(1, len(described.labels))):
        return None
    return Frame(Side.FRONT, fitted(place[kept], at[kept], scale, shift), len(supporting), described.kind)
