"""Text of the back of a sheet that shines through: fainter than the print of the page, and readable in a mirror.

Faint print stays: it is read more surely as it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ocr.percentiles import percentiles
from ocr.recognize import Reading

__all__ = ["back_contrast", "from_the_back", "show_through_warning"]

DOUBTFUL, UNSURE = 0.6, 0.9
"""Confidence below which a line may be from the back; and below which it is, on a page where others are."""
FAINT = 0.7
"""Greatest contrast of what shines through, as a share of that of the page's sure lines."""
LONG = 3.0
"""Least width, in heights, of lines that are looked at in a mirror."""
SAMPLE, LEAST = 8, 3
"""So many of them are, the longest ones; at least so many show what the page is."""
SURER, MUCH_SURER = 0.05, 0.25
"""By how much a line has to be read more surely in a mirror: half of the sample and its mean, and a single line by
itself, which is no longer doubtful there."""
LETTERS = 3
"""Least number of letters or digits of what is read in a mirror: a stroke is one there, too."""
READ = 0.3
"""Least confidence of lines that stay on a page where others are from the back, if a mirror makes them no surer."""
DARKEST = 90
"""Percentile of the contrasts of lines from the back that counts as that of the back."""
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
    contrast = [_contrast(picture) for picture in pictures]
    sure = [contrast[k] for k, reading in enumerate(readings) if long[k] and reading.confidence >= SURE]
    printed = float(np.median(sure)) if sure else max(contrast)
    faint = [k for k in doubtful if contrast[k] < FAINT * printed]
    sample = sorted(faint, key=lambda k: -pictures[k].shape[1])[:SAMPLE]
    if not sample:
        return none

    def mirrored(lines: Sequence[int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        others = read([np.ascontiguousarray(pictures[k][:, ::-1]) for k in lines])
        sure = np.array([other.confidence * (_letters(other) >= LETTERS) for other in others])
        return sure, sure - [readings[k].confidence for k in lines]

    sure_there, gain = mirrored(sample)
    if gain.mean() <= 0:
        return none
    left_out = {sample[k] for k in np.flatnonzero((gain > MUCH_SURER) & (sure_there > DOUBTFUL))}
    if len(sample) >= LEAST and 2 * (gain > SURER).sum() >= len(sample) and gain.mean() > SURER:
        weak = [
            k for k, reading in enumerate(readings) if reading.confidence < UNSURE and contrast[k] < FAINT * printed
        ]
        left_out |= {
            k for k, more in zip(weak, mirrored(weak)[1], strict=True) if readings[k].confidence < READ or more > 0
        }
    return [k in left_out for k in range(len(readings))]


def _letters(reading: Reading) -> int:
    return sum(map(str.isalnum, reading.text))


def back_contrast(pictures: Sequence[Picture]) -> float:
    """Contrast of the darkest lines of the back, in grey levels; 0 where there are too few to tell.

    Args:
        pictures: of the lines that are from the back, (H, W) grey.
    """
    if len(pictures) < LEAST:
        return 0.0
    return float(np.percentile([_contrast(picture) for picture in pictures], DARKEST))


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
