"""What draws text on a page and keeps it, and the words, names and numbers that are drawn."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Drawing = tuple[NDArray[np.uint8], list[str]]
"""(H, W, 3) RGB, and the items on it; one that begins with # is compared without spaces."""

WORDS = (
    "harbour ferry bread guild charter wages market timber bridge letter window garden silver copper winter "
    "summer morning evening captain village railway station library museum theatre chapel parish county "
    "council account meeting report invoice payment delivery customer product service quality number address "
    "contact support document summary overview analysis network security project schedule budget "
).split()
NAMES = "Helen Marcus Ingrid Victor Amelia Konrad Beatrice Oliver Sophie Desmond".split()
SURNAMES = "Whitfield Okafor Lindqvist Marlowe Pemberton Castell Drummond Novak Abernathy Quigley".split()


class Pen:
    """Draws text in one face, and keeps what it wrote."""

    def __init__(self, size: tuple[int, int], face: Path, ground: tuple[int, int, int] = (255, 255, 255)) -> None:
        self.image = Image.new("RGB", size, ground)
        self.draw, self.face, self.items = ImageDraw.Draw(self.image), face, list[str]()

    def font(self, size: float) -> ImageFont.FreeTypeFont:
        """The face at a size in pixels."""
        return ImageFont.truetype(str(self.face), size)

    def text(self, x: float, y: float, text: str, size: float, fill: tuple[int, int, int] = (0, 0, 0),
             item: bool = True, anchor: str = "la") -> float:  # fmt: skip
        """Write text at a place; returns its width."""
        font = self.font(size)
        self.draw.text((x, y), text, fill, font, anchor=anchor)
        if item:
            self.items.append(text)
        return float(font.getlength(text))

    def done(self) -> Drawing:
        """The drawing."""
        return np.asarray(self.image), self.items


def phrase(rng: random.Random, n: int) -> str:
    """Some words that start with a capital."""
    return " ".join(rng.sample(WORDS, n)).capitalize()


def money(rng: random.Random) -> str:
    """An amount."""
    return f"{rng.randint(1, 9999):,}.{rng.randint(0, 99):02d}"


def date(rng: random.Random) -> str:
    """A date."""
    return f"{rng.randint(1, 28):02d}/{rng.randint(1, 12):02d}/{rng.randint(1990, 2024)}"


def para(pen: Pen, rng: random.Random, x: float, y: float, size: int, width: float, lines: int) -> float:
    """Lines of prose that fill a width; returns where they end."""
    font = pen.font(size)
    for _ in range(lines):
        text = rng.choice(WORDS)
        while font.getlength(text + " " + (word := rng.choice(WORDS))) <= width:
            text += " " + word
        pen.text(x, y, text, size)
        y += 1.35 * size
    return y
