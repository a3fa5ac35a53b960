"""Colours where they belong on the pictures of the worst pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ocr.document import Quad
from ocr.evaluate.overlays import CAPTION, EXTRA, FOUND, MISSED, PAGES, Overlays


def box(left: float, top: float, right: float, bottom: float) -> list[list[float]]:
    return Quad.rect(left, top, right, bottom).to_json()


@pytest.fixture
def images(tmp_path: Path) -> Path:
    Image.new("L", (300, 200), 255).save(tmp_path / "a.png")
    return tmp_path


def drawn(images: Path, truth: dict[str, Any], found: dict[str, Any]) -> Image.Image:
    overlays = Overlays()
    overlays.add(0.5, {"cer": 0.5}, {"image": "a.png"} | truth, found)
    [path] = overlays.draw(images, images / "out")
    return Image.open(path)


def test_boxes_with_and_without_partners(images: Path) -> None:
    truth = {"boxes": [[box(20, 20, 100, 40), "a"], [box(20, 120, 100, 140), "b"]]}
    found = {"boxes": [[box(20, 20, 100, 40), "a"], [box(150, 70, 250, 90), "c"]]}
    picture = drawn(images, truth, found)
    assert picture.size == (300, 200 + CAPTION)
    assert picture.getpixel((60, 40 + CAPTION)) == FOUND
    assert picture.getpixel((60, 140 + CAPTION)) == MISSED
    assert picture.getpixel((200, 90 + CAPTION)) == EXTRA


def test_lines_by_confidence(images: Path) -> None:
    found = {
        "boxes": [[box(20, 30, 100, 50), "a"], [box(20, 130, 100, 150), "b"]],
        "confidences": [1.0, 0.0],
        "blocks": [["heading", 1], ["par", 1]],
    }
    picture = drawn(images, {"text": "a b"}, found)
    assert picture.getpixel((60, 50 + CAPTION)) == (0, 191, 0)
    assert picture.getpixel((60, 150 + CAPTION)) == (191, 0, 0)


def test_the_worst_are_drawn_and_the_worst_of_them_first(images: Path) -> None:
    overlays = Overlays()
    for k in range(PAGES + 5):
        name = f"{k}.png"
        Image.new("L", (30, 20), 255).save(images / name)
        overlays.add(k % 13 / 100, {}, {"image": name}, {})
    names = [path.name for path in overlays.draw(images, images / "out")]
    assert names == [f"{rank:02d}-{k}.png" for rank, k in enumerate(range(12, 2, -1), 1)]
    assert len(list((images / "out").iterdir())) == PAGES
