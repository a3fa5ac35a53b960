"""How well a net in training reads: greedy readings of lines, and their character error rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from ocr.recognize.charset import Charset
from ocr.train.device import autocast, precision
from ocr.train.recognize.data import LineSet, collate
from ocr.train.recognize.net import Crnn

__all__ = ["error_rate", "folded", "read_lines"]

TOGETHER: Final = 24
"""Lines read at a time."""
FOLD: Final = str.maketrans({"‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "−": "-"})


def folded(text: str) -> str:
    """Text with one shape of quotes and dashes; the shapes do not count as errors."""
    return text.translate(FOLD)


@torch.no_grad()
def read_lines(net: Crnn, charset: Charset, pictures: Sequence[NDArray[np.uint8]], device: torch.device) -> list[str]:
    """Greedy readings of lines (32, W), in their order.

    Args:
        net: in evaluation mode, on ``device``.
        charset: of the net.
        pictures: the lines.
        device: where the net computes.
    """
    chosen = precision(device, net)
    order = sorted(range(len(pictures)), key=lambda k: pictures[k].shape[1])
    out = [""] * len(pictures)
    for start in range(0, len(order), TOGETHER):
        keys = order[start : start + TOGETHER]
        batch = collate([(pictures[k], np.zeros(1, np.int32), None) for k in keys], net.frames)
        with autocast(device, chosen):
            activations = net(batch.images.to(device).contiguous(memory_format=chosen.layout))
        best = activations.argmax(-1).t().cpu().numpy()
        for row, frames, k in zip(best, batch.frames.tolist(), keys, strict=True):
            path = row[:frames]
            out[k] = charset.decode(path[(path != 0) & (path != np.concatenate([[0], path[:-1]]))]).strip()
    return out


def error_rate(net: Crnn, lines: LineSet, device: torch.device) -> float:
    """Character error rate of greedy decoding.

    Args:
        net: in evaluation mode, on ``device``.
        lines: with their texts.
        device: where the net computes.
    """
    readings = read_lines(net, lines.charset, lines.pictures, device)
    edits = (Levenshtein.distance(folded(a), folded(b)) for a, b in zip(lines.texts, readings, strict=True))
    return sum(edits) / max(1, sum(map(len, lines.texts)))
