"""``ocr read``: where output goes, and in which format."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pikepdf
import pytest

from ocr.job import plan
from tests.cli.conftest import Run
from tests.cli.fake import FakeReader, leftovers


def test_text_to_stdout(run: Run, fake: FakeReader, scan: Path) -> None:
    assert run("read", scan, "-q") == (0, "page1\n\fpage2\n\fpage3\n", "")
    assert run("read", scan, "-q", "--pages", "2-", "-o", "-")[1] == "page2\n\fpage3\n"


def test_several_files_to_stdout(run: Run, fake: FakeReader, scan: Path, samples: Path) -> None:
    code, out, _ = run("read", scan, samples / "report.tif", "--format", "jsonl")
    assert code == 0
    assert len([json.loads(line) for line in out.splitlines()]) == 4


@pytest.mark.parametrize("suffix", ["txt", "json", "jsonl", "hocr", "pdf"])
def test_format_follows_the_suffix(run: Run, fake: FakeReader, scan: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"a.searchable.{suffix}"
    assert run("read", scan, "-q", "-o", out)[0] == 0
    data = out.read_bytes()
    assert leftovers(tmp_path) == [out.name]
    begins = {"txt": b"page1", "json": b'{"schema"', "jsonl": b"{", "hocr": b"<?xml", "pdf": b"%PDF-"}
    assert data.startswith(begins[suffix])


def test_format_option_beats_the_suffix(run: Run, fake: FakeReader, scan: Path, tmp_path: Path) -> None:
    assert run("read", scan, "-q", "--format", "json", "-o", tmp_path / "a.txt")[0] == 0
    assert json.loads((tmp_path / "a.txt").read_text())["engine"]["recognizer"] == "crnn-fake"


def test_a_directory_takes_one_file_each(run: Run, fake: FakeReader, scan: Path, samples: Path, tmp_path: Path) -> None:
    code, out, _ = run("read", scan, samples / "receipt.jpg", "--format", "pdf", "-o", f"{tmp_path}/new/sub/")
    assert (code, out) == (0, "")
    assert leftovers(tmp_path / "new" / "sub") == ["receipt.pdf", "scan.pdf"]
    with pikepdf.open(tmp_path / "new" / "sub" / "scan.pdf") as pdf:
        assert len(pdf.pages) == 3


def test_names_that_clash(run: Run, fake: FakeReader, scan: Path, tmp_path: Path) -> None:
    code, _, err = run("read", scan, "other/scan.png", "-o", f"{tmp_path}/")
    assert code == 1
    assert "would both be written" in err
    assert leftovers(tmp_path) == []


def test_plan() -> None:
    assert plan(("a.pdf", "-"), None, None) == ([("a.pdf", None), ("-", None)], "txt")
    assert plan(("a.pdf",), "b.json", None) == ([("a.pdf", Path("b.json"))], "json")


def test_stdin(fake: FakeReader, run: Run, scan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with scan.open() as file:
        monkeypatch.setattr(sys, "stdin", file)
        assert run("read", "-q", "-") == (0, "page1\n\fpage2\n\fpage3\n", "")


def test_pdf_is_not_for_a_terminal(run: Run, fake: FakeReader, scan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda self: True, raising=False)
    code, out, err = run("read", scan, "--format", "pdf")
    assert (code, out) == (1, "")
    assert "-o out.pdf" in err


def test_progress_is_shown_on_a_terminal(
    run: Run, fake: FakeReader, scan: Path, samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(sys.stderr), "isatty", lambda self: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    code, out, err = run("read", scan, samples / "report.tif", "-o", f"{tmp_path}/")
    assert (code, out) == (0, "")
    assert "scan.pdf" in err and "3/3" in err and "1/1" in err
    assert run("read", scan, samples / "report.tif", "-q", "-o", f"{tmp_path}/") == (0, "", "")
