"""Broken PDFs that viewers open are read, with a warning; what is lost is an error."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from numpy.typing import NDArray

from ocr.errors import EncryptedError, InputError
from ocr.job import Job, run
from ocr.pipeline import Reader
from ocr.source import open_source
from tests.conftest import PdfMaker, encrypted

Pixels = NDArray[np.uint8]


def compressed(data: bytes) -> bytes:
    """The PDF with object streams and without a table of objects."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def broken(data: bytes, how: str) -> bytes:
    tail = data.rindex(b"startxref")
    table = data.rindex(b"\nxref")
    return {
        "no end mark": data[: data.rindex(b"%%EOF")],
        "no startxref": data[:tail],
        "no table": data[:table],
        "wrong startxref": data[:tail] + b"startxref\n7\n%%EOF\n",
        "tail of zeros": data[:table] + bytes(len(data) - table),
        "junk of 500 bytes": b"x" * 500 + data,
        "junk of 2,000 bytes": b"From: somebody@example.org\r\n" * 80 + data,
        "junk of 200,000 bytes": bytes(200_000) + data,
        "junk behind": data + b"<html>\n" * 5_000,
        "line ends changed": data.replace(b"endobj\n", b"endobj\r\n"),
    }[how]


HOW = [
    "no startxref", "no table", "wrong startxref", "tail of zeros", "junk of 2,000 bytes",
    "junk of 200,000 bytes", "line ends changed",
]  # fmt: skip


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("as_file", [True, False])
def test_broken_files_are_repaired(
    make_pdf: PdfMaker, letters: Pixels, tmp_path: Path, how: str, as_file: bool
) -> None:
    data = broken(make_pdf(letters, pages=3), how)
    path = tmp_path / "a.pdf"
    path.write_bytes(data)
    with open_source(path if as_file else data) as source:
        assert source.page_count == 3
        assert len(source.warnings) == 1
        assert "the PDF is damaged" in source.warnings[0]
        assert "repaired" in source.warnings[0]
        assert all(np.array_equal(source.page(number).pixels, letters) for number in source.numbers)


@pytest.mark.parametrize("how", ["no end mark", "junk of 500 bytes", "junk behind"])
def test_files_that_need_no_repair(make_pdf: PdfMaker, letters: Pixels, how: str) -> None:
    with open_source(broken(make_pdf(letters), how)) as source:
        assert np.array_equal(source.page(1).pixels, letters)


def test_a_compressed_file_without_its_tail(make_pdf: PdfMaker, letters: Pixels) -> None:
    data = compressed(make_pdf(letters, pages=2))
    with open_source(data[: data.rindex(b"startxref")]) as source:
        assert source.warnings
        assert np.array_equal(source.page(2).pixels, letters)
        repaired = source.data()
        assert isinstance(repaired, bytes)
        with pikepdf.open(io.BytesIO(repaired)) as copy:
            assert len(copy.pages) == 2


def test_a_broken_file_keeps_its_password(make_pdf: PdfMaker, letters: Pixels) -> None:
    data = broken(encrypted(make_pdf(letters), "secret"), "junk of 2,000 bytes")
    with pytest.raises(EncryptedError):
        open_source(data)
    with open_source(data, password="secret") as source:
        assert np.array_equal(source.page(1).pixels, letters)
        copy = source.data()
        assert isinstance(copy, bytes)
        with pytest.raises(pikepdf.PasswordError):
            pikepdf.open(io.BytesIO(copy))


def test_a_sound_file_has_no_warning(make_pdf: PdfMaker, letters: Pixels) -> None:
    for data in (make_pdf(letters), compressed(make_pdf(letters)), encrypted(make_pdf(letters), "")):
        with open_source(data) as source:
            assert source.warnings == ()


def test_a_page_count_that_lies(make_pdf: PdfMaker, letters: Pixels) -> None:
    data = make_pdf(letters).replace(b"/Count 1", b"/Count 2000000000")
    with open_source(data) as source:
        assert source.page_count == 1
        assert np.array_equal(source.page(1).pixels, letters)


def test_what_is_lost_is_an_error(make_pdf: PdfMaker, letters: Pixels) -> None:
    data = make_pdf(letters)
    with pytest.raises(InputError, match="damaged or cut off") as caught:
        open_source(data[: data.index(b"/Pages") - 20])
    assert "qpdf" not in str(caught.value)


def test_the_warning_reaches_the_user_once(reader: Reader, make_pdf: PdfMaker, letters: Pixels, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(broken(make_pdf(letters, pages=2), "no table"))
    for form in ("txt", "pdf"):
        said: list[str] = []
        result = run(Job(path, tmp_path / f"out.{form}", form), reader, on_warning=said.append)
        assert (result.exit_code, result.pages) == (0, 2)
        assert sum("repaired" in message for message in said) == 1
    assert "repaired" in reader.read(path)[0].warnings[0]
    with pikepdf.open(tmp_path / "out.pdf") as pdf:
        assert len(pdf.pages) == 2
        assert not pdf.get_warnings()


NO_PAGES: dict[str, Callable[[pikepdf.Pdf], Any]] = {
    "null": lambda pdf: None,
    "an object that is not there": lambda pdf: pdf.get_object(9999, 0),
    "a number": lambda pdf: 7,
    "a stream": lambda pdf: pdf.make_stream(b""),
}


@pytest.mark.parametrize("what", NO_PAGES)
@pytest.mark.parametrize("counted", [True, False])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_pages_beside_what_is_no_page_are_read(
    make_pdf: PdfMaker, letters: Pixels, what: str, counted: bool, place: int
) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(make_pdf(letters, pages=2))) as pdf:
        pdf.Root.Pages.Kids.insert(place, NO_PAGES[what](pdf))
        pdf.Root.Pages.Count = 2 + counted
        pdf.pages[-1].obj.Rotate = 90
        pdf.save(out)
    with open_source(out.getvalue()) as source:
        assert "page tree" in source.warnings[0]
        first, second = (source.page(number).pixels for number in source.numbers)
    assert first.shape == second.shape[::-1] and first.min() < 100 and second.min() < 100
