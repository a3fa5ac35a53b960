"""Where a net is trained, in which precision, and in which memory format."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

__all__ = ["Precision", "autocast", "best_device", "on_device", "precision", "random_state", "set_random_state"]

Batch = TypeVar("Batch")


def best_device() -> torch.device:
    """The GPU if torch sees one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


@dataclass(frozen=True, slots=True)
class Precision:
    """How a net computes.

    Attributes:
        dtype: of convolutions and matrix products under autocast; float32 means no autocast.
        layout: memory format of pictures and convolution weights.
    """

    dtype: torch.dtype
    layout: torch.memory_format


def precision(device: torch.device, net: nn.Module) -> Precision:
    """The fastest precision and memory format that are safe for a net on a device.

    On the CPU, bfloat16 pays only with instructions for it (AMX or AVX512-BF16: a CRNN trains 1.9 times as fast);
    without them it is emulated and slow. The backward pass of dilated convolutions in bfloat16 and channels_last
    crashes (torch 2.13) on CPUs without AMX, so such nets keep the plain memory format there.
    """
    if device.type == "cuda":
        return Precision(torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32, torch.channels_last)
    if device.type != "cpu":
        return Precision(torch.float32, torch.contiguous_format)
    amx, bf16 = cpu_features()
    if not (amx or bf16):
        return Precision(torch.float32, torch.channels_last)
    dilated = any(isinstance(m, nn.Conv2d) and max(m.dilation) > 1 for m in net.modules())
    safe = amx or not dilated
    return Precision(torch.bfloat16, torch.channels_last if safe else torch.contiguous_format)


def cpu_features() -> tuple[bool, bool]:
    """Whether this CPU has AMX, and whether it has AVX512-BF16."""
    return torch.cpu._is_amx_tile_supported(), torch.cpu._is_avx512_bf16_supported()


def autocast(device: torch.device, chosen: Precision) -> contextlib.AbstractContextManager[Any]:
    """The context in which a net's forward pass runs in the chosen precision."""
    if chosen.dtype == torch.float32:
        return contextlib.nullcontext()
    return torch.autocast(device.type, chosen.dtype)


def on_device(batch: Batch, device: torch.device) -> Batch:
    """The batch with every tensor in it on the device; tuples, lists, mappings and dataclasses are searched."""
    moved: Any = batch
    if isinstance(batch, Tensor):
        moved = batch.to(device)
    elif isinstance(batch, tuple | list):
        parts = [on_device(part, device) for part in batch]
        moved = type(batch)(*parts) if hasattr(batch, "_fields") else type(batch)(parts)
    elif isinstance(batch, Mapping):
        moved = {key: on_device(value, device) for key, value in batch.items()}
    elif is_dataclass(batch) and not isinstance(batch, type):
        moved = replace(batch, **{f.name: on_device(getattr(batch, f.name), device) for f in fields(batch)})
    return moved  # type: ignore[no-any-return]


def random_state(device: torch.device) -> dict[str, Any]:
    """State of torch's random generators, of the CPU and of a GPU."""
    state: dict[str, Any] = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(device)
    return state


def set_random_state(state: Mapping[str, Any]) -> None:
    """Set what :func:`random_state` returned; the GPU's only where there is one."""
    torch.set_rng_state(state["cpu"])
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(state["cuda"])
