"""Entropy coding in lanes: what comes back, how small it is, and what a damaged stream does."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.packed_weights.coder import Layer, decode, encode, lanes_for


def ranks(size: int, alphabet: int, seed: int = 0) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    """Ranks of levels most of which are in the middle."""
    normal = np.random.default_rng(seed).normal(alphabet // 2, 0.6, size)
    return np.clip(np.rint(normal), 0, alphabet - 1).astype(np.uint8)


@pytest.mark.parametrize("lanes", [1, 7, 64])
@pytest.mark.parametrize("sizes", [(1,), (500, 3, 77), (4096,)])
def test_round_trip(sizes: tuple[int, ...], lanes: int) -> None:
    layers = [Layer(size, 3 + 12 * k, (3 + 12 * k) // 2, 1, 9) for k, size in enumerate(sizes)]
    every = np.concatenate([ranks(layer.size, layer.alphabet, k) for k, layer in enumerate(layers)])
    assert (decode(encode(every, layers, lanes), layers, lanes) == every).all()


def test_alphabet_of_one_and_of_256_values() -> None:
    layers = [Layer(300, 1, 0), Layer(3000, 256, 128)]
    every = np.concatenate([np.zeros(300, np.uint8), np.random.default_rng(1).integers(0, 256, 3000, dtype=np.uint8)])
    coded = encode(every, layers, 4)
    assert (decode(coded, layers, 4) == every).all()
    assert len(coded) < 3000 * 1.1  # 256 equally likely values take a byte each


def test_size_is_near_the_entropy() -> None:
    size = 200_000
    every = ranks(size, 9)
    shares = np.bincount(every) / size
    entropy = -(shares[shares > 0] * np.log2(shares[shares > 0])).sum() * size / 8
    assert len(encode(every, [Layer(size, 9, 4)], lanes_for(size))) < 1.02 * entropy


def test_neighbours_pay_where_zeros_come_in_runs() -> None:
    runs = np.repeat(ranks(4000, 9), 25)
    near, far = (len(encode(runs, [Layer(len(runs), 9, 4, distance, distance + 1)], 32)) for distance in (1, 700))
    assert near < 0.4 * far


@pytest.mark.parametrize("where", [2, 40, -3])
def test_damaged_stream_is_noticed_or_differs(where: int) -> None:
    every = ranks(5000, 9)
    coded = bytearray(encode(every, [Layer(5000, 9, 4)], 4))
    coded[where] ^= 255
    with pytest.raises(ValueError, match=r"damaged|cut off"):
        decode(bytes(coded), [Layer(5000, 9, 4)], 4)


def test_short_stream_is_noticed() -> None:
    coded = encode(ranks(5000, 9), [Layer(5000, 9, 4)], 4)
    for end in (3, 16, len(coded) // 2 * 2 - 400):
        with pytest.raises(ValueError, match=r"damaged|cut off"):
            decode(coded[:end], [Layer(5000, 9, 4)], 4)
