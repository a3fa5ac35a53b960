"""Machine-readable zones whose layout is not one of those that are read, so that they can be named as such.

Driving licences, vehicle documents and older national cards have zones in the typeface and with the fillers of ICAO Doc
9303, but with other lines and fields.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from ocr.mrz.formats import CHARACTERS, FILLER
from ocr.recognize.doubtful import Frames

__all__ = ["spelled", "zone_like"]

LEAST, MOST = 20, 60
"""Fewest and most characters of a line."""
FILLERS = 2
"""Fewest fillers next to each other in one of the lines: words on a page have none, spaces are read as single ones."""
LEGIBLE, SHARE = 0.8, 0.95
"""Least probability of a legible character, and the least share of characters that are legible."""


def spelled(frames: Frames) -> tuple[str, list[float]]:
    """The characters of a line, read without a format, and their probabilities."""
    text, sure, at = "", [], 0
    for label, run in groupby(frames.classes.tolist()):
        end = at + len(list(run))
        if label:
            text += CHARACTERS[label - 1]
            sure.append(float(frames.probabilities[at:end].max()))
        at = end
    return text, sure


def zone_like(lines: Sequence[Frames]) -> tuple[str, ...]:
    """The lines, if they are legible, of one length, and have the fillers of a zone; else empty."""
    read = [spelled(frames) for frames in lines]
    texts, sure = tuple(text for text, _ in read), np.array([one for _, every in read for one in every])
    if not all(LEAST <= len(text) <= MOST for text in texts) or len({len(text) for text in texts}) > 1:
        return ()
    legible = float((sure > LEGIBLE).mean()) >= SHARE
    return texts if legible and any(FILLER * FILLERS in text for text in texts) else ()
