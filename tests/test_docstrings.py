"""Public names are documented, and the examples in their docstrings do what they say."""

from __future__ import annotations

import doctest
import importlib
import inspect
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import ocr

ROOT = Path(__file__).parent.parent
MODULES = sorted(
    {"ocr", "ocr.engine", "ocr.source", "ocr.source.page", "ocr.steps", "ocr.weights", "ocr.write", *ocr.HOMES}
)
CALLABLE = [name for name in ocr.__all__ if callable(getattr(ocr, name))]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    module: ModuleType = importlib.import_module(name)
    found = doctest.testmod(module, extraglobs={"ocr": ocr, "np": np, "tmp": tmp_path}, verbose=False)
    assert found.failed == 0


@pytest.mark.parametrize("name", CALLABLE)
def test_public_names_are_documented(name: str) -> None:
    thing = getattr(ocr, name)
    text = inspect.getdoc(thing) or ""
    assert len(text) > 20 and text.split("\n", 1)[0].endswith((".", ":"))
    if inspect.isclass(thing):
        methods = [m for key, m in vars(thing).items() if not key.startswith("_") and inspect.isfunction(m)]
        assert all(inspect.getdoc(method) for method in methods)
    if inspect.isfunction(thing):
        arguments = inspect.signature(thing).parameters
        assert all(f"    {argument}: " in text for argument in arguments), "an argument is not documented"
        assert "Raises:" in text and "Example:" in text
    if inspect.isclass(thing) and name.endswith(("Reader", "Scanner", "Document", "Page", "Options", "Quad")):
        assert "Example:" in text


def test_examples_are_run_and_not_skipped() -> None:
    for name in MODULES:
        source = inspect.getsource(importlib.import_module(name))
        assert "+SKIP" not in source, name
