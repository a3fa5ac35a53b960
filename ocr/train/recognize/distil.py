"""Distillation: a small net learns the soft targets of a large one (Hinton, Vinyals, Dean 2015), frame by frame."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["distillation_loss"]

BLANK_WEIGHT = 0.1
"""Weight of frames that are blank to the teacher: nine of ten frames are, and they teach little."""


def distillation_loss(student: Tensor, teacher: Tensor, frames: Tensor, temperature: float = 2.0) -> Tensor:
    """Kullback-Leibler divergence of the softened classes, times the temperature squared, averaged over frames.

    Frames of padding do not count; those that are blank to the teacher weigh ``BLANK_WEIGHT``. Teacher and student have
    to put a character into the same frame: they do if one was made from the other's weights, or if both were trained
    frame-wise first. Frames that only one of the nets has, at the right end, do not count.

    Args:
        student: T x N x C activations before softmax.
        teacher: T' x N x C, without gradient.
        frames: N, frames of each line without its padding.
        temperature: divisor of both activations.
    """
    common = min(len(student), len(teacher))
    student, teacher = student[:common].float(), teacher[:common].float()
    steps = torch.arange(common, device=student.device)
    weight = (steps[:, None] < frames[None, :]).float()
    weight = weight * torch.where(teacher.argmax(-1) == 0, BLANK_WEIGHT, 1.0)
    divergence = F.kl_div(
        F.log_softmax(student / temperature, -1),
        F.log_softmax(teacher / temperature, -1),
        reduction="none",
        log_target=True,
    ).sum(-1)
    return temperature**2 * (divergence * weight).sum() / weight.sum().clamp(min=1)
