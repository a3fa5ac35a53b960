"""Conditions in which people send identity cards: scanned, photographed, photocopied, stamped, too small, too dark."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr.document import Quad
from ocr.idcard.card import BACK, FRONT, Problem, Side
from ocr.idcard.layout import HEIGHT, WIDTH
from ocr.idcard.number import check_character, sex_of
from ocr.idcard.quality import COARSE
from ocr.train.synth.card_placing import card_quad, laid, laid_at, mapped, mapped_card
from ocr.train.synth.cards import SCALE, Card, CardFaces, Color, Run
from ocr.train.synth.degrade import noise
from ocr.train.synth.people import TODAY

__all__ = ["CONDITIONS", "CardPhoto"]

STAMPS = ("复印无效", "仅供测试使用", "样本", "与原件一致")
WATERMARKS = ("仅限测试使用 他用无效", "SPECIMEN ONLY", "测试样本")
PROBLEMS: Mapping[str, tuple[Problem, ...]] = {
    "photocopy": (Problem.PHOTOCOPY,), "small": (Problem.PHOTOCOPY,), "glare": (Problem.GLARE,),
    "dark": (Problem.DARK,), "blurred": (Problem.BLURRED,), "cropped": (Problem.CROPPED,),
}  # fmt: skip
"""What is wrong with every image of a condition."""
SATURATED = 252
"""Glare hides what is under it where all colour channels reach this value."""
COVERING = ("stamped", "finger")
"""Conditions in which something may lie on a field."""
HIDDEN_SHARE = 0.04
"""A field counts as hidden when this share of one of its texts is covered."""


@dataclass(frozen=True, slots=True, eq=False)
class CardPhoto:
    """An image and the cards in it; quads are in its pixels.

    Attributes:
        picture: (H, W, 3) RGB.
        condition: key of ``CONDITIONS``.
        cards: one, or both sides of one on a photocopy.
        boxes: outline of each card, clockwise from its own top left corner.
        hidden: fields that are covered, lost in glare, or outside the image.
    """

    picture: Color
    condition: str
    cards: tuple[Card, ...]
    boxes: tuple[Quad, ...]
    hidden: frozenset[str] = frozenset()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What a reader should find wrong with the image, known from how it was made."""
        misprints = _misprints([card.side for card in self.cards], self.cards[0].values)
        found = {*PROBLEMS.get(self.condition, ()), *misprints}
        if self.hidden and self.condition in COVERING:
            found.add(Problem.COVERED)
        if any(box.width / WIDTH < COARSE for box in self.boxes):
            found.add(Problem.LOW_RESOLUTION)
        return tuple(problem for problem in Problem if problem in found)

    def to_json(self, name: str) -> dict[str, object]:
        """The image's row of a ``gt.jsonl``."""
        sides = {card.side for card in self.cards}
        shown = (*(FRONT if Side.FRONT in sides else ()), *(BACK if Side.BACK in sides else ()))
        runs = [run for card in self.cards for run in card.runs]
        portraits = [card.portrait.to_json() for card in self.cards if card.portrait]
        return {
            "image": name,
            "task": "idcard",
            "lang": "zh",
            "condition": self.condition,
            "problems": [str(problem) for problem in self.problems],
            "side": str(Side.BOTH if len(sides) == 2 else min(sides)),
            "fields": {key: self.cards[0].values[key] for key in shown},
            "hidden": sorted(self.hidden),
            "corners": [box.to_json() for box in self.boxes],
            "portrait": portraits[0] if portraits else None,
            "boxes": [[run.quad.to_json(), run.text] for run in runs],
        }


def _misprints(sides: Sequence[Side], values: Mapping[str, str]) -> set[Problem]:
    """Faults in the text of a card, as :func:`ocr.train.synth.people.misprinted` makes them."""
    found = set()
    number = values["number"]
    if Side.FRONT in sides:
        if number[-1] != check_character(number[:-1]):
            found.add(Problem.CHECKSUM)
        if number[6:14] != values["birth"].replace("-", "") or sex_of(number) != values["sex"]:
            found.add(Problem.INCONSISTENT)
    if Side.BACK in sides and values["valid_to"] < TODAY.isoformat():
        found.add(Problem.EXPIRED)
    return found


def _clean(rng: random.Random, cards: Sequence[Card], faces: CardFaces) -> CardPhoto:
    """A scan on white."""
    width = rng.randint(620, 1050)
    margin = round(width * rng.uniform(0.02, 0.3))
    sheet = np.full((round(width * HEIGHT / WIDTH) + 2 * margin, width + 2 * margin, 3), 255, np.uint8)
    h, w = sheet.shape[:2]
    picture, card, box = laid_at(cards[0], sheet, (w / 2, h / 2), width, rng.gauss(0, 1.0))
    return CardPhoto(_jpeg(picture, rng.randint(70, 95)), "clean", (card,), (box,))


def _photo(rng: random.Random, cards: Sequence[Card], faces: CardFaces) -> CardPhoto:
    """A photograph on a table, slightly from the side."""
    w, h = rng.choice(((1280, 960), (960, 1280), (1600, 1200)))
    width = min(w, h) * rng.uniform(0.55, 0.85)
    center = (w / 2 + rng.uniform(-0.06, 0.06) * w, h / 2 + rng.uniform(-0.06, 0.06) * h)
    flat = card_quad(center, width, rng.gauss(0, 6) + rng.choice((0, 0, 0, 90, 180, 270)))
    shift = 0.035 * width
    target = Quad.of([(x + rng.uniform(-shift, shift), y + rng.uniform(-shift, shift)) for x, y in flat.points])
    picture, card, box = laid(cards[0], _desk(rng, h, w), target)
    return CardPhoto(_camera(rng, picture), "photo", (card,), (box,))


def _desk(rng: random.Random, h: int, w: int) -> Color:
    """A table top: one colour, grain, a few rectangles."""
    tint = np.array([rng.randint(30, 210) for _ in range(3)], np.float32)
    grain = rng.uniform(2, 18) * noise(rng, (h, w), 2.0) + rng.uniform(0, 25) * noise(rng, (h, w), 8.0)
    desk = tint + grain[..., None]
    for _ in range(rng.randint(0, 3)):
        x, y = rng.uniform(0, w), rng.uniform(0, h)
        corners = cv2.boxPoints(((x, y), (rng.uniform(60, w), rng.uniform(20, h)), rng.uniform(0, 90)))
        cv2.fillPoly(desk, [corners.astype(np.int32)], (tint + rng.uniform(-50, 50)).tolist())
    return desk.clip(0, 255).astype(np.uint8)


def _camera(rng: random.Random, picture: Color, gain: float = 1.0) -> Color:
    """Uneven light, slight defocus, noise and JPEG."""
    h, w = picture.shape[:2]
    y, x = np.mgrid[:h, :w].astype(np.float32)
    light = 1 - rng.uniform(0, 0.4) * np.hypot((x - rng.uniform(0, w)) / w, (y - rng.uniform(0, h)) / h)
    out = picture * (light * rng.uniform(0.8, 1.05) * gain)[..., None] * [rng.uniform(0.93, 1.05) for _ in range(3)]
    out = cv2.GaussianBlur(out, (0, 0), rng.uniform(0.3, 1.1))
    out = out + rng.uniform(1, 6) * noise(rng, (h, w), 0.0)[..., None]
    return _jpeg(out.clip(0, 255).astype(np.uint8), rng.randint(55, 92))


def _photocopy(rng: random.Random, cards: Sequence[Card], faces: CardFaces) -> CardPhoto:
    """Both sides on one sheet of A4, in grey."""
    dpi = rng.choice((100, 150, 200))
    h, w, width = round(11.7 * dpi), round(8.27 * dpi), WIDTH / 25.4 * dpi
    sheet, placed, boxes = np.full((h, w, 3), 255, np.uint8), [], []
    for card, middle in zip(cards, (0.3, 0.6), strict=True):
        at = (w / 2 + rng.gauss(0, 0.03) * w, (middle + rng.gauss(0, 0.015)) * h)
        sheet, there, box = laid_at(card, sheet, at, width, rng.gauss(0, 2.5))
        placed.append(there)
        boxes.append(box)
    grey = cv2.cvtColor(sheet, cv2.COLOR_RGB2GRAY).astype(np.float32)
    grey = (grey - rng.uniform(20, 70)) * rng.uniform(1.05, 1.35) + rng.uniform(2, 9) * noise(rng, (h, w), 1.0)
    out = np.repeat(grey.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)
    return CardPhoto(_jpeg(out, rng.randint(60, 92)), "photocopy", tuple(placed), tuple(boxes))


def _hidden(runs: Sequence[Run], mask: NDArray[np.bool_]) -> frozenset[str]:
    """Fields with text where the mask is set or outside of it; the runs' quads are in its pixels."""
    found = set()
    height, width = mask.shape
    for run in runs:
        left, top, right, bottom = (round(at) for at in run.quad.hull)
        part = np.zeros((bottom - top + 1, right - left + 1), np.uint8)
        cv2.fillConvexPoly(part, (np.array(run.quad.points) - [left, top]).round().astype(np.int32), 1)
        y, x = np.mgrid[top : bottom + 1, left : right + 1]
        inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
        over = ~inside | mask[y.clip(0, height - 1), x.clip(0, width - 1)]
        if float(over[part > 0].mean()) > HIDDEN_SHARE:
            found |= {"valid_from", "valid_to"} if run.field == "span" else {run.field}
    return frozenset(found - {"label", "title", "mark"})


def _stamped(rng: random.Random, cards: Sequence[Card], faces: CardFaces) -> CardPhoto:
    """A framed stamp anywhere on the card, and a watermark along its edge."""
    card = cards[0]
    image = Image.fromarray(card.picture)
    size = round(rng.uniform(4, 6) * SCALE)
    font = ImageFont.truetype(str(rng.choice(faces.titles)), size)
    text, ink = rng.choice(STAMPS), rng.choice(((60, 60, 64), (190, 40, 44), (40, 60, 150)))
    layer = Image.new("L", (round(font.getlength(text)) + size, 2 * size), 0)
    pen = ImageDraw.Draw(layer)
    pen.text((size / 2, size), text, font=font, fill=255, anchor="lm")
    pen.rectangle((2, 2, layer.width - 3, layer.height - 3), outline=255, width=max(2, size // 10))
    layer = layer.rotate(rng.uniform(-12, 12), expand=True).point(lambda v: v * rng.uniform(0.55, 0.9))
    at = (rng.randint(0, max(1, image.width - layer.width)), rng.randint(0, image.height - layer.height))
    image.paste(Image.new("RGB", layer.size, ink), at, layer)
    over = Image.new("L", image.size, 0)
    over.paste(layer, at)
    mark = ImageFont.truetype(str(rng.choice(faces.print)), round(2.6 * SCALE))
    ImageDraw.Draw(image).text((SCALE, SCALE), rng.choice(WATERMARKS), font=mark, fill=(40, 40, 44))
    stamped = replace(card, picture=np.asarray(image))
    taken = (_photo if rng.random() < 0.5 else _clean)(rng, [stamped], faces)
    return replace(taken, condition="stamped", hidden=_hidden(card.runs, np.asarray(over) > 64))


def _finger(rng: random.Random, cards: Sequence[Card], faces: CardFaces) -> CardPhoto:
    """A photograph with one or two fingertips over the card's edges."""
    card, [h, w] = cards[0], cards[0].picture.shape[:2]
    over = Image.new("L", (w, h), 0)
    pen = ImageDraw.Draw(over)
    for _ in range(rng.choice((1, 1, 2))):
        thick, reach = rng.uniform(13, 18) * SCALE, rng.uniform(8, 24) * SCALE
        edge, along = rng.choice("lrb"), rng.uniform(0.15, 0.85)
        if edge == "b":
            x = along * w - thick / 2
            pen.rounded_rectangle((x, h - reach, x + thick, h + thick), thick / 2, fill=255)
        else:
            y, near = along * h - thick / 2, -thick if edge == "l" else w - reach
            pen.rounded_rectangle((near, y, near + thick + reach, y + thick), thick / 2, fill=255)
    mask = np.asarray(over)
    skin = np.array(rng.choice(((224, 178, 150), (198, 146, 118), (142, 98, 76))), np.float32)
    depth = cv2.GaussianBlur(mask, (0, 0), 2.5 * SCALE).astype(np.float32) / 255
    finger = skin * (0.55 + 0.45 * depth[..., None]) + 4 * noise(rng, (h, w), 1.0)[..., None]
    share = cv2.GaussianBlur(mask, (0, 0), 0.15 * SCALE)[..., None].astype(np.float32) / 255
    picture = (card.picture * (1 - share) + finger * share).clip(0, 255).astype(np.uint8)
    taken = _photo(rng, [replace(card, picture=picture)], faces)
    return replace(taken, condition="finger", hidden=_hidden(card.runs, mask > 127))


def _small(rng: random.Random, cards: Sequence[Card], faces: CardFaces) -> CardPhoto:
    """A grey image of about 450 x 290 pixels, filled by the card."""
    w = rng.randint(420, 470)
    h = round(w * HEIGHT / WIDTH) + rng.randint(0, 8)
    sheet = np.full((h, w, 3), rng.randint(90, 255), np.uint8)
    picture, card, box = laid_at(cards[0], sheet, (w / 2, h / 2), w * rng.uniform(0.97, 1.0), rng.gauss(0, 0.4))
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32) * rng.uniform(0.55, 1.0)
    out = np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)
    return CardPhoto(_jpeg(out, rng.randint(60, 92)), "small", (card,), (box,))


def _glare(rng: random.Random, cards: Sequence[Card], faces: CardFaces) -> CardPhoto:
    """A photograph with the reflection of a lamp over a part of the card."""
    taken = _photo(rng, cards, faces)
    h, w = taken.picture.shape[:2]
    y, x = np.mgrid[:h, :w].astype(np.float32)
    a, b, c, d = taken.boxes[0].points
    u, v = rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.9)
    at = [(1 - v) * ((1 - u) * a[k] + u * b[k]) + v * ((1 - u) * d[k] + u * c[k]) for k in (0, 1)]
    reach = taken.boxes[0].width * rng.uniform(0.08, 0.2)
    spot = 420 * np.exp(-(((x - at[0]) / reach) ** 2 + ((y - at[1]) / (reach * rng.uniform(0.5, 1.0))) ** 2))
    out = (taken.picture + spot[..., None]).clip(0, 255).astype(np.uint8)
    hidden = _hidden(taken.cards[0].runs, out.min(2) >= SATURATED)
    return replace(taken, picture=_jpeg(out, 88), condition="glare", hidden=hidden)


def _dark(rng: random.Random, cards: Sequence[Card], faces: CardFaces) -> CardPhoto:
    """An underexposed photograph."""
    taken = _photo(rng, cards, faces)
    return replace(taken, picture=_camera(rng, taken.picture, rng.uniform(0.15, 0.35)), condition="dark")


def _blurred(rng: random.Random, cards: Sequence[Card], faces: CardFaces) -> CardPhoto:
    """A photograph so far out of focus that the strokes of the labels merge."""
    taken = _photo(rng, cards, faces)
    spread = rng.uniform(0.22, 0.4) * taken.boxes[0].width / WIDTH
    out = cv2.GaussianBlur(taken.picture, (0, 0), spread).astype(np.uint8)
    return replace(taken, picture=_jpeg(out, rng.randint(60, 92)), condition="blurred")


def _cropped(rng: random.Random, cards: Sequence[Card], faces: CardFaces) -> CardPhoto:
    """A photograph cut so that a part of the card is missing at one side."""
    taken = _photo(rng, cards, faces)
    h, w = taken.picture.shape[:2]
    a, b, c, d = (round(at) for at in taken.boxes[0].hull)
    cut = rng.uniform(0.06, 0.2)
    x, y = round(cut * (c - a)), round(cut * (d - b))
    left, top, right, bottom = rng.choice(((a + x, 0, w, h), (0, b + y, w, h), (0, 0, c - x, h), (0, 0, w, d - y)))
    matrix = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1]], np.float64)
    card, boxes = mapped_card(matrix, taken.cards[0]), tuple(mapped(matrix, box) for box in taken.boxes)
    picture = taken.picture[top:bottom, left:right]
    return CardPhoto(picture, "cropped", (card,), boxes, _hidden(card.runs, np.zeros(picture.shape[:2], np.bool_)))


def _jpeg(picture: Color, quality: int) -> Color:
    """The image after JPEG compression."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))


Take = Callable[[random.Random, Sequence[Card], CardFaces], CardPhoto]
CONDITIONS: Mapping[str, Take] = {
    "clean": _clean, "photo": _photo, "photocopy": _photocopy, "stamped": _stamped, "finger": _finger, "small": _small,
    "glare": _glare, "dark": _dark, "blurred": _blurred, "cropped": _cropped,
}  # fmt: skip
