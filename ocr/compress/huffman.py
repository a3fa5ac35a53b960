"""Canonical Huffman coding, as the last stage of Deep Compression (Han, Mao, Dally 2016): indices and gaps.

The paper stores a pruned, shared tensor as the indices of its weights that are not zero and the gaps between them, gaps
of more than 2 ** GAP_BITS - 1 being filled with a zero, and codes both with Huffman's code. :func:`coder_table` sets
that beside plain storage, beside Huffman coding of all ranks, and beside the packed file of :mod:`ocr.packed_weights`.

    python -m ocr.compress.huffman work/run/02-sharing.pt
"""

from __future__ import annotations

import heapq
import sys
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["code_lengths", "coder_table", "codes", "decode", "encode", "gaps_and_indices"]

GAP_BITS: Final = 5

Symbols = NDArray[np.int64]


def code_lengths(counts: Sequence[int]) -> list[int]:
    """Bits of each symbol's code; 0 for symbols that do not occur.

    Example:
        >>> code_lengths([4, 1, 1])
        [1, 2, 2]
    """
    heap: list[tuple[int, int, tuple[int, ...]]] = [
        (count, symbol, (symbol,)) for symbol, count in enumerate(counts) if count
    ]
    lengths = [0] * len(counts)
    if len(heap) == 1:
        lengths[heap[0][1]] = 1
    heapq.heapify(heap)
    while len(heap) > 1:
        a, b = heapq.heappop(heap), heapq.heappop(heap)
        merged = a[2] + b[2]
        for symbol in merged:
            lengths[symbol] += 1
        heapq.heappush(heap, (a[0] + b[0], min(a[1], b[1]), merged))
    return lengths


def codes(lengths: Sequence[int]) -> dict[int, tuple[int, int]]:
    """The canonical code: symbol to (value, bits); shorter codes first, then in the order of symbols."""
    made, value, before = {}, 0, 0
    for bits, symbol in sorted((bits, symbol) for symbol, bits in enumerate(lengths) if bits):
        value <<= bits - before
        made[symbol] = (value, bits)
        value, before = value + 1, bits
    return made


def encode(symbols: Symbols, lengths: Sequence[int]) -> bytes:
    """The codes of symbols, one after another, the first bit of each first; padded with zeros."""
    table = codes(lengths)
    width = max(lengths)
    rows = np.zeros((len(lengths), width), np.uint8)
    for symbol, (value, bits) in table.items():
        rows[symbol, :bits] = [value >> (bits - 1 - k) & 1 for k in range(bits)]
    used = np.arange(width) < np.asarray(lengths)[symbols][:, None]
    return np.packbits(rows[symbols][used]).tobytes()


def decode(data: bytes, lengths: Sequence[int], count: int) -> Symbols:
    """The first ``count`` symbols.

    Raises:
        ValueError: the data ends before.
    """
    by_code = {(bits, value): symbol for symbol, (value, bits) in codes(lengths).items()}
    out: list[int] = []
    value = bits = 0
    for bit in np.unpackbits(np.frombuffer(data, np.uint8)).tolist():
        if len(out) == count:
            break
        value, bits = value << 1 | bit, bits + 1
        if (bits, value) in by_code:
            out.append(by_code[bits, value])
            value = bits = 0
    if len(out) < count:
        raise ValueError("coded symbols are cut off")
    return np.array(out, np.int64)


def gaps_and_indices(ranks: Symbols, zero: int) -> tuple[Symbols, Symbols]:
    """The places between weights that are not zero, and their ranks; long gaps are bridged by zeros.

    Example:
        >>> gaps_and_indices(np.array([0, 0, 3, 1]), 0)
        (array([2, 0]), array([3, 1]))
    """
    most = 2**GAP_BITS - 1
    places = np.flatnonzero(ranks != zero)
    gaps = np.diff(places, prepend=-1) - 1
    bridges = gaps // (most + 1)
    at = np.cumsum(bridges + 1) - 1
    out_gaps = np.full(int((bridges + 1).sum()), most, np.int64)
    out_ranks = np.full(len(out_gaps), zero, np.int64)
    out_gaps[at], out_ranks[at] = gaps % (most + 1), ranks[places]
    return out_gaps, out_ranks


def _size(symbols: Symbols, alphabet: int) -> float:
    """Bytes of symbols in Huffman's code, with a byte for the length of each symbol's code."""
    counts = np.bincount(symbols, minlength=alphabet) if len(symbols) else np.zeros(alphabet, np.int64)
    return float(counts @ np.asarray(code_lengths(counts.tolist()))) / 8 + alphabet


def coder_table(tensors: Mapping[str, NDArray[np.float32]]) -> dict[str, float]:
    """Bytes of tensors of few values by way of storing them; the values themselves cost four bytes each everywhere.

    Returns:
        ``float`` plain values; ``fixed`` indices of equal length; ``huffman`` coded ranks; ``gaps`` coded gaps and
        indices as in the paper; ``entropy`` the bound for coding each weight by itself.
    """
    sizes = dict.fromkeys(("float", "fixed", "huffman", "gaps", "entropy"), 0.0)
    for array in tensors.values():
        values, ranks = np.unique(array, return_inverse=True)
        ranks, table = ranks.reshape(-1).astype(np.int64), 4 * len(values)
        sizes["float"] += 4 * array.size
        sizes["fixed"] += array.size * max(1, int(len(values) - 1).bit_length()) / 8 + table
        sizes["huffman"] += _size(ranks, len(values)) + table
        gaps, kept = gaps_and_indices(ranks, int(np.abs(values).argmin()))
        sizes["gaps"] += _size(gaps, 2**GAP_BITS) + _size(kept, len(values)) + table
        shares = np.bincount(ranks) / array.size
        sizes["entropy"] += float(-(shares[shares > 0] * np.log2(shares[shares > 0])).sum()) * array.size / 8 + table
    return sizes


def main(arguments: Sequence[str]) -> None:
    """Print the table of checkpoints."""
    from ocr.compress.pack import packed_size
    from ocr.compress.weights import compressed
    from ocr.train.checkpoint import load

    for path in arguments:
        trained = load(path, "recognize")
        tensors = {name: weight.detach().numpy() for name, weight in compressed(trained.net).items()}
        sizes = coder_table(tensors)
        cells = [f"{name} {size:,.0f}" for name, size in sizes.items()]
        sys.stdout.write(f"{path}: {', '.join(cells)}, .dcz with all else {packed_size(trained):,}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
