"""The fields of a card that a description describes: characters by their places, values under what they can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ocr.document import Quad
from ocr.geometry import crop_line, grow
from ocr.idcard.card import BACK, FRONT, LONG_TERM, Field, IdCard, Problem, Side
from ocr.idcard.described import Symbol, sights, symbols
from ocr.idcard.description import TEXTS, Box, Description, Place
from ocr.idcard.find import Found
from ocr.idcard.frame import Frame, projected
from ocr.idcard.number_checks import CHECKS
from ocr.idcard.quality import assess
from ocr.idcard.written import Written, dates, fits, read_as
from ocr.recognize import LineRecognizer
from ocr.recognize.crnn import CrnnRecognizer

__all__ = ["DescribedReader", "latin"]

MARGINS = ((0.8, 0.2), (0.4, 0.0))
"""Margins, in millimetres, with which a value is cut out: at both ends, and above and below."""
TALLEST = 7.0
"""Height in millimetres of a place that holds one line: it is read whole where the detector missed the value."""
LINE = 4.0
"""Millimetres of height that are shown of a value that the detector missed."""
ROW = 1.5
"""Lines of one row of a value differ by less than this in height, in millimetres."""
TIGHT = 2.6
"""Height in millimetres of a line that is searched for coloured ink: labels are close above it."""
SURE = 0.5
"""Least confidence of a value that is called valid."""
CERTAIN = 0.8
"""Confidence from which a value is taken to be free of the ink beside it."""
HIDDEN_SHARE = 0.3
"""Share of values that are read right although something covers or hides a part of them."""
LATIN = frozenset(" ,-'.")
"""What Latin names contain besides letters."""
TRADITIONAL = "traditional Chinese text"
"""Such a text is never valid: the models do not know all of its characters, and read similar ones in their place."""
RUNS_BEFORE = ("birth", "valid_from", "valid_to")
"""Days in the order in which they have to come."""


@dataclass(frozen=True, slots=True)
class Value:
    """What was read of a field, and where, in millimetres of the card."""

    written: Written
    lines: tuple[Quad, ...]
    agreed: bool = True


class DescribedReader:
    """Reads the fields of cards that have a description. Threads may share it.

    Args:
        recognizer: of Chinese lines.
        exact: one that gives its output frame by frame; it reads numbers and dates. None if there is no such one.
    """

    def __init__(self, recognizer: LineRecognizer, exact: CrnnRecognizer | None) -> None:
        self._recognizer, self._exact = recognizer, exact

    def __call__(
        self, pixels: NDArray[np.uint8], found: Found, frame: Frame, described: Description, today: date | None = None
    ) -> IdCard:
        """One card.

        Args:
            pixels: the input image.
            found: what was read and found in it.
            frame: of the card in ``found``.
            described: its description.
            today: the date for which ``expired`` is decided; the current day when left out.
        """
        day, placed = today or date.today(), found.placed(frame)
        marks = _by_place(found, frame, described)
        read = {place: self._value(found, frame, place, marks[place]) for place in described.places}
        fields = {name: field for place, value in read.items() for name, field in _fields(place, value, day)}
        lines = {place.name[0]: value.lines for place, value in read.items() if value.lines}
        characters = [_box(frame, symbol) for row in symbols(found.lines) for symbol in row]
        doubtful = {place.name[0] for place in described.places if fields[place.name[0]].confidence < CERTAIN}
        seen = assess(
            pixels, placed, lines, characters, doubtful,
            printed=_sharp(described), portrait=described.portrait, tight=TIGHT,
        )  # fmt: skip
        hidden = {name for place in described.places for name in place.name if place.name[0] in seen.hidden}
        fields = {name: _seen(field, placed, name in hidden) for name, field in fields.items()}
        fields, problems = _checked(described, fields, day)
        portrait = placed.to_image(Quad.rect(*described.portrait)) if described.portrait and seen.portrait else None
        own = {name: field for name, field in fields.items() if name in (*FRONT, *BACK)}
        every = {*seen.problems, *problems}
        return IdCard(
            **own,
            side=Side.FRONT,
            problems=tuple(problem for problem in Problem if problem in every),
            card_box=placed.box,
            portrait_box=portrait,
            kind=described.kind,
            others=tuple((name, field) for name, field in fields.items() if name not in own),
        )

    def _value(self, found: Found, frame: Frame, place: Place, marks: Sequence[Symbol]) -> Value:
        """What a place shows."""
        rows = _rows(frame, marks)
        lines = tuple(_line(frame, row) for row in rows)
        left, top, right, bottom = place.place
        if not lines and place.holds not in TEXTS and bottom - top < TALLEST:
            middle = (top + bottom) / 2
            lines = (Quad.rect(left, middle - LINE / 2, right, middle + LINE / 2),)
        if not lines:
            return Value(Written("", 0.0), ())
        if place.holds == "words":
            return Value(_worded(place, *self._text(found, frame, lines)), lines)
        if place.holds in ("Chinese text", TRADITIONAL):
            text = "".join(s.text for row in rows for s in row)
            kept = "".join(c for c in text if (c.isalpha() and not c.isascii()) or c == "·")
            confidence = float(np.prod([s.confidence for row in rows for s in row]))
            return Value(Written(kept, confidence), lines, place.holds != TRADITIONAL)
        if place.holds == "Latin text":
            text, confidence = self._text(found, frame, lines)
            return Value(Written(latin(text), confidence), lines)
        return self._written(found, frame, place, marks, lines)

    def _text(self, found: Found, frame: Frame, lines: Sequence[Quad]) -> tuple[str, float]:
        """The text of lines that are cut out again, and its confidence."""
        height = self._recognizer.height
        cuts = [crop_line(found.image, frame.to_image(grow(line, *MARGINS[0])), height) for line in lines]
        read = self._recognizer(cuts)
        confidence = float(np.prod([glyph.confidence for reading in read for glyph in reading.glyphs]))
        return " ".join(reading.text.strip() for reading in read), confidence

    def _written(
        self, found: Found, frame: Frame, place: Place, marks: Sequence[Symbol], lines: Sequence[Quad]
    ) -> Value:
        """A number or a date: what every crop of it shows under its forms."""
        rows = _rows(frame, marks)
        shown = next((part for row in rows if (part := _shown(place, row))), None)
        line = _line(frame, shown) if shown else max(lines, key=lambda line: line.width)
        free = "".join(symbol.text for row in ([shown] if shown else rows) for symbol in row).upper()
        if self._exact is None:
            form = next((form for form in place.written if fits(place.holds, form, free)), "")
            confidence = float(np.prod([symbol.confidence for symbol in shown or ()]))
            return Value(Written(free if form else "", confidence, form), (line,))
        height = self._exact.height
        read = []
        for margins in MARGINS:
            logs = self._exact.frames(crop_line(found.image, frame.to_image(grow(line, *margins)), height)).logs()
            if " " in self._exact.characters:
                space = self._exact.characters.index(" ") + 1
                logs[:, 0] = np.logaddexp(logs[:, 0], logs[:, space])
            read.append(read_as(place.holds, place.written, logs, self._exact.characters))
        best = max(read, key=lambda written: written.confidence)
        agreed = len({written.text for written in read}) == 1 and (not place.check or best.text in free)
        return Value(best, (line,), agreed)


def _by_place(found: Found, frame: Frame, described: Description) -> dict[Place, list[Symbol]]:
    """The characters in the place of every field, labels left out."""
    rows = symbols(found.lines)
    labels = {id(symbol) for sight in sights(described, rows) if sight.label >= 0 for symbol in sight.symbols}
    marks: dict[Place, list[Symbol]] = {place: [] for place in described.places}
    back = np.asarray(np.linalg.inv(frame.matrix), np.float64)
    for symbol in (symbol for row in rows for symbol in row if id(symbol) not in labels):
        x, y = projected(back, _dot(symbol.middle)).center
        for place in described.places:
            left, top, right, bottom = place.place
            if left <= x < right and top <= y < bottom:
                marks[place].append(symbol)
                break
    return marks


def _dot(at: complex) -> Quad:
    """A quad of one pixel around a point."""
    return Quad.rect(at.real - 0.5, at.imag - 0.5, at.real + 0.5, at.imag + 0.5)


def _box(frame: Frame, symbol: Symbol) -> Quad:
    """The quad of a character, in millimetres."""
    along = symbol.end - symbol.start
    up = 1j * along / max(abs(along), 1e-6) * symbol.height / 2
    corners = (symbol.start - up, symbol.end - up, symbol.end + up, symbol.start + up)
    return frame.to_card(Quad.of([(float(at.real), float(at.imag)) for at in corners]))


def _rows(frame: Frame, marks: Sequence[Symbol]) -> list[list[Symbol]]:
    """Characters by row of the card, from top to bottom and from left to right."""
    placed = sorted(((_box(frame, symbol).center, symbol) for symbol in marks), key=lambda pair: pair[0][1])
    rows: list[list[tuple[float, float, Symbol]]] = []
    for (x, y), symbol in placed:
        if rows and y - float(np.median([at for _, at, _ in rows[-1]])) < ROW:
            rows[-1].append((x, y, symbol))
        else:
            rows.append([(x, y, symbol)])
    return [[symbol for _, _, symbol in sorted(row, key=lambda each: each[0])] for row in rows]


def _line(frame: Frame, row: Sequence[Symbol]) -> Quad:
    """The rectangle of a row, in millimetres."""
    hulls = np.array([_box(frame, symbol).hull for symbol in row])
    top, bottom = np.median(hulls[:, 1]), np.median(hulls[:, 3])
    return Quad.rect(float(hulls[:, 0].min()), float(top), float(hulls[:, 2].max()), float(bottom))


def _shown(place: Place, row: Sequence[Symbol]) -> list[Symbol]:
    """The part of a row that is written in a form of the place; empty if there is none, or more than one."""
    text = "".join(symbol.text for symbol in row).upper()
    if len(text) != len(row):
        return []
    found = [
        (start, start + length)
        for form in place.written
        for length in [len("".join(form.split()))]
        for start in range(len(text) - length + 1)
        if fits(place.holds, form, text[start : start + length])
    ]
    longest = max((end - start for start, end in found), default=0)
    best = {(start, end) for start, end in found if end - start == longest}
    return [symbol for start, end in best for symbol in row[start:end]] if len(best) == 1 else []


def latin(text: str) -> str:
    """A name in Latin letters: a space after every comma, and no small l among capitals, where it is an I."""
    kept = "".join(c for c in text if (c.isascii() and c.isalpha()) or c in LATIN)
    words = kept.replace(",", ", ").split()
    return " ".join(w.replace("l", "I") if w.replace("l", "I").isupper() else w for w in words).strip(" ,.-")


def _worded(place: Place, text: str, confidence: float) -> Written:
    """The value whose wording a text contains; the longest of several."""
    known = [(wording, value) for value, wordings in place.words for wording in wordings]
    shown = [(len(wording), value) for wording, value in known if _contains(text, wording)]
    return Written(max(shown)[1], confidence) if shown else Written("", 0.0)


def _contains(text: str, wording: str) -> bool:
    """Whether a wording is a part of a text; one of Latin letters, whether it is a word of it."""
    if wording.isascii():
        return wording in "".join(c if c.isascii() and c.isalnum() else " " for c in text).split()
    return wording in text


def _fields(place: Place, value: Value, today: date) -> list[tuple[str, Field]]:
    """The fields of a place, by name; boxes in millimetres."""
    text, confidence = value.written.text, value.written.confidence
    values: tuple[str, ...] = (text,)
    if text and place.holds in ("date", "period"):
        values = dates(value.written.form, text, today, ahead="valid_to" in place.name)
    values = (*values, *("",) * len(place.name))[: len(place.name)]
    box = value.lines[0] if len(value.lines) == 1 else None
    if len(value.lines) > 1:
        hulls = np.array([line.hull for line in value.lines])
        box = Quad.rect(*hulls[:, :2].min(0).tolist(), *hulls[:, 2:].max(0).tolist())
    sure = value.agreed and confidence >= SURE
    return [
        (name, Field(each, confidence, sure, box) if each else Field())
        for name, each in zip(place.name, values, strict=True)
    ]


def _seen(field: Field, placed: Frame, hidden: bool) -> Field:
    """A field with its box in the image; one that is hidden in part has a lower confidence and is not valid."""
    confidence = field.confidence * (HIDDEN_SHARE if hidden else 1.0)
    box = placed.to_image(field.box) if field.box else None
    return replace(field, confidence=confidence, valid=field.valid and not hidden, box=box)


def _checked(described: Description, fields: Mapping[str, Field], today: date) -> tuple[dict[str, Field], set[Problem]]:
    """The fields with ``valid`` only where their checks hold, and the problems that they show."""
    values = {name: field.value for name, field in fields.items() if field.value}
    checked, problems = dict(fields), set[Problem]()
    for place in described.places:
        field = fields[place.name[0]]
        if place.check and field.value and not CHECKS[place.check](field.value, values):
            checked[place.name[0]] = replace(field, valid=False)
            if field.valid:
                problems.add(Problem.CHECKSUM)
    days = [(name, values[name]) for name in RUNS_BEFORE if values.get(name, LONG_TERM) != LONG_TERM]
    for (first, a), (second, b) in pairwise(days):
        if a >= b:
            for name in (first, second):
                checked[name] = replace(checked[name], valid=False)
    for name in ("birth", "valid_from", "issued"):
        if values.get(name, "") > today.isoformat():
            checked[name] = replace(checked[name], valid=False)
    if (
        values.get("valid_to", LONG_TERM) != LONG_TERM
        and values["valid_to"] < today.isoformat()[: len(values["valid_to"])]
    ):
        problems.add(Problem.EXPIRED)
    return checked, problems


def _sharp(described: Description) -> tuple[Box, ...]:
    """Places that are printed on every card of a kind: by their edges, blur is measured."""
    return tuple(label.place for label in described.labels) or tuple(p.place for p in described.places if p.anchor)
