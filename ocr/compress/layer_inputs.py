"""What each layer of a net sees: the Hessian of its own squared error, from the calibration lines.

For a layer ``y = W x`` the squared error of its output has the Hessian ``2 x x^T``, the same for every row of ``W``
(Hassibi, Stork 1993). Convolutions see patches; an LSTM's two matrices see its input and its own last state.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["hessians", "recalibrated"]


@torch.no_grad()
def hessians(net: nn.Module, inputs: Iterable[Tensor]) -> dict[str, Tensor]:
    """``x x^T`` for each convolution, dense and LSTM matrix, by the weight's name; summed over the inputs.

    Args:
        net: in evaluation mode.
        inputs: of the net.
    """
    sums: dict[str, Tensor] = {}

    def add(name: str, seen: Tensor) -> None:
        rows = seen.reshape(-1, seen.shape[-1]).float()
        sums[name] = sums.get(name, 0) + rows.t() @ rows

    def watch(name: str) -> Any:
        def hook(module: nn.Module, given: tuple[Tensor, ...], output: Any) -> None:
            if isinstance(module, nn.Conv2d) and module.groups == 1:
                kernel: Any = module.kernel_size
                padding: Any = module.padding
                patches = F.unfold(given[0], kernel, padding=padding, stride=module.stride)
                add(f"{name}.weight", patches.transpose(1, 2))
            elif isinstance(module, nn.Linear):
                add(f"{name}.weight", given[0])
            elif isinstance(module, nn.LSTM):
                size = module.hidden_size
                for way, suffix in enumerate(["", "_reverse"][: 1 + module.bidirectional]):
                    states = output[0][..., way * size : (way + 1) * size]
                    add(f"{name}.weight_ih_l0{suffix}", given[0])
                    add(f"{name}.weight_hh_l0{suffix}", states[1:] if way else states[:-1])

        return hook

    hooks = [module.register_forward_hook(watch(name)) for name, module in net.named_modules()]
    for batch in inputs:
        net(batch)
    for hook in hooks:
        hook.remove()
    return sums


@torch.no_grad()
def recalibrated(net: nn.Module, inputs: Iterable[Tensor]) -> nn.Module:
    """A copy whose batch norms have the mean and variance that they see now, as weights before them have changed."""
    made = copy.deepcopy(net).eval()
    norms = [module for module in made.modules() if isinstance(module, nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain mean over all batches
        norm.train()
    for batch in inputs:
        made(batch)
    for norm in norms:
        norm.momentum = 0.1
    return made.eval()
