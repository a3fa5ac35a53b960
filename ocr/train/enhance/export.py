"""From a trained operator net to ONNX, with its parity check.

``export``: one net for all its operators; which one it is, is the second input. The graph multiplies
the weights of each convolution by what normalisation and condition make of it, so that the maps are touched no more
than in a net for one operator. ``export_one``: a net for one operator, int8, which weights that depend on an input
cannot be.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ocr.export.metadata import describe
from ocr.export.nets import export_net, quantize_net
from ocr.export.parity import FLOAT_LIMIT, held, largest
from ocr.metadata import Metadata
from ocr.page.enhance import EnhancerSettings
from ocr.train.enhance.net import Can, FoldedCan

__all__ = ["export", "export_one", "metadata"]

REDUCED = ("whiten",)
"""Operators that change tones and move nothing, so that their nets see large pages reduced."""


def metadata(operators: Sequence[str], radius: int, changes: bool, name: str = "candidate") -> Metadata:
    """What a net's file says of itself while nobody has published it.

    Args:
        operators: their names.
        radius: pixels around an output pixel that it depends on.
        changes: whether the net changes a start, or sees pixels alone.
        name: of the model.
    """
    settings = asdict(EnhancerSettings(radius, changes, tuple(name for name in operators if name in REDUCED)))
    return Metadata("enhance", name, "", (), 0, 0, 0.0, 1.0, settings, operators=tuple(operators))


def export(net: Can, operators: Sequence[str], path: Path) -> Path:
    """Write the net (opset 17, free height and width) and hold it to its own output under two conditions.

    Raises:
        OcrError: the two differ by more than ``FLOAT_LIMIT``.
    """
    model = FoldedCan(copy.deepcopy(net).cpu().to(memory_format=torch.contiguous_format)).eval()  # type: ignore[call-overload]
    part = path.with_suffix(".part")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model, (torch.zeros(1, 3, 64, 96), torch.zeros(net.conditions)), str(part), opset_version=17, dynamo=False,
            input_names=["image", "condition"], output_names=["result"],
            dynamic_axes={"image": {2: "h", 3: "w"}, "result": {2: "h", 3: "w"}},
        )  # fmt: skip
    describe(part, metadata(operators, net.config.radius, changes=False))
    sample = torch.rand(1, 3, 90, 70)
    for condition in torch.eye(net.conditions)[[0, -1]]:
        with torch.no_grad():
            expected = {"result": model(sample, condition).numpy()}
        feed = {"image": sample.numpy(), "condition": condition.numpy()}
        held(path, largest(part, feed, expected), FLOAT_LIMIT, "float")
    part.replace(path)
    return path


def export_one(
    net: nn.Sequential,
    operators: Sequence[str],
    radius: int,
    path: Path,
    crops: Iterable[NDArray[np.float32]],
    *,
    pixels: bool = False,
) -> Path:
    """Write a net for one operator, or for several that it tells by its planes, in int8.

    Args:
        net: plain layers: ``fixed`` or ``PhotoCan.plain``.
        operators: their names.
        radius: pixels around an output pixel that it depends on.
        path: of the file.
        crops: inputs (H, W, C), about 0..1, for the ranges of the activations; none leaves it in floating point.
        pixels: input and output are pixels: first and last layers are int8, too. Planes of other kinds differ in range.

    Raises:
        OcrError: before quantization, the file differs from the net by more than ``FLOAT_LIMIT``.
    """
    wide = path.with_suffix(".wide.onnx")
    sample = torch.rand(1, cast(nn.Conv2d, net[0]).in_channels, 90, 70)
    about = metadata(operators, radius, changes=not pixels)
    export_net(net, wide, about, "image", sample, ["result"], {2: "h", 3: "w"})
    feeds = [{"image": np.ascontiguousarray(crop.transpose(2, 0, 1)[None])} for crop in crops]
    if feeds:
        part = quantize_net(wide, path.with_suffix(".part"), feeds, whole=pixels, usual=not pixels)
        wide.unlink()
    else:
        part = wide
    part.replace(path)
    return path
