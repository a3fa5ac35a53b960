"""The fields of a machine-readable zone (ICAO Doc 9303, parts 3 to 7, and the older French identity card)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ocr.document import Quad
from ocr.errors import InputError
from ocr.mrz.formats import FILLER, FORMATS, Format, check_digit, value_of
from ocr.mrz.states import STATES

__all__ = ["Mrz", "parse"]

NOWHERE = Quad.rect(0, 0, 0, 0)
PIVOT = 50
"""The century of an expiry date is chosen so that it lies within so many years of today."""


@dataclass(frozen=True, slots=True)
class Mrz:
    """The content of a machine-readable zone, without fillers; what is not stated is empty.

    Attributes:
        format: TD1, TD2, TD3, MRV-A or MRV-B; IDFRA for the French identity card issued from 1988 to 2021, whose zone
            states neither nationality nor expiry.
        type: document code, such as ``P`` or ``ID``.
        country: issuing state or organisation, as printed (``D``, ``UTO``).
        surname: primary identifier, in the zone's transliteration.
        given_names: secondary identifiers, separated by spaces.
        number: of the document; one that continues in the optional data is joined.
        nationality: as printed.
        birth: ``YYYY-MM-DD``; ``YYYY-MM`` or ``YYYY`` where the rest is unknown; empty where no date is printed.
        sex: ``M``, ``F`` or ``X``, which the zone prints as ``<``.
        expiry: as ``birth``.
        optional: optional data; for TD1 both parts, separated by a space; for IDFRA department and office of issue.
        lines: all characters as read.
        valid: whether the picture bears every character, every check digit is right, all dates exist, and the
            confidence is at least 0.8.
        checks: number, birth, expiry, optional, composite, as far as the format has them -> whether the check digit
            is right.
        unclear: field, or check digit as ``number check`` -> (line, column), from 1, of the characters that the
            picture does not bear: cut off, hidden, washed out or not legible, or in a code that no state has. Empty
            where all are shown.
        confidence: probability that every character is right.
        box: the zone in the image, in pixels; corners clockwise from the top left of the text.
        page: number of the page, from 1.
        portrait_box: the portrait of the same document, head and shoulders; None if no face was found near the zone, as
            on the backs of cards, or if the weights of the face detector are not installed.
    """

    format: str
    type: str
    country: str
    surname: str
    given_names: str
    number: str
    nationality: str
    birth: str
    sex: str
    expiry: str
    optional: str
    lines: tuple[str, ...]
    valid: bool
    checks: Mapping[str, bool]
    unclear: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    confidence: float = 1.0
    box: Quad = NOWHERE
    page: int = 1
    portrait_box: Quad | None = None

    def to_json(self) -> dict[str, Any]:
        """The zone as plain dictionaries and lists."""
        names = (
            "type", "country", "surname", "given_names", "number", "nationality", "birth", "sex", "expiry", "optional",
            "lines", "valid", "checks", "unclear", "format", "confidence", "box", "page",
        )  # fmt: skip
        plain = {name: getattr(self, name) for name in names}
        return plain | {
            "lines": list(self.lines),
            "checks": dict(self.checks),
            "unclear": {name: [list(place) for place in places] for name, places in self.unclear.items()},
            "confidence": round(self.confidence, 4),
            "box": self.box.to_json(),
            "portrait_box": self.portrait_box.to_json() if self.portrait_box else None,
        }


def parse(lines: Sequence[str], today: date | None = None, unborne: Sequence[tuple[int, int]] = ()) -> Mrz:
    """The fields of the lines of a zone.

    Args:
        lines: two or three lines of one of the formats.
        today: the date from which two-digit years are interpreted; the current day when left out.
        unborne: (line, column), from 0, of characters that the picture does not bear; with any the zone is not valid.
            Those of a code that no state or organisation has are added.

    Raises:
        InputError: the lines fit no format.

    Example:
        >>> parse(["I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"]).given_names
        'ANNA MARIA'
    """
    form = next((form for form in FORMATS.values() if form.fits(lines)), None)
    if form is None:
        shape = " and ".join(str(len(line)) for line in lines) or "no"
        raise InputError(
            f"<lines>: lines of {shape} characters match no format of ICAO Doc 9303; "
            "give the lines as printed: 3 of 30, 2 of 36 or 2 of 44 characters"
        )
    today = today or date.today()
    parts = {name: span.of(lines) for name, span in form.fields.items()}
    number, optional, number_holds = _number(form, lines, parts)
    checks = {check.name: check.holds(lines) for check in form.checks} | {"number": number_holds}
    expiry = _date(parts["expiry"], _expiry_year(parts["expiry"], today)) if "expiry" in parts else ""
    birth = _date(parts["birth"], _birth_year(parts["birth"], today, expiry))
    surname, _, given = parts["name"].partition(FILLER * 2)
    dated = bool(birth) and (bool(expiry) or "expiry" not in parts)
    misread = {
        place
        for name in ("country", "nationality")
        if name in parts and parts[name].rstrip(FILLER) not in STATES
        for place in form.fields[name].places()
    }
    unborne = sorted({*unborne, *misread})
    return Mrz(
        format=form.name,
        type=_plain(parts["code"]),
        country=_plain(parts["country"]),
        surname=_plain(surname),
        given_names=_plain(parts.get("given", given)),
        number=number,
        nationality=_plain(parts.get("nationality", "")),
        birth=birth,
        sex=parts["sex"] if parts["sex"] in "MF" else "X",
        expiry=expiry,
        optional=" ".join(part for part in (optional, parts.get("optional2", "").strip(FILLER)) if part),
        lines=tuple(lines),
        valid=all(checks.values()) and dated and not unborne,
        checks=checks,
        unclear=_unclear(form, unborne),
    )


def _unclear(form: Format, places: Sequence[tuple[int, int]]) -> dict[str, tuple[tuple[int, int], ...]]:
    """The places by field and check digit, counted from 1."""
    spans = dict(form.fields) | {f"{check.name} check": check.digit for check in form.checks}
    found = {
        name: tuple((i + 1, j + 1) for i, j in places if i == span.line and span.start <= j < span.end)
        for name, span in spans.items()
    }
    return {name: given for name, given in found.items() if given}


def _plain(text: str) -> str:
    return " ".join(text.replace(FILLER, " ").split())


def _number(form: Format, lines: Sequence[str], parts: Mapping[str, str]) -> tuple[str, str, bool]:
    """Document number, optional data, and whether the number's check digit is right.

    A number of more than nine characters continues in the optional data, followed by its check digit, and a filler
    takes the usual place of the digit (part 5, section 4.2.2.1, note j; part 6, the same).
    """
    number, optional = parts["number"], parts["optional"].rstrip(FILLER)
    check = next(check for check in form.checks if check.name == "number")
    rest, *others = optional.split(FILLER)
    if form.name in ("TD1", "TD2") and check.digit.of(lines) == FILLER and FILLER not in number and len(rest) > 1:
        whole, digit = number + rest[:-1], rest[-1]
        return whole, FILLER.join(others), value_of(digit) == check_digit(whole)
    return number.rstrip(FILLER), optional, check.holds(lines)


def _expiry_year(text: str, today: date) -> int:
    """The year nearest to today."""
    year = int(text[:2]) + today.year // 100 * 100 if text[:2].isdigit() else 0
    return year + 100 * ((today.year - year + PIVOT) // 100) if year else 0


def _birth_year(text: str, today: date, expiry: str) -> int:
    """The latest year that is neither in the future nor after the expiry of the document."""
    if not text[:2].isdigit():
        return 0
    last = min(today.isoformat(), expiry or today.isoformat())
    year = int(text[:2]) + int(last[:4]) // 100 * 100
    born = f"{year}-{text[2:4]}-{text[4:6]}"
    return year - 100 if born[: len(last)] > last else year


def _date(text: str, year: int) -> str:
    """``YYYY-MM-DD``, without what is unknown; empty if it is no date."""
    known = [int(part) for part in (text[2:4], text[4:6]) if part.isdigit()]
    if not year or not (text[:2] + text[2:].rstrip(FILLER)).isdigit() or len(text.rstrip(FILLER)) % 2:
        return ""
    try:
        date(year, *[*known, 1, 1][:2])
    except ValueError:
        return ""
    return "-".join([f"{year:04}", *(f"{part:02}" for part in known)])
