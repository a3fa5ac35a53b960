"""Running the command line in this process, with and without models."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest

from ocr.cli import main
from ocr.cli.options import Reading
from tests.cli.fake import FakeReader

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whoever runs the tests may have a configuration and a password."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.getbasetemp() / "no-config"))
    monkeypatch.delenv("OCR_PASSWORD", raising=False)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeReader:
    """Stands in for the reader with its models."""
    reader = FakeReader()
    monkeypatch.setattr(Reading, "reader", lambda reading: reader)
    monkeypatch.setattr(Reading, "crew", lambda reading: nullcontext(reader))
    return reader


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """``run("read", "scan.pdf")`` -> exit code, stdout, stderr."""

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["ocr", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit:
            main()
        out, err = capfd.readouterr()
        return int(exit.value.code or 0), out, err

    return call


@pytest.fixture
def scan(samples: Path) -> Path:
    """A PDF of three scanned pages."""
    return samples / "scan.pdf"
