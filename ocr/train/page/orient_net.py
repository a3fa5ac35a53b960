"""The orientation net: is a line of text upright or upside down?"""

from __future__ import annotations

from torch import Tensor, nn

from ocr.train.detect.net import conv

__all__ = ["OrientNet"]


class OrientNet(nn.Module):
    """Line picture to the logit of its being upside down, the mean over the line's stretches.

    Args:
        channels: outputs of the four convolutions of stride 2, each followed by one of stride 1.
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
