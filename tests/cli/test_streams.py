"""Standard streams that are closed, full or empty, and outputs that would destroy an input."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import Run
from tests.cli.fake import FakeReader

ROOT = Path(__file__).parent.parent.parent
FAKE = """
from contextlib import nullcontext
from ocr.cli import main
from ocr.cli.options import Reading
from tests.cli.fake import FakeReader
Reading.crew = lambda reading: nullcontext(FakeReader())
main()
"""


def shell(line: str, *arguments: str | Path) -> tuple[int, str]:
    """Exit code and stderr of a shell line, in which "$@" is the command with a stand-in for the reader."""
    command = ["sh", "-c", line, "sh", sys.executable, "-c", FAKE, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    return done.returncode, done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("command", [("read", "-q", "samples/scan.pdf"), ("doctor",), ("--help",)])
@pytest.mark.parametrize("redirection", [">/dev/full", ">&-"])
def test_stdout_that_cannot_be_written(redirection: str, command: tuple[str, ...]) -> None:
    code, err = shell(f'"$@" {redirection}', *command)
    assert code == 4
    assert err.startswith("ocr: standard output: cannot be written")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("command", [("read", "-q", "samples/scan.pdf"), ("doctor",), ("--help",)])
def test_a_pipe_that_nobody_reads(command: tuple[str, ...], tmp_path: Path) -> None:
    line = f'{{ sleep 0.5; "$@"; echo $? >"{tmp_path}/code"; }} | true'
    assert shell(line, *command) == (0, "")
    assert (tmp_path / "code").read_text() == "0\n"


def test_a_file_is_written_with_all_streams_closed(scan: Path, tmp_path: Path) -> None:
    assert shell('"$@" <&- >&- 2>&-', "read", scan.absolute(), "-o", tmp_path / "out.txt") == (0, "")
    assert (tmp_path / "out.txt").read_text().split() == ["page1", "page2", "page3"]


@pytest.mark.parametrize(
    ("name", "messages"),
    [
        ("/dev/stdout", "-q"),
        ("/dev/stdout", "--json-log"),
        ("/dev/fd/1", "-v"),
        ("/proc/self/fd/1", "-v"),
        ("link", "-v"),
    ],
)
def test_an_output_that_is_a_standard_stream(name: str, messages: str, scan: Path, tmp_path: Path) -> None:
    """What is in the file already, and the messages in another one, stay."""
    out, log = tmp_path / "out.txt", tmp_path / "log"
    (tmp_path / "link").symlink_to("/dev/stdout")
    line = f'echo before >"{out}"; echo before >"{log}"; cd "{tmp_path}"; PYTHONPATH={ROOT} "$@" >>"{out}" 2>>"{log}"'
    code, _ = shell(line, "read", scan.absolute(), "--format", "txt", "-o", name, messages)
    assert code == 0
    assert out.read_text().split() == ["before", "page1", "page2", "page3"]
    assert log.read_text().startswith("before")
    assert "page1" not in log.read_text()


@pytest.mark.parametrize(("redirection", "fault"), [("<&-", "closed"), ("</dev/null", "empty")])
def test_stdin_without_a_file(redirection: str, fault: str) -> None:
    code, err = shell(f'"$@" {redirection}', "read", "-")
    assert code == 2
    assert fault in err
    assert err.startswith("ocr: -: standard input")
    assert "Traceback" not in err


@pytest.mark.parametrize("verb", [("scan",), ("enhance", "--operator", "whiten")])
def test_a_picture_is_not_replaced_by_its_result(
    run: Run, samples: Path, tmp_path: Path, verb: tuple[str, ...]
) -> None:
    photo, link = tmp_path / "photo.jpg", tmp_path / "link.jpg"
    shutil.copy(samples / "photo.jpg", photo)
    link.symlink_to(photo)
    for out in (photo, link):
        code, _, err = run(*verb, photo, "-o", out)
        assert code == 1
        assert "would replace the input" in err
    assert photo.read_bytes() == (samples / "photo.jpg").read_bytes()


def test_a_terminal_without_the_characters(tmp_path: Path) -> None:
    program = "import sys; from ocr.cli.streams import *; guard_streams(); echo('张三'); finish_stdout()"
    command = ["env", "PYTHONIOENCODING=ascii", sys.executable, "-c", program]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout == b"\\u5f20\\u4e09\n"


def test_names_that_are_empty(run: Run, fake: FakeReader, scan: Path) -> None:
    assert run("read", "")[0] == 1
    code, out, err = run("read", scan, "-o", "")
    assert (code, out) == (1, "")
    assert "empty" in err


def test_a_command_in_a_message_can_be_run(
    run: Run, fake: FakeReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.fromarray(np.full((90, 90), 255, np.uint8)).save("-a b.png")
    assert "ocr read './-a b.png'" in run("mrz", "./-a b.png")[2]
    assert "mkdir -p 'no such'" in run("read", "./-a b.png", "-o", "no such/out.txt")[2]
