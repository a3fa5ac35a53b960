"""Pages on disk between two writers."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from ocr.document import Page, Step, StepName
from ocr.errors import OutputError
from ocr.write.spool import Spool

PAGES = [Page(n, 9, 9, 300.0, text=f"page{n}", steps=(Step(StepName.DPI, {"dpi": n}),)) for n in (1, 2, 3)]


def test_pages_come_back_as_often_as_they_are_wanted() -> None:
    with Spool() as spool:
        assert list(spool.filled(iter(PAGES))) == PAGES
        assert list(spool.pages()) == list(spool.pages()) == PAGES


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_directory_for_temporary_files_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda: Path("/dev/full").open("r+b"))  # noqa: SIM115
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(OutputError, match=f"{tmp_path}: a temporary file cannot be written .*TMPDIR"), Spool() as spool:
        list(spool.filled(PAGES))
