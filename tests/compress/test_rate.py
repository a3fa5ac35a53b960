"""Quantization under a budget of bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from ocr.compress.pack import packed_size
from ocr.compress.rate import RateSettings, cheapest_levels, coded_bytes, rate
from ocr.compress.retrain import Retraining
from ocr.compress.weights import compressed
from tests.compress.nets import lines, tiny


def test_free_bits_give_nearest_levels_and_dear_ones_zeros() -> None:
    weight = torch.randn(50, 40, generator=torch.Generator().manual_seed(0))
    nearest = cheapest_levels(weight, 0.5, torch.ones_like(weight), 0.0)
    assert torch.equal(nearest, (weight / 0.5).round().long())
    dear = cheapest_levels(weight, 0.5, torch.ones_like(weight), 0.1)
    assert (dear == 0).sum() > 1.15 * (nearest == 0).sum()
    assert coded_bytes({"w": dear}) < coded_bytes({"w": nearest})
    assert not cheapest_levels(weight, 0.5, torch.ones_like(weight), 1e6).any()


def test_important_weights_keep_their_levels() -> None:
    weight = torch.full((100, 10), 0.3)
    importance = torch.ones(100, 10)
    importance[0] = 1e6
    levels = cheapest_levels(weight, 0.5, importance, 0.3)
    assert (levels[0] == 1).all()


def test_budget_is_kept_with_and_without_retraining(tmp_path: Path) -> None:
    model = tiny()
    data = lines(tmp_path, model)
    for steps in (0, 4):
        settings = RateSettings(bytes=6000, batches=2, retrain=Retraining(steps=steps))
        made = rate(model, settings, data)
        for name, weight in compressed(made.net).items():
            values = torch.from_numpy(np.unique(weight.detach().numpy()))
            if not values.any():  # a tensor that does not matter
                continue
            step = values[values != 0].abs().min()
            assert torch.allclose(values / step, (values / step).round(), atol=1e-3), name
        assert 3000 < packed_size(made) < 6000 + 8000  # beside the weights: graph, norms, biases
