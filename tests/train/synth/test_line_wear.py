"""Wear of line images from any source: centres stay on the ink, illegible and overlong lines are dropped."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from ocr.train.synth import line_wear
from ocr.train.synth.degrade import Grey
from ocr.train.synth.line_wear import HEIGHT, DrawnLine, LineSample, worn_sample
from ocr.train.synth.lines import BANDS

MARGIN, BAND = 30, 30


def bars(count: int = 8, pitch: int = 40) -> DrawnLine:
    """A line of vertical bars in place of letters, so that a column of ink is a character."""
    width = count * pitch
    image = np.full((BAND + 2 * MARGIN, width + 2 * MARGIN), 255, np.uint8)
    centers = np.asarray(MARGIN + pitch * (np.arange(count) + 0.5), np.float64)
    for x in centers:
        image[MARGIN : MARGIN + BAND, round(x) - 4 : round(x) + 4] = 0
    return DrawnLine(image, "l" * count, centers, MARGIN, BAND, float(width))


def samples(look: str, seeds: int, loose: bool = False) -> list[LineSample]:
    drawn = (worn_sample(random.Random(seed), bars(), look, loose=loose) for seed in range(seeds))
    return [sample for sample in drawn if sample is not None]


@pytest.mark.parametrize("look", BANDS)
def test_every_look_gives_a_legible_line_of_the_input_height(look: str) -> None:
    found = samples(look, 12)
    assert len(found) >= 6
    for sample in found:
        assert sample.picture.shape[0] == HEIGHT and sample.picture.dtype == np.uint8
        assert sample.text == "l" * 8 and len(sample.centers) == 8
        assert list(sample.centers) == sorted(sample.centers) and 0 <= min(sample.centers) <= max(sample.centers) <= 1


def test_centres_lie_on_the_ink() -> None:
    on, between = [], []
    for sample in samples("fine", 30):
        columns = sample.picture[10:22].mean(0)
        columns = 255 - columns if np.median(columns) < 128 else columns
        at = (np.array(sample.centers) * len(columns)).astype(int).clip(0, len(columns) - 1)
        on.append(columns[at].mean())
        between.append(columns[(at[1:] + at[:-1]) // 2].mean())
    assert np.mean(on) < 0.45 * np.mean(between)


def test_the_same_seed_gives_the_same_sample() -> None:
    first, again = samples("photo", 4), samples("photo", 4)
    assert all(
        np.array_equal(a.picture, b.picture) and a.centers == b.centers for a, b in zip(first, again, strict=True)
    )


def ink_height(sample: LineSample) -> int:
    rows = np.ptp(sample.picture.astype(int), axis=1)
    return int((rows > 128).sum())


def test_type_is_smaller_in_a_loose_crop() -> None:
    tight, loose = (np.mean([ink_height(s) for s in samples("fine", 40, loose=loose)]) for loose in (False, True))
    assert loose < 0.85 * tight


def test_an_illegible_line_is_dropped_after_five_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    attempts: list[int] = []

    def grey(rng: random.Random, image: Grey, *_: object) -> Grey:
        attempts.append(1)
        return np.full_like(image, 128)

    monkeypatch.setattr(line_wear, "_degraded", grey)
    assert worn_sample(random.Random(1), bars(), "fine") is None
    assert len(attempts) == 5


def test_a_line_that_is_too_long_for_the_recogniser_is_dropped() -> None:
    assert worn_sample(random.Random(1), bars(count=80), "fine") is None


def test_a_clean_line_is_not_changed_by_its_wear() -> None:
    line = bars()
    before = line.image.copy()
    for seed in range(20):
        worn_sample(random.Random(seed), line, "scan")
    assert np.array_equal(line.image, before)


def test_some_lines_are_inverted() -> None:
    drawn = [worn_sample(random.Random(seed), bars(), "fine") for seed in range(200)]
    dark = [sample for sample in drawn if sample is not None and np.median(sample.picture) < 100]
    assert 1 <= len(dark) < 20


def test_most_crops_show_what_reaches_above_the_type() -> None:
    """An accent above the third bar; other crops cut it off, as a detector's boxes do."""
    line = bars()
    line.image[MARGIN - 10 : MARGIN - 3, round(line.centers[2]) - 4 : round(line.centers[2]) + 4] = 0
    shown = {}
    for above in (0, 10):
        found = [worn_sample(random.Random(seed), replace(line, above=above), "fine") for seed in range(60)]
        shown[above] = sum(_parts(sample.picture, sample.centers[2]) == 2 for sample in found if sample)
    assert shown[10] > 1.5 * shown[0]


def _parts(picture: Grey, center: float) -> int:
    """Number of separate strokes in the column at a centre."""
    column = picture[:, min(picture.shape[1] - 1, round(center * picture.shape[1]))].astype(int)
    column = 255 - column if np.median(picture) < 128 else column
    ink = np.concatenate([[False], column < 128])
    return int((ink[1:] & ~ink[:-1]).sum())
