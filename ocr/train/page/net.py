"""The nets of the page stages: is a line upside down, where is the page in a photograph, where exactly is each corner.

The two corner nets form a cascade after Chen et al., Compressing Deep Neural Networks (landmarks at two scales), built
of fused inverted residuals (MobileNetV2 blocks with full convolutions, as in the text detector).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ocr.train.detect.net import FusedBlock, conv

__all__ = ["CornerNet", "OrientNet", "PageNet", "centre_of_mass"]


class OrientNet(nn.Module):
    """Line image to the logit of its being upside down: the mean over the line's columns.

    Args:
        channels: of the four convolutions with stride 2, each followed by one with stride 1.
    """

    def __init__(self, channels: tuple[int, ...] = (16, 24, 40, 64)) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        width = 1
        for outputs in channels:
            layers += [conv(width, outputs, 3, 2)] + ([conv(outputs, outputs, 3)] if width > 1 else [])
            width = outputs
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(width, 1)

    def forward(self, lines: Tensor) -> Tensor:
        """(N, 1, 32, W) in -1..1 to logits (N,)."""
        features: Tensor = self.body(lines)
        logits: Tensor = self.head(features.amax(2).mean(2))
        return logits[:, 0]


class PageNet(nn.Module):
    """Level 1: a reduced photograph to a map of the page and the logit that there is a page.

    The map covers the whole page, including what a hand hides, so that its sides are straight.

    Args:
        channels: at strides 2, 4, 8, 16 and 32.
        neck: channels of the decoder.
    """

    def __init__(self, channels: tuple[int, ...] = (16, 24, 40, 64, 80), neck: int = 32) -> None:
        super().__init__()
        self.stem = nn.Sequential(conv(3, channels[0], 3, 2), conv(channels[0], channels[1], 3, 2))
        self.stages = nn.ModuleList()
        width = channels[1]
        for outputs in channels[2:]:
            self.stages.append(nn.Sequential(FusedBlock(width, outputs, 2, 2), FusedBlock(outputs, outputs, 2, 1)))
            width = outputs
        self.wide = conv(width, width, 3)
        self.lateral = nn.ModuleList(conv(c, neck, 1, act=False) for c in channels[1:])
        self.smooth = nn.ModuleList(conv(neck, neck, 3) for _ in channels[1:])
        self.map = nn.Conv2d(neck, 1, 3, padding=1)
        self.presence = nn.Linear(width, 1)

    def forward(self, photo: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 3, S, S) in -1..1, S a multiple of 32, to logits of the map (N, S / 4, S / 4) and of presence (N,)."""
        levels = [self.stem(photo)]
        for stage in self.stages:
            levels.append(stage(levels[-1]))
        levels[-1] = self.wide(levels[-1])
        presence: Tensor = self.presence(levels[-1].mean((2, 3)))
        top: Tensor | None = None
        for level, lateral, smooth in zip(levels[::-1], list(self.lateral)[::-1], list(self.smooth)[::-1], strict=True):
            side = lateral(level)
            top = smooth(side if top is None else side + F.interpolate(top, scale_factor=2.0, mode="nearest"))
        page: Tensor = self.map(top)
        return page[:, 0], presence[:, 0]


class CornerNet(nn.Module):
    """Level 2: a crop around one corner, turned so that the page lies to the lower right, to the corner's position.

    Args:
        channels: at strides 2, 4 and 8.
    """

    def __init__(self, channels: tuple[int, ...] = (16, 24, 48)) -> None:
        super().__init__()
        first, fine, coarse = channels
        self.stem = nn.Sequential(conv(3, first, 3, 2), conv(first, fine, 3, 2), FusedBlock(fine, fine, 2, 1))
        self.deep = nn.Sequential(
            FusedBlock(fine, coarse, 2, 2), FusedBlock(coarse, coarse, 2, 1), FusedBlock(coarse, coarse, 2, 1)
        )
        self.lateral = conv(coarse, fine, 1, act=False)
        self.smooth = conv(fine, fine, 3)
        self.heat = nn.Conv2d(fine, 1, 3, padding=1)

    def forward(self, crops: Tensor) -> Tensor:
        """(N, 3, S, S) in -1..1, S a multiple of 8, to logits (N, S / 4, S / 4) of the corner's position."""
        fine = self.stem(crops)
        fine = fine + F.interpolate(self.lateral(self.deep(fine)), scale_factor=2.0, mode="nearest")
        heat: Tensor = self.heat(self.smooth(fine))
        return heat[:, 0]


def centre_of_mass(heat: Tensor) -> Tensor:
    """Centres of mass (N, 2) of heat maps (N, H, W) after softmax: x, y as fractions of the crop's side."""
    n, height, width = heat.shape
    mass = heat.float().flatten(1).softmax(1).view(n, height, width)
    x = (torch.arange(width, device=heat.device) + 0.5) / width
    y = (torch.arange(height, device=heat.device) + 0.5) / height
    return torch.stack([(mass.sum(1) * x).sum(1), (mass.sum(2) * y).sum(1)], 1)
