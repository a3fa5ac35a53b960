"""Train a CRNN: frame-wise warm-up, then CTC. One file, read top to bottom: configuration, data, net, loss, loop.

ocr train recognizer models/training/crnn-en-mobile.toml --out work/crnn --resume
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before torch: spinning threads starve their neighbours

import copy
import csv
import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein
from torch import Tensor, nn
from torch.nn import functional as F

from ocr.errors import InputError, UsageError
from ocr.recognize.charset import Charset
from ocr.train.checkpoint import Trained, load, merged, resume_state, save
from ocr.train.config import read_config
from ocr.train.recognize.ctc import CtcLoss
from ocr.train.recognize.data import Batch, LineSet, batches, collate, shards
from ocr.train.recognize.distil import distillation_loss
from ocr.train.recognize.net import NETS, MobileCrnn, grown

__all__ = ["Config", "evaluate", "sample_classes", "train"]


@dataclass(frozen=True, slots=True)
class Config:
    """One training run; saved inside its checkpoint.

    Attributes:
        net: key of ``NETS``.
        charset: name of a shipped charset.
        synthetic, real, dev: glob patterns of line shards; ``dev`` is measured, never trained on.
        real_share: share of real lines once CTC begins.
        minutes: wall-clock budget; the cosine schedule and the phases follow it.
        columns: picture columns a batch.
        rate: peak learning rate.
        frame_until, ctc_from: parts of the budget where frame-wise cross-entropy ends and CTC begins.
        average: decay of the weights' moving average, which is what is saved as the model.
        initial: checkpoint to start from; empty starts afresh. Layers that it lacks keep their fresh weights.
        teacher: checkpoint whose soft targets are learnt beside the labels; empty for none.
        teacher_share: weight of the soft targets once CTC stands alone, or from the start where there is no warm-up.
        sampled: classes drawn at random that stand beside those of the batch in the loss; 0 takes all of them. For
            charsets of thousands, whose full softmax would cost more than the net.
        loose: share of lines that are made smaller within their crop.
        trained_on: the data in words, with its licences; publishing states it, after that of ``initial``.
        licence: of the weights, an SPDX identifier.
    """

    net: str
    charset: str
    synthetic: tuple[str, ...]
    real: tuple[str, ...]
    dev: tuple[str, ...]
    minutes: float
    real_share: float = 0.25
    columns: int = 24_000
    rate: float = 2e-3
    warmup: int = 200
    weight_decay: float = 1e-3
    frame_until: float = 0.3
    ctc_from: float = 0.08
    average: float = 0.998
    checkpoint_minutes: float = 4.0
    seed: int = 1
    threads: int = 0
    initial: str = ""
    teacher: str = ""
    teacher_share: float = 1.0
    sampled: int = 0
    loose: float = 0.0
    trained_on: tuple[str, ...] = ()
    licence: str = ""


def _loss(activations: Tensor, batch: Batch, ctc: CtcLoss, frame_share: float, ctc_share: float) -> Tensor:
    """Frame-wise cross-entropy at glyph centres (blanks weigh 0.3) and CTC, each per character."""
    loss = activations.new_zeros(())
    if frame_share > 0:
        targets = batch.frame_targets.t()
        weights = torch.full((activations.shape[2],), 1.0, device=activations.device)
        weights[0] = 0.3
        if bool((targets >= 0).any()):
            loss = loss + frame_share * F.cross_entropy(
                activations.float().flatten(0, 1), targets.reshape(-1), weights, ignore_index=-1
            )
    if ctc_share > 0:
        total = ctc(activations, batch.labels, batch.frames, batch.label_lengths).squeeze(0)
        loss = loss + ctc_share * total / batch.label_lengths.sum().clamp(min=1)
    return loss


@torch.no_grad()
def nearest_classes(net: MobileCrnn, count: int = 3) -> Tensor:
    """For each class the ``count`` that its weights resemble most, classes x count: what it is easiest taken for."""
    weights = F.normalize(net.classify.weight, dim=1).bfloat16()
    likeness = weights @ weights.t()
    likeness.fill_diagonal_(-1)
    likeness[:, 0] = -1
    return likeness.topk(count, 1).indices


def sample_classes(
    net: MobileCrnn, images: Tensor, batch: Batch, count: int, nearest: Tensor
) -> tuple[Tensor, Batch, Tensor]:
    """Activations of the blank, the batch's classes, those nearest to each and ``count`` others; the batch renumbered.

    The third value is the cross-entropy over all classes at the glyphs' centres, where those are known: few frames, but
    every character is told from every other (sampled softmax: Jean et al. 2015).
    """
    embedding = net.embed(images)
    classes = net.classify.out_features
    own = batch.labels.long()
    others = torch.randint(1, classes, (count,))
    kept = torch.unique(torch.cat([torch.zeros(1, dtype=torch.long), own, nearest[own].flatten(), others]))
    number = torch.full((classes,), -1)
    number[kept] = torch.arange(len(kept))
    activations = F.linear(embedding, net.classify.weight[kept], net.classify.bias[kept])
    targets = batch.frame_targets.t()
    glyphs = targets > 0
    whole = activations.new_zeros((), dtype=torch.float32)
    if bool(glyphs.any()):
        whole = F.cross_entropy(net.classify(embedding[glyphs]).float(), targets[glyphs])
    renumbered = replace(
        batch,
        labels=number[own].int(),
        frame_targets=torch.where(batch.frame_targets >= 0, number[batch.frame_targets.clamp(min=0)], -1),
    )
    return activations, renumbered, whole


@torch.inference_mode()
def read_lines(
    net: nn.Module, charset: Charset, pictures: Sequence[NDArray[np.uint8]], device: torch.device
) -> list[str]:
    """Greedy readings of (32, W) pictures, in the same order."""
    order = sorted(range(len(pictures)), key=lambda k: pictures[k].shape[1])
    out = [""] * len(pictures)
    for start in range(0, len(order), 24):
        keys = order[start : start + 24]
        batch = collate([(pictures[k], np.zeros(1, np.int32), None) for k in keys])
        with torch.autocast(device.type, torch.bfloat16):
            best = (
                net(batch.images.to(device).contiguous(memory_format=torch.channels_last)).argmax(-1).t().cpu().numpy()
            )
        for row, frames, k in zip(best, batch.frames.tolist(), keys, strict=True):
            path = row[:frames]
            out[k] = charset.decode(path[(path != 0) & (path != np.concatenate([[0], path[:-1]]))]).strip()
    return out


def evaluate(
    net: nn.Module, lines: LineSet, device: torch.device, ignore_case: bool = False
) -> tuple[float, list[tuple[int, str, str]]]:
    """Character error rate of greedy decoding, and (edits, truth, reading) of every line."""
    net.eval()
    readings = read_lines(net, lines.charset, lines.pictures, device)
    net.train()
    fold = str.casefold if ignore_case else str
    results = [
        (Levenshtein.distance(_fold(fold(truth)), _fold(fold(got))), truth, got)
        for truth, got in zip(lines.texts, readings, strict=True)
    ]
    return sum(e for e, _, _ in results) / max(1, sum(len(t) for _, t, _ in results)), results


FOLD = str.maketrans({"‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "−": "-"})


def _fold(text: str) -> str:
    return text.translate(FOLD)


def train(  # noqa: PLR0912, PLR0915 - configuration, data, net, loss, loop: read top to bottom
    config_path: Path, out: Path, resume: bool = False, ctc: str = "native"
) -> Path:
    """Run or go on with a training; returns the last checkpoint. Progress goes to ``out/log.csv``."""
    config = read_config(Config, config_path)
    torch.manual_seed(config.seed)
    if config.threads:
        torch.set_num_threads(config.threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    charset = Charset.load(config.charset)

    synthetic, real = LineSet(charset), LineSet(charset)
    synthetic.load(shards(config.synthetic))
    real.load(shards(config.real))
    if not len(synthetic):
        raise InputError(
            f"{', '.join(config.synthetic)}: no line shards there; "
            "render some with python -m ocr.train.recognize.shards synth"
        )
    dev: dict[str, LineSet] = {}
    for path in shards(config.dev):
        dev[path.stem] = LineSet(charset)
        dev[path.stem].load([path])

    net = NETS[config.net](len(charset))
    net = net.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(net.parameters(), config.rate, weight_decay=config.weight_decay, fused=True)
    loss_of = CtcLoss(ctc)
    out.mkdir(parents=True, exist_ok=True)
    checkpoint, step, spent = out / "checkpoint.pt", 0, 0.0
    known: dict[str, Any] = {"trained_on": config.trained_on, "licence": config.licence}
    if config.initial:
        initial = load(config.initial, "recognize")
        known = {
            "trained_on": merged(initial.trained_on, config.trained_on),
            "licence": config.licence or initial.licence,
        }
        weights: Mapping[str, Tensor] = initial.net.state_dict()
        if initial.charset != charset.characters:
            weights = {k: v for k, v in weights.items() if not k.startswith("classify.")}
        lacking = net.load_state_dict(grown(net, weights), strict=False)
        if lacking.unexpected_keys:
            raise UsageError(f"{config.initial}: weights of another net ({lacking.unexpected_keys[0]})")
    average = copy.deepcopy(net).eval()
    teacher = load(config.teacher, "recognize").net.to(device) if config.teacher else None
    if resume and checkpoint.exists():
        state, earlier = resume_state(checkpoint), load(checkpoint, "recognize")
        net.load_state_dict(state["net"])
        average.load_state_dict(earlier.net.state_dict())
        optimizer.load_state_dict(state["optimizer"])
        step, spent = earlier.step, earlier.minutes

    feed = batches([(synthetic, 1.0)], config.columns, config.seed + step, loose=config.loose)
    nearest: Tensor | None = None
    mixed, started, saved, seen, losses = False, time.monotonic(), time.monotonic(), 0, 0.0
    while True:
        done = (spent + (time.monotonic() - started) / 60) / config.minutes
        if not mixed and done >= config.ctc_from and len(real):
            mixed = True
            shares = [(synthetic, 1 - config.real_share), (real, config.real_share)]
            feed = batches(shares, config.columns, config.seed + step + 1, loose=config.loose)
        rate = config.rate * min(1.0, (step + 1) / config.warmup) * (0.5 + 0.5 * math.cos(math.pi * min(done, 1.0)))
        for group in optimizer.param_groups:
            group["lr"] = max(rate, config.rate * 0.004)

        batch = next(feed)
        images = batch.images.to(device).contiguous(memory_format=torch.channels_last)
        whole = torch.zeros(())
        with torch.autocast(device.type, torch.bfloat16):
            if config.sampled:
                if nearest is None or step % 250 == 0:
                    nearest = nearest_classes(net)
                activations, batch, whole = sample_classes(net, images, batch, config.sampled, nearest)
            else:
                activations = net(images)
        frame_share = 1.0 if done < config.ctc_from else 0.5 if done < config.frame_until else 0.0
        loss = _loss(activations, batch, loss_of, frame_share, 1.0 if done >= config.ctc_from else 0.0)
        loss = loss + frame_share * whole
        if teacher is not None and done >= config.frame_until:
            with torch.no_grad(), torch.autocast(device.type, torch.bfloat16):
                soft = teacher(images)
            loss = loss + config.teacher_share * distillation_loss(activations, soft, batch.frames)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimizer.step()
        step, seen, losses = step + 1, seen + len(images), losses + float(loss)
        decay = min(config.average, (step + 1) / (step + 20))
        with torch.no_grad():
            for kept, new in zip(average.state_dict().values(), net.state_dict().values(), strict=True):
                if kept.is_floating_point():
                    kept.lerp_(new, 1 - decay)
                else:
                    kept.copy_(new)
        if step % 50 == 0:
            speed = seen / (time.monotonic() - started)
            count = f"{len(synthetic)}+{len(real)}"
            print(f"step {step} done {done:.3f} loss {losses / 50:.4f} lines/s {speed:.1f} lines {count}", flush=True)
            losses = 0.0

        if time.monotonic() - saved > config.checkpoint_minutes * 60 or done >= 1:
            minutes = spent + (time.monotonic() - started) / 60
            rates = {name: evaluate(average, lines, device)[0] for name, lines in dev.items()}
            trained = Trained(
                "recognize", config.net, {"classes": len(charset)}, average, asdict(config), charset.characters,
                metrics={f"cer {name}": rate for name, rate in rates.items()}, step=step, minutes=minutes, **known,
            )  # fmt: skip
            save(checkpoint, trained, resume={"net": net.state_dict(), "optimizer": optimizer.state_dict()})
            with (out / "log.csv").open("a", newline="") as file:
                shown = json.dumps({k: round(v, 4) for k, v in rates.items()})
                csv.writer(file).writerow([step, round(minutes, 1), round(float(loss), 4), shown])
            print(f"checkpoint {minutes:.1f} min", rates, flush=True)
            saved = time.monotonic()
            if done >= 1:
                return checkpoint
            if synthetic.load(shards(config.synthetic)) + real.load(shards(config.real)) and len(real):
                mixed = False  # take the new shards up with the next feed
