"""The command line as a process: interrupted, and with its output closed early."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.fake import leftovers

SLOW = """
import sys, time
from contextlib import nullcontext
from ocr.cli import main
from ocr.cli.options import Reading
from tests.cli.fake import FakeReader
class Slow(FakeReader):
    def pages(self, source):
        for page in super().pages(source):
            yield page
            print("read", file=sys.stderr, flush=True)
            time.sleep(0.1 if len(sys.argv) < 5 or source.page_count == 1 else 60)
Reading.crew = lambda reading: nullcontext(Slow())
main()
"""


@pytest.fixture(autouse=True)
def none_ignored() -> Iterator[None]:
    """Child processes do not inherit signals that are ignored here, as they are under nohup and in background jobs."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    ignored = [number for number in numbers if signal.getsignal(number) is signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, signal.SIG_DFL)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


def test_interrupt_leaves_nothing_behind(scan: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.txt"
    command = [sys.executable, "-c", SLOW, "read", str(scan), "-q", "-o", str(out)]
    root = Path(__file__).parent.parent.parent
    with subprocess.Popen(command, stderr=subprocess.PIPE, cwd=root, text=True) as process:
        assert process.stderr
        assert process.stderr.readline() == "read\n"
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        assert "interrupted" in process.stderr.read()
    assert leftovers(tmp_path) == []


def test_interrupt_keeps_files_that_are_done(scan: Path, samples: Path, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-c",
        SLOW,
        "read",
        str(samples / "report.tif"),
        str(scan),
        "--json-log",
        "-o",
        f"{tmp_path}/",
    ]
    root = Path(__file__).parent.parent.parent
    with subprocess.Popen(command, stderr=subprocess.PIPE, cwd=root, text=True) as process:
        assert process.stderr
        events: list[dict[str, object]] = []
        while [event["event"] for event in events].count("page") < 2:
            line = process.stderr.readline()
            events += [json.loads(line)] if line[0] == "{" else []
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read().splitlines()
        assert process.wait(20) == 130
    events = [json.loads(line) for line in rest if line[:1] == "{"]
    assert [event["event"] for event in events[-3:]] == ["total", "error", "exit"]
    assert (events[-2]["error"], events[-1]["exit"]) == ("interrupted", 130)
    assert leftovers(tmp_path) == ["report.txt"]
    assert (tmp_path / "report.txt").read_text() == "page1\n"


def test_interrupt_keeps_what_was_printed(scan: Path) -> None:
    command = [sys.executable, "-c", SLOW, "read", str(scan), "-q", "--lang", "en"]
    root = Path(__file__).parent.parent.parent
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=root, text=True) as process:
        assert process.stderr and process.stdout
        assert process.stderr.readline() == "read\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        assert process.stdout.read().strip() == "page1"


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP])
def test_a_process_that_is_ended_leaves_nothing_behind(scan: Path, tmp_path: Path, ending: signal.Signals) -> None:
    out = tmp_path / "out.txt"
    command = [sys.executable, "-c", SLOW, "read", str(scan), "-q", "-o", str(out)]
    root = Path(__file__).parent.parent.parent
    with subprocess.Popen(command, stderr=subprocess.PIPE, cwd=root, text=True) as process:
        assert process.stderr
        assert process.stderr.readline() == "read\n"
        assert len(leftovers(tmp_path)) == 1
        process.send_signal(ending)
        assert process.wait(20) == -ending
        assert process.stderr.read() == ""
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize(
    ("ending", "code", "said"), [(signal.SIGINT, 130, "ocr: interrupted\n"), (signal.SIGTERM, -15, "")]
)
def test_a_signal_that_an_import_turns_into_an_error(ending: signal.Signals, code: int, said: str) -> None:
    program = f"""
import os
from ocr.cli import group, main
from ocr.errors import DependencyError
def broken(**settings):
    try:
        os.kill(os.getpid(), {int(ending)})
    except BaseException as error:
        raise DependencyError("onnxruntime is not installed") from error
group.cli.main = broken
main()
"""
    root = Path(__file__).parent.parent.parent
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.lstrip("\n")) == (code, said)


@pytest.mark.parametrize(
    "swallowing",
    [
        "weakref.ref(Thing(), lambda _: send())",
        "contextlib.suppress(BaseException).__exit__(*caught())",
        "import_without()",
    ],
)
@pytest.mark.parametrize(
    ("ending", "code", "said"), [(signal.SIGINT, 130, "ocr: interrupted\n"), (signal.SIGTERM, -15, "")]
)
def test_a_signal_that_is_swallowed_comes_again(swallowing: str, ending: signal.Signals, code: int, said: str) -> None:
    program = f"""
import contextlib, os, sys, time, weakref
from ocr.cli import group, main
class Thing: pass
def send(): os.kill(os.getpid(), {int(ending)}); return [0 for _ in range(9)]
def caught():
    try:
        send()
    except BaseException:
        return sys.exc_info()
def import_without():
    try:
        try:
            send()
        except BaseException as error:
            raise ImportError("numpy") from error
    except ImportError:
        pass
def command(**settings):
    try:
        {swallowing}
        time.sleep(60)
        print("went on")
    finally:
        print("removed what was begun")
group.cli.main = command
main()
"""
    root = Path(__file__).parent.parent.parent
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.lstrip("\n")) == (code, said)
    assert code != 130 or done.stdout == "removed what was begun\n"


def test_an_interrupt_in_a_string_that_is_run_is_an_exit_code_too(tmp_path: Path) -> None:
    (tmp_path / "interrupted.py").write_text("""
import os, signal
from ocr.__main__ import main
from ocr.cli import group
group.cli.main = lambda **settings: exec("os.kill(os.getpid(), signal.SIGINT); [0 for _ in range(9)]")
main()
""")
    command = [sys.executable, "-m", "interrupted"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.lstrip("\n")) == (130, "ocr: interrupted\n")


def test_output_closed_early(scan: Path) -> None:
    command = [sys.executable, "-c", SLOW, "read", str(scan)]
    root = Path(__file__).parent.parent.parent
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=root) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.wait(20) == 0
        err = process.stderr.read().decode()
    assert "Traceback" not in err
    assert "Broken" not in err


@pytest.mark.parametrize("module", ["signal", "ocr.cli.report"])
def test_an_interrupt_while_the_command_line_is_loaded_ends_it_without_a_word(module: str) -> None:
    program = f"""
import os, sys
sys.path[:] = {sys.path!r}
class Interrupt:
    def find_spec(self, name, path, target=None):
        if name == "{module}":
            os.kill(os.getpid(), {int(signal.SIGINT)})
sys.meta_path.insert(0, Interrupt())
from ocr.__main__ import main
main()
"""
    root = Path(__file__).parent.parent.parent
    command = [sys.executable, "-S", "-c", program, "--version"]
    done = subprocess.run(command, capture_output=True, cwd=root, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_the_program_is_the_one_that_ends_in_order() -> None:
    root = Path(__file__).parent.parent.parent
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["project"]["scripts"] == {"ocr": "ocr.__main__:main"}


def test_cycles_are_seldom_looked_for_and_not_at_the_end() -> None:
    program = (
        "import gc, sys\nfrom ocr.__main__ import main\nbefore = gc.get_threshold()[0]\ntry:\n    main()\n"
        "except SystemExit:\n    sys.exit(0 if gc.get_freeze_count() and gc.get_threshold()[0] > before else 1)"
    )
    subprocess.run([sys.executable, "-c", program, "--version"], check=True, capture_output=True)
