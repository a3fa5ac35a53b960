"""A gate before the classifier: most frames of a CTC net are blank, and thousands of classes cost much.

A linear layer on the features tells frames that are blank with near certainty; the classifier sees only the others.
Speech recognisers skip blank frames the same way (Chen et al., "Phone synchronous speech recognition with CTC
lattices").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["Classifier", "fit_gate"]


class Classifier(Protocol):
    """A net whose last layer can be left out."""

    classify: nn.Linear

    def embed(self, x: Tensor) -> Tensor:
        """N x 1 x H x W to T x N x features."""
        ...


BLANK = 0.99
"""Probability of the blank from which a frame should be skipped."""
LIVE = 0.9
"""Probability of the blank below which a frame should never be: such frames weigh more, and the limit lets ``KEPT`` of
them pass."""
KEPT = 0.9995
WEIGHT = 20.0
BATCH, MULTIPLE = 16, 32
"""Pictures of a batch, and what its width is a multiple of."""


def fit_gate(net: Classifier, pictures: Sequence[NDArray[np.uint8]]) -> nn.Linear:
    """Logistic regression on the net's own output; positive where a frame has to be classified.

    Args:
        net: in evaluation mode; takes -1..1.
        pictures: some hundred lines (H, W) of one height.
    """
    features, blank = _frames(net, pictures)
    gate = nn.Linear(features.shape[1], 1)
    weight = torch.where(blank < LIVE, WEIGHT, 1.0)
    target = (blank < BLANK).float()
    optimizer = torch.optim.LBFGS(gate.parameters(), max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        error = F.binary_cross_entropy_with_logits(gate(features)[:, 0], target, weight)
        error = error + 1e-5 * gate.weight.square().sum()
        error.backward()  # type: ignore[no-untyped-call]
        return error

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        live = gate(features)[:, 0][blank < LIVE]
        if len(live):
            gate.bias.sub_(torch.quantile(live, 1 - KEPT))
    return gate


@torch.no_grad()
def _frames(net: Classifier, pictures: Sequence[NDArray[np.uint8]]) -> tuple[Tensor, Tensor]:
    """Features of all frames, and the probability of the blank in each."""
    features, blank = [], []
    order = sorted(range(len(pictures)), key=lambda k: pictures[k].shape[1])
    for start in range(0, len(order), BATCH):
        lines = [pictures[k] for k in order[start : start + BATCH]]
        width = -(-max(line.shape[1] for line in lines) // MULTIPLE) * MULTIPLE
        batch = np.full((len(lines), 1, lines[0].shape[0], width), 255, np.uint8)
        for row, line in zip(batch, lines, strict=True):
            row[0, :, : line.shape[1]] = line
        embedding = net.embed(torch.from_numpy(batch).float().div_(127.5).sub_(1))
        probability = net.classify(embedding).softmax(-1)[..., 0]
        for n, line in enumerate(lines):
            frames = line.shape[1] * len(embedding) // width
            features.append(embedding[:frames, n])
            blank.append(probability[:frames, n])
    return torch.cat(features), torch.cat(blank)
