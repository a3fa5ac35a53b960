"""Where a Chinese recogniser fails: accuracy by kind of degradation, and by frequency of the character.

python -m ocr.train.recognize.bands crnn-zh-int8 --fonts CJK --beside FONTS --corpus zh.txt ... [--lines 300]
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from ocr.evaluate.text import squash
from ocr.pipeline import Reader
from ocr.train.recognize.shards import add_han_sources, han_synth
from ocr.train.synth.lines import HAN_LOOKS

__all__ = ["Band", "bands", "by_frequency"]

BANDS = (("1-500", 500), ("501-1500", 1500), ("1501-3500", 3500), ("3501-6000", 6000), ("rarer", 10**9))
"""Ranks of characters in the corpora."""
SEED = 8 * 10**9

Pair = tuple[str, str]
"""Truth and reading."""


class Band(Counter[str]):
    """Counts of ``right`` and of ``all`` characters."""

    @property
    def accuracy(self) -> float:
        """Share of the characters that was read."""
        return self["right"] / max(1, self["all"])


def bands(pairs: Iterable[Pair], ranks: dict[str, int]) -> dict[str, Band]:
    """Han characters of the texts by their frequency: which were read, in the alignment with the fewest edits."""
    found = {name: Band() for name, _ in BANDS}
    for truth, reading in pairs:
        lost = {op.src_pos for op in Levenshtein.editops(truth, reading) if op.tag != "insert"}
        for i, character in enumerate(truth):
            if "一" <= character <= "鿿":
                rank = ranks.get(character, 10**8)
                name = next(name for name, last in BANDS if rank <= last)
                found[name].update(all=1, right=i not in lost)
    return found


def by_frequency(corpora: Iterable[Path]) -> dict[str, int]:
    """Rank of each Han character in the corpora, 1 the most common."""
    counts = Counter(c for path in corpora for c in path.read_text(encoding="utf-8", errors="ignore"))
    han = [c for c, _ in counts.most_common() if "一" <= c <= "鿿"]
    return {c: rank for rank, c in enumerate(han, 1)}


def _accuracy(pairs: Sequence[Pair]) -> tuple[float, float]:
    """Accuracy of characters and of lines; spaces, case and width forms do not count."""
    folded = [(squash(truth), squash(reading)) for truth, reading in pairs]
    wrong = sum(min(len(a), Levenshtein.distance(a, b)) for a, b in folded)
    return 1 - wrong / max(1, sum(len(a) for a, _ in folded)), sum(a == b for a, b in folded) / max(1, len(folded))


def main(arguments: Sequence[str]) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    add_han_sources(parser)
    parser.add_argument("--lines", type=int, default=300, help="lines of each kind of degradation")
    parser.add_argument("--worst", type=int, default=0, help="how many of the worst lines are printed")
    options = parser.parse_args(arguments)
    recognizer = Reader("zh", recognizer=options.model, threads=1).recognizer
    every: list[Pair] = []
    for number, look in enumerate(HAN_LOOKS):
        synth = han_synth(options, {look: 1.0})
        samples = [synth.sample(SEED + number * 10**6 + k) for k in range(options.lines)]
        readings = recognizer([sample.picture for sample in samples])
        pairs = [(sample.text, reading.text) for sample, reading in zip(samples, readings, strict=True)]
        print("{:10} characters {:.4f} lines {:.4f}".format(look, *_accuracy(pairs)), flush=True)
        every += pairs
    for name, band in bands(every, by_frequency(options.corpus)).items():
        print(f"{name:10} characters {band.accuracy:.4f} of {band['all']}")
    every.sort(key=lambda pair: -Levenshtein.normalized_distance(squash(pair[0]), squash(pair[1])))
    for truth, reading in every[: options.worst]:
        print(f"{truth}\n  {reading}")


if __name__ == "__main__":
    main(sys.argv[1:])
