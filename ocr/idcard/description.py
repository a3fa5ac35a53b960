"""Descriptions of cards: files that say what is printed where, so that a further kind of card needs no code.

``layouts/*.toml`` are the kinds that are read by name; ``docs/howto/identity-documents.md`` explains the format.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from ocr.errors import UsageError
from ocr.idcard.card import RESIDENT
from ocr.idcard.layout import HEIGHT, WIDTH
from ocr.idcard.number_checks import CHECKS

__all__ = ["AUTO", "TEXTS", "Description", "Label", "Place", "described", "description", "kinds"]

AUTO = "auto"
"""The kind that stands for whichever one the picture shows."""
TEXTS = ("Chinese text", "traditional Chinese text", "Latin text")
"""Those that are text."""
HOLDS = (*TEXTS, "words", "number", "date", "period")
"""What a field can hold."""
WRITTEN = ("number", "date", "period")
"""Those of which the file says how they are written."""
NAME = re.compile(r"[a-z][a-z_]*")

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Label:
    """Text that is printed on every card of a kind.

    Attributes:
        text: its wordings; one of them is printed.
        place: left, top, right, bottom in millimetres from the top left corner of the card.
        distinctive: tells the kind from others; one of those that are has to be read.
    """

    text: tuple[str, ...]
    place: Box
    distinctive: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A field.

    Attributes:
        name: of the field; of a period, the names of its first and last day.
        place: the rectangle in which it is printed, in millimetres.
        holds: one of ``HOLDS``.
        written: forms of a number (``A`` a capital letter, ``0`` a digit, ``?`` either), a date or a period (``YYYY``,
            ``YY``, ``MM``, ``DD``); all else as it stands.
        check: name of a check of :mod:`ocr.idcard.number_checks`; empty if there is none.
        words: value -> its wordings, for a field of words.
        anchor: the card is found by this number, as it has no labels.
    """

    name: tuple[str, ...]
    place: Box
    holds: str
    written: tuple[str, ...] = ()
    check: str = ""
    words: tuple[tuple[str, tuple[str, ...]], ...] = ()
    anchor: bool = False


@dataclass(frozen=True, slots=True)
class Description:
    """A kind of card.

    Attributes:
        kind: its short name.
        title: its name in full.
        labels: what is printed on every card.
        places: its fields.
        portrait: the place of the portrait in millimetres; None if there is none.
    """

    kind: str
    title: str
    labels: tuple[Label, ...]
    places: tuple[Place, ...]
    portrait: Box | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all fields."""
        return tuple(name for place in self.places for name in place.name)


@cache
def described() -> dict[str, Description]:
    """The descriptions that come with the package, by kind."""
    folder = files("ocr.idcard") / "layouts"
    found = [
        _parsed(file.read_text(encoding="utf-8"), file.name)
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".toml")
    ]
    return {each.kind: each for each in found}


def kinds() -> tuple[str, ...]:
    """The kinds that can be asked for."""
    return (AUTO, RESIDENT, *described())


def description(kind: str) -> Description:
    """The description of a kind, or the one in a file.

    Args:
        kind: a name, or the path of a ``.toml`` file.

    Raises:
        UsageError: there is no such kind or file, or the file is no description.
    """
    if kind in described():
        return described()[kind]
    if not kind.endswith(".toml"):
        raise UsageError(
            f"there is no kind of card {kind!r}; choose from {', '.join(kinds())}, or give the path of a description "
            "(.toml)"
        )
    try:
        text = Path(kind).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"{kind}: the description cannot be read ({reason}); check the path") from error
    return _parsed(text, kind)


def _parsed(text: str, name: str) -> Description:
    """A description from its text.

    Raises:
        UsageError: it is not one; the message names ``name`` and the fault.
    """
    try:
        table = tomllib.loads(text)
        found = Description(
            _text(table, "kind"),
            _text(table, "title"),
            tuple(_label(each) for each in table.get("labels", ())),
            tuple(_place(each) for each in table["fields"]),
            _box(table["portrait"]) if "portrait" in table else None,
        )
        _known(table, ("kind", "title", "labels", "fields", "portrait"))
        names = found.names
        if len(set(names)) < len(names):
            raise ValueError(
                f"a field is described twice: {', '.join(sorted({n for n in names if names.count(n) > 1}))}"
            )
        if not any(label.distinctive for label in found.labels) and not any(place.anchor for place in found.places):
            raise ValueError("nothing tells the card from others: mark a label as distinctive, or a number as anchor")
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        fault = f"{error} is missing" if isinstance(error, KeyError) else error
        raise UsageError(
            f"{name}: not a description of a card ({fault}); see docs/howto/identity-documents.md"
        ) from error
    return found


def _label(table: Mapping[str, Any]) -> Label:
    _known(table, ("text", "place", "distinctive"))
    return Label(_texts(table, "text"), _box(table["place"]), _flag(table, "distinctive"))


def _place(table: Mapping[str, Any]) -> Place:
    _known(table, ("name", "place", "holds", "written", "check", "words", "anchor"))
    names, holds = _texts(table, "name"), _text(table, "holds")
    if holds not in HOLDS:
        raise ValueError(f"a field cannot hold {holds!r}, only {', '.join(HOLDS)}")
    if len(names) != (2 if holds == "period" else 1) or not all(map(NAME.fullmatch, names)):
        raise ValueError(f"the name {table['name']!r}: small letters and underscores, two names for a period")
    written = _texts(table, "written") if holds in WRITTEN or "written" in table else ()
    if "written" in table and holds not in WRITTEN:
        raise ValueError(f"{names[0]}: only {', '.join(WRITTEN)} have forms in which they are written")
    check = table.get("check", "")
    if check and check not in CHECKS:
        raise ValueError(f"{names[0]}: there is no check {check!r}, only {', '.join(CHECKS)}")
    words = tuple((value, _texts(table["words"], value)) for value in table.get("words", {}))
    if (holds == "words") != bool(words):
        raise ValueError(f"{names[0]}: a field that holds words, and no other, lists its words")
    anchor = _flag(table, "anchor")
    if anchor and not (holds == "number" and check):
        raise ValueError(f"{names[0]}: an anchor is a number with a check")
    return Place(names, _box(table["place"]), holds, written, check, words, anchor)


def _known(table: Mapping[str, Any], keys: tuple[str, ...]) -> None:
    unknown = [key for key in table if key not in keys]
    if unknown:
        raise ValueError(f"unknown key {unknown[0]!r}, known are {', '.join(keys)}")


def _flag(table: Mapping[str, Any], key: str) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise ValueError(f"{key} is true or false")
    return value


def _text(table: Mapping[str, Any], key: str) -> str:
    value = table[key]
    if not isinstance(value, str) or not value:
        raise ValueError(f"{key} is a text")
    return value


def _texts(table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """A text, or a list of texts."""
    value = table[key]
    texts = (value,) if isinstance(value, str) else tuple(value)
    if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
        raise ValueError(f"{key} is a text or a list of texts")
    return texts


def _box(value: Any) -> Box:
    left, top, right, bottom = map(float, value)
    if not (0 <= left < right <= WIDTH and 0 <= top < bottom <= HEIGHT):
        raise ValueError(f"the place {value}: left, top, right, bottom in millimetres on a card of {WIDTH} x {HEIGHT}")
    return left, top, right, bottom
