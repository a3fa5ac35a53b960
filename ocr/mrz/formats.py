"""Layout of the machine-readable zone: ICAO Doc 9303, Machine Readable Travel Documents, 8th edition (2021).

Part 3 defines characters, check digits and dates; part 4 TD3 (passports), part 5 TD1 and part 6 TD2 (cards), part 7
MRV-A and MRV-B (visas). IDFRA is the French identity card issued from 1988 to 2021, which has a layout of its own in
the size of TD2: https://en.wikipedia.org/wiki/National_identity_card_(France). Lines and columns are numbered from 0
here; ends are exclusive.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

__all__ = [
    "CHARACTERS",
    "CODES",
    "DIGITS",
    "FILLER",
    "FORMATS",
    "ICAO",
    "LETTERS",
    "Check",
    "Format",
    "Span",
    "check_digit",
    "value_of",
]

FILLER = "<"
DIGITS, LETTERS = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CHARACTERS = DIGITS + LETTERS + FILLER
"""Characters of an MRZ (part 3, section 4.3); the index is the value for check digits, except that the filler is 0."""
WEIGHTS = (7, 3, 1)


def value_of(character: str) -> int:
    """Value of a character for check digits (part 3, section 4.9): digits their own, A to Z 10 to 35, ``<`` 0.

    Raises:
        ValueError: the character cannot occur in an MRZ.
    """
    return 0 if character == FILLER else CHARACTERS.index(character)


def check_digit(text: str) -> int:
    """Sum of the values weighted 7, 3, 1, 7, ..., modulo 10 (part 3, section 4.9).

    Raises:
        ValueError: a character cannot occur in an MRZ.

    Example:
        >>> check_digit("520727")
        3
    """
    return sum(value_of(c) * WEIGHTS[i % 3] for i, c in enumerate(text)) % 10


@dataclass(frozen=True, slots=True)
class Span:
    """Columns ``start`` to ``end`` of one line."""

    line: int
    start: int
    end: int

    def of(self, lines: Sequence[str]) -> str:
        """The text of the span."""
        return lines[self.line][self.start : self.end]

    def places(self) -> Iterator[tuple[int, int]]:
        """(line, column) of each character."""
        return ((self.line, column) for column in range(self.start, self.end))


@dataclass(frozen=True, slots=True)
class Check:
    """A check digit: its place, and the spans that it covers, in order."""

    name: str
    digit: Span
    covers: tuple[Span, ...]

    def text(self, lines: Sequence[str]) -> str:
        """The characters that it covers."""
        return "".join(span.of(lines) for span in self.covers)

    def holds(self, lines: Sequence[str]) -> bool:
        """Whether the digit is right; a filler in its place counts as 0, as for a field that is not used."""
        return value_of(self.digit.of(lines)) == check_digit(self.text(lines))


KINDS = {
    "code": LETTERS + FILLER,
    "state": LETTERS + FILLER,
    "name": LETTERS + FILLER,
    "number": CHARACTERS,
    "optional": CHARACTERS,
    "sex": "FMX" + FILLER,
    "digit": DIGITS + FILLER,
    "given": LETTERS + FILLER,
}
"""Characters that each kind of field can contain. Doc 9303 has no X for the sex in an MRZ, but states print it."""
CODES = {"TD1": "ACI", "TD2": "ACI", "TD3": "P", "MRV-A": "V", "MRV-B": "V", "IDFRA": "I"}
"""First letter of the document code."""


@dataclass(frozen=True)
class Format:
    """One of the layouts.

    Attributes:
        name: TD1, TD2, TD3, MRV-A, MRV-B or IDFRA.
        rows: number of lines.
        columns: characters per line.
        fields: the span of each field; ``optional`` may have a second part, ``optional2``, and ``name`` may be the
            surname alone, with the given names in ``given``.
        checks: the check digits, a composite last.
        begins: what every zone of the layout begins with.
    """

    name: str
    rows: int
    columns: int
    fields: dict[str, Span]
    checks: tuple[Check, ...]
    begins: str = ""

    def allowed(self, line: int, column: int) -> str:
        """The characters that are allowed at a place."""
        return self._allowed[line][column]

    def fits(self, lines: Sequence[str]) -> bool:
        """Whether the lines have the size of the format and every character is allowed at its place."""
        return len(lines) == self.rows and all(
            len(text) == self.columns and all(c in self.allowed(i, j) for j, c in enumerate(text))
            for i, text in enumerate(lines)
        )

    @cached_property
    def checked(self) -> frozenset[tuple[int, int]]:
        """(line, column) of the characters that a check digit covers, and of the digits."""
        spans = [span for check in self.checks for span in (check.digit, *check.covers)]
        return frozenset(place for span in spans for place in span.places())

    @cached_property
    def _allowed(self) -> list[list[str]]:
        table = [[CHARACTERS] * self.columns for _ in range(self.rows)]

        def put(span: Span, characters: str) -> None:
            for line, column in span.places():
                table[line][column] = characters

        for name, span in self.fields.items():
            if name in ("birth", "expiry"):
                put(span, KINDS["digit"])
                put(Span(span.line, span.start + 2, span.start + 3), "01" + FILLER)  # month
                put(Span(span.line, span.start + 4, span.start + 5), "0123" + FILLER)  # day
            else:
                kind = "optional" if name == "optional2" else "state" if name in ("country", "nationality") else name
                put(span, KINDS[kind])
        for check in self.checks:
            put(check.digit, KINDS["digit"])
        code = self.fields["code"]
        put(Span(code.line, code.start, code.start + 1), CODES[self.name])
        for column, character in enumerate(self.begins):
            put(Span(0, column, column + 1), character)
        return table


def _card() -> Format:
    birth, expiry = Span(1, 0, 6), Span(1, 8, 14)
    number, optional, optional2 = Span(0, 5, 14), Span(0, 15, 30), Span(1, 18, 29)
    fields = {
        "code": Span(0, 0, 2), "country": Span(0, 2, 5), "number": number, "optional": optional, "birth": birth,
        "sex": Span(1, 7, 8), "expiry": expiry, "nationality": Span(1, 15, 18), "optional2": optional2,
        "name": Span(2, 0, 30),
    }  # fmt: skip
    checks = (
        Check("number", Span(0, 14, 15), (number,)),
        Check("birth", Span(1, 6, 7), (birth,)),
        Check("expiry", Span(1, 14, 15), (expiry,)),
        Check("composite", Span(1, 29, 30), (Span(0, 5, 30), Span(1, 0, 7), Span(1, 8, 15), optional2)),
    )
    return Format("TD1", 3, 30, fields, checks)


def _two_lines(name: str, columns: int) -> Format:
    number, birth, expiry = Span(1, 0, 9), Span(1, 13, 19), Span(1, 21, 27)
    optional = Span(1, 28, {"TD2": 35, "TD3": 42}.get(name, columns))
    fields = {
        "code": Span(0, 0, 2), "country": Span(0, 2, 5), "name": Span(0, 5, columns), "number": number,
        "nationality": Span(1, 10, 13), "birth": birth, "sex": Span(1, 20, 21), "expiry": expiry, "optional": optional,
    }  # fmt: skip
    checks = [
        Check("number", Span(1, 9, 10), (number,)),
        Check("birth", Span(1, 19, 20), (birth,)),
        Check("expiry", Span(1, 27, 28), (expiry,)),
    ]
    if name == "TD3":
        checks.append(Check("optional", Span(1, 42, 43), (optional,)))
    if name in ("TD2", "TD3"):
        covers = (Span(1, 0, 10), Span(1, 13, 20), Span(1, 21, columns - 1))
        checks.append(Check("composite", Span(1, columns - 1, columns), covers))
    return Format(name, 2, columns, fields, tuple(checks))


def _french_card() -> Format:
    number, birth = Span(1, 0, 12), Span(1, 27, 33)
    fields = {
        "code": Span(0, 0, 2), "country": Span(0, 2, 5), "name": Span(0, 5, 30), "optional": Span(0, 30, 36),
        "number": number, "given": Span(1, 13, 27), "birth": birth, "sex": Span(1, 34, 35),
    }  # fmt: skip
    checks = (
        Check("number", Span(1, 12, 13), (number,)),
        Check("birth", Span(1, 33, 34), (birth,)),
        Check("composite", Span(1, 35, 36), (Span(0, 0, 36), Span(1, 0, 35))),
    )
    return Format("IDFRA", 2, 36, fields, checks, "IDFRA")


ICAO: dict[str, Format] = {
    form.name: form
    for form in (
        _card(), _two_lines("TD2", 36), _two_lines("TD3", 44), _two_lines("MRV-A", 44), _two_lines("MRV-B", 36)
    )
}  # fmt: skip
"""The formats of Doc 9303."""
FORMATS: dict[str, Format] = {**ICAO, "IDFRA": _french_card()}
"""All formats that are read."""
