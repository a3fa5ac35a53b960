"""Activations on few levels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from ocr.compress.activations import ActivationSettings, Rounding, activations
from ocr.compress.pack import write_packed
from ocr.compress.retrain import Retraining
from ocr.errors import UsageError
from ocr.recognize.crnn import CrnnRecognizer
from ocr.train.checkpoint import load, save
from tests.compress.nets import lines, tiny


def rounding(bits: int, low: float, high: float) -> Rounding:
    made = Rounding(torch.nn.Identity(), bits).eval()
    made.low.fill_(low)
    made.high.fill_(high)
    return made


def test_values_take_few_levels_and_zero_is_one_of_them() -> None:
    values = torch.linspace(-3, 3, 1001)
    made = rounding(4, -1.0, 2.0)(values)
    assert len(made.unique()) == 16
    assert (made == 0).any() and float(made.min()) >= -1.2 and float(made.max()) <= 2.2
    inside = (values > -0.9) & (values < 1.9)
    assert float((made - values)[inside].abs().max()) <= 3.0 / 15 / 2 + 1e-6
    assert torch.equal(rounding(8, 0.0, 1.0)(torch.zeros(3)), torch.zeros(3))


def test_gradients_pass_as_if_nothing_were_rounded() -> None:
    layer = rounding(2, 0.0, 1.0).train()
    values = torch.tensor([0.1, 0.4, 0.9], requires_grad=True)
    layer(values).sum().backward()
    assert values.grad is not None and torch.equal(values.grad, torch.ones(3))


@pytest.mark.parametrize("how", ["minmax", "percentile", "entropy"])
def test_every_layer_is_rounded_and_the_file_computes_the_same(how: str, tmp_path: Path) -> None:
    model = tiny()
    made = activations(model, ActivationSettings(range=how), lines(tmp_path))
    roundings = [module for module in made.net.modules() if isinstance(module, Rounding)]
    assert len(roundings) == 10  # eight convolutions, LSTM, classifier
    assert all(float(module.low) <= 0 <= float(module.high) for module in roundings)
    picture = torch.rand(1, 1, 32, 96) * 2 - 1
    with torch.inference_mode():
        exact, seen = model.net(picture), made.net(picture)
    assert 0 < float((exact - seen).abs().max()) < 0.3
    again = load(save(tmp_path / "made.pt", made))
    with torch.inference_mode():
        assert torch.equal(again.net(picture), seen)
    write_packed(made, tmp_path / "made.dcz", "made", half=False)
    [logits] = CrnnRecognizer(tmp_path / "made.dcz")._session.run({"lines": picture.numpy()}, ("logits",))
    assert np.median(np.abs(logits - seen.numpy())) < 0.02


def test_fewer_bits_lose_more_and_training_goes_through(tmp_path: Path) -> None:
    model = tiny()
    data = lines(tmp_path, model)
    picture = torch.rand(1, 1, 32, 96) * 2 - 1
    errors = []
    for bits in (8, 3):
        made = activations(model, ActivationSettings(bits=bits), data)
        with torch.inference_mode():
            errors.append(float((made.net(picture) - model.net(picture)).abs().mean()))
    assert errors[0] < errors[1]
    trained = activations(model, ActivationSettings(bits=4, retrain=Retraining(steps=2, learning_rate=1e-2)), data)
    before, after = (dict(m.net.named_parameters()) for m in (made, trained))
    assert any(not torch.equal(before[name], after[name]) for name in before)


def test_settings_and_models_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="bits must be from 2 to 8"):
        ActivationSettings(bits=9)
    with pytest.raises(UsageError, match="range must be one of"):
        ActivationSettings(range="mean")
    data = lines(tmp_path)
    made = activations(tiny(), ActivationSettings(), data)
    with pytest.raises(UsageError, match="rounded already"):
        activations(made, ActivationSettings(), data)
