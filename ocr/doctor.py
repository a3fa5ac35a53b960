"""What `ocr doctor` looks at: versions, models, programs, threads."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from ocr import __version__, weights
from ocr.engine import cores
from ocr.errors import OcrError
from ocr.recognize.tesseract import LANGUAGES

__all__ = ["Finding", "examine"]

PACKAGES = ("numpy", "opencv-python-headless", "onnxruntime", "pypdfium2", "pikepdf", "img2pdf", "pillow")
EXTRAS = ("torch",)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is there or not; ``needed`` things must be."""

    name: str
    good: bool
    needed: bool
    text: str


def examine() -> list[Finding]:
    """Everything that reading depends on, in the order in which it is used."""
    return [
        Finding("ocr", True, True, f"{__version__} on Python {platform.python_version()}, {platform.platform()}"),
        Finding("threads", True, True, f"{cores()} CPU cores may be used"),
        *(_package(name, needed=True) for name in PACKAGES),
        *_models(),
        _tesseract(),
        _poppler(),
        *(_package(name, needed=False) for name in EXTRAS),
    ]


def _package(name: str, *, needed: bool) -> Finding:
    try:
        return Finding(name, True, needed, version(name))
    except PackageNotFoundError:
        command = f"pip install {name}" if needed else "only for training: pip install 'ocr[train]'"
        return Finding(name, False, needed, command)


def _models() -> list[Finding]:
    try:
        known = weights.manifest()
    except OcrError as error:
        return [Finding("models", False, True, str(error))]
    defaults = {name for roles in known.defaults.values() for name in roles.values()}
    return [_model(name, needed=name in defaults) for name in known.models]


def _model(name: str, *, needed: bool) -> Finding:
    try:
        file = weights.model(name)
    except OcrError as error:
        return Finding("model", False, needed, str(error))
    if not weights.verify(file):
        return Finding("model", False, needed, f"{file.path}: damaged; run: pip install --force-reinstall ocr")
    return Finding("model", True, needed, f"{name}, {file.record.bytes / 1e6:.2f} MB, sha256 as in the manifest")


def _tesseract() -> Finding:
    if not shutil.which("tesseract"):
        return Finding("tesseract", False, False, "unsure lines stay as they are; run: apt install tesseract-ocr")
    import pytesseract

    try:
        number, languages = pytesseract.get_tesseract_version(), pytesseract.get_languages()
    except (OSError, subprocess.SubprocessError, SystemExit) as error:  # SystemExit: a version it does not know
        return Finding(
            "tesseract", False, False, f"it is installed and does not run ({error}); try: tesseract --version"
        )
    missing = sorted({name for names in LANGUAGES.values() for name in names.split("+")} - set(languages))
    if missing:
        command = " ".join(f"tesseract-ocr-{name}" for name in missing)
        return Finding("tesseract", False, False, f"{number} without {' '.join(missing)}; run: apt install {command}")
    return Finding("tesseract", True, False, f"{number}, languages {' '.join(languages)}")


def _poppler() -> Finding:
    if not shutil.which("pdftoppm"):
        return Finding("poppler", False, False, "only for --renderer poppler: apt install poppler-utils")
    return Finding("poppler", True, False, _version("pdftoppm", "-v"))


def _version(*command: str) -> str:
    found = re.search(r"\d+(\.\d+)+", _output(*command))
    return found.group() if found else "of unknown version"


def _output(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False, errors="replace")
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout + done.stderr
