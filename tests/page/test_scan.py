"""`ocr.scan` and `ocr scan`: a photograph in, the page out, and clear words where there is none."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray
from PIL import Image

import ocr
from ocr.cli import cli
from ocr.detect.db import DbDetector
from ocr.document import Quad
from ocr.page.dewarp import fit_mesh, trace_lines
from ocr.page.scan import shows_edge
from ocr.source import open_source
from tests.page.prose import LINES, curved, photograph, prose

LYING = np.array([(100.0, 300.0), (820.0, 360.0), (790.0, 800.0), (80.0, 690.0)])


@pytest.fixture(scope="module")
def photo() -> NDArray[np.uint8]:
    return photograph(LYING)


def test_the_page_comes_out_straight_and_upright(photo: NDArray[np.uint8]) -> None:
    upside_down = np.ascontiguousarray(photo[::-1, ::-1])
    page = ocr.scan(upside_down)
    assert page.rotation == 180
    assert {"corners", "orient"} <= {step.name for step in page.steps}
    text = ocr.read(page.pixels, quality="fast", fallback="never").text
    assert sum(line in text for line in LINES) >= 4


def test_a_curved_page_comes_out_flat() -> None:
    photo = photograph(LYING, page=curved(prose(), 22))
    flat, bent = (ocr.scan(photo, enhance="none", dewarp=dewarp) for dewarp in (True, False))
    assert "dewarp" in [step.name for step in flat.steps]
    assert "dewarp" not in [step.name for step in bent.steps]
    assert bend(bent.pixels) > 0.08
    assert bend(flat.pixels) < bend(bent.pixels) / 2


def bend(page: NDArray[np.uint8]) -> float:
    """How far the lines deviate from straight ones, as a share of their height."""
    return fit_mesh(trace_lines(*DbDetector("detect-mobile", 1).text_map(page)), page.shape[1], page.shape[0]).bend


def test_a_page_that_fills_the_frame_stays_whole() -> None:
    page = ocr.scan(np.array(Image.open(Path(__file__).parents[2] / "samples/receipt.jpg")))
    assert page.confidence >= 0.7


def test_a_scan_without_a_rim_is_not_cut_to_its_print() -> None:
    page = ocr.scan(prose())
    assert page.corners.hull == (0, 0, 760, 420)


@pytest.mark.parametrize("paper", [255, 180])
def test_paper_beyond_print_is_no_edge_though_letters_are_cut(paper: int) -> None:
    page = np.full((400, 900), paper, np.uint8)
    for top in (70, 110, 150):
        page[top : top + 24, 50:510][:, np.arange(460) % 16 < 10] = 20
    print_alone = Quad.rect(40, 60, 500, 175)
    assert not shows_edge(page, print_alone)
    table = np.full_like(page, 120)
    table[60:175, 40:500] = page[60:175, 40:500]
    assert shows_edge(table, print_alone)


@pytest.mark.parametrize(
    ("size", "words"),
    [((1, 1), "too small"), ((8, 8), "too small"), ((20, 3000), "too small"), ((300, 400), "no page was found")],
)
def test_pictures_without_a_page_are_refused(size: tuple[int, int], words: str) -> None:
    with pytest.raises(ocr.InputError, match=words):
        ocr.scan(np.full(size, 40, np.uint8))


def test_the_ground_is_whitened_unless_it_is_to_stay(photo: NDArray[np.uint8]) -> None:
    dim = (photo * np.linspace(0.5, 0.9, photo.shape[1])[None, :, None]).astype(np.uint8)
    page, kept, print_ = (ocr.scan(dim, enhance=name) for name in ("whiten", "none", "binarize"))
    assert np.median(page.pixels) > 235 and np.median(kept.pixels) < 215
    assert np.array_equal(page.plain, kept.pixels) and kept.plain is kept.pixels
    assert page.steps[-1].to_json() == {"name": "enhance", "operator": "whiten"}
    assert "enhance" not in [step.name for step in kept.steps]
    assert set(np.unique(print_.pixels)) == {0, 255}
    with pytest.raises(ocr.UsageError, match="enhance must be one of whiten, binarize, none, not 'sepia'"):
        ocr.scan(dim, enhance="sepia")


def test_a_hundred_megapixels_take_less_than_three_quarters_of_a_gigabyte(tmp_path: Path) -> None:
    small = photograph(LYING, colour=False)
    cv2.imwrite(str(tmp_path / "large.jpg"), cv2.resize(small, (8660, 11547), interpolation=cv2.INTER_LINEAR))
    program = "import sys, ocr\nfrom ocr.bench.worker import _peak\nprint(ocr.scan(sys.argv[1]).pixels.size, _peak())"
    run = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "large.jpg")], check=True, capture_output=True, text=True
    )
    pixels, peak = map(int, run.stdout.split())
    assert pixels > 20_000_000
    assert peak < 750 * 2**20


def test_the_command_writes_pictures_and_searchable_pdfs(photo: NDArray[np.uint8], tmp_path: Path) -> None:
    source = tmp_path / "photo.jpg"
    cv2.imwrite(str(source), cv2.cvtColor(photo, cv2.COLOR_RGB2BGR))
    result = CliRunner().invoke(cli, ["scan", str(source), "-o", str(tmp_path / "page.png"), "--json"])
    found = json.loads(result.output)
    with Image.open(tmp_path / "page.png") as page:
        assert page.size == (found["width"], found["height"])
    assert CliRunner().invoke(cli, ["scan", str(source), "-o", str(tmp_path / "page.pdf")]).exit_code == 0
    with open_source(tmp_path / "page.pdf") as kept:
        assert np.median(kept.page(1).pixels) > 235
    with pikepdf.open(tmp_path / "page.pdf") as pdf:
        assert "/Ocr0" in pdf.pages[0].obj["/Resources"]["/Font"]


def test_the_command_knows_its_formats(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["scan", "photo.jpg", "-o", str(tmp_path / "page.doc")])
    assert isinstance(result.exception, ocr.UsageError)
