"""A real object server on this machine (moto's), through fsspec: inputs and outputs in S3, inputs over HTTP."""

from __future__ import annotations

import functools
import http.server
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from ocr.batch.places import Remote
from tests.batch.conftest import command, draw, environment, expected, objects

pytest.importorskip("s3fs", reason="s3fs is not installed: pip install 'ocr[batch]'")
pytest.importorskip("moto.server", reason="moto is not installed: pip install 'moto[server]'")
pytestmark = pytest.mark.filterwarnings("default")


def run(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False, timeout=600
    )


def test_an_object_is_created_once(store: dict[str, str], tmp_path: Path) -> None:
    place = Remote("s3://bucket/out")
    assert place.create("x/lease.1", b"first") and not place.create("x/lease.1", b"second")
    assert place.read("x/lease.1") == b"first"
    before = place.listed("x")["lease.1"]
    place.write("x/lease.1", b"beat!")
    assert place.listed("x")["lease.1"] != before
    (tmp_path / "a").write_text("mine")
    with pytest.raises(FileExistsError):
        place.publish(tmp_path / "a", "x/lease.1", new=True)
    assert (tmp_path / "a").exists() and place.read("x/lease.1") == b"beat!"
    place.publish(tmp_path / "a", "b.txt", new=True)
    assert place.exists("b.txt") and list(place.below()) == ["b.txt", "x/lease.1"]
    place.remove("b.txt")
    assert not place.exists("b.txt") and not place.listed("nothing")


def test_two_processes_share_a_bucket(store: dict[str, str], words: dict[str, str], tmp_path: Path) -> None:
    import fsspec

    fsspec.filesystem("s3", skip_instance_cache=True).put(f"{tmp_path}/in", "bucket/scans", recursive=True)
    line = command("s3://bucket/scans", "-o", "s3://bucket/out", "--lease", "5", "--group-size", "3", "-j", "1")
    processes = [
        subprocess.Popen(line, cwd=tmp_path, env=environment(), stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    errors = [process.communicate(timeout=600)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], errors
    assert objects() == expected(words)
    told = run(tmp_path, sys.executable, "-m", "ocr.cli", "batch", "status", "s3://bucket/out", "--json")
    assert json.loads(told.stdout)["files"]["done"] == len(words), told.stderr


def test_inputs_over_http_and_a_journal_here(store: dict[str, str], tmp_path: Path) -> None:
    draw(tmp_path / "web" / "scans" / "a.png", "garden")
    handler = functools.partial(_Quiet, directory=str(tmp_path / "web"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{web.server_address[1]}/scans"
        arguments = (f"{base}/a.png", f"{base}/gone.png", "-o", "s3://bucket/out", "--journal", "batch.sqlite")
        done = run(tmp_path, *command(*arguments))
        web.shutdown()
    assert done.returncode == 5, done.stderr
    assert f"{base}/gone.png: cannot be fetched" in done.stderr
    assert list(objects().values()) == ["garden\n"]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""
