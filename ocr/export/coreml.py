"""Core ML packages: converted here, where only their structure can be checked; they run on Apple machines."""

from __future__ import annotations

import importlib
import logging
import os
import warnings
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any, Final

from ocr.errors import OcrError
from ocr.metadata import pairs

__all__ = ["check_coreml", "to_coreml"]

WIDTHS: Final = (32, 4096)
"""Widths of a line in pixels."""
SIDES: Final = (64, 2560)
"""Sides of a page in pixels, of nets that take any."""


def to_coreml(source: Path, path: Path, task: str, variant: str) -> None:
    """An ML program in a package, for iOS 16 and macOS 13 on, with a range of widths and one LSTM operator."""
    import torch

    from ocr.engine import Session
    from ocr.export.plain import plain_model
    from ocr.export.torch_net import TorchNet

    logging.getLogger("coremltools").setLevel(logging.ERROR)
    with warnings.catch_warnings(), Path(os.devnull).open("w") as quiet, redirect_stderr(quiet):
        warnings.simplefilter("ignore")
        tools: Any = importlib.import_module("coremltools")
        plain = path.with_name(f"{path.name}.onnx")
        try:
            plain_model(source, plain)
            session, net = Session(plain), TorchNet(plain)
        finally:
            plain.unlink(missing_ok=True)
        said = pairs(source)
        height, width = int(said["height"]), int(said["width"])
        planes = 3 if task in {"corners", "enhance"} else 1
        example = (1, planes, height or 320, width or 320)
        free: list[Any] = [1, planes, height, width]
        for axis, size in ((2, height), (3, width)):
            if not size or (task == "recognize" and axis == 3):
                low, high = WIDTHS if task == "recognize" else SIDES
                free[axis] = tools.RangeDim(low, high, default=320)
        if task == "recognize":
            example = (1, planes, height, 320)
        with torch.no_grad():
            traced = torch.jit.trace(net, torch.zeros(example))  # type: ignore[no-untyped-call]
        made = tools.convert(
            traced, inputs=[tools.TensorType(session.inputs[0], shape=tuple(free))],
            outputs=[tools.TensorType(name) for name in session.outputs], skip_model_load=True,
            convert_to="mlprogram", minimum_deployment_target=tools.target.iOS16,
            compute_precision=tools.precision.FLOAT16 if variant == "fp16" else tools.precision.FLOAT32,
        )  # fmt: skip
    made.save(str(path))


def check_coreml(path: Path, task: str, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> None:
    """Check a package's description: names, a range of widths for lines, the LSTM as one operator.

    Raises:
        OcrError: it differs.
    """
    tools: Any = importlib.import_module("coremltools")
    spec = tools.utils.load_spec(str(path))
    found = tuple(value.name for value in spec.description.input), tuple(o.name for o in spec.description.output)
    if found != (inputs, outputs):
        raise OcrError(f"{path.name}: inputs and outputs are {found}, not {(inputs, outputs)}; no folder was written")
    if task == "recognize":
        last = spec.description.input[0].type.multiArrayType.shapeRange.sizeRanges[3]
        if (last.lowerBound, last.upperBound) != WIDTHS:
            raise OcrError(f"{path.name}: takes widths {last.lowerBound} to {last.upperBound}; no folder was written")
        kinds = {
            operation.type
            for function in spec.mlProgram.functions.values()
            for block in function.block_specializations.values()
            for operation in block.operations
        }
        if kinds & {"while_loop", "cond"}:
            raise OcrError(f"{path.name}: the LSTM became a loop; no folder was written")
