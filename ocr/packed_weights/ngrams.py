"""Packed language models: a ``.dcz`` file that holds the trie of n-grams of :mod:`ocr.recognize.language`.

In such a trie an n-gram stands only where its suffix, the n-gram without its first character, stands too. So the
children of a node are among those of its suffix, and no symbol has to be stored: for each child of the suffix one bit
says whether the node has it, too. The likelier an n-gram would be by its suffix's estimate, the likelier is the bit;
bits of like likelihood are coded together (:mod:`ocr.packed_weights.coder`). A child's probability is coded as its
difference from that of its suffix. ``docs/formats.md`` describes the file.
"""

from __future__ import annotations

import lzma
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ocr.errors import InputError
from ocr.packed_weights.coder import Layer, decode, encode
from ocr.packed_weights.container import opened, sealed

__all__ = ["NGrams", "pack_ngrams", "unpack_ngrams"]

STEPS: Final = 500
"""Values of a lane, about."""
FINE: Final = 8
"""Width of a group of like likelihood, of bits, in steps of the 8-bit logarithms."""
COARSE: Final = 32
"""The same, of differences."""
NEUTRAL: Final = 32
"""Back-off weight of n-grams without children, and of the root."""
LARGEST: Final = 1 << 23
"""n-grams that a level may have by its suffixes: thousands of characters have too many pairs for this form."""
FILTERS: Final = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "pb": 0}]
"""Of the word list."""

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class NGrams:
    """The arrays of a language model's file, by the names that :mod:`ocr.recognize.language` explains."""

    alphabet: str
    levels: Numbers
    symbols: Numbers
    probabilities: NDArray[np.uint8]
    backoffs: NDArray[np.uint8]
    children: Numbers
    words: tuple[str, ...]
    rare: str = ""
    shares: bytes = b""


@dataclass(frozen=True, slots=True)
class _Candidates:
    """What the nodes of a level may have as children: parents, the children of their suffixes, and groups of both."""

    parents: Numbers
    suffixes: Numbers
    likelihoods: Numbers


class _Trie:
    """Nodes level by level, as they become known.

    Attributes:
        first: node of each node's first child.
        links: node of each node's suffix.
        totals: negative logarithm of each n-gram's probability, the sum along its path.
    """

    def __init__(self, symbols: Numbers, probabilities: Numbers) -> None:
        size = len(symbols)
        self.symbols, self.probabilities = symbols, probabilities
        self.first, self.counts = np.ones(1, np.int64), np.array([size - 1])
        self.links, self.totals = np.zeros(size, np.int64), probabilities.copy()
        self.start = 1

    def candidates(self) -> _Candidates:
        """Of the last level."""
        nodes = np.arange(self.start, len(self.symbols))
        suffixes = self.links[nodes]
        counts = self.counts[suffixes]
        ends = np.cumsum(counts)
        if int(counts.sum()) > LARGEST:
            raise ValueError(f"{counts.sum():,} possible n-grams of a length, more than {LARGEST:,}")
        children = np.repeat(self.first[suffixes] - ends + counts, counts) + np.arange(ends[-1] if len(ends) else 0)
        parents = np.repeat(nodes, counts)
        return _Candidates(parents, children, self.totals[parents] + self.probabilities[children])

    def grow(self, found: _Candidates, probabilities: Numbers) -> None:
        """Add the next level: the candidates that exist, and their probabilities."""
        size = len(self.symbols)
        counts = np.bincount(found.parents - self.start, minlength=size - self.start)
        self.first = np.concatenate([self.first, size + np.cumsum(counts) - counts])
        self.counts = np.concatenate([self.counts, counts])
        self.symbols = np.concatenate([self.symbols, self.symbols[found.suffixes]])
        self.probabilities = np.concatenate([self.probabilities, probabilities])
        self.links = np.concatenate([self.links, found.suffixes])
        self.totals = np.concatenate([self.totals, self.totals[found.parents] + probabilities])
        self.start = size

    def end(self) -> None:
        """Say that the last level has no children."""
        nothing = np.zeros(0, np.int64)
        self.grow(_Candidates(nothing, nothing, nothing), nothing)


def _kept(found: _Candidates, mask: NDArray[np.bool_]) -> _Candidates:
    return _Candidates(found.parents[mask], found.suffixes[mask], found.likelihoods[mask])


def _inner(trie: _Trie) -> tuple[Numbers, Numbers]:
    """Nodes with children, but for the root, and the groups of their back-off weights: by the number of children."""
    nodes = np.flatnonzero(trie.counts[1:] > 0) + 1
    return nodes, np.floor(np.log2(trie.counts[nodes])).astype(np.int64)


# --------------------------------------------------------------------------------------------------------- writing


def pack_ngrams(model: NGrams, name: str, licence: str, trained_on: Sequence[str]) -> bytes:
    """A ``.dcz`` file; ``unpack_ngrams`` gives back the same arrays.

    Args:
        model: the arrays; children of a node are sorted by symbol, and every suffix is there.
        name: of the model, as the file says it.
        licence: an SPDX identifier, likewise.
        trained_on: the texts in words, likewise.

    Raises:
        ValueError: an n-gram without its suffix, one without children that has a back-off weight, or too many
            characters for this form.
    """
    ends = np.cumsum(model.levels)
    top = slice(0, int(ends[1]))
    trie = _Trie(model.symbols[top].astype(np.int64), model.probabilities[top].astype(np.int64))
    streams: list[bytes] = []
    ranges: list[list[list[int]]] = []
    parents = np.concatenate([[0], np.repeat(np.arange(len(model.children)), model.children)])
    for level in range(2, len(ends)):
        here = np.arange(ends[level - 1], ends[level])
        found = trie.candidates()
        wanted = parents[here] << 32 | model.symbols[here].astype(np.int64)
        mask = np.isin(found.parents << 32 | trie.symbols[found.suffixes], wanted)
        if int(mask.sum()) != len(here):
            raise ValueError("an n-gram is present without its suffix")
        coded, lows = _coded(mask.astype(np.int64), found.likelihoods // FINE)
        streams.append(coded)
        ranges.append(lows)
        found = _kept(found, mask)
        values = model.probabilities[here].astype(np.int64)
        coded, lows = _coded(values - trie.probabilities[found.suffixes], found.likelihoods // COARSE)
        streams.append(coded)
        ranges.append(lows)
        trie.grow(found, values)
    trie.end()
    nodes, groups = _inner(trie)
    leaves = np.setdiff1d(np.arange(len(trie.symbols)), nodes)
    if (model.backoffs[leaves] != NEUTRAL).any():
        raise ValueError("a back-off weight without children")
    coded, lows = _coded(model.backoffs[nodes].astype(np.int64), groups)
    words = lzma.compress(_fronted(model.words), lzma.FORMAT_RAW, filters=FILTERS)
    symbols = trie.symbols[1 : int(ends[1])].astype("<u2").tobytes()
    plain = [symbols, trie.probabilities[1 : int(ends[1])].astype(np.uint8).tobytes(), model.shares, words]
    parts = [*plain, *streams, coded]
    about = {
        "ngrams": {"name": name, "licence": licence, "trained_on": list(trained_on)}, "alphabet": model.alphabet,
        "rare": model.rare, "levels": model.levels.tolist(), "ranges": [*ranges, lows], "parts": list(map(len, parts)),
    }  # fmt: skip
    return sealed(about, b"", b"".join(parts))


def _coded(values: Numbers, groups: Numbers) -> tuple[bytes, list[list[int]]]:
    """Values coded group by group, and of each group its least value and how many there are from there on."""
    order = np.argsort(groups, kind="stable")
    values, sizes = values[order], _sizes(groups)
    ranks, ranges, at = np.zeros(len(values), np.uint8), [], 0
    for size in sizes:
        own = values[at : at + size]
        low = int(own.min())
        ranges.append([low, min(256, int(own.max()) - low + 1)])
        ranks[at : at + size] = (own - low) & 255
        at += size
    return encode(ranks, _layers(sizes, ranges), _lanes(len(values))) if len(values) else b"", ranges


def _sizes(groups: Numbers) -> list[int]:
    """How many values each group has, in the order of their numbers."""
    counts: list[int] = np.unique(groups, return_counts=True)[1].tolist()
    return counts


def _layers(sizes: Sequence[int], ranges: Sequence[Sequence[int]]) -> list[Layer]:
    if len(sizes) != len(ranges):
        raise ValueError("another number of groups than stated")
    if any(not 0 < span <= 256 for _, span in ranges):
        raise ValueError("a range that no group has")
    return [
        Layer(size, span, min(max(-low, 0), span - 1), 1, 1) for size, (low, span) in zip(sizes, ranges, strict=True)
    ]


def _lanes(size: int) -> int:
    return max(1, size // STEPS)


def _fronted(words: Sequence[str]) -> bytes:
    """Sorted words: for each the number of characters that it shares with the one before, then the others."""
    shared, rest, before = bytearray(), [], ""
    for word in words:
        same = 0
        while same < min(len(before), len(word), 255) and before[same] == word[same]:
            same += 1
        shared.append(same)
        rest.append(word[same:])
        before = word
    return struct.pack("<I", len(words)) + bytes(shared) + "\n".join(rest).encode()


# --------------------------------------------------------------------------------------------------------- reading


def unpack_ngrams(path: Path, data: bytes | None = None) -> NGrams:
    """The arrays of a packed language model.

    Args:
        path: of the file; what errors name.
        data: its bytes, if they have been read.

    Raises:
        InputError: the file is damaged, of a later version, or holds a network.
    """
    about, _, rest = opened(path, data)
    if "ngrams" not in about:
        raise InputError(f"{path}: holds a network, not a language model; name it with --recognizer or --detector")
    try:
        return _unpacked(about, rest)
    except (ValueError, KeyError, TypeError, IndexError, StopIteration, struct.error, lzma.LZMAError) as error:
        raise InputError(f"{path}: damaged ({str(error) or 'cut off'}); fetch or pack it again") from error


def _unpacked(about: Mapping[str, Any], rest: bytes) -> NGrams:
    levels = np.array(about["levels"], np.int64)
    if not (isinstance(about["alphabet"], str) and isinstance(about["rare"], str)):
        raise ValueError("an alphabet that is no text")
    if levels.sum() > LARGEST or (levels < 0).any() or levels[0] != 1:
        raise ValueError("more n-grams than any model has")
    parts = _parts(rest, about["parts"])
    symbols = np.frombuffer(next(parts), "<u2").astype(np.int64)
    probabilities = np.frombuffer(next(parts), np.uint8).astype(np.int64)
    shares, words = next(parts), lzma.decompress(next(parts), lzma.FORMAT_RAW, filters=FILTERS)
    trie = _Trie(np.concatenate([[0], symbols]), np.concatenate([[0], probabilities]))
    ranges = iter(about["ranges"])
    for size in levels[2:]:
        found = trie.candidates()
        mask = _decoded(next(parts), found.likelihoods // FINE, next(ranges))
        found = _kept(found, mask == 1)
        if len(found.parents) != size:
            raise ValueError("another number of n-grams than stated")
        differences = _decoded(next(parts), found.likelihoods // COARSE, next(ranges))
        trie.grow(found, trie.probabilities[found.suffixes] + differences & 255)
    trie.end()
    nodes, groups = _inner(trie)
    backoffs = np.full(len(trie.symbols), NEUTRAL, np.uint8)
    backoffs[nodes] = _decoded(next(parts), groups, next(ranges)) & 255
    return NGrams(
        about["alphabet"], levels, trie.symbols, trie.probabilities.astype(np.uint8), backoffs, trie.counts,
        tuple(_unfronted(words)), about["rare"], shares,
    )  # fmt: skip


def _parts(rest: bytes, sizes: Sequence[int]) -> Iterator[bytes]:
    """The sections of a file, one after another."""
    at = 0
    for size in sizes:
        yield rest[at : at + size]
        at += size
    if at != len(rest):
        raise ValueError("sections of another length than stated")


def _decoded(data: bytes, groups: Numbers, ranges: Sequence[Sequence[int]]) -> Numbers:
    """What ``_coded`` was given."""
    if not len(groups):
        return groups
    order, sizes = np.argsort(groups, kind="stable"), _sizes(groups)
    ranks = decode(data, _layers(sizes, ranges), _lanes(len(groups))).astype(np.int64)
    values = np.empty_like(groups)
    values[order] = ranks + np.repeat([low for low, _ in ranges], sizes)
    return values


def _unfronted(data: bytes) -> Iterator[str]:
    """What ``_fronted`` was given."""
    [count] = struct.unpack_from("<I", data)
    shared, before = data[4 : 4 + count], ""
    for same, rest in zip(shared, data[4 + count :].decode().split("\n"), strict=True):
        before = before[:same] + rest
        yield before
