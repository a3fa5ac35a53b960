"""Arrays appended to an ONNX model, in protocol buffer bytes.

Messages that follow each other are merged, and repeated fields of a nested message are concatenated (Protocol Buffers
encoding, "Last One Wins"). So a second ``graph`` that holds nothing but weights adds them to the first.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

__all__ = ["with_weights"]

GRAPH = 7
"""Field of ``ModelProto``."""
INITIALIZER = 5
"""Field of ``GraphProto``."""
DIMS, DATA_TYPE, NAME, RAW_DATA = 1, 2, 8, 9
"""Fields of ``TensorProto``."""
FLOAT = 1
"""Value of ``DATA_TYPE``."""


def with_weights(model: bytes, weights: Iterable[tuple[str, NDArray[np.float32]]]) -> bytes:
    """The model with initializers added.

    Args:
        model: an ONNX model whose graph lacks them.
        weights: names and arrays.
    """
    tensors = [_field(INITIALIZER, _tensor(name, array)) for name, array in weights]
    return b"".join([model, _key(GRAPH, 2), _varint(sum(map(len, tensors))), *tensors])


def _tensor(name: str, array: NDArray[np.float32]) -> bytes:
    dims = b"".join(_key(DIMS, 0) + _varint(size) for size in array.shape)
    raw = np.ascontiguousarray(array, "<f4").tobytes()
    return dims + _key(DATA_TYPE, 0) + _varint(FLOAT) + _field(NAME, name.encode()) + _field(RAW_DATA, raw)


def _field(number: int, content: bytes) -> bytes:
    return _key(number, 2) + _varint(len(content)) + content


def _key(number: int, kind: int) -> bytes:
    return _varint(number << 3 | kind)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)
