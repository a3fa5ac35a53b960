"""Pruning by second derivatives: Optimal Brain Damage and layer-wise reconstruction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from ocr.compress.damage import DamageSettings, damage
from ocr.compress.layer_inputs import hessians
from ocr.compress.magnitude import masks_of
from ocr.compress.retrain import Retraining
from ocr.compress.surgeon import SurgeonSettings, reconstructed, surgeon
from ocr.compress.weights import compressed
from ocr.errors import UsageError
from tests.compress.nets import lines, tiny


def test_damage_spares_weights_that_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny()
    curvature = {name: torch.zeros_like(weight) for name, weight in compressed(model.net).items()}
    name = "trunk.4.0.weight"
    curvature[name] += 1.0
    monkeypatch.setattr("ocr.compress.damage.fisher", lambda *_: curvature)
    pruned = damage(model, DamageSettings(sparsity=0.5, retrain=Retraining(steps=0)), lines(tmp_path))
    after = compressed(pruned.net)
    assert (after[name] != 0).all()
    assert sum(int((weight == 0).sum()) for weight in after.values()) > 10_000


def test_damage_with_real_gradients_and_retraining(tmp_path: Path) -> None:
    model = tiny()
    settings = DamageSettings(sparsity=0.6, batches=2, every=1, retrain=Retraining(steps=3))
    after = compressed(damage(model, settings, lines(tmp_path, model)).net)
    zero = sum(int((weight == 0).sum()) for weight in after.values()) / sum(w.numel() for w in after.values())
    assert zero == pytest.approx(0.6, abs=1e-3)


def test_hessians_are_those_of_what_layers_see(tmp_path: Path) -> None:
    model, inputs = tiny(), list(lines(tmp_path).inputs())
    found = hessians(model.net, inputs)
    assert set(found) >= set(compressed(model.net))
    net: Any = model.net
    frames = torch.cat([net.convolve(batch).flatten(0, 1) for batch in inputs])
    assert torch.allclose(found["lstm.weight_ih_l0"], frames.t() @ frames, rtol=1e-3, atol=1e-2)
    for name, weight in compressed(model.net).items():
        assert found[name].shape == (weight.flatten(1).shape[1],) * 2


@pytest.mark.parametrize(("sparsity", "bits"), [(0.6, 0), (0.0, 3), (0.5, 4)])
def test_reconstruction_beats_dropping_and_rounding(sparsity: float, bits: int) -> None:
    generator = torch.Generator().manual_seed(0)
    mixing = torch.eye(40) + 0.12 * torch.randn(40, 40, generator=generator)
    seen = torch.randn(500, 40, generator=generator) @ mixing  # correlated inputs
    weight = torch.randn(20, 40, generator=generator)
    most = 2 ** (bits - 1) - 1 if bits else 0
    step = float(weight.abs().max()) / most if bits else 0.0
    plain = weight * masks_of({"w": weight.abs()}, sparsity)["w"]
    plain = (plain / step).round().clamp(-most, most) * step if bits else plain
    made = reconstructed(weight, seen.t() @ seen, sparsity, step, bits)
    assert (made == 0).float().mean() >= sparsity - 0.01
    if bits:
        assert torch.allclose(made / step, (made / step).round(), atol=1e-4)

    def error(other: torch.Tensor) -> float:
        return float(((other - weight) @ seen.t()).square().sum())

    assert error(made) < 0.9 * error(plain)


def test_surgeon_on_a_net(tmp_path: Path) -> None:
    model = tiny()
    made = surgeon(model, SurgeonSettings(sparsity=0.5, bits=4), lines(tmp_path))
    for name, weight in compressed(made.net).items():
        assert (weight == 0).float().mean() >= 0.45, name
        assert len(torch.unique(weight.detach())) <= 15, name
    now, before = (net.get_buffer("trunk.3.1.running_mean") for net in (made.net, model.net))
    assert not torch.equal(now, before)


@pytest.mark.parametrize("values", [{"sparsity": 1.5}, {"bits": 9}, {"retrain": Retraining(steps=5)}])
def test_bad_settings(values: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        SurgeonSettings(**values)  # type: ignore[arg-type]
