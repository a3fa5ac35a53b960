"""What an engine's process does, with stand-ins for the engines."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from ocr.bench import worker
from ocr.bench.worker import MAKERS
from ocr.options import Options
from tests.cli.fake import FakeReader

SETTINGS: dict[str, Any] = {"options": {"lang": "zh"}, "detector": "d", "recognizer": "r"}


@pytest.fixture
def job(tmp_path: Path) -> dict[str, str]:
    picture = tmp_path / "page.png"
    Image.new("L", (60, 40), 255).save(picture)
    return {"file": "a.pdf", "pages": "2", "password": "", "first": "2", "picture": str(picture)}


def test_this_reader_gets_its_settings_and_times_each_page(samples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []

    def make(**settings: Any) -> FakeReader:
        made.append(settings)
        return FakeReader(bad=(3,))

    monkeypatch.setattr("ocr.pipeline.Reader", make)
    read = MAKERS["ocr"](SETTINGS)
    assert made == [{"options": Options(lang="zh"), "detector": "d", "recognizer": "r"}]
    rows = read({"file": str(samples / "scan.pdf"), "pages": "2-", "password": "", "first": "2", "picture": ""})
    assert [(row["page"], row["lines"]) for row in rows] == [(2, 1), (3, 0)]
    assert rows[0]["error"] == "" and "the wheels came off" in rows[1]["error"]
    assert all(row["seconds"] >= 0 and row["stages"]["write"] > -0.1 for row in rows)


def test_tesseract_lines_are_counted(job: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    data = {"block_num": [1, 1, 1, 2], "par_num": [1, 1, 1, 1], "line_num": [1, 1, 2, 1], "text": ["a", "b", "c", " "]}
    module = SimpleNamespace(
        get_tesseract_version=lambda: "5",
        Output=SimpleNamespace(DICT="dict"),
        image_to_data=lambda image, output_type: data,
    )
    monkeypatch.setitem(sys.modules, "pytesseract", module)
    [row] = MAKERS["tesseract"](SETTINGS)(job)
    assert (row["page"], row["lines"], row["stages"]) == (2, 2, {})


def test_rapidocr_lines_and_stages(job: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    found = SimpleNamespace(txts=("a", "b"), elapse_list=[0.25, None, 0.5])
    monkeypatch.setitem(sys.modules, "rapidocr", SimpleNamespace(RapidOCR=lambda: lambda picture: found))
    [row] = MAKERS["rapidocr"](SETTINGS)(job)
    assert (row["lines"], row["stages"]) == (2, {"detect": 0.25, "upright": 0.0, "recognise": 0.5})


def test_faster_paddle_lines(job: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    engine = SimpleNamespace(ocr=lambda data: {"bounds": [1, 2, 3] if data.startswith(b"\x89PNG") else []})
    monkeypatch.setitem(sys.modules, "faster_paddle", SimpleNamespace(OcrEngine=lambda model_size: engine))
    [row] = MAKERS["faster-paddle"](SETTINGS)(job)
    assert row["lines"] == 3


def test_problems_say_how_to_install() -> None:
    assert "pip install 'rapidocr" in worker._problem("rapidocr", ImportError("no rapidocr"))
    assert worker._problem("rapidocr", ValueError("bad")) == "ValueError: bad"


def test_peak_memory_is_that_of_this_process() -> None:
    assert worker._peak() > 2**20
