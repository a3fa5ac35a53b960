"""The detector's net: differentiable binarization on a small backbone of fused inverted residuals.

Liao et al., Real-time Scene Text Detection with Differentiable Binarization, AAAI 2020. The backbone follows
MobileNet-EdgeTPU and EfficientNetV2: a full 3 x 3 expansion and a 1 x 1 projection instead of depthwise convolutions,
which are memory-bound on CPUs both in bf16 training and in int8 inference. The maps have a quarter of the input's
resolution.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["STRIDE", "DbNet", "NetConfig", "TextMap", "TextNet", "stages"]

STRIDE = 4
"""Input pixels per map pixel."""


@dataclass(frozen=True, slots=True)
class NetConfig:
    """Widths of the net.

    Attributes:
        stem: channels at stride 2.
        channels: of the stages, at strides 4, 8, 16 and 32.
        expansion: of the blocks in each stage.
        blocks: how many in each stage.
        neck: channels of the feature pyramid.
        head: channels before the kernel map; the threshold map has half of them.
    """

    stem: int = 12
    channels: tuple[int, ...] = (24, 40, 72, 112)
    expansion: tuple[int, ...] = (2, 2, 2, 2)
    blocks: tuple[int, ...] = (1, 2, 3, 3)
    neck: int = 48
    head: int = 24


def conv(inputs: int, outputs: int, size: int, stride: int = 1, act: bool = True) -> nn.Sequential:
    """Convolution, batch norm and, where ``act``, ReLU."""
    layers: list[nn.Module] = [
        nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False),
        nn.BatchNorm2d(outputs),
    ]
    return nn.Sequential(*layers, nn.ReLU(inplace=True)) if act else nn.Sequential(*layers)


class FusedBlock(nn.Module):
    """Fused inverted residual: 3 x 3 to ``expansion`` times the width, 1 x 1 back, plus the input if shapes allow."""

    def __init__(self, inputs: int, outputs: int, expansion: int, stride: int) -> None:
        super().__init__()
        hidden = (inputs if stride == 1 else outputs) * expansion
        self.expand = conv(inputs, hidden, 3, stride)
        self.project = conv(hidden, outputs, 1, act=False)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, outputs, H / stride, W / stride)."""
        y: Tensor = self.project(self.expand(x))
        return x + y if self.residual else y


def stages(config: NetConfig, width: int) -> nn.ModuleList:
    """The stages of a backbone whose input has ``width`` channels at stride 4; each but the first halves the size."""
    result = nn.ModuleList()
    for level, (outputs, expansion, blocks) in enumerate(
        zip(config.channels, config.expansion, config.blocks, strict=True)
    ):
        stage: list[nn.Module] = []
        for block in range(blocks):
            stage.append(FusedBlock(width, outputs, expansion, 2 if level and not block else 1))
            width = outputs
        result.append(nn.Sequential(*stage))
    return result


class TextNet(nn.Module):
    """A detector's net: logits of the text kernel and of the threshold map, or of the text kernel alone."""

    def text(self, x: Tensor) -> Tensor:
        """(N, 1, H, W) to (N, 1, H / 4, W / 4)."""
        raise NotImplementedError


class DbNet(TextNet):
    """Grey page to logits of the shrunk text kernel and of the threshold map."""

    def __init__(self, config: NetConfig) -> None:
        super().__init__()
        self.stem = nn.Sequential(conv(1, config.stem, 3, 2), conv(config.stem, config.channels[0], 3, 2))
        self.stages = stages(config, config.channels[0])
        self.lateral = nn.ModuleList(conv(c, config.neck, 1, act=False) for c in config.channels)
        quarter = config.neck // len(config.channels)
        self.smooth = nn.ModuleList(conv(config.neck, quarter, 3) for _ in config.channels)
        fused = quarter * len(config.channels)
        self.kernel = nn.Sequential(conv(fused, config.head, 3), nn.Conv2d(config.head, 1, 3, padding=1))
        self.threshold = nn.Sequential(conv(fused, config.head // 2, 3), nn.Conv2d(config.head // 2, 1, 1))

    def features(self, x: Tensor) -> Tensor:
        """(N, 1, H, W), both multiples of 32, to (N, C, H / 4, W / 4)."""
        x = self.stem(x)
        levels = []
        for stage in self.stages:
            x = stage(x)
            levels.append(x)
        top: Tensor | None = None
        outputs: list[Tensor] = []
        for index in range(len(levels) - 1, -1, -1):
            side = self.lateral[index](levels[index])
            top = side if top is None else side + F.interpolate(top, scale_factor=2.0, mode="nearest")
            smooth = self.smooth[index](top)
            outputs.append(F.interpolate(smooth, scale_factor=float(2**index), mode="nearest") if index else smooth)
        return torch.cat(outputs, dim=1)

    def text(self, x: Tensor) -> Tensor:
        """(N, 1, H, W) to the logit map of the text kernel alone (N, 1, H / 4, W / 4)."""
        logits: Tensor = self.kernel(self.features(x))
        return logits

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 1, H, W) to two logit maps (N, 1, H / 4, W / 4): text kernel, threshold."""
        features = self.features(x)
        return self.kernel(features), self.threshold(features)


class TextMap(nn.Module):
    """What is exported: the probability of the text kernel, without the threshold head."""

    def __init__(self, net: TextNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, image: Tensor) -> Tensor:
        """(N, 1, H, W) in -1..1 to (N, 1, H / 4, W / 4) in 0..1."""
        return torch.sigmoid(self.net.text(image))
