"""Images without text, and grounds: the same for the same seed, of the right size, varied."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from ocr.train.synth import ground as grounds
from ocr.train.synth.ground import PATTERNS, SIDE, ground
from ocr.train.synth.junk import foreign_faces, foreign_line, junk_page, junk_picture


def test_images_without_text() -> None:
    widths, contrasts = set(), []
    for seed in range(80):
        image, again = junk_picture(seed), junk_picture(seed)
        assert np.array_equal(image, again)
        assert image.shape[0] == 32 and 12 <= image.shape[1] <= 600 and image.dtype == np.uint8
        widths.add(image.shape[1])
        contrasts.append(int(np.ptp(image.astype(int))))
    assert len(widths) > 30
    assert sum(contrast > 60 for contrast in contrasts) > 50, "mostly something to be fooled by"


def test_pages_without_text() -> None:
    for seed in range(6):
        page = junk_page(seed)
        assert np.array_equal(page, junk_page(seed))
        assert min(page.shape) >= 500 and page.dtype == np.uint8


def test_lines_of_scripts_that_the_charset_lacks(tmp_path: Path) -> None:
    thai = Path("/usr/share/fonts/truetype/noto/NotoSansThai-Regular.ttf")
    if not thai.exists():
        pytest.skip("no Thai font")
    (tmp_path / thai.name).symlink_to(thai)
    [face] = foreign_faces([tmp_path], "abcж漢")
    assert "ก" in face.letters and "a" not in face.letters
    assert foreign_faces([tmp_path], "abcก") == []
    line = foreign_line(3, [face])
    assert np.array_equal(line, foreign_line(3, [face]))
    assert line.shape[0] == 32 and line.min() < 140


def test_a_ground_is_an_opaque_colour_image() -> None:
    means = []
    for seed in range(24):
        image = ground(random.Random(seed))
        assert image.shape == (SIDE, SIDE, 3) and image.dtype == np.uint8
        assert np.array_equal(image, ground(random.Random(seed)))
        means.append(image.mean((0, 1)))
    assert np.std(means, axis=0).min() > 20, "grounds differ in colour"


@pytest.mark.parametrize("pattern", dict.fromkeys(PATTERNS))
def test_every_pattern_shows_something(pattern: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grounds, "PATTERNS", (pattern,))
    monkeypatch.setattr(grounds, "_colours", lambda rng: (np.zeros(3, np.float32), np.full(3, 255, np.float32)))
    for seed in range(4):
        assert ground(random.Random(seed)).std() > 8
