"""Paints over fields of an identity card."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.document import Quad
from ocr.errors import UsageError
from ocr.geometry import grow
from ocr.idcard.card import BACK, FRONT, IdCard
from ocr.source import Input, open_source

__all__ = ["redact"]

MARGIN = 0.15
"""Painted beyond a field on all sides, as a share of its height."""
PORTRAIT = "portrait"


def redact(image: Input, card: IdCard, fields: Sequence[str] = ("number", "address")) -> NDArray[np.uint8]:
    """A copy of a picture with fields of its card painted black: (H, W) grey or (H, W, 3) RGB.

    Args:
        image: the picture that the card was read from.
        card: what was read; its boxes say where to paint.
        fields: names of fields of :class:`ocr.IdCard`, and ``portrait``.

    Raises:
        UsageError: there is no such field, or it was not found, so that it may still be in sight.
        InputError: the picture cannot be opened.

    Example:
        >>> ocr.redact("front.jpg", ocr.read_id_card("front.jpg")).shape  # doctest: +SKIP
        (960, 1280, 3)
    """
    quads = [_box(card, name) for name in fields]
    with open_source(image) as source:
        painted = source.page(1).pixels.copy()
    for quad in quads:
        corners = np.array(grow(quad, MARGIN * quad.height, MARGIN * quad.height).points)
        cv2.fillConvexPoly(painted, corners.round().astype(np.int32), (0, 0, 0))
    return painted


def _box(card: IdCard, name: str) -> Quad:
    if name not in (*FRONT, *BACK, PORTRAIT):
        raise UsageError(f"an identity card has no field {name!r}; choose from {', '.join((*FRONT, *BACK, PORTRAIT))}")
    box = card.portrait_box if name == PORTRAIT else card.fields[name].box
    if box is None:
        raise UsageError(f"{name} was not found on the card, so it cannot be painted over; name other fields")
    return box
