"""Pages read side by side: the same as one after the other, whatever becomes of the processes."""

from __future__ import annotations

import io
import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

import ocr
from ocr.crew import Crew
from ocr.document import Page
from ocr.errors import OcrError
from ocr.job import Job, run
from ocr.options import Limits, Options
from ocr.workers import StoppedError, possible

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


def test_the_same_file_for_other_pages(samples: Path) -> None:
    with Crew(OPTIONS) as crew:
        for pages, numbers in ((None, (1, 2, 3)), ("2", (2,)), ("1,3", (1, 3))):
            with crew.open(samples / "scan.pdf", pages=pages) as source:
                assert source.numbers == numbers
        with pytest.raises(ocr.UsageError, match="no page 9"):
            crew.open(samples / "scan.pdf", pages=9)


def test_another_thread_stops_the_crew(samples: Path) -> None:
    with Crew(OPTIONS) as crew, crew.open(samples / "scan.pdf") as source:
        pages = crew.pages(source)
        next(pages)
        threading.Timer(0.05, crew.stop).start()
        start = time.monotonic()
        with pytest.raises(StoppedError):
            for _ in range(1000):
                crew.call(time.sleep, 5)
        assert time.monotonic() - start < 4


def test_pages_with_too_many_pixels_are_not_read(samples: Path) -> None:
    limits = Limits(pixels=2_500_000)  # the first page has 1217 x 1983, the second 1433 x 2313
    with Crew(replace(OPTIONS, limits=limits)) as crew, crew.open(samples / "scan.pdf", pages="1-2") as source:
        first, second = crew.pages(source)
    assert first.text and first.error is None
    assert second.error and "1433 x 2313 pixels, more than the limit of 2500000" in second.error.message


def test_what_was_in_memory_leaves_no_copy(samples: Path, tmp_path: Path) -> None:
    data = (samples / "scan.pdf").read_bytes()
    with Crew(OPTIONS, scratch=tmp_path) as crew:
        with crew.open(data, pages=1) as source:
            assert [path.read_bytes() for path in tmp_path.glob("*/*")] == [data]
            assert next(crew.pages(source)).text
        with pytest.raises(ocr.InputError):
            crew.open(b"%PDF-1.4 nothing else")
        assert not list(tmp_path.glob("*/*"))
    assert not list(tmp_path.iterdir())


def test_options_change_between_inputs(samples: Path) -> None:
    with Crew(OPTIONS) as crew:
        engines = []
        for lang in ("en", "zh", "en"):
            crew.use(Options(lang=lang, fallback="never"))
            with crew.open(samples / "scan.pdf", pages=1) as source:
                engines.append(crew.engine)
                assert next(crew.pages(source)).error is None
        assert engines[0] == engines[2] != engines[1]
        assert (crew.options.jobs, crew.options.limits) == (2, None)


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


def test_a_reader_with_jobs_reads_the_same(samples: Path) -> None:
    alone = ocr.Reader(fallback="never", threads=1)
    apart = ocr.Reader(fallback="never", jobs=2)
    path = samples / "scan.pdf"
    whole = alone.read(path, pages="2-3")
    with ocr.open_source(path, pages="2-3") as source:
        several = apart.read(path, pages="2-3"), apart.read(path.read_bytes(), pages="2-3"), apart.read(source)
    for document in several:
        assert [timeless(page) for page in document] == [timeless(page) for page in whole]
    assert [document.original for document in several] == [path.absolute(), path.read_bytes(), path.absolute()]


def test_a_single_picture_that_cannot_be_read_is_an_error(samples: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes((samples / "receipt.jpg").read_bytes()[:9000])
    reader = ocr.Reader(fallback="never", limits=Limits())
    with pytest.raises(ocr.InputError, match=r"broken\.jpg"):
        reader.read(broken)


class OwnRecognizer:
    """Reads nothing."""

    name, height = "own", 48

    def __call__(self, lines: object) -> list[object]:
        return []


def test_models_that_no_other_process_can_load_are_refused() -> None:
    class Local(OwnRecognizer):
        pass

    with pytest.raises(ocr.UsageError, match=r"cannot load this Local.*jobs=1"):
        Crew(OPTIONS, (None, Local()))


def test_where_no_process_can_be_started_nothing_stays_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "no-python"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(OcrError, match="no process can be started"):
        Crew(Options(jobs=1), early=True)
    assert list(tmp_path.iterdir()) == []
