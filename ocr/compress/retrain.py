"""Retraining between and during compression: a short run with labels and the soft targets of the original model.

What a technique holds the weights to (a mask, a grid, shared values) is a :class:`Constraint`: it may change the
weights before each forward pass, put the trained ones back before the optimizer's step, and correct them after it.
"""

from __future__ import annotations

import copy
import sys
from dataclasses import dataclass, replace

import cv2
import torch
from torch import Tensor, nn

from ocr.compress.limits import AT_LEAST_0, LESS_THAN_1, MORE_THAN_0, check
from ocr.compress.samples import Samples
from ocr.errors import UsageError
from ocr.train.checkpoint import Trained, load
from ocr.train.device import on_device, precision
from ocr.train.run import Model, Run, RunConfig, adamw

__all__ = ["Constraint", "Retraining", "retrain"]

LIMITS = {
    "steps": AT_LEAST_0, "learning_rate": MORE_THAN_0, "warmup": AT_LEAST_0, "weight_decay": AT_LEAST_0,
    "average": LESS_THAN_1, "teacher_share": AT_LEAST_0,
    "seed": AT_LEAST_0,
}  # fmt: skip

EVERY = 50
"""Steps between reports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retraining:
    """How long and how fast: the table ``[steps.retrain]`` of a recipe.

    Attributes:
        steps: of the optimizer; 0 leaves the weights as the technique made them.
        learning_rate: at its peak; it falls along a cosine.
        warmup: steps.
        weight_decay: of weights, not of biases and norms.
        average: decay of the moving average of the weights, which is the result.
        teacher: whose soft targets are learned beside the labels: ``origin`` is the model that the recipe began with,
            ``none`` nobody, anything else the path of a checkpoint.
        teacher_share: weight of the soft targets.
        seed: of the lines.
    """

    steps: int = 300
    learning_rate: float = 5e-4
    warmup: int = 20
    weight_decay: float = 0.0
    average: float = 0.99
    teacher: str = "origin"
    teacher_share: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        check(self, LIMITS)


class Constraint:
    """What holds the weights during retraining; the base holds nothing."""

    def before_forward(self, net: nn.Module) -> None:
        """Change the weights that the net computes with."""

    def before_step(self, net: nn.Module) -> None:
        """Put back the weights that are trained; gradients are there and may be changed."""

    def after_step(self, net: nn.Module, progress: float) -> None:
        """Correct the trained weights; ``progress`` is 0..1."""

    def penalty(self, net: nn.Module) -> Tensor | None:
        """A term of the loss."""
        return None

    def finish(self, net: nn.Module) -> None:
        """Bring the averaged weights into their final form."""


def retrain(trained: Trained, settings: Retraining, data: Samples, constraint: Constraint | None = None) -> Trained:
    """The model after some more training; on the CPU, in evaluation mode.

    Raises:
        UsageError: the teacher reads another charset.
    """
    constraint = constraint or Constraint()
    net = copy.deepcopy(trained.net).float().train().requires_grad_(True)
    if settings.steps:
        net = _descended(trained, net, settings, data, constraint)
    constraint.finish(net)
    return replace(trained, net=net.eval())


def _descended(
    trained: Trained, net: nn.Module, settings: Retraining, data: Samples, constraint: Constraint
) -> nn.Module:
    run = _run(trained, net, settings)
    teacher = _teacher(trained, settings, data)
    objective = data.objective(run, teacher, settings.teacher_share if teacher else 0.0)
    run.optimizer.register_step_pre_hook(lambda *_: constraint.before_step(run.net))
    feed, mean = data.batches(net, settings.seed), 0.0
    while run.step < settings.steps:
        batch = on_device(next(feed), run.device)
        constraint.before_forward(run.net)
        loss = objective(run.net, batch)
        extra = constraint.penalty(run.net)
        run.descend(loss if extra is None else loss + extra)
        constraint.after_step(run.net, run.step / settings.steps)
        mean += float(loss.detach()) / EVERY
        if run.step % EVERY == 0:
            sys.stderr.write(f"  step {run.step}/{settings.steps}  loss {mean:.4f}\n")
            mean = 0.0
    return run.averaged.cpu()


def _run(trained: Trained, net: nn.Module, settings: Retraining) -> Run[nn.Module]:
    """On the CPU: compression is measured there, and constraints keep their state beside the weights."""
    config = RunConfig(
        minutes=1e9, steps=settings.steps, learning_rate=settings.learning_rate, warmup=max(1, settings.warmup),
        weight_decay=settings.weight_decay, average=settings.average,
    )  # fmt: skip
    device = torch.device("cpu")
    cv2.setNumThreads(1)
    chosen = precision(device, net)
    net = net.to(memory_format=chosen.layout)  # type: ignore[call-overload]
    averaged = copy.deepcopy(net).eval()
    model = Model(trained.task, trained.name, trained.arguments, trained.charset)
    return Run(model, config, net, averaged, adamw(net, config), device, chosen)


def _teacher(trained: Trained, settings: Retraining, data: Samples) -> nn.Module | None:
    if settings.teacher == "none" or settings.teacher_share == 0:
        return None
    source = data.origin if settings.teacher == "origin" else load(settings.teacher, trained.task)
    if source is None:
        return None
    if source.charset != trained.charset:
        raise UsageError(f"teacher {settings.teacher}: it reads another charset than the model that it is to teach")
    teacher = copy.deepcopy(source.net).eval().requires_grad_(False)
    layout = precision(torch.device("cpu"), teacher).layout
    return teacher.to(memory_format=layout)  # type: ignore[call-overload,no-any-return]
