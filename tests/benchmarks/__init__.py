"""Tests of the programs in ``benchmarks/``."""

from __future__ import annotations

import importlib.util
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

__all__ = ["program"]

FOLDER = Path(__file__).parent.parent.parent / "benchmarks"


def program(name: str) -> Any:
    """A program as a module; programs have no suffix, and cannot be imported by name."""
    spec = importlib.util.spec_from_loader(name, SourceFileLoader(name, str(FOLDER / name)))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module
