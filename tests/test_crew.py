"""Pages read side by side: the same as one after the other, whatever becomes of the processes."""

from __future__ import annotations

import io
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

import ocr
from ocr.crew import Crew
from ocr.document import Page
from ocr.job import Job, run
from ocr.options import Limits, Options
from ocr.workers import possible

pytestmark = pytest.mark.skipif(not possible(), reason="no worker can be started on this system")

OPTIONS = Options(fallback="never", jobs=2)


def timeless(page: Page) -> Page:
    return replace(page, seconds=0.0, steps=tuple(step for step in page.steps if step.name != "time"))


def test_pages_are_the_same_as_one_after_the_other(samples: Path) -> None:
    whole = ocr.Reader(fallback="never").read(samples / "scan.pdf")
    with Crew(OPTIONS) as crew, crew.open(samples / "scan.pdf") as source:
        assert (source.kind, source.page_count, source.numbers) == ("pdf", 3, (1, 2, 3))
        apart = list(crew.pages(source))
        assert crew.engine == whole.engine
        assert (source.page(2).pixels.shape, source.data()) == ((whole[1].height, whole[1].width), samples / "scan.pdf")
    assert [timeless(page) for page in apart] == [timeless(page) for page in whole]


def test_one_crew_reads_many_inputs(samples: Path) -> None:
    with Crew(OPTIONS, early=True) as crew:
        for name, pages in (("report.tif", None), ("scan.pdf", "2-3"), ("report.tif", None)):
            with crew.open(samples / name, pages=pages) as source:
                assert [page.error for page in crew.pages(source)] == [None] * len(source.numbers)


def test_bytes_and_arrays_are_read_too(samples: Path) -> None:
    data = (samples / "scan.pdf").read_bytes()
    with Crew(OPTIONS) as crew:
        with crew.open(data, pages=1) as source:
            assert source.name == "<bytes>" and source.original == data
            assert next(crew.pages(source)).text
        with pytest.raises(ocr.InputError, match=r"^<bytes>: "):
            crew.open(b"%PDF-1.4 nothing else")
        with pytest.raises(ocr.InputError, match="there is no such file"):
            crew.open("none.pdf")
        with pytest.raises(ocr.UsageError, match="no page 9"):
            crew.open(data, pages=9)


def test_a_process_that_is_killed_costs_nothing(samples: Path) -> None:
    with Crew(OPTIONS) as crew, crew.open(samples / "scan.pdf") as source:
        pages = []
        for page in crew.pages(source):
            pages.append(page)
            if len(pages) == 1:
                for pid in crew.pids:
                    os.kill(pid, signal.SIGKILL)
    assert [(page.number, page.error) for page in pages] == [(1, None), (2, None), (3, None)]
    assert all(page.text for page in pages)


def test_a_page_that_takes_too_long_is_an_error_of_its_own(samples: Path, tmp_path: Path) -> None:
    options = Options(fallback="never", jobs=1, limits=Limits(page_seconds=0.001))
    out = io.BytesIO()
    with Crew(replace(OPTIONS, limits=Limits())) as crew, crew.open(samples / "scan.pdf") as source:
        assert len(list(crew.pages(source))) == 3
    with Crew(options) as crew, pytest.raises(ocr.InputError, match=r"cannot be opened.*took longer than 0\.001 s"):
        run(Job(samples / "scan.pdf"), crew, out=out)


def test_a_missing_model_is_one_error(samples: Path) -> None:
    with Crew(OPTIONS, (None, "nonexistent.onnx")) as crew, crew.open(samples / "scan.pdf") as source:
        with pytest.raises(ocr.OcrError, match=r"nonexistent\.onnx"):
            list(crew.pages(source))
        with pytest.raises(ocr.OcrError, match=r"nonexistent\.onnx"):
            _ = crew.engine
