"""From a trained operator net to ONNX, with its parity check.

``export``: one net for all its operators; which one it is, is the second input. The graph multiplies
the weights of each convolution by what normalisation and condition make of it, so that the maps are touched no more
than in a net for one operator. ``export_one``: a net for one operator, int8, which weights that depend on an input
cannot be.
"""

from __future__ import annotations

import copy
import json
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ocr.engine import Session
from ocr.export.nets import export_net, quantize_net
from ocr.export.onnx import set_metadata
from ocr.train.enhance.net import Can, FoldedCan

__all__ = ["export", "export_one"]

TOLERANCE = 1e-3


def export(net: Can, operators: Sequence[str], path: Path) -> Path:
    """Write the net (opset 17, free height and width) and hold it to its own output under two conditions.

    Raises:
        RuntimeError: the two differ by more than ``TOLERANCE``.
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
    set_metadata(part, {"operators": json.dumps(list(operators)), "radius": str(net.config.radius)})
    session, sample = Session(part), torch.rand(1, 3, 90, 70)
    for condition in torch.eye(net.conditions)[[0, -1]]:
        with torch.no_grad():
            expected = model(sample, condition).numpy()
        [result] = session.run({"image": sample.numpy(), "condition": condition.numpy()})
        difference = float(np.abs(result - expected).max())
        if difference > TOLERANCE:
            raise RuntimeError(f"{path}: ONNX differs from torch by {difference:.2g}")
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
        RuntimeError: before quantization, the file differs from the net by more than ``TOLERANCE``.
    """
    wide = path.with_suffix(".wide.onnx")
    sample = torch.rand(1, cast(nn.Conv2d, net[0]).in_channels, 90, 70)
    export_net(net, wide, "image", sample, ["result"], {2: "h", 3: "w"})
    feeds = [{"image": np.ascontiguousarray(crop.transpose(2, 0, 1)[None])} for crop in crops]
    if feeds:
        part = quantize_net(wide, path.with_suffix(".part"), feeds, whole=pixels, usual=not pixels)
        wide.unlink()
    else:
        part = wide
    set_metadata(part, {"operators": json.dumps(list(operators)), "radius": str(radius)})
    part.replace(path)
    return path
