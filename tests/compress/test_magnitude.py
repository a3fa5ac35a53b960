"""Magnitude pruning."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from ocr.compress.magnitude import MagnitudeSettings, magnitude, masks_of, sensitivity
from ocr.compress.retrain import Retraining
from ocr.compress.weights import compressed
from ocr.errors import UsageError
from tests.compress.nets import lines, tiny


def zeros(net: torch.nn.Module) -> float:
    """Share of zeros among the weights that are pruned."""
    values = torch.cat([weight.flatten() for weight in compressed(net).values()])
    return float((values == 0).float().mean())


def test_share_is_dropped_of_all_or_of_each() -> None:
    scores = {"a": torch.arange(10.0), "b": torch.arange(10.0) + 100}
    everywhere = masks_of(scores, 0.5)
    assert not everywhere["a"].any()
    assert everywhere["b"].all()
    each = masks_of(scores, 0.5, "layer")
    assert each["a"].tolist() == each["b"].tolist() == [False] * 5 + [True] * 5


def test_one_shot_keeps_the_largest(tmp_path: Path) -> None:
    model = tiny()
    pruned = magnitude(model, MagnitudeSettings(sparsity=0.7, retrain=Retraining(steps=0)), lines(tmp_path))
    assert zeros(pruned.net) == pytest.approx(0.7, abs=1e-3)
    before, after = compressed(model.net), compressed(pruned.net)
    kept = torch.cat([before[name][after[name] != 0].abs() for name in before])
    gone = torch.cat([before[name][after[name] == 0].abs() for name in before])
    assert kept.min() >= gone.max()
    assert zeros(model.net) == 0  # the original is not changed


def test_gradual_pruning_ends_at_the_share_and_trains_the_rest(tmp_path: Path) -> None:
    model = tiny()
    settings = MagnitudeSettings(
        sparsity=0.8, every=1, until=0.5, spared=("lstm.weight_hh",), retrain=Retraining(steps=6, learning_rate=1e-2)
    )
    pruned = magnitude(model, settings, lines(tmp_path, model))
    weights = compressed(pruned.net)
    assert all((weights[name] != 0).all() for name in weights if name.startswith("lstm.weight_hh"))
    name = "trunk.7.0.weight"
    kept = weights[name] != 0
    assert 0 < kept.float().mean() < 0.5
    assert not torch.equal(weights[name][kept], compressed(model.net)[name][kept])


def test_sensitivity_scans_each_tensor(tmp_path: Path) -> None:
    model = tiny()
    scan = sensitivity(model, lines(tmp_path), (0.0, 0.9))
    assert set(scan) == set(compressed(model.net))
    assert len({row[0] for row in scan.values()}) == 1  # nothing dropped, nothing changed


@pytest.mark.parametrize("values", [{"sparsity": 1.0}, {"sparsity": -0.1}, {"scope": "world"}])
def test_bad_settings(values: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=next(iter(values))):
        MagnitudeSettings(**values)  # type: ignore[arg-type]


def test_unknown_spared_weight_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no weight begins with 'stem'"):
        magnitude(tiny(), MagnitudeSettings(spared=("stem",), retrain=Retraining(steps=0)), lines(tmp_path))
