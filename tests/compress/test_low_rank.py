"""Layers as products: factors, factored nets, distilled students."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from ocr.compress.distil import DistilSettings, distil
from ocr.compress.factored import factors_of, parameters_of, product_of
from ocr.compress.low_rank import LowRankSettings, low_rank, rank_for
from ocr.compress.measure import multiply_adds
from ocr.compress.pack import write_packed
from ocr.compress.retrain import Retraining
from ocr.engine import Session
from ocr.errors import UsageError
from ocr.train.checkpoint import load, save
from tests.compress.nets import LINE, lines, tiny

ONE_SHOT = Retraining(steps=0)


@pytest.mark.parametrize(
    ("kind", "shape"),
    [("svd", (12, 20)), ("channel", (12, 6, 3, 3)), ("spatial", (12, 6, 3, 3)), ("kronecker", (12, 20))],
)
def test_factors_of_full_rank_give_the_weight_back(kind: str, shape: tuple[int, ...]) -> None:
    weight = torch.randn(shape)
    left, right = factors_of(weight, kind, 1000)
    assert torch.allclose(product_of(left, right, shape, kind), weight, atol=1e-5)
    assert left.numel() + right.numel() == parameters_of(shape, kind, left.shape[1])


def test_a_kronecker_product_has_rank_one() -> None:
    weight = torch.kron(torch.randn(3, 4), torch.randn(4, 5))
    left, right = factors_of(weight, "kronecker", 1)
    assert torch.allclose(product_of(left, right, weight.shape, "kronecker"), weight, atol=1e-4)


def test_rank_holds_the_energy() -> None:
    values = torch.tensor([4.0, 3.0, 0.0])
    assert [rank_for(values, energy) for energy in (0.5, 0.64, 0.65, 1.0)] == [1, 1, 2, 2]


@pytest.mark.parametrize("kernels", ["channel", "spatial"])
@pytest.mark.parametrize("classifier", ["svd", "kronecker"])
def test_factored_net_computes_the_same_where_nothing_is_lost(kernels: str, classifier: str, tmp_path: Path) -> None:
    model = tiny()
    with torch.no_grad():  # weights of low rank
        for name in ("trunk.4.0.weight", "trunk.7.0.weight", "lstm.weight_ih_l0", "lstm.weight_hh_l0_reverse"):
            weight = model.net.get_parameter(name)
            kind = kernels if weight.ndim == 4 else "svd"
            weight.copy_(product_of(*factors_of(weight, kind, 3), weight.shape, kind))
    settings = LowRankSettings(energy=0.9999, kernels=kernels, classifier=classifier, retrain=ONE_SHOT)
    made = low_rank(model, settings, lines(tmp_path))
    assert made.arguments["factors"]["trunk.4.0.weight"] == (kernels, 3)
    assert made.parameters < 0.95 * model.parameters
    assert multiply_adds(made.net, LINE) < multiply_adds(model.net, LINE)
    picture = torch.randn(2, 1, 32, 96)
    with torch.inference_mode():
        assert torch.allclose(made.net(picture), model.net(picture), atol=0.05)


def test_factored_net_is_trained_saved_and_packed(tmp_path: Path) -> None:
    model = tiny()
    made = low_rank(model, LowRankSettings(energy=0.5, retrain=Retraining(steps=2)), lines(tmp_path, model))
    back = load(save(tmp_path / "factored.pt", made))
    line = np.random.default_rng(0).normal(size=(1, 1, 32, 64)).astype(np.float32)
    with torch.inference_mode():
        expected = made.net(torch.from_numpy(line))
        assert torch.allclose(back.net(torch.from_numpy(line)), expected, atol=1e-6)
    write_packed(back, tmp_path / "factored.dcz", "factored", half=False)
    [logits] = Session(tmp_path / "factored.dcz").run({"lines": line}, ("logits",))
    assert np.abs(logits - expected.numpy()).max() < 1e-3
    with pytest.raises(UsageError, match="factored already"):
        low_rank(back, LowRankSettings(), lines(tmp_path))


@pytest.mark.parametrize("way", ["frame", "sequence", "hard"])
def test_student_is_smaller_and_learns(way: str, tmp_path: Path) -> None:
    model = tiny()
    settings = DistilSettings(
        widths=(8, 8, 8, 16, 16, 16, 16, 24), hidden=8, way=way, generations=2, retrain=Retraining(steps=2)
    )
    made = distil(model, settings, lines(tmp_path, model))
    assert made.parameters < 0.4 * model.parameters
    assert made.arguments["hidden"] == 8
    assert load(save(tmp_path / "student.pt", made)).parameters == made.parameters


def test_sequence_labels_are_the_readings_of_the_teacher(tmp_path: Path) -> None:
    from ocr.compress.distil import _Read

    model = tiny()
    with torch.no_grad():  # a teacher that reads "B" in every frame
        model.net.classify.bias.copy_(torch.tensor([0.0, 0.0, 99.0, 0.0, 0.0]))  # type: ignore[union-attr,operator]
    data = lines(tmp_path)
    batch = next(_Read(data.config, data.drawn, data.real, data.held, model).batches(model.net))
    assert batch.labels.tolist() == [2] * len(batch.images)
    assert batch.label_lengths.tolist() == [1] * len(batch.images)


def test_bad_settings() -> None:
    for kind, values in (
        (LowRankSettings, {"energy": 0.0}),
        (LowRankSettings, {"kernels": "round"}),
        (DistilSettings, {"way": "osmosis"}),
        (DistilSettings, {"widths": (8, 8)}),
        (DistilSettings, {"generations": 0}),
    ):
        with pytest.raises(UsageError, match=next(iter(values))):
            kind(**values)
