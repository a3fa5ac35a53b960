"""Synthetic text lines: text, face, paper and scanner drawn by seed; every glyph's centre is known."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from PIL import Image, ImageChops, ImageDraw

from ocr.train.synth.degrade import (
    Grey,
    coarse,
    dot_matrix,
    fade,
    noise,
    panel,
    photograph,
    scan_bilevel,
    security_paper,
    till_receipt,
)
from ocr.train.synth.fonts import LATIN, Font, FontBook

__all__ = ["HAN_LOOKS", "HEIGHT", "LOOKS", "LineSample", "LineSynth", "render_shards"]

HEIGHT = 32
BANDS = {"scan": (24, 76, 44), "fax": (8, 24, 12), "photo": (15, 64, 30), "fine": (26, 60, 43), "receipt": (14, 42, 22),
         "small": (22, 46, 32), "screen": (13, 34, 18), "copy": (13, 40, 20),
         "panel": (11, 22, 13)}  # fmt: skip
"""Height of the type in pixels for each look: least, most, most often."""
LOOKS = {"scan": 0.34, "fax": 0.14, "photo": 0.16, "fine": 0.04, "receipt": 0.18, "small": 0.14}
"""How a line was put on paper and scanned, and how often."""
HAN_LOOKS = {"scan": 0.2, "fax": 0.06, "photo": 0.2, "fine": 0.08, "receipt": 0.06, "small": 0.1, "screen": 0.12,
             "copy": 0.12, "panel": 0.06}  # fmt: skip
"""The same for Chinese."""
MAX_WIDTH = 1600
SCRIPT = re.compile(r"(?<=[A-Za-z)0-9])(\d{1,3}|[a-zA-Z]{1,3}|[*+-])(?=[ ,.;:)]|$)|(?<= )\d{1,3}(?=[A-Z])")
SYMBOL = re.compile(r"[A-Za-zΦφ](\d{1,2}|[a-zA-Z])")
"""A quantity by a letter with an index, as heads of tables have them."""
LOGO = re.compile(r"(LA)?TEX")
"""Set as its makers do, in heights of the type: a small raised A that the L and the T come close to, a lowered E."""
LOGO_KERN = {"L": -0.3, "A": -0.12, "T": -0.14, "E": -0.1}
LOGO_LIFT = {"A": 0.2, "E": -0.2}
BOX = "☐"
"""Drawn, since hardly any face has it."""
RAISED = {"1": "¹", "2": "²", "3": "³"}


@dataclass(frozen=True, slots=True, eq=False)
class LineSample:
    """A picture (32, W) uint8, its text, and each character's centre as a fraction of the width."""

    picture: Grey
    text: str
    centers: tuple[float, ...]


ROUND_PEN = 4
"""How much larger lines of hairline faces are drawn."""


class Lines(Protocol):
    """Draws text."""

    def line(self, rng: random.Random) -> str:
        """One line."""
        ...


@dataclass(slots=True)
class LineSynth:
    """Draws lines. The same seed gives the same line.

    Args:
        fonts: faces of the script.
        text: what stands on the lines.
        looks: how lines were put on paper and scanned, and how often.
        beside: faces for the ASCII characters of some of the lines, where two scripts share one.
    """

    fonts: FontBook
    text: Lines
    looks: Mapping[str, float] = field(default_factory=lambda: LOOKS)
    beside: FontBook | None = None

    def sample(self, seed: int) -> LineSample:
        """One line."""
        rng = random.Random(seed)
        while True:
            font, text = self.fonts.draw(rng), self.text.line(rng)
            if not font.can_draw(text.replace(BOX, " ")):
                text = "".join(c for c in text if c in (" ", BOX) or c in font.covers).strip()
                text = " ".join(text.split())
            if text:
                look = rng.choices(list(self.looks), list(self.looks.values()))[0]
                second = self.beside.draw(rng) if self.beside and rng.random() < 0.6 else None
                sample = _draw(rng, font, text, self.text, look, second)
                if sample is not None:
                    return sample


def _draw(  # noqa: PLR0912, PLR0915 - one line from type to pixels, read top to bottom
    rng: random.Random, font: Font, text: str, source: Lines, look: str, second: Font | None
) -> LineSample | None:
    han = font.probe != LATIN.probe
    low, high, mode = BANDS[look]
    band = max(rng.triangular(low, high, mode), 11.5 if han else 0.0)
    # Hairline faces drawn with a round pen are round faces; the pen is finer than a pixel, so they are drawn larger.
    large = ROUND_PEN if font.hairline else 1
    stroke = round(large * band * rng.uniform(0.006, 0.026)) if font.hairline else 0
    band *= large
    probe = font.at(100).getbbox(font.probe)
    face = font.at(max(6, round(100 * band / max(probe[3] - probe[1], 20))))
    _, top, _, bottom = map(int, face.getbbox(font.probe))
    band = bottom - top
    margin = int(band * 0.9) + 4

    jitter = font.kind in ("typewriter", "mono", "pixel", "ocr") and rng.random() < 0.5
    spacing = rng.choice([0.0] * 5 + [rng.uniform(-0.03, 0.12), rng.uniform(0.1, 0.4)]) * band
    word_gap = rng.choice([0.0, 0.0, 0.0, rng.uniform(-0.08, 0.1), rng.uniform(0.1, 0.9)]) * band
    if SYMBOL.fullmatch(text):
        scripts = dict.fromkeys(range(1, len(text)), rng.uniform(0.3, 0.45)) if rng.random() < 0.6 else {}
    else:
        scripts = _scripts(rng, text) if band >= 18 and rng.random() < 0.04 else {}
    kern = _logos(text) if rng.random() < 0.7 else {}
    latin = second.at(max(6, round(face.size * rng.uniform(0.95, 1.12)))) if second else face
    base = face.getmetrics()[0]
    little = font.at(max(6, round(face.size * rng.uniform(0.58, 0.72))))
    raised = (second or font).at(max(6, round(latin.size * 0.7)))
    apart = jitter or kern or spacing or word_gap or scripts or BOX in text or latin is not face
    edges = [0.0]
    for i, char in enumerate(text):
        if apart:
            small = raised if i in kern and char == "A" else little if i in scripts else None
            drawn = small or (latin if "!" <= char <= "~" else face)
            advance = 0.75 * band if char == BOX else drawn.getlength(char)
            edges.append(edges[-1] + advance + spacing + (word_gap if char == " " else 0) + kern.get(i, 0) * band)
        else:
            edges.append(face.getlength(text[: i + 1]))
    width = edges[-1]
    if not 2 <= width <= 60 * band:
        return None
    canvas = Image.new("L", (int(width) + 2 * margin, band + 2 * margin), 255)
    pen = ImageDraw.Draw(canvas)
    if apart:
        for i, (left, char) in enumerate(zip(edges, text, strict=False)):
            dy = rng.gauss(0, 0.018 * band) if jitter else 0.0
            ink = int(min(110, abs(rng.gauss(0, 50)))) if jitter else 0
            if char == BOX:
                _check_box(rng, pen, margin + left, margin, band)
            elif i in scripts:
                pen.text(
                    (margin + left, margin - top + dy + scripts[i] * band),
                    char,
                    font=little,
                    fill=ink,
                    stroke_width=stroke,
                )
            elif i in kern:
                at = margin + left, margin - top + dy + base - LOGO_LIFT.get(char, 0.0) * band
                pen.text(at, char, font=raised if char == "A" else latin, fill=ink, anchor="ls", stroke_width=stroke)
            elif latin is not face and "!" <= char <= "~":
                pen.text((margin + left, margin - top + dy + base), char, font=latin, fill=ink, anchor="ls")
            else:
                pen.text((margin + left, margin - top + dy), char, font=face, fill=ink, stroke_width=stroke)
        text = "".join(RAISED.get(c, c) if _alone(scripts, i) else c for i, c in enumerate(text))
    else:
        pen.text((margin, margin - top), text, font=face, fill=0, stroke_width=stroke)
    cell = han and rng.random() < 0.12
    loose = han and rng.random() < (0.4 if cell else 0.18)  # a crop much taller than the type, as of cells and labels
    if cell:
        _cell(rng, canvas, margin, band, width)
    elif not loose:
        _furnish(rng, pen, face, source, margin, band, width)
    image: Grey = np.asarray(canvas)
    centers = np.array([margin + (a + b) / 2 for a, b in pairwise(edges)]) / large
    if large > 1:
        image = cv2.resize(image, None, fx=1 / large, fy=1 / large, interpolation=cv2.INTER_AREA).astype(np.uint8)
        margin, band, width = margin // large, band // large, width / large
    if rng.random() < 0.12:  # slanted type, or a sheared scan
        shear = rng.uniform(-0.12, 0.25)
        middle = margin + band / 2
        sheared = np.array([[1, -shear, shear * middle], [0, 1, 0]])
        image = cv2.warpAffine(image, sheared, image.shape[::-1], borderValue=255).astype(np.uint8)
    if rng.random() < 0.5:  # left-over skew, and the curl near a spine
        drift, curl = rng.gauss(0, 0.06) * band, rng.choice([0, 0, rng.gauss(0, 0.06)]) * band
        x = np.linspace(-1, 1, image.shape[1], dtype=np.float32)
        shift = drift * x + curl * (x * x - 0.4)
        grid_x = np.broadcast_to(np.arange(image.shape[1], dtype=np.float32), image.shape)
        grid_y = np.arange(image.shape[0], dtype=np.float32)[:, None] + shift[None, :]
        image = cv2.remap(image, grid_x, grid_y, cv2.INTER_LINEAR, borderValue=255).astype(np.uint8)

    clean = image
    for _ in range(5):  # what no person could read teaches nothing
        image = _degrade(rng, clean, look, band, font.kind, han)
        if _legible(clean, image, margin, band, 0.8 if han else 0.72):
            break
    else:
        return None
    box = _crop_box(rng, image, margin, band, width, loose)
    image = image[box[1] : box[3], box[0] : box[2]]
    h, w = image.shape
    stretch = min(max(rng.gauss(1.0, 0.08), 0.8), 1.25)
    if look == "receipt" and rng.random() < 0.5:  # the narrow type of till printers
        stretch *= rng.uniform(0.62, 1.0)
    if han and rng.random() < 0.1:  # set narrow to fit a cell
        stretch *= rng.uniform(0.62, 0.95)
    out_w = max(8, round(w * HEIGHT / h * stretch))
    if out_w > MAX_WIDTH or h < 5:
        return None
    picture = cv2.resize(image, (out_w, HEIGHT), interpolation=cv2.INTER_AREA if h > HEIGHT else cv2.INTER_LINEAR)
    if rng.random() < 0.03:
        picture = 255 - picture
    fractions = np.clip((centers - box[0]) / w, 0, 1)
    return LineSample(picture.astype(np.uint8), text, tuple(float(f) for f in fractions))


def _check_box(rng: random.Random, pen: ImageDraw.ImageDraw, left: float, top: float, band: int) -> None:
    """An empty box to tick, as high as capitals or a little more."""
    side, thick = band * rng.uniform(0.5, 0.7), max(1, round(band * rng.uniform(0.03, 0.09)))
    y = top + band * 0.76 - side + rng.gauss(0, 0.04) * band
    pen.rectangle((left, y, left + side * rng.uniform(0.9, 1.2), y + side), outline=0, width=thick)


def _logos(text: str) -> dict[int, float]:
    """How much closer than usual the next letter comes, in heights of the type."""
    return {i: LOGO_KERN[text[i]] for match in LOGO.finditer(text) for i in range(match.start(), match.end() - 1)}


def _scripts(rng: random.Random, text: str) -> dict[int, float]:
    """Characters to draw small (indices, exponents, footnotes), and how far below the line's top in bands."""
    found: dict[int, float] = {}
    for match in SCRIPT.finditer(text):
        if rng.random() < 0.35:
            drop = rng.choice([rng.uniform(-0.06, 0.06), rng.uniform(0.3, 0.45)])
            found |= dict.fromkeys(range(*match.span()), drop)
    return found


def _alone(scripts: dict[int, float], i: int) -> bool:
    """Whether character ``i`` is raised and none beside it is: then it has a character of its own."""
    return scripts.get(i, 1.0) < 0.2 and i - 1 not in scripts and i + 1 not in scripts


def _furnish(
    rng: random.Random, pen: ImageDraw.ImageDraw, face: object, source: Lines, margin: int, band: int, width: float
) -> None:
    """Neighbouring lines, underlines, box rules and stray marks around the text."""
    right = margin + width
    leading = band * rng.uniform(0.98, 1.5)
    for side in (-1, 1):
        if rng.random() < 0.4:
            y = margin + side * leading
            pen.text((margin + rng.uniform(-1, 1) * band, y), source.line(rng)[:90], font=face, fill=0, anchor="la")  # type: ignore[arg-type]
    thick = max(1, round(band * rng.uniform(0.02, 0.07)))
    if rng.random() < 0.12:  # underline or form rule
        y = margin + band * rng.uniform(0.8, 1.12)
        a, b = sorted((rng.uniform(0, right), rng.uniform(margin, right + margin)))
        if rng.random() < 0.6:
            a, b = 0, right + margin
        if rng.random() < 0.25:
            for dot in range(int(a), int(b), max(3, thick * 3)):
                pen.line((dot, y, dot + thick, y), fill=0, width=thick)
        else:
            pen.line((a, y, b, y + rng.uniform(-0.03, 0.03) * band), fill=rng.choice([0, 0, 90]), width=thick)
    if rng.random() < 0.05:  # top rule
        y = margin - band * rng.uniform(0.02, 0.15)
        pen.line((0, y, right + margin, y), fill=0, width=thick)
    for x in (margin - band * rng.uniform(0.1, 0.4), right + band * rng.uniform(0.1, 0.4)):
        if rng.random() < 0.05:
            pen.line((x, 0, x, 3 * margin), fill=0, width=thick)
    if rng.random() < 0.015:  # struck through, or a pen stroke
        y = margin + band * rng.uniform(0.2, 0.8)
        pen.line((margin, y, right, y + rng.uniform(-0.4, 0.4) * band), fill=rng.choice([0, 120]), width=thick)
    if rng.random() < 0.02:  # part of a stamp's ring
        r = band * rng.uniform(1, 3)
        x, y = rng.uniform(margin, right), margin + rng.uniform(-1, 2) * band
        pen.ellipse((x - r, y - r, x + r, y + r), outline=rng.randint(0, 160), width=thick)


def _cell(rng: random.Random, canvas: Image.Image, margin: int, band: int, width: float) -> None:
    """Rules of a table close around the text, on one side at least, or the shade of its row."""
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


def _degrade(  # noqa: PLR0911, PLR0912 - what happens to print, in order
    rng: random.Random, image: Grey, look: str, band: int, kind: str, han: bool
) -> Grey:
    stroke = band * 0.09
    if kind in ("pixel", "mono", "ocr") and band >= 20 and rng.random() < 0.2:
        image = dot_matrix(rng, image, band)
    if rng.random() < (0.3 if look in ("photo", "receipt") else 0.12):
        image = fade(rng, image)
    if look not in ("fine", "screen", "panel") and rng.random() < (0.15 if han else 0.3):  # ink spread, starved ink
        size = max(2, round(stroke * rng.uniform(0.4, 0.7 if han else 1.0)))
        kernel = np.ones((size, max(2, size + rng.randint(-1, 1))), np.uint8)
        image = (cv2.erode if rng.random() < 0.55 else cv2.dilate)(image, kernel).astype(np.uint8)
    if rng.random() < 0.06:  # the other side shines through
        ghost = cv2.GaussianBlur(image[::-1, ::-1], (0, 0), max(stroke * 0.6, 0.5))
        shifted = np.roll(ghost, (rng.randint(-band, band), rng.randint(-90, 90)), (0, 1))
        image = np.minimum(image, 255 - ((255 - shifted) * rng.uniform(0.1, 0.5)).astype(np.uint8))
    if rng.random() < 0.07:  # tinted or hatched ground
        if rng.random() < 0.5:
            image = np.minimum(image, np.uint8(rng.randint(150, 235)))
        else:
            period = rng.choice([2, 3, 4, 6])
            y, x = np.ogrid[: image.shape[0], : image.shape[1]]
            image = np.where(
                ((x + y) % period == 0) & ((x - y) % period == 0), np.uint8(rng.choice([0, 0, 120])), image
            )
    if look in ("fine", "screen"):
        return image
    if look == "panel":
        return panel(rng, image, band)
    if look == "copy":
        return security_paper(rng, image, band)
    if look == "photo":
        return photograph(rng, image, stroke)
    if look == "receipt":
        return till_receipt(rng, image, stroke)
    if look == "small":
        type_height = rng.triangular(6.5, 14, 9.5) * (1.6 if han else 1.0)
        return coarse(rng, scan_bilevel(rng, image, max(stroke, 1.0)), type_height / band)
    out = scan_bilevel(rng, image, max(stroke, 1.0))
    if look == "fax" and rng.random() < 0.6:  # bilevel scans that were made smaller in grey
        factor = rng.uniform(0.55, 0.95)
        small = cv2.resize(
            out, None, fx=factor, fy=factor, interpolation=rng.choice([cv2.INTER_AREA, cv2.INTER_LINEAR])
        )
        out = cv2.resize(small, (out.shape[1], out.shape[0]), interpolation=cv2.INTER_LINEAR).astype(np.uint8)
        if rng.random() < 0.4:
            out = np.clip(out + rng.uniform(2, 12) * noise(rng, (out.shape[0], out.shape[1]), 0.0), 0, 255).astype(
                np.uint8
            )
    return out


def _legible(clean: Grey, image: Grey, margin: int, band: int, least: float) -> bool:
    """Whether the picture still resembles the clean drawing (correlation at about reading size)."""
    rows, scale = slice(margin, margin + band), min(1.0, 22 / band)
    a, b = (
        cv2.resize(i[rows, margin:-margin], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.float32)
        for i in (clean, image)
    )
    a, b = cv2.blur(a, (2, 2)) - a.mean(), cv2.blur(b, (2, 2)) - b.mean()
    return float(a.ravel() @ b.ravel()) > least * float(np.sqrt((a * a).sum() * (b * b).sum()) + 1e-3)


def _crop_box(
    rng: random.Random, image: Grey, margin: int, band: int, width: float, loose: bool
) -> tuple[int, int, int, int]:
    """Where a detector would cut: round the type's band, or tight to the ink, never exactly."""
    top, bottom = float(margin), float(margin + band)
    x0, x1 = float(margin), margin + width
    if rng.random() < 0.3:
        inner = image[margin : margin + band, int(x0) : max(int(x1), int(x0) + 1)]
        level = (int(inner.min()) + int(inner.max())) / 2
        rows = np.flatnonzero((inner < level).any(axis=1))
        if len(rows) and rows[-1] - rows[0] >= band * 0.3:
            top, bottom = margin + float(rows[0]), margin + float(rows[-1]) + 1
    tall = bottom - top
    if loose:
        top, bottom = top - tall * rng.uniform(0, 0.7), bottom + tall * rng.uniform(0, 0.7)
    top -= tall * rng.triangular(-0.06, 0.28, 0.05)
    bottom += tall * rng.triangular(-0.06, 0.28, 0.05)
    x0 -= band * rng.triangular(-0.06, 0.8, 0.12)
    x1 += band * rng.triangular(-0.06, 0.8, 0.12)
    h, w = image.shape
    return max(0, int(x0)), max(0, int(top)), min(w, int(x1) + 1), min(h, int(bottom) + 1)


_synth: LineSynth


def _start(synth: LineSynth) -> None:
    global _synth  # noqa: PLW0603 - one synthesiser per worker process
    _synth = synth
    cv2.setNumThreads(1)


def _shard(job: tuple[Path, int, int]) -> Path:
    path, seed, count = job
    if path.exists():
        return path
    samples = [_synth.sample(seed + i) for i in range(count)]
    part = path.with_suffix(".part.npz")
    np.savez(
        part,
        pixels=np.concatenate([s.picture for s in samples], axis=1),
        widths=np.array([s.picture.shape[1] for s in samples], np.int32),
        texts=np.array("\n".join(s.text for s in samples)),
        centers=np.concatenate([np.array(s.centers, np.float32) for s in samples]),
    )
    part.rename(path)
    return path


def render_shards(
    synth: LineSynth, folder: Path, seed: int, shards: int, per_shard: int, workers: int
) -> Iterator[Path]:
    """Render lines into ``folder`` as .npz shards, several processes side by side; shards that exist are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [(folder / f"{seed}-{k:04d}.npz", seed * 10**9 + k * per_shard, per_shard) for k in range(shards)]
    if workers <= 1:
        _start(synth)
        yield from map(_shard, jobs)
        return
    with get_context("spawn").Pool(workers, _start, (synth,)) as pool:  # a fork of a process with threads may hang
        yield from pool.imap(_shard, jobs)
