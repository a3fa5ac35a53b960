"""Synthetic lines of machine-readable zones: documents of invented persons in OCR-B, scanned and photographed.

The same seed gives the same line; the centre of every glyph is known.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ocr.mrz.formats import CHARACTERS, CODES, DIGITS, FILLER, ICAO, LETTERS, Format, check_digit
from ocr.train.synth.degrade import Grey, coarse, fade, noise, photograph, scan_bilevel
from ocr.train.synth.lines import HEIGHT, LineSample

__all__ = ["MrzSynth", "document"]

LOOKS = {"photo": 0.45, "scan": 0.4, "clean": 0.15}
STATES = "UTO D GBR FRA CZE SWE CHE AUT USA CAN CHN JPN IND BRA ZAF EGY TUR POL ESP ITA NLD HUN".split()
LEGIBLE = 0.58
"""Least correlation of a degraded line with the clean one, in its worst part."""
OTHER_FACES = 0.12
"""Share of lines in other fixed-pitch typefaces than OCR-B, as on specimens and old documents."""


def document(rng: random.Random, form: Format, known: float = 0.6) -> list[str]:
    """The lines of an invented document, with valid check digits.

    Args:
        rng: chooses.
        form: its format.
        known: share of the codes of states that are those of a state; the others are any letters.
    """
    rows = [[FILLER] * form.columns for _ in range(form.rows)]
    for name, span in form.fields.items():
        room = span.end - span.start
        for (line, column), character in zip(span.places(), _value(rng, form, name, room, known), strict=False):
            rows[line][column] = character
    rows[0][: len(form.begins)] = form.begins
    for check in form.checks:
        lines = ["".join(row) for row in rows]
        rows[check.digit.line][check.digit.start] = str(check_digit(check.text(lines)))
    return ["".join(row) for row in rows]


def _value(rng: random.Random, form: Format, name: str, room: int, known: float) -> str:
    if name in ("birth", "expiry"):
        return f"{rng.randrange(100):02}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
    if name == "code":
        return rng.choice(CODES[form.name]) + rng.choice(FILLER + LETTERS)
    if name in ("country", "nationality"):
        return rng.choice(STATES) if rng.random() < known else _letters(rng, 3)
    if name in ("name", "given"):
        given = FILLER.join(_name(rng) for _ in range(rng.choice([1, 1, 2, 3])))
        return f"{_name(rng)}{FILLER * 2}{given}" if name == "name" else given
    if name == "sex":
        return rng.choice("MMFF<X")
    least = room - 3 if name == "number" else rng.choice([0, 1])
    return _code(rng, rng.randint(least, room if least else 0))


def _letters(rng: random.Random, count: int) -> str:
    return "".join(rng.choices(LETTERS, k=count))


def _code(rng: random.Random, count: int) -> str:
    alphabet = rng.choice([DIGITS, DIGITS, DIGITS + LETTERS, "0O1IL5S8B2Z6GD" + DIGITS])
    return "".join(rng.choices(alphabet, k=count))


def _name(rng: random.Random) -> str:
    if rng.random() < 0.25:
        return _letters(rng, rng.randint(2, 10))
    syllables = ("".join((rng.choice("BCDFGHJKLMNPRSTVWZ"), rng.choice("AEIOUY"), rng.choice(" NRSTLMK")))
                 for _ in range(rng.randint(1, 4)))  # fmt: skip
    return "".join(syllables).replace(" ", "")


@dataclass(frozen=True, slots=True)
class MrzSynth:
    """Draws lines of machine-readable zones.

    Attributes:
        faces: OCR-B font files.
        others: other fixed-pitch font files.
    """

    faces: Sequence[Path]
    others: Sequence[Path]

    def sample(self, seed: int) -> LineSample:
        """Draw the line of a seed."""
        rng = random.Random(seed)
        form = ICAO[rng.choice(list(ICAO))]
        rows = document(rng, form)
        at = rng.randrange(form.rows)
        if rng.random() < 0.15:
            rows[at] = "".join(rng.choices(CHARACTERS, k=form.columns))
        while True:
            face = rng.choice(self.others if rng.random() < OTHER_FACES else self.faces)
            sample = _draw(rng, face, rows, at)
            if sample is not None:
                return sample


def _draw(rng: random.Random, face: Path, rows: Sequence[str], at: int) -> LineSample | None:
    text = rows[at]
    pitch = rng.triangular(14, 34, 22)
    font = ImageFont.truetype(str(face), max(8, round(pitch * rng.uniform(1.3, 1.45))))
    pitch = max(pitch * rng.uniform(0.97, 1.06), 0.86 * font.getlength("W"))
    left, top, right, bottom = font.getbbox("H")
    cap = bottom - top
    leading = cap * rng.uniform(1.5, 2.0)
    margin = round(1.2 * leading)
    canvas = Image.new("L", (round(pitch * len(text)) + 2 * margin, round(cap + 2 * margin)), 255)
    pen = ImageDraw.Draw(canvas)
    jitter = rng.choice([0.0, 0.0, 0.012]) * pitch
    for k, row in enumerate(rows):
        y = margin - top + (k - at) * leading
        if -leading < y < canvas.height:
            for i, character in enumerate(row):
                x = margin + i * pitch + rng.gauss(0, jitter)
                pen.text(
                    (x + (pitch - (right - left)) / 2 - left, y + rng.gauss(0, jitter)), character, font=font, fill=0
                )
    image: Grey = np.asarray(canvas)
    centers = margin + (np.arange(len(text)) + 0.5) * pitch
    clean = _bent(rng, image, cap)
    image = _degraded(rng, clean, cap)
    band = slice(margin, margin + round(cap))
    if _likeness(clean[band], image[band]) < LEGIBLE:  # a line that nobody can read teaches nothing
        return None

    # A detector's crop: the whole line and a little more, never exact.
    above, below = (cap * rng.triangular(-0.02, 0.42, 0.16) for _ in "ab")
    before, after = (pitch * rng.triangular(-0.05, 1.6, 0.35) for _ in "ab")
    x0, x1 = max(0, round(margin - before)), round(margin + len(text) * pitch + after)
    y0, y1 = max(0, round(margin - above)), round(margin + cap + below)
    image = image[y0:y1, x0:x1]
    h, w = image.shape
    width = round(w * HEIGHT / h * rng.triangular(0.6, 1.2, 0.9))
    if width < 4 * 1.25 * len(text):
        return None
    picture = cv2.resize(image, (width, HEIGHT), interpolation=cv2.INTER_AREA if h > HEIGHT else cv2.INTER_LINEAR)
    fractions = np.clip((centers - x0) / w, 0, 1)
    return LineSample(picture.astype(np.uint8), text, tuple(float(f) for f in fractions))


def _likeness(clean: Grey, image: Grey) -> float:
    """Lowest correlation of the clean with the degraded line over six parts of its length."""
    worst = 1.0
    for parts in zip(np.array_split(clean, 6, axis=1), np.array_split(image, 6, axis=1), strict=True):
        a, b = (part - part.mean() for part in (cv2.blur(half, (3, 3)).astype(np.float32) for half in parts))
        worst = min(worst, float((a * b).sum() / (np.sqrt((a * a).sum() * (b * b).sum()) + 1e-3)))
    return worst


def _bent(rng: random.Random, image: Grey, cap: float) -> Grey:
    """Residual skew, the curvature of a page that is not flat, slant."""
    h, w = image.shape
    x = np.linspace(-1, 1, w, dtype=np.float32)
    shift = rng.gauss(0, 0.07) * cap * x + rng.choice([0, 0, rng.gauss(0, 0.07)]) * cap * (x * x - 0.4)
    columns = np.arange(w, dtype=np.float32)[None] + rng.gauss(0, 0.06) * (
        np.arange(h, dtype=np.float32)[:, None] - h / 2
    )
    lines = np.arange(h, dtype=np.float32)[:, None] + shift[None]
    return cv2.remap(image, columns, lines, cv2.INTER_LINEAR, borderValue=255).astype(np.uint8)


def _degraded(rng: random.Random, image: Grey, cap: float) -> Grey:
    stroke = max(1.0, 0.14 * cap)
    look = rng.choices(list(LOOKS), list(LOOKS.values()))[0]
    if rng.random() < 0.4:  # strokes that gained or lost ink
        size = max(2, round(stroke * rng.triangular(0.3, 1.5, 0.7)))
        image = (cv2.erode if rng.random() < 0.7 else cv2.dilate)(image, np.ones((size, size), np.uint8)).astype(
            np.uint8
        )
    if rng.random() < 0.15:
        image = fade(rng, image)
    if look == "scan":
        image = scan_bilevel(rng, image, stroke)
        return coarse(rng, image, rng.uniform(7, 16) / cap) if rng.random() < 0.4 and cap > 16 else image
    if rng.random() < 0.75:
        image = _grounded(rng, image, cap)
    if look == "clean":
        return image
    image = photograph(rng, image, stroke)
    low = rng.triangular(5.5, 20, 8.5)
    return coarse(rng, image, low / cap) if cap > low and rng.random() < 0.7 else image


def _grounded(rng: random.Random, image: Grey, cap: float) -> Grey:
    """The print on guilloche lines, at times with a shadow, a round stamp or the glint of a hologram."""
    h, w = image.shape
    y, x = np.mgrid[:h, :w].astype(np.float32)
    ground = np.full((h, w), rng.uniform(185, 255), np.float32)
    for _ in range(rng.randint(0, 4)):
        period, length = cap * rng.uniform(0.12, 0.9), cap * rng.uniform(2, 20)
        angle, depth = rng.uniform(0, math.pi), rng.uniform(4, 34)
        along, across = x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)
        wave = np.sin(2 * math.pi * (across + cap * rng.uniform(0, 1) * np.sin(2 * math.pi * along / length)) / period)
        ground -= depth * (wave > rng.uniform(-0.2, 0.8)) if rng.random() < 0.6 else depth * (wave + 1) / 2
    ground += rng.uniform(0, 22) * noise(rng, (h, w), 8.0)
    ink = rng.uniform(0, 90)
    share = image.astype(np.float32) / 255
    out = np.minimum(ground, 255) * share + np.minimum(ink, ground) * (1 - share)
    if rng.random() < 0.1:
        mask = np.zeros((h, w), np.uint8)
        center, radius = (rng.randrange(w), rng.randint(-h, 2 * h)), round(cap * rng.uniform(1, 4))
        cv2.circle(mask, center, radius, 255, max(1, round(cap * rng.uniform(0.04, 0.16))), cv2.LINE_AA)
        out -= mask * rng.uniform(0.15, 0.45)
    if rng.random() < 0.15:
        center_x, reach = rng.uniform(0, w), cap * rng.uniform(2, 10)
        out += rng.uniform(30, 120) * np.exp(-(((x - center_x) / reach) ** 2))
    return out.clip(0, 255).astype(np.uint8)
