"""Images that a detector may take for a line, and that a recogniser has nothing to say about.

Specks, noise, rules, scribbles, halftones, stars and textures; lines of scripts that no recogniser here has letters of.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

from ocr.train.synth.degrade import Grey, noise, photograph, scan_bilevel, speckle

__all__ = ["ForeignFace", "foreign_faces", "foreign_line", "junk_page", "junk_picture"]

HEIGHT = 32
FOREIGN = (
    "ARABIC ARMENIAN BENGALI DEVANAGARI ETHIOPIC GEORGIAN GUJARATI GURMUKHI HANGUL HEBREW KANNADA KHMER LAO MALAYALAM "
    "MYANMAR ORIYA SINHALA TAMIL TELUGU THAI TIBETAN"
).split()
"""Scripts that newspapers are printed in, but Latin, Greek, Cyrillic and those with Han; old ones look like Latin."""


def junk_picture(seed: int) -> Grey:
    """Draw an image (32, W) without text; the same seed gives the same image."""
    rng = random.Random(seed)
    scale = rng.choice([1, 1, 2])
    h, w = HEIGHT * scale, int(rng.triangular(12, 600, 60)) * scale
    kind = rng.choice([_specks, _grain, _rules, _scribble, _halftone, _edge, _shapes, _stars, _texture])
    return _worn(rng, kind(rng, np.full((h, w), 255, np.uint8)), scale)


def junk_page(seed: int) -> Grey:
    """Draw a page (H, W) of some megapixel without text: what a detector finds in it is no line."""
    rng = random.Random(seed)
    paper = np.full((rng.randint(500, 1400), rng.randint(500, 1400)), 255, np.uint8)
    page = rng.choice([_specks, _grain, _scribble, _halftone, _shapes, _stars, _texture])(rng, paper)
    return scan_bilevel(rng, page, 2.0) if rng.random() < 0.3 else page


def _worn(rng: random.Random, image: Grey, scale: int) -> Grey:
    """Scanned or photographed, or as it is, and as high as lines are."""
    if rng.random() < 0.5:
        image = scan_bilevel(rng, image, 2.0 * scale)
    elif rng.random() < 0.5:
        image = photograph(rng, image, 2.0 * scale)
    if scale > 1:
        image = cv2.resize(image, (image.shape[1] // scale, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.uint8)
    return image


@dataclass(frozen=True, slots=True)
class ForeignFace:
    """A font of a script that a charset lacks.

    Attributes:
        path: of the font file.
        letters: that it has and the charset lacks.
        marks: of the same script, that stand at letters.
    """

    path: Path
    letters: str
    marks: str


def foreign_faces(folders: Collection[Path], charset: Collection[str]) -> list[ForeignFace]:
    """The fonts below the folders that hold a script of ``FOREIGN`` of which the charset has no letter.

    Args:
        folders: with font files (.ttf, .otf).
        charset: characters of the recogniser.
    """
    scripts = set(FOREIGN) - {_script(c) for c in charset}
    faces = []
    for path in sorted(p for folder in folders for p in folder.rglob("*.[ot]tf")):
        with TTFont(path, lazy=True) as font:
            characters = [chr(code) for code in font.getBestCmap() or () if code < 0xF900]
        for script in sorted(scripts & {_script(c) for c in characters}):
            own = [c for c in characters if _script(c) == script]
            letters = "".join(c for c in own if unicodedata.category(c)[0] == "L")
            marks = "".join(c for c in own if unicodedata.category(c)[0] == "M" and "VOWEL" in unicodedata.name(c))
            if len(letters) >= 20:
                faces.append(ForeignFace(path, letters, marks))
    return faces


def _script(character: str) -> str:
    """First word of a letter's name in Unicode (THAI, HEBREW); empty for what is no letter or mark."""
    letter = unicodedata.category(character)[0] in "LM"
    return unicodedata.name(character, "").split(" ")[0] if letter else ""


def foreign_line(seed: int, faces: list[ForeignFace]) -> Grey:
    """Draw a line (32, W) of words in one of the faces; the same seed gives the same image."""
    rng = random.Random(seed)
    face = rng.choice(faces)
    scale = rng.choice([1, 1, 2])
    words = [_word(rng, face) for _ in range(rng.choice([1, 1, 2, 3, 4, 6]))]
    font = ImageFont.truetype(face.path, round(HEIGHT * scale * rng.uniform(0.5, 0.72)))
    left, top, right, bottom = (round(v) for v in font.getbbox(" ".join(words)))
    h = HEIGHT * scale
    paper = Image.new("L", (max(12, right - left + h // 2), h), 255)
    at = (h // 4 - left, (h - (bottom - top)) // 2 - top + rng.randint(-2, 2))
    ImageDraw.Draw(paper).text(at, " ".join(words), fill=rng.choice([0, 0, rng.randint(0, 120)]), font=font)
    return _worn(rng, np.asarray(paper), scale)


def _word(rng: random.Random, face: ForeignFace) -> str:
    def syllables() -> Iterator[str]:
        for _ in range(rng.randint(2, 8)):
            yield rng.choice(face.letters)
            if face.marks and rng.random() < 0.4:
                yield rng.choice(face.marks)

    return "".join(syllables())


def _specks(rng: random.Random, image: Grey) -> Grey:
    image = speckle(rng, image, rng.choice([0.001, 0.01, 0.04]))
    for _ in range(rng.randint(0, 3)):
        center = (rng.randrange(image.shape[1]), rng.randrange(image.shape[0]))
        axes = (rng.randint(1, 9), rng.randint(1, 9))
        cv2.ellipse(image, center, axes, rng.uniform(0, 180), 0, 360, rng.randint(0, 120), -1)
    return image


def _grain(rng: random.Random, image: Grey) -> Grey:
    h, w = image.shape
    field = noise(rng, (h, w), rng.choice([0.0, 1.0, 2.0, 8.0]))
    grain: Grey = np.clip(rng.uniform(60, 230) + rng.uniform(10, 90) * field, 0, 255).astype(np.uint8)
    return grain


def _rules(rng: random.Random, image: Grey) -> Grey:
    h, w = image.shape
    for _ in range(rng.randint(1, 3)):
        thick = rng.randint(1, max(2, h // 10))
        if rng.random() < 0.6:
            y = rng.randrange(h)
            ends = ((0, y), (w, y + rng.randint(-3, 3)))
        else:
            x = rng.randrange(w)
            ends = ((x, 0), (x + rng.randint(-3, 3), h))
        cv2.line(image, *ends, rng.randint(0, 110), thick)
    return image


def _scribble(rng: random.Random, image: Grey) -> Grey:
    h, w = image.shape
    steps = max(6, w // 8)
    x = np.linspace(0, w, steps) + np.array([rng.gauss(0, h / 6) for _ in range(steps)])
    y = h / 2 + np.array([rng.gauss(0, h / 3) for _ in range(steps)])
    fine = np.linspace(0, steps - 1, steps * 8)
    curve = np.stack([np.interp(fine, range(steps), v) for v in (x, y)], axis=1)
    curve = cv2.blur(curve, (1, 7))
    cv2.polylines(
        image, [curve.astype(np.int32)], False, rng.randint(0, 130), rng.randint(1, max(2, h // 14)), cv2.LINE_AA
    )
    return image


def _halftone(rng: random.Random, image: Grey) -> Grey:
    h, w = image.shape
    pitch, tone = rng.uniform(3, 9), rng.uniform(0.2, 0.6)
    y, x = np.ogrid[:h, :w]
    wave = np.cos(2 * np.pi * (x + y) / pitch) * np.cos(2 * np.pi * (x - y) / pitch)
    shade = cv2.resize(noise(rng, (max(2, h // 16), max(2, w // 16)), 0.0), (w, h))
    return np.where(wave + 0.4 * shade > 1 - 2 * tone, 0, 255).astype(np.uint8)


def _stars(rng: random.Random, image: Grey) -> Grey:
    """Bright dots and streaks on a dark ground, or dark ones on a bright ground."""
    h, w = image.shape
    sky = np.full((h, w), rng.uniform(5, 60), np.float32) + rng.uniform(0, 8) * noise(rng, (h, w), 0.5)
    for _ in range(rng.randint(1, max(2, w // 12))):
        center = (rng.randrange(w), rng.randrange(h))
        r = rng.choice([1, 1, 2, 3, h // 6])
        axes = (max(1, round(r * rng.uniform(0.5, 2.5))), r)
        cv2.ellipse(sky, center, axes, rng.uniform(0, 180), 0, 360, rng.uniform(90, 255), -1)
    sky = cv2.GaussianBlur(sky, (0, 0), rng.uniform(0.5, 2.0)).clip(0, 255)
    return (sky if rng.random() < 0.5 else 255 - sky).astype(np.uint8)


def _texture(rng: random.Random, image: Grey) -> Grey:
    """Noise of several scales on top of each other, as grass, bark and clouds have it."""
    h, w = image.shape
    steep = rng.uniform(0.8, 2.0)
    field = sum((s**steep) * noise(rng, (h, w), s) for s in (0.5, 1.0, 2.0, 4.0, 8.0))
    field = (field - np.mean(field)) / (np.std(field) + 1e-6)
    texture: Grey = np.clip(rng.uniform(60, 220) + rng.uniform(20, 90) * field, 0, 255).astype(np.uint8)
    return texture


def _edge(rng: random.Random, image: Grey) -> Grey:
    h, w = image.shape
    at = rng.randint(0, w)
    image[:, :at] = rng.randint(0, 90)
    if rng.random() < 0.4:
        image[rng.randint(0, h) :] = rng.randint(0, 90)
    return image


def _shapes(rng: random.Random, image: Grey) -> Grey:
    h, w = image.shape
    for _ in range(rng.randint(1, 4)):
        points = np.array([[rng.randrange(w), rng.randrange(h)] for _ in range(rng.randint(3, 7))], np.int32)
        ink = rng.randint(0, 160)
        if rng.random() < 0.5:
            cv2.fillPoly(image, [points], ink)
        else:
            cv2.polylines(image, [points], True, ink, rng.randint(1, 4), cv2.LINE_AA)
    return image
