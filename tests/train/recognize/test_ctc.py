"""The CTC loss: warp-ctc's signature, the right value, and both implementations alike."""

from __future__ import annotations

import importlib.util
import itertools
import sys
import types

import pytest
import torch

from ocr.errors import DependencyError, UsageError
from ocr.train.recognize.ctc import CtcLoss
from tests.train.elsewhere import DEVICE, Elsewhere


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
    with pytest.raises(UsageError, match="native"):
        CtcLoss("cudnn")


class Fussy:
    """Stands for ``warpctc_pytorch``, which reads raw memory and crashes on any other form of its arguments."""

    def __init__(self, blank: int) -> None:
        assert blank == 0

    def __call__(
        self, activations: torch.Tensor, labels: torch.Tensor, frames: torch.Tensor, lengths: torch.Tensor
    ) -> torch.Tensor:
        assert activations.dtype == torch.float32 and activations.is_contiguous()
        for part in (labels, frames, lengths):
            assert part.dtype == torch.int32 and part.device.type == "cpu" and part.is_contiguous()
        return CtcLoss()(activations, labels, frames, lengths)


def test_warpctc_is_given_what_it_can_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Activations in bfloat16 and strided, labels in 64 bits: the loss is the native one, and gradients flow back."""
    monkeypatch.setitem(sys.modules, "warpctc_pytorch", types.SimpleNamespace(CTCLoss=Fussy))
    activations, labels, frames, lengths = _inputs()
    leaf = activations.detach().transpose(0, 1).contiguous().bfloat16().requires_grad_()
    arguments = leaf.transpose(0, 1), labels.long(), frames.long(), lengths.long()
    assert not arguments[0].is_contiguous()
    loss = CtcLoss("warpctc")(*arguments)
    loss.sum().backward()  # type: ignore[no-untyped-call]
    assert leaf.grad is not None and leaf.grad.dtype == torch.bfloat16 and bool(leaf.grad.any())
    assert float(loss.detach()) == pytest.approx(float(CtcLoss()(*arguments).detach()))


def test_labels_of_warpctc_leave_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "warpctc_pytorch", types.SimpleNamespace(CTCLoss=OnCpu))
    with Elsewhere():
        arguments = [part.detach().to(DEVICE) for part in _inputs()]
        assert CtcLoss("warpctc")(*arguments).device == DEVICE


class OnCpu:
    """A loss that says where its arguments were, computed on the CPU as that of ``warpctc_pytorch``."""

    def __init__(self, blank: int) -> None:
        self.blank = blank

    def __call__(self, activations: torch.Tensor, *others: torch.Tensor) -> torch.Tensor:
        assert activations.device == DEVICE
        assert {part.device.type for part in others} == {"cpu"}
        return torch.zeros(1)


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
