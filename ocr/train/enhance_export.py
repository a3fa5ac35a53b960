"""From a trained operator net to ONNX, with its parity check.

One net for all its operators: which one it is, and how strong, is the second input. The graph multiplies the weights of
each convolution by what normalisation and condition make of it, so that the maps are touched no more than in a net for
one operator.
"""

from __future__ import annotations

import copy
import json
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from ocr.engine import Session
from ocr.export.onnx import set_metadata
from ocr.train.nets.can import Can, FoldedCan

__all__ = ["export"]

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
