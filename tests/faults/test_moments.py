"""Every output format, hit at each moment at which it is written: killed, interrupted, ended, or the disk is full."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from ocr.workers import possible
from ocr.write import FORMATS
from tests.cli.test_signals import none_ignored

pytestmark = pytest.mark.skipif(not possible(), reason="this system cannot fork")

ROOT = Path(__file__).parent.parent.parent
__all__ = ["none_ignored"]


@pytest.mark.parametrize("form", FORMATS)
def test_no_moment_leaves_half_an_output(form: str, tmp_path: Path) -> None:
    if (needed := FORMATS[form].needs) and find_spec(needed) is None:
        pytest.skip(f"{needed} is not installed")
    command = [sys.executable, "-m", "tests.faults.moments", form, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    *faults, hit = done.stdout.splitlines() or [""]
    assert (done.returncode, faults, done.stderr) == (0, [], "") and int(hit.split()[0]) > 9
