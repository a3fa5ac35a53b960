"""The CTC loss: warp-ctc's signature, the right value, and both implementations alike."""

from __future__ import annotations

import importlib.util
import itertools

import pytest
import torch

from ocr.errors import DependencyError
from ocr.train.recognize.ctc import CtcLoss


def _inputs() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(3)
    activations = torch.randn(6, 2, 4, requires_grad=True)
    labels = torch.tensor([1, 2, 2, 3], dtype=torch.int32)
    return activations, labels, torch.tensor([6, 5], dtype=torch.int32), torch.tensor([3, 1], dtype=torch.int32)


def test_native_loss_equals_the_sum_over_all_paths() -> None:
    activations, labels, frames, lengths = _inputs()
    loss = CtcLoss()(activations, labels, frames, lengths)
    assert loss.shape == (1,)
    expected, start = 0.0, 0
    for n in range(2):
        truth = tuple(labels[start : start + int(lengths[n])].tolist())
        start += int(lengths[n])
        probabilities = activations[: int(frames[n]), n].softmax(-1).detach()
        total = 0.0
        for path in itertools.product(range(4), repeat=int(frames[n])):
            if tuple(k for k, _ in itertools.groupby(path) if k) == truth:
                total += float(torch.stack([probabilities[t, c] for t, c in enumerate(path)]).prod())
        expected -= float(torch.log(torch.tensor(total)))
    assert float(loss.detach()) == pytest.approx(expected, rel=1e-4)


def test_unknown_implementation_raises() -> None:
    with pytest.raises(ValueError, match="native"):
        CtcLoss("cudnn")


@pytest.mark.skipif(importlib.util.find_spec("warpctc_pytorch") is not None, reason="warpctc_pytorch is installed")
def test_missing_warpctc_names_the_way_out() -> None:
    with pytest.raises(DependencyError, match="--ctc native"):
        CtcLoss("warpctc")


@pytest.mark.skipif(
    importlib.util.find_spec("warpctc_pytorch") is None, reason="no warpctc_pytorch wheel exists for this Python"
)
def test_warpctc_agrees_in_loss_and_gradient() -> None:
    activations, labels, frames, lengths = _inputs()
    results = []
    for implementation in ("native", "warpctc"):
        leaf = activations.detach().clone().requires_grad_()
        loss = CtcLoss(implementation)(leaf, labels, frames, lengths)
        loss.sum().backward()  # type: ignore[no-untyped-call]
        assert leaf.grad is not None
        results.append((loss.detach(), leaf.grad))
    torch.testing.assert_close(results[0][0], results[1][0], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(results[0][1], results[1][1], rtol=1e-3, atol=1e-4)
