"""``ocr export``: a folder that a developer drops into a project, complete and checked, or not there at all."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ocr import weights
from ocr.errors import OcrError, OutputError, UsageError
from ocr.export.check import Report, check
from ocr.export.description import Part, describe_folder, spoken
from ocr.export.lines import read_lines
from ocr.export.readme import readme
from ocr.export.targets import WITHOUT_LSTM, Target
from ocr.exported import APART, PIPELINE
from ocr.languages import languages
from ocr.options import Options
from ocr.output import new_folder
from ocr.packed_weights import is_packed, unpack
from ocr.pipeline import Reader
from ocr.recognize.homoglyphs import script_of
from ocr.recognize.script import is_han
from ocr.source import open_source
from ocr.weights import ModelFile

__all__ = ["REFERENCE", "SAMPLES", "export", "parts_of"]

SAMPLES: Final = Path(__file__).parent / "sample"
"""A page for each of ``en``, ``european`` and ``zh``, with its lines."""
REFERENCE: Final = Path(__file__).with_name("reference.py")
"""The pipeline in one file, for folders that ONNX Runtime reads."""
SAMPLE, EXPECTED, REPORT = "sample.png", "expected.json", "report.json"


def parts_of(lang: str, recognizer: str | Path | None, suffix: str) -> list[Part]:
    """The models that are exported for a language.

    Args:
        lang: ``en``, ``latin``, ``zh``, or other languages that one recogniser reads.
        recognizer: name or path of another recogniser than the small one.
        suffix: of the files.

    Raises:
        UsageError: there are no such models, or the recogniser has no letters of the language.
        DependencyError: a model file is missing.
        InputError: the recogniser's file does not say what it is.
    """
    asked = languages(lang)
    if asked.others:
        raise UsageError(
            f"--lang {lang}: Tesseract reads it, so there is no model to export; give --lang en, latin or zh"
        )
    models = asked.models
    if models == "auto":
        raise UsageError(f"--lang {lang}: an export is for one recogniser; give --lang en, latin or zh")
    detector, usual = weights.defaults(models)
    found: dict[str, ModelFile] = {
        "detector": weights.model(detector, "detect"),
        "recognizer": _recognizer(usual if recognizer is None else recognizer),
    }
    _check_letters(found["recognizer"], asked.scripts, lang)
    if orienter := weights.orienter(models):
        found["orientation"] = weights.model(orienter, "orient")
    records = weights.manifest().models
    pairs = [name for name in records if f"{name}-refine" in records]
    for name in pairs[:1]:
        found |= {"corners": weights.model(name, "corners"), "corners-refine": weights.model(f"{name}-refine")}
    for record in records.values():
        if record.task == "enhance" and record.wheel and "whiten" not in found:
            model = weights.model(record.name)
            if model.metadata.operators == ("whiten",):
                found["whiten"] = model
    return [Part(role, model, f"{role}{suffix}") for role, model in found.items()]


def _recognizer(name: str | Path) -> ModelFile:
    """The recogniser of a name or a path.

    Raises:
        UsageError: there is none, it is a folder, or it has been exported already.
        InputError: the file does not say what it is.
    """
    file = Path(name)
    if not str(name):
        raise UsageError("--model is empty; name a recogniser of `ocr doctor`, or the file of one")
    if file.is_dir() and name not in weights.manifest().models:
        raise UsageError(f"{file}: a folder; --model takes the name or the file of a recogniser: ocr export --help")
    if file.suffix in APART and file.is_file():
        raise UsageError(
            f"{file}: exported already; --model takes what it was made of: an .onnx or .dcz file, or a name"
        )
    return weights.model(name, "recognize")


def _check_letters(recognizer: ModelFile, scripts: Iterable[str], lang: str) -> None:
    """Refuse a recogniser that has no letters of a language.

    Raises:
        UsageError: it has none.
    """
    known = {script_of(character) or ("Han" if is_han(character) else "") for character in recognizer.charset}
    for script in sorted({*scripts} - known):
        raise UsageError(
            f"--lang {lang}: the model {recognizer.name} has no {script} letters; leave --model out, or give the "
            "language that it reads with --lang"
        )


def export(
    target: Target, variant: str, out: Path, *, lang: str = "en", model: str | Path | None = None,
    lines: Path | None = None,
) -> Report:  # fmt: skip
    """Write the folder of a target.

    Args:
        target: of ``TARGETS``.
        variant: one of the target's; empty takes the first.
        out: the folder, which must not exist yet.
        lang: language of the recogniser.
        model: name or path of a recogniser in place of the usual one.
        lines: ground truth to measure on, in place of the sample's.

    Returns:
        The parity report, which is also in the folder.

    Raises:
        UsageError: the folder exists, or there is no such variant or model.
        DependencyError: a package is missing.
        InputError: the ground truth cannot be read.
        OutputError: the folder cannot be written.
        OcrError: the export does not read as well as what it was made of.
    """
    variant = variant or target.variants[0]
    if not target.lstm:
        _check_language(target, lang, model)
    target.require(variant)
    if not target.lstm:
        model = WITHOUT_LSTM if model is None else _without_lstm(target, model)
    packed = parts_of(lang, model, target.suffix)
    sample = SAMPLES / f"{languages(lang).models}.png"
    truth = lines or sample.with_suffix(".jsonl")
    measured = read_lines(truth, next(part.model.metadata.height for part in packed if part.role == "recognizer"))
    with _appearing(out) as folder, _unpacked(packed) as parts:
        for part in parts:
            target.convert(part.model.path, folder / part.file, part.task, variant)
        loaded = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
        if target.finish:
            target.finish(folder)
        describe_folder(folder, target.argument, variant, lang, parts)
        shutil.copyfile(sample, folder / SAMPLE)
        page = _grey(folder / SAMPLE)
        report = check(folder, target, variant, spoken(lang), parts, loaded, measured, page).held()
        _write_json(folder / REPORT, report.to_json())
        if target.argument in {"onnx", "ort"}:
            _write_reference(folder)
        elif not target.elsewhere:
            _write_json(folder / EXPECTED, expected(folder, parts, lang))
        (folder / "README.md").write_text(readme(target, variant, parts, report, out.name), encoding="utf-8")
    return report


OTHERS = "a target with one, for example ncnn or mnn: ocr export --list"


def _check_language(target: Target, lang: str, model: str | Path | None) -> None:
    """Refuse a language before packages are asked for that would not help: Chinese has no recogniser without an LSTM.

    Raises:
        UsageError: it is Chinese, and no model is named.
    """
    if model is None and languages(lang).models == "zh":
        raise UsageError(
            f"--lang {lang}: {target.format} models are exported without an LSTM, the recogniser of Chinese has one; "
            f"take {OTHERS}"
        )


def _without_lstm(target: Target, model: str | Path) -> str | Path:
    """The recogniser that was named for a target whose runtime has no LSTM.

    Raises:
        UsageError: it has one.
    """
    import onnx

    with _unpacked([Part("recognizer", _recognizer(model), "")]) as [part]:
        graph = onnx.load(str(part.model.path)).graph
    if any("LSTM" in node.op_type for node in graph.node):
        raise UsageError(
            f"{model}: has an LSTM, and {target.format} models are exported without one; leave --model out, or take "
            f"{OTHERS}"
        )
    return model


def expected(folder: Path, parts: list[Part], lang: str) -> list[dict[str, Any]]:
    """What the exported models read in the sample: text, confidence and corners of each line.

    Nothing but detector and recogniser has a part in it: no language model, no second reading, no clean-up.
    """
    detector, recognizer = (folder / part.file for part in parts if part.role in {"detector", "recognizer"})
    plain = Options(
        lang=lang, decoder="greedy", enhance="none", orient=False, deskew=False, transcription="literal",
        fallback="never", threads=1,
    )  # fmt: skip
    page = Reader(options=plain, detector=detector, recognizer=recognizer).read(folder / SAMPLE).pages[0]
    return [
        {
            "text": line.text,
            "confidence": round(line.confidence, 4),
            "corners": [[round(x, 1), round(y, 1)] for x, y in line.box.points],
        }
        for line in page.lines
    ]


def _write_reference(folder: Path) -> None:
    """Write ``reference.py``, and what it prints for the sample: ``expected.json`` and ``expected.txt``."""
    program = Path(shutil.copyfile(REFERENCE, folder / REFERENCE.name))
    for form, name in (("--json", EXPECTED), ("", Path(EXPECTED).with_suffix(".txt").name)):
        command = [sys.executable, "-X", "utf8", program.name, SAMPLE, *([form] if form else [])]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)
        if done.returncode:
            raise OcrError(f"{program.name}: failed ({done.stderr.strip().splitlines()[-1:]}); run ocr doctor")
        (folder / name).write_text(done.stdout, encoding="utf-8")


@contextmanager
def _unpacked(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """The parts with the packed ones (``.dcz``) as ONNX files, which last as long as the block."""
    with tempfile.TemporaryDirectory() as scratch:
        whole = []
        for part in parts:
            path = part.model.path
            if is_packed(path):
                path = Path(scratch) / f"{part.role}.onnx"
                path.write_bytes(unpack(part.model.path))
            whole.append(replace(part, model=replace(part.model, path=path)))
        yield whole


@contextmanager
def _appearing(out: Path) -> Iterator[Path]:
    """A folder that gets its name when the block succeeds, and is deleted when it fails.

    Raises:
        UsageError: it exists.
        OutputError: it cannot be written.
    """
    if os.path.lexists(out):
        own = f", or remove it: rm -r {shlex.quote(str(out))}" if (out / PIPELINE).is_file() else ""
        raise UsageError(f"{out}: exists already; give the name of a new folder with -o{own}")
    try:
        with new_folder(out) as scratch:
            yield scratch
    except OSError as error:
        if error.filename is None or not str(error.filename).startswith(str(out.with_name(f".{out.name}."))):
            raise
        parent = shlex.quote(str(out.parent))
        if found := next((place for place in out.parents if place.exists() and not place.is_dir()), None):
            raise OutputError(f"{out}: {found} is no folder; give another one with -o") from error
        if not out.parent.is_dir():
            raise OutputError(f"{out}: the folder {out.parent} does not exist; create it: mkdir -p {parent}") from error
        raise OutputError(
            f"{out}: cannot be written ({error.strerror}); check permissions and space: ls -ld {parent}; df -h {parent}"
        ) from error


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _grey(path: Path) -> NDArray[np.uint8]:
    with open_source(path) as source:
        pixels = source.page(1).pixels
    return pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels[..., 1])
