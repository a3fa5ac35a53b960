"""Training crops of the enhancement nets: squares of print, worn pages, photographs with an operator's result."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from ocr.errors import InputError  # noqa: E402
from ocr.page.enhance import DOCUMENT_OPERATORS, PHOTOGRAPHIC_OPERATORS  # noqa: E402
from ocr.page.enhance_base import PLANES, PUBLISHED, among, base_of  # noqa: E402
from ocr.train.enhance.data import DocumentCrops, PageCrops, PhotoCrops, condition_of  # noqa: E402
from ocr.train.enhance.figures import input_of  # noqa: E402
from ocr.train.enhance.operators import REFERENCES  # noqa: E402
from ocr.train.enhance.pictures import cut, read_rgb, run_operator, strength_of  # noqa: E402
from ocr.train.enhance.plates import cut_plates  # noqa: E402
from tests.installed import dejavu  # noqa: E402
from tests.train.enhance.operators import OPERATORS  # noqa: E402


def crops_of(data: Path, paired: float = 0.2, photographs: tuple[Path, ...] = ()) -> DocumentCrops:
    return DocumentCrops(
        data / "plates.npz", photographs, data / "noisyoffice/train/gt.jsonl", side=64, seed=1, paired=paired
    )


def test_worn_crops_have_the_result_of_the_operator_they_name(data: Path) -> None:
    crops, seen = crops_of(data), set()
    for index in range(16):
        page, target, condition = crops[index]
        assert page.shape == target.shape == (3, 64, 64) and condition.sum() == 1
        operator = DOCUMENT_OPERATORS[int(condition.argmax())]
        if operator == "binarize":
            assert ((target == 0) | (target == 1)).all()
        seen.add(operator)
    assert seen == set(DOCUMENT_OPERATORS)
    assert all(torch.equal(one, other) for one, other in zip(crops[3], crops_of(data)[3], strict=True))


def test_photographs_are_pasted_into_pages(data: Path, results: Path) -> None:
    files = tuple(sorted((results / "input").glob("*.png")))
    crops = crops_of(data, photographs=files)
    drawn = [crops.clean(np.random.default_rng(seed)) for seed in range(40)]
    assert any(page.std(2).max() > 0.1 for page in drawn) and all(page.min() >= -0.01 for page in drawn)


def test_real_pairs_are_given_for_their_operators(data: Path) -> None:
    crops = crops_of(data, paired=1.0)
    for index in range(12):
        page, _, operator, _ = crops.crop(index)
        grey_paper = bool(page.max() < 0.95)  # of the worn page, which is not scaled up to white
        assert grey_paper or operator not in {"whiten", "binarize"}


def test_page_crops_have_the_start_of_their_operator(data: Path) -> None:
    crops = PageCrops(crops_of(data))
    seen = set()
    for index in range(12):
        net_sees, planes, target, scale, strength, which = crops[index]
        assert net_sees.shape == (crops.planes, 64, 64) and planes.shape == (5, 64, 64) and target.shape == (3, 64, 64)
        assert torch.equal(net_sees[:5], planes) and net_sees[5 + int(which)].min() == 1
        assert scale.min() == strength == 1
        seen.add(DOCUMENT_OPERATORS[int(which)])
    assert crops.planes == 10 and len(seen) > 2


def test_photo_crops_take_operators_in_turn(results: Path) -> None:
    crops = PhotoCrops(results, OPERATORS, 32, 1)
    for index in range(6):
        seen, planes, target, scale, strength, which = crops[index]
        assert seen.shape == (crops.planes, 32, 32) and planes.shape == (7, 32, 32) and target.shape == (3, 32, 32)
        assert scale.shape == (3, 1, 1) and 0 <= strength <= 1 and which == index % len(OPERATORS)
        assert seen[int(which) - len(OPERATORS)].min() == 1
    again = PhotoCrops(results, OPERATORS, 32, 1)[5]
    assert all(torch.equal(a, b) for a, b in zip(crops[5], again, strict=True))


def test_missing_results_say_how_they_are_made(results: Path) -> None:
    with pytest.raises(InputError, match=r"l0: no results.*ocr\.train\.enhance\.pictures"):
        PhotoCrops(results, ("l0",), 32, 1)
    with pytest.raises(InputError, match="no results of 500 x 500"):
        PhotoCrops(results, ("detail",), 500, 1)


def test_pictures_are_the_references_at_the_strength_in_their_name(results: Path) -> None:
    files = sorted((results / "detail").glob("*.png"))
    assert len(files) == 4 and {strength_of("detail", file) == PUBLISHED["detail"] for file in files} == {True, False}
    for file in files:
        wanted = REFERENCES["detail"](read_rgb(input_of(file)), strength_of("detail", file))
        assert np.abs(read_rgb(file) - wanted).max() < 0.003


def test_results_that_exist_are_kept(results: Path) -> None:
    file = sorted((results / "detail").glob("*.png"))[0]
    before = file.stat().st_mtime_ns
    run_operator("detail", input_of(file), results)
    assert file.stat().st_mtime_ns == before


def test_whole_photographs_are_scaled_to_the_shorter_side(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "wide.png"), np.full((60, 90, 3), 120, np.uint8))
    assert read_rgb(cut(tmp_path / "wide.png", tmp_path, (30, 30), 0, 1)).shape == (30, 45, 3)
    with pytest.raises(InputError, match=r"none\.png"):
        read_rgb(tmp_path / "none.png")


def test_planes_of_several_operators_have_their_own_places() -> None:
    image = np.full((4, 6, 3), 90, np.uint8)
    seen = {}
    for operator in PHOTOGRAPHIC_OPERATORS:
        planes = base_of(operator, image, 0.5).planes((slice(None), slice(None)))
        assert planes.shape[2] == PLANES.get(operator, 4)
        assert among([operator], operator, planes) is planes
        seen[operator] = among(PHOTOGRAPHIC_OPERATORS, operator, planes)
    assert {planes.shape for planes in seen.values()} == {(4, 6, sum(PLANES.values()) - PLANES["page"] + 10)}
    marks = np.stack([planes[0, 0, -10:] for planes in seen.values()])
    assert np.array_equal(marks, np.eye(10))
    assert np.array_equal(seen["l0"][..., :4], seen["rtv"][..., :4]) and not seen["tone"][..., :4].any()


def test_a_condition_marks_one_operator() -> None:
    assert condition_of(("a", "b", "c"), "b").tolist() == [0, 1, 0]


def test_handwriting_fills_squares_with_ink(data: Path, tmp_path: Path) -> None:
    (tmp_path / "fonts").mkdir()
    (tmp_path / "text").mkdir()
    (tmp_path / "fonts" / "caveat.ttf").symlink_to(dejavu())
    (tmp_path / "text" / "eng.wordlist").write_text("these\nare\nwords\n")
    for name in ("isri_unlv", "old_books"):
        (tmp_path / name).symlink_to(data / name)
    assert cut_plates(tmp_path, tmp_path / "plates.npz", each=2, fonts=tmp_path / "fonts") == 6
    ink = [1 - np.unpackbits(square).mean() for square in np.load(tmp_path / "plates.npz")["bits"][-2:]]
    assert all(0.03 < share < 0.5 for share in ink)


def test_empty_pages_give_no_squares(tmp_path: Path) -> None:
    for name in ("isri_unlv", "old_books"):
        (tmp_path / name / "train").mkdir(parents=True)
        cv2.imwrite(str(tmp_path / name / "train" / "empty.png"), np.full((800, 800), 255, np.uint8))
        (tmp_path / name / "train" / "gt.jsonl").write_text('{"image": "empty.png"}\n')
    with pytest.raises(InputError, match="no page"):
        cut_plates(tmp_path, tmp_path / "plates.npz")
