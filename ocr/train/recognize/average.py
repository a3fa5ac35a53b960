"""Average the weights of a recogniser with those of trainings that went on from it.

    python -m ocr.train.recognize.average EARLIER LATER [LATER ...] --out SOUP.pt --share 0.5
        --lines cache/zh/synth/130-0002.npz

What lies half-way reads better than either, and so does the middle of trainings with different seeds (Wortsman et
al., "Robust fine-tuning of zero-shot models" and "Model soups", 2022). Batch norm's statistics do not average: they
are taken anew from lines.
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

from ocr.recognize.charset import Charset
from ocr.train.checkpoint import load, merged, save
from ocr.train.recognize.data import LineSet, batches
from ocr.train.recognize.net import MobileCrnn, grown

__all__ = ["averaged", "main", "renormalised"]

BATCHES = 25
COLUMNS = 20_000


def averaged(earlier: Mapping[str, torch.Tensor], net: nn.Module, share: float) -> None:
    """Move the weights of ``net`` towards ``earlier`` until they are ``share`` of their own; in place.

    Weights that ``earlier`` lacks stay as they are; where a layer is wider, it is as if ``earlier`` had been ``grown``.
    """
    start = grown(net, earlier)
    with torch.no_grad():
        for name, value in net.state_dict().items():
            if name in start and value.is_floating_point():
                value.mul_(share).add_(start[name].float(), alpha=1 - share)


def renormalised(net: MobileCrnn, lines: LineSet) -> None:
    """Take the statistics of the batch norms of the convolutions anew, as the mean of some batches; in place."""
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None
            module.train()
    feed = batches(lines, COLUMNS, 1)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for _ in range(BATCHES):
            net.convolve(next(feed).images.contiguous(memory_format=torch.channels_last))
    net.eval()


def main(arguments: Sequence[str]) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("earlier", type=Path, help="checkpoint, or what training went on from")
    parser.add_argument("later", type=Path, nargs="+", help="checkpoints of such trainings")
    parser.add_argument("--out", type=Path, required=True, help="checkpoint to write")
    parser.add_argument("--share", type=float, default=0.5, help="of the later ones together")
    parser.add_argument("--lines", type=Path, nargs="+", required=True, help="shards for batch norm's statistics")
    options = parser.parse_args(arguments)
    earlier, *others, last = (load(path, "recognize") for path in (options.earlier, *options.later))
    net = last.net
    for count, other in enumerate(others, 2):
        averaged(other.net.state_dict(), net, (count - 1) / count)
    averaged(earlier.net.state_dict(), net, options.share)
    lines = LineSet(Charset(last.charset))
    lines.load(options.lines)
    renormalised(net, lines)  # type: ignore[arg-type]
    seen: tuple[str, ...] = ()
    for trained in (earlier, *others, last):
        seen = merged(seen, trained.trained_on)
    save(options.out, replace(last, trained_on=seen))


if __name__ == "__main__":
    main(sys.argv[1:])
