"""The plug-in in the real MarkItDown."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from damaged import SAMPLES, damaged_scan
from markitdown import FileConversionException, MarkItDown, StreamInfo

import ocr
from ocr import reading


@pytest.fixture(scope="module")
def markitdown() -> MarkItDown:
    return MarkItDown(enable_plugins=True)


def test_command() -> None:
    """MarkItDown alone finds nothing in a scan; with the plug-in it is read."""
    command = [sys.executable, "-m", "markitdown", str(SAMPLES / "scan.pdf")]
    alone = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert not alone.strip()
    read = subprocess.run([*command, "--use-plugins"], check=True, capture_output=True, text=True).stdout
    assert "Sweet children of demurest air" in read
    assert read.count("\n---\n") == 2


def test_language_of_the_command() -> None:
    command = [sys.executable, "-m", "markitdown", str(SAMPLES / "receipt.jpg"), "--use-plugins"]
    wrong = subprocess.run(command, check=False, capture_output=True, text=True, env=os.environ | {"OCR_LANG": "tlh"})
    assert wrong.returncode != 0
    assert "there is no language 'tlh'" in wrong.stderr


def test_streams(markitdown: MarkItDown) -> None:
    """Without a name, by the bytes alone."""
    for name in ("report.tif", "receipt.jpg", "scan.pdf"):
        assert markitdown.convert_stream(io.BytesIO((SAMPLES / name).read_bytes())).markdown.strip(), name


def test_structure(markitdown: MarkItDown) -> None:
    assert "\n## CHAPTER II\n" in markitdown.convert(SAMPLES / "scan.pdf").markdown


def test_others_are_left_to_markitdown(markitdown: MarkItDown, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<h1>Minutes</h1>", encoding="utf-8")
    assert markitdown.convert(tmp_path / "page.html").markdown == "# Minutes"
    (tmp_path / "drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    assert "svg" in markitdown.convert(tmp_path / "drawing.svg").markdown


def test_page_that_cannot_be_read(markitdown: MarkItDown, tmp_path: Path) -> None:
    """The text says so in its place, and so does a warning."""
    with pytest.warns(UserWarning, match="page 2"):
        text = markitdown.convert(damaged_scan(tmp_path / "damaged.pdf")).markdown
    first, second, third = text.split("\n---\n")
    assert "**Page 2 could not be read:**" in second
    assert "could not be read" not in first + third


def test_file_that_cannot_be_opened(markitdown: MarkItDown, tmp_path: Path) -> None:
    (tmp_path / "scan.pdf").write_bytes((SAMPLES / "scan.pdf").read_bytes()[:200])
    with pytest.warns(UserWarning, match=r"scan\.pdf"), pytest.raises(FileConversionException, match=r"scan\.pdf"):
        markitdown.convert(tmp_path / "scan.pdf")


def test_language_that_is_not_known() -> None:
    with pytest.raises(ocr.UsageError, match="there is no language 'tlh'"):
        MarkItDown(enable_plugins=True, ocr_lang="tlh").convert(SAMPLES / "receipt.jpg")


def test_models_are_loaded_once(markitdown: MarkItDown) -> None:
    reading._readers.clear()
    for _ in range(2):
        MarkItDown(enable_plugins=True).convert(SAMPLES / "receipt.jpg")
    assert len(reading._readers) == 1


def test_no_stream_info_is_no_picture(markitdown: MarkItDown) -> None:
    text = markitdown.convert_stream(io.BytesIO(b"plain words"), stream_info=StreamInfo(extension=".txt")).markdown
    assert text == "plain words"
