"""Choose how much the language model counts: held-out lines read greedily and with settings of the ``lm`` decoder.

    python -m ocr.train.language.decoding SHARD.npz... [--recognizer NAME] [--language NAME] [--set weight=0.3 ...]
        [--changes]

Printed is the decoder's setting as it is and with each of its numbers lower and higher (or only what ``--set`` says):
character errors, wrong lines, lines that became better and worse, and time. ``--changes`` prints the changed lines.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from ocr.evaluate import normalise
from ocr.recognize.charset import Charset
from ocr.recognize.crnn import CrnnRecognizer
from ocr.recognize.ctc import Spelled, greedy
from ocr.recognize.doubtful import Frames, LanguageDecoder, Settings
from ocr.recognize.language import LanguageModel
from ocr.train.recognize.data import LineSet
from ocr.transcribe.numerals import spell_numbers
from ocr.weights import defaults, language_model, model

__all__ = ["Tally", "compare", "neighbours"]

Decode = Callable[[Frames], tuple[list[Spelled], NDArray[np.float32]]]
FACTOR = 1.6
CASELESS = ("sroie",)
"""Sets whose labels have no trustworthy case."""


@dataclass(slots=True)
class Tally:
    """What became of some lines under one decoder, beside the greedy one."""

    edits: int = 0
    characters: int = 0
    wrong: int = 0
    better: int = 0
    worse: int = 0
    changed: list[tuple[str, str, str]] = field(default_factory=list)
    caseless: bool = False

    def add(self, truth: str, plain: str, reading: str) -> None:
        """Count a line: its text, its greedy reading and this decoder's."""
        fold: Callable[[str], str] = str.casefold if self.caseless else str
        was, now = (Levenshtein.distance(*(fold(normalise(t)) for t in (truth, text))) for text in (plain, reading))
        self.edits += now
        self.characters += len(normalise(truth))
        self.wrong += now > 0
        self.better += now < was
        self.worse += now > was
        if plain != reading:
            self.changed.append((truth, plain, reading))

    def join(self, other: Tally) -> None:
        """Count the lines of another tally too."""
        for name in ("edits", "characters", "wrong", "better", "worse"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.changed += other.changed

    def __str__(self) -> str:
        return (
            f"CER {self.edits / max(1, self.characters):.5f}  wrong {self.wrong:4d}  changed {len(self.changed):4d}"
            f"  better {self.better:3d}  worse {self.worse:3d}"
        )


def compare(
    lines: Sequence[tuple[str, Frames]], characters: str, decode: Decode, tally: Tally | None = None
) -> tuple[Tally, float]:
    """The tally of lines with their truth, and the seconds that the decoder took."""
    tally, seconds = tally or Tally(), 0.0
    for truth, frames in lines:
        plain = _text(characters, greedy(frames.classes, frames.probabilities))
        start = time.process_time()
        spelled, _ = decode(frames)
        seconds += time.process_time() - start
        tally.add(truth, plain, _text(characters, spelled))
    return tally, seconds


def _text(characters: str, spelled: Sequence[Spelled]) -> str:
    return spell_numbers("".join(characters[s.label - 1] for s in spelled))


def neighbours(settings: Settings) -> Iterator[tuple[str, Settings]]:
    """The settings, and those with one number lower or higher."""
    yield "as it is", settings
    for item in fields(settings):
        value = getattr(settings, item.name)
        if item.name == "sure":
            changed = [1 - (1 - value) * FACTOR, 1 - (1 - value) / FACTOR]
        else:
            changed = [type(value)(value / FACTOR), type(value)(value * FACTOR)]
        for other in changed:
            yield f"{item.name} {other:.3g}", replace(settings, **{item.name: other})


def main(arguments: Sequence[str]) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shards", type=Path, nargs="+", help="held-out lines")
    parser.add_argument("--recognizer", default=defaults("en")[1])
    parser.add_argument("--language", default=language_model("en"))
    parser.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE", help="other settings, and no neighbours")
    parser.add_argument("--changes", action="store_true", help="print the lines that change")
    options = parser.parse_args(arguments)
    recognizer = CrnnRecognizer(options.recognizer, threads=1)
    language = LanguageModel.load(options.language)
    characters = model(options.recognizer).charset
    sets: dict[str, list[tuple[str, Frames]]] = {}
    start = time.process_time()
    for path in sorted(options.shards):
        lines = LineSet(Charset(characters))
        lines.load([path])
        rows = zip(lines.texts, map(recognizer.frames, lines.pictures), strict=True)
        sets.setdefault(path.stem.rpartition("-")[2], []).extend(rows)
    print(f"net: {time.process_time() - start:.2f} s")
    changes = {name: type(getattr(Settings(), name))(float(value)) for name, _, value in
               (item.partition("=") for item in options.set)}  # fmt: skip
    trials: list[tuple[str, Decode]] = [("greedy", lambda frames: (greedy(*frames[:2]), frames.probabilities))]
    settings = [(" ".join(options.set), replace(Settings(), **changes))] if changes else neighbours(Settings())
    trials += [(name, LanguageDecoder(language, characters, setting)) for name, setting in settings]
    for k, (name, decode) in enumerate(trials):
        everything = Tally()
        for part, lines_ in sets.items():
            tally, seconds = compare(lines_, characters, decode, Tally(caseless=part in CASELESS))
            everything.join(tally)
            if k < 2:
                print(f"  {name:<14} {part:<10} {tally}  {seconds:.2f} s")
        print(f"{name:<16} all        {everything}", flush=True)
        for row in everything.changed if options.changes and k == 1 else ():
            print("", *row, sep="\n    ")


if __name__ == "__main__":
    main(sys.argv[1:])
