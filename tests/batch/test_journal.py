"""Journals that are no batch yet or that others hold, and arguments with which none is begun."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from ocr.errors import OutputError
from tests.batch.conftest import Batch, command, environment

JOURNAL = ".ocr-batch.sqlite"


def test_a_journal_without_files_is_no_batch(
    batch: Batch, status: Batch, words: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "bad.jsonl").write_text('{"path": 1}\n')
    assert batch("--manifest", "bad.jsonl", "-o", "out").returncode == 1
    assert "there is no journal" in status("out").stderr
    name = next(iter(words))
    assert batch(f"in/{name}", "-o", "out", "--format", "tsv").returncode == 0  # other settings, and no --resume
    assert batch(f"in/{name}", "-o", "out", "--format", "tsv").returncode == 1
    (tmp_path / "early").mkdir()
    (tmp_path / "early" / JOURNAL).touch()  # as after a kill before the first table
    assert batch(f"in/{name}", "-o", "early").returncode == 0


def test_a_locked_journal(tmp_path: Path) -> None:
    from ocr.batch import database

    path = tmp_path / "journal.sqlite"
    holder = database.connected(path)
    holder.execute("CREATE TABLE t (x)")
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(OutputError, match="another program keeps the journal locked"), database.reported(path):
        sqlite3.connect(path, timeout=0).execute("SELECT 1 FROM t")
    holder.close()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("in", "-o", ""), "an argument is empty"),
        (("", "-o", "out"), "an argument is empty"),
        (("in", "-o", "out", "--engine", "shared", "--lease", "nan"), "nan is not a finite number"),
        (("in", "-o", "out", "--engine", "shared", "--lease", "inf"), "is not in the range"),
        (("in", "-o", "out", "-j", "1000000", "--memory", "0"), "must be 1024 or fewer"),
    ],
)
def test_arguments_that_cannot_be_meant(batch: Batch, arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = batch(*arguments)
    assert done.returncode == 1
    assert said in done.stderr
    assert not (tmp_path / "out").exists()


def test_the_usage_of_status(status: Batch) -> None:
    assert "Usage: ocr batch status [OPTIONS] OUT" in status("--help").stdout


def test_an_interrupted_batch_says_how_to_go_on(batch: Batch, words: dict[str, str], tmp_path: Path) -> None:
    line = command("in", "-o", "out", "--watch")
    process = subprocess.Popen(line, cwd=tmp_path, env=environment(), stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while len(list((tmp_path / "out").glob("**/*.txt"))) < len(words) and time.monotonic() < deadline:
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert "go on where this ended: ocr batch" in said and said.rstrip().endswith("interrupted")
    assert "in -o out --watch --resume" in said
