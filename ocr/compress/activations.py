"""Activations on few levels: what every convolution, dense layer and LSTM takes in is rounded to evenly spaced values.

Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", 2018: 256
levels between the ends of a range that calibration inputs give: their extremes (``minmax``), the value that a share of
them is below (``percentile``), or the end under which the distribution changes least (``entropy``: Migacz, "8-bit
Inference with TensorRT", 2017). The ranges always hold zero. With retraining the net computes with rounded activations
and gradients pass as if there were none (straight-through), the LSTM included; of its state, which stays inside the
layer, only what comes out is rounded. Weights are another step, ``uniform``, after or before this one.

The net is ``quantized`` among those of ``ocr.train.checkpoint``: saved, trained and exported like any other. It
computes in single precision what integers would give, so its time tells nothing; int8 models that are fast are
published.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from typing import Any, Final

import torch
from torch import Tensor, nn

from ocr.compress.retrain import Retraining, retrain
from ocr.compress.samples import Samples
from ocr.compress.uniform import RANGES, UniformSettings, range_of
from ocr.errors import UsageError
from ocr.train.checkpoint import Trained, build
from ocr.train.detect.net import TextNet
from ocr.train.recognize.net import Crnn

__all__ = ["ActivationSettings", "Quantized", "QuantizedDetector", "Rounding", "activations"]

SAMPLED: Final = 4096
"""Values of each layer and calibration input that are looked at."""
LAYERS: Final = (nn.Conv2d, nn.Linear, nn.LSTM)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivationSettings:
    """The levels.

    Attributes:
        bits: 2 to 8: ``2 ** bits`` levels.
        range: one of ``minmax``, ``percentile``, ``entropy``.
        kept: for ``percentile``, 0..1.
        retrain: quantization-aware training; 0 steps quantize after training alone.
    """

    bits: int = 8
    range: str = "minmax"
    kept: float = 0.9999
    retrain: Retraining = field(default_factory=lambda: Retraining(steps=0))

    def __post_init__(self) -> None:
        if self.bits not in range(2, 9):
            raise UsageError(f"bits must be from 2 to 8, not {self.bits}")
        if self.range not in RANGES:
            raise UsageError(f"range must be one of {', '.join(RANGES)}, not {self.range!r}")


class Rounding(nn.Module):
    """A layer that sees its input on evenly spaced levels.

    Args:
        layer: the layer.
        bits: ``2 ** bits`` levels between ``low`` and ``high``, which are buffers.
    """

    low: Tensor
    high: Tensor

    def __init__(self, layer: nn.Module, bits: int) -> None:
        super().__init__()
        self.layer, self.most = layer, float(2**bits - 1)
        self.register_buffer("low", torch.zeros(()))
        self.register_buffer("high", torch.ones(()))

    def forward(self, x: Tensor) -> Any:
        """What the layer gives for the rounded input."""
        step = (self.high - self.low).clamp(min=1e-8) / self.most
        zero = (-self.low / step).round()  # so that zero is a level
        levels = ((x / step).round() + zero).clamp(0.0, self.most)
        made = (levels - zero) * step
        return self.layer(x + (made - x).detach() if self.training else made)


def _surrounded(inner: nn.Module, bits: int) -> None:
    """Put a rounding around each layer."""
    for name in [name for name, module in inner.named_modules() if isinstance(module, LAYERS)]:
        parent, _, key = name.rpartition(".")
        setattr(inner.get_submodule(parent), key, Rounding(inner.get_submodule(name), bits))


class Quantized(Crnn):
    """A recogniser with rounded activations.

    Args:
        base: name of the net that it was.
        arguments: of that net.
        bits: of activations.
    """

    def __init__(self, base: str, arguments: dict, bits: int) -> None:  # type: ignore[type-arg]
        super().__init__()
        self.inner = build("recognize", base, arguments)
        assert isinstance(self.inner, Crnn)
        self.__dict__["frames"] = self.inner.frames
        _surrounded(self.inner, bits)

    def forward(self, x: Tensor) -> Tensor:
        """N x 1 x 32 x W to T x N x classes."""
        out: Tensor = self.inner(x)
        return out


class QuantizedDetector(TextNet):
    """A detector with rounded activations; the arguments are those of :class:`Quantized`."""

    def __init__(self, base: str, arguments: dict, bits: int) -> None:  # type: ignore[type-arg]
        super().__init__()
        made = build("detect", base, arguments)
        assert isinstance(made, TextNet)
        self.inner = made
        _surrounded(self.inner, bits)

    def text(self, x: Tensor) -> Tensor:
        """N x 1 x H x W to the logit map of the text kernel."""
        return self.inner.text(x)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """N x 1 x H x W to the logit maps of the text kernel and the threshold."""
        out: tuple[Tensor, Tensor] = self.inner(x)
        return out


def activations(trained: Trained, settings: ActivationSettings, data: Samples) -> Trained:
    """The model with rounded activations.

    Raises:
        UsageError: they are rounded already.
    """
    if trained.name == "quantized":
        raise UsageError("the activations are rounded already; give this step the bits that you want at once")
    arguments: dict[str, Any] = {
        "base": trained.name, "arguments": dict(trained.arguments), "bits": settings.bits
    }  # fmt: skip
    net = build(trained.task, "quantized", arguments).eval()
    inner = copy.deepcopy(trained.net).eval()
    ends = _ends(inner, settings, data)
    _surrounded(inner, settings.bits)
    for name, module in inner.named_modules():
        if isinstance(module, Rounding):
            low, high = ends[name]
            module.low.fill_(low)
            module.high.fill_(high)
    net.get_submodule("inner").load_state_dict(inner.state_dict())
    return retrain(replace(trained, name="quantized", arguments=arguments, net=net), settings.retrain, data)


@torch.no_grad()
def _ends(net: nn.Module, settings: ActivationSettings, data: Samples) -> dict[str, tuple[float, float]]:
    """Lower and upper end of what each layer takes in, by its name, from the calibration inputs."""
    seen: dict[str, list[Tensor]] = {}

    def watch(name: str) -> Any:
        def hook(module: nn.Module, given: tuple[Tensor, ...]) -> None:
            del module
            values = given[0].flatten()
            some = values[:: max(1, len(values) // SAMPLED)]
            seen.setdefault(name, []).append(torch.cat([some, values.min()[None], values.max()[None]]))

        return hook

    layers = {name: module for name, module in net.named_modules() if isinstance(module, LAYERS)}
    hooks = [module.register_forward_pre_hook(watch(name)) for name, module in layers.items()]
    for batch in data.inputs():
        net(batch)
    for hook in hooks:
        hook.remove()
    how = UniformSettings(bits=settings.bits, range=settings.range, kept=settings.kept)
    found = {name: torch.cat(values) for name, values in seen.items()}
    return {name: (-_end(-values, how), _end(values, how)) for name, values in found.items()}


def _end(values: Tensor, how: UniformSettings) -> float:
    """The end of a range on the positive side; 0 where nothing is there."""
    positive = values[values > 0]
    return range_of(positive, how) if len(positive) else 0.0
