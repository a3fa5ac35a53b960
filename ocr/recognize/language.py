"""A character language model in a small file: probabilities of characters after others, and a list of known words.

The file (``ocr train language`` makes it) is a trie of n-grams in level order. A node is an n-gram;
its children are those that begin with it, by their last character. Log probabilities and back-off weights have 8 bits.

| array | of | |
|---|---|---|
| ``alphabet`` | text | class ``i + 1``; ``0`` stands for any digit, newline for both line ends, U+FFFD for the rest |
| ``levels`` | order + 1 | nodes of each length; the root has length 0 |
| ``symbols`` | nodes | class of the last character |
| ``probabilities``, ``backoffs`` | nodes | negative logs in steps of ``STEP``; of back-offs from ``BACKOFF_ZERO`` on |
| ``children`` | nodes | number of children |
| ``words`` | text | known words of letters in lower case, one a line, sorted |
| ``rare``, ``shares`` | text, its length | rare characters, and their shares of that class; may be missing |

``shares`` are also negative logs in steps of ``STEP``.
"""

from __future__ import annotations

import unicodedata
import zlib
from array import array
from bisect import bisect_left
from functools import cache
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import numpy as np
from numpy.typing import NDArray

from ocr.errors import InputError
from ocr.packed_weights import SUFFIX, NGrams, is_packed, unpack_ngrams
from ocr.weights import language_file

__all__ = ["BACKOFF_ZERO", "LINE_END", "OTHER", "STEP", "LanguageModel", "fold", "read_arrays", "read_member"]

STEP = 1 / 16
"""Nats per step of the 8-bit values."""
KEY = 1 << 16
"""Larger than the number of classes."""
BACKOFF_ZERO = 32
"""8-bit value of a back-off weight of 1; smaller values are weights above 1."""
LINE_END = "\n"
OTHER = "\ufffd"
SIGNS = str.maketrans(
    dict.fromkeys("‘’‚`´", "'")
    | dict.fromkeys("“”„«»", '"')
    | dict.fromkeys("–—−", "-")
    | dict.fromkeys("123456789", "0")
)
ACCENTED = "".join(chr(c) for first, end in ((0xC0, 0x250), (0x1E00, 0x1F00)) for c in range(first, end))
BEYOND = frozenset(c for c in (*ACCENTED, *map(chr, range(0x370, 0x530))) if c.isalpha())
"""Accented Latin letters, Greek and Cyrillic ones."""
SHAPES = SIGNS | {ord(c): base for c in ACCENTED if (base := unicodedata.normalize("NFD", c)[0]).isascii()}


def fold(text: str, *, accents: bool = False) -> str:
    """``text`` as a model sees it: digits are not distinguished, nor are kinds of quotes and of dashes.

    Args:
        text: of a line.
        accents: whether the model tells accented letters from plain ones.

    Example:
        >>> fold("‘1984’ – a résumé"), fold("résumé", accents=True)
        ("'0000' - a resume", 'résumé')
    """
    return text.translate(SIGNS if accents else SHAPES)


class LanguageModel:
    """Scores text character by character. Threads may share it.

    A state is an ``int`` for the longest n-gram of the model that the text so far ends with.

    Args:
        path: the ``.npz`` file, a ``.dcz`` file that ``ocr compress`` made of one, or an archive of such files.
        member: code of the language in an archive.

    Raises:
        InputError: the file is not such a model.
    """

    def __init__(self, path: Path, member: str = "") -> None:
        try:
            if member:
                file = unpack_ngrams(path, read_member(path, f"{member}{SUFFIX}"))
            else:
                file = unpack_ngrams(path) if is_packed(path) else read_arrays(path)
            levels = file.levels.tolist()
            symbols = file.symbols.astype(np.int64)
            first = np.concatenate([[1], 1 + np.cumsum(file.children)])
            links = _links(symbols, file.children, levels)
        except (OSError, ValueError, KeyError, IndexError) as error:
            raise _unfit(path, error) from error
        alphabet, self.words, self._shares = file.alphabet, frozenset(file.words), file.shares
        self.accents = any(c in BEYOND for c in alphabet)
        """Whether it tells accented letters from plain ones."""
        self._classes = {character: i + 1 for i, character in enumerate(alphabet + file.rare)}
        self._last, self._other = len(alphabet), alphabet.index(OTHER) + 1
        self._symbols = array("H", symbols.astype(np.uint16).tobytes())
        self._first = array("I", first.astype(np.uint32).tobytes())
        self._links = array("I", links.astype(np.uint32).tobytes())
        self._probabilities = file.probabilities.tobytes()
        self._backoffs = file.backoffs.tobytes()
        self.order = len(levels) - 1
        self.start = self.step(0, self.class_of(LINE_END))[1]

    @classmethod
    def load(cls, name: str) -> LanguageModel:
        """The model of this name in ``models/manifest.json``, loaded once.

        Args:
            name: in an archive, with a colon and the code of the language: ``lm-european:da``.

        Raises:
            UsageError: the manifest does not know it.
            DependencyError: its file is missing.
        """
        name, _, member = name.partition(":")
        return _load(language_file(name), member)

    def class_of(self, character: str) -> int:
        """The class of a character after folding; rare characters come after those of the alphabet."""
        return self._classes.get(self.fold(character)) or self._classes[OTHER]

    def likelihood(self, text: str) -> float:
        """Log probability of a line."""
        return self.advance(self.start, text + LINE_END)[0]

    def fold(self, text: str) -> str:
        """The text as this model sees it."""
        return fold(text, accents=self.accents)

    def step(self, state: int, symbol: int) -> tuple[float, int]:
        """Log probability of a class after ``state``, and the new state."""
        steps = 0
        if symbol > self._last:
            steps, symbol = self._shares[symbol - self._last - 1], self._other
        while True:
            end = self._first[state + 1]
            node = bisect_left(self._symbols, symbol, self._first[state], end)
            if node < end and self._symbols[node] == symbol:
                return -STEP * (steps + self._probabilities[node]), node
            if not state:
                return -STEP * (steps + 255), 0
            steps += self._backoffs[state] - BACKOFF_ZERO
            state = self._links[state]

    def advance(self, state: int, text: str) -> tuple[float, int]:
        """Log probability of ``text`` after ``state``, and the new state."""
        total = 0.0
        for character in text:
            score, state = self.step(state, self.class_of(character))
            total += score
        return total, state


def read_arrays(path: Path) -> NGrams:
    """The arrays of an ``.npz`` file."""
    with np.load(path) as file:
        rare = str(file["rare"]) if "rare" in file else ""
        return NGrams(
            str(file["alphabet"]), file["levels"], file["symbols"], file["probabilities"], file["backoffs"],
            file["children"].astype(np.int64), tuple(str(file["words"]).split("\n")), rare,
            file["shares"].tobytes() if rare else b"",
        )  # fmt: skip


def read_member(path: Path, member: str) -> bytes:
    """A file in an archive of language models.

    Raises:
        InputError: it is no such archive, or is damaged.
    """
    try:
        with ZipFile(path) as archive:
            return archive.read(member)
    except (OSError, KeyError, BadZipFile, zlib.error) as error:
        raise _unfit(path, error) from error


def _unfit(path: Path, error: Exception) -> InputError:
    return InputError(f"{path}: not a language model ({error}); run: pip install --force-reinstall ocr")


@cache
def _load(path: Path, member: str) -> LanguageModel:
    return LanguageModel(path, member)


def _links(symbols: NDArray[np.int64], children: NDArray[np.int64], levels: list[int]) -> NDArray[np.int64]:
    """For each node, that of the n-gram without its first character."""
    parents = np.concatenate([[0], np.repeat(np.arange(len(children)), children)])
    keys = parents * KEY + symbols
    links = np.zeros(len(children), np.int64)
    ends = np.cumsum(levels)
    for level in range(2, len(levels)):
        here = slice(ends[level - 1], ends[level])
        shorter = slice(ends[level - 2], ends[level - 1])
        wanted = links[parents[here]] * KEY + symbols[here]
        found = np.searchsorted(keys[shorter], wanted) + ends[level - 2]
        if not np.array_equal(keys[found.clip(0, len(keys) - 1)], wanted):
            raise ValueError("an n-gram is present without its suffix")
        links[here] = found
    return links
