"""A drawn identity card laid into a larger image: its pixels there, and where its texts and its portrait end up."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.document import Quad
from ocr.idcard.layout import HEIGHT, WIDTH
from ocr.train.synth.cards import CORNER_RADIUS, SCALE, Card, Color

__all__ = ["Matrix", "card_quad", "laid", "laid_at", "mapped", "mapped_card"]

Matrix = NDArray[np.float64]
"""Homography (3, 3): pixels of a drawn card to pixels of the image."""

OUTLINE = Quad.rect(0, 0, WIDTH * SCALE, HEIGHT * SCALE)
"""A drawn card in its own pixels."""


def mapped(matrix: Matrix, quad: Quad) -> Quad:
    """A quad whose corners are mapped by a homography."""
    points = cv2.perspectiveTransform(np.array([quad.points], np.float64), matrix)
    return Quad.of(points[0].tolist())


def mapped_card(matrix: Matrix, card: Card) -> Card:
    """A card whose runs and portrait are mapped by a homography; its own image stays."""
    runs = tuple(replace(run, quad=mapped(matrix, run.quad)) for run in card.runs)
    return replace(card, runs=runs, portrait=mapped(matrix, card.portrait) if card.portrait else None)


def card_quad(center: tuple[float, float], width: float, degrees: float) -> Quad:
    """The outline of a card of a width in pixels about a centre, rotated clockwise."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    a, b = width / 2, width / 2 * HEIGHT / WIDTH
    corners = ((-a, -b), (a, -b), (a, b), (-a, b))
    return Quad.of([(center[0] + x * cos - y * sin, center[1] + x * sin + y * cos) for x, y in corners])


def laid(card: Card, background: Color, target: Quad) -> tuple[Color, Card, Quad]:
    """Lay a card onto a background.

    Args:
        card: the card as drawn.
        background: (H, W, 3) RGB.
        target: where its corners go, from its own top left clockwise, in pixels of the background.

    Returns:
        The background with the card on it, the card with its quads there, and its outline there.
    """
    source, corners = np.array(OUTLINE.points, np.float32), np.array(target.points, np.float32)
    matrix = np.asarray(cv2.getPerspectiveTransform(source, corners), np.float64)
    size = (background.shape[1], background.shape[0])
    scale = math.sqrt(abs(np.linalg.det(matrix[:2, :2])))
    sharp = cv2.GaussianBlur(card.picture, (0, 0), 0.42 / scale) if scale < 0.8 else card.picture
    picture = cv2.warpPerspective(sharp, matrix, size, flags=cv2.INTER_LINEAR).astype(np.uint8)
    inside = cv2.warpPerspective(_mask(card.picture.shape), matrix, size, flags=cv2.INTER_LINEAR) > 127
    return np.where(inside[..., None], picture, background), mapped_card(matrix, card), mapped(matrix, OUTLINE)


def laid_at(
    card: Card, background: Color, center: tuple[float, float], width: float, degrees: float
) -> tuple[Color, Card, Quad]:
    """Lay a card flat onto a background: its width in pixels about a centre, rotated clockwise. See :func:`laid`."""
    return laid(card, background, card_quad(center, width, degrees))


def _mask(shape: tuple[int, ...]) -> Color:
    """White where a card is, black beyond its rounded corners."""
    h, w = shape[:2]
    mask, r = np.zeros((h, w), np.uint8), round(CORNER_RADIUS * SCALE)
    cv2.rectangle(mask, (r, 0), (w - r, h), 255, -1)
    cv2.rectangle(mask, (0, r), (w, h - r), 255, -1)
    for center in ((r, r), (w - r - 1, r), (r, h - r - 1), (w - r - 1, h - r - 1)):
        cv2.circle(mask, center, r, 255, -1)
    return mask
