"""Synthetic pages for training the text detector: many layouts; the box of every line is known; reproducible by seed.

    render_cache(PagesConfig(...), out, first=0, count=3000, workers=2)

writes ``000000.png`` and ``000000.json`` ``{"lines": [[[x, y] * 4], ...], "kind": ...}`` and so on.
"""

from __future__ import annotations

import json
import random
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.train.synth.page_canvas import Canvas, Corpus, Face, find_faces
from ocr.train.synth.page_layouts import LAYOUTS
from ocr.train.synth.page_typesetter import Typesetter
from ocr.train.synth.page_wear import wear, worn_rotation

__all__ = ["PageSample", "PagesConfig", "render_cache", "render_page"]


@dataclass(frozen=True, slots=True)
class PagesConfig:
    """What pages are made of.

    Attributes:
        text: file of running text.
        words: file of words.
        smallest: least width and height of a page, in pixels.
        largest: greatest width and height of a page, in pixels.
        body: share of pages set in the typefaces of most documents.
        lang: language of the typefaces (en or zh).
    """

    text: str
    words: str
    smallest: int = 560
    largest: int = 960
    body: float = 0.85
    lang: str = "en"


@dataclass(frozen=True, slots=True)
class PageSample:
    """A page (H, W) uint8, its line boxes (N, 4, 2), clockwise from the top left of the text, and its layout's name."""

    image: NDArray[np.uint8]
    lines: NDArray[np.float64]
    kind: str


@lru_cache(maxsize=2)
def _materials(text: str, words: str, lang: str) -> tuple[Corpus, tuple[Face, ...]]:
    return Corpus.load(Path(text), Path(words)), tuple(find_faces(lang))


def render_page(config: PagesConfig, seed: int) -> PageSample:
    """Draw the page of a seed."""
    rng = random.Random(seed)
    corpus, faces = _materials(config.text, config.words, config.lang)
    kind = rng.choices(list(LAYOUTS), [weight for _, weight in LAYOUTS.values()])[0]
    pool = [f for f in faces if f.body] if rng.random() < config.body else faces
    if kind == "receipt" and rng.random() < 0.6:
        pool = [f for f in faces if f.mono] or pool
    scale = 2
    width, height = (rng.randint(config.smallest, config.largest) for _ in range(2))
    em = min(44.0, max(9.0, rng.lognormvariate(2.95, 0.3)))
    if kind == "receipt":
        width = min(width, round(em * rng.uniform(17, 30)))
    canvas = Canvas(rng, width, height, scale)
    LAYOUTS[kind][0](Typesetter(canvas, rng, corpus, rng.choice(pool), rng.choice(pool), round(em * scale)))
    page = np.asarray(canvas.image, np.uint8).copy()
    quads = np.array(canvas.lines, float).reshape(-1, 4, 2)
    turn = rng.random()
    if turn < 0.5:
        page, quads = worn_rotation(page, quads, rng.uniform(-10, 10) if turn < 0.08 else rng.gauss(0, 1.5))
    image = wear(page, scale, rng)
    quads = quads / scale
    inside = ((quads > -2) & (quads < (image.shape[1] + 2, image.shape[0] + 2))).all((1, 2))
    quads = quads[inside].clip(0, (image.shape[1], image.shape[0]))
    return PageSample(image, quads, kind)


def _render_to(config: PagesConfig, out: Path, seed: int) -> None:
    target = out / f"{seed:06d}.json"
    if target.exists():
        return
    sample = render_page(config, seed)
    cv2.imwrite(str(out / f"{seed:06d}.png"), sample.image, [cv2.IMWRITE_PNG_COMPRESSION, 3])
    record = {"kind": sample.kind, "lines": sample.lines.round(1).tolist()}
    partial_file = target.with_suffix(".part")
    partial_file.write_text(json.dumps(record))
    partial_file.rename(target)


def render_cache(config: PagesConfig, out: Path, first: int, count: int, workers: int) -> None:
    """Render seeds ``first`` to ``first + count - 1`` into ``out``; pages that already exist are kept."""
    out.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        for _ in pool.map(partial(_render_to, config, out), range(first, first + count), chunksize=8):
            pass
