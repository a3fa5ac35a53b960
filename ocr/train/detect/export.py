"""ONNX files of a text detector: the trained net, or one in training that is to be measured."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ocr.detect.db import DetectorSettings
from ocr.export.nets import export_net
from ocr.export.parity import FLOAT_LIMIT
from ocr.metadata import Metadata
from ocr.train.detect.net import DbNet, TextMap, TextNet, conv

__all__ = ["candidate", "export", "int8_feeds"]


def export(net: TextNet, path: Path, about: Metadata, *, fold: bool = True, limit: float = FLOAT_LIMIT) -> float:
    """Write the text map as ONNX (opset 17, free height and width); returns its largest difference from the net.

    Args:
        net: in any mode; it is exported as it evaluates.
        path: of the file.
        about: what the file says of itself.
        fold: whether batch norms become part of the weights before them, and channels are added for int8; if not, the
            file holds the weights of the net as they are (ONNX Runtime folds them when it loads the file).
        limit: of that difference.

    Raises:
        OcrError: file and net differ.
    """
    sample, free = torch.rand(1, 1, 160, 224) * 2 - 1, {0: "n", 2: "h", 3: "w"}
    ready = _aligned(net) if fold and isinstance(net, DbNet) else copy.deepcopy(net).cpu().eval()
    return export_net(TextMap(ready), path, about, "image", sample, ["map"], free, fold=fold, limit=limit)


def candidate(net: TextNet, path: Path, limit: float = FLOAT_LIMIT) -> Path:
    """The same for a net in training, to be measured; returns the path."""
    about = Metadata("detect", "candidate", "", (), 0, 0, 0.5, 0.5, asdict(DetectorSettings()))
    export(net, path, about, limit=limit)
    return path


@torch.no_grad()
def _aligned(net: DbNet, lanes: int = 16) -> DbNet:
    """A copy whose neck has zero outputs added up to a multiple of ``lanes``; its result is the same.

    An int8 convolution with 12 outputs takes 21 ms, one with 16 takes 4.
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


def int8_feeds(crops: Iterable[Tensor]) -> list[dict[str, NDArray[np.float32]]]:
    """Inputs of the model: crops (1, S, S) in -1..1, for the ranges of int8 activations."""
    return [{"image": crop[None].numpy()} for crop in crops]
