"""An ONNX model as a net of the runtime for browsers.

The models are quantized: bytes between layers, each with a scale and the byte that stands for 0. Large nets get bytes
of 0..127, so that products of four of them with int8 weights can be summed in one instruction: the scale is doubled.
What ONNX does in several operators (convolution, quantization, rectifier, enlargement, addition) is one operation here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from ocr.errors import InputError
from ocr.export.arranged import usual
from ocr.export.web.net import Form, Integers, Kind, Layout, Net, Operation, Output, Tensor, ordered

__all__ = ["Graph", "Value", "attributes", "read_net"]

WORD = 16383
"""Largest int16 between layers: half of what there could be, so that sums of products fit into 32 bits."""


@dataclass(frozen=True, slots=True)
class Value:
    """What an ONNX value is in the net.

    Attributes:
        tensor: that holds it.
        maker: the operation that writes the tensor, where more can be made part of it.
        enlarged: log2 of how many times each pixel has to be repeated, down and right.
        form: its dimensions.
        beside: bytes whose channels follow those of the tensor.
    """

    tensor: Tensor
    maker: Operation | None = None
    enlarged: int = 0
    form: Form = Form.NCHW
    beside: Tensor | None = None


def attributes(node: NodeProto) -> dict[str, Any]:
    """Attributes of a node by name."""
    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}


class Graph:
    """What is known while a model is read, operator after operator.

    Attributes:
        levels: values of a byte between layers, 128 or 256.
        constants: of the model, and biases made of them.
        integers: int8 weights that were dequantized, with their steps.
        values: what the outputs of operators are in the net.
        ignored: values that have no part in it: shapes, scales of activations.
        operations: of the net, so far.
        parts: by dense layer, a convolution that multiplies some of its input.
        gate: weights of the gate before the classifier, and its bias.
        uses: how many operators read each value.
    """

    def __init__(self, model: onnx.ModelProto, name: str, levels: int) -> None:
        self.name, self.levels = name, levels
        self.constants: dict[str, NDArray[Any]] = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
        self.integers: dict[str, Integers] = {}
        self.values: dict[str, Value] = {}
        self.ignored: set[str] = set()
        self.operations: list[Operation] = []
        self.parts: dict[int, Operation] = {}
        self.gate: list[NDArray[np.float32]] = []
        self.uses = Counter(name for node in model.graph.node for name in node.input)

    def fail(self, node: NodeProto, what: str) -> InputError:
        """The error that a node cannot be exported."""
        return InputError(
            f"{self.name}: the operator {node.op_type} ({node.output[0]}) {what}, which the runtime for browsers "
            "lacks; export this model for another target: ocr export --target onnx -o DIR"
        )

    def folded(self, node: NodeProto) -> bool:
        """Whether a node is done with: it computes a constant, or nothing that the net has to know."""
        names = [name for name in node.input if name]
        if any(name in self.values for name in names):
            return False
        if any(name in self.ignored for name in names):
            if node.op_type in {"Add", "Mul"}:
                return False
            self.ignored.update(node.output)
            return True
        if node.op_type == "DequantizeLinear" or not all(name in self.constants for name in names):
            return False
        found = ReferenceEvaluator(node).run(None, {name: self.constants[name] for name in names})
        self.constants |= dict(zip(node.output, found, strict=True))
        return True

    def value(self, node: NodeProto, at: int = 0) -> Value:
        """What an input of a node is; its maker takes no more where something else reads it too.

        Raises:
            InputError: it is a constant, or comes from an operator that the runtime does not have.
        """
        name = node.input[at]
        if name not in self.values:
            raise self.fail(node, f"reads {name!r}")
        value = self.values[name]
        return value if self.uses[name] == 1 else replace(value, maker=None)

    def add(self, operation: Operation) -> Value:
        """Append an operation; returns its output, of which more can be made."""
        self.operations.append(operation)
        return Value(operation.output, operation)

    def weights(self, name: str) -> Integers:
        """Weights of a layer as integers; of floats each row gets 255 levels."""
        if name in self.integers:
            return self.integers[name]
        value = self.constants[name].astype(np.float32)
        steps = np.abs(value).reshape(len(value), -1).max(1) / 127 + 1e-12
        whole = np.rint(value / steps.reshape(-1, *[1] * (value.ndim - 1)))
        return Integers(whole.astype(np.int8), steps.astype(np.float32))

    def floats(self, name: str) -> NDArray[np.float32]:
        """Weights of a layer as floats."""
        if name in self.integers:
            found = self.integers[name]
            return found.values * found.steps.reshape(-1, *[1] * (found.values.ndim - 1))
        return self.constants[name].astype(np.float32)


def read_net(path: Path, levels: int) -> Net:
    """The net of a model file.

    Args:
        path: of an int8 ONNX model.
        levels: of bytes between layers: 128, which is faster where there is relaxed SIMD, or 256.

    Raises:
        InputError: it has an operator, or a use of one, that the runtime does not have.
    """
    from ocr.export.web.rules import RULES

    model = usual(onnx.load(str(path)))
    graph = Graph(model, path.name, levels)
    (given,) = model.graph.input
    _, planes, height, width = (axis.dim_value for axis in given.type.tensor_type.shape.dim)
    start = Tensor(Layout.PLANES, planes)
    graph.values[given.name] = Value(start)
    for node in model.graph.node:
        if not graph.folded(node):
            if node.op_type not in RULES:
                raise graph.fail(node, "is one")
            RULES[node.op_type](graph, node)
    outputs = [_output(graph, output.name) for output in model.graph.output if output.name not in graph.ignored]
    operations = ordered(graph.operations, start, [output.tensor for output in outputs])
    for operation in operations:
        if operation.kind is Kind.CONV:
            operation.inputs[0].halo = max(operation.inputs[0].halo, *operation.pads)
    _scale_words(operations, levels)
    return Net(given.name, (planes, height, width), levels, start, operations, outputs)


def _scale_words(operations: Sequence[Operation], levels: int) -> None:
    """Give int16 tensors the step with which the largest value that there can be just fits.

    That is far above what there is in fact, but 16 bits leave enough for it.
    """
    reach: dict[int, float] = {}
    for operation in operations:
        if operation.kind is Kind.LSTM:
            reach[id(operation.output)], operation.output.scale = 1.0, 1 / WORD
        elif isinstance(operation.weights, Integers) and operation.output.layout is not Layout.BYTES:
            first, *others = operation.inputs
            most = reach[id(first)] if first.layout is Layout.WORDS else first.scale * levels
            sizes = np.abs(operation.weights.values.reshape(operation.units, -1).astype(np.float32)).sum(1)
            own = float((sizes * operation.weights.steps * most + np.abs(operation.bias)).max())
            found = own + sum(reach.get(id(other), 0.0) for other in others)
            reach[id(operation.output)] = found
            if operation.output.layout is Layout.WORDS:
                operation.output.scale = found / WORD


def _output(graph: Graph, name: str) -> Output:
    """An output; a convolution that ends the net gives floats.

    Raises:
        InputError: it is something else in bytes.
    """
    value = graph.values.get(name)
    if value is None or (value.tensor.layout is Layout.BYTES and (value.maker is None or value.enlarged)):
        raise InputError(f"{graph.name}: the output {name!r} is none that the runtime for browsers gives")
    if value.tensor.layout is Layout.BYTES:
        value.tensor.layout = Layout.PLANES
    return Output(name, value.tensor, value.form)
