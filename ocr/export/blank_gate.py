"""A cheap look at each frame before the classes: most frames of a CTC net are blank, and thousands of classes are dear.

A linear layer on the features tells frames that are surely blank; the classifier sees the others alone. Speech
recognisers skip blank frames the same way (Chen et al., "Phone synchronous speech recognition with CTC lattices").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from ocr.train.recognize.data import collate

__all__ = ["fit_gate"]


class Classifier(Protocol):
    """A net whose last layer can be left out."""

    classify: nn.Linear

    def embed(self, x: Tensor) -> Tensor:
        """N x 1 x 32 x W to T x N x features."""
        ...


BLANK = 0.99
"""A frame of at least this probability of the blank should be skipped."""
LIVE = 0.9
"""One under this should never be: such frames weigh more, and the limit lets 99.95 % of them pass."""
KEPT = 0.9995
WEIGHT = 20.0


def fit_gate(net: Classifier, pictures: Sequence[NDArray[np.uint8]]) -> nn.Linear:
    """Logistic regression on the net's own opinion; positive where a frame has to be looked at.

    Args:
        net: in evaluation mode.
        pictures: some hundred (32, W) lines.
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
    for start in range(0, len(order), 16):
        batch = collate([(pictures[k], np.zeros(1, np.int32), None) for k in order[start : start + 16]])
        embedding = net.embed(batch.images)
        probability = net.classify(embedding).softmax(-1)[..., 0]
        for n, frames in enumerate(batch.frames.tolist()):
            features.append(embedding[:frames, n])
            blank.append(probability[:frames, n])
    return torch.cat(features), torch.cat(blank)
