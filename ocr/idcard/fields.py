"""Fields of a rectified identity card: characters are assigned to fields by their positions.

The printed labels that were read show the offset of the card from its layout; the rest of the error is less than the
distance between two fields. Characters are assigned one by one, so it does not matter which of them the detector joined
to a line.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ocr.document import Quad
from ocr.idcard.card import LONG_TERM, Field, IdCard, Side
from ocr.idcard.frame import Frame
from ocr.idcard.ink import Ink
from ocr.idcard.layout import CELLS, LABELS, SIZE
from ocr.recognize import Reading

__all__ = [
    "USUAL",
    "Mark",
    "ended",
    "offset",
    "place",
    "printed",
    "replaced",
    "shortened",
    "skipped",
    "value_lines",
    "values_of",
]

FIELD_REACH = 3.0
"""Millimetres by which a label may be off its place."""
LINE = 4.6
"""Millimetres of height that are shown of a value's line."""
TALL, SLANT, LONG = 7.5, 6.0, 5.0
"""Greatest height of a line, in millimetres; greatest angle between a line and the card, in degrees; and the length, in
line heights, below which the detected direction of a line is not reliable."""
USUAL = {"name": 11.0, "ethnicity": 7.0}
"""Usual width of values, in millimetres: no less is cut out, in case the detector missed the last character."""
LEADING, FULL, SHORT = 4.1, 30.0, 0.7
"""Distance from one line of an address to the next and least width of a full line, in millimetres; width of a line that
the detector missed, as a share of the longest."""
ALONE = frozenset(("name", "sex", "ethnicity", "year", "month", "day", "number", "span"))
"""Cells that hold a single line."""
APART = 1.4
"""Distance of the last character of a line to the one before it, in the usual one of the line, from which it does not
belong to the address if the ground between them is clear."""
BESIDE = 2.0
"""Lines of one row differ by less than this in height, in millimetres; rows by twice as much."""
BESIDE_LABEL = {"address": 29.4, "issuer": 39.6}
"""Middle of the first line of a value that may have several, in millimetres: that of its label."""
OFF, ABOVE = 1.5, 1.8
"""Millimetres by which the first line may be off its place, and from which a line above it does not belong to it."""
UNITS = frozenset("号室房楼栋幢座层元户组队村屯社区弄院街路巷里寨坊庄园苑")
"""Last characters of the units of an address, the last of which ends it: number, room, building, village, street."""
TAIL, PALE, UNSURE = 4, 0.75, 0.9
"""Most characters after the last unit that may be of other print; the least depth of the address's own, as a share of
the median depth of the row; and the confidence from which they are taken for what they were read as."""
BEFORE = 1.7
"""Millimetres to the left of the first character of an address from which nothing belongs to its further lines."""
SKIPPED = (1.35, 2.6)
"""Distance of two neighbouring Han characters, in the median one of the value, between which a character was missed."""
IGNORED = frozenset("：:，,。、；;'‘’\"“”`|_")
"""Characters that no field contains: remains of a label, or specks."""
HAN = re.compile("[\u3400-\u9fff]+")
SPAN = re.compile(r"(\d{4})\.?(\d{2})\.?(\d{2})[-—一~]+(?:(\d{4})\.?(\d{2})\.?(\d{2})|长期)")
"""``2010.01.11-2030.01.11`` or ``2010.01.11-长期``; recognisers drop dots and confuse dashes."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One character that was read, with its centre and its quad on the card, in millimetres."""

    text: str
    x: float
    y: float
    confidence: float
    quad: Quad
    line: int

    @classmethod
    def of(cls, lines: Sequence[tuple[Quad, Reading]], frame: Frame, first: int = 0) -> list[Mark]:
        """All characters, without spaces, of the lines of an image; lines are numbered from ``first``."""
        marks = []
        for line, (quad, reading) in enumerate(lines, first):
            flat = frame.to_card(quad)
            for glyph in reading.glyphs if _printed(flat) else ():
                if not glyph.text.isspace():
                    part = _part(flat, glyph.start, glyph.end)
                    marks.append(cls(glyph.text, *part.center, glyph.confidence, part, line))
        return marks


def _printed(line: Quad) -> bool:
    """Whether a line may belong to the card, by its height and direction: stamps are larger and slanted."""
    return line.height < TALL and (abs(line.angle) < SLANT or line.width < LONG * line.height)


def _part(quad: Quad, start: float, end: float) -> Quad:
    """The part of a line between two fractions of its length."""
    a, b, c, d = (np.array(point) for point in quad.points)
    corners = (a + (b - a) * start, a + (b - a) * end, d + (c - d) * end, d + (c - d) * start)
    return Quad.of([corner.tolist() for corner in corners])


def shortened(line: Quad, width: float) -> Quad:
    """The left end of a line, at most ``width`` wide."""
    return _part(line, 0.0, min(1.0, width / max(line.width, 1e-6)))


def _labels_found(marks: Sequence[Mark], side: Side) -> list[tuple[float, float]]:
    """Offset of each label character that was read from its place in the layout, in millimetres."""
    offsets = []
    for label in LABELS[side]:
        for i, character in enumerate(label.text):
            x, y = label.center(i)
            near = [m for m in marks if m.text == character and math.hypot(m.x - x, m.y - y) < FIELD_REACH]
            offsets += [(m.x - x, m.y - y) for m in near[:1]]
    return offsets


def place(marks: Sequence[Mark], side: Side) -> IdCard:
    """The fields of one side as printed, with their boxes in millimetres; nothing is checked yet.

    Args:
        marks: every character of the card.
        side: front or back.
    """
    return IdCard(side=side, **dict(_fields(_by_cell(marks, side))))  # type: ignore[arg-type]


def value_lines(marks: Sequence[Mark], side: Side) -> dict[str, list[Quad]]:
    """Lines of each value in millimetres, from top to bottom, by cell; the three parts of ``birth`` together.

    A value of which nothing was read is expected at its place in the layout: detectors miss single characters.
    """
    dx, dy = offset(marks, side)
    found = _by_cell(marks, side)
    lines = {}
    for cell in CELLS[side]:
        rows = _rows(found[cell.field])
        if rows:
            lean, left = _direction(rows)
            lines[cell.field] = [_line(row, USUAL.get(cell.field, 0.0), lean, left) for row in rows]
            if cell.field == "address":
                longest = max(map(len, rows[:-1]), default=len(rows[-1]) + 1)
                lines[cell.field] += _below(lines[cell.field], cell.bottom + dy, full=len(rows[-1]) >= longest)
        elif cell.bottom - cell.top < 2 * LINE:
            middle = (cell.top + cell.bottom) / 2 + dy
            lines[cell.field] = [Quad.rect(cell.left + dx, middle - LINE / 2, cell.right + dx, middle + LINE / 2)]
    if side is Side.FRONT:
        parts = [lines.pop(part)[0] for part in ("year", "month", "day")]
        (a, *_, d), (_, b, c, _) = parts[0].points, parts[2].points
        end = dx + SIZE + next(label.left for label in LABELS[side] if label.text == "日")
        lines["birth"] = [Quad((a, (end, b[1]), (end, c[1]), d))]
    return lines


def values_of(marks: Sequence[Mark], side: Side) -> list[Mark]:
    """The characters that lie where values are printed."""
    return [mark for found in _by_cell(marks, side).values() for mark in found]


def printed(marks: Sequence[Mark], side: Side, ink: Ink) -> list[Mark]:
    """The characters without those on values whose ink is not that of the fields."""
    other = {id(mark) for mark in values_of(marks, side) if not ink.holds(mark.quad)}
    return [mark for mark in marks if id(mark) not in other]


def ended(marks: Sequence[Mark], side: Side, ink: Ink) -> list[Mark]:
    """The characters without those after the last unit of the address that its ink does not support.

    A watermark or a ground behind the end of the last line is read as further characters, paler than those of the
    address and with doubt. A room number without its unit is digits, and stays. All lines of an address begin below
    each other: what lies further to the left is a stamp's.
    """
    rows = _rows(_by_cell(marks, side)["address"]) if side is Side.FRONT else []
    if not rows:
        return [*marks]
    left = rows[0][0].x - BEFORE
    outside = {id(mark) for row in rows[1:] for mark in row if mark.x < left}
    rows = [kept for row in rows if (kept := [mark for mark in row if id(mark) not in outside])]
    loose = outside | {id(row[-1]) for row in rows if _is_detached(row, ink)}
    marks = [mark for mark in marks if id(mark) not in loose]
    row = [mark for mark in rows[-1] if id(mark) not in loose]
    end = max((k + 1 for k, mark in enumerate(row) if mark.text in UNITS), default=0)
    own = row[:end] or (rows[-2] if len(rows) > 1 and rows[-2][-1].text in UNITS else [])
    tail = row[end:]
    if not own or not 0 < len(tail) <= TAIL or all(mark.text.isdigit() for mark in tail):
        return [*marks]
    usual = float(np.median([ink.at(mark.quad) for mark in own]))
    pale = [mark.confidence < UNSURE and ink.at(mark.quad) < PALE * usual for mark in tail]
    gone = {id(mark) for mark in tail[pale.index(True) :]} if True in pale else set()
    return [mark for mark in marks if id(mark) not in gone]


def _is_detached(row: Sequence[Mark], ink: Ink) -> bool:
    """Whether the last character of a line stands apart from the others, with clear ground between."""
    pairs = [(a, b) for a, b in pairwise(row) if HAN.fullmatch(a.text + b.text)]
    usual = float(np.median([b.x - a.x for a, b in pairs])) if pairs else math.inf
    if len(row) < 3 or row[-1].x - row[-2].x < APART * usual:
        return False
    (_, top, left, bottom), (right, *_) = row[-2].quad.hull, row[-1].quad.hull
    return left < right and not ink.holds(Quad.rect(left, top, right, bottom), 0.0)


def skipped(marks: Sequence[Mark], side: Side, ink: Ink) -> frozenset[str]:
    """Cells in which a character was missed: two that are printed as wide as all are too far apart, with ink between.

    Recognisers leave out characters that they do not know, and are sure of the rest.
    """
    found = set()
    for cell, own in _by_cell(marks, side).items():
        pairs = [(a, b) for row in _rows(own) for a, b in pairwise(row) if HAN.fullmatch(a.text + b.text)]
        usual = float(np.median([b.x - a.x for a, b in pairs])) if pairs else 0.0
        for a, b in pairs:
            if SKIPPED[0] * usual < b.x - a.x < SKIPPED[1] * usual:
                middle, (_, top, _, bottom) = (a.x + b.x) / 2, a.quad.hull
                if ink.holds(Quad.rect(middle - usual / 3, top, middle + usual / 3, bottom), 0.0):
                    found.add(cell)
    return frozenset(found)


def replaced(marks: Sequence[Mark], again: Sequence[Mark], side: Side, shift: tuple[float, float]) -> list[Mark]:
    """The characters with those of a second reading in place of the ones on values that it read again.

    Characters of the first reading stay where the second one has no line: it may have missed a part of a value.

    Args:
        marks: characters of a card, labels among them.
        again: those of the second reading.
        side: front or back.
        shift: offset of the card from its layout, in millimetres.
    """
    old, new = (_by_cell(read, side, shift) for read in (marks, again))
    gone = {id(mark) for name, found in old.items() for mark in found if _reread(mark, new[name])}
    return [mark for mark in marks if id(mark) not in gone] + [mark for found in new.values() for mark in found]


def _reread(mark: Mark, again: Sequence[Mark]) -> bool:
    """Whether a line of a second reading passes over a character, or ends beside it."""
    row = [other for other in again if abs(other.y - mark.y) < BESIDE]
    if not row:
        return False
    reach = mark.quad.width / 2
    return min(other.quad.hull[0] for other in row) - reach < mark.x < max(other.quad.hull[2] for other in row) + reach


def _rows(marks: Sequence[Mark]) -> list[list[Mark]]:
    """Characters by row, from top to bottom; the detector may have found a row in several pieces.

    Specks are read as signs: a line of signs alone is none.
    """
    lines: dict[int, list[Mark]] = {}
    for mark in marks:
        if mark.text not in IGNORED:
            lines.setdefault(mark.line, []).append(mark)
    rows: list[list[Mark]] = []
    kept = (line for line in lines.values() if any(mark.text.isalnum() for mark in line))
    for line in sorted(kept, key=_height):
        if rows and _height(line) - _height(rows[-1]) < BESIDE:
            rows[-1] += line
        else:
            rows.append(line)
    return [sorted(row, key=lambda mark: mark.x) for row in rows]


def _height(row: Sequence[Mark]) -> float:
    return float(np.median([mark.y for mark in row]))


def _direction(rows: Sequence[Sequence[Mark]]) -> tuple[float, float]:
    """Slant of the line of a value with most characters, and where its lines begin, in millimetres.

    A short line that was found together with other print around it has no direction of its own, and may lack its begin.
    """
    longest = max(rows, key=len)
    x, y = np.array([mark.x for mark in longest]), np.array([mark.y for mark in longest])
    lean = float(np.polyfit(x, y, 1)[0]) if np.ptp(x) > 4 * LINE else 0.0
    return lean, min(mark.quad.hull[0] for row in rows for mark in row)


def _line(row: Sequence[Mark], least: float, lean: float, left: float) -> Quad:
    """The strip of the card that contains a row: ``LINE`` high, at least ``least`` wide, from ``left`` on."""
    x, y = np.array([mark.x for mark in row]), np.array([mark.y for mark in row])
    right = max(*(mark.quad.hull[2] for mark in row), left + least)
    up, down = (float(y.mean()) + lean * (at - float(x.mean())) for at in (left, right))
    half = LINE / 2
    return Quad(((left, up - half), (right, down - half), (right, down + half), (left, up + half)))


def _below(rows: Sequence[Quad], bottom: float, *, full: bool) -> list[Quad]:
    """The place of one more address line, if there is room for it and the last line is full: short lines are missed.

    A line is ``full`` as well that has as many characters as any other: digits are narrow.

    It is shorter than the longest line and clear of the portrait; a long line would not have been missed.
    """
    longest = max(rows, key=lambda row: row.width)
    down = rows[-1].center[1] - longest.center[1] + LEADING
    line = shortened(longest, SHORT * longest.width).transformed((1, 0, 0, 1, 0, down))
    return [line] if line.center[1] < bottom and (full or rows[-1].width > FULL) else []


def offset(marks: Sequence[Mark], side: Side) -> tuple[float, float]:
    """Offset of the card from its layout, in millimetres."""
    offsets = _labels_found(marks, side)
    if not offsets:
        return 0.0, 0.0
    dx, dy = np.median(np.array(offsets), axis=0).tolist()
    return dx, dy


def _by_cell(marks: Sequence[Mark], side: Side, shift: tuple[float, float] | None = None) -> dict[str, list[Mark]]:
    """The characters of each cell; of one that holds a single line, those of the line nearest to its middle.

    Print above the line that stands beside the label of an address or an authority is none of it.
    """
    dx, dy = shift or offset(marks, side)
    found: dict[str, list[Mark]] = {cell.field: [] for cell in CELLS[side]}
    for mark in marks:
        cell = next((cell for cell in CELLS[side] if cell.holds(mark.x - dx, mark.y - dy)), None)
        if cell is not None:
            found[cell.field].append(mark)
    for cell in CELLS[side]:
        rows = _rows(found[cell.field]) if cell.field in ALONE else []
        if len(rows) > 1:
            middle = (cell.top + cell.bottom) / 2 + dy
            found[cell.field] = min(rows, key=lambda row: abs(_height(row) - middle))
    for name in BESIDE_LABEL.keys() & found.keys():
        found[name] = _from_first_line(found[name], BESIDE_LABEL[name] + dy)
    return found


def _from_first_line(marks: list[Mark], middle: float) -> list[Mark]:
    """The characters of a value without lines above its first one, if that is where it should be."""
    rows = _rows(marks)
    first = min((_height(row) for row in rows), key=lambda height: abs(height - middle), default=middle)
    above = {id(mark) for row in rows if _height(row) < first - ABOVE for mark in row}
    return [mark for mark in marks if id(mark) not in above] if abs(first - middle) < OFF else marks


def _fields(found: Mapping[str, Sequence[Mark]]) -> Iterator[tuple[str, Field]]:
    for name, marks in found.items():
        text = _text(marks)
        if name == "ethnicity":
            yield name, _field("".join(filter(str.isalpha, text)), marks)
        elif name == "number":
            yield name, _field(text.upper().replace("×", "X"), marks)
        elif name == "span":
            dates = SPAN.search(text)
            values = _span(dates) if dates else ("", "")
            yield from (
                (key, _field(value, marks)) for key, value in zip(("valid_from", "valid_to"), values, strict=True)
            )
        elif name in ("name", "sex", "address", "issuer"):
            yield name, _field(text, marks)
    if "year" in found:
        parts = [_text(found[part]) for part in ("year", "month", "day")]
        whole = [*found["year"], *found["month"], *found["day"]]
        value = "-".join(part.zfill(2) for part in parts) if all(part.isdigit() for part in parts) else ""
        yield "birth", _field(value, whole)


def _text(marks: Sequence[Mark]) -> str:
    return "".join(mark.text for row in _rows(marks) for mark in row)


def _field(value: str, marks: Sequence[Mark]) -> Field:
    if not value or not marks:
        return Field()
    corners = np.array([mark.quad.points for mark in marks])
    box = Quad.rect(*corners.reshape(-1, 2).min(0).tolist(), *corners.reshape(-1, 2).max(0).tolist())
    return Field(value, float(np.prod([mark.confidence for mark in marks])), False, box)


def _span(dates: re.Match[str]) -> tuple[str, str]:
    parts = dates.groups()
    return "-".join(parts[:3]), "-".join(parts[3:]) if parts[3] else LONG_TERM
