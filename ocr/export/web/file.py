"""Model files for browsers, as ``docs/formats.md`` describes them: written from a net."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ocr.export.web.net import Integers, Kind, Layout, Net, Operation, Tensor
from ocr.wasm import BLOCK, HEAD, HEADER, MAGIC, OPERATION, OUTPUT, SPEC

__all__ = ["coarser", "file_bytes", "padded"]

BODY_MAGIC: Final = b"OCRN"
VERSION: Final = 1
FINENESS: Final = 1 / 8
"""Size of a step of coarse weights, as a share of their standard deviation: about 5 bits a weight, entropy-coded."""


def padded(channels: int) -> int:
    """Channels as they lie in memory."""
    return -(-channels // BLOCK) * BLOCK


def coarser(weights: Integers) -> Integers:
    """Weights with larger steps, which take fewer bits when compressed; rows that have few levels stay as they are."""
    flat = weights.values.reshape(len(weights.values), -1).astype(np.float32)
    step = np.maximum(flat.std(1) * np.float32(FINENESS), 1)
    whole = np.clip(np.rint(flat / step[:, None]), -127, 127).astype(np.int8)
    return Integers(whole.reshape(weights.values.shape), (weights.steps * step).astype(np.float32))


def file_bytes(net: Net, *, coarse: bool) -> bytes:
    """The file of a net.

    Args:
        net: of ``read_net``.
        coarse: whether weights get larger steps, for a smaller file.
    """
    body = _body(net, coarse)
    return HEAD.pack(MAGIC, len(body), zlib.crc32(body)) + zlib.compress(body, 9)


def _body(net: Net, coarse: bool) -> bytes:
    tensors = _tensors(net)
    index = {id(tensor): k for k, tensor in enumerate(tensors)}
    whole, exact = bytearray(), bytearray()
    rows = []
    for operation in net.operations:
        places = (len(whole), len(exact))
        weights, factors = _constants(operation, coarse)
        if isinstance(weights, bytes):
            whole += weights + b"\0" * (-len(weights) % 4)
        else:
            exact += weights.astype("<f4").tobytes()
        rows.append((operation, places, isinstance(weights, bytes), len(exact)))
        exact += factors.astype("<f4").tobytes()
    records = bytearray()
    for operation, (at_whole, at_exact), is_whole, at_factors in rows:
        at_weights = at_whole if is_whole else len(whole) + at_exact
        records += _record(operation, index, at_weights, len(whole) + at_factors)
    last = _last_uses(net, tensors)
    specs = b"".join(SPEC.pack(t.layout, t.channels, t.halo, t.zero, t.scale, last[id(t)]) for t in tensors)
    outputs = b"".join(OUTPUT.pack(index[id(o.tensor)], o.form, o.name.encode()[:23]) for o in net.outputs)
    head = HEADER.pack(
        BODY_MAGIC, VERSION, len(tensors), len(net.operations), len(net.outputs),
        len(whole) + len(exact), *net.size, net.levels - 1, net.name.encode()[:27],
    )  # fmt: skip
    return head + specs + bytes(records) + outputs + bytes(whole) + bytes(exact)


def _tensors(net: Net) -> list[Tensor]:
    """The input and whatever operations write, each before what is made of it."""
    found = [net.input]
    for operation in net.operations:
        found += [tensor for tensor in (operation.output, operation.scratch) if tensor is not None]
    return found


def _last_uses(net: Net, tensors: Sequence[Tensor]) -> dict[int, int]:
    last = {id(tensor): 0 for tensor in tensors}
    for k, operation in enumerate(net.operations):
        for tensor in (*operation.inputs, operation.output, operation.scratch):
            if tensor is not None:
                last[id(tensor)] = k
    return last | {id(output.tensor): len(net.operations) for output in net.outputs}


def _record(operation: Operation, index: dict[int, int], weights: int, factors: int) -> bytes:
    inputs = [index[id(tensor)] for tensor in operation.inputs]
    if operation.scratch is not None:
        inputs.append(index[id(operation.scratch)])
    inputs += [-1] * (4 - len(inputs))
    return OPERATION.pack(
        operation.kind, *inputs, index[id(operation.output)], *operation.kernel, *operation.stride,
        operation.dilation, *operation.pads, operation.activation, operation.slope, operation.shrink, weights, factors,
        operation.units,
    )  # fmt: skip


def _constants(operation: Operation, coarse: bool) -> tuple[bytes | NDArray[np.float32], NDArray[np.float32]]:
    """Weights as the runtime reads them, and the factors and biases after them."""
    weights, units = operation.weights, operation.units
    if operation.kind is Kind.STEM:
        assert isinstance(weights, np.ndarray)
        columns = np.zeros((*weights.shape[1:], padded(units)), np.float32)
        columns[..., :units] = weights.transpose(1, 2, 3, 0)
        return columns.reshape(-1), _wide(operation.bias, units)
    if isinstance(weights, np.ndarray):
        return weights.reshape(-1), operation.bias
    if weights is None:
        return b"", np.zeros(0, np.float32)
    weights = coarser(weights) if coarse else weights
    if operation.kind is Kind.LSTM:
        return weights.values.tobytes(), weights.steps * np.float32(operation.output.scale)
    if operation.kind is Kind.DENSE:
        factor = weights.steps * np.float32(operation.inputs[0].scale)
        gate = np.zeros(0, np.float32) if operation.gate is None else operation.gate
        return weights.values.tobytes(), np.concatenate([_wide(factor, units), _wide(operation.bias, units), gate])
    given, out = operation.inputs[0], operation.output
    values = weights.values
    values = values.transpose(0, 2, 3, 1) if operation.kernel != (1, 1) else values.reshape(units, 1, 1, -1)
    step = out.scale if out.layout is Layout.BYTES else 1.0
    factor = weights.steps * np.float32(given.scale)
    bias = operation.bias - factor * given.zero * values.reshape(units, -1).astype(np.int32).sum(1)
    both = [_wide((row / step).astype(np.float32), units) for row in (factor, bias)]
    return np.ascontiguousarray(values).tobytes(), np.concatenate(both)


def _wide(row: NDArray[np.float32], units: int) -> NDArray[np.float32]:
    return np.pad(row, (0, padded(units) - units))
