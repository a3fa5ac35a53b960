"""The shipped recogniser published again from its checkpoint, into a folder of one's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")

import ocr
from ocr.detect import shown_quads
from ocr.detect.db import DbDetector
from ocr.export.recognizer import UNFITTED
from ocr.geometry import crop_line
from ocr.metadata import read_metadata
from ocr.recognize.crnn import CrnnRecognizer, RecognizerSettings
from ocr.train.recognize.publish import main, settings_of
from ocr.train.recognize.shards import write_shard

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def lines() -> list[tuple[np.ndarray, str]]:
    """Lines of the sample page with what the shipped model reads."""
    with ocr.open_source(ROOT / "samples" / "scan.pdf", pages="1") as source:
        page = source.page(1).pixels
    pictures = [crop_line(page, quad, 32) for quad in shown_quads(DbDetector("detect-mobile", 1)(page))]
    readings = CrnnRecognizer("crnn-en-mobile-int8", "lm", 1, "lm-en")(pictures)
    return [(p, reading.text) for p, reading in zip(pictures, readings, strict=True) if len(reading.text) > 3]


def test_a_model_of_ones_own(tmp_path: Path, lines: list[tuple[np.ndarray, str]]) -> None:
    shard = tmp_path / "lines.npz"
    write_shard(shard, lines)
    checkpoint, mine = ROOT / "models" / "training" / "crnn-en-mobile.pt", tmp_path / "mine"
    main([str(checkpoint), "--name", "letters", "--models", str(mine), "--ranges", str(shard), "--held", str(shard),
          "--trained-on", "letters (CC0)", "--licence", "CC0-1.0"])  # fmt: skip
    path = tmp_path / "mine" / "letters-int8.onnx"
    said = read_metadata(path)
    assert (said.name, said.trained_on, said.licence) == ("letters-int8", ("letters (CC0)",), "CC0-1.0")
    assert said.calibration != UNFITTED and len(said.calibration) == len(UNFITTED)
    readings = CrnnRecognizer(path, "lm", 1, "lm-en")([picture for picture, _ in lines])
    same = sum(reading.text == text for reading, (_, text) in zip(readings, lines, strict=True))
    assert len(lines) > 10 and same >= 0.9 * len(lines)


def test_chinese_is_cut_tight_and_re_read_and_latin_goes_to_the_second_recogniser() -> None:
    assert settings_of("ab中", first=True) == RecognizerSettings(True, 0.4, 0.0)
    assert settings_of("abc", first=True) == RecognizerSettings(second_below=0.9, condensed=0.8)
    assert settings_of("abc", first=False) == RecognizerSettings()
