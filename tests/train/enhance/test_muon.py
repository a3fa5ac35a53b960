"""The optimizer: its steps are orthogonal, filters keep their length, and a net learns faster than with Adam."""

from __future__ import annotations

import copy

import pytest

torch = pytest.importorskip("torch")

from torch import Tensor, nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402
from torch.optim import Optimizer  # noqa: E402

from ocr.train.enhance.muon import Muon, _orthogonal  # noqa: E402


def test_steps_are_nearly_orthogonal() -> None:
    torch.manual_seed(1)
    matrices = torch.randn(3, 8, 40)
    turned = _orthogonal(matrices)
    values = torch.linalg.svdvals(turned)
    assert float(values.min()) > 0.5 and float(values.max()) < 1.4
    left, _, right = torch.linalg.svd(matrices, full_matrices=False)
    assert float(((left @ right) * turned).sum() / turned.norm() / (left @ right).norm()) > 0.95


def net() -> nn.Sequential:
    torch.manual_seed(2)
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
        nn.Conv2d(16, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 3, 1),
    )  # fmt: skip


def learned(model: nn.Sequential, optimizer: Optimizer) -> float:
    """The loss after a few steps of learning what a median filter does."""
    generator = torch.Generator().manual_seed(3)
    loss = torch.zeros(())
    for _ in range(60):
        image = torch.rand(4, 3, 24, 24, generator=generator)
        windows = F.unfold(image, 3, padding=1).view(4, 3, 9, 24, 24)
        optimizer.zero_grad()
        loss = F.mse_loss(model(image), windows.median(2).values)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return float(loss.detach())


def filters_of(model: nn.Sequential) -> list[Tensor]:
    return [layer.weight for layer in model if isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3)]


def test_it_learns_faster_than_adam_and_keeps_filters_at_their_length() -> None:
    turning, plain = net(), net()
    filters = filters_of(turning)
    others = [p for p in turning.parameters() if all(p is not q for q in filters)]
    ours = learned(turning, Muon(filters, others, 0.1, 0.1))
    assert ours < learned(plain, torch.optim.Adam(plain.parameters(), lr=0.01))
    for weight in filters:
        assert float(weight.detach().norm()) == pytest.approx(len(weight) ** 0.5, rel=0.1)


def test_a_resumed_run_goes_on_as_it_would_have() -> None:
    first, second = net(), net()
    optimizers = []
    for model in (first, second):
        filters = filters_of(model)
        others = [p for p in model.parameters() if all(p is not q for q in filters)]
        optimizers.append(Muon(filters, others, 0.05, 0.1))
    learned(first, optimizers[0])
    second.load_state_dict(first.state_dict())
    optimizers[1].load_state_dict(copy.deepcopy(optimizers[0].state_dict()))
    assert learned(first, optimizers[0]) == pytest.approx(learned(second, optimizers[1]), rel=1e-4)
