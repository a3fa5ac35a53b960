"""Losses of a recogniser and the phases in which they count: frame-wise cross-entropy, CTC, soft targets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from ocr.train.recognize.ctc import CtcLoss
from ocr.train.recognize.data import Batch
from ocr.train.recognize.distil import distillation_loss
from ocr.train.recognize.net import Crnn, MobileCrnn
from ocr.train.run import Run

__all__ = ["LineLoss", "Phases", "nearest_classes", "sample_classes"]

BLANK_WEIGHT: Final = 0.3
"""Weight of blank frames in the frame-wise loss, of which there are many more than glyph centres."""
NEAREST_EVERY: Final = 250
"""Steps after which the nearest classes are computed again."""


@dataclass(frozen=True, slots=True)
class Phases:
    """Which losses count when; parts of the budget, 0..1.

    CTC from random weights stays on a plateau where all frames are blank. Drawn lines tell where each glyph is, so
    training begins with frame-wise cross-entropy alone, goes on with both, and ends with CTC.

    Attributes:
        ctc_from: where CTC begins, and real lines with it.
        frame_until: where the frame-wise loss ends, and soft targets begin.
        teacher_share: weight of the soft targets.
    """

    ctc_from: float
    frame_until: float
    teacher_share: float

    def shares(self, progress: float) -> tuple[float, float, float]:
        """Weights of the frame-wise loss, of CTC and of soft targets."""
        frame = 1.0 if progress < self.ctc_from else 0.5 if progress < self.frame_until else 0.0
        return frame, float(progress >= self.ctc_from), self.teacher_share * (progress >= self.frame_until)


class LineLoss:
    """The losses of a batch: ``loss`` and its parts ``frame``, ``ctc`` and ``soft``, each per character or frame.

    Args:
        run: of the net.
        phases: which losses count when.
        ctc: the CTC loss.
        teacher: net whose soft targets are learned; None for none.
        sampled: classes drawn at random for the loss beside those of the batch; 0 takes all classes.
        teach_real: whether the soft targets of lines whose glyph centres are unknown count, too.
    """

    def __init__(
        self,
        run: Run[Crnn],
        phases: Phases,
        ctc: CtcLoss,
        teacher: Crnn | None = None,
        sampled: int = 0,
        teach_real: bool = True,
    ) -> None:
        self.run, self.phases, self.ctc, self.teacher, self.sampled = run, phases, ctc, teacher, sampled
        self.teach_real = teach_real
        self.nearest: Tensor | None = None

    def __call__(self, net: Crnn, batch: Batch) -> dict[str, Tensor]:
        """Of a batch on the run's device."""
        frame, ctc, soft = self.phases.shares(self.run.progress)
        images = self.run.images(batch.images)
        losses = {name: images.new_zeros(()) for name in ("frame", "ctc", "soft")}
        kept: Tensor | None = None
        with self.run.autocast():
            if self.sampled:
                activations, sampled, embedding, kept = self._sampled(net, images, batch)
                if frame > 0:
                    losses["frame"] = glyph_loss(net, embedding, batch.frame_targets.t())
                batch = sampled
            else:
                activations = net(images)
        if frame > 0:
            losses["frame"] = losses["frame"] + frame_loss(activations, batch.frame_targets.t())
        if ctc > 0:
            total = self.ctc(activations, batch.labels, batch.frames, batch.label_lengths).squeeze(0)
            losses["ctc"] = total / batch.label_lengths.sum().clamp(min=1)
        if soft > 0 and self.teacher is not None:
            with torch.no_grad(), self.run.autocast():
                target = self.teacher(images) if kept is None else activations_of(self.teacher, images, kept)
            taught = batch.frames
            if not self.teach_real:
                taught = torch.where((batch.frame_targets >= 0).any(1), taught, 0)
            losses["soft"] = distillation_loss(activations, target, taught)
        shares = {"frame": frame, "ctc": ctc, "soft": soft}
        total = sum((share * losses[name] for name, share in shares.items() if share), images.new_zeros(()))
        return {"loss": total, **losses}

    def _sampled(self, net: Crnn, images: Tensor, batch: Batch) -> tuple[Tensor, Batch, Tensor, Tensor]:
        assert isinstance(net, MobileCrnn), "the trainer refuses other nets"
        if self.nearest is None or self.run.step % NEAREST_EVERY == 0:
            self.nearest = nearest_classes(net)
        return sample_classes(net, images, batch, self.sampled, self.nearest)


def glyph_loss(net: Crnn, embedding: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy over all classes at the glyph centres alone; 0 where no centre is known.

    Few frames, but there every character is distinguished from every other, which sampled classes do not do.

    Args:
        net: whose classifier is trained.
        embedding: T x N x features before it.
        targets: T x N classes, positive at glyph centres.
    """
    glyphs = targets > 0
    if not bool(glyphs.any()):
        return embedding.new_zeros((), dtype=torch.float32)
    return F.cross_entropy(net.classify(embedding[glyphs]).float(), targets[glyphs])


def frame_loss(activations: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy at the glyph centres, blank elsewhere with ``BLANK_WEIGHT``; 0 where no centre is known.

    Args:
        activations: T x N x C.
        targets: T x N classes, -1 where unknown.
    """
    if not bool((targets >= 0).any()):
        return activations.new_zeros((), dtype=torch.float32)
    weights = torch.ones(activations.shape[2], device=activations.device)
    weights[0] = BLANK_WEIGHT
    return F.cross_entropy(activations.float().flatten(0, 1), targets.reshape(-1), weights, ignore_index=-1)


@torch.no_grad()
def nearest_classes(net: MobileCrnn, count: int = 3) -> Tensor:
    """For each class the ``count`` classes with the most similar weights, classes x count: its likely confusions."""
    weights = F.normalize(net.classify.weight, dim=1).bfloat16()
    similarity = weights @ weights.t()
    similarity.fill_diagonal_(-1)
    similarity[:, 0] = -1
    return similarity.topk(count, 1).indices


def sample_classes(
    net: MobileCrnn, images: Tensor, batch: Batch, count: int, nearest: Tensor
) -> tuple[Tensor, Batch, Tensor, Tensor]:
    """Sampled softmax (Jean et al. 2015): activations of some classes, the batch renumbered, embedding, the classes.

    The classes are the blank, those of the batch, the nearest to each of them, and ``count`` others at random.

    Args:
        net: with thousands of classes, whose full softmax costs more than the rest of the net.
        images: N x 1 x 32 x W.
        batch: its labels.
        count: of the others.
        nearest: of :func:`nearest_classes`.
    """
    embedding = net.embed(images)
    device, classes = embedding.device, net.classify.out_features
    own = batch.labels.long()
    others = torch.randint(1, classes, (count,)).to(device)
    blank = torch.zeros(1, dtype=torch.long, device=device)
    kept = torch.unique(torch.cat([blank, own, nearest[own].flatten(), others]))
    number = torch.full((classes,), -1, device=device)
    number[kept] = torch.arange(len(kept), device=device)
    activations = F.linear(embedding, net.classify.weight[kept], net.classify.bias[kept])
    targets = batch.frame_targets
    renumbered = replace(
        batch, labels=number[own].int(), frame_targets=torch.where(targets >= 0, number[targets.clamp(min=0)], -1)
    )
    return activations, renumbered, embedding, kept


def activations_of(net: Crnn, images: Tensor, classes: Tensor) -> Tensor:
    """Those of some classes alone, T x N x len(classes)."""
    assert isinstance(net, MobileCrnn), "the trainer refuses other nets"
    return F.linear(net.embed(images), net.classify.weight[classes], net.classify.bias[classes])
