"""Administrative divisions of China, GB/T 2260, with the codes and names used since 1980: ``data/divisions.tsv``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import product

__all__ = ["Division", "authorities", "division", "divisions", "leading", "places"]

GENERIC = ("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划")
"""Rows of the table that are not names of places; computer-generated addresses contain them nevertheless."""

RECENT = "201904"
"""The last edition of the lists of the ministry."""


@dataclass(frozen=True, slots=True)
class Division:
    """A province, prefecture or county.

    Attributes:
        code: six digits; 0000 at the end for a province, 00 for a prefecture.
        first, last: editions of the standard in which it appears, ``YYYYMM``.
        name: its own name, without the divisions above it.
    """

    code: str
    first: str
    last: str
    name: str

    @property
    def is_lowest(self) -> bool:
        """Whether it is a county, or a prefecture without counties, such as 东莞市."""
        return not self.code.endswith("00") or (
            not self.code.endswith("0000") and self.code[:4] not in _with_counties()
        )

    @property
    def parents(self) -> tuple[str, ...]:
        """Codes of the divisions above it, the province first."""
        above = (f"{self.code[:2]}0000", f"{self.code[:4]}00")
        return tuple(code for code in above if code != self.code and int(code) < int(self.code))


@cache
def divisions() -> dict[str, tuple[Division, ...]]:
    """All divisions by code, oldest first."""
    table: defaultdict[str, list[Division]] = defaultdict(list)
    text = (files("ocr.idcard") / "data" / "divisions.tsv").read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line.startswith("#"):
            row = Division(*line.split("\t"))
            table[row.code].append(row)
    return {code: tuple(sorted(rows, key=lambda row: row.first)) for code, rows in table.items()}


def division(code: str) -> tuple[Division, ...]:
    """The divisions that a code has denoted, oldest first; empty if it was never assigned."""
    return divisions().get(code, ())


@cache
def _with_counties() -> frozenset[str]:
    """First four digits of the prefectures that have counties."""
    return frozenset(
        code[:4]
        for code, rows in divisions().items()
        if not code.endswith("00") and any(row.name not in GENERIC and row.last >= RECENT for row in rows)
    )


@cache
def _by_name() -> dict[str, tuple[Division, ...]]:
    table: defaultdict[str, list[Division]] = defaultdict(list)
    for rows in divisions().values():
        for row in rows:
            if row.name not in GENERIC:
                table[row.name].append(row)
    return {name: tuple(rows) for name, rows in table.items()}


def leading(text: str) -> tuple[Division, ...]:
    """The divisions at the beginning of an address or of the name of an authority, from the largest to the smallest.

    Each lies in the one before; levels may be left out, as in addresses.

    Example:
        >>> [part.name for part in leading("湖北省荆州市荆州区西门路")]
        ['湖北省', '荆州市', '荆州区']
    """
    chains = [(row, *rest) for row, after in _starts(text) for rest in _chains(after, row)]
    return max(chains, key=lambda chain: (sum(len(row.name) for row in chain), chain[-1].last), default=())


def _starts(text: str) -> list[tuple[Division, str]]:
    """Divisions with whose name the text begins, and the rest of the text."""
    generic = next((name for name in GENERIC if text.startswith(name)), "")
    text = text.removeprefix(generic)
    names = (text[:length] for length in range(2, min(len(text), 16) + 1))
    return [(row, text[len(name) :]) for name in names for row in _by_name().get(name, ())]


def _chains(text: str, inside: Division) -> list[tuple[Division, ...]]:
    """All chains of divisions inside a division with which the text continues, the empty one included."""
    onward: list[tuple[Division, ...]] = [()]
    for row, after in _starts(text):
        if inside.code in row.parents:
            onward += [(row, *rest) for rest in _chains(after, row)]
    return onward


@cache
def places() -> tuple[str, ...]:
    """Beginnings of addresses: each lowest division with all above it, without the province, and alone."""
    return tuple(dict.fromkeys(name for chain in _lowest() for name in _endings(chain)))


@cache
def authorities() -> tuple[str, ...]:
    """Names of issuing authorities: of counties and prefectures, and of their branches in districts."""
    names: dict[str, None] = {}
    for *above, own in _lowest():
        names |= dict.fromkeys(f"{place}公安局" for place in _endings((*above, own)))
        if above and own.endswith("区"):
            names |= dict.fromkeys(f"{place}公安局{own.removesuffix('区')}分局" for place in _endings(tuple(above)))
    return tuple(names)


def _endings(chain: tuple[str, ...]) -> list[str]:
    return ["".join(chain[k:]) for k in range(len(chain))]


def _lowest() -> Iterator[tuple[str, ...]]:
    """Names from the province down to each lowest division, as they coexist in some edition."""
    for rows in divisions().values():
        for row in rows:
            if row.is_lowest and row.name not in GENERIC:
                above = [[other for other in division(code) if other.name not in GENERIC] for code in row.parents]
                for chain in product(*filter(None, above)):
                    if all(row.first <= other.last and other.first <= row.last for other in chain):
                        yield *(other.name for other in chain), row.name
