"""Redaction: fields of an identity card are painted black."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.document import Quad
from ocr.errors import UsageError
from ocr.geometry import grow
from ocr.idcard.card import BACK, FRONT, IdCard
from ocr.source import Input, single_page

__all__ = ["redact"]

MARGIN = 0.15
"""Margin that is painted around a field, as a share of its height."""
PORTRAIT = "portrait"


def redact(
    input: Input,
    card: IdCard,
    fields: Sequence[str] = ("number", "address"),
    *,
    page: int | None = None,
    password: str | None = None,
) -> NDArray[np.uint8]:
    """Paint fields of an identity card black, in a copy of the image.

    Args:
        input: the image that the card was read from: a path, ``"-"`` for stdin, the bytes of a file, a binary file
            object, a PIL image or an array.
        card: the result for this image; its boxes say where to paint.
        fields: names of fields of :class:`ocr.IdCard`, and ``portrait``.
        page: of a PDF or TIFF with several pages, from 1.
        password: of an encrypted PDF.

    Returns:
        The painted copy, (H, W) grey or (H, W, 3) RGB of uint8.

    Raises:
        UsageError: there is no such field, or it was not found, so it may still be visible; or the input has several
            pages and ``page`` is missing.
        InputError: the image cannot be opened.

    Example:
        >>> card = ocr.read_id_card("samples/card-front.jpg")
        >>> ocr.redact("samples/card-front.jpg", card, ("number", "portrait")).shape
        (960, 1280, 3)
    """
    if not isinstance(card, IdCard):
        raise UsageError(f"card must be an ocr.IdCard, as ocr.read_id_card gives it, not of type {type(card).__name__}")
    quads = [_box(card, name) for name in fields]
    painted = single_page(input, page=page, password=password)[0].pixels.copy()
    for quad in quads:
        corners = np.array(grow(quad, MARGIN * quad.height, MARGIN * quad.height).points)
        cv2.fillConvexPoly(painted, corners.round().astype(np.int32), (0, 0, 0))
    return painted


def _box(card: IdCard, name: str) -> Quad:
    fields = {name: getattr(card, name) for name in (*FRONT, *BACK)} | dict(card.others)
    if name not in (*fields, PORTRAIT):
        raise UsageError(f"an identity card has no field {name!r}; choose from {', '.join((*fields, PORTRAIT))}")
    box = card.portrait_box if name == PORTRAIT else fields[name].box
    if box is None:
        raise UsageError(f"{name} was not found on the card, so it cannot be redacted; name other fields")
    return box
