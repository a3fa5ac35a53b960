"""Drawn lines of machine-readable zones."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageFont

from ocr.mrz.formats import CHARACTERS, FORMATS
from ocr.recognize.charset import Charset
from ocr.train.synth.mrz import MrzSynth


@pytest.fixture(scope="module")
def synth() -> MrzSynth:
    try:
        path = [Path(str(ImageFont.truetype("DejaVuSansMono.ttf", 10).path))]
    except OSError:
        pytest.skip("DejaVu Sans Mono is not installed; run: apt-get install fonts-dejavu-core")
    return MrzSynth(path, path)


def test_lines(synth: MrzSynth) -> None:
    for seed in range(30):
        sample = synth.sample(seed)
        assert sample.picture.shape[0] == 32 and sample.picture.dtype == np.uint8
        assert len(sample.text) in {form.columns for form in FORMATS.values()}
        assert set(sample.text) <= set(CHARACTERS)
        assert len(sample.centers) == len(sample.text)
        assert all(a < b for a, b in pairwise(sample.centers))
        assert sample.picture.shape[1] / 4 > 1.2 * len(sample.text)  # frames for blanks between like characters


def test_a_seed_draws_the_same_line(synth: MrzSynth) -> None:
    first, second = synth.sample(7), synth.sample(7)
    assert first.text == second.text and np.array_equal(first.picture, second.picture)


def test_the_charset_is_in_the_order_of_values() -> None:
    assert Charset.load("mrz").characters == CHARACTERS
