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

import ocr
from ocr.detect import Region
from ocr.detect.ends import to_the_ends
from ocr.detect.leftover import Least, second_look
from ocr.detect.lone import with_lone_marks
from ocr.detect.look import look
from ocr.detect.minus import with_minus
from ocr.document import Quad
from ocr.export.reference import Box, Models, boxes_from_map, parts_with_ink, resize
from ocr.geometry import crop_line
from ocr.page.enhance import CanEnhancer
from ocr.recognize import Glyph, Reading
from ocr.source import open_source
from ocr.transcribe.lone_digits import lone_digits
from ocr.transcribe.signed import signed_number
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
FUND = ("a program of the", "institute for trade", "gifts supporting", "current priorities", "of members", "since 1985")
SIDEBAR = [
    (900, 60, "THE FUND", 24),
    *((900, 110 + 34 * k, line, 18) for k, line in enumerate(FUND)),
    (60, 200, "September 14, 1993", 24),
    *((60, 420 + 44 * k, line, 24) for k, line in enumerate(("Mr. John Fisher", "54 Harbour Street", "Newport 89107"))),
    (60, 600, "Dear Mr. Fisher:", 24),
    (60, 680, TEXT, 28),
]
"""A narrow text beside the date of a letter, and next to nothing beside its address: no columns."""
MENU = ("Station", "Harbour", "Timetable", "Fares", "Freight", "Luggage", "Offices", "Letters", "Contact")
BUTTONS = (
    ("Return", "valid for three months from today"),
    ("Single", "valid on the day of travel alone"),
    ("Season", "valid for one year on all lines"),
    ("Group", "valid for ten people at most"),
)
NUMBERS = [
    (40 + 150 * column, 40 + 50 * row, text, 22)
    for row, texts in enumerate((("12", "-7", "3.5"), ("-140", "0", "22"), ("31", "-0.5", "0"), ("8", "16", "-93")))
    for column, text in enumerate(texts)
] + [(40, 280, "Degrees at noon, below zero and above", 22)]
"""A table with signs and zeros."""
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

    def detect(self, grey: Grey) -> list[Box]:
        """Boxes of lines at the library's scale, of its second look, and of a token that is all of a picture."""
        settings, rules = self.models["detector"]["metadata"]["settings"], self.said["detect"]
        seen = look(grey)
        close, most = (np.sqrt(rules[name] / grey.size) for name in ("enlarged_to_pixels", "pixels_at_most"))
        scales = rules["line_height"] / seen.typical, settings["smallest"] / seen.small
        lowest = min(1.0, rules["longest_side_at_least"] / max(grey.shape))
        scale = max(*scales, lowest, min(rules["enlarged_to_line_height"] / seen.typical, close))
        found = self._detect_at(grey, min(scale, most, rules["scale_at_most"]))
        found = to_the_ends(found, seen.words)
        least = Least(rules["line_height"], settings["certain"], settings["certain_alone"])
        found += second_look(grey, seen.words, found, self._detect_at, least)
        boxes = [box_of(Quad.of(corners.tolist()))._replace(score=score) for corners, score in found]
        lone = with_lone_marks(grey, [Region(quad(box), box.score) for box in boxes]) if len(boxes) < 3 else None
        if not lone or not lone.token or lone.regions[0].quad in map(quad, boxes):
            return boxes
        return [box_of(lone.regions[0].quad)]

    def _detect_at(self, part: Grey, scale: float) -> list[tuple[NDArray[np.float64], float]]:
        """Corners of lines of a picture, as they are found at a scale, with their scores."""
        settings, rules = self.models["detector"]["metadata"]["settings"], self.said["detect"]
        work = resize(part, part.shape[1] * scale, part.shape[0] * scale)
        room = [(0, -side % rules["multiple"]) for side in work.shape]
        padded = np.pad(work, room, constant_values=np.median(work))
        seen = self.run("detector", padded[None, None], [])[0][0, 0, : -(-work.shape[0] // 4), : -(-work.shape[1] // 4)]
        boxes = boxes_from_map(seen, settings, rules["stride"] * part.shape[1] / work.shape[1])
        return [(each.corners(), each.score) for box in boxes for each in parts_with_ink(part, box)]

    def read(self, grey: Grey) -> list[list[Box]]:
        """Rows of lines, with minus signs and lone digits as the library finds them."""
        rows = super().read(grey)
        lines = {id(box): self._signed(grey, box) for row in rows for box in row}
        found = list(lines.values())
        pictures = [crop_line(grey, quad(box), 32) for box in found]
        digits = lone_digits([quad(box) for box in found], [reading(box.text, box.score) for box in found], pictures)
        for k, digit in digits.items():
            found[k] = found[k]._replace(text=digit, score=max(0.85, found[k].score))
        lines = dict(zip(lines, found, strict=True))
        return [[lines[id(box)] for box in row] for row in rows]

    def _signed(self, grey: Grey, box: Box) -> Box:
        """A number with the minus sign before it; other lines as they are."""
        longer = with_minus(grey, quad(box)) if box.text[:1].isdigit() and box.score > 0.6 else None
        if not longer:
            return box
        whole = box_of(longer)
        self.detect, kept = lambda _: [whole], self.detect  # type: ignore[method-assign]
        [[again]] = super().read(grey)
        self.detect = kept  # type: ignore[method-assign]
        number = signed_number(reading(box.text, box.score), reading(again.text, again.score))
        return whole._replace(text=number.text, score=number.confidence) if number else box


def quad(box: Box) -> Quad:
    """The corners of a box."""
    return Quad.of(box.corners().tolist())


def box_of(quad: Quad) -> Box:
    """An upright or skewed rectangle as the reference has it."""
    a, b, _, d = np.array(quad.points)
    along = b - a
    width, height = float(np.hypot(*along)), float(np.hypot(*(d - a)))
    return Box((a + d) / 2, along / width, width, height, 1.0)


def reading(text: str, confidence: float) -> Reading:
    """A reading whose characters are one after the other."""
    size = max(1, len(text))
    glyphs = (Glyph(character, k / size, (k + 1) / size, confidence) for k, character in enumerate(text))
    return Reading(tuple(glyphs), confidence, "reference")


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
    yield "sidebar", drawn((1500, 900), SIDEBAR)
    yield "numbers", drawn((700, 420), NUMBERS)
    yield "token", drawn((150, 60), [(50, 14, "IV", 26)])
    yield "digit", drawn((80, 64), [(30, 16, "7", 26)])
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


def turned_pages() -> Iterator[tuple[str, Grey, list[str]]]:
    """Pages (H, W, 3) with lines of other sizes, on dark ground, and that run another way; and their lines."""
    lines = TEXT.split("\n")
    prose = [(60, 60, TEXT, 26), (60, 300, TEXT, 26), (60, 540, TEXT, 26)]
    large = drawn((1240, 1400), [(120, 100, "Harbour", 190), (120, 520, TEXT, 20), (120, 900, TEXT, 24)])
    yield "sizes", large, ["Harbour", *lines, *lines]
    panel = np.repeat(drawn((1400, 800), [(420, y, text, 22) for _, y, text, _ in prose])[..., None], 3, 2)
    menu = 255 - drawn((330, 800), [(30, 40 + 60 * k, word, 22) for k, word in enumerate(MENU)])
    panel[:, :330] = np.maximum(menu[..., None], np.array([30, 50, 80], np.uint8))
    yield "panel", panel, [*MENU, *3 * lines]
    buttons = np.repeat(drawn((1200, 900), [(60, 40, "Tickets and fares", 44)])[..., None], 3, 2)
    for k, (name, time) in enumerate(BUTTONS):
        button = 255 - drawn((480, 180), [(24, 20, name, 40), (24, 130, time, 14)])
        place = (slice(160 + 220 * (k // 2), 340 + 220 * (k // 2)), slice(60 + 540 * (k % 2), 540 + 540 * (k % 2)))
        buttons[place] = np.maximum(button[..., None], np.array([60, 40, 70], np.uint8))
    yield "buttons", buttons, ["Tickets and fares", *(text for pair in BUTTONS for text in pair)]
    note = drawn((460, 60), [(20, 14, "Received 14 May 1998", 26)])
    for name, turns in (("upwards", 1), ("downwards", 3), ("upside-down", 2)):
        page = drawn((1240, 800), [(120, y, text, size) for _, y, text, size in prose])
        place = (slice(120, 580), slice(20, 80)) if turns % 2 else (slice(720, 780), slice(300, 760))
        page = page.copy()
        page[place] = np.rot90(note, turns)
        yield name, page, ["Received 14 May 1998", *3 * lines]
    level = drawn((1240, 1240), [(220, y, TEXT, 22) for y in (260, 500, 740)])
    for degrees in (-25, 15, 160):
        yield f"slanted{degrees}", rotated(level, degrees), 3 * lines


def from_library(out: Path) -> None:
    """Pages with their lines, and where the library finds these, in pixels of the page as it lies."""
    out.mkdir(parents=True, exist_ok=True)
    reader = ocr.Reader(quality="fast", decoder="greedy", fallback="never")
    for name, page, lines in turned_pages():
        pixels = page if page.ndim == 3 else np.repeat(page[..., None], 3, 2)
        (out / f"{name}.ppm").write_bytes(f"P6\n{page.shape[1]} {page.shape[0]}\n255\n".encode() + pixels.tobytes())
        hulls = [line.box.hull for line in reader.read(page).pages[0].lines]
        (out / f"{name}.json").write_text(json.dumps({"lines": lines, "hulls": hulls}), encoding="utf-8")


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
    from_library(out / "library")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
