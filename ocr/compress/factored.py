"""A net some of whose weights are products: the form in which low-rank nets are saved, trained and run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isqrt
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ocr.train.checkpoint import build
from ocr.train.detect.net import TextNet
from ocr.train.recognize.net import Crnn

__all__ = ["Factored", "FactoredDetector", "factors_of", "matrix_of", "parameters_of", "product_of"]


def _split(size: int) -> tuple[int, int]:
    """Two factors of a size, as nearly equal as can be."""
    small = next(k for k in range(isqrt(size), 0, -1) if size % k == 0)
    return small, size // small


def matrix_of(weight: Tensor, kind: str) -> Tensor:
    """The matrix whose singular values decide about the rank of a weight."""
    if kind == "channel":  # outputs x (inputs, rows, columns)
        return weight.flatten(1)
    if kind == "spatial":  # (outputs, columns) x (inputs, rows)
        return weight.permute(0, 3, 1, 2).flatten(2).flatten(0, 1)
    if kind == "kronecker":  # (a rows, a columns) x (b rows, b columns)
        (a, b), (c, d) = _split(weight.shape[0]), _split(weight.shape[1])
        return weight.reshape(a, b, c, d).permute(0, 2, 1, 3).reshape(a * c, b * d)
    return weight


def factors_of(weight: Tensor, kind: str, rank: int) -> tuple[Tensor, Tensor]:
    """The two factors of a rank: (rows, rank) and (rank, columns) of ``matrix_of``."""
    u, s, v = torch.linalg.svd(matrix_of(weight, kind).float(), full_matrices=False)
    root = s[:rank].sqrt()
    return (u[:, :rank] * root).contiguous(), (root[:, None] * v[:rank]).contiguous()


def product_of(left: Tensor, right: Tensor, shape: Sequence[int], kind: str) -> Tensor:
    """The weight of two factors."""
    matrix = left @ right
    if kind == "channel":
        return matrix.view(*shape)
    if kind == "spatial":
        outputs, inputs, rows, columns = shape
        return matrix.view(outputs, columns, inputs, rows).permute(0, 2, 3, 1)
    if kind == "kronecker":
        (a, b), (c, d) = _split(shape[0]), _split(shape[1])
        return matrix.view(a, c, b, d).permute(0, 2, 1, 3).reshape(*shape)
    return matrix


def parameters_of(shape: Sequence[int], kind: str, rank: int) -> int:
    """Values of both factors."""
    rows, columns = matrix_of(torch.empty(*shape, device="meta"), kind).shape
    return rank * (rows + columns)


class _Pair(nn.Module):
    """The two factors of a weight."""

    def __init__(self, shape: Sequence[int], kind: str, rank: int) -> None:
        super().__init__()
        rows, columns = matrix_of(torch.empty(*shape, device="meta"), kind).shape
        self.shape, self.kind = tuple(shape), kind
        self.left = nn.Parameter(torch.zeros(rows, rank))
        self.right = nn.Parameter(torch.zeros(rank, columns))

    def whole(self) -> Tensor:
        """The weight itself."""
        return product_of(self.left, self.right, self.shape, self.kind)


class _Conv(nn.Module):
    """A convolution as two, in the place of one."""

    def __init__(self, conv: nn.Conv2d, pair: _Pair) -> None:
        super().__init__()
        self.weight = pair
        self.bias = conv.bias
        self.stride: Any = conv.stride
        self.padding: Any = conv.padding

    def work(self, x: Tensor, out: Tensor) -> int:
        """Multiplications for one input."""
        outputs, inputs, rows, columns = self.weight.shape
        rank, places = self.weight.left.shape[1], out.shape[2] * out.shape[3]
        if self.weight.kind == "channel":
            return places * rank * (inputs * rows * columns + outputs)
        return rank * (inputs * rows * out.shape[2] * x.shape[3] + outputs * columns * places)

    def forward(self, x: Tensor) -> Tensor:
        """N x inputs x H x W to N x outputs x H' x W'."""
        outputs, inputs, rows, columns = self.weight.shape
        rank = self.weight.left.shape[1]
        if self.weight.kind == "channel":
            first = self.weight.right.view(rank, inputs, rows, columns)
            return F.conv2d(
                F.conv2d(x, first, None, self.stride, self.padding),
                self.weight.left.view(outputs, rank, 1, 1),
                self.bias,
            )
        first = self.weight.right.view(rank, inputs, rows, 1)
        second = self.weight.left.view(outputs, columns, 1, rank).permute(0, 3, 2, 1)
        down = F.conv2d(x, first, None, (self.stride[0], 1), (self.padding[0], 0))
        return F.conv2d(down, second, self.bias, (1, self.stride[1]), (0, self.padding[1]))


class _Linear(nn.Module):
    """A dense layer as two products, or with a weight of Kronecker products."""

    def __init__(self, linear: nn.Linear, pair: _Pair) -> None:
        super().__init__()
        self.weight, self.bias = pair, linear.bias
        self.in_features, self.out_features = linear.in_features, linear.out_features

    def work(self, x: Tensor, out: Tensor) -> int:
        """Multiplications."""
        if self.weight.kind == "kronecker":
            return out.numel() * self.in_features
        return x.numel() // self.in_features * (self.weight.left.numel() + self.weight.right.numel())

    def forward(self, x: Tensor) -> Tensor:
        """... x inputs to ... x outputs."""
        if self.weight.kind == "kronecker":
            return F.linear(x, self.weight.whole(), self.bias)
        return F.linear(F.linear(x, self.weight.right), self.weight.left, self.bias)


class _Lstm(nn.Module):
    """An LSTM some of whose matrices are products, multiplied out before each pass.

    The runtime's LSTM takes its matrices whole, so low rank saves bytes there, and no time.
    """

    def __init__(self, lstm: nn.LSTM, pairs: Mapping[str, _Pair]) -> None:
        super().__init__()
        self.input_size, self.hidden_size = lstm.input_size, lstm.hidden_size
        self.names = [name for name, _ in lstm.named_parameters()]
        for name, weight in list(lstm.named_parameters()):
            if name in pairs:
                self.add_module(name, pairs[name])
            else:
                self.register_parameter(name, weight)

    def work(self, x: Tensor, out: tuple[Tensor, None]) -> int:
        """Multiplications, with whole matrices."""
        del out
        return x.shape[0] * x.shape[1] * 8 * self.hidden_size * (self.input_size + self.hidden_size)

    def forward(self, x: Tensor) -> tuple[Tensor, None]:
        """T x N x inputs to T x N x 2 hidden."""
        parts = [getattr(self, name) for name in self.names]
        weights = [part.whole() if isinstance(part, _Pair) else part for part in parts]
        start = x.new_zeros(2, x.shape[1], self.hidden_size)
        out, _, _ = torch.lstm(x, (start, start), weights, True, 1, 0.0, self.training, True, False)
        return out, None


def _factor(inner: nn.Module, factors: Mapping[str, tuple[str, int]]) -> None:
    """Put factored layers into the place of those whose weights are named."""
    layers: dict[str, dict[str, _Pair]] = {}
    for name, (kind, rank) in factors.items():
        layer, _, key = name.rpartition(".")
        layers.setdefault(layer, {})[key] = _Pair(inner.get_parameter(name).shape, kind, rank)
    for layer, pairs in layers.items():
        module = inner.get_submodule(layer)
        made: nn.Module
        if isinstance(module, nn.Conv2d):
            made = _Conv(module, pairs["weight"])
        elif isinstance(module, nn.Linear):
            made = _Linear(module, pairs["weight"])
        else:
            assert isinstance(module, nn.LSTM)
            made = _Lstm(module, pairs)
        parent, _, key = layer.rpartition(".")
        setattr(inner.get_submodule(parent), key, made)


class Factored(Crnn):
    """A recogniser with factored layers.

    Args:
        base: name of the net that it was.
        arguments: of that net.
        factors: the name of each factored weight -> its kind and its rank.
    """

    def __init__(self, base: str, arguments: dict, factors: dict) -> None:  # type: ignore[type-arg]
        super().__init__()
        self.inner = build("recognize", base, arguments)
        assert isinstance(self.inner, Crnn)
        self.__dict__["frames"] = self.inner.frames
        _factor(self.inner, factors)

    def forward(self, x: Tensor) -> Tensor:
        """N x 1 x 32 x W to T x N x classes."""
        out: Tensor = self.inner(x)
        return out


class FactoredDetector(TextNet):
    """A detector with factored layers; the arguments are those of :class:`Factored`."""

    def __init__(self, base: str, arguments: dict, factors: dict) -> None:  # type: ignore[type-arg]
        super().__init__()
        made = build("detect", base, arguments)
        assert isinstance(made, TextNet)
        self.inner = made
        _factor(self.inner, factors)

    def text(self, x: Tensor) -> Tensor:
        """N x 1 x H x W to the logit map of the text kernel."""
        return self.inner.text(x)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """N x 1 x H x W to the logit maps of the text kernel and the threshold."""
        out: tuple[Tensor, Tensor] = self.inner(x)
        return out
