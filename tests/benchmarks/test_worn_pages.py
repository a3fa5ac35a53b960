"""Synthetic wear is reproducible, and each kind looks as its name says."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr.page.ground import UNEVEN, Image, unevenness
from tests.benchmarks import program

worn_pages = program("worn_pages")


def bilevel(height: int = 660, width: int = 510) -> Image:
    page = np.full((height, width), 255, np.uint8)
    for y in range(50, height - 50, 30):
        page[y : y + 10, 40 : width - 40 : 9] = 0
        page[y + 4 : y + 7, 40 : width - 40] = 0
    return page


def test_the_seed_decides() -> None:
    page = bilevel()
    assert np.array_equal(worn_pages.worn(page, page, "stains", 3), worn_pages.worn(page, page, "stains", 3))
    assert not np.array_equal(worn_pages.worn(page, page, "stains", 3), worn_pages.worn(page, page, "stains", 4))


@pytest.mark.parametrize("wear", ["clean", *worn_pages.WEAR])
def test_wears(wear: str) -> None:
    page = worn_pages.worn(bilevel(), bilevel()[::-1], wear, 1)
    assert page.shape == (440, 340) and page.dtype == np.uint8
    assert (unevenness(page) >= UNEVEN) == (wear in {"shadow", "stains"})
    spread = float(np.percentile(page, 90)) - float(page.min())
    assert (spread < 120) == (wear in {"faded", "grey paper"})


def test_every_wear_of_every_page_and_real_ones(tmp_path: Path) -> None:
    for name, count in (("isri_unlv", 2), ("old_books", 2), ("noisyoffice", 4)):
        folder = tmp_path / name / "train"
        folder.mkdir(parents=True)
        rows = []
        for k in range(count):
            cv2.imwrite(str(folder / f"{k}.png"), bilevel())
            truth = {"target": f"{k}.png"} if name == "noisyoffice" else {"text": f"{k} words " * 60}
            rows.append(json.dumps({"image": f"{k}.png"} | truth))
        (folder / "gt.jsonl").write_text("\n".join(rows), encoding="utf-8")
    found = list(worn_pages.sheets(tmp_path, "train", 1))
    assert [sheet.wear for sheet in found] == ["clean", *worn_pages.WEAR, "noisyoffice", "noisyoffice", "noisyoffice"]
    assert isinstance(found[0].truth, str) and not isinstance(found[-1].truth, str)
