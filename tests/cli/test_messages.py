"""What is said on stderr: details, JSON, names that a terminal must not see, and prints of libraries on stdout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ocr.cli.report import displayed
from ocr.cli.runner import kept_text
from ocr.document import Step, StepName
from tests.cli.conftest import Run
from tests.cli.fake import FakeReader

NOISY = """
import logging, os, sys, warnings
from contextlib import nullcontext
from ocr.cli import main
from ocr.cli.options import Reading
from tests.cli.fake import FakeReader
class Noisy(FakeReader):
    def pages(self, source):
        for page in super().pages(source):
            print("python noise")
            os.write(1, b"descriptor noise\\n")
            os.system("echo program noise")
            os.system("echo program noise on stderr >&2")
            print("python noise on stderr", file=sys.stderr)
            warnings.warn("a warning\\nin two lines")
            logging.getLogger("library").warning("a log")
            yield page
Reading.crew = lambda reading: nullcontext(Noisy())
main()
"""


def noisy(scan: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", NOISY, "read", str(scan), "--pages", "1", *arguments]
    root = Path(__file__).parent.parent.parent
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60, check=True)


def test_libraries_that_print_do_not_spoil_the_results(scan: Path) -> None:
    done = noisy(scan)
    assert done.stdout == "page1\n"
    assert all(f"{who} noise" in done.stderr for who in ("python", "descriptor", "program"))
    done = noisy(scan, "-q")
    assert (done.stdout, done.stderr) == ("page1\n", "program noise on stderr\npython noise on stderr\n")
    done = noisy(scan, "--json-log")
    assert done.stdout == "page1\n"
    assert [json.loads(line)["event"] for line in done.stderr.splitlines()] == ["warning", "page", "file", "exit"]
    done = noisy(scan, "-v")
    assert "ocr: library: a log\n" in done.stderr
    assert sum("a warning in two lines" in line for line in done.stderr.splitlines()) == 1


def test_messages_as_json(run: Run, fake: FakeReader, scan: Path, tmp_path: Path) -> None:
    fake.bad = (2,)
    code, _, err = run("read", scan, tmp_path / "none.pdf", "--json-log", "-o", f"{tmp_path}/out/")
    events = [json.loads(line) for line in err.splitlines()]
    assert code == 5
    assert [event["event"] for event in events].count("page") == 3
    page = next(event for event in events if event["event"] == "page")
    assert (page["file"], page["page"], page["pages"], page["lines"]) == (str(scan), 1, 3, 1)
    assert [event["file"] for event in events if event["event"] == "error"] == [str(scan), f"{tmp_path}/none.pdf"]
    files = [event for event in events if event["event"] == "file"]
    assert [(event["exit"], event.get("failed")) for event in files] == [(5, 1), (2, None)]
    assert [event["event"] for event in events[-2:]] == ["total", "exit"]
    assert events[-1]["exit"] == 5


def test_bad_arguments_as_json(run: Run, scan: Path) -> None:
    code, _, err = run("read", scan, "--lang", "tlh", "--json-log")
    error, exit = map(json.loads, err.splitlines())
    assert (code, error["event"], exit) == (1, "error", {"event": "exit", "exit": 1})
    assert "tlh" in error["error"]


def test_an_unknown_option_as_json(run: Run, scan: Path) -> None:
    error, exit = map(json.loads, run("read", scan, "--lnag", "--json-log")[2].splitlines())
    assert "--lnag" in error["error"] and exit["exit"] == 1


def test_details_of_each_page(run: Run, fake: FakeReader, scan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = FakeReader.pages

    def pages(self: FakeReader, source):  # type: ignore[no-untyped-def]
        from dataclasses import replace

        for page in whole(self, source):
            steps = (Step(StepName.FALLBACK, {"lines": 4}), Step(StepName.TIME, {"detect": 0.5, "recognise": 0.25}))
            yield replace(page, steps=steps, seconds=0.75)

    monkeypatch.setattr(FakeReader, "pages", pages)
    err = run("read", scan, "-v", "--pages", "2")[2]
    assert "models detect-fake and crnn-fake" in err
    assert f"ocr: {scan}: page 2: 1 lines in 0.75 s" in err
    assert "detect 0.50, recognise 0.25" in err
    assert "Tesseract read 4 doubtful lines again, 0 of its readings were kept" in err


def test_more_and_less_contradict_each_other(run: Run, scan: Path) -> None:
    code, _, err = run("read", scan, "-q", "-v")
    assert code == 1 and "-q" in err and "-v" in err


@pytest.mark.parametrize(
    ("name", "shown"), [(b"a\xff.pdf", "a\ufffd.pdf"), (b"\x1b[31mred\r.pdf", "\\x1b[31mred\\x0d.pdf")]
)
def test_names_that_a_terminal_must_not_see(run: Run, name: bytes, shown: str, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(name)
    assert displayed(path.name) == shown
    code, _, err = run("read", path)
    assert code == 2
    assert err.startswith(f"ocr: {tmp_path}/{shown}: there is no such file")
    code, _, err = run("read", path, "--json-log")
    assert json.loads(err.splitlines()[0])["file"].startswith(str(tmp_path))
    assert "\udcff" not in json.loads(err.splitlines()[0])["file"]


def test_a_mode_that_was_given_is_not_advised() -> None:
    assert "--mode redo replaces invisible text, --mode force all text" in kept_text("a.pdf", (1, 2), "skip")
    assert kept_text("a.pdf", (1,), "redo").endswith("which is kept; --mode force replaces it")
