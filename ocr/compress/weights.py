"""Which weights of a net are compressed: the matrices and kernels, by name."""

from __future__ import annotations

from torch import Tensor, nn

from ocr.errors import UsageError

__all__ = ["LEAST", "compressed", "layer_of", "non_zero", "on_levels"]

LEAST = 512
"""Tensors with fewer values stay as they are: they cost little and are sensitive (first convolution, norms, biases)."""

MOST_VALUES = 0.5
"""Different values that a quantized tensor has, as a share of its values that are not zero."""


def compressed(net: nn.Module, spared: tuple[str, ...] = ()) -> dict[str, nn.Parameter]:
    """The weights that pruning and quantization work on: tensors of two or more axes with ``LEAST`` values or more.

    Args:
        net: the net.
        spared: beginnings of names that stay as they are.

    Raises:
        UsageError: one of ``spared`` is the beginning of no weight's name.

    Example:
        >>> list(compressed(nn.Sequential(nn.Linear(40, 40), nn.Linear(4, 4))))
        ['0.weight']
    """
    names = [name for name, _ in net.named_parameters()]
    for start in spared:
        if not any(name.startswith(start) for name in names):
            raise UsageError(f"no weight begins with {start!r}; the weights are {', '.join(names)}")
    return {
        name: parameter
        for name, parameter in net.named_parameters()
        if parameter.ndim >= 2 and parameter.numel() >= LEAST and not name.startswith(spared or ("\0",))
    }


def layer_of(name: str) -> str:
    """The layer that a weight belongs to: ``lstm.weight_hh_l0`` -> ``lstm``."""
    return name.rpartition(".")[0]


def non_zero(net: nn.Module) -> int:
    """Weights that are not zero, biases and norms included."""
    return sum(int((parameter != 0).sum()) for parameter in net.parameters())


def on_levels(net: nn.Module) -> int:
    """How many of the net's compressed weights take few values: quantized or shared ones do, trained ones do not."""
    return sum(_few_values(weight.detach()) for weight in compressed(net).values())


def _few_values(weight: Tensor) -> bool:
    kept = weight[weight != 0]
    return len(kept) == 0 or len(set(kept.tolist())) <= MOST_VALUES * len(kept)
