"""Recogniser nets: the one of the CRNN paper, the mobile one that is the default, and nets made from that.

All take lines N x 1 x 32 x W in -1..1 and return T x N x C activations before softmax; class 0 is the CTC blank. T is
the number of frames, which ``frames`` computes from W.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

import torch
from torch import Tensor, nn

__all__ = [
    "FRAME",
    "NETS",
    "ConvCrnn",
    "Crnn",
    "HalfVggCrnn",
    "HanCrnn",
    "LargeCrnn",
    "LargeHanCrnn",
    "MobileCrnn",
    "SmallCrnn",
    "VggCrnn",
    "grown",
]


FRAME: Final = 4
"""Columns of a line that make one CTC frame."""


class Crnn(nn.Module):
    """A net that reads lines: convolutions, LSTM, CTC classes."""

    EXTRA_FRAMES: ClassVar = 0
    """Frames at the right end beyond one for every ``FRAME`` columns."""
    REPLACED: ClassVar[tuple[str, ...]] = ()
    """How the names of weights begin that another net has and this one replaces: they are left when it is grown."""

    classify: nn.Linear

    @classmethod
    def frames(cls, width: int) -> int:
        """Frames that the net gives for a line of ``width`` columns, a multiple of ``FRAME``."""
        return width // FRAME + cls.EXTRA_FRAMES


class ConvNormRelu(nn.Sequential):
    """3 x 3 convolution, batch norm, ReLU; adds its input where the shape allows (He et al. 2016)."""

    def __init__(self, inputs: int, outputs: int, stride: tuple[int, int]) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=False),
        )
        self.residual = inputs == outputs and stride == (1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """N x inputs x H x W to N x outputs x H / stride x W / stride."""
        y: Tensor = super().forward(x)  # type: ignore[no-untyped-call]
        return x + y if self.residual else y


class MobileCrnn(Crnn):
    """CRNN with a thin trunk of plain convolutions: early strides, no depthwise layers, one BiLSTM.

    On CPUs plain 3 x 3 convolutions run at more than twice the speed in int8, where depthwise ones are bound by memory.

    Args:
        classes: characters plus the blank.
        widths: channels of the eight convolutions.
        hidden: LSTM units each way.
        dropout: before the LSTM and the classifier.
    """

    STRIDES = ((2, 2), (2, 2), (1, 1), (2, 1), (1, 1), (2, 1), (1, 1), (2, 1))

    def __init__(
        self,
        classes: int,
        widths: tuple[int, ...] = (24, 64, 64, 128, 128, 192, 192, 256),
        hidden: int = 128,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        inputs = (1, *widths[:-1])
        self.trunk = nn.Sequential(
            *(ConvNormRelu(i, o, s) for i, o, s in zip(inputs, widths, self.STRIDES, strict=True))
        )
        self.deeper = nn.ModuleDict()
        self.dropout = nn.Dropout(dropout)
        self.lstm = nn.LSTM(widths[-1], hidden, bidirectional=True)
        self.classify = nn.Linear(2 * hidden, classes)

    def forward(self, x: Tensor) -> Tensor:
        """N x 1 x 32 x W to T x N x classes."""
        out: Tensor = self.classify(self.embed(x))
        return out

    def convolve(self, x: Tensor) -> Tensor:
        """The convolutions, each followed by the ``deeper`` layers at its place: N x 1 x 32 x W to T x N x channels."""
        for at, layer in enumerate(self.trunk):
            x = layer(x)
            if str(at) in self.deeper:
                x = self.deeper[str(at)](x)
        return x.squeeze(2).permute(2, 0, 1)

    def embed(self, x: Tensor) -> Tensor:
        """The features before the classifier: N x 1 x 32 x W to T x N x features."""
        sequence, _ = self.lstm(self.dropout(self.convolve(x)))
        embedding: Tensor = self.dropout(sequence)
        return embedding


class Context(nn.Module):
    """A depthwise convolution along the line, a product over channels, and a shortcut; starts as the identity.

    Args:
        channels: of input and output.
        reach: frames that the convolution sees, odd.
    """

    def __init__(self, channels: int, reach: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, channels, (1, reach), padding=(0, reach // 2), groups=channels, bias=False),
            nn.Conv2d(channels, channels, 1, bias=False),
            last := nn.BatchNorm2d(channels),
        )
        nn.init.zeros_(last.weight)

    def forward(self, x: Tensor) -> Tensor:
        """N x channels x 1 x T to the same shape."""
        y: Tensor = torch.relu(x + self.layers(x))
        return y


class ConvCrnn(MobileCrnn):
    """The mobile net with convolutions along the line in place of the LSTM, for runtimes that have none.

    Separable convolutions with shortcuts, as in Kriman et al., "QuartzNet" (2020). They see 61 frames, seven times the
    height of the line, and have about as many weights as the LSTM. It learns from the net with the LSTM.
    """

    REPLACED: ClassVar = ("lstm.", "classify.")
    BLOCKS, REACH = 6, 11

    def __init__(self, classes: int) -> None:
        super().__init__(classes)
        width = self.lstm.input_size
        del self.lstm
        self.context = nn.Sequential(*(Context(width, self.REACH) for _ in range(self.BLOCKS)))
        self.classify = nn.Linear(width, classes)

    def embed(self, x: Tensor) -> Tensor:
        """N x 1 x 32 x W to T x N x 256."""
        line = self.dropout(self.convolve(x)).permute(1, 2, 0).unsqueeze(2)
        embedding: Tensor = self.dropout(self.context(line).squeeze(2).permute(2, 0, 1))
        return embedding


class HanCrnn(MobileCrnn):
    """The mobile net for thousands of characters: a narrow layer before the classes, fed by LSTM and convolutions.

    The LSTM carries the context, the convolutions the strokes; 128 features a frame separate 9,000 characters with less
    than half the weights of a classifier on the LSTM itself.
    """

    BOTTLENECK = 128

    def __init__(self, classes: int) -> None:
        super().__init__(classes)
        width = 2 * self.lstm.hidden_size
        self.narrow = nn.Linear(width + self.lstm.input_size, self.BOTTLENECK)
        self.classify = nn.Linear(self.BOTTLENECK, classes)

    def embed(self, x: Tensor) -> Tensor:
        """N x 1 x 32 x W to T x N x 128."""
        features = self.dropout(self.convolve(x))
        sequence, _ = self.lstm(features)
        embedding: Tensor = self.narrow(torch.cat([self.dropout(sequence), features], -1))
        return embedding


class Residual(nn.Module):
    """Two convolutions beside a shortcut (He et al. 2016); starts as the identity (last scale zero, Goyal et al. 2017).

    Args:
        channels: of input and output.
        kernel: height and width of both convolutions.
    """

    def __init__(self, channels: int, kernel: tuple[int, int] = (3, 3)) -> None:
        super().__init__()
        padding = (kernel[0] // 2, kernel[1] // 2)
        self.layers = nn.Sequential(
            nn.Conv2d(channels, channels, kernel, 1, padding, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, kernel, 1, padding, bias=False),
            last := nn.BatchNorm2d(channels),
        )
        nn.init.zeros_(last.weight)

    def forward(self, x: Tensor) -> Tensor:
        """N x channels x H x W to the same shape."""
        y: Tensor = torch.relu(x + self.layers(x))
        return y


class LargeCrnn(MobileCrnn):
    """The mobile net made deeper: residual blocks after four of its stages, and a second BiLSTM with a shortcut.

    All added layers start as the identity, so that with the weights of a trained mobile net the large one reads as well
    as that net from its first step on (Net2DeeperNet: Chen, Goodfellow, Shlens 2016).
    """

    DEEPER: ClassVar = {"2": 64, "4": 128, "6": 192, "7": 256}

    def __init__(self, classes: int, hidden: int = 192) -> None:
        super().__init__(classes)
        self.deeper = nn.ModuleDict(
            {at: Residual(channels, (1, 3) if at == "7" else (3, 3)) for at, channels in self.DEEPER.items()}
        )
        width = 2 * self.lstm.hidden_size
        self.second = nn.LSTM(width, hidden, bidirectional=True)
        self.back = nn.Linear(2 * hidden, width)
        nn.init.zeros_(self.back.weight)
        nn.init.zeros_(self.back.bias)

    def embed(self, x: Tensor) -> Tensor:
        """N x 1 x 32 x W to T x N x 256."""
        first, _ = self.lstm(self.dropout(self.convolve(x)))
        second, _ = self.second(self.dropout(first))
        embedding: Tensor = self.dropout(first + self.back(second))
        return embedding


class LargeHanCrnn(HanCrnn):
    """The net for thousands of characters, deeper from the first convolution on and wider before the classes."""

    BOTTLENECK = 192
    DEEPER: ClassVar = {"0": (24, 1), "2": (64, 2), "4": (128, 3), "6": (192, 1), "7": (256, 1)}

    def __init__(self, classes: int) -> None:
        super().__init__(classes)
        self.deeper = nn.ModuleDict(
            {
                at: nn.Sequential(*(Residual(channels, (1, 3) if at == "7" else (3, 3)) for _ in range(blocks)))
                for at, (channels, blocks) in self.DEEPER.items()
            }
        )


class VggCrnn(Crnn):
    """The net of Shi, Bai, Yao, "An End-to-End Trainable Neural Network for Image-based Sequence Recognition" (2015).

    Seven convolutions, four poolings, two BiLSTMs of 256, as in the authors' published code: the last two poolings are
    2 x 2 with a stride of 1 along the line and padding, which adds a frame each; the last convolution takes one.
    """

    EXTRA_FRAMES: ClassVar = 1

    def __init__(self, classes: int, divided_by: int = 1) -> None:
        super().__init__()
        a, b, c, d = (channels // divided_by for channels in (64, 128, 256, 512))
        hidden = c

        def conv(i: int, o: int, kernel: int = 3, pad: int = 1, norm: bool = False) -> list[nn.Module]:
            layers: list[nn.Module] = [nn.Conv2d(i, o, kernel, 1, pad)]
            return [*layers, *([nn.BatchNorm2d(o)] if norm else []), nn.ReLU()]

        tall = nn.MaxPool2d((2, 2), (2, 1), (0, 1))
        self.trunk = nn.Sequential(
            *conv(1, a), nn.MaxPool2d(2), *conv(a, b), nn.MaxPool2d(2), *conv(b, c), *conv(c, c), tall,
            *conv(c, d, norm=True), *conv(d, d, norm=True), nn.MaxPool2d((2, 2), (2, 1), (0, 1)),
            *conv(d, d, kernel=2, pad=0),
        )  # fmt: skip
        self.first = nn.LSTM(d, hidden, bidirectional=True)
        self.between = nn.Linear(2 * hidden, hidden)
        self.second = nn.LSTM(hidden, hidden, bidirectional=True)
        self.classify = nn.Linear(2 * hidden, classes)

    def forward(self, x: Tensor) -> Tensor:
        """N x 1 x 32 x W to T x N x classes."""
        features = self.trunk(x).squeeze(2).permute(2, 0, 1)
        sequence, _ = self.first(features)
        sequence, _ = self.second(self.between(sequence))
        out: Tensor = self.classify(sequence)
        return out


class HalfVggCrnn(VggCrnn):
    """The net of Shi, Bai and Yao (2015) with half of its channels: a quarter of its weights and of its arithmetic."""

    def __init__(self, classes: int) -> None:
        super().__init__(classes, divided_by=2)


class SmallCrnn(MobileCrnn):
    """The mobile net with an eighth of its weights, for small alphabets in one typeface."""

    def __init__(self, classes: int) -> None:
        super().__init__(classes, widths=(16, 32, 32, 48, 48, 64, 64, 96), hidden=48)


NETS: dict[str, type[Crnn]] = {
    "small": SmallCrnn,
    "mobile": MobileCrnn,
    "conv": ConvCrnn,
    "large": LargeCrnn,
    "han": HanCrnn,
    "han-large": LargeHanCrnn,
    "vgg": VggCrnn,
    "vgg-half": HalfVggCrnn,
}


def grown(net: nn.Module, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights of a net with a narrower layer before its classes, widened to fit ``net``, which then gives its output.

    The wider layer's new outputs keep their fresh weights, and the classifier weighs them zero (as Net2WiderNet aims
    at: Chen, Goodfellow, Shlens 2016).
    """
    state, start = net.state_dict(), dict(weights)
    for name, old in weights.items():
        if name.startswith(("narrow.", "classify.")) and name in state and old.shape != state[name].shape:
            new = torch.zeros_like(state[name]) if name.startswith("classify.") else state[name].clone()
            new[tuple(slice(size) for size in old.shape)] = old
            start[name] = new
    return start
