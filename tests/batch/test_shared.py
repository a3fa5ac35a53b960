"""Several processes on one store: every output is created once, whoever dies or is taken for dead."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from ocr.batch.groups import LEASES, Groups
from ocr.batch.inputs import listed
from ocr.batch.leases import Leases
from ocr.batch.places import Folder
from ocr.batch.pool import Pool
from ocr.batch.reader import staged
from ocr.batch.shared import Shared
from ocr.batch.task import Row, State, Task, Work
from ocr.cli.batch_run import _own_parts
from tests.batch.conftest import Batch, command, draw, environment, expected, outputs, texts

SHARED = ("--engine", "shared", "--lease", "4", "--group-size", "3")


class Clock:
    """Seconds that pass when the test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Reader:
    """Stands in for a pool: the output of a file is the name of the reader; ``before`` is called before each answer."""

    workers = 1

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder
        self.read: list[str] = []
        self.before: list[Any] = []

    def rows(self, tasks: Iterable[Task], **_: object) -> Iterator[tuple[Task, Row]]:
        for task in tasks:
            staged(self.folder, task, Work())[".txt"].write_text(self.name)
            self.read.append(task.name)
            if self.before:
                self.before.pop(0)()
            yield task, Row(State.DONE, 1, hash=task.hash, ended=time.time())


def worker(tmp_path: Path, name: str, clock: Clock) -> tuple[Shared, Reader]:
    """A process that works on the store ``out``, without the thread that keeps its leases alive."""
    place, parts = Folder(tmp_path / "out"), tmp_path / f"parts-{name}"
    parts.mkdir()
    reader = Reader(name, parts)
    leases = Leases(place, LEASES, 10, clock)
    shared = Shared(place, Groups(place), leases, cast("Pool", reader), Work(), parts)
    shared.prepare(lambda: listed([str(tmp_path / "in")]), 2)
    return shared, reader


@pytest.fixture
def two_pages(tmp_path: Path) -> None:
    draw(tmp_path / "in" / "a.png", "one")
    draw(tmp_path / "in" / "b.png", "two")


@pytest.mark.usefixtures("two_pages")
def test_a_worker_that_lost_its_lease_does_not_overwrite(tmp_path: Path) -> None:
    clock = Clock()
    first, slow = worker(tmp_path, "slow", clock)
    second, quick = worker(tmp_path, "quick", clock)

    def taken_over() -> None:
        assert second.leases.take(second.groups.names[0]) == 0, "it is not stale yet"
        clock.now += 11
        second.run()

    slow.before = [taken_over]
    first.run()
    assert {p.name: p.read_text() for p in (tmp_path / "out").glob("*.txt")} == {"a.txt": "quick", "b.txt": "quick"}
    assert slow.read[0] == "a" and quick.read == ["a", "b"]
    assert [row.state for _, row in first.groups.finished(first.groups.names[0])] == [State.DONE, State.DONE]


@pytest.mark.usefixtures("two_pages")
def test_what_a_dead_worker_finished_is_not_read_again(tmp_path: Path) -> None:
    clock = Clock()
    first, dead = worker(tmp_path, "dead", clock)
    second, heir = worker(tmp_path, "heir", clock)

    def die() -> None:
        raise KeyboardInterrupt

    dead.before = [lambda: None, die]
    with pytest.raises(KeyboardInterrupt):
        first.run()
    assert second.leases.take(second.groups.names[0]) == 0
    clock.now += 11
    second.run()
    assert {p.name: p.read_text() for p in (tmp_path / "out").glob("*.txt")} == {"a.txt": "dead", "b.txt": "heir"}
    assert heir.read == ["b"]


@pytest.mark.usefixtures("two_pages")
def test_both_write_at_the_same_moment(tmp_path: Path) -> None:
    """The lease is lost between the last look at it and the writing: who comes second accepts the first output."""
    clock = Clock()
    first, slow = worker(tmp_path, "slow", clock)
    second, _ = worker(tmp_path, "quick", clock)

    def race() -> None:
        second.leases.take(second.groups.names[0])
        clock.now += 11
        second.run()
        first.leases._fresh = dict.fromkeys(first.leases._fresh, clock.now)  # it believes that it holds the lease

    slow.before = [race]
    rows: list[Row] = []
    first.on_row = lambda task, row: rows.append(row)
    first.run()
    assert {p.read_text() for p in (tmp_path / "out").glob("*.txt")} == {"quick"}
    name = first.groups.names[0]
    assert len(first.groups.finished(name)) == 2
    assert all(row.state in (State.DONE, State.FAILED) for row in rows)


def test_two_processes_with_kills(words: dict[str, str], tmp_path: Path) -> None:
    out, moments = tmp_path / "out", random.Random(3)
    seen: dict[str, tuple[int, int]] = {}

    def look() -> None:
        for path in outputs(out):
            state = path.stat()
            mark = (state.st_ino, state.st_mtime_ns)
            assert seen.setdefault(path.name, mark) == mark, f"{path} was written twice"
            assert path.read_text(), f"{path} is empty"

    def started() -> subprocess.Popen[str]:
        return subprocess.Popen(
            command("in", "-o", "out", *SHARED, "-j", "1"),
            cwd=tmp_path,
            env=environment(),
            stderr=subprocess.PIPE,
            text=True,
        )

    processes = [started(), started()]
    kills, end = 4, time.monotonic() + 540
    kill_at = 1.0
    try:
        while any(process.poll() is None for process in processes):
            assert time.monotonic() < end
            time.sleep(0.05)
            look()
            if kills and len(seen) >= kill_at:
                time.sleep(moments.uniform(0, 1))
                victim = moments.randrange(2)
                processes[victim].kill()
                processes[victim].communicate()
                processes[victim] = started()
                kills -= 1
                kill_at = len(seen) + moments.randrange(1, 4)
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        errors = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], errors
    look()
    assert texts(out) == expected(words)
    marks = [path.read_text() for path in (out / ".ocr-batch" / "done").iterdir()]
    done = [json.loads(line) for mark in marks for line in mark.splitlines()]
    assert sorted(row["output"] for row in done) == sorted(name.removesuffix(".png") for name in words)
    assert {row["state"] for row in done} == {"done"}
    assert not list((out / ".ocr-batch" / "rows").rglob("*.json"))


def test_an_engine_does_not_touch_the_batch_of_another(batch: Batch, tmp_path: Path) -> None:
    draw(tmp_path / "in" / "a.png", "word")
    assert batch("in", "-o", "local").returncode == 0
    refused = batch("in", "-o", "local", *SHARED)
    assert refused.returncode == 1 and "--engine local --resume" in refused.stderr
    assert batch("in", "-o", "shared", *SHARED).returncode == 0
    refused = batch("in", "-o", "shared")
    assert refused.returncode == 1 and "--engine shared" in refused.stderr
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.txt").write_text("somebody's")
    refused = batch("in", "-o", "other", *SHARED)
    assert refused.returncode == 1 and "a.txt is there already" in refused.stderr
    assert (tmp_path / "other" / "a.txt").read_text() == "somebody's"


def test_failed_files_of_a_shared_batch_can_be_retried(batch: Batch, status: Batch, tmp_path: Path) -> None:
    draw(tmp_path / "in" / "a.png", "word")
    (tmp_path / "in" / "bad.pdf").write_text("no document")
    assert batch("in", "-o", "out", *SHARED).returncode == 5
    before = (tmp_path / "out" / "a.txt").stat().st_mtime_ns
    draw(tmp_path / "mended.png", "mended")
    (tmp_path / "mended.png").rename(tmp_path / "in" / "bad.pdf")
    done = batch("in", "-o", "out", *SHARED, "--retry-failed")
    assert done.returncode == 0, done.stderr
    assert texts(tmp_path / "out") == {"a.txt": "word\n", "bad.txt": "mended\n"}
    assert (tmp_path / "out" / "a.txt").stat().st_mtime_ns == before
    assert "2 of 2 files finished (2 done)" in status("out").stdout


def test_an_unreadable_store(batch: Batch, tmp_path: Path) -> None:
    draw(tmp_path / "in" / "a.png", "word")
    (tmp_path / "file").write_text("no directory")
    refused = batch("in", "-o", "file/out", *SHARED)
    assert refused.returncode == 4 and "file/out" in refused.stderr
    unknown = batch("in", "-o", "nosuch://bucket/out")
    assert unknown.returncode == 2 and "nosuch" in unknown.stderr


def test_a_damaged_list_is_named(batch: Batch, status: Batch, tmp_path: Path) -> None:
    home = tmp_path / "out" / ".ocr-batch"
    home.mkdir(parents=True)
    draw(tmp_path / "in" / "a.png", "word")
    for text in ("{", "[]", '{"version": 1}', '{"version": 1, "groups": 3, "files": 1, "work": {}}'):
        (home / "batch.json").write_text(text)
        for done in (batch("in", "-o", "out", *SHARED), status("out")):
            assert done.returncode == 2 and "batch.json: is damaged" in done.stderr, done.stderr
    (home / "batch.json").write_text('{"version": 2}')
    other = batch("in", "-o", "out", *SHARED)
    assert other.returncode == 1 and "a batch of version 2" in other.stderr


def test_only_parts_of_dead_processes_of_this_machine_are_removed(tmp_path: Path) -> None:
    host, dead = socket.gethostname(), 2**22 + 1  # beyond the greatest process number
    others = [f"parts-{host}-{dead}-77-a1b2c3d4", f"parts-{host}-strange", f"parts-{host}-{os.getpid()}-a1b2c3d4"]
    left = f"parts-{host}-{dead}-a1b2c3d4"
    for name in (*others, left):
        (tmp_path / ".ocr-batch" / name).mkdir(parents=True)
    with _own_parts(tmp_path) as mine:
        assert sorted(path.name for path in mine.parent.iterdir()) == sorted((*others, mine.name))
