"""The reader in the real LlamaIndex."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from damaged import SAMPLES, damaged_scan
from fsspec.implementations.memory import MemoryFileSystem
from llama_index.core import SimpleDirectoryReader
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.schema import MetadataMode
from ocr_for_llamaindex import OcrReader

import ocr
from ocr import reading


def test_folder(tmp_path: Path) -> None:
    for name in ("scan.pdf", "receipt.jpg"):
        shutil.copy(SAMPLES / name, tmp_path)
    reader = OcrReader()
    pages = SimpleDirectoryReader(
        tmp_path, file_extractor={".pdf": reader, ".jpg": reader}, raise_on_error=True
    ).load_data()
    assert [(page.metadata["file_name"], page.metadata["page_label"]) for page in pages] == [
        ("receipt.jpg", "1"),
        ("scan.pdf", "1"),
        ("scan.pdf", "2"),
        ("scan.pdf", "3"),
    ]
    assert "Sweet children of demurest air" in pages[1].text
    assert 0.8 < pages[1].metadata["confidence"] <= 1
    assert pages[1].metadata["file_type"] == "application/pdf"  # what LlamaIndex itself adds


def test_language_models_do_not_see_the_confidence() -> None:
    nodes = SentenceSplitter().get_nodes_from_documents(OcrReader().load_data(SAMPLES / "scan.pdf"))
    assert nodes[0].metadata["confidence"]
    assert "confidence" not in nodes[0].get_content(MetadataMode.LLM)
    assert "confidence" not in nodes[0].get_content(MetadataMode.EMBED)
    assert "page_label: 1" in nodes[0].get_content(MetadataMode.LLM)


def test_other_file_system() -> None:
    store = MemoryFileSystem()
    store.pipe("/scans/receipt.jpg", (SAMPLES / "receipt.jpg").read_bytes())
    [page] = OcrReader().load_data("/scans/receipt.jpg", fs=store)
    assert page.text
    assert page.metadata["file_name"] == "receipt.jpg"


def test_page_that_cannot_be_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is there, empty, with its error."""
    pages = OcrReader().load_data(damaged_scan(tmp_path / "damaged.pdf"), extra_info={"shelf": "A"})
    assert [bool(page.text) for page in pages] == [True, False, True]
    assert "page 2" in pages[1].metadata["error"]
    assert pages[1].metadata["shelf"] == "A"
    assert "page 2" in caplog.text


def test_what_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ocr.UsageError, match="there is no language 'tlh'"):
        OcrReader("tlh")
    with pytest.raises(ocr.UsageError, match="format must be md or txt"):
        OcrReader(format="html")
    (tmp_path / "notes.pdf").write_bytes(b"no PDF")
    with pytest.raises(ocr.InputError, match=r"notes\.pdf"):
        OcrReader().load_data(tmp_path / "notes.pdf")


def test_models_are_loaded_once() -> None:
    reading._readers.clear()
    assert OcrReader("de").reader is OcrReader("de").reader
    assert len(reading._readers) == 1
