"""How the code is kept readable: files and functions that fit into the mind, printing in one place."""

from __future__ import annotations

import ast
from pathlib import Path

import ocr

PACKAGE = Path(ocr.__file__).parent
FILE, FUNCTION = 400, 60
"""Lines."""


def modules() -> dict[str, str]:
    """Every module of the package by its path."""
    return {path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}


def test_files_are_short() -> None:
    long = {name: lines for name, text in modules().items() if (lines := text.count("\n")) > FILE}
    assert not long


def test_functions_are_short() -> None:
    long = {}
    for name, text in modules().items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                lines = (node.end_lineno or 0) - body[0].lineno + 1 if body else 0
                if lines > FUNCTION:
                    long[f"{name}: {node.name}"] = lines
    assert not long


def test_only_programs_print() -> None:
    """The command line prints, and so do training programs; whoever imports a stage hears nothing."""
    printing = [
        name
        for name, text in modules().items()
        if not name.startswith(("cli/", "train/"))
        and any(
            isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
            for node in ast.walk(ast.parse(text))
        )
    ]
    assert not printing
