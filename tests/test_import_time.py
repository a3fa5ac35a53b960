"""``import ocr`` and reading load nothing that only training needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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


def test_what_only_starts_processes_loads_nothing_that_decodes(tmp_path: Path, samples: Path) -> None:
    """Else the first page waits twice for the same packages. At the start nothing heavy, at the end what text needs."""
    started = "import subprocess; subprocess.Popen = lambda *a, **k: sys.exit()"
    whole = "import atexit; report = lambda: print(*sorted(sys.modules)); atexit.register(report)"
    for before, fine in ((started, set()), (whole, {"numpy", "PIL"})):
        code = (
            f"import sys; {whole}; {before}; import runpy; sys.argv = ['ocr', 'read', '-q', '-j', '1', '--pages', '1', "
            f"{str(samples / 'scan.pdf')!r}, '-o', {str(tmp_path / 'out.txt')!r}]; "
            "runpy.run_module('ocr.cli', run_name='__main__')"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        modules = {module.partition(".")[0] for module in done.stdout.split()}
        assert "ocr" in modules and modules & (HEAVY | TRAINING_ONLY) <= fine, done.stderr


def test_a_process_that_has_pages_read_elsewhere_loads_nothing_that_decodes(samples: Path, tmp_path: Path) -> None:
    program = f"""
import sys
from pathlib import Path
from ocr.crew import Crew
from ocr.job import Job, run
from ocr.options import Options
with Crew(Options(jobs=1), early=True) as crew:
    for form in ("txt", "json"):
        run(Job({str(samples / "scan.pdf")!r}, Path({str(tmp_path)!r}, form), form, pages="2"), crew)
print([name for name in ("numpy", "PIL", "cv2", "onnxruntime", "pikepdf", "pypdfium2") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert (tmp_path / "txt").read_text().startswith("CHAPTER II") and (tmp_path / "json").stat().st_size > 1000
