"""ONNX export of a recogniser with its parity check, and int8 quantization.

Three outputs, so that only what is asked for is computed: ``logits`` (T, N, C), and for greedy decoding ``classes`` and
``probabilities`` (T, N): the best class of each frame and its probability. Nets of thousands of classes classify only
the frames that may hold a character (:mod:`ocr.export.blank_gate`): their ``logits`` are (L, C), and a fourth output,
``live`` (L), says which frames those are, as t * N + n; all others are blank.
"""

from __future__ import annotations

import copy
import logging
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static
from torch import Tensor, nn

from ocr.export.blank_gate import Classifier
from ocr.export.metadata import describe, set_pairs
from ocr.export.parity import FLOAT_LIMIT, Feed, held, largest
from ocr.metadata import Metadata

__all__ = ["COMPARED", "UNFITTED", "export_recognizer", "feed_of", "quantize_recognizer"]

OUTPUTS = ["logits", "classes", "probabilities"]
COMPARED = ("classes",)
"""Outputs by which an int8 recogniser is held to the float one."""
UNFITTED = (3.0, -3.0, 1.0, 0.0)
"""Calibration of a recogniser whose confidence has not been fitted yet."""


class _Greedy(nn.Module):
    """A CRNN with the greedy decision inside the graph."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, lines: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """N x 1 x H x W to logits, classes, probabilities."""
        logits: Tensor = self.net(lines)
        best, classes = logits.softmax(-1).max(-1)
        return logits, classes, best


class _Gated(nn.Module):
    """The same for a net whose classifier sees only the frames that the gate lets pass."""

    def __init__(self, net: nn.Module, gate: nn.Linear) -> None:
        super().__init__()
        self.net, self.gate = net, gate

    def forward(self, lines: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """N x 1 x H x W to logits, classes, probabilities, live."""
        net = cast(Classifier, self.net)
        embedding = net.embed(lines)
        features = embedding.flatten(0, 1)
        passed = (features * self.gate.weight[0]).sum(-1) + self.gate.bias > 0
        first = torch.ones_like(passed[:1])  # never nothing at all
        live = torch.cat([first, passed[1:]]).nonzero().squeeze(1)
        logits: Tensor = net.classify(features[live].unsqueeze(0))  # 1 x L x C: a MatMul, which is quantized
        best, labels = (value.flatten() for value in logits.softmax(-1).topk(1))
        frames = embedding.shape[:2]
        classes = torch.zeros_like(passed, dtype=torch.long).scatter(0, live, labels).reshape(frames)
        probabilities = torch.ones_like(features[:, 0]).scatter(0, live, best).reshape(frames)
        return logits.squeeze(0), classes, probabilities, live


def _folded(net: nn.Module) -> nn.Module:
    """A copy whose batch norms are folded into their convolutions."""
    net = copy.deepcopy(net).eval()
    for module in net.modules():
        if isinstance(module, nn.Sequential):
            for i in range(len(module) - 1):
                if isinstance(module[i], nn.Conv2d) and isinstance(module[i + 1], nn.BatchNorm2d):
                    module[i] = torch.nn.utils.fuse_conv_bn_eval(module[i], module[i + 1])  # type: ignore[arg-type,type-var]
                    module[i + 1] = nn.Identity()
    return net


def export_recognizer(
    net: nn.Module,
    path: Path,
    metadata: Metadata,
    opset: int = 17,
    gate: nn.Linear | None = None,
    fold: bool = True,
    limit: float = FLOAT_LIMIT,
) -> float:
    """Write a float model; returns the largest difference of probabilities between it and the net.

    Args:
        net: N x 1 x H x W to T x N x classes; with ``gate`` a ``Classifier``.
        path: of the file.
        metadata: what the file says of itself; its ``height`` is H.
        opset: version of ONNX's operators.
        gate: tells the frames that the classifier has to see.
        fold: whether batch norms become part of the weights before them; if not, the file holds the weights of the net
            as they are (ONNX Runtime folds them when it loads the file).
        limit: of that difference; nets that round their activations need more, as values between two levels fall to
            either side.

    Raises:
        OcrError: the two differ by more than ``limit`` at some width.
    """
    folded, height = _folded(net) if fold else copy.deepcopy(net).eval(), metadata.height
    wrapped = _Greedy(folded).eval() if gate is None else _Gated(folded, gate).eval()
    axes = {"lines": {0: "N", 3: "W"}, **{name: {0: "T", 1: "N"} for name in OUTPUTS}}
    if gate is not None:
        axes |= {"logits": {0: "L"}, "live": {0: "L"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        torch.onnx.export(
            wrapped,
            (torch.zeros(2, 1, height, 320),),
            str(path),
            input_names=["lines"],
            output_names=OUTPUTS if gate is None else [*OUTPUTS, "live"],
            dynamic_axes=axes,
            opset_version=opset,
            dynamo=False,
            training=torch.onnx.TrainingMode.EVAL if fold else torch.onnx.TrainingMode.PRESERVE,
        )
    describe(path, metadata)
    worst = 0.0
    for n, width in ((1, 64), (3, 200), (2, 800)):
        lines = torch.rand(n, 1, height, width) * 2 - 1
        with torch.inference_mode():
            expected = wrapped(lines)[2].numpy()
        worst = max(worst, largest(path, {"lines": lines.numpy()}, {"probabilities": expected}))
    return held(path, worst, limit, "float")


def feed_of(picture: NDArray[np.uint8]) -> Feed:
    """A line (H, W) as the model takes it."""
    return {"lines": picture[None, None].astype(np.float32) / 127.5 - 1}


class _Lines(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, pictures: Sequence[NDArray[np.uint8]]) -> None:
        self._feed = map(feed_of, pictures)

    def get_next(self) -> Any:
        return next(self._feed, None)


def quantize_recognizer(source: Path, path: Path, pictures: Sequence[NDArray[np.uint8]]) -> None:
    """Int8: static QDQ on the convolutions (per channel, U8S8, min-max of the usual line), dynamic on LSTM and MatMul.

    Args:
        source: fp32 model from ``export_recognizer``.
        path: int8 model to write.
        pictures: at least 64 real (height, W) lines for the activations' ranges.
    """
    original = onnx.load(str(source))
    metadata = {p.key: p.value for p in original.metadata_props}
    after = [node.name for node in original.graph.node if "classify" in node.name or "narrow" in node.name]
    with tempfile.TemporaryDirectory() as folder:
        prepared, static = Path(folder) / "prepared.onnx", Path(folder) / "static.onnx"
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(prepared)
        onnxruntime.InferenceSession(str(source), options, providers=["CPUExecutionProvider"])
        logging.getLogger().setLevel(logging.ERROR)
        quantize_static(
            str(prepared), str(static), _Lines(pictures), quant_format=QuantFormat.QDQ, per_channel=True,
            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, op_types_to_quantize=["Conv", "Add", "Relu"],
            nodes_to_exclude=after, extra_options={"ActivationSymmetric": False, "CalibMovingAverage": True},
        )  # fmt: skip
        quantize_dynamic(str(static), str(path), weight_type=QuantType.QInt8, op_types_to_quantize=["LSTM", "MatMul"])
    set_pairs(path, metadata)
