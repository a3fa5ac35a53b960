"""Synthetic text lines: text, typeface, paper and scanner are drawn from a seed; every glyph's centre is known."""

from __future__ import annotations

import random
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Protocol

import cv2

from ocr.train.synth.fonts import LATIN, Font, FontBook
from ocr.train.synth.line_shards import save_shard
from ocr.train.synth.line_type import BOX, draw_cell, draw_surroundings, typeset
from ocr.train.synth.line_wear import HEIGHT, LineSample, worn_sample

__all__ = ["BANDS", "HAN_LOOKS", "HEIGHT", "LOOKS", "LineSample", "LineSynth", "render_shards"]

BANDS = {"scan": (24, 76, 44), "fax": (8, 24, 12), "photo": (15, 64, 30), "fine": (26, 60, 43), "receipt": (14, 42, 22),
         "small": (22, 46, 32), "screen": (13, 34, 18), "copy": (13, 40, 20),
         "panel": (11, 22, 13)}  # fmt: skip
"""Height of the type in pixels for each look: least, most, most frequent."""
LOOKS = {"scan": 0.34, "fax": 0.14, "photo": 0.16, "fine": 0.04, "receipt": 0.18, "small": 0.14}
"""How lines are printed and scanned, and the share of each look."""
HAN_LOOKS = {"scan": 0.2, "fax": 0.06, "photo": 0.2, "fine": 0.08, "receipt": 0.06, "small": 0.1, "screen": 0.12,
             "copy": 0.12, "panel": 0.06}  # fmt: skip
"""The same for Chinese."""
FACES_TRIED = 12
"""Faces drawn for a text before the characters that the last one lacks are left out."""
LEAST_HAN_BAND = 11.5
"""Chinese characters are illegible in smaller type."""


class Lines(Protocol):
    """A source of texts."""

    def line(self, rng: random.Random) -> str:
        """The text of one line."""
        ...


@dataclass(slots=True)
class LineSynth:
    """Draws text lines. The same seed gives the same line.

    Args:
        fonts: typefaces of the script.
        text: source of the lines' texts.
        looks: how lines are printed and scanned, keys of ``BANDS``, and the share of each.
        beside: typefaces for the ASCII characters of some lines, for scripts that are mixed with Latin.
        italics: share of lines that are set in an italic face, beside those whose face is one by chance.
        old_figures: share of lines with digits whose figures have ascenders and descenders.
        ligatures: share of lines whose letters are joined where the face does so.
    """

    fonts: FontBook
    text: Lines
    looks: Mapping[str, float] = field(default_factory=lambda: LOOKS)
    beside: FontBook | None = None
    italics: float = 0.0
    old_figures: float = 0.0
    ligatures: float = 0.0

    def sample(self, seed: int) -> LineSample:
        """Draw the line of a seed."""
        rng = random.Random(seed)
        while True:
            font, text = self.fonts.draw(rng), self.text.line(rng)
            italic = self.italics > 0 and rng.random() < self.italics
            old = self.old_figures > 0 and _has_digits(text) and rng.random() < self.old_figures
            if italic or old:
                font = self.fonts.draw(rng, italic=italic, old_figures=old)
            for _ in range(FACES_TRIED):
                if font.can_draw(text.replace(BOX, " ")):
                    break
                font = self.fonts.draw(rng, italic=italic, old_figures=old)
            else:
                text = "".join(c for c in text if c in (" ", BOX) or c in font.covers).strip()
                text = " ".join(text.split())
            if self.ligatures > 0 and rng.random() < self.ligatures:
                font = font.with_ligatures()
            if text:
                look = rng.choices(list(self.looks), list(self.looks.values()))[0]
                second = self.beside.draw(rng) if self.beside and rng.random() < 0.6 else None
                sample = _draw(rng, font, text, self.text, look, second)
                if sample is not None:
                    return sample


def _has_digits(text: str) -> bool:
    return any(c in string.digits for c in text)


def _draw(
    rng: random.Random, font: Font, text: str, source: Lines, look: str, second: Font | None
) -> LineSample | None:
    han = font.probe != LATIN.probe
    low, high, mode = BANDS[look]
    height = max(rng.triangular(low, high, mode), LEAST_HAN_BAND if han else 0.0)
    line = typeset(rng, font, text, height, second)
    if line is None:
        return None
    cell = han and rng.random() < 0.12
    loose = han and rng.random() < (0.4 if cell else 0.18)  # a crop much taller than the type, as of cells and labels
    if cell:
        draw_cell(rng, line)
    elif not loose:
        draw_surroundings(rng, line, source.line)
    return worn_sample(rng, line.finished(), look, kind=font.kind, han=han, loose=loose)


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
    save_shard(path, [s.picture for s in samples], (s.text for s in samples), (s.centers for s in samples))
    return path


def render_shards(
    synth: LineSynth, folder: Path, seed: int, shards: int, per_shard: int, workers: int
) -> Iterator[Path]:
    """Render lines into .npz shards in ``folder``, in ``workers`` processes; shards that already exist are kept.

    A shard holds ``pixels`` (32, sum of widths), ``widths`` (N,), ``texts`` (one per line) and ``centers`` (the centre
    of every character as a fraction of its line's width).
    """
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [(folder / f"{seed}-{k:04d}.npz", seed * 10**9 + k * per_shard, per_shard) for k in range(shards)]
    if workers <= 1:
        _start(synth)
        yield from map(_shard, jobs)
        return
    with get_context("spawn").Pool(workers, _start, (synth,)) as pool:  # forking a process that has threads may hang
        yield from pool.imap(_shard, jobs)
