"""The most likely lines of a machine-readable zone, given the image and the check digits.

One search combines the probabilities of each place with the check digits: the prior of a wrong check digit is the share
of documents on which one is misprinted. So a doubtful character is decided by the digit that covers it, and a document
that is clearly printed wrong is read as printed.
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
"""Share of check digits that are printed wrong."""
CANDIDATES, NEGLIGIBLE = 6, 1e-7
"""Most characters that are tried at one place, and the least probability of one."""

Residues = NDArray[np.float64]
"""(10, 10): indexed by the weighted sums so far, modulo 10, of the current field and of the composite."""
FIELD, COMPOSITE = (axis.astype(np.int8) for axis in np.mgrid[:10, :10])


@dataclass(frozen=True, slots=True)
class Checked:
    """The lines, and the probability that all of their characters are right."""

    lines: tuple[str, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class Role:
    """Role of a place: its weights in the current field and in the composite, and the check digit it is, if any."""

    field: int = 0
    composite: int = 0
    closes: str = ""


@dataclass(slots=True)
class Search:
    """State of the search, by residues.

    Attributes:
        best: log score of the best path to each pair of residues.
        mass: total probability of all paths to it.
        trail: for each place, the character and the residue of the field before it, by the residues after it.
    """

    best: Residues
    mass: Residues
    trail: list[tuple[NDArray[np.int8], NDArray[np.int8]]]

    @classmethod
    def start(cls) -> Search:
        """The state before the first place."""
        best, mass = np.full((10, 10), -math.inf), np.zeros((10, 10))
        best[0, 0], mass[0, 0] = 0.0, 1.0
        return cls(best, mass, [])

    def take(self, row: NDArray[np.float64], role: Role) -> None:
        """Advance by one place, given the probability of each character."""
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
        """Score and mass by residues after character ``k``, and the residue of the field before it."""
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
        places: for each line, (columns, 37) probabilities of ``CHARACTERS``.
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
    """Weights and check digits by place; a field with a check digit ends immediately before it."""
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
