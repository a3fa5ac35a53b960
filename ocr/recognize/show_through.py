"""Text of the back of a sheet that shines through: fainter than the print of the page, and readable in a mirror.

Faint print stays: it is read more surely as it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ocr.percentiles import percentiles
from ocr.recognize import Reading

__all__ = ["from_the_back", "show_through_warning"]

DOUBTFUL, UNSURE = 0.6, 0.9
"""Confidence below which a line may be from the back; and below which it is, on a page where others are."""
FAINT = 0.7
"""Greatest contrast of what shines through, as a share of that of the page's sure lines."""
LONG = 3.0
"""Least width, in heights, of lines that are looked at in a mirror."""
SAMPLE, LEAST = 8, 3
"""So many of them are, the longest ones; at least so many show what the page is."""
SURER, MUCH_SURER = 0.05, 0.25
"""By how much a line has to be read more surely in a mirror: half of the sample, and a single line by itself."""
SURE = 0.8
"""Least confidence of lines whose contrast is that of the page's print."""

Picture = NDArray[np.uint8]


def from_the_back(
    pictures: Sequence[Picture],
    readings: Sequence[Reading],
    read: Callable[[Sequence[Picture]], Sequence[Reading]],
) -> list[bool]:
    """Which lines of a page are text of its back.

    Args:
        pictures: of the lines, (H, W) grey.
        readings: of these.
        read: reads pictures.
    """
    none = [False] * len(readings)
    long = [picture.shape[1] > LONG * picture.shape[0] for picture in pictures]
    doubtful = [k for k, reading in enumerate(readings) if long[k] and reading.confidence < DOUBTFUL]
    if not doubtful:
        return none
    sure = [k for k, reading in enumerate(readings) if long[k] and reading.confidence >= SURE]
    printed = float(np.median([_contrast(pictures[k]) for k in sure])) if sure else np.inf
    faint = [k for k in doubtful if _contrast(pictures[k]) < FAINT * printed]
    sample = sorted(faint, key=lambda k: -pictures[k].shape[1])[:SAMPLE]
    if not sample:
        return none
    mirrored = read([np.ascontiguousarray(pictures[k][:, ::-1]) for k in sample])
    gain = [other.confidence - readings[k].confidence for k, other in zip(sample, mirrored, strict=True)]
    if len(sample) >= LEAST and 2 * sum(more > SURER for more in gain) >= len(sample):
        weak = (reading.confidence < UNSURE for reading in readings)
        return [w and _contrast(picture) < FAINT * printed for w, picture in zip(weak, pictures, strict=True)]
    surely = {k for k, more in zip(sample, gain, strict=True) if more > MUCH_SURER}
    return [k in surely for k in range(len(readings))]


def show_through_warning(number: int, left_out: int) -> tuple[str, ...]:
    """A warning that lines of the back were left out, if some were.

    Args:
        number: of the page.
        left_out: how many lines.
    """
    if not left_out:
        return ()
    lines = "1 line that shines" if left_out == 1 else f"{left_out} lines that shine"
    were = "was" if left_out == 1 else "were"
    return (f"page {number}: {lines} through from the back {were} left out",)


def _contrast(picture: Picture) -> float:
    """Difference of tone between the ink of a line and its paper."""
    dark, light = percentiles(picture[::2, ::2], 4, 90)
    return float(light - dark)
