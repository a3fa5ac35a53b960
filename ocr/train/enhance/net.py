"""Context aggregation networks: image operators approximated by dilated 3 x 3 convolutions, without any pooling.

Chen, Xu, Koltun, Fast Image Processing with Fully-Convolutional Networks, ICCV 2017. ``Can`` is the paper's net: the
dilations 1, 2, 4 ... 64, 1 give every pixel a view of 257 x 257. Two things differ. The operator is constant over an
image, so it needs no plane: it sets scale and shift of every layer's normalisation, which includes what a constant
plane can do (a shift in the first layer). And inference uses the running statistics: normalisation and operator both
fold into the convolutions, and tiles with a halo of ``radius`` pixels give exactly what the whole page gives.

``PhotoCan`` is smaller, works on squares of 2 x 2 pixels and changes a start that is worked out without a net.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

__all__ = ["AdaptiveNorm", "Can", "CanConfig", "PhotoCan", "PhotoCanConfig", "fixed"]

SLOPE = 0.2


@dataclass(frozen=True, slots=True)
class CanConfig:
    """CAN24 of the paper; CAN32 has a width of 32."""

    width: int = 24
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64, 1)

    @property
    def radius(self) -> int:
        """Pixels around an output pixel that it depends on."""
        return sum(self.dilations)


class AdaptiveNorm(nn.Module):
    """``keep * x + mix * BN(x) + shift``, each for a channel and affine in the condition; initially the identity."""

    def __init__(self, channels: int, conditions: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        base = torch.zeros(3, channels)
        base[0] = 1
        self.base = nn.Parameter(base)
        self.table = nn.Parameter(torch.zeros(conditions, 3, channels))

    def _terms(self, condition: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        # Not a matrix product: autocast would round factors of every pixel to 8 bits.
        terms = self.base + (condition[:, :, None, None] * self.table).sum(1)
        keep, mix, shift = terms.unbind(1)
        return keep, mix, shift

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """(N, C, H, W) and (N, P) to (N, C, H, W)."""
        keep, mix, shift = (term[:, :, None, None] for term in self._terms(condition))
        return keep * x + mix * cast(Tensor, self.norm(x)) + shift

    def affine(self, condition: Tensor) -> tuple[Tensor, Tensor]:
        """Scale and shift, (C,) each, that it amounts to with the running statistics under a condition (P,)."""
        keep, mix, shift = (term[0] for term in self._terms(condition[None]))
        mean, variance = cast(Tensor, self.norm.running_mean), cast(Tensor, self.norm.running_var)
        gain = mix / torch.sqrt(variance + self.norm.eps)
        return keep + gain, shift - gain * mean


class Can(nn.Module):
    """RGB (0..1) and condition to RGB.

    Args:
        config: width and dilations.
        conditions: how many operators; a condition marks one of them.
    """

    def __init__(self, config: CanConfig, conditions: int) -> None:
        super().__init__()
        self.config, self.conditions = config, conditions
        width = config.width
        self.convolutions = nn.ModuleList(
            nn.Conv2d(width if index else 3, width, 3, padding=dilation, dilation=dilation, bias=False)
            for index, dilation in enumerate(config.dilations)
        )
        self.norms = nn.ModuleList(AdaptiveNorm(width, conditions) for _ in config.dilations)
        self.last = nn.Conv2d(width, 3, 1)
        nn.init.zeros_(cast(Tensor, self.last.bias))
        for layer in (*self.convolutions, self.last):
            weight = cast(nn.Conv2d, layer).weight
            nn.init.dirac_(weight)
            with torch.no_grad():
                weight += 0.005 * torch.randn_like(weight)  # channels that start at zero would all learn the same

    def forward(self, image: Tensor, condition: Tensor) -> Tensor:
        """(N, 3, H, W) and (N, P) to (N, 3, H, W)."""
        x = image
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            x = F.leaky_relu(norm(convolution(x), condition), SLOPE)
        return cast(Tensor, self.last(x))

    def freeze(self) -> None:
        """Normalise with the running statistics from here on to the next ``train()``, as inference does."""
        for norm in self.norms:
            norm.eval()


def fixed(net: Can, condition: Tensor) -> nn.Sequential:
    """A ``Can`` under one condition (P,): plain convolutions, which can be quantized."""
    layers: list[nn.Module] = []
    for layer, norm in zip(net.eval().convolutions, net.norms, strict=True):
        plain = copy.deepcopy(cast(nn.Conv2d, layer))
        scale, shift = cast(AdaptiveNorm, norm).affine(condition)
        plain.weight = nn.Parameter((plain.weight * scale[:, None, None, None]).detach())
        plain.bias = nn.Parameter(shift.detach())
        layers += [plain, nn.LeakyReLU(SLOPE)]
    return nn.Sequential(*layers, copy.deepcopy(net.last))


@dataclass(frozen=True, slots=True)
class PhotoCanConfig:
    """Channels, and dilations in squares of 2 x 2 pixels."""

    width: int = 32
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 1)

    @property
    def radius(self) -> int:
        """Pixels around an output pixel that it depends on; even."""
        return 2 * (sum(self.dilations) + 1)


class PhotoCan(nn.Module):
    """Context aggregation on squares of 2 x 2 pixels: what an operator adds to an image.

    The pixels of a square are channels, so nothing is lost, as it would be by pooling, and all layers work on a quarter
    of the positions. Untrained it adds nothing.

    Args:
        config: width and dilations.
        planes: channels of the input.
    """

    def __init__(self, config: PhotoCanConfig, planes: int) -> None:
        super().__init__()
        self.config, self.planes = config, planes
        # Six pixels are the three squares that a 3 x 3 convolution of squares sees.
        layers = [nn.Conv2d(planes, config.width, 6, stride=2, padding=2, bias=False)]
        layers += [
            nn.Conv2d(config.width, config.width, 3, padding=dilation, dilation=dilation, bias=False)
            for dilation in config.dilations[1:]
        ]
        self.convolutions = nn.ModuleList(layers)
        self.norms = nn.ModuleList(nn.BatchNorm2d(config.width) for _ in layers)
        self.last = nn.Conv2d(config.width, 12, 1)
        for layer in layers:
            nn.init.kaiming_normal_(layer.weight, SLOPE)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(cast(Tensor, self.last.bias))

    def forward(self, x: Tensor) -> Tensor:
        """(N, planes, H, W), H and W even, to (N, 3, H, W)."""
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            x = F.leaky_relu(norm(convolution(x)), SLOPE)
        return F.pixel_shuffle(self.last(x), 2)

    def plain(self) -> nn.Sequential:
        """The same as it evaluates, normalisation folded into the convolutions."""
        layers: list[nn.Module] = []
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            folded = fuse_conv_bn_eval(cast(nn.Conv2d, convolution).eval(), cast(nn.BatchNorm2d, norm).eval())
            layers += [folded, nn.LeakyReLU(SLOPE)]
        return nn.Sequential(*layers, copy.deepcopy(self.last), nn.PixelShuffle(2))
