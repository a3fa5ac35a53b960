"""From a trained text detector to model files: ONNX with its parity check, static int8, and figures on held-back pages.

    python -m ocr.train.detect.export MODEL.onnx GT.jsonl

prints ``det_f1``, precision, recall (boxes matched at IoU 0.5) and seconds a page on a set with line boxes.
"""

from __future__ import annotations

import copy
import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ocr.detect.db import DbDetector, DetectorSettings
from ocr.evaluate import match
from ocr.export.nets import export_net, quantize_net
from ocr.metadata import Metadata
from ocr.train.detect.data import read_grey
from ocr.train.detect.net import DbNet, TextMap, conv

__all__ = ["export", "metadata", "quantize", "score_boxes"]


def metadata(name: str = "candidate", licence: str = "", trained_on: Sequence[str] = ()) -> Metadata:
    """What a detector's file says of itself."""
    return Metadata("detect", name, licence, tuple(trained_on), 0, 0, 0.5, 0.5, asdict(DetectorSettings()))


def export(net: DbNet, path: Path, about: Metadata | None = None) -> Path:
    """Write the text map as ONNX (opset 17, free height and width) and hold it to the net's own output.

    Raises:
        OcrError: the two differ.
    """
    sample, free = torch.rand(1, 1, 160, 224) * 2 - 1, {0: "n", 2: "h", 3: "w"}
    export_net(TextMap(_aligned(net)), path, about or metadata(), "image", sample, ["map"], free)
    return path


@torch.no_grad()
def _aligned(net: DbNet, lanes: int = 16) -> DbNet:
    """A copy whose neck's outputs are padded with zeros to a multiple of ``lanes``.

    The int8 convolution with 12 outputs takes 21 ms where the one with 16 takes 4; the result is the same.
    """
    net = copy.deepcopy(net).cpu().eval()
    first = cast(nn.Conv2d, cast(nn.Sequential, net.kernel[0])[0])
    parts = first.weight.chunk(len(net.smooth), dim=1)
    padded = []
    for index, (block, part) in enumerate(zip(net.smooth, parts, strict=True)):
        old, norm = cast(nn.Conv2d, cast(nn.Sequential, block)[0]), cast(nn.BatchNorm2d, cast(nn.Sequential, block)[1])
        count = old.out_channels
        width = -(-count // lanes) * lanes
        new = conv(old.in_channels, width, 3).eval()
        new_conv, new_norm = cast(nn.Conv2d, new[0]), cast(nn.BatchNorm2d, new[1])
        new_conv.weight.zero_()[:count] = old.weight
        for name, value in norm.state_dict().items():
            if value.ndim:
                new_norm.state_dict()[name][:count] = value
        net.smooth[index] = new
        padded.append(nn.functional.pad(part, (0, 0, 0, 0, 0, width - count)))
    weight = torch.cat(padded, dim=1)
    wide = nn.Conv2d(weight.shape[1], weight.shape[0], 3, padding=1, bias=False)
    wide.weight.copy_(weight)
    cast(nn.Sequential, net.kernel[0])[0] = wide
    return net


def quantize(source: Path, path: Path, pictures: Sequence[NDArray[np.uint8]]) -> Path:
    """The int8 model of what ``export`` wrote; ``pictures`` are 64 or more real crops at working scale."""
    return quantize_net(source, path, ({"image": (p.astype(np.float32) / 127.5 - 1)[None, None]} for p in pictures))


def score_boxes(detector: DbDetector, pages: Iterable[tuple[Path, Sequence[Any]]]) -> dict[str, float]:
    """Precision, recall and F1 of line boxes at IoU 0.5 of their hulls, and seconds a page."""
    hits = found = wanted = count = 0
    seconds = 0.0
    for path, truth in pages:
        page = read_grey(path)
        start = time.perf_counter()
        regions = detector(page)
        seconds += time.perf_counter() - start
        hits += len(match([(quad, "") for quad in truth], [(region.quad.points, "") for region in regions]))
        found, wanted, count = found + len(regions), wanted + len(truth), count + 1
    return {
        "precision": round(hits / max(1, found), 4),
        "recall": round(hits / max(1, wanted), 4),
        "det_f1": round(2 * hits / max(1, found + wanted), 4),
        "seconds": round(seconds / max(1, count), 4),
    }


def ground_truth(path: Path) -> Iterator[tuple[Path, list[Any]]]:
    """Pictures and line quads of a ``gt.jsonl``."""
    with path.open(encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            yield path.parent / row["image"], [quad for quad, _ in row["boxes"]]


if __name__ == "__main__":
    cv2.setNumThreads(1)
    print(json.dumps(score_boxes(DbDetector(Path(sys.argv[1]), 1), ground_truth(Path(sys.argv[2])))))
