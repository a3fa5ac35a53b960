"""Average the weights of a recogniser with those of trainings that went on from it.

    python -m ocr.train.recognize.average EARLIER LATER [LATER ...] --out AVERAGE.pt --share 0.5
        --lines cache/zh/synth/130-0002.npz

Weights half-way between two trainings, one of which continued the other, read better than both, and so does the mean of
trainings with different seeds (Wortsman et al., "Robust fine-tuning of zero-shot models" and "Model soups", 2022). The
statistics of batch norm cannot be averaged: they are computed again, from lines.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before torch: spinning threads starve their neighbours

import torch
from torch import nn

from ocr.errors import InputError
from ocr.recognize.charset import Charset
from ocr.train.checkpoint import load, merged, save
from ocr.train.device import autocast, precision
from ocr.train.recognize.data import LineSet, batches
from ocr.train.recognize.net import MobileCrnn, grown

__all__ = ["averaged", "main", "renormalised"]

BATCHES, COLUMNS = 25, 20_000
"""Batches that the statistics are computed of, and their picture columns."""
CPU = torch.device("cpu")


def averaged(earlier: Mapping[str, torch.Tensor], net: nn.Module, share: float) -> None:
    """Replace the weights of ``net`` by ``share`` of their own and the rest of those of ``earlier``; in place.

    Weights that ``earlier`` lacks stay as they are; for wider layers ``earlier`` is ``grown`` first.
    """
    start = grown(net, earlier)
    with torch.no_grad():
        for name, value in net.state_dict().items():
            if name in start and value.is_floating_point():
                value.mul_(share).add_(start[name].float(), alpha=1 - share)


def renormalised(net: MobileCrnn, lines: LineSet) -> None:
    """Compute the statistics of the batch norms of the convolutions again, as the mean of some batches; in place."""
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None
            module.train()
    feed, chosen = batches(lines, COLUMNS, 1), precision(CPU, net)
    with torch.no_grad(), autocast(CPU, chosen):
        for _ in range(BATCHES):
            net.convolve(next(feed).images.contiguous(memory_format=chosen.layout))
    net.eval()


def main(arguments: Sequence[str]) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("earlier", type=Path, help="checkpoint that the others continued")
    parser.add_argument("later", type=Path, nargs="+", help="checkpoints of the trainings that continued it")
    parser.add_argument("--out", type=Path, required=True, help="checkpoint to write")
    parser.add_argument("--share", type=float, default=0.5, help="of the later ones together, 0..1")
    parser.add_argument("--lines", type=Path, nargs="+", required=True, help="shards, for the statistics of batch norm")
    options = parser.parse_args(arguments)
    earlier, *others, last = (load(path, "recognize") for path in (options.earlier, *options.later))
    net = last.net
    for count, other in enumerate(others, 2):
        averaged(other.net.state_dict(), net, (count - 1) / count)
    averaged(earlier.net.state_dict(), net, options.share)
    lines = LineSet(Charset(last.charset))
    if not lines.load(options.lines):
        raise InputError(f"{options.lines[0]}: no lines that the charset can spell; name other shards with --lines")
    renormalised(net, lines)  # type: ignore[arg-type]
    seen: tuple[str, ...] = ()
    for trained in (earlier, *others, last):
        seen = merged(seen, trained.trained_on)
    save(options.out, replace(last, trained_on=seen, metrics={}))


if __name__ == "__main__":
    main(sys.argv[1:])
