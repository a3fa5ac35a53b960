"""Images that show no Chinese identity card, or the same side twice: a card reader has to reject them.

python -m ocr.train.synth.card_others OUT --print CJK.ttc --titles Serif.otf --digits OCRB.otf --count 40

draws ``OUT/*.jpg`` and ``OUT/gt.jsonl`` with the keys of :mod:`ocr.train.synth.card_photos`, without fields.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Mapping, Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ocr.idcard.card import Problem, Side
from ocr.idcard.layout import WIDTH
from ocr.train.synth.card_photos import command_line, photograph_card
from ocr.train.synth.card_placing import laid_at
from ocr.train.synth.cards import CardFaces, Color, Sheet, card_ground, draw_card, draw_portrait
from ocr.train.synth.ground import ground
from ocr.train.synth.people import invent

__all__ = ["KINDS", "main"]


def _desk(rng: random.Random, faces: CardFaces) -> Color:
    """An empty table top."""
    return np.asarray(cv2.resize(ground(rng), (1280, 960)), np.uint8)


def _foreign(rng: random.Random, faces: CardFaces) -> Color:
    """An identity card of an invented country, in Latin script."""
    sheet = Sheet(card_ground(rng))
    draw_portrait(rng, sheet)
    letters = "ABDEFGHIKLMNOPRSTUV"
    values = ["".join(rng.choices(letters, k=rng.randint(5, 11))) for _ in range(4)]
    rows = zip(("SURNAME", "GIVEN NAMES", "PLACE OF BIRTH", "AUTHORITY"), values, strict=True)
    sheet.put("IDENTITY CARD  SPECIMEN", rng.choice(faces.titles), 7, 6, 3.4, "title")
    for k, (label, value) in enumerate(rows):
        sheet.put(label, rng.choice(faces.print), 7, 13 + 8 * k, 2.0, "label")
        sheet.put(value, rng.choice(faces.print), 7, 16 + 8 * k, 3.2, "name")
    sheet.put("".join(rng.choices("0123456789", k=9)), rng.choice(faces.digits), 7, 46, 3.3, "number", pitch=2.45)
    return sheet.picture


def _form(rng: random.Random, faces: CardFaces) -> Color:
    """A paper form with the labels of an identity card."""
    values = invent(rng)
    paper = Image.new("RGB", (900, 1270), (250, 250, 248))
    pen, face = ImageDraw.Draw(paper), ImageFont.truetype(str(rng.choice(faces.print)), rng.randint(22, 30))
    pen.text((300, 90), "登记表 样本", font=face, fill=(20, 20, 20))
    rows = (("姓名", "name"), ("性别", "sex"), ("民族", "ethnicity"), ("出生", "birth"), ("住址", "address"),
            ("公民身份号码", "number"), ("签发机关", "issuer"), ("有效期限", "valid_from"))  # fmt: skip
    pitch = rng.randint(56, 90)
    for k, (label, name) in enumerate(rows):
        pen.text((90, 190 + k * pitch), label, font=face, fill=(20, 20, 20))
        pen.text((310, 190 + k * pitch), values[name][:18], font=face, fill=(20, 20, 20))
    return np.asarray(paper)


def _two(rng: random.Random, faces: CardFaces) -> Color:
    """The fronts of two persons' cards on one sheet."""
    dpi = rng.choice((150, 200))
    sheet = np.full((round(11.7 * dpi), round(8.27 * dpi), 3), 255, np.uint8)
    for middle in (0.3, 0.6):
        card = draw_card(rng, invent(rng), Side.FRONT, faces)
        sheet, _, _ = laid_at(card, sheet, (4.1 * dpi, middle * 11.7 * dpi), WIDTH / 25.4 * dpi, rng.gauss(0, 2))
    return sheet


def _half(rng: random.Random, faces: CardFaces) -> Color:
    """The half of a card with the portrait."""
    taken = photograph_card(rng, "clean", faces, Side.FRONT)
    left, top, right, bottom = (round(at) for at in taken.boxes[0].hull)
    return taken.picture[max(top, 0) : bottom, round(0.58 * (left + right)) : right]


KINDS: Mapping[str, tuple[Callable[[random.Random, CardFaces], Color], Problem]] = {
    "desk": (_desk, Problem.NOT_A_CARD), "foreign": (_foreign, Problem.NOT_A_CARD),
    "form": (_form, Problem.NOT_A_CARD), "half": (_half, Problem.NOT_A_CARD), "two": (_two, Problem.WRONG_SIDE),
}  # fmt: skip


def main(arguments: Sequence[str]) -> None:
    """Draw a set; see the module's docstring."""
    options = command_line(__doc__, count=40).parse_args(arguments)
    faces = CardFaces(options.print, options.titles, options.digits)
    options.out.mkdir(parents=True, exist_ok=True)
    with (options.out / "gt.jsonl").open("w", encoding="utf-8") as file:
        for k in range(options.count):
            kind = list(KINDS)[k % len(KINDS)]
            draw, problem = KINDS[kind]
            name = f"{k:05}-{kind}.jpg"
            Image.fromarray(draw(random.Random(options.seed * 10**6 + k), faces)).save(options.out / name, quality=92)
            row: dict[str, object] = {
                "image": name, "task": "idcard", "condition": kind, "problems": [str(problem)], "fields": {},
                "hidden": [], "side": str(Side.NONE), "portrait": None,
            }  # fmt: skip
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
