"""The side of the worker process."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ocr.workers import possible
from ocr.workers.child import send
from ocr.workers.process import PROGRAM

pytestmark = pytest.mark.skipif(not possible(), reason="no worker can be started on this system")


def test_a_worker_without_anybody_to_answer_removes_its_folder_before_it_ends(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "file").write_text("left")
    requests_in, requests_out = os.pipe()
    replies_in, replies_out = os.pipe()
    settings = json.dumps([requests_in, replies_out, 0, str(folder)])
    command = [sys.executable, "-c", PROGRAM, json.dumps(sys.path), settings]
    with subprocess.Popen(command, pass_fds=(requests_in, replies_out), process_group=0) as process:
        for descriptor in (requests_in, replies_out, replies_in):
            os.close(descriptor)
        with os.fdopen(requests_out, "wb") as requests:
            send(requests, pickle.dumps((abs, (-1,))))
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(1)
        assert process.wait(60) == -signal.SIGKILL
    assert not folder.exists()
