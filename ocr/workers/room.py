"""How many processes a machine has room for."""

from __future__ import annotations

from pathlib import Path

from ocr.engine import cores

__all__ = ["available_memory", "fitting"]

MEMORY_EACH = 512 << 20
"""Bytes of a process with its models and a page in colour; what each may take at most is a limit of its own."""
PER_CORE = 2
"""Processes for a core; more only take turns."""


def fitting(jobs: int, available: int | None = None) -> int:
    """How many processes are sensible: two a core at most, and no more than have room in memory.

    Args:
        jobs: as requested; 0 for one a core.
        available: bytes; None for what this machine has left, or its control group.

    Example:
        >>> fitting(1000, available=8 << 30) <= 16, fitting(1, available=1)
        (True, 1)
    """
    wanted = min(jobs or cores(), PER_CORE * cores())
    available = available_memory() if available is None else available
    return max(1, min(wanted, available // MEMORY_EACH)) if available else wanted


def available_memory() -> int:
    """Bytes that programs can still have on this machine, or in its control group; 0 where that is not known."""
    found: list[int] = []
    for read_one in (_machine_memory, _group_memory):
        try:
            found.append(read_one())
        except (OSError, ValueError, KeyError, StopIteration):
            continue
    return min(found, default=0)


def _machine_memory() -> int:
    with open("/proc/meminfo", encoding="ascii") as file:
        line = next(line for line in file if line.startswith("MemAvailable"))
    return int(line.split()[1]) << 10


def _group_memory() -> int:
    group = Path("/sys/fs/cgroup")
    limit = int((group / "memory.max").read_text())  # "max" is a ValueError
    return limit - int((group / "memory.current").read_text())
