"""The time for a page does not grow with the number of pages."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pikepdf
import pytest

from ocr.document import Engine, Page
from ocr.errors import InputError
from ocr.source import open_source, pdf_file
from ocr.source.pdf_tree import page_objects
from ocr.write import writer_for


def blank(count: int) -> bytes:
    pdf = pikepdf.new()
    for _ in range(count):
        pdf.add_blank_page(page_size=(72, 72))
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def seconds(data: bytes, count: int) -> float:
    """Of the processor, to open a PDF, look at the same number of its pages, and write a copy."""
    start = time.process_time()
    with open_source(data, dpi=36) as source:
        for number in (*range(1, 51), *range(count - 50, count)):
            source.page(number)
        pages = (Page(number, 36, 36, 36.0) for number in range(1, count + 1))
        writer_for("pdf")(pages, io.BytesIO(), source, Engine("a", "b"))
    return time.process_time() - start


def test_the_cost_is_linear() -> None:
    few, many = blank(1_500), blank(6_000)
    seconds(few, 1_500)
    assert seconds(many, 6_000) < 8 * seconds(few, 1_500), "16 times as long if it were quadratic"


def test_page_objects_in_order(samples: Path) -> None:
    with pikepdf.open(samples / "scan.pdf") as pdf:
        assert [page.objgen for page in page_objects(pdf)] == [page.objgen for page in pdf.pages]


def test_too_many_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_file, "MAX_PAGES", 20)
    with pytest.raises(InputError, match="claims to have 30 pages, more than 20"):
        open_source(blank(30))
