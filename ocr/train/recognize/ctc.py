"""CTC loss (Graves et al. 2006) behind warp-ctc's signature: torch's own, or warpctc_pytorch where it exists."""

from __future__ import annotations

import importlib
from typing import Any

from torch import Tensor
from torch.nn import functional as F

from ocr.errors import DependencyError

__all__ = ["CtcLoss"]

IMPLEMENTATIONS = ("native", "warpctc")


class CtcLoss:
    """Sum over the batch of the negative log likelihoods, as ``warpctc_pytorch.CTCLoss()`` returns it.

    Args:
        implementation: ``native`` (torch) or ``warpctc``.

    Raises:
        DependencyError: ``warpctc`` was asked for and cannot be imported.
    """

    def __init__(self, implementation: str = "native") -> None:
        if implementation not in IMPLEMENTATIONS:
            raise ValueError(f"CTC implementation must be one of {', '.join(IMPLEMENTATIONS)}, not {implementation!r}")
        self._warp: Any = None
        if implementation == "warpctc":
            try:
                self._warp = importlib.import_module("warpctc_pytorch").CTCLoss(blank=0)
            except ImportError as error:
                raise DependencyError(
                    "warpctc_pytorch cannot be imported (no wheel exists for this Python); use --ctc native, "
                    "which computes the same loss"
                ) from error

    def __call__(
        self, activations: Tensor, labels: Tensor, activation_lengths: Tensor, label_lengths: Tensor
    ) -> Tensor:
        """The loss, a tensor of shape (1,).

        Args:
            activations: T x N x C, before softmax; class 0 is the blank.
            labels: all labels one after another, 1-d int32.
            activation_lengths: N, int32.
            label_lengths: N, int32.
        """
        if self._warp is not None:
            loss: Tensor = self._warp(activations, labels, activation_lengths, label_lengths)
            return loss
        log_probabilities = F.log_softmax(activations.float(), dim=-1)
        total = F.ctc_loss(
            log_probabilities, labels, activation_lengths, label_lengths, blank=0, reduction="sum", zero_infinity=True
        )
        return total.reshape(1)
