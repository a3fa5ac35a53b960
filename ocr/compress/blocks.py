"""Efficient blocks in the place of plain convolutions: nets of equal plan, to compare blocks under one budget.

- ``mobile1``: depthwise 3 x 3, then 1 x 1 (Howard et al., "MobileNets", 2017);
- ``mobile2``: 1 x 1 to twice the channels, depthwise 3 x 3, linear 1 x 1 back, a shortcut where shapes allow (Sandler
  et al., "MobileNetV2", 2018);
- ``shuffle``: grouped 1 x 1, channel shuffle, depthwise 3 x 3, grouped 1 x 1 (Zhang et al., "ShuffleNet", 2018);
- ``fire``: 1 x 1 to a quarter of the channels, then half of the output by 1 x 1 and half by 3 x 3 (Iandola et al.,
  "SqueezeNet", 2016);
- ``compact``: depthwise separable layers whose strides all come first, so that most layers see a small map (compact
  MobileNets for text lines);
- ``plain``: 3 x 3 convolutions as in the net ``mobile``, for comparison.

The first convolution is plain in all of them, the LSTM and the classifier are those of ``mobile``. The technique trains
such a net from random weights, taught by the model that the recipe began with, as ``distil`` does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import torch
from torch import Tensor, nn

from ocr.compress.data import LineData
from ocr.compress.retrain import Retraining, retrain
from ocr.errors import UsageError
from ocr.train.checkpoint import Trained, build
from ocr.train.recognize.net import ConvNormRelu, MobileCrnn

__all__ = ["BLOCKS", "BlockCrnn", "BlockSettings", "blocks"]

Stride = tuple[int, int]
GROUPS: Final = 4
"""Of ShuffleNet's 1 x 1 convolutions."""
EARLY: Final[tuple[Stride, ...]] = ((2, 2), (2, 2), (2, 1), (2, 1), (1, 1), (1, 1), (1, 1), (2, 1))
"""Strides of ``compact``."""


def _conv(i: int, o: int, size: int = 1, stride: Stride = (1, 1), groups: int = 1, act: bool = True) -> nn.Sequential:
    """Convolution, batch norm and, where ``act``, ReLU."""
    conv = nn.Conv2d(i, o, size, stride, size // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(o), *([nn.ReLU()] if act else []))


class _Branches(nn.Module):
    """Layers, with the input added where the shape allows."""

    def __init__(self, layers: nn.Sequential, inputs: int, outputs: int, stride: Stride) -> None:
        super().__init__()
        self.layers = layers
        self.residual = inputs == outputs and stride == (1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """N x inputs x H x W to N x outputs x H / stride x W / stride."""
        y: Tensor = self.layers(x)
        return x + y if self.residual else y


class _Shuffle(nn.Module):
    """Channels of all groups in turn, so that the next grouped convolution sees each of them."""

    def forward(self, x: Tensor) -> Tensor:
        """N x C x H x W to the same shape."""
        n, c, h, w = x.shape
        return x.reshape(n, GROUPS, c // GROUPS, h, w).transpose(1, 2).reshape(n, c, h, w)


class _Fire(nn.Module):
    """Squeeze and expand."""

    def __init__(self, inputs: int, outputs: int, stride: Stride) -> None:
        super().__init__()
        squeezed = max(8, inputs // 4)
        self.squeeze = _conv(inputs, squeezed)
        self.one = _conv(squeezed, outputs // 2, 1, stride)
        self.three = _conv(squeezed, outputs - outputs // 2, 3, stride)

    def forward(self, x: Tensor) -> Tensor:
        """N x inputs x H x W to N x outputs x H / stride x W / stride."""
        x = self.squeeze(x)
        return torch.cat([self.one(x), self.three(x)], 1)


def _separable(i: int, o: int, stride: Stride) -> nn.Module:
    return nn.Sequential(_conv(i, i, 3, stride, groups=i), _conv(i, o))


def _inverted(i: int, o: int, stride: Stride) -> nn.Module:
    wide = 2 * i
    layers = nn.Sequential(_conv(i, wide), _conv(wide, wide, 3, stride, groups=wide), _conv(wide, o, act=False))
    return _Branches(layers, i, o, stride)


def _shuffled(i: int, o: int, stride: Stride) -> nn.Module:
    layers = nn.Sequential(
        _conv(i, i, groups=GROUPS), _Shuffle(), _conv(i, i, 3, stride, groups=i, act=False),
        _conv(i, o, groups=GROUPS, act=False),
    )  # fmt: skip
    return nn.Sequential(_Branches(layers, i, o, stride), nn.ReLU())


BLOCKS: Final[Mapping[str, Callable[[int, int, Stride], nn.Module]]] = {
    "plain": ConvNormRelu,
    "mobile1": _separable,
    "mobile2": _inverted,
    "shuffle": _shuffled,
    "fire": _Fire,
    "compact": _separable,
}
"""A block of each kind: inputs, outputs, stride."""


class BlockCrnn(MobileCrnn):
    """The net ``mobile`` with other blocks after its first convolution.

    Args:
        classes: characters plus the blank.
        block: key of ``BLOCKS``.
        widths: channels of the eight layers, multiples of ``GROUPS``.
        hidden: LSTM units each way.
    """

    def __init__(
        self,
        classes: int,
        block: str = "plain",
        widths: tuple[int, ...] = (24, 64, 64, 128, 128, 192, 192, 256),
        hidden: int = 128,
    ) -> None:
        super().__init__(classes, widths, hidden)
        strides = EARLY if block == "compact" else self.STRIDES
        layers = [ConvNormRelu(1, widths[0], strides[0])]
        self.trunk = nn.Sequential(
            *layers, *(BLOCKS[block](i, o, s) for i, o, s in zip(widths, widths[1:], strides[1:], strict=False))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockSettings:
    """The net.

    Attributes:
        block: key of ``BLOCKS``.
        widths: channels of its eight layers; empty for those of the model.
        hidden: LSTM units each way; 0 for those of the model.
        retrain: from random weights.
    """

    block: str = "mobile2"
    widths: tuple[int, ...] = ()
    hidden: int = 0
    retrain: Retraining = field(default_factory=lambda: Retraining(steps=1000, learning_rate=2e-3))

    def __post_init__(self) -> None:
        if self.block not in BLOCKS:
            raise UsageError(f"block must be one of {', '.join(BLOCKS)}, not {self.block!r}")
        if self.widths and (len(self.widths) != 8 or any(width % GROUPS for width in self.widths)):
            raise UsageError(f"widths must be eight multiples of {GROUPS}, one a layer, not {self.widths}")


def blocks(trained: Trained, settings: BlockSettings, data: LineData) -> Trained:
    """The net with other blocks, trained.

    Raises:
        UsageError: the model is not of the kind mobile, whose plan the net follows.
    """
    if trained.name != "mobile":
        raise UsageError(f"net {trained.name}: blocks take the place of convolutions in nets of the kind mobile")
    known: dict[str, Any] = dict(trained.arguments)
    arguments: dict[str, Any] = {"classes": known["classes"], "block": settings.block}
    for name in ("widths", "hidden"):
        if value := getattr(settings, name) or known.get(name):
            arguments[name] = tuple(value) if name == "widths" else value
    net = build("recognize", "blocks", arguments)
    return retrain(replace(trained, name="blocks", net=net, arguments=arguments), settings.retrain, data)
