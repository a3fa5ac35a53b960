"""Structured pruning: fewer filters and LSTM units, so that the result is a smaller dense net that is really faster.

Which channels stay is decided by one of four scores:

- ``filter``: the L1 norm of the filters (Li et al., "Pruning Filters for Efficient ConvNets", 2017);
- ``slimming``: the size of the batch norm's scale (Liu et al., "Network Slimming", 2017), best after training under an
  L1 penalty on the scales (``sparsify``);
- ``thinet``: greedily the channels without which the next layer's input changes least on real lines (Luo, Wu, Lin,
  "ThiNet", 2017), measured as the energy that a channel sends into the next layer;
- ``group``: the group norm of all weights of a channel, into it and out of it, best after group lasso
  (:mod:`ocr.compress.lasso`).

Channels that a shortcut adds to each other stay or go together. LSTM units go by the norm of their gates' weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import torch
from torch import Tensor, nn

from ocr.compress.layer_inputs import hessians
from ocr.compress.retrain import Constraint, Retraining, retrain
from ocr.compress.samples import Samples
from ocr.errors import UsageError
from ocr.train.checkpoint import Trained, build
from ocr.train.recognize.net import MobileCrnn

__all__ = ["SCORES", "WidthSettings", "groups_of", "narrowed", "widths"]

SCORES: Final = ("filter", "slimming", "thinet", "group")
MULTIPLE: Final = 8
"""Widths stay multiples of this, which kernels like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WidthSettings:
    """How narrow.

    Attributes:
        keep: share of the channels that stay, 0..1.
        hidden: share of the LSTM's units that stay, 0..1.
        score: one of ``SCORES``.
        across: whether channels of different layers compete, instead of each layer keeping the same share.
        channels: how many stay in each group of layers that are added to one another, instead of ``keep``.
        sparsify: training under an L1 penalty on the batch norms' scales before; 0 steps for none.
        penalty: its weight.
        retrain: after the surgery.
    """

    keep: float = 0.5
    hidden: float = 1.0
    score: str = "filter"
    across: bool = False
    channels: tuple[int, ...] = ()
    sparsify: Retraining = field(default_factory=lambda: Retraining(steps=0))
    penalty: float = 1e-4
    retrain: Retraining = field(default_factory=Retraining)

    def __post_init__(self) -> None:
        if self.score not in SCORES:
            raise UsageError(f"score must be one of {', '.join(SCORES)}, not {self.score!r}")
        for name in ("keep", "hidden"):
            if not 0 < getattr(self, name) <= 1:
                raise UsageError(f"{name} must be more than 0 and at most 1, not {getattr(self, name)}")


class _ScalePenalty(Constraint):
    """An L1 penalty on the scales of the batch norms."""

    def __init__(self, weight: float) -> None:
        self.weight = weight

    def penalty(self, net: nn.Module) -> Tensor:
        """The sum of the scales' sizes, weighted."""
        scales = [module.weight.abs().sum() for module in net.modules() if isinstance(module, nn.BatchNorm2d)]
        return self.weight * torch.stack(scales).sum()


def widths(trained: Trained, settings: WidthSettings, data: Samples) -> Trained:
    """The model with fewer channels and units.

    Raises:
        UsageError: the net is not a mobile one, whose widths are arguments.
    """
    net = trained.net
    if type(net) is not MobileCrnn:
        raise UsageError(f"net {trained.name}: structured pruning takes nets of the kind mobile")
    if settings.sparsify.steps:
        trained = retrain(trained, settings.sparsify, data, _ScalePenalty(settings.penalty))
        net = trained.net
        assert isinstance(net, MobileCrnn)
    scores = _scores(net, settings.score, data)
    kept = _kept(scores, settings)
    units = _units(net, settings.hidden)
    return retrain(narrowed(trained, kept, units), settings.retrain, data)


def groups_of(net: MobileCrnn) -> list[list[int]]:
    """Layers of the trunk whose channels stay or go together: a layer, and those that add their output to its."""
    groups: list[list[int]] = []
    for number, layer in enumerate(net.trunk):
        if getattr(layer, "residual", False):
            groups[-1].append(number)
        else:
            groups.append([number])
    return groups


@torch.no_grad()
def _scores(net: MobileCrnn, score: str, data: Samples) -> list[Tensor]:
    """For each group of layers the scores of its channels, in shares of their mean."""
    energy = hessians(net, data.inputs()) if score == "thinet" else {}
    found = []
    for group in groups_of(net):
        total = torch.zeros(net.trunk[group[0]][0].out_channels)  # type: ignore[index]
        for number in group:
            total += _of_layer(net, number, score, energy)
        found.append(total / total.mean().clamp(min=1e-12))
    return found


def _of_layer(net: MobileCrnn, number: int, score: str, energy: Mapping[str, Tensor]) -> Tensor:
    conv, norm = net.trunk[number][0], net.trunk[number][1]  # type: ignore[index]
    assert isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)
    following, area = _following(net, number)
    if score == "filter":
        return conv.weight.abs().sum((1, 2, 3)) * (norm.weight.abs() / torch.sqrt(_variance(norm) + norm.eps))
    if score == "slimming":
        return norm.weight.abs()
    into = [weight.flatten(1).reshape(len(weight), -1, area) for _, weight in following]
    if score == "group":
        return (conv.weight.square().sum((1, 2, 3)) + sum(w.square().sum((0, 2)) for w in into)).sqrt()
    sent = torch.zeros(conv.out_channels)
    for (name, weight), rows in zip(following, into, strict=True):
        del weight
        moment = energy[name]
        for channel in range(conv.out_channels):
            own = slice(channel * area, (channel + 1) * area)
            sent[channel] += torch.einsum("rk,kl,rl->", rows[:, channel], moment[own, own], rows[:, channel])
    return sent.clamp(min=0).sqrt()


def _variance(norm: nn.BatchNorm2d) -> Tensor:
    assert norm.running_var is not None
    return norm.running_var


def _following(net: MobileCrnn, number: int) -> tuple[list[tuple[str, Tensor]], int]:
    """The weights that a layer's channels go into, by name, and how many columns a channel has in them."""
    if number + 1 < len(net.trunk):
        return [(f"trunk.{number + 1}.0.weight", net.trunk[number + 1][0].weight)], 9  # type: ignore[index]
    return [(f"lstm.{name}", getattr(net.lstm, name)) for name in ("weight_ih_l0", "weight_ih_l0_reverse")], 1


def _kept(scores: Sequence[Tensor], settings: WidthSettings) -> list[Tensor]:
    """Indices of the channels that stay, for each group; their number is a multiple of ``MULTIPLE``."""
    if settings.channels:
        if len(settings.channels) != len(scores) or any(
            not 0 < count <= len(score) for count, score in zip(settings.channels, scores, strict=False)
        ):
            most = ", ".join(str(len(score)) for score in scores)
            raise UsageError(f"channels must be {len(scores)} numbers, from 1 to {most}; not {settings.channels}")
        return [
            score.argsort(descending=True)[:count].sort().values
            for score, count in zip(scores, settings.channels, strict=True)
        ]
    level = torch.cat(list(scores)).sort(descending=True).values
    limit = float(level[min(len(level) - 1, round(settings.keep * len(level)))])
    kept = []
    for score in scores:
        share = int((score > limit).sum()) if settings.across else settings.keep * len(score)
        count = min(len(score), max(MULTIPLE, MULTIPLE * round(share / MULTIPLE)))
        kept.append(score.argsort(descending=True)[:count].sort().values)
    return kept


@torch.no_grad()
def _units(net: MobileCrnn, share: float) -> list[Tensor]:
    """Indices of the units that stay, for each direction."""
    size = net.lstm.hidden_size
    count = min(size, max(MULTIPLE, MULTIPLE * round(share * size / MULTIPLE)))
    kept = []
    for suffix in ("", "_reverse"):
        rows = torch.cat([getattr(net.lstm, f"weight_{kind}_l0{suffix}") for kind in ("ih", "hh")], 1)
        norms = rows.view(4, size, -1).square().sum((0, 2))
        out = net.classify.weight[:, size * bool(suffix) : size * (1 + bool(suffix))].square().sum(0)
        kept.append((norms * out).argsort(descending=True)[:count].sort().values)
    return kept


@torch.no_grad()
def narrowed(trained: Trained, channels: Sequence[Tensor], units: Sequence[Tensor]) -> Trained:
    """The model with only some channels in each group of layers and some units each way; their weights are kept."""
    net = trained.net
    assert isinstance(net, MobileCrnn)
    of_layer = [kept for group, kept in zip(groups_of(net), channels, strict=True) for _ in group]
    arguments = {
        **trained.arguments, "widths": tuple(len(kept) for kept in of_layer), "hidden": len(units[0])
    }  # fmt: skip
    made = build(trained.task, trained.name, arguments)
    assert isinstance(made, MobileCrnn)
    state, size = dict(net.state_dict()), net.lstm.hidden_size
    before = torch.arange(1)
    for number, kept in enumerate(of_layer):
        state[f"trunk.{number}.0.weight"] = state[f"trunk.{number}.0.weight"][kept][:, before]
        for name in ("weight", "bias", "running_mean", "running_var"):
            state[f"trunk.{number}.1.{name}"] = state[f"trunk.{number}.1.{name}"][kept]
        before = kept
    for suffix, own in zip(("", "_reverse"), units, strict=True):
        rows = torch.cat([own + gate * size for gate in range(4)])
        state[f"lstm.weight_ih_l0{suffix}"] = state[f"lstm.weight_ih_l0{suffix}"][rows][:, before]
        state[f"lstm.weight_hh_l0{suffix}"] = state[f"lstm.weight_hh_l0{suffix}"][rows][:, own]
        for kind in ("ih", "hh"):
            state[f"lstm.bias_{kind}_l0{suffix}"] = state[f"lstm.bias_{kind}_l0{suffix}"][rows]
    state["classify.weight"] = state["classify.weight"][:, torch.cat([units[0], units[1] + size])]
    made.load_state_dict(state)
    return replace(trained, net=made.eval(), arguments=arguments)
