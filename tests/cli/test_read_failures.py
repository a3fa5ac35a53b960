"""``ocr read``: what goes wrong, what is said about it, and the exit codes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ocr.cli.options import Reading
from ocr.document import Page
from ocr.errors import DependencyError
from ocr.source import Source, open_source
from tests.cli.conftest import Run
from tests.cli.fake import FakeReader, leftovers
from tests.conftest import PdfMaker, encrypted


@pytest.mark.parametrize("wrong", [("-o", "out.txt"), ("-o", "out.pdf", "--enhance", "none")])
def test_kept_pictures_need_a_pdf_and_an_enhancement(run: Run, fake: FakeReader, scan: Path, wrong: list[str]) -> None:
    code, _, err = run("read", scan, "--keep-enhanced", *wrong)
    assert code == 1 and "--keep-enhanced" in err


def test_kept_pictures_are_white_where_they_were_in_shadow(run: Run, fake: FakeReader, tmp_path: Path) -> None:
    light = np.linspace(250, 90, 400)[None].repeat(300, 0).astype(np.uint8)
    light[100:104, 40:360:9] = light[150:154, 40:360:9] = 40
    Image.fromarray(light).save(tmp_path / "shadow.png")
    for flags, least in (((), 90), (("--keep-enhanced",), 200)):
        out = tmp_path / f"{least}.pdf"
        assert run("read", tmp_path / "shadow.png", "-q", "-o", out, *flags) == (0, "", "")
        with open_source(out) as source:
            assert abs(float(np.percentile(source.page(1).pixels, 3)) - least) < 56


def test_one_bad_file_does_not_stop_the_others(run: Run, fake: FakeReader, scan: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.pdf"
    empty.touch()
    code, _, err = run("read", tmp_path / "none.pdf", empty, scan, "-q", "-o", f"{tmp_path}/out/")
    assert code == 5
    assert [line.split(": ")[:2] for line in err.splitlines()] == [
        ["ocr", f"{tmp_path}/none.pdf"],
        ["ocr", f"{tmp_path}/empty.pdf"],
    ]
    assert leftovers(tmp_path / "out") == ["scan.txt"]


def test_a_single_bad_file_gives_its_own_code(
    run: Run, fake: FakeReader, tmp_path: Path, make_pdf: PdfMaker, letters: NDArray[np.uint8]
) -> None:
    locked = tmp_path / "locked.pdf"
    locked.write_bytes(encrypted(make_pdf(letters), "secret"))
    out = tmp_path / "out.txt"
    assert run("read", tmp_path / "none.pdf", "-o", out)[0] == 2
    assert run("read", locked, "-o", out)[0] == 8
    assert run("read", locked, "-o", out, "--password", "guess")[0] == 8
    assert not out.exists()
    assert run("read", locked, "-q", "-o", out, "--password", "secret")[0] == 0
    assert run("read", locked, "--password", "secret", "--pages", "4")[0] == 1


@pytest.mark.parametrize("empty", ["", " "])
@pytest.mark.parametrize("verb", ["read", "batch", "ask", "bench"])
def test_an_empty_selection_of_pages_is_not_all_pages(run: Run, scan: Path, verb: str, empty: str) -> None:
    code, out, err = run(verb, scan, "--pages", empty)
    assert (code, out) == (1, "") and "the selection of pages is empty" in err


def test_bad_pages_are_reported_and_the_rest_is_written(run: Run, fake: FakeReader, scan: Path, tmp_path: Path) -> None:
    fake.bad = (2,)
    out = tmp_path / "out.txt"
    assert run("read", scan, "-q", "-o", out) == (5, "", f"ocr: {scan}: page 2: the wheels came off\n")
    assert out.read_text() == "page1\n\f\fpage3\n"


def test_nothing_is_written_when_no_page_could_be_read(run: Run, fake: FakeReader, scan: Path, tmp_path: Path) -> None:
    fake.bad = (1, 2, 3)
    code, _, err = run("read", scan, "-q", "-o", tmp_path / "out.txt")
    assert code == 2
    assert err.count("the wheels came off") == 3
    assert leftovers(tmp_path) == []


def test_warnings_are_printed_once_and_not_at_all_when_quiet(run: Run, fake: FakeReader, scan: Path) -> None:
    assert run("read", scan)[2] == "ocr: warning: tesseract is not installed\n"
    assert run("read", scan, "-q")[2] == ""


def test_missing_models_end_the_run(run: Run, scan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(reading: Reading) -> Any:
        raise DependencyError("the models are missing; run: pip install --force-reinstall ocr")

    monkeypatch.setattr(Reading, "crew", missing)
    code, _, err = run("read", scan, scan)
    assert code == 3
    assert err.count("pip install") == 1


def test_an_unexpected_exception_does_not_stop_the_others(
    run: Run, fake: FakeReader, scan: Path, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = FakeReader.pages

    def pages(self: FakeReader, source: Source) -> Iterator[Page]:
        if source.kind == "pdf":
            raise RuntimeError("boom")
        return whole(self, source)

    monkeypatch.setattr(FakeReader, "pages", pages)
    code, out, err = run("read", scan, samples / "report.tif", "-q")
    assert (code, out) == (5, "page1\n")
    assert err.startswith(f"ocr: {scan}: unexpected RuntimeError: boom") and len(err.splitlines()) == 1
    assert "Traceback" in run("read", scan, samples / "report.tif", "-v")[2]


def test_output_is_never_the_input(run: Run, fake: FakeReader, scan: Path, tmp_path: Path) -> None:
    copy = tmp_path / "scan.pdf"
    copy.write_bytes(scan.read_bytes())
    code, _, err = run("read", copy, "-o", copy)
    assert code == 1
    assert "would replace the input" in err
    assert run("read", copy, "--format", "pdf", "-o", f"{tmp_path}/")[0] == 1
    assert copy.read_bytes() == scan.read_bytes()


@pytest.mark.parametrize("target", ["none/out.txt", "file/out.txt", "/dev/full"])
def test_output_that_cannot_be_written(run: Run, fake: FakeReader, scan: Path, tmp_path: Path, target: str) -> None:
    (tmp_path / "file").touch()
    code, _, err = run("read", scan, "-q", "--format", "txt", "-o", tmp_path / target)
    assert code == 4
    assert err.startswith(f"ocr: {tmp_path / target}: ")
    assert leftovers(tmp_path) == ["file"]


def test_an_empty_result_says_what_to_try(
    run: Run, fake: FakeReader, samples: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(FakeReader, "pages", lambda self, source: iter([Page(1, 9, 9, 100.0)]))
    name = samples / "report.tif"
    code, out, err = run("read", name)
    assert (code, out) == (0, "")
    assert err.startswith(f"ocr: {name}: no text found")
    assert f"ocr scan {name} -o page.pdf" in err and "--lang zh" in err
    assert "--lang en" in run("read", name, "--lang", "zh")[2]
    assert run("read", name, "-q") == (0, "", "")


def test_more_jobs_than_the_machine_has_room_for(run: Run, fake: FakeReader, scan: Path) -> None:
    code, _, err = run("read", scan, "-j", "1000")
    assert code == 0 and "-j 1000 is more than this machine has room for" in err
    assert "room" not in run("read", scan, "-j", "1")[2]
