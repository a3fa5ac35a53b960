"""Inputs and engines that exhaust or crash the process that reads them: an error of the page alone."""

from __future__ import annotations

import os
import subprocess
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from numpy.typing import NDArray

from ocr.crew import Crew
from ocr.options import Limits, Options
from ocr.recognize import Reading
from ocr.workers import possible

pytestmark = pytest.mark.skipif(not possible(), reason="no worker can be started on this system")

ROOT = Path(__file__).parent.parent.parent
OPENED = 150_000_000
"""Operators q in the content stream of the bomb; each takes PDFium some bytes."""


class CrashingRecognizer:
    """An engine that crashes on every page."""

    name, height = "crash", 48

    def __call__(self, lines: Sequence[NDArray[np.uint8]]) -> list[Reading]:
        os.abort()


def test_a_small_file_that_unfolds_to_gigabytes_is_an_error(tmp_path: Path, samples: Path) -> None:
    bomb = tmp_path / "bomb.pdf"
    with pikepdf.open(samples / "scan.pdf") as pdf:
        del pdf.pages[2]
        packed = zlib.compress(zlib.compress(b"q " * OPENED, 9), 9)
        filters = pikepdf.Array([pikepdf.Name.FlateDecode, pikepdf.Name.FlateDecode])
        pdf.pages[0].Contents = pdf.make_indirect(pikepdf.Stream(pdf, packed, Filter=filters))
        pdf.save(bomb)
    assert bomb.stat().st_size < 400_000
    command = [sys.executable, "-m", "ocr.cli", "read", str(bomb), "--memory", "600M", "--no-fallback"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 5
    assert "page 1 " in done.stderr and "page 2" not in done.stderr
    assert done.stdout.strip()


def test_an_engine_that_crashes_costs_its_pages_and_not_the_run(samples: Path) -> None:
    options = Options(fallback="never", orient=False, jobs=2, limits=Limits())
    with Crew(options, (None, CrashingRecognizer())) as crew, crew.open(samples / "scan.pdf") as source:
        pages = list(crew.pages(source))
    assert [page.number for page in pages] == [1, 2, 3]
    crashed = [page.error.message for page in pages if page.error]
    assert len(crashed) == 3
    assert all("was killed by SIGABRT, twice" in message for message in crashed)
