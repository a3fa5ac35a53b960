"""``import ocr`` and reading load nothing that only training needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

TRAINING_ONLY = {"torch", "torchvision", "onnx", "fontTools", "rapidocr", "faster_paddle"}
HEAVY = {"numpy", "cv2", "onnxruntime", "PIL", "pikepdf", "pypdfium2"}


def loaded(code: str) -> set[str]:
    """Top-level modules in a fresh interpreter after running ``code``."""
    command = [sys.executable, "-c", f"{code}; import sys; print(*sorted(sys.modules))"]
    modules = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return {module.partition(".")[0] for module in modules}


def test_import_is_light() -> None:
    assert not loaded("import ocr") & (TRAINING_ONLY | HEAVY)


@pytest.mark.parametrize("module", ["ocr.pipeline", "ocr.cli", "ocr.write.pdf.searchable", "ocr.evaluate", "ocr.bench"])
def test_nothing_but_training_imports_torch(module: str) -> None:
    assert not loaded(f"import {module}") & TRAINING_ONLY
