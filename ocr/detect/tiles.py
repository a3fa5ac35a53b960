"""Sheets larger than the net's working size are run in overlapping tiles, whose maps are joined seamlessly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

__all__ = ["spans", "stitched"]

Map = NDArray[np.float32]


def spans(length: int, side: int, overlap: int) -> Iterator[tuple[int, int, int, int]]:
    """Cut ``length`` into tiles of at most ``side`` that overlap by at least ``overlap``.

    Yields:
        (start, stop, keep_from, keep_to): the tile, and the part of it that is kept. The kept parts meet without gap or
        overlap, halfway through each overlap.

    Example:
        >>> list(spans(100, 60, 20))
        [(0, 60, 0, 50), (40, 100, 50, 100)]
    """
    if length <= side:
        yield 0, length, 0, length
        return
    count = -(-(length - overlap) // (side - overlap))
    starts = [round(k * (length - side) / (count - 1)) for k in range(count)]
    seams = [0, *((a + side + b) // 2 for a, b in pairwise(starts)), length]
    for start, (first, last) in zip(starts, pairwise(seams), strict=True):
        yield start, start + side, first, last


def stitched(
    image: NDArray[np.uint8], net: Callable[[NDArray[np.uint8]], Map], stride: int, side: int, overlap: int
) -> Map:
    """The map of a large page, ceil(H / stride) x ceil(W / stride), from maps of its tiles.

    Each point comes from the tile in which it has at least ``overlap / 2`` pixels of surroundings, so that a line
    across a seam stays one line in the map.

    Args:
        image: (H, W) grey.
        net: an (h, w) tile to its map, ceil(h / stride) x ceil(w / stride).
        stride: pixels per map point.
        side: largest tile side; a multiple of ``stride``.
        overlap: least overlap of neighbours; a multiple of ``2 * stride``.
    """
    height, width = (-(-n // stride) for n in image.shape)
    side, overlap = side // stride, overlap // stride
    result = np.zeros((height, width), np.float32)
    for top, bottom, first_y, last_y in spans(height, side, overlap):
        for left, right, first_x, last_x in spans(width, side, overlap):
            tile = net(image[top * stride : bottom * stride, left * stride : right * stride])
            part = tile[first_y - top : last_y - top, first_x - left : last_x - left]
            result[first_y:last_y, first_x:last_x] = part
    return result
