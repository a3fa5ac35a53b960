"""Watermarks, stamps and print across the fields of a drawn card, in several colours, sizes, angles and texts.

The ink is thinner than that of the fields: what is printed stays legible to a person, so no field counts as hidden.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ocr.train.synth.cards import SCALE, CardFaces, Color

__all__ = ["TEXTS", "watermarked"]

TEXTS = (
    "仅限测试使用 他用无效", "SPECIMEN ONLY", "测试样本", "仅供办理住宿登记", "与原件一致", "COPY 12-2025",
    "仅用于开户 再次复印无效", "样本 样本",
)  # fmt: skip
"""Texts of watermarks, when no others are given."""
INKS = (
    (120, 120, 124), (60, 60, 64), (196, 48, 52), (214, 90, 60), (44, 70, 170), (60, 130, 200), (40, 140, 70),
    (130, 60, 150),
)  # fmt: skip
STRENGTHS = (0.15, 0.5)
"""Least and greatest opacity. The ink of the fields has 1."""
SIZES = (2.4, 7.0)
"""Least and greatest size of the text, in millimetres."""


def watermarked(rng: random.Random, picture: Color, faces: CardFaces, texts: Sequence[str] = TEXTS) -> Color:
    """A drawn card with something printed across every field.

    Args:
        rng: source of randomness.
        picture: (H, W, 3) RGB, ``SCALE`` pixels a millimetre.
        faces: font files.
        texts: what a watermark says.
    """
    for draw in rng.choice(((_tiled,), (_tiled,), (_rows,), (_rows, _seal), (_tiled, _seal))):
        cover = np.asarray(draw(rng, (picture.shape[1], picture.shape[0]), faces, texts), np.float32) / 255
        share = (cover * rng.uniform(*STRENGTHS))[..., None]
        picture = (picture * (1 - share) + np.array(rng.choice(INKS), np.float32) * share).astype(np.uint8)
    return picture


def _face(rng: random.Random, faces: CardFaces) -> Path:
    return rng.choice([*faces.print, *faces.titles])


def _tiled(rng: random.Random, size: tuple[int, int], faces: CardFaces, texts: Sequence[str]) -> Image.Image:
    """One text again and again over the whole card, at an angle."""
    reach = round(math.hypot(*size))
    layer = Image.new("L", (reach, reach), 0)
    pen, text = ImageDraw.Draw(layer), rng.choice(texts)
    height = round(rng.uniform(*SIZES) * SCALE)
    font = ImageFont.truetype(str(_face(rng, faces)), height)
    step, width = round(height * rng.uniform(1.3, 2.5)), font.getlength(text) + height * rng.uniform(0.5, 2.5)
    for row, y in enumerate(range(0, reach, step)):
        shift = (row % 2) * width / 2 + rng.uniform(0, height)
        for k in range(math.ceil(reach / width) + 1):
            pen.text((k * width - shift, y), text, font=font, fill=255)
    return _middle(layer.rotate(rng.uniform(-50, 50), Image.Resampling.BICUBIC), size)


def _rows(rng: random.Random, size: tuple[int, int], faces: CardFaces, texts: Sequence[str]) -> Image.Image:
    """Lines of print, almost level, each at a place of its own."""
    layer = Image.new("L", size, 0)
    pen, y = ImageDraw.Draw(layer), rng.uniform(0, 5) * SCALE
    while y < size[1]:
        height = round(rng.uniform(SIZES[0], 4.5) * SCALE)
        font = ImageFont.truetype(str(_face(rng, faces)), height)
        pen.text((rng.uniform(-0.1, 0.5) * size[0], y), rng.choice(texts), font=font, fill=255)
        y += height * rng.uniform(1.1, 2.2)
    return layer.rotate(rng.gauss(0, 3), Image.Resampling.BICUBIC)


def _seal(rng: random.Random, size: tuple[int, int], faces: CardFaces, texts: Sequence[str]) -> Image.Image:
    """A round seal with a text across, anywhere on the card."""
    layer = Image.new("L", size, 0)
    pen, radius = ImageDraw.Draw(layer), rng.uniform(8, 16) * SCALE
    x, y = rng.uniform(0.1, 0.9) * size[0], rng.uniform(0.15, 0.85) * size[1]
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), outline=255, width=round(0.6 * SCALE))
    text = rng.choice(texts)[:8]
    font = ImageFont.truetype(str(_face(rng, faces)), round(1.6 * radius / max(4, len(text))))
    pen.text((x, y), text, font=font, fill=255, anchor="mm")
    return layer.rotate(rng.uniform(-40, 40), Image.Resampling.BICUBIC, center=(x, y))


def _middle(layer: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The middle part of a layer."""
    left, top = (layer.width - size[0]) // 2, (layer.height - size[1]) // 2
    return layer.crop((left, top, left + size[0], top + size[1]))
