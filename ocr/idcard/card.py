"""The result for an identity card: fields, problems, boxes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ocr.document import Quad

__all__ = ["BACK", "FRONT", "LONG_TERM", "RESIDENT", "Field", "IdCard", "Problem", "Side"]

FRONT = ("name", "sex", "ethnicity", "birth", "address", "number")
"""Fields of the side with the portrait."""
BACK = ("issuer", "valid_from", "valid_to")
"""Fields of the side with the national emblem."""
RESIDENT = "cn-resident"
"""The kind of the Chinese resident identity card."""
LONG_TERM = "long-term"
"""``valid_to`` of a card that does not run out: 长期."""


class Side(StrEnum):
    """Which sides of the card the images show."""

    FRONT = "front"
    BACK = "back"
    BOTH = "both"
    NONE = "none"


class Problem(StrEnum):
    """Reasons not to trust a card as it was read; ``docs/formats.md`` explains each."""

    NOT_A_CARD = "not_a_card"
    WRONG_SIDE = "wrong_side"
    CROPPED = "cropped"
    BLURRED = "blurred"
    GLARE = "glare"
    DARK = "dark"
    LOW_RESOLUTION = "low_resolution"
    PHOTOCOPY = "photocopy"
    COVERED = "covered"
    CHECKSUM = "checksum"
    INCONSISTENT = "inconsistent"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    Attributes:
        value: as printed, in the form that :class:`IdCard` states; empty if nothing could be read.
        confidence: probability that the value is exactly what is printed, 0..1.
        valid: whether the value is possible for the field, and consistent with the other fields.
        box: where it is printed, in pixels of the input image; None if it was not found.
    """

    value: str = ""
    confidence: float = 0.0
    valid: bool = False
    box: Quad | None = None

    def to_json(self) -> dict[str, Any]:
        """``{"value", "confidence", "valid", "box"}``."""
        box = self.box.to_json() if self.box else None
        return {"value": self.value, "confidence": round(self.confidence, 4), "valid": self.valid, "box": box}


NOTHING = Field()


@dataclass(frozen=True, slots=True)
class IdCard:
    """A card, or one side of it. The fields of a side that is not shown are empty.

    Attributes:
        name: 姓名.
        sex: 男 or 女.
        ethnicity: 民族, one of the 56, without 族.
        birth: ``YYYY-MM-DD``.
        address: 住址, its lines joined.
        number: 公民身份号码, 17 digits and a check character.
        issuer: 签发机关.
        valid_from: ``YYYY-MM-DD``.
        valid_to: ``YYYY-MM-DD``, or ``long-term``.
        side: the sides that are shown.
        problems: in the order of :class:`Problem`.
        card_box: the front in its image, in pixels; the back, if only that is shown.
        portrait_box: the portrait in the same image; None if there is none.
        kind: of card; of others than ``cn-resident``, ``fields`` are those of its description.
        others: fields that the Chinese resident identity card does not have, by name.

    Example:
        >>> card = ocr.read_id_card("samples/card-front.jpg")
        >>> card.side, card.number.valid
        (<Side.FRONT: 'front'>, True)
    """

    name: Field = NOTHING
    sex: Field = NOTHING
    ethnicity: Field = NOTHING
    birth: Field = NOTHING
    address: Field = NOTHING
    number: Field = NOTHING
    issuer: Field = NOTHING
    valid_from: Field = NOTHING
    valid_to: Field = NOTHING
    side: Side = Side.NONE
    problems: tuple[Problem, ...] = ()
    card_box: Quad | None = None
    portrait_box: Quad | None = None
    kind: str = RESIDENT
    others: tuple[tuple[str, Field], ...] = ()

    @property
    def fields(self) -> dict[str, Field]:
        """All fields by name; of a card with a description, those that were found, and ``others``."""
        own = {name: getattr(self, name) for name in (*FRONT, *BACK)}
        if self.kind == RESIDENT:
            return own
        return {name: field for name, field in own.items() if field != NOTHING} | dict(self.others)

    def to_json(self) -> dict[str, Any]:
        """The card as plain dictionaries and lists: the fields of the sides that are shown, side, problems, boxes."""
        names = {Side.FRONT: FRONT, Side.BACK: BACK, Side.BOTH: (*FRONT, *BACK), Side.NONE: ()}[self.side]
        fields = self.fields
        return {
            "kind": self.kind,
            **{name: fields[name].to_json() for name in (names if self.kind == RESIDENT else fields)},
            "side": str(self.side),
            "problems": [str(problem) for problem in self.problems],
            "card_box": self.card_box.to_json() if self.card_box else None,
            "portrait_box": self.portrait_box.to_json() if self.portrait_box else None,
        }
