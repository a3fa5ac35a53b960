"""The targets of ``ocr export``: this list drives the command, its checks, the benchmark and the documentation."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from ocr.errors import DependencyError, UsageError
from ocr.export import convert, coreml, executorch, litert

__all__ = ["TARGETS", "Target", "chosen", "listed", "markdown"]

Convert = Callable[[Path, Path, str, str], None]
Inspect = Callable[[Path, str, tuple[str, ...], tuple[str, ...]], None]


@dataclass(frozen=True, slots=True)
class Target:
    """A format that models are exported to.

    Attributes:
        format: its name.
        argument: what ``--target`` calls it.
        suffix: of its model files.
        variants: precisions of the weights; the first is the default.
        packages: that converting and running it needs, by the names that they are imported as, for each variant.
        extra: of ``ocr``, which installs them; empty where nothing has to be installed.
        convert: source model, file to write, task, variant.
        plain: whether it is made of plain float models (:mod:`ocr.export.plain`), whose recogniser gives logits.
        lstm: whether its runtime computes LSTMs; if not, its recogniser is ``WITHOUT_LSTM``.
        channels_last: whether its models take and give N x H x W x C.
        finish: what is written into the folder when all its models are there.
        inspect: check of a model file's structure, of a target that does not run here: file, task, inputs, outputs.
        elsewhere: where it runs, if not here.
    """

    format: str
    argument: str
    suffix: str
    variants: tuple[str, ...]
    packages: Mapping[str, tuple[str, ...]]
    extra: str
    convert: Convert
    plain: bool = False
    lstm: bool = True
    channels_last: bool = False
    finish: Callable[[Path], None] | None = None
    inspect: Inspect | None = None
    elsewhere: str = ""

    def missing(self, variant: str) -> tuple[str, ...]:
        """Packages of a variant that are not installed."""
        return tuple(name for name in self.packages.get(variant, ()) if importlib.util.find_spec(name) is None)

    def require(self, variant: str) -> None:
        """Check that a variant exists and that its packages are installed.

        Raises:
            UsageError: there is no such variant.
            DependencyError: a package is missing.
        """
        if variant not in self.variants:
            raise UsageError(
                f"--target {self.argument} has no variant {variant!r}; give --variant {' or '.join(self.variants)}"
            )
        if missing := self.missing(variant):
            raise DependencyError(
                f"exporting to {self.argument} ({variant}) needs the package{'s' * (len(missing) > 1)} "
                f"{' and '.join(missing)}; "
                f"run: pip install 'ocr[{self.extra}]'"
            )


HALF: Final = ("fp16", "float")
"""Variants of runtimes that have no int8 of their own here: weights of half precision, and single."""

WITHOUT_LSTM: Final = "crnn-en-conv-int8"
"""The recogniser for runtimes that have no LSTM."""

TARGETS: Final[Mapping[str, Target]] = {
    target.argument: target
    for target in (
        Target("ONNX", "onnx", ".onnx", ("int8", "float"), {"float": ("onnx",)}, "onnx", convert.to_onnx),
        Target(
            "ONNX Runtime Mobile", "ort", ".ort", ("int8",), {}, "", convert.to_ort,
            finish=convert.required_operators,
        ),
        Target(
            "Browser (WebAssembly)", "web", ".ocrnet", ("compact", "int8"),
            dict.fromkeys(("compact", "int8"), ("onnx", "wasmtime")), "web", convert.to_web,
            finish=convert.web_runtime,
        ),
        Target(
            "ncnn", "ncnn", ".param", HALF, dict.fromkeys(HALF, ("ncnn", "pnnx", "onnx")), "ncnn", convert.to_ncnn,
            plain=True,
        ),
        Target("MNN", "mnn", ".mnn", HALF, dict.fromkeys(HALF, ("MNN", "onnx")), "mnn", convert.to_mnn, plain=True),
        Target(
            "OpenVINO", "openvino", ".xml", HALF, dict.fromkeys(HALF, ("openvino", "onnx")), "openvino",
            convert.to_openvino, plain=True,
        ),
        Target(
            "Core ML", "coreml", ".mlpackage", HALF, dict.fromkeys(HALF, ("coremltools", "torch", "onnx")), "coreml",
            coreml.to_coreml, plain=True, inspect=coreml.check_coreml, elsewhere="Apple machines",
        ),
        Target(
            "ExecuTorch", "executorch", ".pte", ("float",), {"float": ("executorch", "torch", "onnx")}, "executorch",
            executorch.to_executorch, plain=True, lstm=False,
        ),
        Target(
            "LiteRT", "litert", ".tflite", ("int8", "float"),
            dict.fromkeys(("int8", "float"), ("ai_edge_litert", "onnx")), "litert", litert.to_litert, plain=True,
            lstm=False, channels_last=True,
        ),
    )
}  # fmt: skip
"""All targets, by the argument of ``--target``."""


def chosen(argument: str) -> Target:
    """The target of a name.

    Raises:
        UsageError: there is none.
    """
    if argument in TARGETS:
        return TARGETS[argument]
    near = get_close_matches(argument.lower(), TARGETS, 1)
    meant = f"; did you mean {near[0]}?" if near else "; list them: ocr export --list"
    raise UsageError(f"there is no target {argument!r}: the targets are {', '.join(TARGETS)}{meant}")


HEAD = ("Format", "--target", "Suffix", "--variant", "Runs here", "Extra")


def rows() -> list[tuple[str, ...]]:
    """The table of targets: a row for each, as ``HEAD`` names its columns."""
    return [
        (
            target.format,
            target.argument,
            target.suffix,
            ", ".join(target.variants),
            _runs(target),
            target.extra or "-",
        )
        for target in TARGETS.values()
    ]


def _runs(target: Target) -> str:
    if target.elsewhere:
        return f"no: {target.elsewhere}"
    ready = [variant for variant in target.variants if not target.missing(variant)]
    return "yes" if len(ready) == len(target.variants) else f"{', '.join(ready)} alone" if ready else "not installed"


def listed() -> str:
    """The table of targets as text, with whether each runs here."""
    return aligned([HEAD, *rows()])


def aligned(table: Sequence[Sequence[str]]) -> str:
    """Rows of cells as text in columns."""
    widths = [max(len(row[k]) for row in table) for k in range(len(table[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table
    )


def markdown() -> str:
    """The table of targets for the documentation: the same on every machine."""
    table = [[*row[:4], f"`ocr[{row[5]}]`" if row[5] != "-" else "none"] for row in rows()]
    lines = [[*HEAD[:4], HEAD[5]], ["---"] * 5, *table]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
