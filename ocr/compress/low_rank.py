"""Low rank: matrices and kernels as products of two smaller ones.

- Dense and LSTM matrices by truncated singular value decomposition (Xue, Li, Gong 2013; for LSTMs Prabhavalkar et al.
  2016): ``rows x columns`` becomes ``rows x rank`` times ``rank x columns``.
- Convolutions by channels (``kernels = "channel"``; Zhang et al. 2015): a kernel into ``rank`` channels, then 1 x 1; or
  in space (``"spatial"``; Jaderberg, Vedaldi, Zisserman 2014): columns into ``rank`` channels, then rows.
- The classifier by Kronecker products (``classifier = "kronecker"``; Zhou, Wu 2015): ``W = sum of A x B``, by the
singular
  values of a rearranged ``W`` (Van Loan, Pitsianis 1993).

The rank of each layer keeps ``energy`` of the squared singular values. A layer whose factors would not be smaller stays
whole. The factored net is ``factored`` among the nets of ``ocr.train.checkpoint``: it is saved, trained and exported
like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from ocr.compress.factored import factors_of, matrix_of, parameters_of
from ocr.compress.retrain import Retraining, retrain
from ocr.compress.samples import Samples
from ocr.errors import UsageError
from ocr.train.checkpoint import Trained, build

__all__ = ["LowRankSettings", "low_rank", "rank_for"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LowRankSettings:
    """Which layers, and how much of them.

    Attributes:
        energy: share of the squared singular values that stays, 0..1.
        kernels: ``channel``, ``spatial``, or ``none`` to leave convolutions whole.
        recurrent: whether LSTM matrices are factored.
        classifier: ``svd``, ``kronecker`` or ``none``.
        retrain: of the factors.
    """

    energy: float = 0.9
    kernels: str = "channel"
    recurrent: bool = True
    classifier: str = "svd"
    retrain: Retraining = field(default_factory=Retraining)

    def __post_init__(self) -> None:
        if not 0 < self.energy <= 1:
            raise UsageError(f"energy must be more than 0 and at most 1, not {self.energy}")
        for name, known in (("kernels", ("channel", "spatial", "none")), ("classifier", ("svd", "kronecker", "none"))):
            if getattr(self, name) not in known:
                raise UsageError(f"{name} must be one of {', '.join(known)}, not {getattr(self, name)!r}")


def rank_for(values: Tensor, energy: float) -> int:
    """The least number of singular values that hold a share of their squared sum.

    Example:
        >>> rank_for(torch.tensor([3.0, 4.0]).sort(descending=True).values, 0.6)
        1
    """
    share = values.square().cumsum(0) / values.square().sum().clamp(min=1e-30)
    return min(len(values), int((share < energy - 1e-7).sum()) + 1)


@torch.no_grad()
def low_rank(trained: Trained, settings: LowRankSettings, data: Samples) -> Trained:
    """The model with factored layers.

    Raises:
        UsageError: it is factored already.
    """
    if trained.name == "factored":
        raise UsageError("the model is factored already; give this step the ranks that you want at once")
    plan = _plan(trained.net, settings)
    arguments: dict[str, Any] = {"base": trained.name, "arguments": dict(trained.arguments), "factors": plan}
    net = build(trained.task, "factored", arguments)
    state = dict(trained.net.state_dict())
    for name, (kind, rank) in plan.items():
        weight = state.pop(name)
        left, right = factors_of(weight, kind, rank)
        state[f"{name}.left"], state[f"{name}.right"] = left, right
    net.get_submodule("inner").load_state_dict(state)
    made = replace(trained, name="factored", arguments=arguments, net=net.eval())
    with torch.enable_grad():
        return retrain(made, settings.retrain, data)


def _plan(net: nn.Module, settings: LowRankSettings) -> dict[str, tuple[str, int]]:
    """Kind and rank of each weight that is smaller as factors."""
    plan: dict[str, tuple[str, int]] = {}
    for name, kind in _candidates(net, settings).items():
        weight = net.get_parameter(name).detach()
        values = torch.linalg.svdvals(matrix_of(weight, kind).float())
        rank = rank_for(values, settings.energy)
        if parameters_of(weight.shape, kind, rank) < weight.numel():
            plan[name] = (kind, rank)
    return plan


def _candidates(net: nn.Module, settings: LowRankSettings) -> Mapping[str, str]:
    found = {}
    for name, module in net.named_modules():
        if isinstance(module, nn.Conv2d) and settings.kernels != "none" and module.groups == 1:
            if module.in_channels > 1 and module.kernel_size == (3, 3):
                found[f"{name}.weight"] = settings.kernels
        elif isinstance(module, nn.LSTM) and settings.recurrent:
            found |= {f"{name}.{key}": "svd" for key, weight in module.named_parameters() if weight.ndim == 2}
        elif isinstance(module, nn.Linear) and settings.classifier != "none":
            found[f"{name}.weight"] = settings.classifier
    return found
