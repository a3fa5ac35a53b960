"""ONNX export of picture nets with its parity check, and static int8 quantization."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import onnx
import torch
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from torch import Tensor, nn

from ocr.export.arranged import arranged
from ocr.export.metadata import describe, set_pairs
from ocr.export.parity import FLOAT_LIMIT, Feed, held, largest
from ocr.metadata import Metadata, pairs

__all__ = ["export_net", "quantize_net"]


def export_net(
    net: nn.Module,
    path: Path,
    metadata: Metadata,
    name: str,
    sample: Tensor,
    outputs: Sequence[str],
    free: Mapping[int, str],
    *,
    fold: bool = True,
    limit: float = FLOAT_LIMIT,
) -> float:
    """Write a net of one input as ONNX (opset 17); returns the largest difference between it and the net.

    Args:
        net: in any mode; it is exported as it evaluates.
        path: of the file.
        metadata: what the file says of itself.
        name: of the input.
        sample: an input to compare on.
        outputs: their names.
        free: the input's dimensions that may vary, by their names; the outputs' dimensions of the same index vary too.
        fold: whether batch norms become part of the convolutions before them.
        limit: of that difference.

    Raises:
        OcrError: the two differ by more than ``limit``.
    """
    net = net.cpu().to(memory_format=torch.contiguous_format).eval()  # type: ignore[call-overload]
    with torch.no_grad():
        expected = net(sample)
    expected = [expected] if isinstance(expected, Tensor) else list(expected)
    ranks = zip(outputs, expected, strict=True)
    axes = {name: dict(free)} | {key: {k: v for k, v in free.items() if k < value.ndim} for key, value in ranks}
    part = path.with_suffix(".part")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            net, (sample,), str(part), opset_version=17, dynamo=False,
            input_names=[name], output_names=list(outputs), dynamic_axes=axes,
            training=torch.onnx.TrainingMode.EVAL if fold else torch.onnx.TrainingMode.PRESERVE,
        )  # fmt: skip
    wanted = {key: value.numpy() for key, value in zip(outputs, expected, strict=True)}
    worst = held(path, largest(part, {name: sample.numpy()}, wanted), limit, "float")
    describe(part, metadata)
    part.replace(path)
    return worst


class _Feeds(CalibrationDataReader):  # type: ignore[misc]
    """Calibration inputs, one for each run."""

    def __init__(self, feeds: Iterable[Feed]) -> None:
        self.rest = iter(feeds)

    def get_next(self) -> Feed | None:
        """The next input, ``None`` at the end (onnxruntime's protocol)."""
        return next(self.rest, None)


LAYERS = ("Conv", "Add", "Relu", "LeakyRelu", "Resize", "Concat")


def quantize_net(source: Path, path: Path, feeds: Iterable[Feed], *, whole: bool = False, usual: bool = False) -> Path:
    """Static int8: 8-bit weights per channel, unsigned activations, quantized and dequantized around every layer.

    Args:
        source: what ``export_net`` wrote.
        path: the int8 file.
        feeds: 64 or more real inputs, for the activations' ranges.
        whole: first and last layers too, of nets from pictures to pictures: 256 levels are what pixels have.
        usual: activations' ranges are the mean of all inputs' ranges, not the widest.
    """
    ready = path.with_suffix(".pre.onnx")
    quant_pre_process(str(source), str(ready), skip_symbolic_shape=True)
    logging.getLogger().setLevel(logging.ERROR)
    quantize_static(
        str(ready), str(path), _Feeds(feeds), quant_format=QuantFormat.QDQ, per_channel=True,
        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
        op_types_to_quantize=[*LAYERS], nodes_to_exclude=[] if whole else _kept(ready),
        extra_options={"CalibMovingAverage": usual},
    )  # fmt: skip
    ready.unlink()
    onnx.save(arranged(onnx.load(str(path))), str(path))
    set_pairs(path, pairs(source))
    return path


def _kept(path: Path) -> list[str]:
    """What stays in floating point: the first convolution (few input channels: in int8 it is slower) and what comes
    after the last one before each output, that one included (256 levels are too few for logits).
    """
    graph = onnx.load(str(path)).graph
    makers: dict[str, Any] = {out: node for node in graph.node for out in node.output}
    names = [next(node.name for node in graph.node if node.op_type == "Conv")]
    for output in graph.output:
        name = output.name
        while (node := makers.get(name)) is not None:
            names.append(node.name)
            name = node.input[0]
            if node.op_type in {"Conv", "Gemm"}:
                break
    return names
