"""Nets that are trained at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from ocr.compress.retrain import Retraining
from ocr.compress.together import TogetherSettings, together
from ocr.errors import UsageError
from tests.compress.nets import WIDTHS, lines, tiny

SHORT = Retraining(steps=3, learning_rate=1e-3, warmup=1)


@pytest.mark.parametrize("way", ["rocket", "codistillation", "teacher"])
def test_a_light_net_comes_out(way: str, tmp_path: Path) -> None:
    model = tiny()
    settings = TogetherSettings(way=way, hidden=(8, 8), after=0.0, retrain=SHORT)
    made = together(model, settings, lines(tmp_path, model))
    assert made.arguments["hidden"] == 8 and made.parameters < model.parameters
    with torch.inference_mode():
        assert made.net(torch.zeros(1, 1, 32, 64)).shape == model.net(torch.zeros(1, 1, 32, 64)).shape


def test_light_net_and_booster_share_first_layers_that_go_on_learning(tmp_path: Path) -> None:
    model = tiny()
    made = together(model, TogetherSettings(hidden=(8,), shared=3, retrain=SHORT), lines(tmp_path, model))
    for at in range(8):
        own, other = (net.trunk[at][0].weight for net in (made.net, model.net))  # type: ignore[union-attr,index]
        near = float((own - other).detach().abs().max()) < 0.05  # three steps of 1e-3
        assert near == (at < 3), at
        assert not torch.equal(own, other)


def test_the_hint_comes_from_the_booster(tmp_path: Path) -> None:
    model = tiny()
    data = lines(tmp_path, model)
    results = []
    for hint in (0.0, 50.0):
        torch.manual_seed(3)
        made = together(model, TogetherSettings(hidden=(8,), shared=0, hint=hint, retrain=SHORT), data)
        results.append(made.net.state_dict()["classify.weight"])
    assert not torch.equal(*results)


def test_settings_and_models_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="way must be one of rocket"):
        TogetherSettings(way="alone")
    with pytest.raises(UsageError, match="eight numbers"):
        TogetherSettings(widths=(8, 8))
    with pytest.raises(UsageError, match="of codistillation two or more"):
        TogetherSettings(way="codistillation", hidden=(8,))
    model = tiny()
    data = lines(tmp_path, model)
    narrow = TogetherSettings(widths=(8, 8, *WIDTHS[2:]), shared=2, hidden=(8,), retrain=SHORT)
    with pytest.raises(UsageError, match="convolution 2 has 8 channels in the light net and 16"):
        together(model, narrow, data)
    with pytest.raises(UsageError, match="net vgg: light nets"):
        together(replace(model, name="vgg"), TogetherSettings(), data)
