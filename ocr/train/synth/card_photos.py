"""A set of synthetic identity cards as people send them, with ground truth.

python -m ocr.train.synth.card_photos OUT --print CJK.ttc --titles Serif.otf --digits OCRB.otf --count 100

draws ``OUT/*.jpg`` and ``OUT/gt.jsonl`` with the keys of the labelled sets: image, fields, side, condition, corners,
portrait, and boxes ``[quad, text]`` of every printed run.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PIL import Image

from ocr.idcard.card import Side
from ocr.train.synth.card_conditions import CONDITIONS, CardPhoto
from ocr.train.synth.card_watermarks import TEXTS, watermarked
from ocr.train.synth.cards import Card, CardFaces, draw_card
from ocr.train.synth.people import invent, misprinted

__all__ = ["command_line", "main", "photograph", "photograph_card"]


def photograph_card(
    rng: random.Random,
    condition: str,
    faces: CardFaces,
    side: Side = Side.FRONT,
    *,
    misprints: float = 0.0,
    watermarks: Sequence[str] = (),
) -> CardPhoto:
    """An image of an invented person's card.

    Args:
        rng: source of randomness.
        condition: key of ``CONDITIONS``.
        faces: font files.
        side: front or back; a photocopy shows both.
        misprints: share of cards whose fields contradict each other.
        watermarks: texts, one of which is printed across every field; none where there are none.
    """
    values = invent(rng)
    if rng.random() < misprints:
        values = misprinted(rng, values)
    sides = (Side.FRONT, Side.BACK) if condition == "photocopy" else (side,)
    cards = tuple(draw_card(rng, values, each, faces) for each in sides)
    return photograph(rng, condition, cards, faces, watermarks)


def photograph(
    rng: random.Random, condition: str, cards: Sequence[Card], faces: CardFaces, watermarks: Sequence[str] = ()
) -> CardPhoto:
    """An image of drawn cards; the arguments are those of :func:`photograph_card`."""
    if watermarks:
        cards = [replace(card, picture=watermarked(rng, card.picture, faces, watermarks)) for card in cards]
    return CONDITIONS[condition](rng, tuple(cards), faces)


def command_line(description: str | None, count: int) -> argparse.ArgumentParser:
    """Arguments of every script that draws cards: output folder, font files, number of images (default ``count``)."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="folder for the images and gt.jsonl")
    for name in ("print", "titles", "digits"):
        parser.add_argument(f"--{name}", type=Path, nargs="+", required=True, help="font files")
    parser.add_argument("--count", type=int, default=count)
    parser.add_argument("--seed", type=int, default=1)
    return parser


def main(arguments: Sequence[str]) -> None:
    """Draw a set; see the module's docstring."""
    parser = command_line(__doc__, count=100)
    parser.add_argument(
        "--misprints", type=float, default=0.0, help="share of cards whose fields contradict each other"
    )
    parser.add_argument(
        "--watermarks",
        nargs="*",
        metavar="TEXT",
        help="print watermarks across every field: these texts, or usual ones",
    )
    options = parser.parse_args(arguments)
    watermarks = () if options.watermarks is None else options.watermarks or TEXTS
    faces = CardFaces(options.print, options.titles, options.digits)
    options.out.mkdir(parents=True, exist_ok=True)
    with (options.out / "gt.jsonl").open("w", encoding="utf-8") as file:
        for k in range(options.count):
            rng = random.Random(options.seed * 10**6 + k)
            condition = list(CONDITIONS)[k % len(CONDITIONS)]
            side = rng.choice((Side.FRONT, Side.FRONT, Side.BACK))
            taken = photograph_card(rng, condition, faces, side, misprints=options.misprints, watermarks=watermarks)
            name = f"{k:05}-{condition}.jpg"
            Image.fromarray(taken.picture).save(options.out / name, quality=95)
            file.write(json.dumps(taken.to_json(name), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
