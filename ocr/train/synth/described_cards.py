"""Drawn cards of the kinds that have a description: each marked as a specimen, none of a real person.

python -m ocr.train.synth.described_cards OUT --print CJK.ttc --titles Serif.otf --digits Sans.ttf --count 100 --seed 1

draws ``OUT/*.jpg`` and ``OUT/gt.jsonl``: image, kind, condition, fields and hidden fields. Faces, wordings, sizes and
places vary from card to card, so that a card is never just what its description says.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from PIL import Image, ImageFont

from ocr.document import Quad
from ocr.idcard.card import Side
from ocr.idcard.description import Box, Description, Place, described
from ocr.train.synth.card_conditions import CONDITIONS, CardPhoto
from ocr.train.synth.card_photos import command_line
from ocr.train.synth.cards import (
    SCALE,
    Card,
    CardFaces,
    Sheet,
    card_ground,
    draw_portrait,
    mark_specimen,
    rounded,
)
from ocr.train.synth.described_people import INVENT, invented

__all__ = ["draw_described", "main", "photograph_described"]

SHIFT, APART = 0.8, 0.25
"""Deviation of a card from its description, and of its texts from each other, in millimetres."""
INSET = 1.5
"""Distance of a value from the left edge of its place, in millimetres."""
SIZES, WIDE = (2.5, 3.3), (0.8, 0.96)
"""Least and greatest size of a value, in millimetres; and width of the number of a card without labels, as a share of
its place."""
EXTRAS: Mapping[str, tuple[tuple[str, float, float, float], ...]] = {
    "hk-resident": (("2867 3057 2532", 29.0, 24.6, 2.3), ("***AZ", 29.0, 38.0, 2.6), ("(06-96)", 29.0, 45.0, 2.2)),
    "cn-permit-hk-mo": (("PRC", 72.0, 5.0, 2.6),),
    "bank-card": (
        ("示例银行 SAMPLE BANK", 6.0, 7.0, 3.4),
        ("VALID THRU", 11.0, 42.4, 1.8),
        ("ZHENG JIAN", 8.0, 48.5, 3.0),
    ),
}
"""Further print that is no field: text, left end, middle of the line and size."""
WITHOUT = ("photocopy",)
"""Conditions that show two sides."""


def draw_described(rng: random.Random, described: Description, values: Mapping[str, str], faces: CardFaces) -> Card:
    """Draw a card.

    Args:
        rng: source of randomness for faces, wordings and places.
        described: its description.
        values: value of every field.
        faces: font files.
    """
    sheet = Sheet(card_ground(rng))
    face, dx, dy = rng.choice(faces.print), rng.gauss(0, SHIFT / 2), rng.gauss(0, SHIFT / 2)
    if described.portrait:
        draw_portrait(rng, sheet, described.portrait)
    for text, left, middle, size in EXTRAS.get(described.kind, ()):
        sheet.put(text, face, left + dx, middle + dy, size, "label")
    for label in described.labels:
        drawn = rng.choice(faces.titles) if label.distinctive else face
        _label(rng, sheet, rng.choice(label.text), drawn, _moved(rng, label.place, dx, dy))
    size = rng.uniform(*SIZES)
    for place in described.places:
        text = _printed(rng, place, values)
        box = _moved(rng, place.place, dx, dy)
        digits = place.holds in ("number", "date", "period")
        used = rng.choice(faces.digits) if digits else face
        if place.anchor:
            natural = ImageFont.truetype(str(used), 100).getlength(text) / 100
            wide = rng.uniform(*WIDE) * (box[2] - box[0]) / natural
        sheet.put(text, used, box[0] + INSET, (box[1] + box[3]) / 2, wide if place.anchor else size, place.name[0])
    mark_specimen(rng, sheet, faces)
    portrait = Quad.rect(*(SCALE * at for at in described.portrait)) if described.portrait else None
    return Card(rounded(sheet.picture), Side.FRONT, values, tuple(sheet.runs), portrait)


def _moved(rng: random.Random, box: Box, dx: float, dy: float) -> Box:
    x, y = dx + rng.gauss(0, APART), dy + rng.gauss(0, APART)
    return box[0] + x, box[1] + y, box[2] + x, box[3] + y


def _label(rng: random.Random, sheet: Sheet, text: str, face: Path, box: Box) -> None:
    """A label about as wide as its place."""
    natural = ImageFont.truetype(str(face), 100).getlength(text) / 100
    size = min((box[2] - box[0]) * rng.uniform(0.92, 1.06) / natural, 1.3 * (box[3] - box[1]))
    sheet.put(text, face, box[0], (box[1] + box[3]) / 2, size, "label", ink=rng.choice(((30, 30, 34), (40, 70, 120))))


def _printed(rng: random.Random, place: Place, values: Mapping[str, str]) -> str:
    """The values of a place as they are printed."""
    own = [values[name] for name in place.name]
    if place.holds == "words":
        return " ".join(dict(place.words)[own[0]])
    if place.holds in ("date", "period"):
        form = rng.choice([form for form in place.written if "长期" not in form])
        return _dated(form, own)
    if place.holds == "number":
        form = next((form for form in place.written if len("".join(form.split())) == len(own[0])), "")
        rest = iter(own[0])
        return "".join(sign if sign == " " else next(rest) for sign in form)
    return own[0]


def _dated(form: str, values: Sequence[str]) -> str:
    """Days in the form of a description."""
    days = [date.fromisoformat(value if len(value) > len("YYYY-MM") else f"{value}-01") for value in values]
    cuts = [form] if len(days) == 1 else [form[: len(form) // 2 + 1], form[len(form) // 2 + 1 :]]
    for sign, code in (("YYYY", "%Y"), ("YY", "%y"), ("MM", "%m"), ("DD", "%d")):
        cuts = [cut.replace(sign, code) for cut in cuts]
    return "".join(day.strftime(cut) for day, cut in zip(days, cuts, strict=True))


def photograph_described(rng: random.Random, condition: str, kind: str, faces: CardFaces) -> CardPhoto:
    """An image of an invented person's card of a kind that has a description."""
    card = draw_described(rng, described()[kind], invented(rng, kind), faces)
    return CONDITIONS[condition](rng, (card,), faces)


def main(arguments: Sequence[str]) -> None:
    """Draw a set; see the module's docstring."""
    parser = command_line(__doc__, count=100)
    parser.add_argument("--kinds", nargs="+", choices=list(INVENT), default=list(INVENT))
    options = parser.parse_args(arguments)
    faces = CardFaces(options.print, options.titles, options.digits)
    options.out.mkdir(parents=True, exist_ok=True)
    conditions = [name for name in CONDITIONS if name not in WITHOUT]
    with (options.out / "gt.jsonl").open("w", encoding="utf-8") as file:
        for k in range(options.count):
            rng = random.Random(options.seed * 10**6 + k)
            kind = options.kinds[k % len(options.kinds)]
            condition = conditions[k // len(options.kinds) % len(conditions)]
            taken = photograph_described(rng, condition, kind, faces)
            name = f"{k:05}-{kind}-{condition}.jpg"
            Image.fromarray(taken.picture).save(options.out / name, quality=95)
            [card] = taken.cards
            row = {
                "image": name, "task": "idcard", "lang": "zh", "kind": kind, "condition": condition,
                "fields": dict(card.values), "hidden": sorted(taken.hidden), "side": str(Side.FRONT),
                "portrait": card.portrait.to_json() if card.portrait else None,
            }  # fmt: skip
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
