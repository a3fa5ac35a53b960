"""A pretended second device: it computes on the CPU, but mixing its tensors with the CPU's raises, as on a GPU.

    with Elsewhere():
        monkeypatch.setattr(run, "best_device", lambda: DEVICE)
        train(config, out)

Its tensors call themselves ``meta`` tensors and wrap a CPU tensor with the real values. Tensors without dimensions may
be mixed, as torch allows it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode, return_and_correct_aliasing
from torch.utils._pytree import tree_leaves, tree_map

__all__ = ["DEVICE", "Away", "Elsewhere"]

DEVICE = torch.device("meta")
COPIES = ("aten::_to_copy", "aten::copy_")
"""Operations that take tensors of both devices."""


class Away(torch.Tensor):
    """A tensor on the pretended device."""

    held: torch.Tensor

    @staticmethod
    def __new__(cls, held: torch.Tensor) -> Away:
        made: Away = torch.Tensor._make_wrapper_subclass(
            cls, held.size(), strides=held.stride(), storage_offset=held.storage_offset(), dtype=held.dtype,
            layout=held.layout, device=DEVICE, requires_grad=held.requires_grad,
        )  # fmt: skip
        return made

    def __init__(self, held: torch.Tensor) -> None:
        self.held = held

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # type: ignore[override]
        return _run(func, args, kwargs or {})


class Elsewhere(TorchDispatchMode):
    """While active, ``.to(DEVICE)`` and tensors made with ``device=DEVICE`` are of the pretended device."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(func, args, kwargs or {})


def _run(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
    away = any(isinstance(tensor, Away) for tensor in tensors)
    device = kwargs.get("device")
    copies = func._schema.name in COPIES
    if away and not copies:
        left = [tuple(t.shape) for t in tensors if not isinstance(t, Away) and t.dim()]
        assert not left, f"{func._schema.name}: tensors of shape {left} are on the CPU, the others are not"
    if device is not None:
        away = torch.device(device).type == DEVICE.type
        kwargs = {**kwargs, "device": torch.device("cpu")}
    elif func._schema.name == "aten::copy_":
        away = isinstance(args[0], Away)

    def inner(value: Any) -> Any:
        return value.held if isinstance(value, Away) else value

    def outer(value: Any) -> Any:
        return Away(value) if isinstance(value, torch.Tensor) and not isinstance(value, Away) else value

    result = func(*tree_map(inner, args), **tree_map(inner, kwargs))
    if not away:
        return result
    return return_and_correct_aliasing(func, args, kwargs, tree_map(outer, result))  # type: ignore[no-untyped-call]
