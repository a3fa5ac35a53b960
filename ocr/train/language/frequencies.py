"""Frequencies of words in some thirty languages, from the package wordfreq (Speer 2022; its data: CC BY-SA 4.0).

python -m ocr.train.language.frequencies cache/languages

Needs ``wordfreq``. Writes ``LANGUAGE.words.txt`` for each language: a word and its occurrences in a billion on a line,
the most frequent first. Croatian and Serbian share one list.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from ocr.languages import LANGUAGES

__all__ = ["main"]

MOST = 60_000
LISTS = {"hr": "sh"}
"""What the package calls a language."""


def main(arguments: Sequence[str]) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    options = parser.parse_args(arguments)
    wordfreq = importlib.import_module("wordfreq")
    options.out.mkdir(parents=True, exist_ok=True)
    there = wordfreq.available_languages("best")
    for code in LANGUAGES:
        name = LISTS.get(code, code)
        if name not in there or code == "zh":
            continue
        found = wordfreq.get_frequency_dict(name, wordlist="best")
        words = sorted(found, key=lambda word: (-found[word], word))[:MOST]
        path = options.out / f"{code}.words.txt"
        path.write_text("".join(f"{word} {round(found[word] * 1e9)}\n" for word in words), encoding="utf-8")
        print(f"{path}: {len(words):,} words")


if __name__ == "__main__":
    main(sys.argv[1:])
