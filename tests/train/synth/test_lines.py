"""Synthetic lines: the same seed draws the same picture, glyph centres lie on ink, shards load."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ocr.recognize.charset import Charset
from ocr.train.recognize.data import LineSet, augment, batches
from ocr.train.recognize.shards import crops, held_out, write_shard
from ocr.train.synth.fonts import FontBook
from ocr.train.synth.lines import HEIGHT, LineSynth, render_shards
from ocr.train.synth.text import TextSource
from tests.installed import dejavu

PROSE = (
    "It was a bright cold day in April, and the clocks were striking thirteen. Winston Smith slipped quickly through."
)


@pytest.fixture(scope="module")
def synth(tmp_path_factory: pytest.TempPathFactory) -> LineSynth:
    folder = tmp_path_factory.mktemp("text")
    (folder / "prose.txt").write_text(PROSE * 20)
    (folder / "words.txt").write_text("\n".join(PROSE.split()))
    characters = Charset.load("latin").characters
    source = TextSource([folder / "prose.txt"], folder / "words.txt", characters)
    return LineSynth(FontBook([dejavu().parent], characters), source)


def test_a_seed_draws_the_same_line_again(synth: LineSynth) -> None:
    first, again, other = synth.sample(5), synth.sample(5), synth.sample(6)
    assert first.text == again.text
    assert np.array_equal(first.picture, again.picture)
    assert other.picture.shape != first.picture.shape or not np.array_equal(other.picture, first.picture)


def test_lines_are_32_high_with_contrast_and_ordered_centres(synth: LineSynth) -> None:
    for seed in range(40):
        line = synth.sample(seed)
        assert line.picture.shape[0] == HEIGHT
        assert len(line.centers) == len(line.text)
        assert list(line.centers) == sorted(line.centers)
        assert int(line.picture.max()) - int(line.picture.min()) > 25


def test_text_keeps_to_the_charset(synth: LineSynth) -> None:
    rng = random.Random(0)
    for _ in range(500):
        text = synth.text.line(rng)
        assert text == text.strip()
        assert "  " not in text
        assert set(text) <= set(Charset.load("latin").characters)


def test_shards_load_and_batches_agree_with_their_lines(synth: LineSynth, tmp_path: Path) -> None:
    paths = list(render_shards(synth, tmp_path, seed=3, shards=2, per_shard=12, workers=1))
    lines = LineSet(Charset.load("latin"))
    assert lines.load(paths) == len(lines) > 12
    assert lines.load(paths) == 0
    batch = next(batches(lines, columns=2000, seed=0))
    n, _, height, width = batch.images.shape
    assert height == HEIGHT
    assert batch.frame_targets.shape == (n, width // 4)
    assert int(batch.label_lengths.sum()) == len(batch.labels)
    assert float(batch.images.min()) >= -1
    assert float(batch.images.max()) <= 1
    marked = (batch.frame_targets > 0).sum()
    assert 0 < int(marked) <= len(batch.labels)


def test_lines_outside_the_charset_or_too_long_are_left_out(tmp_path: Path) -> None:
    picture = np.full((32, 40), 255, np.uint8)
    write_shard(tmp_path / "a.npz", [(picture, "ok"), (picture, "語"), (picture, "far too long for ten frames")])
    lines = LineSet(Charset.load("latin"))
    assert lines.load([tmp_path / "a.npz"]) == 1
    assert lines.texts == ["ok"]


def test_augmented_centres_follow_the_picture() -> None:
    picture = np.full((32, 200), 255, np.uint8)
    picture[8:24, 100:104] = 0
    for seed in range(30):
        out, scale, offset = augment(random.Random(seed), picture, 1.0)
        if out.shape[1] == 200 and scale == 1.0:
            continue
        dark = 255 - out.astype(float) if np.median(out) > 127 else out.astype(float)
        middle = float((dark[12:20].sum(0) * np.arange(out.shape[1])).sum() / dark[12:20].sum())
        assert abs((0.51 * scale + offset) * out.shape[1] - middle) < 4 or dark[12:20].sum() < 3000


def test_crops_leave_out_lines_of_held_out_pages(tmp_path: Path) -> None:
    Image.new("L", (64, 32), 255).save(tmp_path / "a.png")
    pages = [f"set/img/{k}.png" for k in range(60)]
    rows = [{"image": "a.png", "task": "line", "text": page, "page": page} for page in pages]
    (tmp_path / "gt.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    kept = [text for _, text in crops(tmp_path / "gt.jsonl")]
    assert kept == [page for page in pages if not held_out(page)]
    assert 40 < len(kept) < 60


def test_a_loose_line_is_smaller_in_a_crop_as_high_and_its_centres_stay_on_ink() -> None:
    picture = np.full((HEIGHT, 200), 255, np.uint8)
    picture[4:28, 100:104] = 0
    for seed in range(20):
        got, scale, offset = augment(random.Random(seed), picture, strength=0.0, loose=1.0)
        assert got.shape[0] == HEIGHT
        ink = np.flatnonzero(got.min(0) < 128)
        assert abs((0.51 * scale + offset) * got.shape[1] - ink.mean()) < 1.5
        rows = np.flatnonzero(got.min(1) < 128)
        assert len(rows) <= 0.85 * 24 + 1
