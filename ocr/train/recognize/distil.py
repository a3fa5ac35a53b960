"""Distillation: a small net learns from a large one's soft targets (Hinton, Vinyals, Dean 2015), frame by frame."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["distillation_loss"]

BLANK_WEIGHT = 0.1
"""What a frame counts that the teacher takes for blank: nine of ten say nothing new."""


def distillation_loss(student: Tensor, teacher: Tensor, frames: Tensor, temperature: float = 2.0) -> Tensor:
    """Kullback-Leibler divergence of the softened classes, times the temperature squared, as a mean over frames.

    Frames of the padding do not count; those that the teacher takes for blank count ``BLANK_WEIGHT``. Teacher and
    student have to fire in the same frames: that holds where one was made from the other's weights.

    Args:
        student: T x N x C activations before softmax.
        teacher: the same shape, without gradient.
        frames: N, frames that hold picture.
        temperature: both are divided by it.
    """
    steps = torch.arange(student.shape[0], device=student.device)
    weight = (steps[:, None] < frames.to(student.device)[None, :]).float()
    weight = weight * torch.where(teacher.argmax(-1) == 0, BLANK_WEIGHT, 1.0)
    divergence = F.kl_div(
        F.log_softmax(student.float() / temperature, -1),
        F.log_softmax(teacher.float() / temperature, -1),
        reduction="none",
        log_target=True,
    ).sum(-1)
    return temperature**2 * (divergence * weight).sum() / weight.sum().clamp(min=1)
