"""What compression leaves uncoded: biases, norms and small tensors, kept in half precision."""

from __future__ import annotations

import copy
import math
from typing import TypeVar

import torch
from torch import nn

from ocr.compress.weights import compressed

__all__ = ["halved"]

Net = TypeVar("Net", bound=nn.Module)


@torch.no_grad()
def halved(net: Net) -> Net:
    """A copy with small tensors rounded, biases to 8 bits, norms to half precision, and no more of them than needed.

    The gates of an LSTM add ``bias_ih`` and ``bias_hh``, so their sum takes the place of the first and the second is
    zero. A batch norm is a scale and a shift: they take the place of its weight and bias, and mean and variance are 0
    and 1. Constants cost nothing in a packed file.
    """
    made = copy.deepcopy(net)
    for module in made.modules():
        if isinstance(module, nn.BatchNorm2d):
            _scale_and_shift(module)
        if isinstance(module, nn.LSTM):
            for name, bias in list(module.named_parameters()):
                if name.startswith("bias_ih"):
                    other = getattr(module, name.replace("bias_ih", "bias_hh"))
                    bias.copy_(_eight_bits(bias + other))
                    other.zero_()
        if isinstance(module, nn.Linear) and module.bias is not None:
            module.bias.copy_(_eight_bits(module.bias))
    coded = {id(weight) for weight in compressed(made).values()}
    for tensor in [*made.parameters(), *made.buffers()]:
        if tensor.is_floating_point() and id(tensor) not in coded:
            tensor.copy_(tensor.half().float())
    return made


def _scale_and_shift(norm: nn.BatchNorm2d) -> None:
    """The same function with mean 0 and variance 1."""
    assert norm.running_mean is not None and norm.running_var is not None
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    norm.bias.sub_(norm.running_mean * scale)
    norm.weight.copy_(scale * (1 + norm.eps) ** 0.5)
    norm.running_mean.zero_()
    norm.running_var.fill_(1.0)


def _eight_bits(values: torch.Tensor) -> torch.Tensor:
    """Multiples of a power of two, the largest at most 127: exact in single precision, and on a grid for the coder."""
    largest = float(values.abs().max())
    step = 2.0 ** math.ceil(math.log2(largest / 127)) if largest > 0 else 1.0
    return (values / step).round() * step
