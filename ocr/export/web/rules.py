"""One rule for each ONNX operator of the shipped models: what it becomes in a net for browsers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto

from ocr.export.web.graph import Graph, Value, attributes
from ocr.export.web.net import Activation, Form, Integers, Kind, Layout, Operation, Tensor

__all__ = ["RULES"]

MOST: Final = 1024
"""Longest row of a matrix product of int16: sums fit into 32 bits."""


def _same(graph: Graph, node: NodeProto) -> None:
    """Changes of shape are none in memory, and conversions of numbers are part of what follows."""
    if node.input[0] in graph.values:
        graph.values[node.output[0]] = graph.values[node.input[0]]
    elif node.input[0] in graph.constants:
        raise graph.fail(node, "computes a constant")
    else:
        graph.ignored.add(node.output[0])


def _ignored(graph: Graph, node: NodeProto) -> None:
    graph.ignored.update(node.output)


def _quantize(graph: Graph, node: NodeProto) -> None:
    """What an operation writes gets its scale; where 0 is the smallest byte, quantizing is a rectifier too."""
    value = graph.value(node)
    graph.values[node.output[0]] = value
    maker = value.maker
    if value.tensor.layout is not Layout.BYTES or maker is None or value.enlarged:
        return
    zero = int(graph.constants[node.input[2]])
    value.tensor.scale = float(graph.constants[node.input[1]]) * 256 / graph.levels
    value.tensor.zero = round(zero * graph.levels / 256)
    alone = maker.kind is Kind.CONV and len(maker.inputs) == 1
    if zero == 0 and alone and maker.activation is Activation.NONE:
        maker.activation = Activation.RELU


def _dequantize(graph: Graph, node: NodeProto) -> None:
    name, out = node.input[0], node.output[0]
    if name in graph.values:
        graph.values[out] = graph.values[name]
        return
    whole, steps = graph.constants[name], graph.constants[node.input[1]].astype(np.float32)
    zero = graph.constants[node.input[2]]
    if whole.dtype == np.int8 and zero.any():
        raise graph.fail(node, "has weights with a zero point")
    if whole.dtype == np.int8:
        graph.integers[out] = Integers(whole, np.broadcast_to(steps, len(whole)).copy())
    else:
        graph.constants[out] = ((whole.astype(np.int64) - zero) * steps).astype(np.float32)


def _conv(graph: Graph, node: NodeProto) -> None:
    said, value = attributes(node), graph.value(node)
    (down, right), pads = said["strides"], said["pads"]
    dilations = said.get("dilations", [1, 1])
    if said.get("group", 1) != 1 or pads[:2] != pads[2:] or len(set(dilations)) > 1 or value.enlarged:
        raise graph.fail(node, "is grouped or has uneven margins")
    stem = value.tensor.layout is Layout.PLANES
    if stem and dilations[0] != 1:
        raise graph.fail(node, "is a dilated first layer")
    weights = graph.floats(node.input[1]) if stem else graph.weights(node.input[1])
    units = len(weights) if isinstance(weights, np.ndarray) else len(weights.values)
    bias = graph.constants[node.input[2]] if len(node.input) > 2 else np.zeros(units, np.float32)
    graph.values[node.output[0]] = graph.add(
        Operation(
            Kind.STEM if stem else Kind.CONV,
            [value.tensor],
            Tensor(Layout.BYTES, units),
            scratch=Tensor(Layout.SCRATCH, 0) if stem else None,
            weights=weights,
            bias=bias,
            kernel=(said["kernel_shape"][0], said["kernel_shape"][1]),
            stride=(down, right),
            dilation=dilations[0],
            pads=(pads[0], pads[1]),
            units=units,
        )
    )


def _activated(graph: Graph, node: NodeProto) -> None:
    value, kinds = graph.value(node), {"Relu": Activation.RELU, "LeakyRelu": Activation.LEAKY}
    maker = value.maker
    if maker is None or maker.kind not in {Kind.CONV, Kind.STEM} or len(maker.inputs) > 1 or value.enlarged:
        raise graph.fail(node, "follows no convolution")
    maker.activation = kinds.get(node.op_type, Activation.SIGMOID)
    maker.slope = float(attributes(node).get("alpha", 0.01))
    graph.values[node.output[0]] = value


def _add(graph: Graph, node: NodeProto) -> None:
    """A bias, or a sum of two maps, which the later convolution computes."""
    known = [name for name in node.input if name in graph.values]
    if len(known) < 2:
        (bias,) = (graph.constants[name] for name in node.input if name in graph.constants)
        if not known:  # what else is added to is the gate's sum
            graph.gate.append(bias.astype(np.float32).reshape(-1))
            _ignored(graph, node)
            return
        maker = graph.values[known[0]].maker
        if maker is None or maker.kind is not Kind.DENSE:
            raise graph.fail(node, "adds a constant")
        maker.bias = maker.bias + bias.astype(np.float32)
        graph.values[node.output[0]] = graph.values[known[0]]
        return
    sides = sorted((graph.value(node, k) for k in (0, 1)), key=lambda value: _place(graph, value), reverse=True)
    for late, other in (sides, sides[::-1]):
        maker = late.maker
        fits = maker is not None and (maker.kind is Kind.CONV or (maker.kind is Kind.DENSE and not other.enlarged))
        if maker and fits and len(maker.inputs) == 1 and not late.enlarged:
            maker.inputs.append(other.tensor)
            maker.shrink = other.enlarged
            graph.values[node.output[0]] = Value(late.tensor, maker)
            return
    whole, enlarged = sides if not sides[0].enlarged else sides[::-1]
    if whole.enlarged:
        raise graph.fail(node, "adds two maps that are smaller than their sum")
    same = _identity(whole.tensor)
    same.inputs.append(enlarged.tensor)
    same.shrink = enlarged.enlarged
    graph.values[node.output[0]] = graph.add(same)


def _identity(tensor: Tensor) -> Operation:
    """A convolution that gives what it gets, so that something can be added to it."""
    units = tensor.channels
    weights = Integers(np.eye(units, dtype=np.int8)[:, :, None, None], np.ones(units, np.float32))
    return Operation(
        Kind.CONV, [tensor], Tensor(Layout.BYTES, units), weights=weights, bias=np.zeros(units, np.float32), units=units
    )


def _place(graph: Graph, value: Value) -> int:
    """When a value is made; what has to be enlarged comes first."""
    if value.enlarged or value.maker is None:
        return -1
    return next(k for k, operation in enumerate(graph.operations) if operation is value.maker)


def _resize(graph: Graph, node: NodeProto) -> None:
    said, value = attributes(node), graph.value(node)
    scales = graph.constants[node.input[2]].tolist() if len(node.input) > 2 and node.input[2] else []
    times = {1: 0, 2: 1, 4: 2, 8: 3}.get(scales[2]) if len(scales) == 4 and scales[2] == scales[3] else None
    if times is None or said["mode"] != b"nearest" or said["coordinate_transformation_mode"] != b"asymmetric":
        raise graph.fail(node, "does not repeat pixels 2, 4 or 8 times")
    graph.values[node.output[0]] = replace(value, enlarged=value.enlarged + times)


def _concat(graph: Graph, node: NodeProto) -> None:
    if not any(name in graph.values for name in node.input):
        _ignored(graph, node)
        return
    values = [graph.value(node, k) for k in range(len(node.input))]
    layouts = [value.tensor.layout for value in values]
    if attributes(node)["axis"] == -1 and layouts == [Layout.WORDS, Layout.BYTES]:
        graph.values[node.output[0]] = replace(values[0], maker=None, beside=values[1].tensor)
        return
    if attributes(node)["axis"] != 1 or len(values) > 4 or any(v.tensor.channels % 8 for v in values):
        raise graph.fail(node, "joins other things than up to four maps")
    output = Tensor(Layout.BYTES, sum(value.tensor.channels for value in values))
    shrink = sum(value.enlarged << 4 * k for k, value in enumerate(values))
    made = Operation(Kind.CONCAT, [v.tensor for v in values], output, shrink=shrink, units=output.channels)
    graph.values[node.output[0]] = graph.add(made)


def _scaled(graph: Graph, node: NodeProto) -> None:
    """Scale of activations times scale of weights, or a product times both: the weights' scale is what is left."""
    known = [name for name in node.input if name in graph.values]
    (other,) = (name for name in node.input if name not in graph.values and name not in graph.ignored)
    out = node.output[0]
    if not known:
        graph.constants[out] = graph.constants[other]
        return
    value, factor = graph.values[known[0]], graph.constants[other].astype(np.float32).reshape(-1)
    if graph.uses[known[0]] > 1 and factor.size == value.tensor.channels:
        graph.gate.append(factor)
        _ignored(graph, node)
        return
    if value.maker is None or not isinstance(value.maker.weights, Integers):
        raise graph.fail(node, "scales what no matrix product made")
    for made in (value.maker, graph.parts.get(id(value.maker))):
        if made is not None and isinstance(made.weights, Integers):
            made.weights = Integers(made.weights.values, made.weights.steps * factor)
    graph.values[out] = value


def _dense(graph: Graph, node: NodeProto) -> None:
    """A matrix product; of the channels that lie beside, a convolution computes it, and this adds what that gives."""
    value, weights = graph.value(node), graph.constants.get(node.input[1])
    if weights is None or not _as_words(graph, value.tensor) or len(weights) > MOST:
        raise graph.fail(node, "multiplies other things than an LSTM's output with constants")
    units, first = weights.shape[1], value.tensor.channels
    rows = np.ascontiguousarray(weights.T)
    made = Operation(
        Kind.DENSE, [value.tensor], Tensor(Layout.ROWS, units), weights=Integers(rows[:, :first].copy(), _ones(units)),
        bias=np.zeros(units, np.float32), units=units,
    )  # fmt: skip
    if value.beside is not None:
        part = Operation(
            Kind.CONV, [value.beside], Tensor(Layout.ROWS, units),
            weights=Integers(rows[:, first:, None, None].copy(), _ones(units)), bias=np.zeros(units, np.float32),
            units=units,
        )  # fmt: skip
        graph.parts[id(made)] = part
        made.inputs.append(graph.add(part).tensor)
    if [row.size for row in graph.gate] == [first, 1]:
        made.gate, made.activation = np.concatenate(graph.gate), Activation.GATE
        made.scratch = Tensor(Layout.SCRATCH, 0)
        graph.gate.clear()
    graph.values[node.output[0]] = replace(graph.add(made), form=Form.WNC)


def _ones(units: int) -> NDArray[np.float32]:
    return np.ones(units, np.float32)


def _as_words(graph: Graph, tensor: Tensor) -> bool:
    """Whether a tensor is int16; what a dense layer writes becomes so."""
    maker = next((operation for operation in graph.operations if operation.output is tensor), None)
    if tensor.layout is Layout.ROWS and maker is not None and maker.kind is Kind.DENSE:
        tensor.layout = Layout.WORDS
    return tensor.layout is Layout.WORDS


def _lstm(graph: Graph, node: NodeProto) -> None:
    """The part of all gates that comes from the input in one product for all steps, then the recurrent part."""
    said, value = attributes(node), graph.value(node)
    units, kernel, recurrent = said["hidden_size"], graph.constants[node.input[1]], graph.constants[node.input[2]]
    steps = [np.repeat(graph.constants[node.input[k]].astype(np.float32).reshape(2, -1), s, 1).reshape(-1)
             for k, s in ((8, 4 * units // graph.constants[node.input[8]].reshape(2, -1).shape[1]),
                          (10, 4 * units // graph.constants[node.input[10]].reshape(2, -1).shape[1]))]  # fmt: skip
    if said["direction"] != b"bidirectional" or graph.constants[node.input[9]].any() or units % 8:
        raise graph.fail(node, "has one direction or weights with a zero point")
    bias = graph.constants[node.input[3]].astype(np.float32).reshape(2, 2, 4 * units).sum(1).reshape(-1)
    first = np.ascontiguousarray(kernel.transpose(0, 2, 1)).reshape(8 * units, -1)
    words = _as_words(graph, value.tensor)
    gates = Operation(
        Kind.DENSE if words else Kind.CONV, [value.tensor], Tensor(Layout.ROWS, 8 * units),
        weights=Integers(first if words else first.reshape(8 * units, -1, 1, 1), steps[0]),
        bias=bias, units=8 * units,
    )  # fmt: skip
    again = np.ascontiguousarray(recurrent.transpose(0, 2, 1)).reshape(8 * units, units)
    made = Operation(
        Kind.LSTM, [graph.add(gates).tensor], Tensor(Layout.WORDS, 2 * units), Tensor(Layout.SCRATCH, 0),
        weights=Integers(again, steps[1]), units=units,
    )  # fmt: skip
    graph.values[node.output[0]] = graph.add(made)


def _dynamic(graph: Graph, node: NodeProto) -> None:
    graph.values[node.output[0]] = graph.value(node)
    graph.ignored.update(node.output[1:])


def _best(graph: Graph, node: NodeProto) -> None:
    """The best class of each frame (ArgMax), or its probability (ReduceMax after Softmax)."""
    value = graph.value(node)
    if value.tensor.layout is Layout.BYTES:
        _pool(graph, node)
        return
    made = next((o for o in graph.operations if o.kind is Kind.GREEDY and o.inputs == [value.tensor]), None)
    if made is None:
        made = Operation(Kind.GREEDY, [value.tensor], Tensor(Layout.PLANES, 1), Tensor(Layout.PLANES, 1))
        graph.add(made)
    assert made.scratch is not None
    classes, probabilities = Value(made.output, form=Form.HW), Value(made.scratch, form=Form.HW)
    found = {"ArgMax": [classes], "ReduceMax": [probabilities], "TopK": [probabilities, classes]}[node.op_type]
    graph.values |= dict(zip(node.output, found, strict=True))


def _pool(graph: Graph, node: NodeProto) -> None:
    """The largest of each column and then the mean of them, or the mean of all pixels."""
    value, axes = graph.value(node), attributes(node)["axes"]
    if value.maker is not None and value.maker.kind is Kind.POOL and axes == [2]:
        graph.values[node.output[0]] = value  # the mean of the largest: both are one operation
        return
    largest = node.op_type == "ReduceMax"
    if value.tensor.layout is not Layout.BYTES or axes != ([2] if largest else [2, 3]):
        raise graph.fail(node, "reduces along other axes")
    made = Operation(
        Kind.POOL, [value.tensor], Tensor(Layout.ROWS, value.tensor.channels),
        activation=Activation.RELU if largest else Activation.NONE, units=value.tensor.channels,
    )  # fmt: skip
    graph.values[node.output[0]] = graph.add(made)


def _linear(graph: Graph, node: NodeProto) -> None:
    value, weights = graph.value(node), graph.constants[node.input[1]].astype(np.float32)
    if value.tensor.layout is not Layout.ROWS or not attributes(node).get("transB"):
        raise graph.fail(node, "follows no pooling")
    bias = graph.constants[node.input[2]].astype(np.float32)
    output = Tensor(Layout.PLANES, len(weights))
    made = Operation(Kind.LINEAR, [value.tensor], output, weights=weights, bias=bias, units=len(weights))
    graph.values[node.output[0]] = graph.add(made)


def _scattered(graph: Graph, node: NodeProto) -> None:
    """What the classifier found in the frames that it saw, among all frames: here it is there from the start."""
    graph.values[node.output[0]] = graph.value(node, 2)


def _first(graph: Graph, node: NodeProto) -> None:
    """The only channel of a map, or the only number of a picture."""
    if node.input[0] not in graph.values:
        _ignored(graph, node)
        return
    value = graph.value(node)
    if value.tensor.layout in {Layout.ROWS, Layout.WORDS} and value.tensor.channels > 1:
        if node.input[1] in graph.ignored:  # the frames that the gate lets pass: the classifier sees to that
            graph.values[node.output[0]] = value
        else:
            _ignored(graph, node)
        return
    if attributes(node).get("axis", 0) != 1 or value.tensor.channels != 1:
        raise graph.fail(node, "takes one of several channels")
    linear = value.maker is not None and value.maker.kind is Kind.LINEAR
    graph.values[node.output[0]] = replace(value, form=Form.ONLY_N if linear else Form.NHW)


RULES: Final[Mapping[str, Callable[[Graph, NodeProto], None]]] = {
    "Add": _add,
    "ArgMax": _best,
    "Cast": _same,
    "Concat": _concat,
    "ConstantOfShape": _ignored,
    "Conv": _conv,
    "DequantizeLinear": _dequantize,
    "DynamicQuantizeLSTM": _lstm,
    "DynamicQuantizeLinear": _dynamic,
    "Flatten": _same,
    "Gather": _first,
    "Gemm": _linear,
    "LeakyRelu": _activated,
    "MatMulInteger": _dense,
    "Mul": _scaled,
    "QuantizeLinear": _quantize,
    "ReduceMax": _best,
    "ReduceMean": _pool,
    "Relu": _activated,
    "Reshape": _same,
    "Resize": _resize,
    "ScatterElements": _scattered,
    "Shape": _ignored,
    "Sigmoid": _activated,
    "Softmax": _same,
    "Squeeze": _same,
    "TopK": _best,
    "Transpose": _same,
    "Unsqueeze": _same,
}
"""The operators that can be exported."""
