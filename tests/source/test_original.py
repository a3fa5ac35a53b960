"""A file that changes while it is read is an error, and never another document's text."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ocr.document import Page
from ocr.errors import InputError
from ocr.job import Job, run
from ocr.pipeline import Reader
from ocr.source import open_source
from ocr.source import pdf as pdf_source
from tests.conftest import PdfMaker, encoded

Pixels = NDArray[np.uint8]


def replaced(path: Path, other: bytes) -> None:
    (path.parent / "other").write_bytes(other)
    (path.parent / "other").replace(path)


def overwritten(path: Path, other: bytes) -> None:
    with path.open("r+b") as file:
        file.write(other)


def cut(path: Path, other: bytes) -> None:
    os.truncate(path, 100)


def deleted(path: Path, other: bytes) -> None:
    path.unlink()


CHANGES = [replaced, overwritten, cut, deleted]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("form", ["pdf", "tif", "png"])
def test_a_file_that_changes_is_an_error(
    change: Callable[[Path, bytes], None],
    form: str,
    make_pdf: PdfMaker,
    letters: Pixels,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pdf_source, "REOPEN", 2)
    white = np.full_like(letters, 255)
    data, other = (
        make_pdf(pixels, pages=4)
        if form == "pdf"
        else encoded(Image.fromarray(pixels), {"tif": "TIFF"}.get(form, "PNG"))
        for pixels in (letters, white)
    )
    path = tmp_path / f"a.{form}"
    path.write_bytes(data)
    with open_source(path) as source:
        assert np.array_equal(source.page(1).pixels, letters)
        source.check()
        change(path, other)
        for number in source.numbers:
            with pytest.raises(InputError, match=r"a\.\w+"):
                source.page(number)
        with pytest.raises(InputError, match="changed while it was read"):
            source.check()


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("form", ["txt", "pdf", "json"])
def test_nothing_is_written_then(
    change: Callable[[Path, bytes], None],
    form: str,
    reader: Reader,
    make_pdf: PdfMaker,
    letters: Pixels,
    tmp_path: Path,
) -> None:
    path, out = tmp_path / "a.pdf", tmp_path / f"out.{form}"
    path.write_bytes(make_pdf(letters, pages=3))
    other = make_pdf(np.full_like(letters, 255), pages=3)

    def disturb(page: Page, total: int) -> None:
        if page.number == 2:
            change(path, other)

    with pytest.raises(InputError, match="changed while it was read"):
        run(Job(path, out, form), reader, on_page=disturb)
    assert not out.exists()


def test_a_touched_permission_is_no_change(make_pdf: PdfMaker, letters: Pixels, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(make_pdf(letters))
    with open_source(path) as source:
        path.chmod(0o600)
        assert np.array_equal(source.page(1).pixels, letters)


def test_a_relative_path_survives_a_change_of_directory(
    make_pdf: PdfMaker, letters: Pixels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.pdf").write_bytes(make_pdf(letters))
    monkeypatch.chdir(tmp_path)
    with open_source("a.pdf") as source:
        monkeypatch.chdir("/")
        assert source.name == "a.pdf"
        assert np.array_equal(source.page(1).pixels, letters)


def test_a_pipe_is_read_to_its_end(make_pdf: PdfMaker, letters: Pixels, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    data = make_pdf(letters)
    writer = threading.Thread(target=pipe.write_bytes, args=(data,))
    writer.start()
    with open_source(pipe) as source:
        assert source.data() == data
        assert np.array_equal(source.page(1).pixels, letters)
    writer.join()
