"""The checks of ``ocr doctor``: packages, models, programs; what is missing, and how to get it."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ocr import __version__, weights
from ocr.engine import cores
from ocr.errors import OcrError
from ocr.languages import LANGUAGES, OTHERS

__all__ = ["PACKAGES", "Finding", "State", "examine", "install_extra"]

PACKAGES = (
    "numpy",
    "opencv-python-headless",
    "onnxruntime",
    "pypdfium2",
    "pikepdf",
    "img2pdf",
    "pillow",
    "simplejpeg",
    "pytesseract",
    "pdf2image",
    "rapidfuzz",
    "click",
    "rich",
)
"""Required packages: the dependencies in ``pyproject.toml``."""

CHECKOUT = Path(__file__).parent.parent
"""Root of the repository, if the package is not installed elsewhere."""


class State(StrEnum):
    """How serious a finding is."""

    OK = "ok"
    OPTIONAL = "optional"
    """Not installed, and only needed for something extra."""
    MISSING = "MISSING"
    """Required and missing, or damaged."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked, and what was found: a version, or what it would add and how to get it."""

    name: str
    state: State
    text: str


def examine() -> list[Finding]:
    """Check everything."""
    return [
        Finding("ocr", State.OK, f"{__version__} on Python {platform.python_version()}, {platform.platform()}"),
        Finding("CPU cores", State.OK, f"{cores()} available"),
        *map(_package, PACKAGES),
        *_models(),
        _languages(),
        _tesseract(),
        _poppler(),
        _extra("train", "torch", "training models with ocr train"),
        _extra("peers", "rapidocr", "comparing speed with other engines: ocr bench --against"),
    ]


def install_extra(extra: str) -> str:
    """The command that installs an extra: of the checkout that this is, or of the installed package.

    Example:
        >>> install_extra("train").startswith("pip install '")
        True
    """
    return f"pip install '.[{extra}]'" if _in_checkout() else f"pip install 'ocr[{extra}]'"


def _in_checkout() -> bool:
    return (CHECKOUT / "pyproject.toml").is_file()


def _package(name: str) -> Finding:
    try:
        return Finding(name, State.OK, version(name))
    except PackageNotFoundError:
        return Finding(name, State.MISSING, f"required; run: pip install {name}")


def _extra(extra: str, package: str, purpose: str) -> Finding:
    try:
        return Finding(package, State.OK, f"{version(package)}, for {purpose}")
    except PackageNotFoundError:
        return Finding(package, State.OPTIONAL, f"for {purpose}; run: {install_extra(extra)}")


def _models() -> Iterator[Finding]:
    """One finding for each command that needs models, and one for models that nothing needs."""
    try:
        manifest, folder = weights.manifest(), weights.folder()
    except OcrError as error:
        yield Finding("models", State.MISSING, str(error))
        return
    records = manifest.models.values()
    uses = {f"ocr read --lang {lang}": sorted(set(roles.values())) for lang, roles in manifest.defaults.items()}
    if others := uses.pop("ocr read --lang european", None):
        uses["ocr read --lang latin"] = [*others, *filter(None, [manifest.languages])]
    used = {name for names in uses.values() for name in names}
    uses["ocr scan"] = [record.name for record in records if record.task == "corners"]
    uses["ocr enhance"] = [record.name for record in records if record.task == "enhance" and record.wheel]
    uses["ocr mrz"] = [
        record.name for record in records if record.task == "recognize" and record.wheel and record.name not in used
    ]
    for use, names in uses.items():
        yield _use(use, names)
    absent = sorted(record.file for record in records if not record.wheel and not (folder / record.file).is_file())
    if absent:
        text = (
            f"no command needs them by default; copy them from the source distribution to {folder}: {' '.join(absent)}"
        )
        yield Finding("further models", State.OPTIONAL, text)


def _languages() -> Finding:
    """The languages that can be read here: by the models of this package, and by Tesseract with the packs it has."""
    own = f"{' '.join(sorted(LANGUAGES))}; without --lang, the language of a page is found by its words"
    packs = _packs()
    there = sorted(code for code, language in OTHERS.items() if language.pack in packs)
    rest = f"by Tesseract: {' '.join(there)}" if there else f"with packs of Tesseract: {' '.join(sorted(OTHERS))}"
    return Finding("languages", State.OK, f"{own}; {rest}")


def _use(use: str, names: list[str]) -> Finding:
    """Whether the models of a command are there, with the right checksums."""
    size = 0
    for name in names:
        record = weights.manifest().models[name]
        path = weights.folder() / record.file
        repair = f"git checkout -- models/{record.file}" if _in_checkout() else "pip install --force-reinstall ocr"
        try:
            fault = "" if weights.verify(name) else f"{path} is damaged"
        except OcrError:
            fault = f"{path} is missing"
        if fault:
            return Finding(use, State.MISSING, f"{fault}; run: {repair}")
        size += record.bytes
    return Finding(use, State.OK, f"models {', '.join(names)} ({size / 1e6:.1f} MB), checksums match")


def _packs() -> list[str]:
    """Tesseract's packs that are installed; none where it is missing or does not work."""
    lines = _output("tesseract", "--list-langs").splitlines() if shutil.which("tesseract") else []
    return lines[1:]


def _tesseract() -> Finding:
    purpose = "re-reads lines of very low confidence"
    if not shutil.which("tesseract"):
        return Finding("tesseract", State.OPTIONAL, f"{purpose}; run: apt install tesseract-ocr")
    import pytesseract

    try:
        number, languages = pytesseract.get_tesseract_version(), pytesseract.get_languages()
    except (OSError, subprocess.SubprocessError, SystemExit) as error:  # SystemExit: version not understood
        return Finding("tesseract", State.OPTIONAL, f"installed but not working ({error}); try: tesseract --version")
    missing = sorted({"chi_sim", "eng"} - set(languages))
    if missing:
        command = " ".join(f"tesseract-ocr-{name.replace('_', '-')}" for name in missing)
        text = f"{number}, without the languages {' '.join(missing)}; run: apt install {command}"
        return Finding("tesseract", State.OPTIONAL, text)
    return Finding("tesseract", State.OK, f"{number}, {purpose}; languages {' '.join(languages)}")


def _poppler() -> Finding:
    purpose = "for ocr read --renderer poppler"
    if not shutil.which("pdftoppm"):
        return Finding("poppler", State.OPTIONAL, f"{purpose}; run: apt install poppler-utils")
    return Finding("poppler", State.OK, f"{_version('pdftoppm', '-v')}, {purpose}")


def _version(*command: str) -> str:
    found = re.search(r"\d+(\.\d+)+", _output(*command))
    return found.group() if found else "unknown version"


def _output(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False, errors="replace")
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout + done.stderr
