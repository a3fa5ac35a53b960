"""The parity report of an export: its models, in their runtime, beside those that they were made of."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engine import Session
from ocr.errors import OcrError
from ocr.export.convert import float_model
from ocr.export.description import Part
from ocr.export.lines import TrueLine, agreement, error_rate, measure
from ocr.export.parity import CLASSES_LIMIT, INT8_LIMIT
from ocr.export.targets import Target
from ocr.exported import entry
from ocr.page.orient import line_window
from ocr.recognize.crnn import CrnnRecognizer

__all__ = ["CER_LIMIT", "Report", "check"]

CER_LIMIT: Final = 0.003
"""By how much the character error rate of an export may be above that of the float model."""
FLOAT: Final = frozenset({"float", "fp16"})
"""Variants that are held to the float models, as all variants of plain targets are; int8 ones of others are held to the
installed models, which are int8."""
SPREAD_LIMIT: Final = 0.05
"""``differences`` that a float variant may have."""
SMALL: Final = (256, 384)
"""Rows and columns of the page that nets of whole pictures are compared on."""


@dataclass(frozen=True, slots=True)
class Report:
    """What ``report.json`` holds.

    Attributes:
        target, variant: as exported.
        lang: of the models.
        model: name of the recogniser.
        bytes: of all model files.
        files: number of files that the runtime loads.
        reference: ``float``: the float model in ONNX Runtime; ``installed``: the installed int8 model, where the
            package onnx, which makes the float one, is missing.
        agreement: share of frames with the same most likely class as the reference.
        cer_float: character error rate of the reference.
        cer: of the export, in its own runtime.
        ms_line: milliseconds of processor time a line, on one thread. Of a target that does not run here, whose models'
            structure is checked, this, ``cer`` and ``agreement`` are ``None``.
        lines: number of lines measured.
        differences: for each other model, the root mean square of the difference of its output from that of the
            float model, for ``onnx``, ``ort`` and ``web`` as int8 of the installed model, over the output's standard
            deviation.
    """

    target: str
    variant: str
    lang: str
    model: str
    bytes: int
    files: int
    reference: str
    agreement: float | None
    cer_float: float
    cer: float | None
    ms_line: float | None
    lines: int
    differences: dict[str, float]

    def to_json(self) -> dict[str, Any]:
        """All figures, rounded."""
        return {key: round(value, 6) if isinstance(value, float) else value for key, value in asdict(self).items()}

    def held(self) -> Report:
        """The report, if the export reads as well as what it was made of.

        Raises:
            OcrError: it does not.
        """
        faults: list[str] = []
        if self.agreement is None or self.cer is None:
            return self
        if self.agreement < 1 - CLASSES_LIMIT:
            faults.append(f"{1 - self.agreement:.1%} of the frames differ, more than {CLASSES_LIMIT:.0%}")
        if self.cer > self.cer_float + CER_LIMIT:
            faults.append(f"the character error rate is {self.cer:.2%}, that of the float model {self.cer_float:.2%}")
        limit = SPREAD_LIMIT if self.variant in FLOAT else INT8_LIMIT
        faults += [
            f"the output of the model {role} differs by {value:.2g} of its spread, more than {limit}"
            for role, value in self.differences.items()
            if not value <= limit
        ]
        if faults:
            raise OcrError(
                f"{self.target} ({self.variant}): parity failed on {self.lines} lines: {'; '.join(faults)}; no folder "
                "was written; try another variant or target: ocr export --list"
            )
        return self


def check(
    folder: Path, target: Target, variant: str, lang: str, parts: Sequence[Part], files: Sequence[str],
    lines: Sequence[TrueLine], page: NDArray[np.uint8],
) -> Report:  # fmt: skip
    """Compare the exported models of a folder with the installed ones, and with the float models that those stand for.

    Args:
        folder: of the export, with its ``pipeline.json``.
        target: of the export.
        variant: as exported.
        lang: as exported.
        parts: its models.
        files: names of all files that the runtime loads.
        lines: real lines.
        page: a grey page (H, W), from which the inputs of the other models are cut.
    """
    recognizer = next(part for part in parts if part.role == "recognizer")
    with tempfile.TemporaryDirectory() as scratch:
        reference = Path(scratch) / "float.onnx"
        if whole := find_spec("onnx") is not None:
            float_model(recognizer.model.path, reference)
        before = measure(CrnnRecognizer(reference if whole else recognizer.model.path, threads=1), lines)
    made = partial(
        Report, target.argument, variant, lang, recognizer.model.name,
        bytes=sum((folder / name).stat().st_size for name in files), files=len(files),
        reference="float" if whole else "installed", cer_float=error_rate(before.texts, lines), lines=len(lines),
    )  # fmt: skip
    if target.inspect:
        for part in parts:
            said = entry(folder / part.file)
            target.inspect(folder / part.file, part.task, tuple(said["inputs"]), tuple(said["outputs"]))
        return made(agreement=None, cer=None, ms_line=None, differences={})
    after = measure(CrnnRecognizer(folder / recognizer.file, threads=1), lines)
    pictures = [line.picture for line in lines[:16]]
    exact = target.plain or variant in FLOAT
    return made(
        agreement=agreement(after, before),
        cer=error_rate(after.texts, lines),
        ms_line=after.milliseconds,
        differences={
            part.role: _difference(folder / part.file, part, _input(part, page, pictures), exact=exact)
            for part in parts
            if part is not recognizer
        },
    )


def _input(part: Part, page: NDArray[np.uint8], pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
    """A real input of a model."""
    said = part.model.metadata
    if part.task == "orient":
        return said.normalised(np.stack([line_window(picture, said.width) for picture in pictures])[:, None])
    rows, columns = (said.height, said.width) if said.height else SMALL
    if said.height:  # nets of photographs: the page on a dark table
        rows, columns = said.height, said.width
        rim = max(page.shape) // 6
        framed = cv2.copyMakeBorder(page, rim, rim, rim, rim, cv2.BORDER_CONSTANT, value=60)
        small = cv2.resize(framed, (columns, rows), interpolation=cv2.INTER_AREA)
    else:
        middle = page.shape[0] // 2
        strip = page[middle : middle + 2 * rows, : 2 * columns]
        small = cv2.resize(strip, (columns, rows), interpolation=cv2.INTER_AREA)
    planes = 1 if part.task == "detect" else 3
    return said.normalised(np.repeat(np.asarray(small, np.uint8)[None, None], planes, 1))


def _difference(path: Path, part: Part, given: NDArray[np.float32], *, exact: bool) -> float:
    """How far the outputs of a model are from those of the installed or the float one: that of the worst output."""
    exported = Session(path)
    with tempfile.TemporaryDirectory() as scratch:
        source = part.model.path
        if exact:
            source = Path(scratch) / "float.onnx"
            float_model(part.model.path, source)
        reference = Session(source)
    runs = [session.run({reference.inputs[0]: given}, reference.outputs) for session in (reference, exported)]
    worst = 0.0
    for wanted, found in zip(*runs, strict=True):
        scale = max(float(np.std(wanted)), float(np.abs(wanted).mean()) / 10, 1e-9)
        worst = max(worst, float(np.sqrt(np.mean((found.reshape(wanted.shape) - wanted) ** 2))) / scale)
    return worst
