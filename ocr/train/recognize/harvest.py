"""Real lines with true text: readings of a page's lines, aligned with the page's ground truth; the truth is the label.

    python -m ocr.train.recognize.harvest detect ROOT LABELS.json.gz SET...
    python -m ocr.train.recognize.harvest read ROOT LABELS.json.gz CHECKPOINT OUT_DIR

ROOT holds the data sets (``SET/SPLIT/gt.jsonl``). LABELS has one page a line with the quads of its text lines: those of
another detector (``ocr.train.detect.labels``), or of ours (the first command). A line is kept only if the alignment is
unambiguous. One page in twelve goes to ``held-*`` shards, which are for calibration and measuring, never for training.
Text that a set gives in capitals gets the case of the reading.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from ocr.detect.db import DbDetector
from ocr.document import Quad
from ocr.geometry import crop_line, widened
from ocr.recognize.charset import Charset
from ocr.train.checkpoint import load
from ocr.train.recognize.accuracy import read_lines
from ocr.train.recognize.net import Crnn
from ocr.train.recognize.shards import held_out, write_shard
from ocr.weights import defaults

__all__ = ["detect", "harvest", "main", "match_line", "match_page", "recase"]

HEIGHT = 32
WIDEST = 1700
"""Columns; wider lines are left out."""
LIMIT, BOX_LIMIT = 0.25, 0.34
"""Edits for each character that a reading may differ from its true line, and from the text of its box."""
CPU = torch.device("cpu")
PLAIN = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-"})

Line = tuple[NDArray[np.uint8], str]


TYPED = frozenset("'\"")
"""Quotes that the text of a page has wherever print has curly ones: which kind stands there is not known."""


def recase(truth: str, reading: str) -> str:
    """``truth`` (in capitals) with the case of ``reading`` where the two agree, else with that of the letters around.

    The first letter of a line stays a capital unless it was read as a small one.
    """
    out = list(truth)
    known: list[int] = []
    for code in Levenshtein.opcodes(truth.casefold(), reading.casefold()):
        if code.tag == "equal" and len(truth.casefold()) == len(truth) and len(reading.casefold()) == len(reading):
            for k in range(code.src_end - code.src_start):
                out[code.src_start + k] = reading[code.dest_start + k]
                known.append(code.src_start + k)
    for k in set(range(1, len(truth))) - set(known):
        near = [out[j] for j in (k - 2, k - 1, k + 1, k + 2) if j in known and out[j].isalpha()]
        if near and sum(c.islower() for c in near) * 2 > len(near):
            out[k] = truth[k].lower()
    return "".join(out)


def match_line(reading: str, truth: str, limit: float) -> bool:
    """Whether a reading is that of a true line: at most ``limit`` edits for each character, and both ends agree."""
    a, b = reading.translate(PLAIN), truth.translate(PLAIN)
    if not a or not b:
        return False
    edits = Levenshtein.distance(a, b)
    if edits > limit * max(len(a), len(b)):
        return False
    head = Levenshtein.distance(a[:4], b[:4]) <= 2
    tail = Levenshtein.distance(a[-4:], b[-4:]) <= 2
    return head and tail


def match_page(readings: Sequence[str], truth: str, limit: float = LIMIT) -> Iterator[tuple[int, str]]:
    """(index of the reading, its true text) for every reading whose place in the page's text is certain.

    Compared are first the lines of the truth, then any stretch of its running text that begins and ends with words.
    Texts with quotes of a typewriter are left out.
    """
    lines = [" ".join(part.split()) for row in truth.split("\n") for part in (row, *re.split(r"\t+| {3,}", row))]
    lines = [line for line in dict.fromkeys(lines) if line and "~" not in line]
    running = " ".join(truth.split())
    for k, reading in enumerate(readings):
        if len(reading) < 2:
            continue
        plain = reading.translate(PLAIN)
        scored = sorted((Levenshtein.normalized_distance(plain, line.translate(PLAIN)), line) for line in lines)[:2]
        if scored and match_line(reading, scored[0][1], limit):
            close = len(scored) > 1 and scored[1][0] < scored[0][0] + 0.1 and scored[0][0] > 0
            if not close and TYPED.isdisjoint(scored[0][1]):
                yield k, scored[0][1]
            continue
        if len(reading) >= 12:
            found = _stretch(reading, running, limit)
            if found and TYPED.isdisjoint(found):
                yield k, found


def _stretch(reading: str, running: str, limit: float) -> str:
    """The stretch of the running text that a reading is of; empty if that is not certain."""
    spot = fuzz.partial_ratio_alignment(reading.translate(PLAIN), running.translate(PLAIN))
    if spot is None or spot.score < 100 * (1 - limit):
        return ""
    start, end = spot.dest_start, spot.dest_end
    while 0 < start < len(running) and running[start - 1] != " ":  # to the word's beginning
        start -= 1
    hyphen = reading[-1] in "-‐" and end < len(running)
    whole = end
    while whole < len(running) and running[whole] != " ":
        whole += 1
    candidates = [running[start:whole].strip()]
    before = running.rfind(" ", start, end)
    if before > start:
        candidates.append(running[start:before].strip())
    after = running.find(" ", start)
    if 0 < after < end:
        candidates += [c[after + 1 - start :].strip() for c in candidates[:2]]
    if hyphen:  # a word broken at the line's end stands whole in the truth
        stem = reading[:-1].rsplit(" ", 1)[-1]
        at = running.find(stem, max(0, whole - len(stem) - 24), whole + 24)
        if len(stem) >= 2 and at >= 0:
            candidates = [running[start : at + len(stem)] + "-", *candidates]
    best = min(candidates, key=lambda c: Levenshtein.distance(c.translate(PLAIN), reading.translate(PLAIN)))
    plain, read_plain = best.translate(PLAIN), reading.translate(PLAIN)  # character for character
    ends_agree = plain[:2] == read_plain[:2] and plain[-2:] == read_plain[-2:]
    return best if "~" not in best and ends_agree and match_line(reading, best, limit) else ""


def boxed(quads: Sequence[Quad], truth: Sequence[tuple[Quad, str]]) -> list[tuple[Quad, str]]:
    """Quads that hold whole boxes of the ground truth and cut through none, with the texts from left to right."""
    found = []
    for quad in quads:
        left, top, right, bottom = quad.hull
        parts, cut = [], False
        for box, text in truth:
            a, b, c, d = box.hull
            beside = max(0.0, min(bottom, d) - max(top, b)) / max(1.0, min(bottom - top, d - b))
            inside = max(0.0, min(right, c) - max(left, a)) / max(1.0, c - a)
            if beside > 0.5 and inside > 0.9:
                parts.append((a, text))
            elif beside > 0.35 and inside > 0.04:
                cut = True
        if parts and not cut:
            found.append((quad, " ".join(text for _, text in sorted(parts))))
    return found


def lines_of(
    page: NDArray[np.uint8], quads: Sequence[Quad], truth: dict[str, Any], net: Crnn, charset: Charset
) -> list[Line]:
    """The lines of a page whose text is certain: crops (32, W) and texts."""
    if truth.get("boxes"):
        boxes = [(Quad.of(q), " ".join(str(t).split())) for q, t in truth["boxes"]]
        boxes = [(q, t) for q, t in boxes if t and min(q.width, q.height) > 4]
        pairs = [*boxes, *boxed(quads, boxes)]
        pictures = [crop_line(page, q, HEIGHT) for q, _ in pairs]
        return [
            (p, recase(t, r))
            for p, (_, t), r in zip(pictures, pairs, read_lines(net, charset, pictures, CPU), strict=True)
            if match_line(r.casefold(), t.casefold(), BOX_LIMIT)
        ]
    pictures = [crop_line(page, q, HEIGHT) for q in quads if min(q.width, q.height) > 4]
    readings = read_lines(net, charset, pictures, CPU)
    return [(pictures[k], text) for k, text in match_page(readings, str(truth["text"]))]


def harvest(root: Path, labels: Path, checkpoint: Path, out: Path) -> None:
    """Write shards of the lines of all pages that ``labels`` names, and print how many lines each has.

    Args:
        root: folder of the data sets.
        labels: quads of the pages' lines.
        checkpoint: of a recogniser.
        out: folder of the shards.
    """
    trained = load(checkpoint, "recognize")
    charset = Charset(trained.charset)
    net = trained.net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    assert isinstance(net, Crnn)
    truths: dict[str, dict[str, Any]] = {}
    kept: dict[str, list[Line]] = {}
    with gzip.open(labels, "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            name, split, _ = row["image"].split("/", 2)
            if row["image"] not in truths:
                with (root / name / split / "gt.jsonl").open(encoding="utf-8") as gt:
                    truths |= {f"{name}/{split}/{r['image']}": r for r in map(json.loads, gt)}
            page = np.asarray(Image.open(root / row["image"]).convert("L"))
            found = lines_of(page, [Quad.of(q) for q in row["lines"]], truths[row["image"]], net, charset)
            shard = f"{'held' if held_out(row['image'].replace('/train/', '/')) else 'harvest'}-{name}"
            fit = [(p, t) for p, t in found if p.shape[1] <= WIDEST and all(c in charset for c in t)]
            kept.setdefault(shard, []).extend(fit)
    for shard, rows in kept.items():
        write_shard(out / f"{shard}.npz", rows)
        print(f"{shard}: {len(rows)} lines")


def detect(root: Path, labels: Path, sets: Sequence[str]) -> None:
    """Write the line quads that our own detector finds on all training pages, with margins as for reading.

    Args:
        root: folder of the data sets.
        labels: file to write.
        sets: their names.
    """
    detector, rng = DbDetector(defaults("en")[0], 1), random.Random(0)
    with gzip.open(labels, "wt", encoding="utf-8") as file:
        for name in sets:
            with (root / name / "train" / "gt.jsonl").open(encoding="utf-8") as gt:
                images = [f"{name}/train/{json.loads(line)['image']}" for line in gt]
            for image in images:
                page = np.asarray(Image.open(root / image).convert("L"))
                quads = widened([region.quad for region in detector(page)], rng.uniform(0.1, 0.5))
                file.write(json.dumps({"image": image, "lines": [quad.to_json() for quad in quads]}) + "\n")


def main(arguments: Sequence[str]) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    finding = verbs.add_parser("detect", help="find the lines of the training pages of data sets")
    reading = verbs.add_parser("read", help="read the lines that were found, and keep those whose text is certain")
    for verb in (finding, reading):
        verb.add_argument("root", type=Path, help="folder of the data sets")
        verb.add_argument("labels", type=Path, help="quads of lines, .json.gz")
    finding.add_argument("sets", nargs="+", metavar="SET", help="names of data sets")
    reading.add_argument("checkpoint", type=Path, help="of a recogniser")
    reading.add_argument("out", type=Path, help="folder for the shards")
    options = parser.parse_args(arguments)
    if options.verb == "detect":
        detect(options.root, options.labels, options.sets)
    else:
        harvest(options.root, options.labels, options.checkpoint, options.out)


if __name__ == "__main__":
    main(sys.argv[1:])
