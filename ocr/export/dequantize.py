"""An int8 model as a float one, for runtimes that lack ONNX Runtime's int8 operators.

The weights keep their values, each an integer times its scale; what goes is the rounding of activations. So the float
model is what an int8 model approximates, without the checkpoint that it was trained as.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from ocr.export.arranged import usual

__all__ = ["dequantize"]

Array = NDArray[np.float32]


def dequantize(source: Path, path: Path, outputs: Sequence[str] = ()) -> None:
    """Write the float model of an int8 one; a model that is float already is written as it is.

    Args:
        source: of ``quantize_recognizer``, ``quantize_net`` or ``pack_classifier``.
        path: of the float model.
        outputs: names of those that it keeps; all when left out.
    """
    model = usual(onnx.load(str(source)))
    graph = model.graph
    dropped = [output for output in graph.output if outputs and output.name not in outputs]
    for output in dropped:
        graph.output.remove(output)
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    made = {output: node for node in graph.node for output in node.output}
    renamed: dict[str, str] = {}
    weights: dict[str, NDArray[np.generic]] = {}
    rules: dict[str, Callable[[NodeProto], Iterator[NodeProto]]] = {
        "QuantizeLinear": lambda node: _quantized(node, constants, renamed),
        "DequantizeLinear": lambda node: _dequantized(node, constants, weights, renamed),
        "DynamicQuantizeLinear": lambda node: _dynamic(node, renamed),
        "DynamicQuantizeLSTM": lambda node: _lstm(node, constants, weights),
        "MatMulInteger": lambda node: _product(node, constants),
    }
    nodes: list[NodeProto] = []
    for node in graph.node:
        if node.op_type == "Mul" and (product := _scaled_product(node, made)) is not None:
            # product * (scale of the activations * scale of the weights): only the second is left
            own = next(name for name in made[node.input[1 - product]].input if name in constants)
            weight = made[made[node.input[product]].input[0]].input[1]
            if weight in constants:
                weights[f"{weight}_float"] = constants[weight].astype(np.float32) * constants[own].astype(np.float32)
                renamed[node.output[0]] = node.input[product]
            else:
                nodes.append(helper.make_node("Mul", [node.input[product], own], list(node.output)))
        elif node.op_type in rules:
            nodes.extend(rules[node.op_type](node))
        else:
            nodes.append(node)
    nodes += [helper.make_node("Identity", [out.name], [out.name]) for out in graph.output if out.name in renamed]
    for node in nodes:
        for k, name in enumerate(node.input):
            node.input[k] = _final(name, renamed)
    for name, value in weights.items():
        graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
    _replace(model, nodes)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def _replace(model: onnx.ModelProto, nodes: list[NodeProto]) -> None:
    """Set the nodes that outputs depend on, and drop constants and operator sets that nothing uses."""
    graph = model.graph
    wanted, kept = {output.name for output in graph.output}, []
    for node in reversed(nodes):
        if wanted & set(node.output):
            kept.append(node)
            wanted |= set(node.input)
    initializers = [tensor for tensor in graph.initializer if tensor.name in wanted]
    del graph.node[:], graph.initializer[:], graph.value_info[:]
    graph.node.extend(reversed(kept))
    graph.initializer.extend(initializers)
    domains = {node.domain for node in kept}
    sets = [entry for entry in model.opset_import if entry.domain in domains]
    del model.opset_import[:]
    model.opset_import.extend(sets)


def _final(name: str, renamed: dict[str, str]) -> str:
    while name in renamed:
        name = renamed[name]
    return name


def _quantized(
    node: NodeProto, constants: dict[str, NDArray[np.generic]], renamed: dict[str, str]
) -> Iterator[NodeProto]:
    """Quantized activations are the activations; where the smallest integer stands for zero, it is a rectifier too."""
    zero = constants[node.input[2]] if len(node.input) > 2 and node.input[2] else np.zeros((), np.uint8)
    if int(zero.reshape(-1)[0]) == (0 if zero.dtype.kind == "u" else -(2 ** (8 * zero.dtype.itemsize - 1))):
        yield helper.make_node("Relu", [node.input[0]], [node.output[0]])
    else:
        renamed[node.output[0]] = node.input[0]


def _dequantized(
    node: NodeProto,
    constants: dict[str, NDArray[np.generic]],
    weights: dict[str, NDArray[np.generic]],
    renamed: dict[str, str],
) -> Iterator[NodeProto]:
    """Weights become constants, activations what they were quantized from."""
    name = node.input[0]
    if name not in constants:
        renamed[node.output[0]] = name
    else:
        axis = next((a.i for a in node.attribute if a.name == "axis"), 1)
        zero = constants[node.input[2]] if len(node.input) > 2 and node.input[2] else np.zeros((), np.int32)
        weights[node.output[0]] = _float(constants[name], constants[node.input[1]], zero, axis)
    yield from ()


def _float(value: NDArray[np.generic], scale: NDArray[np.generic], zero: NDArray[np.generic], axis: int) -> Array:
    """Integers times their scale, which is one number or one for each index of an axis."""
    shape = [1] * value.ndim
    if scale.ndim and scale.size > 1:
        shape[axis] = scale.size
    steps, center = scale.astype(np.float32).reshape(shape), zero.astype(np.int32).reshape(-1)
    center = center.reshape(shape) if center.size > 1 else center.reshape([1] * value.ndim)
    return np.asarray((value.astype(np.int32) - center) * steps, np.float32).reshape(value.shape)


def _dynamic(node: NodeProto, renamed: dict[str, str]) -> Iterator[NodeProto]:
    """Activations stay as they are; their scale and zero point are no longer asked for."""
    renamed[node.output[0]] = node.input[0]
    yield from ()


def _lstm(
    node: NodeProto, constants: dict[str, NDArray[np.generic]], weights: dict[str, NDArray[np.generic]]
) -> Iterator[NodeProto]:
    """ONNX Runtime's int8 LSTM has its weights transposed, with a scale for each direction or each row."""
    inputs = list(node.input[:8])
    for at, (scale, zero) in ((1, (8, 9)), (2, (10, 11))):
        value, steps = constants[node.input[at]], constants[node.input[scale]].astype(np.float32)
        center = constants[node.input[zero]].astype(np.int32)
        shape = (value.shape[0], 1, -1)
        inputs[at] = f"{node.input[at]}_float"
        weights[inputs[at]] = (
            ((value.astype(np.int32) - center.reshape(shape)) * steps.reshape(shape))
            .astype(np.float32)
            .transpose(0, 2, 1)
        )
    made = helper.make_node("LSTM", inputs, list(node.output), name=node.name)
    made.attribute.extend(a for a in node.attribute if a.name in {"direction", "hidden_size", "activations", "clip"})
    yield made


def _product(node: NodeProto, constants: dict[str, NDArray[np.generic]]) -> Iterator[NodeProto]:
    """A product with weights that are integers still: their scale follows."""
    if len(node.input) > 3 and node.input[3] and constants[node.input[3]].any():
        raise ValueError(f"{node.name}: weights with a zero point are not supported")
    whole = f"{node.input[1]}_float"
    if node.input[1] not in constants:
        yield helper.make_node("Cast", [node.input[1]], [whole], to=TensorProto.FLOAT)
    yield helper.make_node("MatMul", [node.input[0], whole], list(node.output), name=node.name)


def _scaled_product(node: NodeProto, made: dict[str, NodeProto]) -> int | None:
    """Which input of a multiplication is the result of ``MatMulInteger``; ``None`` where neither is."""
    for k, name in enumerate(node.input):
        cast = made.get(name)
        if cast is not None and cast.op_type == "Cast":
            source = made.get(cast.input[0])
            if source is not None and source.op_type == "MatMulInteger":
                return k
    return None
