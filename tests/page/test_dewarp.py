"""Curved lines become straight; straight ones stay."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ocr.detect.db import DbDetector
from ocr.page.dewarp import Lines, Mesh, fit_mesh, flattened, trace_lines
from tests.page.prose import curved, prose


def mesh_of(page: NDArray[np.uint8]) -> Mesh:
    lines = trace_lines(*DbDetector("detect-mobile", 1).text_map(page))
    return fit_mesh(lines, page.shape[1], page.shape[0])


def test_a_curved_page_is_flattened() -> None:
    page = curved(prose(), 22)
    mesh = mesh_of(page)
    flat = flattened(page, mesh)
    assert mesh.bend > 0.08
    assert mesh.residual < mesh.bend / 2
    assert mesh_of(flat).bend < mesh.bend / 3
    assert flat.shape == page.shape


def test_a_straight_page_shows_no_bend() -> None:
    assert mesh_of(prose()).bend < 0.06


def test_without_lines_nothing_moves() -> None:
    page = np.random.default_rng(0).integers(0, 256, (700, 120, 3), dtype=np.uint8)
    mesh = fit_mesh(Lines(np.zeros((0, 2)), np.zeros(0, np.int64), 0.0), 120, 700)
    assert (flattened(page, mesh) == page).all()
    assert len(trace_lines(np.zeros((20, 30), np.float32), 0.25).points) == 0
