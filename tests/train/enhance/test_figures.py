"""Picture figures against values that follow from their definitions."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr.errors import InputError
from ocr.train.enhance.figures import closeness, f_measure, main, otsu, psnr, sauvola, ssim

GREY = np.full((32, 32), 100, np.uint8)


def test_psnr() -> None:
    assert psnr(GREY, GREY) == 100
    assert psnr(GREY, GREY + 10) == pytest.approx(20 * np.log10(25.5))


def test_ssim() -> None:
    texture = np.random.default_rng(0).integers(0, 256, (32, 32), np.uint8)
    assert ssim(texture, texture) == pytest.approx(1)
    assert ssim(texture, 255 - texture) < 0


def test_f_measure() -> None:
    found, true = np.full((10, 10), 255, np.uint8), np.full((10, 10), 255, np.uint8)
    found[:4], true[2:6] = 0, 0
    assert f_measure(found, true) == pytest.approx(50)


def test_sauvola_sees_print_in_a_gradient_where_otsu_does_not() -> None:
    light = np.linspace(90, 250, 200)[None].repeat(60, 0)
    print_ = np.zeros((60, 200), bool)
    print_[20:24, ::9] = print_[40:44, ::9] = True
    page = np.where(print_, light * 0.4, light).astype(np.uint8)
    true = np.where(print_, 0, 255).astype(np.uint8)
    assert f_measure(sauvola(page), true) > 95 > f_measure(otsu(page), true)


def test_pages_are_compared_with_their_clean_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clean = np.full((60, 80), 255, np.uint8)
    clean[20:24, 10:70] = 0
    cv2.imwrite(str(tmp_path / "clean.png"), clean)
    cv2.imwrite(str(tmp_path / "worn.png"), clean // 2 + 60)
    (tmp_path / "gt.jsonl").write_text(json.dumps({"image": "worn.png", "target": "clean.png"}) + "\n")
    main(["pages", str(tmp_path / "gt.jsonl"), "--operator", "binarize"])
    rows = [line.split("|")[1:-1] for line in capsys.readouterr().out.splitlines()[2:]]
    found = {name.strip(): float(measure) for name, _, measure in rows}
    assert found["unchanged"] == 100 and found["otsu"] == 100 and found["binarize"] > 80


def test_speed_is_beside_the_references(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cv2.imwrite(str(tmp_path / "photograph.png"), np.full((30, 40, 3), 90, np.uint8))
    main(["speed", str(tmp_path / "photograph.png"), "--operators", "dehaze"])
    [row] = capsys.readouterr().out.splitlines()[2:]
    name, net, reference, ratio = (cell.strip() for cell in row.split("|")[1:-1])
    assert name == "dehaze" and float(net) > 0 and float(reference) > 0 and float(ratio) > 0


def test_missing_results_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no results"):
        closeness("dehaze", tmp_path)
    with pytest.raises(InputError, match="none"):
        main(["speed", str(tmp_path / "none.png")])
