"""What Python reads in a few pictures, for the tests of the front end: python web/tests/expected.py MODELS OUT.

MODELS has the folders of two exports, en and zh; OUT gets one for each.

The plain pipeline (``ocr.export.reference``) runs the very model files of the browser, so that its text and boxes are
what TypeScript has to come to. Each picture is written as PGM and PNG beside its lines.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr.export.reference import Models
from ocr.page.enhance import CanEnhancer
from ocr.source import open_source
from ocr.wasm import BUILDS, WasmNet

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
CHINESE = SAMPLES.parent / "ocr" / "export" / "sample" / "zh.png"
TEXT = """The quick brown fox jumps over the lazy dog, and 1,234.56 is a number.
Doubt is not a pleasant condition, but certainty is an absurd one.
What is written without effort is in general read without pleasure."""
SCRIPTS = """Москва А и Нева В, АВС 12
Το πλοίο Α φεύγει στις ΟΚΤΩ
HOME ABC, TOP OK, MOBA"""
NARROW = """offset jolly million, the ferry to Illinois
still rolling in the hills, 113,117 all told
tiffin at Kittery, 3311 miles off Balliol"""
LETTERHEAD = [
    (60, 60, "NORTHERN INSTITUTE", 34),
    (900, 66, "of Measurement and Trade", 22),
    (900, 160, "Office of Members", 22),
    (900, 205, "14 Harbour Street", 22),
    (900, 250, "September 14, 1993", 22),
    (60, 360, "Dear Member of the Institute:", 22),
    (60, 440, "Subject: the measure of trade", 22),
    (60, 520, TEXT, 30),
]
"""A large heading with small print beside it, an address and a date on the right: no columns."""
Grey = NDArray[np.uint8]


class SameModels(Models):
    """The models of a web export, in the build of the runtime that every browser has."""

    def __init__(self, folder: Path) -> None:
        self.said = json.loads((folder / "pipeline.json").read_text("utf-8"))
        self.charset = (folder / self.said["charset"]).read_text("utf-8").split("\n")[:-1]
        self.models = self.said["models"]
        roles = ("detector", "recognizer")
        self.nets = {role: WasmNet(folder / self.models[role]["file"], BUILDS[0]) for role in roles}

    def run(self, role: str, pixels: Grey, outputs: list[str]) -> list[NDArray[np.float32]]:
        """Outputs of a net by name; all where none is named."""
        return super().run(role, pixels, outputs or self.models[role]["outputs"])


def pictures(lang: str) -> Iterator[tuple[str, Grey]]:
    """Samples and drawn pages, grey."""
    if lang == "zh":
        yield "lines", grey(CHINESE)[:420]
        return
    yield "receipt", grey(SAMPLES / "receipt.jpg")
    yield "scan-1", grey(SAMPLES / "scan.pdf", 1)
    yield "passport", grey(SAMPLES / "passport.jpg")
    yield "columns", drawn((900, 700), [(40, 60, TEXT, 11), (470, 60, TEXT, 11)])
    yield "letterhead", drawn((1500, 700), LETTERHEAD)
    yield "slanted", rotated(drawn((900, 300), [(80, 80, TEXT, 20)]), 3.0)
    yield "scripts", drawn((900, 320), [(40, 60, SCRIPTS, 26)])
    yield "narrow", squeezed(drawn((1000, 330), [(40, 60, NARROW, 24)]), 0.62)
    yield "light", 255 - drawn((800, 240), [(40, 60, TEXT, 18)])


def sideways(path: Path, out: Path) -> None:
    """A picture as cameras that were held upright write it: lying, with its orientation in EXIF."""
    with Image.open(path) as image:
        exif = Image.Exif()
        exif[0x0112] = 6
        image.transpose(Image.Transpose.ROTATE_90).save(out, exif=exif, quality=92)


def grey(path: Path, page: int = 1) -> Grey:
    """A page of a file."""
    with open_source(path) as source:
        pixels = source.page(page).pixels
    return pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def drawn(size: tuple[int, int], texts: list[tuple[int, int, str, int]]) -> Grey:
    """Texts, each at a place and in a size."""
    image = Image.new("L", size, 252)
    draw = ImageDraw.Draw(image)
    for x, y, text, height in texts:
        font = ImageFont.truetype("DejaVuSerif.ttf", height)
        draw.multiline_text((x, y), text, fill=20, font=font, spacing=height // 2)
    return np.asarray(image, np.uint8)


def rotated(page: Grey, degrees: float) -> Grey:
    """A page turned about its middle."""
    height, width = page.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return np.asarray(cv2.warpAffine(page, matrix, (width, height), borderValue=252), np.uint8)


def squeezed(page: Grey, share: float) -> Grey:
    """A page at a share of its width: its letters stand close."""
    height, width = page.shape
    return np.asarray(cv2.resize(page, (round(width * share), height), interpolation=cv2.INTER_AREA), np.uint8)


def write(models: Path, out: Path, lang: str) -> None:
    """Write the pictures of a language and what is read in them."""
    out.mkdir(parents=True, exist_ok=True)
    reader = SameModels(models)
    for name, page in pictures(lang):
        height, width = page.shape
        (out / f"{name}.pgm").write_bytes(f"P5\n{width} {height}\n255\n".encode() + page.tobytes())
        rows = [
            [{"text": box.text, "confidence": box.score, "corners": box.corners().tolist()} for box in row]
            for row in reader.read(page)
        ]
        cv2.imwrite(str(out / f"{name}.png"), page)
        (out / f"{name}.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")


def shadowed() -> Grey:
    """A coloured page (H, W, 3) with a shadow across it and a red stamp."""
    lines = drawn((1100, 1301), [(80, 100 + 300 * k, TEXT, 22) for k in range(4)])
    page = np.repeat(lines[..., None], 3, 2).astype(float)
    cv2.circle(page, (850, 1000), 90, (200, 40, 50), 9)
    rows, columns = np.mgrid[: page.shape[0], : page.shape[1]]
    light = 0.55 + 0.45 / (1 + np.exp((columns + 0.4 * rows - 800) / 120))
    return np.asarray(page * light[..., None] * (1.0, 0.97, 0.88), np.uint8)


def whitened(out: Path) -> None:
    """A page under a shadow, and what the net that whitens makes of it."""
    page = shadowed()
    for name, pixels in (("shadowed", page), ("whitened", CanEnhancer("whiten", threads=1)(page))):
        (out / f"{name}.ppm").write_bytes(f"P6\n{page.shape[1]} {page.shape[0]}\n255\n".encode() + pixels.tobytes())


def main(models: Path, out: Path) -> None:
    """Write all pictures and what is read in them."""
    for lang in ("en", "zh"):
        write(models / lang, out / lang, lang)
    cv2.imwrite(str(out / "en" / "blank.png"), np.full((900, 700), 250, np.uint8))
    ink = 255 - drawn((900, 300), [(40, 60, TEXT, 20)])
    white = np.full_like(ink, 255)
    cv2.imwrite(str(out / "en" / "clear.png"), np.dstack([white, white, white, ink]))  # on a transparent ground
    sideways(SAMPLES / "receipt.jpg", out / "en" / "sideways.jpg")
    whitened(out)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
