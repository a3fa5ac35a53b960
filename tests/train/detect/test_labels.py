"""Line boxes for scans without any: redrawn from the ink, and only of pages on which two engines agree."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("torch")

from ocr.train.detect import labels
from ocr.train.detect.labels import DROP, components, label_page, read_words, redraw, upright

HEAD = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"


def letters(gap: int = 0) -> NDArray[np.uint8]:
    """A row of twelve letters of ink, 20 high on a baseline of 60, ``gap`` pixels more after the sixth."""
    page = np.full((100, 400), 255, np.uint8)
    for k in range(12):
        left = 20 + 15 * k + (gap if k > 5 else 0)
        page[40:60, left : left + 8] = 0
    return page


def box(left: float, top: float, right: float, bottom: float) -> NDArray[np.float64]:
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], float)


def test_a_box_is_redrawn_from_the_first_ink_to_the_last() -> None:
    [quad] = redraw(box(14, 34, 200, 68), components(letters()), 0.0)
    assert quad[0].tolist() == pytest.approx([20, 40], abs=0.5)
    assert quad[2].tolist() == pytest.approx([193, 40 + 20 * (1 + DROP)], abs=0.5)


def test_a_wide_gap_parts_a_box() -> None:
    first, second = redraw(box(14, 34, 300, 68), components(letters(gap=100)), 0.0)
    assert first[1, 0] == pytest.approx(103, abs=0.5) and second[0, 0] == pytest.approx(210, abs=0.5)


def test_a_box_without_ink_stays_as_it_is() -> None:
    quad = box(10, 70, 200, 95)
    [same] = redraw(quad, components(letters()), 0.0)
    assert np.array_equal(same, quad)


def test_grey_pages_are_binarized_locally() -> None:
    shade = np.linspace(120, 250, 400)[None].repeat(100, 0)
    grey = np.where(letters() == 0, shade * 0.5, shade).astype(np.uint8)
    assert len(components(grey)) == 12


def test_corners_are_put_in_order_and_the_page_has_a_direction() -> None:
    turned = np.roll(box(10, 20, 210, 40), 2, axis=0)
    quads, angle = upright(turned[None])
    assert np.array_equal(quads[0], box(10, 20, 210, 40)) and angle == 0
    assert upright(np.zeros((0, 4, 2)))[1] == 0


def test_words_of_the_second_engine_that_the_first_missed_are_unsure(tmp_path: Path) -> None:
    table = tmp_path / "words.tsv"
    rows = ["5\t1\t1\t1\t1\t1\t20\t40\t60\t20\t90\tword", "5\t1\t1\t1\t1\t2\t300\t40\t60\t20\t95\tother",
            "5\t1\t1\t1\t1\t3\t20\t80\t9\t9\t95\ta", "5\t1\t1\t1\t1\t4\t20\t80\t9\t9\t20\tfaint"]  # fmt: skip
    table.write_text(HEAD + "\n".join(rows) + "\n")
    words = read_words(table)
    assert words.tolist() == [[20, 40, 80, 60], [300, 40, 360, 60]]
    boxes = np.stack([box(14, 34, 200, 68), box(14, 1, 200, 32), box(230, 5, 245, 95)])
    lines, unsure, agreed = label_page(letters(), boxes, np.array([0.9, 0.9, 0.9]), words)
    assert len(lines) == 2 and agreed == 0.5
    assert {int(quad[0, 0]) for quad in unsure} == {230, 300}  # a standing box, and the word that was missed


def test_labels_of_a_folder(tmp_path: Path) -> None:
    page = np.concatenate([letters()] * 3)
    quads = [box(14, 34 + 100 * k, 200, 68 + 100 * k).tolist() for k in range(3)]
    for name in ("sroie/train/img/r.png", "old_books/train/img/b.png", "old_books/train/img/c.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(tmp_path / name), page)
    truth = {"image": "img/r.png", "boxes": [[quad, "X"] for quad in quads]}
    (tmp_path / "sroie/train/gt.jsonl").write_text(json.dumps(truth) + "\n")
    for folder in ("teacher", "words"):
        (tmp_path / folder).mkdir()
    extra = box(300, 10, 380, 30).tolist()
    for folder, name in (
        ("sroie/train", "img/r.png"),
        ("old_books/train", "img/b.png"),
        ("old_books/train", "img/c.png"),
    ):
        found = {"set": folder, "image": name, "boxes": [[quad, 0.9] for quad in [*quads, extra]]}
        (tmp_path / "teacher" / f"{Path(name).stem}.json").write_text(json.dumps(found))
    missed = "".join(f"5\t1\t1\t1\t1\t{k}\t{320 + k}\t250\t9\t9\t95\tword\n" for k in range(9))
    (tmp_path / "words" / "old_books_train_c.png.tsv").write_text(HEAD + missed)
    out = tmp_path / "labels.json.gz"
    labels.main(str(tmp_path / "teacher"), str(tmp_path / "words"), str(tmp_path), str(out))
    with gzip.open(out, "rt") as file:
        records = {row["image"]: row for row in map(json.loads, file)}
    assert records.keys() == {"sroie/train/img/r.png", "old_books/train/img/b.png"}  # engines disagree about the third
    receipt, book = records["sroie/train/img/r.png"], records["old_books/train/img/b.png"]
    assert len(receipt["lines"]) == 3 and receipt["unsure"] == [[[int(v) for v in point] for point in extra]]
    assert len(book["lines"]) == 4 and not book["unsure"] and book["size"] == [300, 400]
