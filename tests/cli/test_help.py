"""Help texts, bad arguments and the time to start."""

from __future__ import annotations

import subprocess
import sys

import pytest

import ocr
from ocr.cli import cli
from tests.cli.conftest import Run


def test_version_and_help(run: Run) -> None:
    assert run("--version") == (0, f"ocr, version {ocr.__version__}\n", "")
    code, out, _ = run("--help")
    assert code == 0
    for verb in ("read", "eval", "bench", "doctor", "train"):
        assert f"\n  {verb} " in out


def test_every_verb_has_help(run: Run) -> None:
    for verb in cli.commands:
        code, out, err = run(verb, "--help")
        assert (code, err) == (0, "")
        assert out.startswith(f"Usage: ocr {verb}")


@pytest.mark.parametrize(
    "arguments",
    [
        ("read",),
        ("read", "a.pdf", "--bogus"),
        ("read", "a.pdf", "--format", "odt"),
        ("read", "a.pdf", "--lang", "tlh"),
        ("read", "a.pdf", "--renderer", "ghost"),
        ("read", "a.pdf", "--dpi", "5"),
        ("read", "a.pdf", "-o", "out.odt"),
        ("read", "a.pdf", "b.pdf", "-o", "out.txt"),
        ("read", "a.pdf", "b.pdf", "--format", "json"),
        ("read", "-", "-"),
        ("nonsense",),
        ("train", "recognize", "none.toml"),
        ("train", "poet", "none.toml"),
    ],
)
def test_bad_arguments_exit_with_1(run: Run, arguments: tuple[str, ...]) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (1, "")
    assert err


def test_light_start() -> None:
    check = (
        "import sys, ocr.cli; print([m for m in ('torch', 'cv2', 'onnxruntime', 'numpy', 'PIL') if m in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", check], text=True) == "[]\n"
