"""From a checkpoint to a ``.dcz`` file: export without folding, then pack what has few different values.

Batch norms stay beside their convolutions in the file, so that the weights keep their grid or their shared values.
ONNX Runtime folds them when it loads the model.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import nn

from ocr.compress.activations import Rounding
from ocr.compress.plain import halved
from ocr.detect.db import DetectorSettings
from ocr.errors import UsageError
from ocr.export.parity import FLOAT_LIMIT
from ocr.export.recognizer import UNFITTED, export_recognizer
from ocr.metadata import Metadata
from ocr.output import replacing
from ocr.packed_weights import pack
from ocr.train.checkpoint import Trained
from ocr.train.detect.export import export as export_detector
from ocr.train.detect.net import TextNet
from ocr.train.recognize.data import HEIGHT
from ocr.train.recognize.publish import settings_of

__all__ = ["pack_model", "packed_size", "parity_limit", "write_packed"]

LEAST = 16
"""Initializers with fewer values stay in the model's graph."""


def write_packed(
    trained: Trained, path: Path, name: str, fit: Callable[[Path], object] | None = None, *, half: bool = True
) -> int:
    """Write a recogniser or a detector as a ``.dcz`` file; returns its bytes.

    Args:
        trained: the model.
        path: of the file, which appears whole or not at all.
        name: what results will call the model.
        fit: completes the ONNX file before it is packed, as ``ocr.train.recognize.calibrate.calibrate_lines`` fits the
            confidence.
        half: whether what is not quantized (biases, norms, small tensors) is rounded to half precision.

    Raises:
        UsageError: the net is for another task.
        OcrError: the exported model differs from the net.
        OutputError: the file cannot be written.
    """
    about = _about(trained, name)
    with tempfile.TemporaryDirectory() as folder:
        wide = Path(folder) / "wide.onnx"
        _export(halved(trained.net) if half else trained.net, wide, about)
        if fit is not None:
            fit(wide)
        data = pack_model(onnx.load(str(wide)))
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        file.write(data)
    return len(data)


def _about(trained: Trained, name: str) -> Metadata:
    if trained.task == "recognize":
        settings: Any = settings_of(trained.charset, first=False)
        height, charset, calibration = HEIGHT, trained.charset, tuple[float, ...](UNFITTED)
    elif trained.task == "detect":
        settings, height, charset, calibration = DetectorSettings(), 0, "", ()
    else:
        raise UsageError(f"{name}: a net for task {trained.task}; recognisers and detectors can be packed")
    return Metadata(
        trained.task, name, trained.licence, trained.trained_on, height, 0, 0.5, 0.5, asdict(settings), charset,
        calibration,
    )  # fmt: skip


def _export(net: nn.Module, path: Path, about: Metadata) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    if isinstance(net, TextNet):
        export_detector(net, path, about, fold=False, limit=parity_limit(net))
    else:
        export_recognizer(net, path, about, fold=False, limit=parity_limit(net))
    torch.set_num_threads(threads)


def parity_limit(net: nn.Module) -> float:
    """By how much an exported model may differ from its net in a probability."""
    return 0.2 if any(isinstance(module, Rounding) for module in net.modules()) else FLOAT_LIMIT


def pack_model(model: onnx.ModelProto) -> bytes:
    """The ``.dcz`` bytes of an ONNX model; ``ocr.packed_weights.unpack`` gives it back."""
    weights: dict[str, NDArray[np.float32]] = {}
    left = onnx.ModelProto()
    left.CopyFrom(model)
    del left.graph.initializer[:]
    for tensor in model.graph.initializer:
        array = numpy_helper.to_array(tensor)
        if array.dtype == np.float32 and array.size >= LEAST:
            weights[tensor.name] = array
        else:
            left.graph.initializer.append(tensor)
    left.ClearField("producer_name")
    left.ClearField("producer_version")
    for node in left.graph.node:
        node.ClearField("doc_string")
        node.ClearField("name")
    return pack(left.SerializeToString(), weights)


def packed_size(trained: Trained) -> int:
    """Bytes of the ``.dcz`` file that a model would make."""
    with tempfile.TemporaryDirectory() as folder:
        return write_packed(trained, Path(folder) / "model.dcz", "measured")
