"""Choose the weight of the language model: read held-out lines greedily and with settings of the ``lm`` decoder.

    python -m ocr.train.language.decoding SHARD.npz... [--recognizer NAME] [--language NAME] [--set weight=0.3 ...]
        [--changes]

For the decoder's settings as they are, and with each of its numbers lower and higher (or for those of ``--set`` alone),
this prints the character error rate, the wrong lines, the lines that became better and worse, and the time.
``--changes`` prints the changed lines, too.
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

from ocr.errors import UsageError
from ocr.evaluate import normalise
from ocr.recognize.charset import Charset
from ocr.recognize.crnn import CrnnRecognizer
from ocr.recognize.ctc import Spelled, greedy
from ocr.recognize.doubtful import Frames, LanguageDecoder, Settings
from ocr.recognize.language import LanguageModel
from ocr.train.recognize.data import LineSet
from ocr.transcribe.numerals import spell_numbers
from ocr.weights import defaults, language_model

__all__ = ["Tally", "changed_settings", "compare", "neighbours"]

Decode = Callable[[Frames], tuple[list[Spelled], NDArray[np.float32]]]
FACTOR = 1.6
"""By which numbers are made lower and higher."""
CASELESS = ("sroie",)
"""Sets whose labels are in capitals throughout: case does not count there."""


@dataclass(slots=True)
class Tally:
    """How lines read with one decoder compare with their greedy readings.

    Attributes:
        edits: character errors.
        characters: of the texts.
        wrong: lines with errors.
        better: lines with fewer errors than their greedy readings.
        worse: lines with more.
        changed: (text, greedy reading, reading) of the lines that differ from their greedy readings.
        caseless: whether case does not count.
    """

    edits: int = 0
    characters: int = 0
    wrong: int = 0
    better: int = 0
    worse: int = 0
    changed: list[tuple[str, str, str]] = field(default_factory=list)
    caseless: bool = False

    def add(self, truth: str, plain: str, reading: str) -> None:
        """Count a line.

        Args:
            truth: its text.
            plain: its greedy reading.
            reading: that of the decoder.
        """
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
        """Add the counts of another tally."""
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
    """Read lines with a decoder; returns their tally and the seconds that the decoder took.

    Args:
        lines: text and frames of each.
        characters: in class order.
        decode: the decoder.
        tally: to add to; None begins a new one.
    """
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
    """The settings by name: as they are, and with one number lower or higher."""
    yield "as they are", settings
    for item in fields(settings):
        value = getattr(settings, item.name)
        if item.name == "sure":
            changed = [1 - (1 - value) * FACTOR, 1 - (1 - value) / FACTOR]
        else:
            changed = [type(value)(value / FACTOR), type(value)(value * FACTOR)]
        for other in changed:
            yield f"{item.name} {other:.3g}", replace(settings, **{item.name: other})


def changed_settings(texts: Sequence[str]) -> Settings:
    """The decoder's settings with those of some ``NAME=VALUE``.

    Raises:
        UsageError: there is no such setting, or the value is no number.
    """
    settings = Settings()
    known = [item.name for item in fields(settings)]
    for text in texts:
        name, _, value = text.partition("=")
        if name not in known:
            raise UsageError(f"there is no setting {name!r}; the settings are {', '.join(known)}")
        try:
            number = float(value)
        except ValueError as error:
            raise UsageError(f"{text}: the value is no number; write {name}=0.3") from error
        settings = replace(settings, **{name: type(getattr(settings, name))(number)})
    return settings


def frames_of(recognizer: CrnnRecognizer, shards: Sequence[Path]) -> dict[str, list[tuple[str, Frames]]]:
    """Texts and frames of the lines of shards, by set: the last part of a shard's name."""
    sets: dict[str, list[tuple[str, Frames]]] = {}
    for path in sorted(shards):
        lines = LineSet(Charset(recognizer.characters))
        lines.load([path])
        rows = zip(lines.texts, map(recognizer.frames, lines.pictures), strict=True)
        sets.setdefault(path.stem.rpartition("-")[2], []).extend(rows)
    return sets


def main(arguments: Sequence[str]) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shards", type=Path, nargs="+", help="held-out lines")
    parser.add_argument("--recognizer", default=defaults("en")[1], help="name or file of a model")
    parser.add_argument("--language", default=language_model("en"), help="name of a language model")
    parser.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE", help="these settings, without neighbours")
    parser.add_argument("--changes", action="store_true", help="print the lines that change")
    options = parser.parse_args(arguments)
    recognizer, language = CrnnRecognizer(options.recognizer, threads=1), LanguageModel.load(options.language)
    characters = recognizer.characters
    start = time.process_time()
    sets = frames_of(recognizer, options.shards)
    print(f"net: {time.process_time() - start:.2f} s")
    tried = [(" ".join(options.set), changed_settings(options.set))] if options.set else neighbours(Settings())
    trials: list[tuple[str, Decode]] = [("greedy", lambda frames: (greedy(*frames[:2]), frames.probabilities))]
    trials += [(name, LanguageDecoder(language, characters, settings)) for name, settings in tried]
    for k, (name, decode) in enumerate(trials):
        everything = Tally()
        for part, lines in sets.items():
            tally, seconds = compare(lines, characters, decode, Tally(caseless=part in CASELESS))
            everything.join(tally)
            if k < 2:
                print(f"  {name:<14} {part:<10} {tally}  {seconds:.2f} s")
        print(f"{name:<16} all        {everything}", flush=True)
        for row in everything.changed if options.changes and k == 1 else ():
            print("", *row, sep="\n    ")


if __name__ == "__main__":
    main(sys.argv[1:])
