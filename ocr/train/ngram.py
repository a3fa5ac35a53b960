"""Make the language model of the ``lm`` decoder from the training texts; enter it into ``models/manifest.json``.

    python -m ocr.train.ngram DATA MODELS [--name lm-en]

Read are ``text/enwiki.txt``, ``text/eng.wordlist`` and the ``train/gt.jsonl`` of isri_unlv, old_books and sroie under
DATA, without the pages that are held out. ``ocr.train.decoding`` chooses how much the model counts.
"""

from __future__ import annotations

import argparse
import heapq
import json
import math
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ocr.recognize.language import BACKOFF_ZERO, LINE_END, OTHER, STEP, LanguageModel, fold
from ocr.train.publish import register
from ocr.train.shards import held_out

__all__ = ["backoffs", "bits", "build", "estimate", "known_words", "prune", "texts", "write"]

ORDER = 6
NODES = 180_000
"""N-grams that stay: what fits the file's size."""
WORDS = 30_000
LISTED = 40_000
"""So many words of the word list, which is in order of frequency, are known whether they occur in the texts or not."""
RARE = 40
"""Characters that occur less often are one class."""
PAGE_WEIGHT, RECEIPT_WEIGHT, LIST_WEIGHT = 2.5, 0.5, 0.3
"""What an occurrence counts in page texts, in each of four cases of a receipt, and in the word list; 1 in prose, which
has lost most of its commas and hyphens."""
PAGES = ("isri_unlv", "old_books")
PARAGRAPH = 100
"""Longer lines of a page's text are paragraphs."""

WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
Codes = NDArray[np.uint64]
Weighted = tuple[str, float]


def wrapped(rng: random.Random, text: str, widths: tuple[int, int] = (35, 80)) -> Iterator[str]:
    """Running text as lines of a book, some of which end within a word."""
    line, width = "", rng.randint(*widths)
    for word in text.split():
        if line and len(line) + len(word) >= width:
            if len(word) > 6 and word.isalpha() and rng.random() < 0.4:
                cut = rng.randint(2, len(word) - 3)
                yield f"{line} {word[:cut]}-"
                line = word[cut:]
            else:
                yield line
                line = word
            width = rng.randint(*widths)
        else:
            line = f"{line} {word}".strip()
    if line:
        yield line


def texts(data: Path) -> list[Weighted]:
    """The training texts, a line a line, each with the weight of its counts. No page that is held out is in them."""
    rng = random.Random(0)
    found: list[Weighted] = []
    prose = (data / "text" / "enwiki.txt").read_text(encoding="utf-8")
    prose = re.sub(r"([a-z]{2}[.?!])([A-Z])", r"\1 \2", prose)  # sentences that lost their space
    found.append((LINE_END.join(wrapped(rng, prose)), 1.0))
    for name in PAGES:
        lines = [
            line
            for row in _pages(data, name)
            for part in _lines(row)
            for line in (wrapped(rng, part) if len(part) > PARAGRAPH else [part])
        ]
        found.append((LINE_END.join(lines), PAGE_WEIGHT))
    receipts = [" ".join(str(text).split()) for row in _pages(data, "sroie") for _, text in row["boxes"]]
    for case in (str, str.title, str.capitalize, str.lower):
        found.append((LINE_END.join(map(case, receipts)), RECEIPT_WEIGHT))
    return found


def _pages(data: Path, name: str, *, held: bool = False) -> Iterator[dict[str, Any]]:
    with (data / name / "train" / "gt.jsonl").open(encoding="utf-8") as file:
        for row in map(json.loads, file):
            if held_out(f"{name}/{row['image']}") == held:
                yield row


def _lines(row: dict[str, Any]) -> Iterator[str]:
    """The lines of a page's text, cut at wide gaps; ``~`` stands for what the publishers could not read."""
    for part in re.split(r"[\n\t]+| {3,}", row["text"]):
        if part.strip() and "~" not in part:
            yield " ".join(part.split())


def known_words(weighted: Sequence[Weighted], listed: Sequence[str]) -> list[str]:
    """The most frequent words of the texts and of the list, in lower case, sorted."""
    counts: dict[str, float] = defaultdict(float)
    for text, weight in weighted:
        for word, n in Counter(WORD.findall(fold(text).lower())).items():
            if len(word) > 1 or word in "ai":
                counts[word] += n * weight
    for rank, word in enumerate(listed):
        low = fold(word).lower()
        if WORD.fullmatch(low) and (len(low) > 1 or low in "ai"):
            counts[low] += 2e4 / (rank + 1000)
    return sorted(word for word in heapq.nlargest(WORDS, counts, counts.__getitem__) if counts[word] >= 2)


@dataclass
class Level:
    """The n-grams of one length: codes in order (8 bits a character), their weight and probability."""

    codes: Codes
    counts: NDArray[np.float64]
    logs: NDArray[np.float64]

    def at(self, codes: Codes) -> NDArray[np.int64]:
        """Where codes stand that are known to be there."""
        return np.searchsorted(self.codes, codes)


def estimate(weighted: Sequence[Weighted], alphabet: str, order: int) -> list[Level]:
    """Interpolated Witten-Bell estimates (Bell, Cleary, Witten 1990) of every n-gram up to ``order``."""
    index = {character: k + 1 for k, character in enumerate(alphabet)}
    streams = []
    for text, weight in weighted:
        folded = f"{LINE_END}{fold(text)}{LINE_END}"
        other = index[OTHER]
        streams.append((np.array([index.get(c, other) for c in folded], np.uint64), weight))
    levels: list[Level] = []
    for n in range(1, order + 1):
        grams, weights = [], []
        for stream, weight in streams:
            codes = np.zeros(len(stream) - n + 1, np.uint64)
            for k in range(n):
                codes = (codes << np.uint64(8)) | stream[k : len(stream) - n + 1 + k]
            grams.append(codes)
            weights.append(np.full(len(codes), weight))
        codes, inverse = np.unique(np.concatenate(grams), return_inverse=True)
        counts = np.bincount(inverse, np.concatenate(weights)).astype(np.float64)
        starts = np.flatnonzero(np.diff(codes >> np.uint64(8), prepend=np.uint64(2**63)))
        family = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(codes))))
        total, kinds = np.add.reduceat(counts, starts)[family], np.bincount(family)[family]
        shorter = np.full(len(codes), 1 / len(alphabet)) if n == 1 else np.exp(_shorter(levels, codes, n))
        levels.append(Level(codes, counts, np.log((counts + kinds * shorter) / (total + kinds))))
    return levels


def _shorter(levels: Sequence[Level], codes: Codes, n: int) -> NDArray[np.float64]:
    """Log probability of the last character after one character less."""
    below = levels[n - 2]
    return below.logs[below.at(codes & np.uint64(256 ** (n - 1) - 1))]


def prune(levels: Sequence[Level], nodes: int) -> list[Level]:
    """The n-grams whose loss would cost most likelihood, with all that they begin and end with."""
    gains = [lv.counts * np.abs(lv.logs - _shorter(levels, lv.codes, n + 1)) for n, lv in enumerate(levels) if n]
    pool = np.concatenate(gains)
    room = nodes - len(levels[0].codes)
    low, high = 0.0, float(pool.max())
    for _ in range(40):  # the closure adds some, so the threshold is searched
        middle = (low + high) / 2 if high - low > 1e-3 * high else high
        kept = _closed(levels, [gain > middle for gain in gains])
        if sum(int(k.sum()) for k in kept) > room:
            low = middle
        else:
            high = middle
    kept = _closed(levels, [gain > high for gain in gains])
    return [levels[0]] + [Level(lv.codes[k], lv.counts[k], lv.logs[k]) for lv, k in zip(levels[1:], kept, strict=True)]


def _closed(levels: Sequence[Level], kept: Sequence[NDArray[np.bool_]]) -> list[NDArray[np.bool_]]:
    closed = [k.copy() for k in kept]
    for n in range(len(closed) - 1, 0, -1):
        codes, below = levels[n + 1].codes[closed[n]], levels[n]
        closed[n - 1][below.at(codes >> np.uint64(8))] = True
        closed[n - 1][below.at(codes & np.uint64(256 ** (n + 1) - 1))] = True
    return closed


def backoffs(levels: Sequence[Level]) -> list[NDArray[np.float64]]:
    """For each n-gram the log weight of the shorter context's estimates of what is not kept after it; 0 for leaves."""
    logs = []
    for n, level in enumerate(levels):
        weights = np.zeros(len(level.codes))
        if n + 1 < len(levels):
            longer = levels[n + 1]
            parent = level.at(longer.codes >> np.uint64(8))
            here = np.bincount(parent, np.exp(longer.logs), len(weights))
            there = np.bincount(parent, np.exp(_shorter(levels, longer.codes, n + 2)), len(weights))
            weights = np.log(np.maximum(1 - here, 1e-6) / np.maximum(1 - there, 1e-6))
        logs.append(weights)
    return logs


def write(path: Path, levels: Sequence[Level], alphabet: str, words: Sequence[str]) -> None:
    """The file as ``ocr.recognize.language`` describes it."""
    symbols: list[ArrayLike] = [[0]]
    probabilities: list[ArrayLike] = [[0]]
    weights: list[ArrayLike] = [[BACKOFF_ZERO]]
    children: list[ArrayLike] = [[len(levels[0].codes)]]
    for n, (level, back) in enumerate(zip(levels, backoffs(levels), strict=True)):
        symbols.append(level.codes & np.uint64(255))
        probabilities.append(np.round(-level.logs / STEP))
        weights.append(np.round(-back / STEP) + BACKOFF_ZERO)
        longer = levels[n + 1].codes >> np.uint64(8) if n + 1 < len(levels) else np.zeros(0, np.uint64)
        children.append(np.bincount(level.at(longer), minlength=len(level.codes)))
    np.savez_compressed(
        path,
        alphabet=np.array(alphabet),
        levels=np.array([1, *(len(level.codes) for level in levels)], np.int64),
        symbols=_bytes(symbols),
        probabilities=_bytes(probabilities),
        backoffs=_bytes(weights),
        children=_bytes(children),
        words=np.array("\n".join(words)),
    )


def _bytes(parts: Sequence[ArrayLike]) -> NDArray[np.uint8]:
    return np.concatenate([np.asarray(part, np.float64) for part in parts]).clip(0, 255).astype(np.uint8)


def bits(model: LanguageModel, lines: Iterable[str]) -> float:
    """Bits a character, line ends included."""
    scores = [(model.advance(model.start, line + LINE_END)[0], len(line) + 1) for line in lines]
    return -sum(score for score, _ in scores) / math.log(2) / max(1, sum(n for _, n in scores))


def build(data: Path, path: Path) -> dict[str, float]:
    """Make the file; the figures are the number of n-grams and words, and bits a character on the held-out pages."""
    weighted = texts(data)
    listed = (data / "text" / "eng.wordlist").read_text(encoding="utf-8").split("\n")[:LISTED]
    counts: Counter[str] = Counter()
    for text, _ in weighted:
        counts.update(fold(text))
    alphabet = LINE_END + OTHER + "".join(sorted(c for c, n in counts.items() if n >= RARE and c != LINE_END))
    words = known_words(weighted, listed)
    levels = prune(estimate([*weighted, (" ".join(listed), LIST_WEIGHT)], alphabet, ORDER), NODES)
    write(path, levels, alphabet, words)
    held = [row for name in PAGES for row in _pages(data, name, held=True)]
    return {
        "n-grams": sum(len(level.codes) for level in levels),
        "words": len(words),
        "bits a character": bits(LanguageModel(path), (line for row in held for line in _lines(row))),
    }


def main(arguments: Sequence[str]) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the data sets")
    parser.add_argument("models", type=Path, help="folder with manifest.json")
    parser.add_argument("--name", default="lm-en")
    options = parser.parse_args(arguments)
    path = options.models / f"{options.name}.npz"
    figures = build(options.data, path)
    print(f"{path}: {path.stat().st_size / 1e6:.2f} MB, {figures}")
    command = f"python -m ocr.train.ngram DATA {options.models.name}"
    register(options.models, {
        "name": options.name, "task": "language", "file": path.name, "params": int(figures["n-grams"]),
        "licence": "Apache-2.0",
        "trained_on": ["enwiki sample (CC BY-SA; counts only)", "eng.wordlist of tesseract langdata_lstm (Apache-2.0)",
                       "isri_unlv train", "old_books train", "sroie train (CC BY 4.0)"],
        "metrics": {"bits a character, held-out pages":
                    {"value": round(figures["bits a character"], 3), "command": command}},
    })  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
