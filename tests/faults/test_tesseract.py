"""Tesseract, which reads doubtful lines again, fails inside a worker process: a warning, and no page is lost."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from ocr.crew import Crew
from ocr.options import Limits, Options
from ocr.workers import possible

pytestmark = pytest.mark.skipif(not possible(), reason="no worker can be started on this system")

FAULTS = {
    "crashes": "os.kill(os.getpid(), signal.SIGSEGV)",
    "ends in the middle of a row": "sys.stdout.write('5\\t1\\t1\\t1\\t1\\t1\\t10\\t1'); sys.exit(9)",
    "writes no UTF-8": "sys.stdout.buffer.write(b'5\\t1\\t1\\t1\\t1\\t1\\t0\\t0\\t9\\t9\\t90\\tab\\xff\\n' * 50)",
    "vanishes": "os.remove(sys.argv[0]); os.kill(os.getpid(), signal.SIGKILL)",
    "prints without end": "sys.stdout.write('x' * 10_000_000)",
}
TOLD = {"crashes": "failed with exit status -11", "vanishes": "failed with exit status -9",
        "ends in the middle of a row": "failed with exit status 9"}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_no_page_is_lost(
    fault: str, samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    program = tmp_path / "tesseract"
    program.write_text(f"#!{sys.executable}\nimport os, signal, sys\n{FAULTS[fault]}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    options = Options(fallback_threshold=1.0, orient=False, jobs=2, limits=Limits())
    with Crew(options) as crew, crew.open(samples / "scan.pdf", pages="1,2") as source:
        pages = list(crew.pages(source))
    assert [page.error for page in pages] == [None, None]
    assert all(len(page.words) > 100 for page in pages)
    assert not any("xx" in page.text or "\ufffd" in page.text for page in pages)
    assert any(TOLD.get(fault, "") in " ".join(page.warnings) for page in pages)
    assert capfd.readouterr().out == ""
