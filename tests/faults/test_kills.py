"""Killed in the middle of a run: nothing half-written under the target's name, nothing running, nothing left over."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from ocr.output import SETTLED, replacing
from ocr.workers import possible
from tests.cli.fake import leftovers
from tests.cli.test_signals import none_ignored

pytestmark = pytest.mark.skipif(not possible(), reason="no worker can be started on this system")

ROOT = Path(__file__).parent.parent.parent
__all__ = ["none_ignored"]


def started(*arguments: str | Path, temporary: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "ocr.cli", "read", "-j", "2", *map(str, arguments)]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)


def workers_of(pid: int) -> list[int]:
    """The processes that a process has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in children.read_text().split()] if children.exists() else []


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def gone(pid: int) -> bool:
    try:
        if b"ocr.workers" not in Path(f"/proc/{pid}/cmdline").read_bytes():
            return True  # a zombie has none, and another process may have got the number by now
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.fixture
def long_scan(samples: Path, tmp_path: Path) -> Path:
    """Twelve scanned pages."""
    path = tmp_path / "long.pdf"
    with pikepdf.open(samples / "scan.pdf") as pdf:
        for _ in range(3):
            pdf.pages.extend([pdf.pages[0], pdf.pages[1], pdf.pages[2]])
        pdf.save(path)
    return path


@pytest.mark.parametrize(
    ("ending", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM), (signal.SIGHUP, -signal.SIGHUP)]
)
def test_a_signal_ends_the_workers_too(long_scan: Path, tmp_path: Path, ending: signal.Signals, code: int) -> None:
    target, temporary = tmp_path / "out" / "long.pdf", tmp_path / "tmp"
    target.parent.mkdir()
    temporary.mkdir()
    with started(long_scan, "-o", target, temporary=temporary) as process:
        until(lambda: len(workers_of(process.pid)) == 2 and leftovers(target.parent))
        workers = workers_of(process.pid)
        process.send_signal(ending)
        assert process.wait(120) == code
    assert all(map(gone, workers))
    assert leftovers(target.parent) == [] and leftovers(temporary) == []


def test_killed_at_random_moments(samples: Path, tmp_path: Path) -> None:
    target, temporary = tmp_path / "out" / "scan.pdf", tmp_path / "tmp"
    target.parent.mkdir()
    temporary.mkdir()
    target.write_bytes(b"the earlier one")
    moments = random.Random(7)
    workers: list[int] = []
    for _ in range(8):
        with started(samples / "scan.pdf", "-o", target, temporary=temporary) as process:
            end = time.monotonic() + moments.uniform(0.1, 2.5)
            while time.monotonic() < end and process.poll() is None:
                workers += workers_of(process.pid)
                time.sleep(0.02)
            process.kill()
        data = target.read_bytes()
        assert data == b"the earlier one" or (data.startswith(b"%PDF") and data.rstrip().endswith(b"%%EOF"))
    until(lambda: all(map(gone, workers)))
    until(lambda: not leftovers(temporary))
    for part in target.parent.glob(".*.part"):
        os.utime(part, (0, 0))
    with started(samples / "scan.pdf", "-o", target, temporary=temporary) as process:
        assert process.wait(120) == 0
    assert leftovers(target.parent) == ["scan.pdf"]


def test_a_whitened_copy_does_not_stay_in_the_folder_for_temporary_files(long_scan: Path, tmp_path: Path) -> None:
    target, temporary = tmp_path / "out" / "long.pdf", tmp_path / "tmp"
    target.parent.mkdir()
    temporary.mkdir()
    with started(long_scan, "--clean", "-o", target, temporary=temporary) as process:
        until(lambda: list(temporary.rglob("whitened.pdf")))
        process.kill()
    until(lambda: not leftovers(temporary))


def test_only_abandoned_parts_of_the_same_target_are_removed(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    abandoned, young, other = (
        tmp_path / f".{name}.part" for name in ("a.txt.0123abcd", "a.txt.99999999", "b.txt.0123abcd")
    )
    for path in (abandoned, young, other):
        path.write_bytes(b"half")
    for path in (abandoned, other):
        os.utime(path, (time.time() - SETTLED - 1,) * 2)
    with replacing(target) as file:
        [held] = (path for path in tmp_path.glob(".a.txt.*.part") if path != young)
        os.utime(held, (0, 0))
        with replacing(target) as second:  # another run to the same target
            assert held.exists()
            second.write(b"second")
        file.write(b"first")
    assert target.read_bytes() == b"first"
    assert leftovers(tmp_path) == sorted([young.name, other.name, "a.txt"])


def test_a_full_disk_leaves_the_earlier_output(samples: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.pdf"
    target.write_bytes(b"the earlier one")
    line = f'ulimit -f 8; trap "" XFSZ; exec "{sys.executable}" -m ocr.cli read "$1" -o "$2"'
    done = subprocess.run(
        ["bash", "-c", line, "bash", samples / "scan.pdf", target],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "cannot be written" in done.stderr) == (4, True)
    assert target.read_bytes() == b"the earlier one" and leftovers(tmp_path) == ["out.pdf"]


def test_a_worker_killed_in_mid_run_costs_no_page(long_scan: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    with started(long_scan, "-o", target, "--no-fallback", temporary=temporary) as process:
        until(lambda: len(workers_of(process.pid)) == 2)
        time.sleep(1)
        for worker in workers_of(process.pid)[:1]:
            os.kill(worker, signal.SIGKILL)
        assert process.wait(300) == 0
    assert target.read_text().count("\f") == 11
