"""Several nets trained at once, that teach each other; what remains is a small one.

- ``rocket``: light nets share their first layers with a booster, the net as it is, and learn its activations while it
  still learns itself (Zhou et al., "Rocket Launching: A Universal and Efficient Framework for Training Well-performing
  Light Net", 2018). The hint, the squared difference before softmax, does not reach the booster's own layers.
- ``codistillation``: light nets of equal rank, each taught by the mean of the others beside the labels, once they know
  something (Anil et al., "Large Scale Distributed Training of Neural Networks through Online Distillation", 2018).
- ``teacher``: several students at once learn from the fixed teacher, whose answer is computed once for all.

All see the same batches. The light net with the least error on the held lines is kept; without such lines, the first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

import torch
from torch import Tensor, nn

from ocr.compress.data import LineData
from ocr.compress.distil import check_student
from ocr.compress.retrain import Retraining, retrain
from ocr.errors import UsageError
from ocr.train.checkpoint import Trained, build
from ocr.train.recognize.ctc import CtcLoss
from ocr.train.recognize.data import Batch
from ocr.train.recognize.distil import distillation_loss
from ocr.train.recognize.net import Crnn, MobileCrnn
from ocr.train.run import Run

__all__ = ["WAYS", "TogetherSettings", "together"]

WAYS: Final = ("rocket", "codistillation", "teacher")


@dataclass(frozen=True, slots=True, kw_only=True)
class TogetherSettings:
    """The nets.

    Attributes:
        way: one of ``WAYS``.
        widths: channels of the eight convolutions of every light net; empty for those of the model.
        hidden: LSTM units each way of each light net; its length is their number. 0 for those of the model.
        shared: of ``rocket``: first convolutions that light nets and booster have in common.
        hint: weight of what is learned from the others.
        after: of ``codistillation``: part of the training, 0..1, at which the nets begin to learn from each other.
        retrain: of all of them; ``teacher`` of this table counts for the way ``teacher`` alone.
    """

    way: str = "rocket"
    widths: tuple[int, ...] = ()
    hidden: tuple[int, ...] = (64,)
    shared: int = 2
    hint: float = 0.5
    after: float = 0.3
    retrain: Retraining = field(default_factory=lambda: Retraining(steps=1000, learning_rate=1e-3))

    def __post_init__(self) -> None:
        check_student(self.way, WAYS, self.widths)
        if len(self.hidden) < 1 + (self.way == "codistillation") or min(self.hidden, default=0) < 0:
            raise UsageError("hidden must be one number for each light net, of codistillation two or more")
        if not 0 <= self.shared <= 8:
            raise UsageError(f"shared must be from 0 to 8, not {self.shared}")


class _Team(Crnn):
    """Nets as one, so that one run trains them."""

    def __init__(self, nets: Sequence[nn.Module]) -> None:
        super().__init__()
        self.nets = nn.ModuleList(nets)

    def forward(self, x: Tensor) -> list[Tensor]:
        """What each net gives."""
        return [net(x) for net in self.nets]


class _Lessons(LineData):
    """Lines with the losses of a team."""

    settings: TogetherSettings

    def objective(self, run: Run[Any], teacher: nn.Module | None, share: float) -> Callable[[nn.Module, Batch], Tensor]:
        """CTC of each net, and what each learns from the others or from the teacher."""
        ctc, settings = CtcLoss(), self.settings

        def loss(net: nn.Module, batch: Batch) -> Tensor:
            images = run.images(batch.images)
            with run.autocast():
                outs = cast(list[Tensor], net(images))
            total = images.new_zeros(())
            for out in outs:
                summed = ctc(out, batch.labels, batch.frames, batch.label_lengths).squeeze(0)
                total = total + summed / batch.label_lengths.sum().clamp(min=1)
            if settings.way == "rocket":
                booster = outs[-1].detach().float()
                hints = [(out.float() - booster).square().mean() for out in outs[:-1]]
                return total + settings.hint * torch.stack(hints).sum()
            if settings.way == "codistillation":
                return total + self._mutual(outs, batch) if run.progress >= settings.after else total
            if teacher is not None:
                with torch.no_grad(), run.autocast():
                    target = teacher(images)
                total = total + share * sum(distillation_loss(out, target, batch.frames) for out in outs)
            return total

        return loss

    def _mutual(self, outs: Sequence[Tensor], batch: Batch) -> Tensor:
        """What each net learns from the mean of the others' classes."""
        logs = torch.stack([out.detach().float().log_softmax(-1) for out in outs])
        total = outs[0].new_zeros((), dtype=torch.float32)
        for k, out in enumerate(outs):
            others = torch.cat([logs[:k], logs[k + 1 :]]).exp().mean(0).clamp(min=1e-8).log()
            total = total + distillation_loss(out, others, batch.frames)
        return self.settings.hint * total


def together(trained: Trained, settings: TogetherSettings, data: LineData) -> Trained:
    """The light net.

    Raises:
        UsageError: the net is not a mobile one, or light nets have other first layers than the booster that they share.
    """
    if trained.name != "mobile":
        raise UsageError(f"net {trained.name}: light nets are made of nets of the kind mobile")
    plans = [_plan(trained, settings, hidden) for hidden in settings.hidden]
    nets = [build("recognize", "mobile", plan) for plan in plans]
    if settings.way == "rocket":
        booster = build("recognize", "mobile", dict(trained.arguments))
        booster.load_state_dict(trained.net.state_dict())
        for net in nets:
            _share(cast(MobileCrnn, net), cast(MobileCrnn, booster), settings.shared)
        nets.append(booster)
    training = settings.retrain if settings.way == "teacher" else replace(settings.retrain, teacher="none")
    lessons = _Lessons(data.config, data.drawn, data.real, data.held, data.origin or trained)
    lessons.settings = settings
    team = retrain(replace(trained, net=_Team(nets)), training, lessons).net
    assert isinstance(team, _Team)
    made = [
        replace(trained, net=net.eval(), arguments=plan) for net, plan in zip(team.nets, plans, strict=False)
    ]  # fmt: skip
    return min(made, key=lambda one: data.error(one.net))


def _plan(trained: Trained, settings: TogetherSettings, hidden: int) -> dict[str, Any]:
    plan = dict(trained.arguments)
    plan |= {"widths": settings.widths} if settings.widths else {}
    return plan | ({"hidden": hidden} if hidden else {})


def _share(light: MobileCrnn, booster: MobileCrnn, count: int) -> None:
    """Give a light net the booster's own first layers."""
    for at in range(count):
        own, other = (cast(nn.Sequential, net.trunk[at])[0] for net in (light, booster))
        assert isinstance(own, nn.Conv2d) and isinstance(other, nn.Conv2d)
        if own.weight.shape != other.weight.shape:
            raise UsageError(
                f"shared = {count}: convolution {at + 1} has {own.out_channels} channels in the light net and "
                f"{other.out_channels} in the booster; share fewer layers, or give both the same widths there"
            )
        light.trunk[at] = booster.trunk[at]
