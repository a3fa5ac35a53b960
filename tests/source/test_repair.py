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


def node(pdf: pikepdf.Pdf, *kids: pikepdf.Object) -> pikepdf.Object:
    """A node of the page tree over some pages, below the root."""
    made = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Pages, Parent=pdf.Root.Pages, Count=len(kids)))
    for kid in kids:
        kid.Parent = made
    made.Kids = pikepdf.Array(kids)
    return made


def lead_to_themselves(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Pages.Kids.append(pdf.Root.Pages)


def lead_to_an_ancestor(pdf: pikepdf.Pdf) -> None:
    first, *rest = pdf.Root.Pages.Kids
    inner = node(pdf, *rest)
    inner.Kids.insert(1, pdf.Root.Pages)
    pdf.Root.Pages.Kids = pikepdf.Array([first, inner])


def lead_to_each_other(pdf: pikepdf.Pdf) -> None:
    first, second, third = pdf.Root.Pages.Kids
    one, other = node(pdf, second), node(pdf, third)
    one.Kids.append(other)
    other.Kids.append(one)
    pdf.Root.Pages.Kids = pikepdf.Array([first, one])


def list_a_node_twice(pdf: pikepdf.Pdf) -> None:
    first, *rest = pdf.Root.Pages.Kids
    inner = node(pdf, *rest)
    pdf.Root.Pages.Kids = pikepdf.Array([first, inner, inner])


def lead_from_a_page_to_the_root(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Pages.Kids[1].Kids = pikepdf.Array([pdf.Root.Pages])


def are_very_deep(pdf: pikepdf.Pdf) -> None:
    inner = node(pdf, *pdf.Root.Pages.Kids)
    for _ in range(3000):
        inner = node(pdf, inner)
    pdf.Root.Pages.Kids = pikepdf.Array([inner])


def are_said_to_be_nodes(pdf: pikepdf.Pdf) -> None:
    """PDFium loads no such page."""
    for page in list(pdf.Root.Pages.Kids):
        page.Type = pikepdf.Name.Pages


def are_not_in_a_list(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Pages.Kids = node(pdf, *pdf.Root.Pages.Kids)


WRONG_TREES = (
    are_said_to_be_nodes, are_not_in_a_list,
    lead_to_themselves, lead_to_an_ancestor, lead_to_each_other, list_a_node_twice, lead_from_a_page_to_the_root,
    are_very_deep,
)  # fmt: skip


@pytest.mark.parametrize("kids", WRONG_TREES)
@pytest.mark.parametrize("password", ["", "secret"])
def test_each_page_of_a_wrong_tree_is_read_and_written_once(
    reader: Reader, make_pdf: PdfMaker, letters: Pixels, tmp_path: Path, kids: Callable[[pikepdf.Pdf], None],
    password: str,
) -> None:  # fmt: skip
    path, out = tmp_path / "a.pdf", tmp_path / "out.pdf"
    with pikepdf.open(io.BytesIO(make_pdf(letters, pages=3))) as pdf:
        for number, page in enumerate(list(pdf.pages)):
            page.obj.Number = number
            del page.obj.MediaBox
        pdf.Root.Pages.MediaBox = [0, 0, 200, 100]
        kids(pdf)
        pdf.save(path, encryption=pikepdf.Encryption(owner="", user=password) if password else None)
    said: list[str] = []
    result = run(Job(path, out, "pdf", password=password), reader, on_warning=said.append)
    assert (result.exit_code, result.pages) == (0, 3)
    assert sum("repaired" in message for message in said) == 1
    with pikepdf.open(out, password=password) as pdf:
        assert [int(page.obj.Number) for page in pdf.pages] == [0, 1, 2]
        assert all(list(page.mediabox) == [0, 0, 200, 100] for page in pdf.pages)
        assert not pdf.get_warnings()


def parents_of_themselves(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Pages.Kids[1].Parent = pdf.Root.Pages.Kids[1]


def root_below_itself(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Pages.Parent = pdf.Root.Pages


@pytest.mark.parametrize("parents", [parents_of_themselves, root_below_itself])
def test_parents_in_a_loop_do_no_harm(
    reader: Reader, make_pdf: PdfMaker, letters: Pixels, tmp_path: Path, parents: Callable[[pikepdf.Pdf], None]
) -> None:
    path, out = tmp_path / "a.pdf", tmp_path / "out.pdf"
    with pikepdf.open(io.BytesIO(make_pdf(letters, pages=3))) as pdf:
        parents(pdf)
        pdf.save(path)
    assert run(Job(path, out, "pdf"), reader).exit_code == 0
    with pikepdf.open(out) as pdf:
        assert len(pdf.pages) == 3


def test_a_page_that_is_listed_twice_is_shown_twice(
    reader: Reader, make_pdf: PdfMaker, letters: Pixels, tmp_path: Path
) -> None:
    path, out = tmp_path / "a.pdf", tmp_path / "out.pdf"
    with pikepdf.open(io.BytesIO(make_pdf(letters, pages=2))) as pdf:
        pdf.Root.Pages.Kids.append(pdf.Root.Pages.Kids[0])
        pdf.Root.Pages.Count = 3
        pdf.save(path)
    assert run(Job(path, out, "pdf"), reader).pages == 3
    with pikepdf.open(out) as pdf:
        assert all("Ocr" in str(page.obj.Resources.Font.keys()) for page in pdf.pages)
