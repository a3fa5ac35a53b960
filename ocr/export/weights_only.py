"""Weights stored as int8 and computed with in floating point: a quarter of the size, nearly the same model."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

__all__ = ["quantize_weights"]

LEAST: Final = 256
"""Smaller tensors stay as they are."""


def quantize_weights(source: Path, path: Path) -> Path:
    """Write a copy of an ONNX model with matrices in int8, one scale for each row or column, whichever errs less.

    The runtime makes them floats again when it loads the file, so a run takes as long as before.

    Args:
        source: the float model.
        path: the int8 model.
    """
    model = onnx.load(str(source))
    graph = model.graph
    for tensor in list(graph.initializer):
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.ndim < 2 or values.size < LEAST:
            continue
        axis = min(range(min(values.ndim, 2)), key=lambda one: float(np.square(values - _floats(values, one)).sum()))
        if values.ndim > 2 and values.shape[axis] == 1:  # a recurrent layer's directions
            axis = 1
        scale = _scale(values, axis)
        levels = np.clip(np.round(values / _along(scale, values, axis)), -127, 127).astype(np.int8)
        name = tensor.name
        graph.initializer.remove(tensor)
        graph.initializer.extend(
            [
                numpy_helper.from_array(levels, f"{name}.int8"),
                numpy_helper.from_array(scale, f"{name}.scale"),
                numpy_helper.from_array(np.zeros(scale.shape, np.int8), f"{name}.zero"),
            ]
        )
        given = [f"{name}.int8", f"{name}.scale", f"{name}.zero"]
        graph.node.insert(0, onnx.helper.make_node("DequantizeLinear", given, [name], name=f"{name}.float", axis=axis))
    onnx.save(model, str(path))
    return path


def _scale(values: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    others = tuple(k for k in range(values.ndim) if k != axis)
    return np.asarray(np.maximum(np.abs(values).max(others) / 127, 1e-9), np.float32)


def _along(scale: NDArray[np.float32], values: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    return scale.reshape([-1 if k == axis else 1 for k in range(values.ndim)])


def _floats(values: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """The values as they come back."""
    scale = _along(_scale(values, axis), values, axis)
    return np.asarray(np.round(values / scale) * scale, np.float32)
