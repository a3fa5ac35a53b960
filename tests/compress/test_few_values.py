"""Weights of few values: sharing, evenly spaced levels, and Huffman's code for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from ocr.compress.huffman import code_lengths, coder_table, codes, decode, encode, gaps_and_indices
from ocr.compress.magnitude import MagnitudeSettings, magnitude
from ocr.compress.retrain import Retraining
from ocr.compress.sharing import SharingSettings, bits_within, centroids, sharing
from ocr.compress.uniform import UniformSettings, range_of, rounded, uniform
from ocr.compress.weights import compressed
from ocr.errors import UsageError
from tests.compress.nets import lines, tiny

ONE_SHOT = Retraining(steps=0)


def values_of(weight: torch.Tensor) -> int:
    return len(np.unique(weight.detach().numpy()))


def test_centroids_are_the_means_of_their_values() -> None:
    values = torch.tensor([-1.0, -1.2, 0.1, 0.0, 2.0, 2.2, 2.4])
    middle, index = centroids(values, 3)
    assert torch.allclose(middle, torch.tensor([-1.1, 0.05, 2.2]))
    assert index.tolist() == [0, 0, 1, 1, 2, 2, 2]


def test_sharing_keeps_zeros_and_trains_centroids(tmp_path: Path) -> None:
    model = tiny()
    data = lines(tmp_path, model)
    pruned = magnitude(model, MagnitudeSettings(sparsity=0.5, retrain=ONE_SHOT), data)
    still = sharing(pruned, SharingSettings(bits=3, retrain=ONE_SHOT), data)
    trained = sharing(pruned, SharingSettings(bits=3, retrain=Retraining(steps=4, learning_rate=1e-2)), data)
    before, after = compressed(still.net), compressed(trained.net)
    for name, weight in compressed(pruned.net).items():
        assert values_of(after[name]) <= 9, name
        assert torch.equal(after[name] == 0, weight == 0), name
    assert not torch.allclose(before["lstm.weight_ih_l0"], after["lstm.weight_ih_l0"])


def test_bits_go_where_they_help_within_the_budget(tmp_path: Path) -> None:
    weights = {name: torch.randn(64, 32, generator=torch.Generator().manual_seed(k)) for k, name in enumerate("ab")}
    importance = {"a": torch.ones(64, 32), "b": torch.full((64, 32), 1e-3)}
    bits = bits_within(weights, importance, 2 * 2048 * 5 // 8)
    assert bits["a"] > bits["b"] >= 2
    assert sum(bits.values()) * 2048 / 8 <= 2 * 2048 * 5 / 8
    model = tiny()
    made = sharing(model, SharingSettings(bytes=15_000, batches=1, retrain=ONE_SHOT), lines(tmp_path))
    assert sum(w.numel() * np.log2(values_of(w)) / 8 for w in compressed(made.net).values()) <= 15_000


@pytest.mark.parametrize("per", ["tensor", "row"])
@pytest.mark.parametrize("bits", [8, 4, 2, 1])
def test_levels_of_uniform_quantization(bits: int, per: str) -> None:
    weight = torch.randn(6, 4, 3, 3, generator=torch.Generator().manual_seed(1))
    made = rounded(weight, UniformSettings(bits=bits, per=per))
    for row in made.flatten(1) if per == "row" else made.reshape(1, -1):
        assert values_of(row) <= 2**bits
    if bits == 8:
        assert (made - weight).abs().max() <= weight.abs().max() / 127 / 2 + 1e-6


def test_rows_have_less_error_than_tensors() -> None:
    weight = torch.randn(6, 40) * torch.tensor([[0.01], [0.1], [1.0], [2.0], [5.0], [0.02]])
    errors = [
        float((rounded(weight, UniformSettings(bits=4, per=per)) - weight).square().sum()) for per in ("row", "tensor")
    ]
    assert errors[0] < errors[1]


def test_ranges_that_cut_outliers() -> None:
    values = torch.randn(20_000, generator=torch.Generator().manual_seed(2))
    values[0] = 60.0
    whole = range_of(values, UniformSettings(bits=4))
    share = range_of(values, UniformSettings(bits=4, range="percentile", kept=0.999))
    divergence = range_of(values, UniformSettings(bits=4, range="entropy"))
    assert whole == 60.0
    assert 2.5 < share < 4.5
    assert divergence < 20


def test_training_with_rounded_weights(tmp_path: Path) -> None:
    model = tiny()
    settings = UniformSettings(bits=2, per="row", retrain=Retraining(steps=3, learning_rate=1e-2))
    made = uniform(model, settings, lines(tmp_path, model))
    assert all(values_of(row) <= 3 for weight in compressed(made.net).values() for row in weight.flatten(1))
    still = uniform(model, UniformSettings(bits=2, per="row", retrain=ONE_SHOT), lines(tmp_path))
    name = "lstm.weight_ih_l0"
    assert not torch.equal(made.net.get_parameter(name), still.net.get_parameter(name))


@pytest.mark.parametrize("values", [{"bits": 0}, {"per": "world"}, {"range": "max"}])
def test_bad_settings(values: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=next(iter(values))):
        UniformSettings(**values)  # type: ignore[arg-type]


def test_huffman_code_is_canonical_optimal_and_comes_back() -> None:
    assert code_lengths([40, 30, 20, 10, 0]) == [1, 2, 3, 3, 0]
    assert codes([1, 2, 3, 3]) == {0: (0b0, 1), 1: (0b10, 2), 2: (0b110, 3), 3: (0b111, 3)}
    symbols = np.random.default_rng(0).choice(6, 2000, p=[0.6, 0.2, 0.1, 0.05, 0.04, 0.01]).astype(np.int64)
    lengths = code_lengths(np.bincount(symbols).tolist())
    data = encode(symbols, lengths)
    assert (decode(data, lengths, len(symbols)) == symbols).all()
    shares = np.bincount(symbols) / len(symbols)
    assert len(data) * 8 / len(symbols) < -(shares * np.log2(shares)).sum() + 0.1
    with pytest.raises(ValueError, match="cut off"):
        decode(data[:10], lengths, len(symbols))


def test_one_symbol_alone_has_a_code() -> None:
    symbols = np.zeros(20, np.int64)
    assert (decode(encode(symbols, code_lengths([20])), code_lengths([20]), 20) == 0).all()


def test_gaps_say_where_the_weights_are() -> None:
    ranks = np.zeros(200, np.int64)
    ranks[[3, 4, 120, 199]] = [1, 2, 3, 1]
    gaps, kept = gaps_and_indices(ranks, 0)
    back = np.zeros(200, np.int64)
    places = np.cumsum(gaps + 1) - 1
    back[places] = kept
    assert (back == ranks).all()
    assert gaps.max() <= 31


def test_coder_table_orders_as_theory_says() -> None:
    generator = np.random.default_rng(0)
    sparse = np.where(generator.random((100, 200)) < 0.9, 0, generator.integers(-3, 4, (100, 200))).astype(np.float32)
    sizes = coder_table({"w": sparse})
    assert sizes["entropy"] <= sizes["huffman"] < sizes["fixed"] < sizes["float"] == 80_000
    assert sizes["gaps"] < sizes["huffman"]  # Huffman spends a whole bit on a zero
