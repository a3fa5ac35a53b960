"""CTC loss (Graves et al. 2006) with the signature of warp-ctc: torch's own, or that of ``warpctc_pytorch``."""

from __future__ import annotations

import importlib
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from ocr.errors import DependencyError, UsageError

__all__ = ["IMPLEMENTATIONS", "CtcLoss"]

IMPLEMENTATIONS = ("native", "warpctc")


class CtcLoss:
    """Sum over the batch of the negative log likelihoods, as ``warpctc_pytorch.CTCLoss()`` returns it.

    Args:
        implementation: ``native`` (torch) or ``warpctc``.

    Raises:
        UsageError: there is no such implementation.
        DependencyError: ``warpctc_pytorch`` cannot be imported.
    """

    def __init__(self, implementation: str = "native") -> None:
        if implementation not in IMPLEMENTATIONS:
            raise UsageError(
                f"there is no CTC implementation {implementation!r}; choose one of {', '.join(IMPLEMENTATIONS)}"
            )
        self._warp: Any = None
        if implementation == "warpctc":
            try:
                self._warp = importlib.import_module("warpctc_pytorch").CTCLoss(blank=0)
            except ImportError as error:
                raise DependencyError(
                    "warpctc_pytorch cannot be imported (PyPI has no wheel for this Python); use --ctc native, "
                    "which computes the same loss"
                ) from error

    def __call__(
        self, activations: Tensor, labels: Tensor, activation_lengths: Tensor, label_lengths: Tensor
    ) -> Tensor:
        """The loss, a float32 tensor of shape (1,) on the activations' device.

        Args:
            activations: T x N x C, before softmax; class 0 is the blank. Computed with in float32.
            labels: of all lines, one after another.
            activation_lengths: N, frames of each line.
            label_lengths: N, labels of each line.
        """
        activations = activations.float()
        if self._warp is not None:
            # It reads raw memory: float32, contiguous, and labels and lengths as int32 on the CPU, or it crashes.
            labels, activation_lengths, label_lengths = (
                part.to("cpu", torch.int32).contiguous() for part in (labels, activation_lengths, label_lengths)
            )
            loss: Tensor = self._warp(activations.contiguous(), labels, activation_lengths, label_lengths)
            return loss.to(activations.device)
        total = F.ctc_loss(
            F.log_softmax(activations, dim=-1), labels, activation_lengths, label_lengths,
            blank=0, reduction="sum", zero_infinity=True,
        )  # fmt: skip
        return total.reshape(1)
