"""Training lines from photographs of drawn cards: small, dark, out of focus, under watermarks.

    python -m ocr.train.synth.card_lines OUT --print FONT ... --titles FONT ... --digits FONT ... \\
        --text zhwiki.txt --words chi_sim.wordlist --count 3000

What readers of cards fail at is a rare character on a bad ground. Half of the cards therefore bear names and addresses
of any characters; the others are as :mod:`ocr.train.synth.people` invents them. Each printed line is cut out of the
photograph, with the margins with which readers cut it, or out of the card as it is laid flat and sharpened there.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.geometry import crop_line, grow
from ocr.idcard.card import Side
from ocr.idcard.find import deblurred
from ocr.idcard.layout import HEIGHT, WIDTH
from ocr.idcard.views import DENSITY, NOISES, RIM, SPREADS, stretched
from ocr.quad import Quad
from ocr.train.synth.card_conditions import CardPhoto
from ocr.train.synth.card_photos import command_line, photograph
from ocr.train.synth.card_watermarks import TEXTS
from ocr.train.synth.cards import CardFaces, draw_card
from ocr.train.synth.line_shards import save_shard
from ocr.train.synth.people import invent

__all__ = ["lines_of", "main", "strange"]

WEIGHTS = {
    "blurred": 8, "dark": 4, "small": 4, "photo": 3, "photocopy": 2, "cropped": 1, "stamped": 1, "glare": 1,
    "finger": 1,
}  # fmt: skip
"""How often each condition is drawn."""
WATERMARKED, STRANGE = 0.6, 0.5
"""Share of cards with a watermark, and of those with any characters."""
FLAT = 0.5
"""Share of the lines of blurred cards that are cut out of the card laid flat; of the others, a tenth as many."""
SHARES = {"label": 0.06, "title": 0.2, "sex": 0.2, "ethnicity": 0.4, "birth": 0.25, "mark": 0.0}
"""Share of the lines of a field that are kept; of others, all."""
LINE_HEIGHT = 32
SHARD = 2000
HAN = re.compile(r"[\u4e00-\u9fff]{9,}")

Line = tuple[NDArray[np.uint8], str]


def strange(
    rng: random.Random, values: dict[str, str], runs: Sequence[str], characters: Sequence[str]
) -> dict[str, str]:
    """The values with a name of any characters, and an address and an authority of running text.

    Args:
        rng: source of randomness.
        values: of a card.
        runs: of Chinese characters, out of running text.
        characters: rare ones among them as often as others.
    """
    name = "".join(rng.choice(characters) for _ in range(rng.randint(2, 4)))
    address = "".join(rng.choice(runs) for _ in range(2))[: rng.randint(12, 33)]
    place = rng.randrange(1, len(address))
    number = f"{rng.randint(1, 2000)}号" if rng.random() < 0.5 else ""
    issuer = rng.choice(runs)[: rng.randint(4, 9)] + "公安局"
    return values | {"name": name, "address": address[:place] + number + address[place:], "issuer": issuer}


def lines_of(photo: CardPhoto, rng: random.Random) -> Iterator[Line]:
    """The printed lines of a photograph, (32, W) grey, with their texts; without those that are hidden."""
    grey = np.asarray(cv2.cvtColor(photo.picture, cv2.COLOR_RGB2GRAY), np.uint8)
    height, width = grey.shape
    flats = [_flat(grey, box, rng) for box in photo.boxes]
    for card, (flat, matrix) in zip(photo.cards, flats, strict=True):
        for run in card.runs:
            left, top, right, bottom = run.quad.hull
            inside = left > 0 and top > 0 and right < width and bottom < height
            if run.field in photo.hidden or not inside or rng.random() >= SHARES.get(run.field, 1.0):
                continue
            from_flat = rng.random() < FLAT * (1.0 if photo.condition == "blurred" else 0.1)
            page = flat if from_flat else grey
            quad = (
                Quad.of(cv2.perspectiveTransform(np.array([run.quad.points]), matrix)[0].tolist())
                if from_flat
                else run.quad
            )
            around = grow(quad, rng.uniform(0.0, 0.45) * quad.height, rng.uniform(-0.08, 0.12) * quad.height)
            line = crop_line(page, around, LINE_HEIGHT)
            if min(line.shape) >= 8:
                yield stretched(line) if rng.random() < 0.3 else line, run.text


def _flat(grey: NDArray[np.uint8], box: Quad, rng: random.Random) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """The card laid flat, with a blur undone that it may not have, and the map (3, 3) from the photograph to it."""
    sides = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]]) * DENSITY + RIM * DENSITY
    matrix = cv2.getPerspectiveTransform(np.array(box.points, np.float32), sides.astype(np.float32))
    size = (round((WIDTH + 2 * RIM) * DENSITY), round((HEIGHT + 2 * RIM) * DENSITY))
    flat = cv2.warpPerspective(grey, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    sharp = deblurred(flat.astype(np.uint8), rng.choice(SPREADS) * DENSITY, rng.choice(NOISES))
    return sharp, np.asarray(matrix, np.float64)


def _photo(rng: random.Random, faces: CardFaces, runs: Sequence[str], characters: Sequence[str]) -> CardPhoto:
    condition = rng.choices([*WEIGHTS], [*WEIGHTS.values()])[0]
    values = invent(rng)
    if rng.random() < STRANGE:
        values = strange(rng, values, runs, characters)
    sides = (Side.FRONT, Side.BACK) if condition == "photocopy" else (rng.choice((Side.FRONT, Side.FRONT, Side.BACK)),)
    cards = [draw_card(rng, values, side, faces) for side in sides]
    marked = rng.random() < WATERMARKED
    marks = (*TEXTS, *(rng.choice(runs)[: rng.randint(4, 8)] for _ in range(8))) if marked else ()
    return photograph(rng, condition, cards, faces, marks)


def main(arguments: Sequence[str]) -> None:
    """Draw lines; see the module's docstring."""
    parser = command_line(__doc__, count=3000)
    parser.add_argument("--text", type=Path, required=True, help="Chinese running text")
    parser.add_argument("--words", type=Path, required=True, help="words whose characters are drawn")
    options = parser.parse_args(arguments)
    characters = sorted({*"".join(re.findall(r"[\u4e00-\u9fff]", options.words.read_text(encoding="utf-8")))})
    known = frozenset(characters)
    runs = [run for run in HAN.findall(options.text.read_text(encoding="utf-8")) if known.issuperset(run)]
    faces = CardFaces(options.print, options.titles, options.digits)
    lines: list[Line] = []
    shards = 0
    for k in range(options.count):
        rng = random.Random(options.seed * 10**6 + k)
        lines += lines_of(_photo(rng, faces, runs, characters), rng)
        if len(lines) >= SHARD or k + 1 == options.count:
            save_shard(
                options.out / f"{options.seed}-{shards:04}.npz",
                [line for line, _ in lines],
                [text for _, text in lines],
            )
            lines, shards = [], shards + 1


if __name__ == "__main__":
    main(sys.argv[1:])
