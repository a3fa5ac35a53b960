"""A page to draw on that records the box of every text line.

All boxes follow one rule. A line's box reaches from the top of ascenders or capitals to the bottom of descenders,
whatever letters occur, and from the first glyph to the last with their side bearings. Table cells and the parts of a
receipt's row are lines of their own, and so are words of prose that are further apart than ``SPLIT_GAP`` line heights.
"""

from __future__ import annotations

import math
import random
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

__all__ = ["SPLIT_GAP", "Canvas", "Corpus", "Face", "Type", "find_faces"]

SPLIT_GAP = 2.0
"""Words of prose with a gap of so many line heights between them belong to different lines."""

_BODY = (
    "Liberation|DejaVu|TeX Gyre|Latin Modern (Roman|Sans|Mono)$|CMU (Serif|Sans|Type)|Roboto|Open Sans|Lato|Carlito"
    "|Caladea|Noto (Sans|Serif|Mono|Sans Mono)$|Nimbus|Courier|Cousine|Arimo|Tinos|EB Garamond|Crimson|Gentium"
    "|Libertin|Fira|Ubuntu|Cantarell|Source|PT S|PT Mono|Inconsolata|Hack|Free(Serif|Sans|Mono)|C059|P052|Z003|URW"
    "|Baskerville|Bookman|Century|Inter|Karla|Manrope|Tlwg|Typewriter|OCR|IBM Plex|Go|Anonymous|Charis|Old Standard"
    "|Junicode|Quattrocento|Comic"
)


@dataclass(frozen=True, slots=True)
class Face:
    """A typeface.

    Attributes:
        path: the font file.
        index: of the face in a collection.
        body: whether it is one of those in which most documents are set.
        mono: whether it is a fixed-pitch face, as on receipts.
        han: whether it draws Chinese; its lines are as high as Chinese characters.
    """

    path: str
    index: int
    body: bool
    mono: bool
    han: bool = False


@dataclass(frozen=True, slots=True)
class Type:
    """A face at a size.

    Attributes:
        font: for Pillow.
        rise: pixels from the baseline up to the top of ascenders.
        drop: pixels from the baseline down to the bottom of descenders.
        space: width of a space in pixels.
    """

    font: ImageFont.FreeTypeFont
    rise: float
    drop: float
    space: float

    @property
    def height(self) -> float:
        """Pixels from the top of ascenders to the bottom of descenders."""
        return self.rise + self.drop


@dataclass(frozen=True, slots=True)
class Corpus:
    """Running text and a word list."""

    text: str
    words: tuple[str, ...]

    @classmethod
    def load(cls, text: Path, words: Path) -> Corpus:
        """Read both files (UTF-8)."""
        return cls(text.read_text("utf-8"), tuple(words.read_text("utf-8").split()))

    def prose(self, rng: random.Random, count: int) -> list[str]:
        """About ``count`` consecutive words from a random place."""
        start = rng.randrange(max(1, len(self.text) - count * 8 - 2))
        return self.text[start : start + count * 8].split()[1 : count + 1]


def find_faces(lang: str = "en") -> list[Face]:
    """Faces that fontconfig lists for a language (en or zh), sorted by path, without symbol and outline fonts."""
    import re

    if lang == "zh":
        listing = subprocess.run(
            ["fc-list", ":lang=zh-cn:scalable=true", "--format", "%{file}|%{index}|%{variable}\n"],
            check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip
        rows = sorted({tuple(row.split("|")) for row in listing.splitlines() if re.search(r"\.(ttf|otf|ttc)\|", row)})
        return [Face(path, int(index), True, False, True) for path, index, variable in rows if variable != "True"]
    body, skip = re.compile(_BODY, re.I), re.compile(r"BRK|Emoji|Symbol|Barcode|Noto Sans [A-Z]|Noto Serif [A-Z]", re.I)
    listing = subprocess.run(
        ["fc-list", ":lang=en:scalable=true", "--format", "%{file}|%{index}|%{family[0]}|%{spacing}|%{variable}\n"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    faces = set()
    for row in listing.splitlines():
        path, index, family, spacing, variable = row.split("|")
        plain = re.fullmatch(r"Noto (Sans|Serif|Sans Mono|Sans Display)", family) is not None
        if variable == "True" or int(index) > 0xFFFF or (skip.search(family) and not plain):
            continue
        if not path.lower().endswith((".ttf", ".otf", ".ttc", ".pfb")):
            continue
        mono = spacing in {"100", "90"} or bool(re.search("mono|courier|typewriter|cousine", family, re.I))
        faces.add((path, int(index), body.search(family) is not None, mono))
    return [face for face in (Face(*f) for f in sorted(faces)) if _latin(face)]


@lru_cache(maxsize=4096)
def set_type(face: Face, size: int) -> Type:
    """The face at ``size`` pixels per em."""
    font = ImageFont.truetype(face.path, size, index=face.index, layout_engine=ImageFont.Layout.BASIC)
    rise = -font.getbbox("國黑高" if face.han else "bdfhklEHTA1", anchor="ls")[1]
    drop = font.getbbox("國黑高" if face.han else "gjpqy", anchor="ls")[3]
    return Type(font, float(rise), float(drop), float(font.getlength(" ")))


def _latin(face: Face) -> bool:
    """Whether the face draws Latin letters of ordinary proportions."""
    try:
        kind = set_type(face, 64)
        low = -kind.font.getbbox("xnoz", anchor="ls")[1]
        width = kind.font.getlength("nnnn") / 4
        shapes = {bytes(kind.font.getmask(c)) for c in "aegAER135"}
    except (OSError, ValueError):
        return False
    return (
        len(shapes) == 9 and 0.35 < low / max(1, kind.rise) < 0.9 and 0.1 < width / kind.height < 0.9 and kind.drop > 3
    )


@dataclass(slots=True)
class Canvas:
    """A grey page, drawn at ``scale`` times its final size; quads are in its pixels."""

    rng: random.Random
    width: int
    height: int
    scale: int
    image: Image.Image = field(init=False)
    draw: ImageDraw.ImageDraw = field(init=False)
    lines: list[NDArray[np.float64]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.width, self.height = self.width * self.scale, self.height * self.scale
        self.image = Image.new("L", (self.width, self.height), 255)
        self.draw = ImageDraw.Draw(self.image)

    def text(self, x: float, y: float, string: str, kind: Type, ink: int = 0) -> float:
        """Draw ``string`` with its baseline at ``y`` and record its box, if it fits. Returns where it ends (x)."""
        string = string.rstrip()
        left, _, right, _ = kind.font.getbbox(string, anchor="ls") if string else (0, 0, 0, 0)
        if right <= left or y - kind.rise < 0 or y + kind.drop > self.height or x < 0 or x + right > self.width:
            return x
        self.draw.text((x, y), string, ink, kind.font, anchor="ls")
        self._box(x + left, y - kind.rise, x + right, y + kind.drop)
        return float(x + right)

    def row(self, x: float, y: float, words: Sequence[str], kind: Type, width: float) -> None:
        """Justify ``words`` to ``width`` as one line; left-aligned where the spaces would become too wide or narrow."""
        natural = sum(kind.font.getlength(w) for w in words)
        gap = (width - natural) / max(1, len(words) - 1)
        if len(words) < 2 or not kind.space * 0.7 < gap < min(kind.space * 4, kind.height * 1.4):
            self.text(x, y, " ".join(words), kind)
            return
        if y - kind.rise < 0 or y + kind.drop > self.height or x + width > self.width:
            return
        pen, last = x, words[-1]
        for word in words:
            self.draw.text((round(pen), y), word, 0, kind.font, anchor="ls")
            last, start = word, pen
            pen += kind.font.getlength(word) + gap
        left = kind.font.getbbox(words[0], anchor="ls")[0]
        self._box(x + left, y - kind.rise, round(start) + kind.font.getbbox(last, anchor="ls")[2], y + kind.drop)

    def _box(self, left: float, top: float, right: float, bottom: float) -> None:
        self.lines.append(np.array([(left, top), (right, top), (right, bottom), (left, bottom)], float))

    def turned(self, cx: float, cy: float, string: str, kind: Type, *, degrees: float, ink: int) -> None:
        """Draw text rotated about its centre, as on a stamp or along an axis."""
        left, _, right, _ = (round(v) for v in kind.font.getbbox(string, anchor="ls"))
        w, h = right - left + 8, round(kind.height) + 8
        patch = Image.new("L", (w, h), 0)
        ImageDraw.Draw(patch).text((4 - left, 4 + kind.rise), string, 255, kind.font, anchor="ls")
        patch = patch.rotate(degrees, Image.Resampling.BILINEAR, expand=True)
        x, y = round(cx - patch.width / 2), round(cy - patch.height / 2)
        if x < 0 or y < 0 or x + patch.width > self.width or y + patch.height > self.height:
            return
        self.image.paste(ink, (x, y), patch)
        c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        a, b = (right - left) / 2, kind.height / 2
        corners = np.array([(-a, -b), (a, -b), (a, b), (-a, b)], float)
        self.lines.append(corners @ np.array([(c, -s), (s, c)]) + (x + patch.width / 2, y + patch.height / 2))

    def scribble(self, x: float, y: float, w: float, h: float, ink: int = 0) -> None:
        """Draw a smooth random curve, like a signature; it counts as no text."""
        n = self.rng.randint(6, 16)
        knots = np.array([(x + w * i / n + self.rng.gauss(0, w / n), y + h * self.rng.random()) for i in range(n)])
        t = np.linspace(0, n - 1, n * 8)
        kernel = np.hanning(9)[1:-1] / np.hanning(9).sum()
        curve = [np.convolve(np.interp(t, range(n), knots[:, k]), kernel, "valid") for k in (0, 1)]
        self.draw.line(list(map(tuple, np.stack(curve, 1).tolist())), ink, self.rng.randint(1, 3) * self.scale // 2 + 1)

    def picture(self, box: tuple[int, int, int, int]) -> None:
        """Draw a grey, halftone or line-art illustration; it counts as no text."""
        x0, y0, x1, y1 = box
        w, h = x1 - x0, y1 - y0
        if w < 16 or h < 16:
            return
        noise = np.random.default_rng(self.rng.getrandbits(32))
        kind = self.rng.random()
        if kind < 0.7:
            area = np.zeros((h, w), np.float32)
            for cells in (3, 7, 17, 41):
                cells_h = max(2, cells * h // max(w, h) + 1)
                grain = noise.random((cells_h, cells), np.float32)
                area += np.asarray(cv2.resize(grain, (w, h), interpolation=cv2.INTER_CUBIC), np.float32) / cells**0.6
            area = (area - area.min()) / np.ptp(area)
            for _ in range(self.rng.randint(0, 12)):
                px, py, r = self.rng.randrange(w), self.rng.randrange(h), self.rng.randint(3, max(4, min(w, h) // 3))
                if self.rng.random() < 0.5:
                    cv2.circle(area, (px, py), r, self.rng.random(), self.rng.choice((-1, 2, 4)))
                else:
                    cv2.rectangle(area, (px, py), (px + r, py + r // 2), self.rng.random(), self.rng.choice((-1, 2, 4)))
            if kind < 0.4:  # halftone: an ordered screen at 45 degrees
                pitch = self.rng.choice((4, 6, 8))
                yy, xx = np.mgrid[:h, :w]
                screen = (np.cos((xx + yy) * 2 * np.pi / pitch) + np.cos((xx - yy) * 2 * np.pi / pitch) + 2) / 4
                area = (area > screen).astype(np.float32)
            self.image.paste(Image.fromarray((area * 255).astype(np.uint8)), (x0, y0))
        else:
            for _ in range(self.rng.randint(4, 40)):
                a = [(self.rng.randint(x0, x1), self.rng.randint(y0, y1)) for _ in range(self.rng.randint(2, 4))]
                self.draw.line(a, self.rng.choice((0, 0, 90)), self.rng.randint(1, 5))
            for _ in range(self.rng.randint(0, 5)):
                cx, cy, r = self.rng.randint(x0, x1), self.rng.randint(y0, y1), self.rng.randint(3, max(4, h // 3))
                self.draw.ellipse((cx - r, cy - r, cx + r, cy + r), outline=0, width=self.rng.randint(1, 4))
        if self.rng.random() < 0.4:
            self.draw.rectangle(box, outline=0, width=self.rng.randint(1, 5))

    def barcode(self, x: int, y: int, w: int, h: int) -> None:
        """Draw vertical bars; they count as no text."""
        while w > 0:
            bar = self.rng.randint(1, 4) * self.scale
            if self.rng.random() < 0.5:
                self.draw.rectangle((x, y, x + min(bar, w) - 1, y + h), 0)
            x, w = x + bar, w - bar
