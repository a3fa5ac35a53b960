"""Charsets: which characters a recogniser can spell, in class order. Class 0 is the CTC blank."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

__all__ = ["BLANK", "Charset"]

BLANK = 0


@dataclass(frozen=True)
class Charset:
    """Characters in class order; class ``i + 1`` spells ``characters[i]``.

    Example:
        >>> Charset("ab").encode("ba")
        [2, 1]
    """

    characters: str

    def __post_init__(self) -> None:
        if len(set(self.characters)) != len(self.characters):
            raise ValueError("a charset contains each character once")

    @classmethod
    def load(cls, name: str) -> Charset:
        """A charset that ships with the package: one character a line.

        Raises:
            FileNotFoundError: there is no charset of that name.
        """
        text = (files("ocr.recognize") / "charsets" / f"{name}.txt").read_text(encoding="utf-8")
        return cls("".join(line[0] for line in text.split("\n") if line))

    def __len__(self) -> int:
        """Number of classes, including the blank."""
        return len(self.characters) + 1

    def __contains__(self, character: str) -> bool:
        return character in self._index

    @cached_property
    def _index(self) -> dict[str, int]:
        return {character: i + 1 for i, character in enumerate(self.characters)}

    def encode(self, text: Iterable[str]) -> list[int]:
        """Classes of the characters.

        Raises:
            KeyError: a character is not in the charset.
        """
        return [self._index[character] for character in text]

    def decode(self, classes: Iterable[int]) -> str:
        """The characters of non-blank classes."""
        return "".join(self.characters[i - 1] for i in classes)
