"""The most likely lines of a machine-readable zone, check digits counted in.

What the picture says of each place is weighed against the check digits in one search: a wrong check digit is as
unlikely as documents on which one is misprinted. So a letter in doubt is settled by the digit that covers it, and a
document that is clearly printed wrong is read as it is printed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr.mrz.formats import CHARACTERS, WEIGHTS, Format, value_of

__all__ = ["Checked", "best_lines"]

MISPRINT = 1e-2
"""Share of check digits that are wrong on the document itself."""
CANDIDATES, NEGLIGIBLE = 6, 1e-7
"""Characters tried in one place, and the least probability of one."""

Residues = NDArray[np.float64]
"""10 x 10: by the sum so far, modulo 10, of the field that is being read, and of the composite."""
FIELD, COMPOSITE = (axis.astype(np.int8) for axis in np.mgrid[:10, :10])


@dataclass(frozen=True, slots=True)
class Checked:
    """The lines, and the probability that all of their characters are right."""

    lines: tuple[str, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class Role:
    """What a place does: its weight in the running field and in the composite, and which digit it is, if one."""

    field: int = 0
    composite: int = 0
    closes: str = ""


@dataclass(slots=True)
class Search:
    """The best way to each pair of residues, all ways to it together, and how each place was entered.

    ``trail`` has for each place the character and the field's residue before it, by the residues after it.
    """

    best: Residues
    mass: Residues
    trail: list[tuple[NDArray[np.int8], NDArray[np.int8]]]

    @classmethod
    def start(cls) -> Search:
        """Nothing is read yet."""
        best, mass = np.full((10, 10), -math.inf), np.zeros((10, 10))
        best[0, 0], mass[0, 0] = 0.0, 1.0
        return cls(best, mass, [])

    def take(self, row: NDArray[np.float64], role: Role) -> None:
        """One more place, with its probability of each character."""
        best, mass = np.full((10, 10), -math.inf), np.zeros((10, 10))
        character, came = np.zeros((10, 10), np.int8), np.zeros((10, 10), np.int8)
        for k in map(int, np.argsort(row)[::-1][:CANDIDATES]):
            if row[k] < NEGLIGIBLE:
                break
            score, ways, before = self._after(k, float(row[k]), role)
            mass += ways
            better = score > best
            best[better], character[better], came[better] = score[better], k, before[better]
        self.best, self.mass = best, mass
        self.trail.append((character, came))

    def _after(self, k: int, probability: float, role: Role) -> tuple[Residues, Residues, NDArray[np.int8]]:
        """Score and mass of each pair of residues once character ``k`` is taken, and the field's residue before."""
        value = value_of(CHARACTERS[k])
        score, mass, before = self.best, self.mass * probability, FIELD
        if role.closes:
            share = np.where((COMPOSITE if role.closes == "composite" else FIELD) == value, 1.0, MISPRINT)
            score, mass = score + np.log(share), mass * share
            closed, summed, origin = np.full((10, 10), -math.inf), np.zeros((10, 10)), np.zeros((10, 10), np.int8)
            closed[0], summed[0], origin[0] = score.max(0), mass.sum(0), score.argmax(0)
            score, mass, before = closed, summed, origin
        shift = (role.field * value % 10, role.composite * value % 10)
        rolled = (np.roll(array, shift, (0, 1)) for array in (score + math.log(probability), mass, before))
        return tuple(rolled)  # type: ignore[return-value]


def best_lines(form: Format, places: Sequence[NDArray[np.float64]]) -> Checked:
    """The most likely lines of a format.

    Args:
        form: the format.
        places: for each line, columns x 37 probabilities of ``CHARACTERS``.
    """
    roles = _roles(form)
    order = [roles.get((line, column), Role()) for line in range(form.rows) for column in range(form.columns)]
    search = Search.start()
    for row, role in zip(np.concatenate(list(places)), order, strict=True):
        search.take(row, role)
    field, composite = (int(i) for i in np.unravel_index(int(search.best.argmax()), (10, 10)))
    confidence = math.exp(search.best[field, composite]) / float(search.mass.sum())
    spelled = []
    for (character, came), role in zip(reversed(search.trail), reversed(order), strict=True):
        spelled.append(CHARACTERS[character[field, composite]])
        field, composite = (
            int(came[field, composite]),
            (composite - role.composite * value_of(spelled[-1])) % 10,
        )
    text = "".join(reversed(spelled))
    lines = tuple(text[i * form.columns : (i + 1) * form.columns] for i in range(form.rows))
    return Checked(lines, min(1.0, confidence))


def _roles(form: Format) -> dict[tuple[int, int], Role]:
    """Weights and check digits by place; every field that has a digit ends right before it."""
    field: dict[tuple[int, int], int] = {}
    composite: dict[tuple[int, int], int] = {}
    closes: dict[tuple[int, int], str] = {}
    for check in form.checks:
        covered = [place for span in check.covers for place in span.places()]
        weights = composite if check.name == "composite" else field
        weights |= {place: WEIGHTS[i % 3] for i, place in enumerate(covered)}
        closes[check.digit.line, check.digit.start] = check.name
    return {
        place: Role(field.get(place, 0), composite.get(place, 0), closes.get(place, ""))
        for place in {*field, *composite, *closes}
    }
