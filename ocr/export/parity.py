"""How far an exported model is from what it was made of, and how far it may be.

A float model is held to the net's own output, an int8 model to the float model on real inputs. What is compared are
the outputs that readers use: of whole numbers (classes) the share that differs, of others the root mean square of the
difference over the standard deviation of the float model's output, so that 0 is the same and 1 as bad as a constant.
Outputs that are tones of an image, 0..1, or changes of them, are compared as they are: a change may be nearly nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ocr.engine import Session
from ocr.errors import OcrError

__all__ = ["CLASSES_LIMIT", "FLOAT_LIMIT", "INT8_LIMIT", "TONES_LIMIT", "Feed", "difference", "held", "largest"]

FLOAT_LIMIT: Final = 1e-3
"""Largest difference of any output value between a float model and its net."""
INT8_LIMIT: Final = 0.1
"""``difference`` that an int8 model may have from the float one where its task says nothing else."""
CLASSES_LIMIT: Final = 0.02
"""The same for a recogniser: the share of frames whose best class differs."""
TONES_LIMIT: Final = 0.02
"""The same for tones: 34 dB."""

Feed = Mapping[str, NDArray[Any]]
"""One array for each input of a model."""


def largest(path: Path, feed: Feed, expected: Mapping[str, NDArray[Any]]) -> float:
    """Largest difference of any value between outputs of a model file and what is expected.

    Args:
        path: of the model file.
        feed: its inputs.
        expected: output name -> array.
    """
    found = Session(path).run(feed, list(expected))
    pairs = zip(found, expected.values(), strict=True)
    return max(float(np.abs(one.astype(float) - other.astype(float)).max()) for one, other in pairs)


def difference(
    path: Path, reference: Path, feeds: Sequence[Feed], outputs: Sequence[str], *, tones: bool = False
) -> float:
    """How far a model is from another of the same inputs and outputs: that of the worst output.

    Args:
        path: the model.
        reference: what it was made of.
        feeds: real inputs, some dozens.
        outputs: names of those that are compared.
        tones: whether they are tones of an image, 0..1, or changes of them.
    """
    sessions = Session(path), Session(reference)
    runs = [[session.run(feed, outputs) for feed in feeds] for session in sessions]
    worst = 0.0
    for which in range(len(outputs)):
        found, wanted = (np.concatenate([run[which].ravel() for run in each]) for each in runs)
        if wanted.dtype.kind in "iub":
            worst = max(worst, float((found != wanted).mean()))
        else:
            scale = 1.0 if tones else float(np.std(wanted.astype(float)))
            error = float(np.sqrt(np.mean((found.astype(float) - wanted) ** 2)))
            worst = max(worst, error / max(scale, 1e-9))
    return worst


def held(path: Path, found: float, limit: float, kind: str) -> float:
    """``found`` where it is within the limit.

    Args:
        path: of the model file, named in the error.
        found: a difference.
        limit: what it may be.
        kind: ``float`` or ``int8``.

    Raises:
        OcrError: it is not.
    """
    if not found <= limit:
        advice = "try another opset" if kind == "float" else "take more and more typical inputs for its ranges"
        raise OcrError(f"{path.name}: the {kind} model differs by {found:.3g}, more than {limit:.3g}; {advice}")
    return found
