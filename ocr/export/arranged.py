"""Layers in the arrangement that ONNX Runtime computes fastest, with the same result, and back.

Two layers of a text detector take more time than they need:

- A 3 x 3 convolution to one channel is computed for sixteen. As a transposed convolution with the mirrored kernel it is
  a product of matrices with nine columns, which are then added up.
- Repeating each pixel (``Resize``, nearest) goes pixel by pixel. With channels last it is a concatenation of the
  picture with itself along the channels, read as twice as many pixels, and the same along rows.

Other runtimes and converters get the usual form from :func:`usual`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray
from onnx import GraphProto, ModelProto, NodeProto, helper, numpy_helper

__all__ = ["arranged", "usual"]

LAST, FIRST = (0, 2, 3, 1), (0, 3, 1, 2)
"""Axes that bring the channels to the end, and back behind the pictures."""
MARK: Final = "/repeated"
"""How the names of the operators end that repeat pixels."""


def arranged(model: ModelProto) -> ModelProto:
    """The model with its layers in the fast arrangement, changed in place."""
    graph = model.graph
    constants, makers = _constants(graph), {out: node for node in graph.node for out in node.output}
    nodes: list[NodeProto] = []
    for node in graph.node:
        if node.op_type == "Conv" and _to_one_channel(node, constants):
            nodes.append(_turned(graph, node, "ConvTranspose"))
        elif node.op_type == "Resize" and (factor := _repeats(node, constants, makers)):
            nodes.extend(_repeated(graph, node, makers[node.input[0]], factor))
        else:
            nodes.append(node)
    _replace(graph, nodes)
    return model


def usual(model: ModelProto) -> ModelProto:
    """The model with its layers as :func:`arranged` found them, changed in place."""
    graph = model.graph
    constants = _constants(graph)
    chains = [node.name for node in graph.node if node.name.endswith(MARK)]
    nodes: list[NodeProto] = []
    for node in graph.node:
        owner = next((name for name in chains if node.name.startswith(name)), "")
        if node.op_type == "ConvTranspose" and _turned_about(node, constants):
            nodes.append(_turned(graph, node, "Conv"))
        elif not owner:
            nodes.append(node)
        elif node.op_type == "DequantizeLinear":
            nodes.extend(_resize(graph, node, owner, constants))
    _replace(graph, nodes)
    return model


def _constants(graph: GraphProto) -> dict[str, NDArray[np.generic]]:
    found = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    return found | {
        node.output[0]: numpy_helper.to_array(node.attribute[0].t) for node in graph.node if node.op_type == "Constant"
    }


def _attributes(node: NodeProto) -> dict[str, object]:
    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}


def _to_one_channel(node: NodeProto, constants: dict[str, NDArray[np.generic]]) -> bool:
    weight = constants.get(node.input[1])
    return weight is not None and weight.dtype == np.float32 and weight.shape[0] == 1 and _square(node, weight)


def _turned_about(node: NodeProto, constants: dict[str, NDArray[np.generic]]) -> bool:
    weight = constants.get(node.input[1])
    return weight is not None and weight.shape[1] == 1 and _square(node, weight)


def _square(node: NodeProto, weight: NDArray[np.generic]) -> bool:
    """Whether a layer is 3 x 3 with a margin of one, without strides: its mirror image is then a transposed one."""
    given = {"pads": [1] * 4, "strides": [1, 1], "dilations": [1, 1], "group": 1, **_attributes(node)}
    return (
        weight.shape[2:] == (3, 3)
        and given["pads"] == [1] * 4
        and given["strides"] == given["dilations"] == [1, 1]
        and given["group"] == 1
    )


def _turned(graph: GraphProto, node: NodeProto, kind: str) -> NodeProto:
    """The layer with its kernel mirrored and its axes of channels exchanged, as an operator of another kind."""
    [tensor] = [tensor for tensor in graph.initializer if tensor.name == node.input[1]]
    mirrored = numpy_helper.to_array(tensor)[:, :, ::-1, ::-1].swapaxes(0, 1)
    tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(mirrored), tensor.name))
    return helper.make_node(
        kind, node.input, node.output, node.name,
        kernel_shape=[3, 3], pads=[1] * 4, strides=[1, 1], dilations=[1, 1], group=1,
    )  # fmt: skip


def _repeats(node: NodeProto, constants: dict[str, NDArray[np.generic]], makers: dict[str, NodeProto]) -> int:
    """How often a ``Resize`` of quantized values repeats each pixel down and right; 0 where it does anything else."""
    given, scales = _attributes(node), constants.get(node.input[2]) if len(node.input) > 2 else None
    maker = makers.get(node.input[0])
    if scales is None or maker is None or maker.op_type != "DequantizeLinear" or maker.input[0] in constants:
        return 0
    one, same, down, right = (float(scale) for scale in scales)
    exact = given.get("mode") == b"nearest" and given.get("nearest_mode") == b"floor"
    exact = exact and given.get("coordinate_transformation_mode") == b"asymmetric"
    return round(down) if exact and one == same == 1 and down == right == round(down) else 0


def _repeated(graph: GraphProto, node: NodeProto, levels: NodeProto, factor: int) -> Iterator[NodeProto]:
    """The operators of one enlargement, on the bytes before they become numbers."""
    name = node.name + MARK

    def made(kind: str, inputs: list[str], at: str, **attributes: object) -> NodeProto:
        own = name if at == "" else f"{name}/{at}"
        return helper.make_node(kind, inputs, [f"{name}/{at}:0"], own, **attributes)

    for at, multiple in (("columns", (1, 1, factor, 1)), ("rows", (1, factor, factor, 1))):
        graph.initializer.append(numpy_helper.from_array(np.array(multiple, np.int64), f"{name}/{at}/multiple"))
    yield made("Transpose", [levels.input[0]], "", perm=LAST)
    yield made("Shape", [f"{name}/:0"], "shape")
    yield made("Concat", [f"{name}/:0"] * factor, "wide", axis=3)
    yield made("Mul", [f"{name}/shape:0", f"{name}/columns/multiple"], "columns")
    yield made("Reshape", [f"{name}/wide:0", f"{name}/columns:0"], "wider")
    yield made("Concat", [f"{name}/wider:0"] * factor, "tall", axis=2)
    yield made("Mul", [f"{name}/shape:0", f"{name}/rows/multiple"], "rows")
    yield made("Reshape", [f"{name}/tall:0", f"{name}/rows:0"], "taller")
    yield made("Transpose", [f"{name}/taller:0"], "first", perm=FIRST)
    yield helper.make_node(
        "DequantizeLinear", [f"{name}/first:0", *levels.input[1:]], node.output, f"{name}/levels"
    )  # fmt: skip


def _resize(
    graph: GraphProto, last: NodeProto, owner: str, constants: dict[str, NDArray[np.generic]]
) -> Iterator[NodeProto]:
    """The enlargement that ends in ``last``, as the one operator that it was."""
    first = next(node for node in graph.node if node.name == owner)
    factor = int(constants[f"{owner}/columns/multiple"][2])
    scales = np.array([1, 1, factor, factor], np.float32)
    graph.initializer.append(numpy_helper.from_array(scales, f"{owner}/scales"))
    yield helper.make_node("DequantizeLinear", [first.input[0], *last.input[1:]], [f"{owner}:1"], f"{owner}/levels")
    yield helper.make_node(
        "Resize", [f"{owner}:1", "", f"{owner}/scales"], last.output, owner.removesuffix(MARK),
        mode="nearest", nearest_mode="floor", coordinate_transformation_mode="asymmetric",
    )  # fmt: skip


def _replace(graph: GraphProto, nodes: list[NodeProto]) -> None:
    """Set the nodes, and drop those and the constants that nothing uses any more."""
    wanted, kept = {output.name for output in graph.output}, []
    for node in reversed(nodes):
        if wanted & set(node.output):
            kept.append(node)
            wanted |= set(node.input)
    tensors = [tensor for tensor in graph.initializer if tensor.name in wanted]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(reversed(kept))
    graph.initializer.extend(tensors)
