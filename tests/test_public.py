"""The public surface: what ``__all__`` promises is there, and importing it costs nothing."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import ocr


def test_everything_promised_can_be_had() -> None:
    for name in ocr.__all__:
        assert getattr(ocr, name) is not None
    assert sorted(dir(ocr)) == sorted(ocr.__all__) == ocr.__all__
    homes = {name for names in ocr.HOMES.values() for name in names}
    assert homes | {"__version__"} == set(ocr.__all__)


def test_what_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        ocr.nothing  # noqa: B018


def test_import_loads_no_heavy_package() -> None:
    heavy = ("numpy", "cv2", "onnxruntime", "PIL", "torch")
    code = f"import sys, ocr; ocr.Options, ocr.Page; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_reading_never_imports_torch() -> None:
    code = "import sys, ocr; ocr.Reader; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_version_is_the_packages() -> None:
    project = Path(ocr.__file__).parent.parent / "pyproject.toml"
    if not project.is_file():
        pytest.skip("not a checkout")
    assert tomllib.loads(project.read_text())["project"]["version"] == ocr.__version__
