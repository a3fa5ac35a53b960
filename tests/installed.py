"""Programs and fonts that tests use where they are installed, and are skipped without."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import ImageFont

needs_tesseract = pytest.mark.skipif(
    not shutil.which("tesseract"), reason="tesseract is not installed; run: apt-get install tesseract-ocr"
)
needs_poppler = pytest.mark.skipif(
    not (shutil.which("pdftoppm") and shutil.which("pdfinfo")),
    reason="poppler is not installed; run: apt-get install poppler-utils",
)
needs_fontconfig = pytest.mark.skipif(
    not shutil.which("fc-list"), reason="fontconfig is not installed; run: apt-get install fontconfig"
)

RENDERERS = ("pdfium", pytest.param("poppler", marks=needs_poppler))


def dejavu(face: str = "DejaVuSans") -> Path:
    """The file of a DejaVu typeface.

    Raises:
        pytest.skip.Exception: It is not installed.
    """
    try:
        return Path(str(ImageFont.truetype(f"{face}.ttf", 10).path))
    except OSError:
        pytest.skip(f"{face} is not installed; run: apt-get install fonts-dejavu-core")


def needs_pack(pack: str) -> pytest.MarkDecorator:
    """Skip where Tesseract lacks a language."""
    try:
        known = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        known = ""
    name = f"tesseract-ocr-{pack.replace('_', '-')}"
    return pytest.mark.skipif(pack not in known.split(), reason=f"{name} is not installed; run: apt-get install {name}")
