"""A language model made smaller: n-grams dropped by relative entropy, then packed as a ``.dcz`` file.

Stolcke, "Entropy-based Pruning of Backoff Language Models", 1998: an n-gram goes whose removal changes the model least,
which is its own probability times how much its estimate differs from that of its suffix. All of this stands in the
model itself, so no text is needed. Back-off weights are computed anew, logarithms rounded to coarser steps, and known
words kept.

    ocr compress models/lm-en.npz --target-bytes 100K -o work/lm-en
    python -m ocr.compress.language models/lm-en.npz work/lm-en/lm-en-small.dcz --data data

The second command prints bits a character of English models on the pages that are held out of their texts.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from ocr.errors import InputError, OcrError, UsageError
from ocr.output import replacing
from ocr.packed_weights import NGrams, is_packed, pack_ngrams, unpack_ngrams
from ocr.recognize.language import STEP, LanguageModel, read_arrays
from ocr.train.language.corpus import english
from ocr.train.language.ngram import Level, bits, prune, write
from ocr.weights import manifest

__all__ = ["Smaller", "compress_language", "levels_of", "main", "pruned"]

GRAIN: Final = 2
"""Steps of ``ocr.recognize.language.STEP`` that logarithms are rounded to."""
TRIALS: Final = 6
"""Numbers of n-grams that are tried for a size."""
CLOSE: Final = 0.98
"""A file of this share of the size is near enough."""


@dataclass(frozen=True, slots=True)
class Smaller:
    """A packed language model.

    Attributes:
        file: of it.
        before, after: n-grams of the model and of the packed one.
        bytes: of the file.
        met: whether that is the size that was asked for, or less.
    """

    file: Path
    before: int
    after: int
    bytes: int
    met: bool


def levels_of(model: NGrams) -> list[Level]:
    """The n-grams of each length; their counts are their probabilities."""
    order = len(model.levels) - 1
    width, ends = 64 // order, np.cumsum(model.levels)
    parents = np.concatenate([[0], np.repeat(np.arange(len(model.children)), model.children)])
    codes, logs = np.zeros(len(parents), np.uint64), np.zeros(len(parents))
    levels = []
    for n in range(1, order + 1):
        here = slice(int(ends[n - 1]), int(ends[n]))
        above = parents[here]
        codes[here] = codes[above] << np.uint64(width) | model.symbols[here].astype(np.uint64)
        own = -STEP * model.probabilities[here].astype(float)
        logs[here] = logs[above] + own
        levels.append(Level(width, codes[here], np.exp(logs[here]), own))
    return levels


def pruned(model: NGrams, nodes: int) -> NGrams:
    """The model with at most so many n-grams, single characters always among them."""
    levels = levels_of(model)
    kept = prune(levels, nodes) if nodes < sum(len(level.codes) for level in levels) else levels
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pruned.npz"
        write(path, kept, model.alphabet, model.words, GRAIN)
        made = read_arrays(path)
    return NGrams(
        made.alphabet, made.levels, made.symbols, made.probabilities, made.backoffs, made.children, made.words,
        model.rare, model.shares,
    )  # fmt: skip


def compress_language(path: Path, size: int, out: Path, name: str = "") -> Smaller:
    """Write the largest model of at most ``size`` bytes into a folder, or the smallest where none is that small.

    Args:
        path: an ``.npz`` file of `ocr train language`.
        size: bytes.
        out: the folder, made if missing.
        name: of the model; by default that of the file with ``-small``.

    Raises:
        UsageError: the model is packed already, or of too many characters for the packed form.
        InputError: the file is missing or no language model.
    """
    if is_packed(path):
        raise UsageError(f"{path}: packed already; compression starts from the .npz file")
    if not path.is_file():
        raise InputError(f"{path}: there is no such file; models/lm-en.npz is ours")
    try:
        model = read_arrays(path)
        levels = levels_of(model)
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise InputError(
            f"{path}: damaged or not a language model; name one such as models/lm-en.npz, or make one: "
            "ocr train language"
        ) from error
    every = sum(len(level.codes) for level in levels)
    least = len(levels[0].codes)
    record = next((record for record in manifest().models.values() if record.file == path.name), None)
    said = (record.licence, record.trained_on) if record else ("", ())
    name = name or f"{path.stem}-small"

    def packed(nodes: int) -> tuple[NGrams, bytes]:
        made = pruned(model, nodes)
        try:
            return made, pack_ngrams(made, name, *said)
        except ValueError as error:
            raise UsageError(f"{path}: cannot be packed: {error}") from error

    best = packed(least)
    low, high, floor = least, every + 1, len(best[1])
    nodes = every
    for _ in range(TRIALS if len(best[1]) < size else 0):
        made = packed(nodes)
        length = len(made[1])
        if length <= size:
            best, low = made, nodes
        else:
            high = nodes
        if CLOSE * size < length <= size or high - low < 2:
            break
        grow = (size - floor) / max(1, length - floor)  # the words are a constant, n-grams nearly proportional
        nodes = int(np.clip(nodes * 0.99 * grow, low + 1, high - 1))
    kept, data = best
    file = out / f"{name}.dcz"
    out.mkdir(parents=True, exist_ok=True)
    with replacing(file) as stream:
        stream.write(data)
    if unpack_ngrams(file).levels.tolist() != kept.levels.tolist():
        raise OcrError(f"{file}: reads back another model than was packed")
    return Smaller(file, every, int(kept.levels.sum()) - 1, len(data), len(data) <= size)


def main(arguments: Sequence[str]) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    options = parser.parse_args(arguments)
    held = english(options.data).held
    for path in options.files:
        found = bits(LanguageModel(path), held)
        sys.stdout.write(f"{path}: {path.stat().st_size:,} bytes, {found:.3f} bits a character\n")


if __name__ == "__main__":
    main(sys.argv[1:])
