"""Small pages to read in batches, and the command line in a process of its own."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

ROOT = Path(__file__).parent.parent.parent
WORDS = "archive bishop cellar donkey engine forest garden harbour island jungle kitchen lantern meadow needle".split()

Batch = Callable[..., "subprocess.CompletedProcess[str]"]


def draw(path: Path, word: str) -> None:
    """A small page with one word on it."""
    page = np.full((90, 420), 255, np.uint8)
    cv2.putText(page, word, (20, 60), cv2.FONT_HERSHEY_DUPLEX, 1.6, 0, 2, cv2.LINE_AA)
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), page)


@pytest.fixture
def words(tmp_path: Path) -> dict[str, str]:
    """Path of a page below ``in`` -> its word, for twelve pages in three folders."""
    pages = {f"{'abc'[n % 3]}/p{n}.png": word for n, word in enumerate(WORDS[:12])}
    for name, word in pages.items():
        draw(tmp_path / "in" / name, word)
    return pages


def command(*arguments: str | Path) -> list[str]:
    """The command line of ``ocr batch``, with two workers and without Tesseract."""
    return [sys.executable, "-m", "ocr.cli", "batch", "-j", "2", "--no-fallback", *map(str, arguments)]


def environment(**more: str) -> dict[str, str]:
    """Of a process that runs the command line."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **more}


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    """``batch("in", "-o", "out")`` in the temporary folder."""

    def run(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(*arguments),
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            **options,
        )

    return run


@pytest.fixture
def status(tmp_path: Path) -> Batch:
    """``status("out", "--json")`` in the temporary folder."""

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "ocr.cli", "batch", "status", *map(str, arguments)]
        return subprocess.run(
            line, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False, timeout=300
        )

    return run


def texts(folder: Path) -> dict[str, str]:
    """Name -> text of every output below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_text() for path in outputs(folder)}


def outputs(folder: Path) -> list[Path]:
    """The text files below a folder, without those that have no name yet."""
    return sorted(path for path in folder.rglob("*.txt") if not path.relative_to(folder).parts[0].startswith("."))


def expected(words: dict[str, str]) -> dict[str, str]:
    """What :func:`texts` should find."""
    return {name.replace(".png", ".txt"): f"{word}\n" for name, word in sorted(words.items())}


def rows(journal: Path) -> dict[str, tuple[Any, ...]]:
    """Path -> state and end of every file of a journal."""
    db = sqlite3.connect(journal)
    try:
        found = db.execute("SELECT path, state, ended, seconds FROM files").fetchall()
    finally:
        db.close()
    return {os.fsdecode(path): (state, ended, seconds) for path, state, ended, seconds in found}


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The environment of programs that use the store; there is a bucket ``bucket``."""
    server = pytest.importorskip("moto.server", reason="moto is not installed: pip install 'moto[server]'")
    pytest.importorskip("s3fs", reason="s3fs is not installed: pip install 'ocr[batch]'")
    import fsspec

    running = server.ThreadedMotoServer(port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    settings = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    fsspec.filesystem("s3", skip_instance_cache=True).mkdir("bucket")
    try:
        yield settings
    finally:
        fsspec.filesystem("s3", skip_instance_cache=True).rm("bucket", recursive=True)  # moto keeps it otherwise
        fsspec.get_filesystem_class("s3").clear_instance_cache()
        running.stop()


def objects() -> dict[str, str]:
    """Name -> text of every output in the bucket."""
    import fsspec

    fs = fsspec.filesystem("s3", skip_instance_cache=True)
    names = [name for name in fs.find("bucket/out") if not name.startswith("bucket/out/.")]
    return {name.removeprefix("bucket/out/"): fs.cat(name).decode() for name in names}
