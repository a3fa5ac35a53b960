"""One version number."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import ocr


def test_version_is_that_of_the_project_file() -> None:
    project = Path(ocr.__file__).parent.parent / "pyproject.toml"
    if not project.is_file():
        pytest.skip("not a checkout")
    assert tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"] == ocr.__version__
