"""Two readings of one card: which of their values are doubtful, and which of two values stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ocr.document import Quad
from ocr.idcard.card import BACK, FRONT, IdCard, Side

__all__ = ["SIDES", "alike", "cell_of", "doubtful", "surer"]

SIDES = {Side.FRONT: FRONT, Side.BACK: BACK}
"""Fields by side."""
CERTAIN_FIELD = 0.8
"""Confidence from which a value is taken to be free of the ink beside it."""
SAME_LINE = 2.0
"""Greatest distance between the sides of a line in two readings, in millimetres."""


def cell_of(name: str) -> str:
    """The cell in which a field is printed."""
    return "span" if name in BACK[1:] else name


def doubtful(card: IdCard, certain: float = CERTAIN_FIELD) -> set[str]:
    """The fields of a side whose confidence is below ``certain``."""
    return {name for name in SIDES[card.side] if card.fields[name].confidence < certain}


def surer(card: IdCard, other: IdCard, certain: float = CERTAIN_FIELD) -> IdCard:
    """A card whose values below a confidence are those of another reading of it, where that is surer of them."""
    better = {
        name: field
        for name, field in other.fields.items()
        if card.fields[name].confidence < min(certain, field.confidence)
    }
    return replace(card, **better)  # type: ignore[arg-type]


def alike(lines: Sequence[Quad], others: Sequence[Quad]) -> bool:
    """Whether two readings have a value on the same lines, given in millimetres."""
    return len(lines) == len(others) and all(
        abs(a - b) < SAME_LINE
        for line, other in zip(lines, others, strict=True)
        for a, b in zip(line.hull, other.hull, strict=True)
    )
