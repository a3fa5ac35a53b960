"""Structured pruning: surgery, scores, group lasso."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from ocr.compress.lasso import LassoSettings, group_norms, lasso
from ocr.compress.measure import multiply_adds
from ocr.compress.retrain import Retraining
from ocr.compress.widths import SCORES, WidthSettings, groups_of, narrowed, widths
from ocr.errors import UsageError
from ocr.train.checkpoint import Trained, load, save
from ocr.train.recognize.net import LargeCrnn, MobileCrnn
from tests.compress.nets import LINE, lines, tiny

ONE_SHOT = Retraining(steps=0)


def mobile(trained: Trained) -> MobileCrnn:
    assert isinstance(trained.net, MobileCrnn)
    return trained.net


def test_layers_joined_by_a_shortcut_are_one_group() -> None:
    assert groups_of(mobile(tiny())) == [[0], [1, 2], [3, 4], [5, 6], [7]]


def test_surgery_takes_out_dead_channels_without_changing_the_output() -> None:
    model = tiny()
    net: Any = model.net
    kept = [torch.arange(len(layer[0].weight))[::2] for layer in (net.trunk[g[0]] for g in groups_of(net))]
    with torch.no_grad():  # channels that do not stay send nothing
        for group, own in zip(groups_of(net), kept, strict=True):
            for number in group:
                norm = net.trunk[number][1]
                gone = torch.ones(len(norm.weight), dtype=torch.bool)
                gone[own] = False
                norm.weight[gone] = 0
                norm.bias[gone] = 0
    picture = torch.randn(2, 1, 32, 64)
    small = narrowed(model, kept, [torch.arange(net.lstm.hidden_size)] * 2)
    with torch.inference_mode():
        assert torch.allclose(small.net(picture), net(picture), atol=1e-5)
    assert multiply_adds(small.net, LINE) < 0.4 * multiply_adds(net, LINE)


@pytest.mark.parametrize("score", SCORES)
def test_each_score_keeps_the_channel_that_matters(score: str, tmp_path: Path) -> None:
    model = tiny()
    net: Any = model.net
    with torch.no_grad():  # the last eight channels of layer 7 are loud in every way
        conv, norm = net.trunk[7][0], net.trunk[7][1]
        conv.weight[-8:] *= 10
        norm.weight[-8:] = 10
        norm.bias[-8:] = 10
        net.lstm.weight_ih_l0[:, -8:] *= 10
        net.lstm.weight_ih_l0_reverse[:, -8:] *= 10
    made = widths(model, WidthSettings(keep=0.3, score=score, retrain=ONE_SHOT), lines(tmp_path))
    small: Any = made.net
    assert [len(layer[0].weight) for layer in small.trunk] == [8, 8, 8, 8, 8, 8, 8, 16]
    assert torch.equal(small.lstm.weight_ih_l0[:, -8:], net.lstm.weight_ih_l0[:, -8:])


def test_channels_of_all_layers_compete(tmp_path: Path) -> None:
    model = tiny()
    net: Any = model.net
    with torch.no_grad():
        for number in (3, 4):
            net.trunk[number][1].weight.mul_(torch.linspace(0.01, 3, 24))
    made = widths(model, WidthSettings(keep=0.5, score="slimming", across=True, retrain=ONE_SHOT), lines(tmp_path))
    assert len(set(made.arguments["widths"])) > 1
    assert all(width % 8 == 0 for width in made.arguments["widths"])


def test_narrow_net_trains_on_and_is_saved(tmp_path: Path) -> None:
    model = tiny()
    settings = WidthSettings(
        keep=0.5, hidden=0.5, score="slimming", sparsify=Retraining(steps=2), penalty=1e-2, retrain=Retraining(steps=2)
    )
    made = widths(model, settings, lines(tmp_path, model))
    assert made.arguments["hidden"] == 8
    back = load(save(tmp_path / "narrow.pt", made))
    picture = torch.randn(1, 1, 32, 64)
    with torch.inference_mode():
        assert torch.allclose(back.net(picture), made.net(picture), atol=1e-5)


def test_group_lasso_makes_groups_smaller(tmp_path: Path) -> None:
    model = tiny()
    data = lines(tmp_path, model)
    settings = Retraining(steps=4, learning_rate=5e-3)
    free, held = (lasso(model, LassoSettings(penalty=p, retrain=settings), data) for p in (0.0, 1.0))
    assert group_norms(held.net).item() < 0.98 * group_norms(free.net).item()


def test_other_nets_and_settings_are_refused(tmp_path: Path) -> None:
    other = replace(tiny(), name="large", net=LargeCrnn(5))
    with pytest.raises(UsageError, match="net large: structured pruning takes nets of the kind mobile"):
        widths(other, WidthSettings(), lines(tmp_path))
    for values in ({"keep": 0.0}, {"hidden": 2.0}, {"score": "taste"}):
        with pytest.raises(UsageError, match=next(iter(values))):
            WidthSettings(**values)
