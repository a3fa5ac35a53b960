"""Fields of a rectified identity card: characters are given to fields by where they stand.

The printed labels that were read say how far the card lies from the layout; what is left over is less than the distance
of two fields. Characters are placed one by one, so that it does not matter which of them the detector joined to a line.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ocr.document import Quad
from ocr.idcard.card import LONG_TERM, Field, IdCard, Side
from ocr.idcard.checks import ethnicities
from ocr.idcard.frame import Frame
from ocr.idcard.layout import CELLS, LABELS
from ocr.recognize import Reading

__all__ = ["Mark", "empty_cells", "place"]

REACH = 3.0
"""Millimetres by which a label may be off its place."""
LINE = 4.6
"""Millimetres of height that are shown of a line no detector found."""
STRAY = frozenset("：:，,。、；;'‘’\"“”`|_")
"""Signs that no field holds: what is left of a label, or specks."""
SPAN = re.compile(r"(\d{4})\.?(\d{2})\.?(\d{2})[-—一~]+(?:(\d{4})\.?(\d{2})\.?(\d{2})|长期)")
"""``2010.01.11-2030.01.11`` or ``2010.01.11-长期``; recognisers drop dots and take the dash for others of its kind."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One character that was read: where its middle and its quad lie on the card, in millimetres."""

    text: str
    x: float
    y: float
    confidence: float
    quad: Quad
    line: int

    @classmethod
    def of(cls, lines: Sequence[tuple[Quad, Reading]], frame: Frame, first: int = 0) -> list[Mark]:
        """All characters, less spaces, of the lines of a picture with a card in a frame; lines count from ``first``."""
        marks = []
        for line, (quad, reading) in enumerate(lines, first):
            flat = frame.to_card(quad)
            for glyph in reading.glyphs:
                if not glyph.text.isspace():
                    part = _part(flat, glyph.start, glyph.end)
                    marks.append(cls(glyph.text, *part.center, glyph.confidence, part, line))
        return marks


def _part(quad: Quad, start: float, end: float) -> Quad:
    """A stretch of a line, by fractions of its length."""
    a, b, c, d = (np.array(point) for point in quad.points)
    corners = (a + (b - a) * start, a + (b - a) * end, d + (c - d) * end, d + (c - d) * start)
    return Quad.of([corner.tolist() for corner in corners])


def _labels_found(marks: Sequence[Mark], side: Side) -> list[tuple[float, float]]:
    """How far each character of a label that was read lies from its place, in millimetres."""
    offsets = []
    for label in LABELS[side]:
        for i, character in enumerate(label.text):
            x, y = label.center(i)
            near = [m for m in marks if m.text == character and math.hypot(m.x - x, m.y - y) < REACH]
            offsets += [(m.x - x, m.y - y) for m in near[:1]]
    return offsets


def place(marks: Sequence[Mark], side: Side) -> IdCard:
    """The fields of one side, as printed, their boxes in millimetres; nothing is checked yet.

    Args:
        marks: every character of the card.
        side: front or back.
    """
    return IdCard(side=side, **dict(_fields(_by_cell(marks, side))))  # type: ignore[arg-type]


def empty_cells(marks: Sequence[Mark], side: Side) -> list[Quad]:
    """Where something is printed that no line was found for, in millimetres."""
    dx, dy = _offset(marks, side)
    found = _by_cell(marks, side)
    quads = []
    for cell in CELLS[side]:
        if not found[cell.field]:
            middle = (cell.top + cell.bottom) / 2 + dy
            quads.append(Quad.rect(cell.left + dx, middle - LINE / 2, cell.right + dx, middle + LINE / 2))
    return quads


def _offset(marks: Sequence[Mark], side: Side) -> tuple[float, float]:
    """How far the card lies from its layout, in millimetres."""
    offsets = _labels_found(marks, side)
    if not offsets:
        return 0.0, 0.0
    dx, dy = np.median(np.array(offsets), axis=0).tolist()
    return dx, dy


def _by_cell(marks: Sequence[Mark], side: Side) -> dict[str, list[Mark]]:
    dx, dy = _offset(marks, side)
    found: dict[str, list[Mark]] = {cell.field: [] for cell in CELLS[side]}
    for mark in marks:
        cell = next((cell for cell in CELLS[side] if cell.holds(mark.x - dx, mark.y - dy)), None)
        if cell is not None:
            found[cell.field].append(mark)
    return found


def _fields(found: Mapping[str, Sequence[Mark]]) -> Iterator[tuple[str, Field]]:
    for name, marks in found.items():
        text = _text(marks)
        if name == "ethnicity":
            yield name, _field(_nearest("".join(filter(str.isalpha, text))), marks)
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
    """Characters line by line, the lines from top to bottom."""
    lines: dict[int, list[Mark]] = {}
    for mark in marks:
        if mark.text in STRAY:
            continue
        lines.setdefault(mark.line, []).append(mark)
    rows = sorted(lines.values(), key=lambda row: (round(float(np.median([m.y for m in row])) / 2.0), row[0].x))
    return "".join(mark.text for row in rows for mark in sorted(row, key=lambda mark: mark.x))


def _field(value: str, marks: Sequence[Mark]) -> Field:
    if not value or not marks:
        return Field()
    corners = np.array([mark.quad.points for mark in marks])
    box = Quad.rect(*corners.reshape(-1, 2).min(0).tolist(), *corners.reshape(-1, 2).max(0).tolist())
    return Field(value, float(np.prod([mark.confidence for mark in marks])), False, box)


def _nearest(text: str) -> str:
    """The ethnicity that differs in one character of several, if there is just one; else the text as it is."""
    if text in ethnicities():
        return text
    near = [name for name in ethnicities() if len(name) == len(text) > 1 and _differences(name, text) == 1]
    return near[0] if len(near) == 1 else text


def _differences(a: str, b: str) -> int:
    return sum(x != y for x, y in zip(a, b, strict=True))


def _span(dates: re.Match[str]) -> tuple[str, str]:
    parts = dates.groups()
    return "-".join(parts[:3]), "-".join(parts[3:]) if parts[3] else LONG_TERM
