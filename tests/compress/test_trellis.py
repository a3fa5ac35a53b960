"""Dependent quantization under a budget of bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ocr.compress.pack import packed_size
from ocr.compress.rate import LEVELS, RateSettings, rate, steps_for
from ocr.compress.retrain import Retraining
from ocr.compress.trellis import TrellisSettings, cheapest_path, dependent, guessed, trellis
from ocr.compress.weights import compressed
from ocr.errors import UsageError
from ocr.packed_weights.trellis import STATES, offered, states_along
from tests.compress.nets import lines, tiny


@pytest.mark.parametrize("states", STATES)
def test_path_is_the_cheapest_of_all(states: int) -> None:
    rng = np.random.default_rng(3)
    scaled = rng.normal(0, 1.5, (12, 5)).clip(-5, 5).astype(np.float32)
    weights, bits = rng.uniform(0.2, 4, (12, 5)).astype(np.float32), guessed()
    found = cheapest_path(scaled, weights, bits, np.zeros((12, 5), np.int64), states)
    paths: list[tuple[tuple[int, ...], float]] = [((), 0.0)]
    for _ in range(5):
        paths = [
            ((*path, value), price + float(bits[quantizer, 0, value + LEVELS]))
            for path, price in paths
            for quantizer in [_last_state((*path, 0), states) & 1]
            for value in range(-8, 9)
            if offered(np.array(value), quantizer)
        ]
    every, prices = np.array([path for path, _ in paths]), np.array([price for _, price in paths])
    for row in range(12):
        costs = ((every - scaled[row]) ** 2 * weights[row]).sum(1) + prices
        [mine] = costs[(every == found[row]).all(1)]
        assert mine == pytest.approx(costs.min(), rel=1e-5)


def _last_state(path: tuple[int, ...], states: int) -> int:
    """The state before the last weight."""
    along = states_along(np.array([path]), states)
    assert along is not None
    return int(along[0, -1])


def test_error_is_less_than_with_single_quantization_at_equal_size() -> None:
    rng = torch.Generator().manual_seed(0)
    weights = {"w": torch.randn(100, 300, generator=rng), "v": 0.1 * torch.randn(64, 200, generator=rng)}
    importance = {name: torch.ones_like(weight) for name, weight in weights.items()}
    budget = 9000
    steps, levels = steps_for(weights, importance, RateSettings(bytes=budget))
    quantizer, scale, multiples = dependent(weights, importance, TrellisSettings(bytes=budget))
    plain = sum(float(((levels[name] * steps[name] - weight) ** 2).sum()) for name, weight in weights.items())
    paths = sum(
        float(((multiples[name] * quantizer.step(name, scale) - weight) ** 2).sum()) for name, weight in weights.items()
    )
    assert paths < 0.9 * plain


def test_weights_stay_within_the_budget_and_are_packed_as_paths(tmp_path: Path) -> None:
    model = tiny()
    data = lines(tmp_path, model)
    plain = packed_size(rate(model, RateSettings(bytes=12_000, batches=2, retrain=Retraining(steps=0)), data))
    for steps in (0, 5):
        settings = TrellisSettings(bytes=12_000, batches=2, every=2, retrain=Retraining(steps=steps))
        made = trellis(model, settings, data)
        assert packed_size(made) < 1.1 * plain
        for name, weight in compressed(made.net).items():
            values = weight.detach().numpy().reshape(len(weight), -1)
            step = np.abs(values[values != 0]).min() if values.any() else 1.0
            multiples = np.rint(values / step).astype(np.int64)
            assert np.allclose(values, multiples * step, rtol=1e-3), name
            assert states_along(multiples, 8) is not None, name


@pytest.mark.parametrize("wrong", [{"bytes": 10}, {"bytes": 5000, "states": 6}, {"bytes": 5000, "every": 0}])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"bytes must|states must|every must"):
        TrellisSettings(**wrong)


def test_a_budget_that_is_less_than_anything_leaves_zeros() -> None:
    weights = {"w": torch.randn(64, 64, generator=torch.Generator().manual_seed(0))}
    _, _, multiples = dependent(weights, {"w": torch.ones(64, 64)}, TrellisSettings(bytes=1000))
    assert (multiples["w"] != 0).any()
    nothing = {"w": torch.zeros(64, 64)}
    assert not dependent(nothing, {"w": torch.ones(64, 64)}, TrellisSettings(bytes=1000))[2]["w"].any()
