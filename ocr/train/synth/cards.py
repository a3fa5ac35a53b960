"""Synthetic Chinese resident identity cards: both sides, drawn to scale, each marked as a specimen.

The quad of every printed text is known. The persons are invented (:mod:`ocr.train.synth.people`), the portrait is a
drawing, and a plain shape stands in for the emblem.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr.document import Quad
from ocr.idcard.card import LONG_TERM, Side
from ocr.idcard.layout import HEIGHT, LABELS, PORTRAIT, TITLES, WIDTH
from ocr.train.synth.degrade import noise

__all__ = ["CORNER_RADIUS", "SCALE", "Card", "CardFaces", "Color", "Run", "Sheet", "card_ground", "draw_card",
           "draw_portrait", "mark_specimen", "rounded"]  # fmt: skip

Color = NDArray[np.uint8]

SCALE = 14.0
"""Pixels per millimetre of the drawing, about 350 dpi."""
CORNER_RADIUS = 3.18
"""Of a card of ISO/IEC 7810, in millimetres."""
VALUES = {
    "name": (17.1, 10.8), "sex": (17.1, 16.9), "ethnicity": (36.4, 16.9), "year": (16.9, 23.1), "month": (30.0, 23.1),
    "day": (38.8, 23.1), "address": (16.9, 29.4), "number": (26.1, 45.6), "issuer": (33.3, 39.6), "span": (33.3, 46.0),
}  # fmt: skip
"""Left edge and vertical middle of each value, in millimetres."""
LABEL_SIZE, VALUE_SIZE, NUMBER_SIZE, NUMBER_PITCH = 2.5, 3.3, 3.3, 2.45
ADDRESS_WIDTH, ADDRESS_PITCH = 11, 4.1
"""Characters per line, and millimetres from line to line."""


@dataclass(frozen=True, slots=True)
class CardFaces:
    """Font files to choose from at random.

    Attributes:
        print: Chinese faces for labels and values.
        titles: Chinese faces for the titles on the back and for stamps.
        digits: faces for the identity number.
    """

    print: Sequence[Path]
    titles: Sequence[Path]
    digits: Sequence[Path]


@dataclass(frozen=True, slots=True)
class Run:
    """A printed text and its quad; ``field`` is the name of its field, or ``label``, ``title`` or ``mark``."""

    text: str
    quad: Quad
    field: str


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """One side of a card, flat, and what is on it; quads are in its pixels."""

    picture: Color
    side: Side
    values: Mapping[str, str]
    runs: tuple[Run, ...]
    portrait: Quad | None


class Sheet:
    """One side of a card to draw on; positions and sizes are in millimetres."""

    def __init__(self, ground: Color) -> None:
        self._image = Image.fromarray(ground)
        self._pen = ImageDraw.Draw(self._image)
        self.runs: list[Run] = []

    @property
    def picture(self) -> Color:
        """The drawing so far, (H, W, 3) RGB."""
        return np.asarray(self._image)

    def put(
        self,
        text: str,
        face: Path,
        left: float,
        middle: float,
        size: float,
        field: str,
        *,
        pitch: float = 0.0,
        ink: tuple[int, int, int] = (20, 20, 24),
    ) -> None:
        """Print a text and record it as a run; ``pitch`` places the characters at that distance from each other."""
        font = ImageFont.truetype(str(face), round(size * SCALE))
        x, y = left * SCALE, middle * SCALE
        end = x
        for i, character in enumerate(text) if pitch else [(0, text)]:
            start = x + i * pitch * SCALE
            self._pen.text((start, y), character, font=font, fill=ink, anchor="lm")
            end = start + font.getlength(character)
        half = 0.55 * size * SCALE
        self.runs.append(Run(text, Quad.rect(x, y - half, end, y + half), field))

    def polygon(self, points: Sequence[tuple[float, float]], fill: tuple[int, int, int]) -> None:
        """Draw a filled polygon."""
        self._pen.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=fill)

    def ellipse(self, center: tuple[float, float], radii: tuple[float, float], fill: tuple[int, int, int]) -> None:
        """Draw a filled ellipse."""
        (x, y), (a, b) = center, radii
        self._pen.ellipse(((x - a) * SCALE, (y - b) * SCALE, (x + a) * SCALE, (y + b) * SCALE), fill=fill)


def draw_card(rng: random.Random, values: Mapping[str, str], side: Side, faces: CardFaces) -> Card:
    """Draw one side of a card.

    Args:
        rng: source of randomness for faces and colours.
        values: value of every field, in the form of :class:`ocr.idcard.card.IdCard`.
        side: front or back.
        faces: font files.
    """
    sheet = Sheet(card_ground(rng))
    face = rng.choice(faces.print)
    tint = rng.choice(((46, 92, 140), (60, 60, 66), (40, 80, 120)))
    for label in LABELS[side]:
        sheet.put(label.text, face, label.left, label.middle, LABEL_SIZE, "label", pitch=label.pitch, ink=tint)
    if side is Side.FRONT:
        _front(rng, sheet, values, face, faces)
    else:
        _back(rng, sheet, values, face, faces)
    mark_specimen(rng, sheet, faces)
    portrait = Quad.rect(*(SCALE * at for at in PORTRAIT)) if side is Side.FRONT else None
    return Card(rounded(sheet.picture), side, values, tuple(sheet.runs), portrait)


def _front(rng: random.Random, sheet: Sheet, values: Mapping[str, str], face: Path, faces: CardFaces) -> None:
    draw_portrait(rng, sheet)
    year, month, day = values["birth"].split("-")
    printed = {
        "name": values["name"], "sex": values["sex"], "ethnicity": values["ethnicity"],
        "year": year, "month": str(int(month)), "day": str(int(day)),
    }  # fmt: skip
    for name, text in printed.items():
        left, middle = VALUES[name]
        pitch = VALUE_SIZE * 1.12 if name == "name" else 0.0
        field = "birth" if name in ("year", "month", "day") else name
        sheet.put(text, face, left + rng.gauss(0, 0.15), middle, VALUE_SIZE, field, pitch=pitch)
    left, middle = VALUES["address"]
    address, width = values["address"], ADDRESS_WIDTH + rng.choice((0, 0, -1))
    for i in range(0, len(address), width):
        sheet.put(address[i : i + width], face, left, middle + i // width * ADDRESS_PITCH, VALUE_SIZE, "address")
    left, middle = VALUES["number"]
    sheet.put(values["number"], rng.choice(faces.digits), left, middle, NUMBER_SIZE, "number", pitch=NUMBER_PITCH)


def _back(rng: random.Random, sheet: Sheet, values: Mapping[str, str], face: Path, faces: CardFaces) -> None:
    _emblem(sheet)
    title = rng.choice(faces.titles)
    for text, left, right, middle, size in TITLES:
        sheet.put(text, title, left, middle, size, "title", pitch=(right - left - size) / (len(text) - 1))
    sheet.put(values["issuer"], face, *VALUES["issuer"], VALUE_SIZE * 0.88, "issuer")
    start, end = (values[name].replace("-", ".") for name in ("valid_from", "valid_to"))
    span = f"{start}-{'长期' if values['valid_to'] == LONG_TERM else end}"
    sheet.put(span, face, *VALUES["span"], VALUE_SIZE * 0.88, "span")


def card_ground(rng: random.Random) -> Color:
    """The background of a card, (H, W, 3) RGB: wavy guilloche lines on a pale gradient from blue-green to rose."""
    h, w = round(HEIGHT * SCALE), round(WIDTH * SCALE)
    y, x = np.mgrid[:h, :w].astype(np.float32) / SCALE
    left, right = np.array([214, 232, 234], np.float32), np.array([240, 222, 226], np.float32)
    share = np.clip(x / WIDTH + 0.15 * np.sin(y / 9), 0, 1)[..., None]
    ground = left + (right - left) * share + rng.uniform(-10, 8)
    for _ in range(rng.randint(2, 4)):
        angle, period = rng.uniform(0, math.pi), rng.uniform(0.9, 2.0)
        along, across = x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)
        swing = rng.uniform(0.8, 2.5) * np.sin(along / rng.uniform(2, 7) + rng.uniform(0, 6))
        swing += rng.uniform(0.3, 1.2) * np.sin(along / rng.uniform(0.8, 2) + across / rng.uniform(2, 5))
        line = np.abs(np.sin(math.pi * (across + swing) / period)) < rng.uniform(0.1, 0.2)
        tint = np.array([rng.randint(20, 46), rng.randint(8, 30), rng.randint(8, 26)], np.float32)
        ground -= cv2.GaussianBlur(line.astype(np.float32), (0, 0), 0.8)[..., None] * tint
    ground += 2.0 * noise(rng, (h, w), 1.0)[..., None]
    return np.asarray(ground.clip(0, 255), np.uint8)


def draw_portrait(rng: random.Random, sheet: Sheet, place: tuple[float, float, float, float] = PORTRAIT) -> None:
    """Draw head and shoulders where the photograph goes: left, top, right, bottom in millimetres."""
    left, top, right, bottom = place
    middle, skin = (left + right) / 2, rng.choice(((232, 198, 172), (216, 176, 146), (240, 210, 186)))
    hair, shirt = rng.choice(((24, 22, 22), (44, 34, 30), (96, 92, 90))), tuple(rng.randint(20, 200) for _ in range(3))
    shade = (skin[0] - 26, skin[1] - 26, skin[2] - 24)
    y = top + 12.5 + rng.uniform(-0.6, 0.6)
    width, height = rng.uniform(5.4, 6.2), rng.uniform(7.4, 8.2)
    sheet.ellipse((middle, y - 1.4), (width + 1.0, height + 0.9), hair)
    long = rng.random() < 0.5
    if long:
        sheet.polygon([(middle - width - 1, y - 1), (middle + width + 1, y - 1), (middle + width + 1.4, y + 11),
                       (middle - width - 1.4, y + 11)], hair)  # fmt: skip
    shoulders = [(middle - 2.6, y + 8.5), (middle + 2.6, y + 8.5), (right - 2, y + 14), (right - 0.6, bottom),
                 (left + 0.6, bottom), (left + 2, y + 14)]  # fmt: skip
    sheet.polygon(shoulders, (shirt[0], shirt[1], shirt[2]))
    sheet.polygon([(middle - 2.4, y + 5), (middle + 2.4, y + 5), (middle + 2.8, y + 9.5), (middle, y + 11.5),
                   (middle - 2.8, y + 9.5)], shade)  # fmt: skip
    for ear in (-1, 1):
        sheet.ellipse((middle + ear * width, y + 0.6), (0.9, 1.7), shade)
    sheet.ellipse((middle, y), (width, height), skin)
    sheet.ellipse((middle, y - height + 1.4), (width - 0.8, 2.4), hair)
    for eye in (-1, 1):
        x = middle + eye * 2.3
        sheet.polygon([(x - 1.5, y - 1.9), (x + 1.5, y - 1.9), (x + 1.3, y - 1.45), (x - 1.3, y - 1.45)], hair)
        sheet.ellipse((x, y - 0.3), (1.15, 0.6), (250, 250, 250))
        sheet.ellipse((x, y - 0.3), (0.55, 0.58), (30, 22, 20))
    sheet.polygon([(middle, y), (middle + 0.9, y + 2.4), (middle - 0.9, y + 2.4)], shade)
    sheet.ellipse((middle, y + 4.5), (1.7, 0.5), (176, 96, 92))


def _emblem(sheet: Sheet) -> None:
    """In place of the national emblem: a red disc with five stars in a golden ring."""
    x, y = 13.9, 13.4
    gold, red = (214, 170, 62), (188, 42, 40)
    sheet.ellipse((x, y), (8.4, 8.6), gold)
    sheet.ellipse((x, y), (6.9, 7.1), red)
    for i, (dx, dy) in enumerate(((0, -3.6), (-3.4, -1.8), (-1.5, -0.4), (1.5, -0.4), (3.4, -1.8))):
        radius = 1.9 if i == 0 else 0.9
        tips = [(radius * (1.0 if k % 2 == 0 else 0.4), k * math.pi / 5 - math.pi / 2) for k in range(10)]
        sheet.polygon([(x + dx + r * math.cos(a), y + dy + r * math.sin(a)) for r, a in tips], gold)
    sheet.polygon([(x - 4.4, y + 3.4), (x + 4.4, y + 3.4), (x + 3.2, y + 1.6), (x - 3.2, y + 1.6)], gold)


def mark_specimen(rng: random.Random, sheet: Sheet, faces: CardFaces) -> None:
    """The mark that every drawn card carries."""
    ink = (168, 60, 60)
    sheet.put("样本 SPECIMEN", rng.choice(faces.titles), 2.0, 51.6, 2.2, "mark", ink=ink)
    sheet.put("SPECIMEN 样本", rng.choice(faces.titles), 64.5, 2.6, 2.2, "mark", ink=ink)


def rounded(picture: Color) -> Color:
    """The image with white beyond its rounded corners."""
    h, w = picture.shape[:2]
    mask, radius = np.zeros((h, w), np.uint8), round(CORNER_RADIUS * SCALE)
    cv2.rectangle(mask, (radius, 0), (w - radius, h), 255, -1)
    cv2.rectangle(mask, (0, radius), (w, h - radius), 255, -1)
    for center in (
        (radius, radius),
        (w - radius - 1, radius),
        (radius, h - radius - 1),
        (w - radius - 1, h - radius - 1),
    ):
        cv2.circle(mask, center, radius, 255, -1, cv2.LINE_AA)
    return np.where(mask[..., None] > 127, picture, np.uint8(255))
