"""Reading in one call, and the readers that a process shares."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import ocr
from ocr import reading


def test_shared_reader_is_made_once_in_many_threads(reader: ocr.Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """``reader`` is there to skip where the models are absent."""
    made: list[ocr.Options] = []
    monkeypatch.setattr(reading, "_readers", {})
    monkeypatch.setattr(reading, "Reader", lambda options: made.append(options) or reader)  # type: ignore[func-returns-value]
    start = threading.Barrier(8)

    def ask(index: int) -> ocr.Reader:
        start.wait()
        return reading.shared_reader(ocr.Options(threads=1, lang="de" if index % 2 else "en"))

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {reader}
    assert sorted(options.lang for options in made) == ["de", "en"]


def test_shared_reader_of_default_options(reader: ocr.Reader) -> None:
    assert ocr.shared_reader().options == reader.options
    assert ocr.shared_reader() is ocr.shared_reader(ocr.Options())


def test_shared_reader_refuses_what_are_no_options() -> None:
    with pytest.raises(ocr.UsageError, match=r"must be an ocr\.Options"):
        ocr.shared_reader("de")  # type: ignore[arg-type]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_shared_reader_after_a_fork_that_met_a_loading_thread(reader: ocr.Reader) -> None:
    """The lock that another thread holds is not inherited."""
    expected = ocr.shared_reader()
    with reading._loading:
        child = os.fork()
        if child == 0:
            os._exit(0 if ocr.shared_reader() is expected else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
