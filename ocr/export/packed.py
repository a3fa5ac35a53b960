"""A classifier of thousands of classes at 4 bits a weight in the file, and at 8 bits in memory.

Blocks of ``BLOCK`` weights of a class share their smallest value and their range, both of 8 bits; a weight is one of 16
evenly spaced values between (group-wise quantization, as in Shen et al., "Q-BERT", 2020). A few operators on constants
unpack them, which ONNX Runtime runs once, when the model is loaded: what is multiplied with is int8 as before.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from ocr.errors import OcrError

__all__ = ["pack_classifier", "packed", "unpacked"]

BLOCK = 64
STEPS = 15
"""Between the smallest and the largest of 16 values."""


def packed(weights: NDArray[np.int8]) -> tuple[NDArray[np.uint8], NDArray[np.int8], NDArray[np.uint8]]:
    """Pack (K, C) weights, K a multiple of ``BLOCK``, in blocks along K.

    Returns:
        (K / 2, C): the weights of the lower half of K in the low bits, of the upper half in the high ones; and for each
        block (K / BLOCK, 1, C) its smallest value and its range.
    """
    rows, classes = weights.shape
    blocks = weights.reshape(-1, BLOCK, classes).astype(np.int32)
    low = blocks.min(1, keepdims=True)
    spread = blocks.max(1, keepdims=True) - low
    values = np.rint((blocks - low) * STEPS / np.maximum(spread, 1)).astype(np.uint8).reshape(rows, classes)
    halves = values[: rows // 2] | values[rows // 2 :] << 4
    return halves, low.astype(np.int8), spread.astype(np.uint8)


def unpacked(halves: NDArray[np.uint8], low: NDArray[np.int8], spread: NDArray[np.uint8]) -> NDArray[np.int8]:
    """The (K, C) weights that ``packed`` kept, to the nearest of 16 values."""
    values = np.concatenate([halves & 15, halves >> 4]).reshape(-1, BLOCK, halves.shape[1]).astype(np.float32)
    return np.asarray(np.rint(values * (spread / np.float32(STEPS)) + low).reshape(-1, halves.shape[1]), np.int8)


def pack_classifier(path: Path) -> None:
    """Pack the int8 weights of the classifier in a model file of ``quantize_recognizer``, in place.

    Raises:
        OcrError: the file has no such weights.
    """
    model = onnx.load(str(path))
    graph = model.graph
    initializers = {tensor.name: tensor for tensor in graph.initializer}
    names = [node.input[1] for node in graph.node if node.op_type == "MatMulInteger" and "classify" in node.name]
    if len(names) != 1 or names[0] not in initializers:
        raise OcrError(f"{path}: no int8 classifier in it; quantize the model first")
    name = names[0]
    weights = numpy_helper.to_array(initializers[name])
    halves, low, spread = packed(weights)
    constants = {
        "halves": halves,
        "low": low,
        "spread": spread,
        "four": np.array(4, np.uint8),
        "sixteen": np.array(16, np.float32),
        "step": np.array(1 / STEPS, np.float32),
        "blocks": np.array([-1, BLOCK, weights.shape[1]]),
        "shape": np.array(weights.shape),
    }
    graph.initializer.remove(initializers[name])
    graph.initializer.extend(numpy_helper.from_array(value, f"{name}_{key}") for key, value in constants.items())

    def node(kind: str, inputs: str, output: str, **attributes: object) -> onnx.NodeProto:
        return helper.make_node(kind, [f"{name}_{i}" for i in inputs.split()], [f"{name}_{output}"], **attributes)

    unpacking = [
        node("BitShift", "halves four", "high", direction="RIGHT"),
        node("Cast", "halves", "bytes", to=TensorProto.FLOAT),
        node("Cast", "high", "upper", to=TensorProto.FLOAT),
        node("Mul", "upper sixteen", "shifted"),
        node("Sub", "bytes shifted", "lower"),
        node("Concat", "lower upper", "flat", axis=0),
        node("Reshape", "flat blocks", "values"),
        node("Cast", "spread", "range", to=TensorProto.FLOAT),
        node("Mul", "range step", "steps"),
        node("Mul", "values steps", "scaled"),
        node("Cast", "low", "least", to=TensorProto.FLOAT),
        node("Add", "scaled least", "exact"),
        node("Round", "exact", "rounded"),
        node("Reshape", "rounded shape", "whole"),
        helper.make_node("Cast", [f"{name}_whole"], [name], to=TensorProto.INT8),
    ]
    for at, made in enumerate(unpacking):
        graph.node.insert(at, made)
    onnx.save(model, str(path))
