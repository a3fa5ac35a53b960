"""The first half of drawing a text line: the text set in a typeface, and what is printed around it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFont

from ocr.train.synth.degrade import Grey
from ocr.train.synth.fonts import Font
from ocr.train.synth.line_wear import DrawnLine

__all__ = ["BOX", "TypesetLine", "draw_cell", "draw_surroundings", "typeset"]

SCRIPT = re.compile(r"(?<=[A-Za-z)0-9])(\d{1,3}|[a-zA-Z]{1,3}|[*+-])(?=[ ,.;:)]|$)|(?<= )\d{1,3}(?=[A-Z])")
"""What may be an index or an exponent."""
SYMBOL = re.compile(r"[A-Za-zΦφ](\d{1,2}|[a-zA-Z])")
"""A quantity with its index, as in the heads of tables."""
LOGO = re.compile(r"(LA)?TEX")
"""Set as its logo: a small raised A close to the L and the T, and a lowered E; shifts as fractions of the band."""
LOGO_KERN = {"L": -0.3, "A": -0.12, "T": -0.14, "E": -0.1}
LOGO_LIFT = {"A": 0.2, "E": -0.2}
BOX = "☐"
"""Drawn as a rectangle, since hardly any typeface has it."""
RAISED = {"1": "¹", "2": "²", "3": "³"}
ENLARGED = 4
"""Hairline faces are drawn so many times larger, with a round pen, and then reduced: the pen is finer than a pixel."""


@dataclass(frozen=True, slots=True, eq=False)
class TypesetLine:
    """A line of type on its canvas; lengths in pixels of the canvas.

    Attributes:
        canvas: grey image; neighbouring lines and rules may be drawn onto it.
        face: the line's typeface at its size.
        text: the text as printed: raised figures are superscript characters.
        edges: left edge of each character and the right edge of the last, counted from the margin.
        margin: space between the type and each edge of the canvas.
        band: height of the type from ascender to descender.
        enlarged: by how much the canvas exceeds the final size.
        above, below: how far ink of the text reaches out of the band.
    """

    canvas: Image.Image
    face: ImageFont.FreeTypeFont
    text: str
    edges: tuple[float, ...]
    margin: int
    band: int
    enlarged: int
    above: int = 0
    below: int = 0

    @property
    def width(self) -> float:
        """Width of the text."""
        return self.edges[-1]

    def finished(self) -> DrawnLine:
        """The line at its final size."""
        image: Grey = np.asarray(self.canvas)
        times = self.enlarged
        centers = np.array([self.margin + (a + b) / 2 for a, b in pairwise(self.edges)]) / times
        if times == 1:
            return DrawnLine(image, self.text, centers, self.margin, self.band, self.width, self.above, self.below)
        small = cv2.resize(image, None, fx=1 / times, fy=1 / times, interpolation=cv2.INTER_AREA).astype(np.uint8)
        return DrawnLine(small, self.text, centers, self.margin // times, self.band // times, self.width / times,
                         self.above // times, self.below // times)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Setting:
    """How the characters of one line are set.

    Attributes:
        face: the line's typeface.
        latin: the face of its ASCII characters.
        little: the face of indices and exponents.
        raised: the face of a logo's raised letter.
        top: distance from the face's origin to the top of the band.
        band: height of the type.
        margin: space around it.
        stroke: width of the round pen, or 0.
        jitter: whether every character is shifted and inked differently, as by a typewriter.
        spacing: added after every character.
        word_gap: added after a space.
        scripts: index of each small character, and how far below the top of the band it starts, in bands.
        kern: index of each letter of a logo, and how much closer the next one comes, in bands.
        features: OpenType features of the line's typeface.
    """

    face: ImageFont.FreeTypeFont
    latin: ImageFont.FreeTypeFont
    little: ImageFont.FreeTypeFont
    raised: ImageFont.FreeTypeFont
    top: int
    band: int
    margin: int
    stroke: int
    jitter: bool
    spacing: float
    word_gap: float
    scripts: dict[int, float]
    kern: dict[int, float]
    features: list[str] | None

    def single(self, text: str) -> bool:
        """Whether each character is placed on its own, instead of the text in one piece."""
        adjusted = self.jitter or self.kern or self.spacing or self.word_gap or self.scripts
        return bool(adjusted or BOX in text or self.latin is not self.face)

    def overshoot(self, text: str) -> tuple[int, int]:
        """How far ink of the text reaches above and below the band, in pixels."""
        _, top, _, bottom = self.face.getbbox(text, features=self.features)
        return max(0, self.top - int(top)), max(0, int(bottom) - self.top - self.band)

    def edges(self, text: str) -> list[float]:
        """Left edge of each character and the right edge of the last, counted from the margin."""
        if not self.single(text):
            return [0.0, *(self.face.getlength(text[: i + 1], features=self.features) for i in range(len(text)))]
        edges = [0.0]
        for i, char in enumerate(text):
            small = self.raised if i in self.kern and char == "A" else self.little if i in self.scripts else None
            drawn = small or (self.latin if "!" <= char <= "~" else self.face)
            advance = 0.75 * self.band if char == BOX else drawn.getlength(char, features=self._of(drawn))
            gap = self.word_gap if char == " " else 0
            edges.append(edges[-1] + advance + self.spacing + gap + self.kern.get(i, 0) * self.band)
        return edges

    def draw(self, rng: random.Random, pen: ImageDraw.ImageDraw, text: str, edges: list[float]) -> None:
        """Draw the text onto a canvas."""
        margin = self.margin
        if not self.single(text):
            at = (margin, margin - self.top)
            pen.text(at, text, font=self.face, fill=0, stroke_width=self.stroke, features=self.features)
            return
        for i, (left, char) in enumerate(zip(edges, text, strict=False)):
            shift = rng.gauss(0, 0.018 * self.band) if self.jitter else 0.0
            ink = int(min(110, abs(rng.gauss(0, 50)))) if self.jitter else 0
            if char == BOX:
                _check_box(rng, pen, margin + left, margin, self.band)
            else:
                self._draw_character(pen, i, char, (margin + left, margin - self.top + shift), ink)

    def _of(self, face: ImageFont.FreeTypeFont) -> list[str] | None:
        """The features of the line's typeface, in any of its sizes; none for the face of the ASCII characters."""
        return self.features if face.layout_engine == ImageFont.Layout.RAQM else None

    def _draw_character(self, pen: ImageDraw.ImageDraw, i: int, char: str, at: tuple[float, float], ink: int) -> None:
        x, y = at
        baseline = self.face.getmetrics()[0]
        if i in self.scripts:
            y += self.scripts[i] * self.band
            pen.text((x, y), char, font=self.little, fill=ink, stroke_width=self.stroke, features=self.features)
        elif i in self.kern:
            font, y = self.raised if char == "A" else self.latin, y + baseline - LOGO_LIFT.get(char, 0.0) * self.band
            pen.text((x, y), char, font=font, fill=ink, anchor="ls", stroke_width=self.stroke)
        elif self.latin is not self.face and "!" <= char <= "~":
            pen.text((x, y + baseline), char, font=self.latin, fill=ink, anchor="ls")
        else:
            pen.text((x, y), char, font=self.face, fill=ink, stroke_width=self.stroke, features=self.features)


def typeset(rng: random.Random, font: Font, text: str, height: float, second: Font | None = None) -> TypesetLine | None:
    """Set a text in a typeface, with the irregularities of print.

    Args:
        rng: source of randomness.
        font: the typeface.
        text: the text, all of which the typeface can draw.
        height: height of the type in pixels, about.
        second: another typeface for the ASCII characters.

    Returns:
        The line, or None where it is empty or too long to be a line.
    """
    setting = _setting(rng, font, text, height, second)
    edges, margin, band = setting.edges(text), setting.margin, setting.band
    if not 2 <= edges[-1] <= 60 * band:
        return None
    canvas = Image.new("L", (int(edges[-1]) + 2 * margin, band + 2 * margin), 255)
    setting.draw(rng, ImageDraw.Draw(canvas), text, edges)
    printed = "".join(RAISED.get(c, c) if _isolated(setting.scripts, i) else c for i, c in enumerate(text))
    enlarged = ENLARGED if font.hairline else 1
    above, below = setting.overshoot(text)
    return TypesetLine(canvas, setting.face, printed, tuple(edges), margin, band, enlarged, above, below)


def _setting(rng: random.Random, font: Font, text: str, height: float, second: Font | None) -> _Setting:
    stroke = 0
    if font.hairline:
        stroke = round(ENLARGED * height * rng.uniform(0.006, 0.026))
        height *= ENLARGED
    probe = font.at(100).getbbox(font.probe)
    face = font.at(max(6, round(100 * height / max(probe[3] - probe[1], 20))))
    _, top, _, bottom = map(int, face.getbbox(font.probe))
    band = bottom - top
    jitter = font.kind in ("typewriter", "mono", "pixel", "ocr") and rng.random() < 0.5
    spacing = rng.choice([0.0] * 5 + [rng.uniform(-0.03, 0.12), rng.uniform(0.1, 0.4)]) * band
    word_gap = rng.choice([0.0, 0.0, 0.0, rng.uniform(-0.08, 0.1), rng.uniform(0.1, 0.9)]) * band
    scripts = _scripts(rng, text, band)
    kern = _logos(text) if rng.random() < 0.7 else {}
    latin = second.at(max(6, round(face.size * rng.uniform(0.95, 1.12)))) if second else face
    little = font.at(max(6, round(face.size * rng.uniform(0.58, 0.72))))
    raised = (second or font).at(max(6, round(latin.size * 0.7)))
    margin = int(band * 0.9) + 4
    features = list(font.features) or None
    return _Setting(
        face, latin, little, raised, top, band, margin, stroke, jitter, spacing, word_gap, scripts, kern, features
    )


def _check_box(rng: random.Random, pen: ImageDraw.ImageDraw, left: float, top: float, band: int) -> None:
    """An empty check box, as high as a capital or a little more."""
    side, thick = band * rng.uniform(0.5, 0.7), max(1, round(band * rng.uniform(0.03, 0.09)))
    y = top + band * 0.76 - side + rng.gauss(0, 0.04) * band
    pen.rectangle((left, y, left + side * rng.uniform(0.9, 1.2), y + side), outline=0, width=thick)


def _logos(text: str) -> dict[int, float]:
    """Index of each letter of a logo, and how much closer the next letter comes, in bands."""
    return {i: LOGO_KERN[text[i]] for match in LOGO.finditer(text) for i in range(match.start(), match.end() - 1)}


def _scripts(rng: random.Random, text: str, band: int) -> dict[int, float]:
    """Index of each character to draw small (indices, exponents), and how far below the band's top, in bands."""
    if SYMBOL.fullmatch(text):
        return dict.fromkeys(range(1, len(text)), rng.uniform(0.3, 0.45)) if rng.random() < 0.6 else {}
    found: dict[int, float] = {}
    if band < 18 or rng.random() >= 0.04:
        return found
    for match in SCRIPT.finditer(text):
        if rng.random() < 0.35:
            drop = rng.choice([rng.uniform(-0.06, 0.06), rng.uniform(0.3, 0.45)])
            found |= dict.fromkeys(range(*match.span()), drop)
    return found


def _isolated(scripts: dict[int, float], i: int) -> bool:
    """Whether character ``i`` is raised and its neighbours are not: Unicode may have a character for it."""
    return scripts.get(i, 1.0) < 0.2 and i - 1 not in scripts and i + 1 not in scripts


def draw_surroundings(rng: random.Random, line: TypesetLine, text: Callable[[random.Random], str]) -> None:
    """Print neighbouring lines, underlines, rules and stray marks around a line.

    Args:
        rng: source of randomness.
        line: the line; its canvas is drawn onto.
        text: gives the text of a neighbouring line.
    """
    pen, margin, band = ImageDraw.Draw(line.canvas), line.margin, line.band
    right = margin + line.width
    leading = band * rng.uniform(0.98, 1.5)
    for side in (-1, 1):
        if rng.random() < 0.4:
            y = margin + side * leading
            pen.text((margin + rng.uniform(-1, 1) * band, y), text(rng)[:90], font=line.face, fill=0, anchor="la")
    thick = max(1, round(band * rng.uniform(0.02, 0.07)))
    if rng.random() < 0.12:
        _underline(rng, pen, margin, band, right, thick)
    if rng.random() < 0.05:  # a rule above
        y = margin - band * rng.uniform(0.02, 0.15)
        pen.line((0, y, right + margin, y), fill=0, width=thick)
    for x in (margin - band * rng.uniform(0.1, 0.4), right + band * rng.uniform(0.1, 0.4)):
        if rng.random() < 0.05:
            pen.line((x, 0, x, 3 * margin), fill=0, width=thick)
    if rng.random() < 0.015:  # struck through
        y = margin + band * rng.uniform(0.2, 0.8)
        pen.line((margin, y, right, y + rng.uniform(-0.4, 0.4) * band), fill=rng.choice([0, 120]), width=thick)
    if rng.random() < 0.02:  # part of a round stamp
        r = band * rng.uniform(1, 3)
        x, y = rng.uniform(margin, right), margin + rng.uniform(-1, 2) * band
        pen.ellipse((x - r, y - r, x + r, y + r), outline=rng.randint(0, 160), width=thick)


def _underline(rng: random.Random, pen: ImageDraw.ImageDraw, margin: int, band: int, right: float, thick: int) -> None:
    """An underline, or the solid or dotted rule of a form."""
    y = margin + band * rng.uniform(0.8, 1.12)
    a, b = sorted((rng.uniform(0, right), rng.uniform(margin, right + margin)))
    if rng.random() < 0.6:
        a, b = 0, right + margin
    if rng.random() < 0.25:
        for dot in range(int(a), int(b), max(3, thick * 3)):
            pen.line((dot, y, dot + thick, y), fill=0, width=thick)
    else:
        pen.line((a, y, b, y + rng.uniform(-0.03, 0.03) * band), fill=rng.choice([0, 0, 90]), width=thick)


def draw_cell(rng: random.Random, line: TypesetLine) -> None:
    """Print the rules of a table cell close around the line, or the shading of its row, onto its canvas."""
    canvas, margin, band, width = line.canvas, line.margin, line.band, line.width
    pen = ImageDraw.Draw(canvas)
    thick = max(1, round(band * rng.uniform(0.02, 0.07)))
    ink = rng.choice([0, 0, 90, 150])
    near = rng.uniform(0.52, 0.75) if rng.random() < 0.6 else rng.uniform(0.7, 1.2)
    edges = [margin + band * (0.5 + side * near * rng.uniform(0.9, 1.1)) for side in (-1, 1)]
    ends = [margin + width / 2 + side * (width / 2 + band * rng.uniform(0.08, 0.8)) for side in (-1, 1)]
    if rng.random() < 0.35:
        shade = Image.new("L", canvas.size, 255)
        left, right = ends if rng.random() < 0.3 else (0, canvas.width)
        ImageDraw.Draw(shade).rectangle((left, edges[0], right, edges[1]), fill=rng.randint(165, 240))
        canvas.paste(ImageChops.darker(canvas, shade))
    for y in edges:
        if rng.random() < 0.6:
            pen.line((0, y, canvas.width, y), fill=ink, width=thick)
    for x in ends:
        if rng.random() < 0.5:
            pen.line((x, 0, x, canvas.height), fill=ink, width=thick)
