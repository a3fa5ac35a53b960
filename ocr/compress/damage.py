"""Optimal Brain Damage: prune the weights whose loss by the second derivative is least.

LeCun, Denker, Solla, "Optimal Brain Damage", 1990: setting a weight to zero raises the loss by about half of its second
derivative times its square. The diagonal comes from :mod:`ocr.compress.importance`, computed once, before the first
weight is dropped; everything else is as in :mod:`ocr.compress.magnitude`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from ocr.compress.importance import fisher
from ocr.compress.magnitude import GradualMask, MagnitudeSettings
from ocr.compress.retrain import retrain
from ocr.compress.samples import Samples
from ocr.compress.weights import compressed
from ocr.train.checkpoint import Trained

__all__ = ["DamageSettings", "damage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DamageSettings(MagnitudeSettings):
    """As for magnitude pruning.

    Attributes:
        batches: for the second derivatives.
    """

    batches: int = 24


class _LeastDamage(GradualMask):
    """Drops the weights of least ``curvature * weight ** 2``."""

    def __init__(self, settings: DamageSettings, curvature: Mapping[str, Tensor]) -> None:
        super().__init__(settings)
        self.curvature = curvature

    def scores(self, net: nn.Module) -> dict[str, Tensor]:
        """The expected growth of the loss, doubled."""
        weights = compressed(net, self.settings.spared)
        return {name: self.curvature[name] * weight.detach() ** 2 for name, weight in weights.items()}


def damage(trained: Trained, settings: DamageSettings, data: Samples) -> Trained:
    """The model with a share of its weights zero."""
    curvature = fisher(trained, data, settings.batches)
    return retrain(trained, settings.retrain, data, _LeastDamage(settings, curvature))
