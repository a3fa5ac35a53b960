"""One job: what is written, what is counted, what is passed to the callbacks."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pikepdf
import pytest
from PIL import Image

import ocr
from ocr.document import Page
from ocr.errors import ExitCode, InputError, UsageError
from ocr.job import Job, run
from ocr.pipeline import Reader
from ocr.source import Source
from tests.cli.fake import FakeReader, leftovers
from tests.write.pages import pdfium_text
from tests.write.pdf.kinds import ABOVE, LINES, document


@pytest.fixture
def scan(samples: Path) -> Path:
    return samples / "scan.pdf"


def reader_of(fake: FakeReader) -> Reader:
    return cast(Reader, fake)


@pytest.mark.parametrize("format", ["csv", "txt"])
def test_that_there_is_no_table_to_write_is_said(scan: Path, tmp_path: Path, format: str) -> None:
    warnings: list[str] = []
    run(Job(scan, tmp_path / "out", format, pages=[2]), reader_of(FakeReader()), on_warning=warnings.append)
    said = ["no table was found, so the csv output has none; --format txt has the text"] if format == "csv" else []
    assert warnings == ["tesseract is not installed", *said]


def test_pages_are_written_and_counted(scan: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    warnings: list[str] = []
    job = Job(scan, tmp_path / "out.jsonl", "jsonl", pages=[2, 3])
    result = run(
        job,
        reader_of(FakeReader()),
        on_page=lambda page, total: seen.append((page.number, total)),
        on_warning=warnings.append,
    )
    assert (result.pages, result.errors, result.empty, result.exit_code) == (2, (), False, ExitCode.OK)
    assert result.seconds > 0
    assert seen == [(2, 2), (3, 2)]
    assert warnings == ["tesseract is not installed"] * 2
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["text"] for row in rows] == ["page2", "page3"]


def test_without_a_target_a_stream_is_written_to(scan: Path) -> None:
    out = io.BytesIO()
    run(Job(scan, pages="1"), reader_of(FakeReader()), out=out)
    assert out.getvalue() == b"page1\n"
    with pytest.raises(UsageError, match=r"scan\.pdf"):
        run(Job(scan), reader_of(FakeReader()))


def test_each_page_is_written_before_the_next_is_read(scan: Path) -> None:
    out = io.BytesIO()
    lengths: list[int] = []
    run(Job(scan), reader_of(FakeReader()), out=out, on_page=lambda page, total: lengths.append(len(out.getvalue())))
    assert lengths == sorted(set(lengths)) and len(lengths) == 3


def test_errors_of_pages_are_in_the_result(scan: Path, tmp_path: Path) -> None:
    result = run(Job(scan, tmp_path / "out.txt"), reader_of(FakeReader(bad=(2,))))
    assert result.exit_code is ExitCode.PARTIAL_FAILURE
    assert (result.pages, [error.page for error in result.errors]) == (3, [2])
    assert (tmp_path / "out.txt").read_text() == "page1\n\f\fpage3\n"


def test_no_readable_page_is_an_error_and_leaves_no_file(scan: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"page 1: the wheels came off\n.*page 2: "):
        run(Job(scan, tmp_path / "out.txt"), reader_of(FakeReader(bad=(1, 2, 3))))
    assert leftovers(tmp_path) == []


def test_the_reader_is_made_once_the_input_is_open(tmp_path: Path, scan: Path) -> None:
    made: list[int] = []

    def make() -> Reader:
        made.append(1)
        return reader_of(FakeReader())

    with pytest.raises(InputError):
        run(Job(tmp_path / "none.pdf", tmp_path / "out.txt"), make)
    with pytest.raises(UsageError, match="replace the input"):
        run(Job(scan, scan, "pdf"), make)
    assert not made
    run(Job(scan, tmp_path / "out.txt"), make)
    assert made == [1]


def test_text_of_blanks_is_empty(scan: Path) -> None:
    class Blind(FakeReader):
        def pages(self, source: Source) -> Iterator[Page]:
            for number in source.numbers:
                yield Page(number, 10, 10, 100.0, text=" \n" * (number > 1))

    assert run(Job(scan), reader_of(Blind()), out=io.BytesIO()).empty


def test_a_job_does_not_show_its_password(scan: Path) -> None:
    assert "secret" not in repr(Job(scan, password="secret"))


def test_whitened_pages_keep_the_name_and_the_selection(samples: Path, tmp_path: Path) -> None:
    names: list[Any] = []

    class Watching(FakeReader):
        def pages(self, source: Source) -> Iterator[Page]:
            names.append((source.name, source.numbers))
            return super().pages(source)

    scan = samples / "scan.pdf"
    run(Job(scan, tmp_path / "out.pdf", "pdf", pages="3", keep_enhanced=True), reader_of(Watching()))
    assert names == [(str(scan), (3,))]


def test_what_a_page_looked_like_is_kept(reader: Reader, samples: Path, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    run(Job(samples / "photo.jpg", keep=seen), reader, out=io.BytesIO())
    names = leftovers(seen)
    assert names[0] == "page-0001-1-decoded.png" and names[-1] == "page-0001.json"
    assert "page-0001-2-sheet-1.png" in names
    with Image.open(seen / names[0]) as kept, Image.open(samples / "photo.jpg") as photo:
        assert kept.size == photo.size
    assert json.loads((seen / "page-0001.json").read_text(encoding="utf-8"))["number"] == 1


def test_cleaning_keeps_text_and_protection(tmp_path: Path) -> None:
    data = document(ABOVE)
    locked = tmp_path / "locked.pdf"
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.save(locked, encryption=pikepdf.Encryption(owner="o", user="u"))
    clean, target = ocr.PdfOptions(clean=True), tmp_path / "out.pdf"
    warnings = list[str]()
    run(Job(locked, target, "pdf", password="u", pdf=clean), ocr.Reader(), on_warning=warnings.append)
    with pikepdf.open(target, password="u") as pdf:
        assert pdf.is_encrypted
        pdf.save(tmp_path / "open.pdf")
    assert pdfium_text((tmp_path / "open.pdf").read_bytes()).split() == " ".join(LINES).split()
    assert len(warnings) == 1 and "--decrypt" in warnings[0]


def test_messages_of_cleaned_pages_name_the_input(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.pdf"
    with pikepdf.open(io.BytesIO(document(ABOVE))) as pdf:
        pdf.add_blank_page(page_size=(200, 200)).obj.Contents = pdf.make_stream(b"q 1 0 0 1 9 9 cm /Im Do Q")
        image = pdf.make_stream(b"none", Subtype=pikepdf.Name.Image, Width=9, Height=9, Filter=pikepdf.Name.DCTDecode)
        pdf.pages[-1].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=image))
        pdf.save(damaged)
    job = Job(damaged, tmp_path / "out.pdf", "pdf", pdf=ocr.PdfOptions(clean=True))
    result = run(job, ocr.Reader())
    assert [error.message.partition(": ")[0] for error in result.errors] == [str(damaged)]
