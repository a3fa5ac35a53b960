"""A net of the runtime for browsers, before it is written: tensors, operations, outputs (``web/runtime/net.h``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

__all__ = ["Activation", "Form", "Integers", "Kind", "Layout", "Net", "Operation", "Output", "Tensor", "ordered"]


class Layout(IntEnum):
    """How a tensor lies in memory."""

    BYTES, ROWS, WORDS, PLANES, SCRATCH = range(5)


class Kind(IntEnum):
    """What an operation does."""

    STEM, CONV, CONCAT, LSTM, DENSE, GREEDY, POOL, LINEAR = range(8)


class Activation(IntEnum):
    """What follows a convolution."""

    NONE, RELU, LEAKY, SIGMOID, GATE = range(5)


class Form(IntEnum):
    """The dimensions of an output, of N, C, H and W."""

    NCHW, NHW, ONLY_N, HW, WNC = range(5)


@dataclass(eq=False, slots=True)
class Tensor:
    """What operations hand on.

    Attributes:
        layout: in memory.
        channels: of each pixel, or planes.
        scale: of one step, where it holds bytes or words.
        zero: the byte that stands for 0.
        halo: pixels around each image that operations read beyond it.
    """

    layout: Layout
    channels: int
    scale: float = 1.0
    zero: int = 0
    halo: int = 0


@dataclass(frozen=True, slots=True)
class Integers:
    """Weights as int8 with the size of one step for each row.

    Attributes:
        values: int8, whose first dimension is the rows.
        steps: float32, one for each row.
    """

    values: NDArray[np.int8]
    steps: NDArray[np.float32]


@dataclass(eq=False, slots=True)
class Operation:
    """One operation.

    Attributes:
        kind: what it does.
        inputs: what it reads, four at most.
        output: what it writes.
        scratch: a tensor of its own, or a second output.
        weights: of CONV, LSTM (recurrent) and DENSE as integers, of STEM and LINEAR as floats.
        bias: float32, one for each unit.
        kernel, stride: rows and columns.
        dilation: as in ONNX, the same in both directions.
        pads: rows above and below, columns left and right.
        gate: weights and bias of a gate that tells which rows a DENSE computes.
        activation: what follows the bias.
        slope: of a leaky rectifier.
        shrink: log2 of how much smaller the second input is; for CONCAT four bits for each input.
        units: output channels, or units of an LSTM.
    """

    kind: Kind
    inputs: list[Tensor]
    output: Tensor
    scratch: Tensor | None = None
    weights: Integers | NDArray[np.float32] | None = None
    bias: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    kernel: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    dilation: int = 1
    pads: tuple[int, int] = (0, 0)
    activation: Activation = Activation.NONE
    slope: float = 0.0
    shrink: int = 0
    units: int = 0
    gate: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """A named output and the dimensions that it is given with."""

    name: str
    tensor: Tensor
    form: Form


@dataclass(frozen=True, slots=True)
class Net:
    """A whole net.

    Attributes:
        name: of the input.
        size: planes, height and width of the input; 0 where any will do.
        levels: values of a byte between layers, 128 or 256.
        input: the tensor of the input.
        operations: in the order in which they run.
        outputs: in the order of the ONNX model.
    """

    name: str
    size: tuple[int, int, int]
    levels: int
    input: Tensor
    operations: Sequence[Operation]
    outputs: Sequence[Output]


def ordered(operations: Sequence[Operation], start: Tensor, wanted: Sequence[Tensor]) -> list[Operation]:
    """The operations that outputs depend on, each after those that it reads from.

    Args:
        operations: in any order.
        start: the input.
        wanted: the outputs.
    """
    maker = {id(operation.output): operation for operation in operations}
    maker |= {id(op.scratch): op for op in operations if op.kind is Kind.GREEDY}
    done: dict[int, Operation] = {}

    def visit(tensor: Tensor) -> None:
        if tensor is start or id(maker[id(tensor)]) in done:
            return
        operation = maker[id(tensor)]
        for needed in operation.inputs:
            visit(needed)
        done[id(operation)] = operation

    for tensor in wanted:
        visit(tensor)
    return list(done.values())
