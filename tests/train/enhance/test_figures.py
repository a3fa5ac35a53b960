"""Picture figures against values that follow from their definitions."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.train.enhance.figures import f_measure, otsu, psnr, sauvola, ssim

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
