"""Passwords from a file, the environment and a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import termios
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.cli.conftest import Run
from tests.cli.fake import FakeReader
from tests.cli.test_streams import FAKE, ROOT
from tests.conftest import PdfMaker, encrypted


@pytest.fixture
def locked(tmp_path: Path, make_pdf: PdfMaker, letters: NDArray[np.uint8]) -> Path:
    """A PDF whose password is sésame."""
    path = tmp_path / "locked.pdf"
    path.write_bytes(encrypted(make_pdf(letters), "sésame"))
    return path


def test_a_password_in_a_file(run: Run, fake: FakeReader, locked: Path, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("sésame\r\nsecond line\n", encoding="utf-8")
    assert run("read", locked, "-q", "--password-file", file) == (0, "page1\n", "")
    file.write_text("guess\n")
    assert run("read", locked, "-q", "--password-file", file)[0] == 8
    for wrong in (b"", b"\n", b"\xff\n"):
        file.write_bytes(wrong)
        code, _, err = run("read", locked, "--password-file", file)
        assert code == 1 and str(file) in err
    assert run("read", locked, "--password-file", tmp_path / "none")[0] == 1


def test_a_password_in_the_environment(
    run: Run, fake: FakeReader, locked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OCR_PASSWORD", "sésame")
    assert run("read", locked, "-q")[0] == 0
    assert run("read", locked, "-q", "--password", "guess")[0] == 8


def test_one_password_only(run: Run, locked: Path, tmp_path: Path) -> None:
    code, _, err = run("read", locked, "--password", "a", "--password-file", tmp_path / "b")
    assert code == 1 and "--password and --password-file" in err


@pytest.mark.parametrize(("typed", "code"), [("sésame\n", 0), ("guess\n", 8), ("\x03", 130)])
def test_a_password_is_asked_for_and_not_shown(locked: Path, typed: str, code: int) -> None:
    own_terminal = "import fcntl, os, signal, termios\nos.setsid()\nfcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
    heard = "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # whatever the test run ignores
    program = own_terminal + heard + FAKE
    parent, child = pty.openpty()
    command = [sys.executable, "-c", program, "read", "-q", str(locked), "--password-prompt"]
    with subprocess.Popen(command, cwd=ROOT, stdin=child, stdout=subprocess.PIPE, stderr=child) as process:
        os.close(child)
        shown = b""
        while b"Password" not in shown:
            shown += os.read(parent, 100)
        while termios.tcgetattr(parent)[3] & termios.ECHO:  # what is typed before that is flushed
            time.sleep(0.02)
        os.write(parent, typed.encode())
        assert process.stdout is not None
        out = process.stdout.read()
        assert process.wait(30) == code
    os.close(parent)
    assert out == (b"page1\n" if code == 0 else b"")
    assert typed.strip().encode() not in shown or code == 130


def test_a_prompt_needs_a_terminal(locked: Path) -> None:
    command = [sys.executable, "-c", f"import os\nos.setsid()\n{FAKE}", "read", str(locked), "--password-prompt"]
    done = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("ocr: --password-prompt needs a terminal")
