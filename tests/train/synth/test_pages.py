"""Synthetic pages: the same for the same seed, boxes on the page, ink in the boxes, no ink outside on clean text."""

from __future__ import annotations

import json
import random
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import ImageFont

from ocr.errors import OcrError
from ocr.train.synth.page_canvas import Canvas, Face, find_faces, set_type
from ocr.train.synth.pages import PagesConfig, render_cache, render_page
from tests.installed import needs_fontconfig


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> PagesConfig:
    """Made-up words; skipped where no fonts are installed."""
    folder = tmp_path_factory.mktemp("texts")
    rng = random.Random(4)
    words = ["".join(rng.choices("etaoinshrdlucmfwypvbgk", k=rng.randint(1, 11))) for _ in range(4000)]
    (folder / "text.txt").write_text(". ".join(" ".join(words[k : k + 9]) for k in range(0, 4000, 9)))
    (folder / "words.txt").write_text("\n".join(sorted(set(words))))
    try:
        if not find_faces():
            pytest.skip("no Latin fonts are installed; apt-get install fonts-dejavu")
    except (OSError, OcrError) as error:
        pytest.skip(f"fontconfig is missing: {error}")
    return PagesConfig(str(folder / "text.txt"), str(folder / "words.txt"), smallest=320, largest=420)


@pytest.fixture(scope="module")
def sans() -> Face:
    """One typeface, so that the figures do not depend on what else is installed."""
    try:
        return Face(str(ImageFont.truetype("DejaVuSans.ttf", 10).path), 0, body=True, mono=False)
    except OSError:
        pytest.skip("DejaVu Sans is not installed; run: apt-get install fonts-dejavu-core")


def test_same_seed_same_page(config: PagesConfig) -> None:
    first, again, other = render_page(config, 5), render_page(config, 5), render_page(config, 6)
    assert (first.image == again.image).all() and (first.lines == again.lines).all()
    assert first.image.shape != other.image.shape or (first.image != other.image).any()


def test_boxes_lie_on_the_page_and_hold_ink(config: PagesConfig) -> None:
    dull = count = 0
    for seed in range(24):
        page = render_page(config, seed)
        h, w = page.image.shape
        for quad in page.lines:
            assert (quad >= 0).all() and (quad <= (w, h)).all()
            low, high = quad.min(0).astype(int), np.ceil(quad.max(0)).astype(int)
            count += 1
            dull += int(np.ptp(page.image[low[1] : high[1], low[0] : high[0]].astype(int)) < 12)
    assert count > 100
    assert dull < 0.02 * count


def test_cache_is_resumable(config: PagesConfig, tmp_path: Path) -> None:
    render_cache(config, tmp_path, first=3, count=2, workers=1)
    record = json.loads((tmp_path / "000004.json").read_text())
    assert np.array(record["lines"]).reshape(-1, 4, 2).shape == render_page(config, 4).lines.shape
    kept = tmp_path / "000003.png"
    kept.write_bytes(b"kept")
    render_cache(config, tmp_path, first=3, count=3, workers=1)
    assert kept.read_bytes() == b"kept" and (tmp_path / "000005.json").exists()


def test_height_of_a_box_is_that_of_its_face(sans: Face) -> None:
    kind = set_type(sans, 40)
    canvas = Canvas(random.Random(1), 400, 200, 1)
    canvas.text(10, 60, "ace", kind)
    canvas.text(10, 140, "Apply", kind)
    low, high = (np.ptp(quad[:, 1]) for quad in canvas.lines)
    assert low == high == kind.height
    left, _, width, _ = cv2.boundingRect((np.asarray(canvas.image)[:90] < 200).astype(np.uint8))
    start, end = canvas.lines[0][:, 0].min(), canvas.lines[0][:, 0].max()
    assert start == 10
    assert 0 <= left - start <= 0.08 * 40 and 0 <= end - (left + width) <= 0.08 * 40, "the ink and its side bearings"


def test_what_does_not_fit_is_not_drawn(sans: Face) -> None:
    canvas = Canvas(random.Random(1), 100, 60, 1)
    canvas.text(10, 40, "far too long for this canvas", set_type(sans, 30))
    assert not canvas.lines and np.asarray(canvas.image).min() == 255


@needs_fontconfig
def test_a_chinese_page_has_lines_as_high_as_its_characters(tmp_path: Path) -> None:
    hei = next((face for face in find_faces("zh") if "wqy-microhei" in face.path), None)
    if hei is None:
        pytest.skip("WenQuanYi Micro Hei is not installed; run: apt-get install fonts-wqy-microhei")
    (tmp_path / "text.txt").write_text(
        "数学是研究 数量结构 变化以及 一般空间等 概念的一门学科， " * 200, encoding="utf-8"
    )
    (tmp_path / "words.txt").write_text("\n".join("姓名 地址 日期 合计 备注 一九九八".split()), encoding="utf-8")
    config = PagesConfig(str(tmp_path / "text.txt"), str(tmp_path / "words.txt"), smallest=320, largest=420, lang="zh")
    pages = [render_page(config, seed) for seed in range(6)]
    assert sum(len(page.lines) for page in pages) > 20
    assert 30 < set_type(hei, 40).height < 50, "an em, not an ascender and a descender"
