"""The component in a real Haystack pipeline."""

from __future__ import annotations

from pathlib import Path

import pytest
from damaged import SAMPLES, damaged_scan
from haystack import Pipeline
from haystack.components.preprocessors import DocumentCleaner
from haystack.core.serialization import allow_deserialization_module
from haystack.dataclasses import ByteStream
from ocr_for_haystack import OcrConverter

import ocr
from ocr import reading


def test_pipeline_saved_and_loaded() -> None:
    made = Pipeline()
    made.add_component("ocr", OcrConverter("en", format="txt", quality="fast"))
    made.add_component("cleaner", DocumentCleaner())
    made.connect("ocr", "cleaner")
    allow_deserialization_module("ocr_for_haystack")
    loaded = Pipeline.loads(made.dumps())
    [*pages] = loaded.run({"ocr": {"sources": [SAMPLES / "scan.pdf"]}})["cleaner"]["documents"]
    assert len(pages) == 3
    assert "Sweet children of demurest air" in (pages[0].content or "")
    assert loaded.get_component("ocr").options == ocr.Options(quality="fast")


def test_meta() -> None:
    stream = ByteStream((SAMPLES / "report.tif").read_bytes(), meta={"file_path": "report.tif"})
    pages = OcrConverter().run([str(SAMPLES / "scan.pdf"), stream], meta=[{"shelf": 1}, {"shelf": 2}])["documents"]
    assert [page.meta["page_number"] for page in pages[:3]] == [1, 2, 3]
    assert [page.meta["shelf"] for page in pages[:4]] == [1, 1, 1, 2]
    assert pages[3].meta["file_path"] == "report.tif"
    assert all(0.5 < page.meta["confidence"] <= 1 and page.meta["warnings"] == [] for page in pages[:3])


def test_page_that_cannot_be_read(tmp_path: Path) -> None:
    """It is there, empty, with its error."""
    pages = OcrConverter().run([damaged_scan(tmp_path / "damaged.pdf")])["documents"]
    assert [bool(page.content) for page in pages] == [True, False, True]
    assert "page 2" in pages[1].meta["error"]


def test_file_that_cannot_be_opened(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "notes.pdf").write_bytes(b"no PDF")
    sources = [tmp_path / "notes.pdf", tmp_path / "absent.pdf", SAMPLES / "scan.pdf"]
    with pytest.raises(ocr.InputError):
        OcrConverter().run(sources)
    assert len(OcrConverter(raise_on_failure=False).run(sources)["documents"]) == 3
    assert "notes.pdf is left out" in caplog.text
    assert "absent.pdf is left out" in caplog.text


def test_what_is_refused() -> None:
    with pytest.raises(ocr.UsageError, match="there is no language 'tlh'"):
        OcrConverter("tlh")
    with pytest.raises(ocr.UsageError, match="format must be md or txt"):
        OcrConverter(format="html")


def test_models_are_loaded_once() -> None:
    reading._readers.clear()
    for _ in range(2):
        converter = OcrConverter()
        converter.warm_up()
        converter.run([SAMPLES / "receipt.jpg"])
    assert len(reading._readers) == 1
