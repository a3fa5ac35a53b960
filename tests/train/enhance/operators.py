"""The photographic operators whose training is tested, and configurations of small runs."""

from __future__ import annotations

from pathlib import Path

__all__ = ["OPERATORS", "write_config"]

OPERATORS = ("detail", "tone", "style", "dehaze", "dehaze-nonlocal", "pencil")

SCHEDULE = (
    "steps = {steps}\nlearning_rate = {rate}\nwarmup = 5\naverage = 0.8\nworkers = 0\nlog_every = 1\n"
    'checkpoint_minutes = 0.0\ntrained_on = ["tests"]\nlicence = "CC0-1.0"\n'
)


def write_config(
    path: Path, net: str, steps: int, data: Path, results: Path, operators: tuple[str, ...] = OPERATORS
) -> Path:
    """A run of a small net; ``data`` and ``results`` are those of the fixtures."""
    schedule = SCHEDULE.format(steps=steps, rate=0.005 if net == "whiten" else 0.05)
    if net == "photo":
        names = ", ".join(f'"{name}"' for name in operators)
        source = f'pictures = "{results}"\noperators = [{names}]\nside = 32\nbatch = 3\n'
    else:
        source = f'plates = "{data}/plates.npz"\npairs = "{data}/noisyoffice/train/gt.jsonl"\nside = 64\nbatch = 2\n'
    layers = "[layers]\nwidth = 8\ndilations = [1, 2, 1]\n"
    path.write_text(f'net = "{net}"\n{source}{schedule}{layers}')
    return path
