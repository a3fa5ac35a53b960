"""``ocr read``: where output goes, and in which format."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pikepdf
import pytest

from ocr.cli.plan import Planned, chosen_formats, plan
from ocr.folders import Found
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


def test_plan() -> None:
    files = [Found.file("a.pdf"), Found.file("-")]
    assert plan(files, None) == [Planned("a.pdf", (("txt", None),)), Planned("-", (("txt", None),))]
    assert plan(files[:1], "b.json") == [Planned("a.pdf", (("json", Path("b.json")),))]


@pytest.mark.parametrize(
    ("names", "written"),
    [
        (("a.pdf", "b.pdf"), ("a", "b")),
        (("page.png", "page.jpg", "other.png"), ("page.png", "page.jpg", "other")),
        (("a.pdf", "x/a.pdf", "y/a.pdf"), ("a", "a-2", "a-3")),
        (("a.pdf", "x/a.pdf", "a-2.pdf"), ("a", "a-3", "a-2")),
        (("a.pdf", "x/a.pdf", "a.png"), ("a.pdf", "a.pdf-2", "a.png")),
        (("A.pdf", "x/a.pdf"), ("A", "a-2")),
        (("a.pdf", "./a.pdf", "x/../a.pdf"), ("a",)),
        (("stdin.pdf", "-"), ("stdin.pdf", "stdin")),
        ((".hidden", "scan."), (".hidden", "scan.")),
    ],
)
def test_inputs_of_one_name_get_different_outputs(
    names: tuple[str, ...], written: tuple[str, ...], tmp_path: Path
) -> None:
    planned = plan([Found.file(name) for name in names], f"{tmp_path}/")
    assert [item.outputs[0][1] for item in planned] == [tmp_path / f"{name}.txt" for name in written]


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


@pytest.mark.parametrize(
    ("output", "formats", "suffix_first", "chosen"),
    [
        (None, (), False, ("txt",)),
        ("-", ("json",), True, ("json",)),
        ("a.pdf", (), False, ("pdf",)),
        ("a.pdf", ("json",), False, ("json",)),
        ("a.pdf", ("json",), True, ("pdf",)),
        ("a.alto.xml", ("json",), True, ("alto",)),
        ("a.unknown", ("json",), True, ("json",)),
        ("out/", ("pdf", "txt", "pdf"), True, ("pdf", "txt")),
    ],
)
def test_formats(output: str | None, formats: tuple[str, ...], suffix_first: bool, chosen: tuple[str, ...]) -> None:
    assert chosen_formats(output, formats, suffix_first=suffix_first) == chosen
