"""A detector's net at half the cost: patches of pixels in place of the stem, one path down the pyramid.

The first layer takes the page from pixels to a quarter of its resolution at once, as in vision transformers
(Dosovitskiy et al., An Image is Worth 16x16 Words, ICLR 2021) but with overlapping patches; at half the resolution
nothing is computed. The pyramid's levels are added on the way down (Lin et al., Feature Pyramid Networks, CVPR 2017)
instead of being brought to the finest one and joined there, where every channel is dear. It learns from the maps of a
larger net (``ocr.train.detect.distil``).
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from ocr.train.detect.net import STRIDE, NetConfig, TextNet, conv, stages

__all__ = ["SlimDbNet"]


class SlimDbNet(TextNet):
    """Grey page to logits of the shrunk text kernel.

    Args:
        config: widths; ``neck`` is that of all pyramid levels.
    """

    def __init__(self, config: NetConfig) -> None:
        super().__init__()
        width = config.stem
        self.stem = nn.Sequential(
            nn.Conv2d(1, width, 2 * STRIDE, STRIDE, STRIDE // 2, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
        )
        self.stages = stages(config, width)
        self.lateral = nn.ModuleList(conv(c, config.neck, 1, act=False) for c in config.channels)
        self.smooth = nn.ModuleList(conv(config.neck, config.neck, 3) for _ in config.channels[1:-1])
        self.kernel = nn.Sequential(conv(config.neck, config.head, 3), nn.Conv2d(config.head, 1, 3, padding=1))

    def text(self, x: Tensor) -> Tensor:
        """(N, 1, H, W), both multiples of 32, to the logit map of the text kernel (N, 1, H / 4, W / 4)."""
        x = self.stem(x)
        levels = []
        for stage in self.stages:
            x = stage(x)
            levels.append(x)
        top: Tensor = self.lateral[-1](levels[-1])
        for index in range(len(levels) - 2, -1, -1):
            top = self.lateral[index](levels[index]) + F.interpolate(top, scale_factor=2.0, mode="nearest")
            if index:
                top = self.smooth[index - 1](top)
        logits: Tensor = self.kernel(top)
        return logits

    def forward(self, x: Tensor) -> Tensor:
        """The same as :meth:`text`."""
        return self.text(x)
