"""A plain ONNX model (:mod:`ocr.export.plain`) as a torch module, for converters that take nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import NodeProto, numpy_helper
from torch import Tensor, nn
from torch.nn import functional as F

from ocr.errors import OcrError

__all__ = ["TorchNet"]

Attributes = Mapping[str, Any]
Operator = Callable[[Sequence[Tensor], Attributes], Tensor]
GATES: Final = (0, 2, 3, 1)
"""ONNX has input, output, forget, cell; torch input, forget, cell, output."""


def _conv(x: Sequence[Tensor], said: Attributes) -> Tensor:
    pads = said.get("pads", (0, 0, 0, 0))
    return F.conv2d(
        x[0], x[1], x[2] if len(x) > 2 else None, tuple(said.get("strides", (1, 1))), tuple(pads[:2]),
        tuple(said.get("dilations", (1, 1))), said.get("group", 1),
    )  # fmt: skip


def _resize(x: Sequence[Tensor], said: Attributes) -> Tensor:
    scales = [float(round(scale)) for scale in said["given"][2:]]
    return F.interpolate(x[0], scale_factor=scales, mode="nearest")


OPERATORS: Final[Mapping[str, Operator]] = {
    "Add": lambda x, said: x[0] + x[1],
    "Concat": lambda x, said: torch.cat(list(x), said["axis"]),
    "Conv": _conv,
    "Gemm": lambda x, said: F.linear(x[0], x[1], x[2]),
    "LeakyRelu": lambda x, said: F.leaky_relu(x[0], said["alpha"]),
    "MatMul": lambda x, said: x[0] @ x[1],
    "Mul": lambda x, said: x[0] * x[1],
    "ReduceMax": lambda x, said: x[0].amax(said["axes"], bool(said["keepdims"])),
    "ReduceMean": lambda x, said: x[0].mean(said["axes"], bool(said["keepdims"])),
    "Relu": lambda x, said: torch.relu(x[0]),
    "Resize": _resize,
    "Sigmoid": lambda x, said: torch.sigmoid(x[0]),
    "Squeeze": lambda x, said: x[0].squeeze(int(said["given"][0])),
    "Transpose": lambda x, said: x[0].permute(said["perm"]),
    "Unsqueeze": lambda x, said: x[0].unsqueeze(int(said["given"][0])),
}
GIVEN: Final = frozenset({"Resize", "Squeeze", "Unsqueeze"})
"""Operators whose last input is a list of plain numbers: a value for the program, not one of the net's."""


@dataclass(frozen=True, slots=True)
class Step:
    """A node: what is computed, of which values, with which attributes, and its name."""

    operator: str
    inputs: tuple[str, ...]
    said: Attributes
    output: str


class TorchNet(nn.Module):
    """The net of a plain model file; its weights are buffers.

    Args:
        path: of the ``.onnx`` file.

    Raises:
        OcrError: it has an operator that is not in ``OPERATORS``.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        graph = onnx.load(str(path)).graph
        constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
        self._input, self._outputs = graph.input[0].name, [output.name for output in graph.output]
        self._steps: list[Step] = []
        self._places: dict[str, str] = {}
        self.lstms = nn.ModuleDict()
        skipped: dict[str, str] = {}
        for node in graph.node:
            inputs = tuple(skipped.get(name, name) for name in node.input if name)
            if node.op_type == "LSTM":
                skipped |= self._add_lstm(node, inputs[0], constants, graph.node)
            elif node.output[0] not in skipped:
                if node.op_type not in OPERATORS:
                    raise OcrError(f"{path.name}: no operator {node.op_type} in torch; add it to {__name__}")
                said = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
                if node.op_type in GIVEN:
                    said["given"], inputs = constants[inputs[-1]].tolist(), inputs[:1]
                self._steps.append(Step(node.op_type, inputs, said, node.output[0]))
                for name in set(inputs) & constants.keys():
                    self._keep(name, constants[name])
        self.eval()

    def _keep(self, name: str, value: NDArray[Any]) -> None:
        if name not in self._places:
            self._places[name] = f"constant{len(self._places)}"
            self.register_buffer(self._places[name], torch.from_numpy(np.array(value)))

    def _add_lstm(
        self, node: NodeProto, source: str, constants: Mapping[str, NDArray[Any]], nodes: Sequence[NodeProto]
    ) -> dict[str, str]:
        """Add torch's own LSTM, whose output is that of ONNX's after a transposition and a reshape.

        Returns:
            The names of the outputs of the three nodes -> the name of the output.
        """
        weights = [constants[name] for name in node.input[1:4]]
        hidden, given = weights[1].shape[2], weights[0].shape[2]
        made = nn.LSTM(given, hidden, bidirectional=len(weights[0]) == 2)
        state: dict[str, Tensor] = {}
        for way, end in zip(range(len(weights[0])), ("", "_reverse"), strict=False):
            both = np.split(weights[2][way], 2)
            for name, value in zip(
                ("weight_ih", "weight_hh", "bias_ih", "bias_hh"), (*weights[:2], *both), strict=True
            ):
                rows = value[way] if name.startswith("weight") else value
                parts = np.split(rows, 4)
                state[f"{name}_l0{end}"] = torch.from_numpy(np.concatenate([parts[gate] for gate in GATES]))
        made.load_state_dict(state)
        key = f"lstm{len(self.lstms)}"
        self.lstms[key] = made
        turned = next(other for other in nodes if node.output[0] in other.input)
        flat = next(other for other in nodes if turned.output[0] in other.input)
        self._steps.append(Step("LSTM", (source, key), {}, flat.output[0]))
        return {turned.output[0]: flat.output[0], flat.output[0]: flat.output[0]}

    def forward(self, x: Tensor) -> Any:
        """The output, or a tuple of the outputs in their order."""
        values: dict[str, Tensor] = {self._input: x}
        for step in self._steps:
            if step.operator == "LSTM":
                values[step.output] = self.lstms[step.inputs[1]](values[step.inputs[0]])[0]
            else:
                given = [
                    getattr(self, self._places[name]) if name in self._places else values[name] for name in step.inputs
                ]
                values[step.output] = OPERATORS[step.operator](given, step.said)
        found = tuple(values[name] for name in self._outputs)
        return found[0] if len(found) == 1 else found
