"""LiteRT models (``.tflite``), written operator by operator: what goes in and comes out may have any size.

LiteRT keeps channels last: inputs are N x H x W x C, outputs too, and a row of frames is N x 1 x T x classes. Its own
converters fix every size, so the few operators of these nets are written here; sides that vary stay free, and
``ResizeInputTensor`` sets them.
"""

from __future__ import annotations

import importlib
import math
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ocr.errors import OcrError

__all__ = ["to_litert"]

LAST: Final = (0, 3, 1, 2)
"""Where the axes N, C, H, W stand in LiteRT."""
COARSE: Final = 1024
"""Weights of at least so many numbers are int8 in the variant int8, with a scale for each output channel."""
SIDE: Final = 320
"""What a side that may vary has until it is set."""


def to_litert(source: Path, path: Path, task: str, variant: str) -> None:
    """A model with float activations and weights in single precision, or as int8 (``int8``)."""
    onnx: Any = importlib.import_module("onnx")
    from ocr.export.plain import plain_model

    with tempfile.TemporaryDirectory() as scratch:
        plain = Path(scratch) / "model.onnx"
        plain_model(source, plain)
        graph = onnx.load(str(plain)).graph
    constants = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    dims = [dim.dim_value for dim in graph.input[0].type.tensor_type.shape.dim]
    writer = _Writer(constants, Counter(name for node in graph.node for name in node.input), variant == "int8")
    writer.begin(graph.input[0].name, (1, *dims[1:]))
    for node in graph.node:
        said = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
        writer.add(node.op_type, [name for name in node.input if name], node.output[0], said)
    path.write_bytes(writer.bytes([output.name for output in graph.output]))


class _Writer:
    """A graph of LiteRT in the making.

    Args:
        constants: weights, by name.
        uses: how often each value is read.
        coarse: whether large weights become int8.
    """

    def __init__(self, constants: Mapping[str, NDArray[Any]], uses: Mapping[str, int], coarse: bool) -> None:
        self._schema: Any = importlib.import_module("ai_edge_litert.schema_py_generated")
        self._constants, self._uses, self._coarse = constants, uses, coarse
        self._tensors: list[Any] = []
        self._operators: list[Any] = []
        self._codes: list[int] = []
        self._buffers: list[Any] = [self._schema.BufferT()]
        self._inputs: list[int] = []
        self._at: dict[str, int] = {}
        self._axes: dict[str, list[int]] = {}
        self._maker: dict[int, Any] = {}

    def begin(self, name: str, dims: Sequence[int]) -> None:
        """The input: 1 x C x H x W with 0 for sides that may vary."""
        _, planes, height, width = dims
        shape = [1, height or SIDE, width or SIDE, planes]
        at = self._tensor(name, shape)
        self._tensors[at].shapeSignature = [-1, height or -1, width or -1, planes]
        self._at[name], self._axes[name] = at, [*LAST]
        self._inputs = [at]

    def add(self, kind: str, names: Sequence[str], output: str, said: Mapping[str, Any]) -> None:
        """Write a node of a plain ONNX graph.

        Raises:
            OcrError: its operator, or a use of it, is none that is known here.
        """
        if kind == "Add":
            names = sorted(names, key=lambda name: name in self._constants)
        first = names[0]
        self._axes[output] = self._axes[first]
        if kind in {"Squeeze", "Transpose", "Unsqueeze"}:  # channels are last and a row of frames has height one
            self._at[output] = self._at[first]
        elif kind in {"Conv", "Gemm", "MatMul"}:
            self._at[output] = self._convolution(kind, names, said)
        elif kind == "Relu":
            self._at[output] = self._rectified(first)
        elif kind == "Resize":
            self._at[output] = self._enlarged(first, names[-1])
        elif kind in {"ReduceMean", "ReduceMax"}:
            self._at[output] = self._reduced(kind, first, output, said)
        elif kind == "Add" and names[1] in self._constants:
            self._at[output] = self._biased(first, names[1])
        elif kind == "Add":
            self._at[output] = self._operator("ADD", [self._at[name] for name in names], self._schema.AddOptionsT())
        elif kind == "Concat":
            options = self._schema.ConcatenationOptionsT()
            options.axis = self._axes[first][said["axis"]]
            self._at[output] = self._operator("CONCATENATION", [self._at[name] for name in names], options)
        elif kind == "LeakyRelu":
            options = self._schema.LeakyReluOptionsT()
            options.alpha = said["alpha"]
            self._at[output] = self._operator("LEAKY_RELU", [self._at[first]], options)
        elif kind == "Sigmoid":
            self._at[output] = self._operator("LOGISTIC", [self._at[first]])
        else:
            raise OcrError(f"LiteRT: the operator {kind} cannot be written; add it to {__name__}")

    def bytes(self, outputs: Sequence[str]) -> bytes:
        """The file."""
        schema = self._schema
        graph, model = schema.SubGraphT(), schema.ModelT()
        graph.tensors, graph.operators, graph.inputs = self._tensors, self._operators, self._inputs
        graph.outputs, graph.name = [self._at[name] for name in outputs], "main"
        for name in outputs:
            self._tensors[self._at[name]].name = name
        model.version, model.description, model.subgraphs, model.buffers = 3, "ocr", [graph], self._buffers
        model.operatorCodes = []
        for code in self._codes:
            entry = schema.OperatorCodeT()
            entry.builtinCode, entry.deprecatedBuiltinCode, entry.version = code, min(code, 127), self._version(code)
            model.operatorCodes.append(entry)
        flatbuffers: Any = importlib.import_module("flatbuffers")
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
        return bytes(builder.Output())

    def _version(self, code: int) -> int:
        """Of an operator: the first that takes float activations with weights as int8."""
        kinds = self._schema.BuiltinOperator
        return {kinds.CONV_2D: 5, kinds.DEPTHWISE_CONV_2D: 6}.get(code, 1) if self._coarse else 1

    def _tensor(self, name: str, shape: Sequence[int], value: NDArray[Any] | None = None, channels: int = -1) -> int:
        """A tensor; with ``channels``, the axis that has a scale for each index, its value becomes int8."""
        schema = self._schema
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.type, tensor.buffer = name, list(shape), schema.TensorType.FLOAT32, 0
        if value is not None:
            if channels >= 0 and self._coarse and value.size >= COARSE:
                others = tuple(axis for axis in range(value.ndim) if axis != channels)
                scale = np.maximum(np.abs(value).max(others, keepdims=True) / 127, 1e-12)
                value = np.rint(value / scale).astype(np.int8)
                tensor.quantization = schema.QuantizationParametersT()
                tensor.quantization.scale = scale.ravel().astype(np.float32)
                tensor.quantization.zeroPoint = np.zeros(scale.size, np.int64)
                tensor.quantization.quantizedDimension = channels
                tensor.type = schema.TensorType.INT8
            elif value.dtype == np.int32:
                tensor.type = schema.TensorType.INT32
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(value).tobytes(), np.uint8)
            tensor.buffer = len(self._buffers)
            self._buffers.append(buffer)
        self._tensors.append(tensor)
        return len(self._tensors) - 1

    def _operator(self, kind: str, inputs: Sequence[int], options: Any = None, channels: int = 0) -> int:
        """An operator with one output, whose sides follow from the inputs when the model is prepared."""
        schema = self._schema
        code = getattr(schema.BuiltinOperator, kind)
        if code not in self._codes:
            self._codes.append(code)
        operator = schema.OperatorT()
        operator.opcodeIndex, operator.inputs = self._codes.index(code), list(inputs)
        if options is not None:
            operator.builtinOptions = options
            kinds = schema.BuiltinOptions
            operator.builtinOptionsType = getattr(kinds, type(options).__name__.removesuffix("T"))
        at = self._tensor(f"value{len(self._tensors)}", [1, 1, 1, channels or 1])
        self._tensors[at].shapeSignature = [-1, -1, -1, channels or -1]
        operator.outputs = [at]
        self._operators.append(operator)
        self._maker[at] = operator
        return at

    def _convolution(self, kind: str, names: Sequence[str], said: Mapping[str, Any]) -> int:
        """A convolution; products over the features of a frame are convolutions of one pixel."""
        schema, weight = self._schema, self._constants[names[1]]
        if kind != "Conv":
            weight = (weight if said.get("transB") else weight.T)[:, :, None, None]
        groups, strides = said.get("group", 1), tuple(said.get("strides", (1, 1)))
        pads, spread = tuple(said.get("pads", (0, 0, 0, 0))), tuple(said.get("dilations", (1, 1)))
        if groups not in {1, len(weight)} or (groups > 1 and weight.shape[1] != 1):
            raise OcrError(f"LiteRT: a convolution in {groups} groups cannot be written")
        source = self._at[names[0]]
        around = tuple(step * (size - 1) // 2 for step, size in zip(spread, weight.shape[2:], strict=True))
        same = strides == (1, 1) and pads == (*around, *around)
        if any(pads) and not same:
            table = np.array([[0, 0], [pads[0], pads[2]], [pads[1], pads[3]], [0, 0]], np.int32)
            source = self._operator("PAD", [source, self._tensor("pads", table.shape, table)], schema.PadOptionsT())
        bias = self._constants[names[2]] if len(names) > 2 else np.zeros(len(weight), np.float32)
        deep = groups > 1
        options = schema.DepthwiseConv2DOptionsT() if deep else schema.Conv2DOptionsT()
        options.padding = schema.Padding.SAME if same else schema.Padding.VALID
        options.strideH, options.strideW = strides
        options.dilationHFactor, options.dilationWFactor = spread
        if deep:
            options.depthMultiplier = 1
        turned = weight.transpose(1, 2, 3, 0) if deep else weight.transpose(0, 2, 3, 1)
        kernel = self._tensor(names[1], turned.shape, turned.astype(np.float32), 3 if deep else 0)
        added = self._tensor(f"{names[1]}.bias", bias.shape, bias.astype(np.float32))
        return self._operator("DEPTHWISE_CONV_2D" if deep else "CONV_2D", [source, kernel, added], options, len(weight))

    def _rectified(self, name: str) -> int:
        """A rectifier, part of the operator before it where nothing else reads that one's output."""
        at = self._at[name]
        maker = self._maker.get(at)
        options: Any = getattr(maker, "builtinOptions", None)
        if self._uses[name] == 1 and hasattr(options, "fusedActivationFunction"):
            options.fusedActivationFunction = self._schema.ActivationFunctionType.RELU
            return at
        return self._operator("RELU", [at])

    def _biased(self, name: str, constant: str) -> int:
        """A constant for each channel added."""
        value = self._constants[constant].reshape(-1)
        given = self._tensor(constant, value.shape, value.astype(np.float32))
        return self._operator("ADD", [self._at[name], given], self._schema.AddOptionsT())

    def _enlarged(self, name: str, scales: str) -> int:
        """Each pixel repeated: copies along the channels, which then become a block of pixels."""
        times = round(float(self._constants[scales][2]))
        if not math.isclose(times, float(self._constants[scales][3]), rel_tol=0.01):
            raise OcrError("LiteRT: an enlargement that differs along the two sides cannot be written")
        options = self._schema.ConcatenationOptionsT()
        options.axis = 3
        copies = self._operator("CONCATENATION", [self._at[name]] * times**2, options)
        block = self._schema.DepthToSpaceOptionsT()
        block.blockSize = times
        return self._operator("DEPTH_TO_SPACE", [copies], block)

    def _reduced(self, kind: str, name: str, output: str, said: Mapping[str, Any]) -> int:
        """A mean or maximum; the axes stay, with length one."""
        axes = self._axes[name]
        chosen = [axis % len(axes) for axis in said["axes"]]
        if not said["keepdims"]:
            self._axes[output] = [axis for k, axis in enumerate(axes) if k not in chosen]
        table = np.array([axes[k] for k in chosen], np.int32)
        options = self._schema.ReducerOptionsT()
        options.keepDims = True
        operator = "MEAN" if kind == "ReduceMean" else "REDUCE_MAX"
        return self._operator(operator, [self._at[name], self._tensor("axes", table.shape, table)], options)
