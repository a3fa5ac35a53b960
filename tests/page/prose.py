"""A drawn page of prose, and a photograph of it, for the tests of this folder."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

__all__ = ["LINES", "curved", "photograph", "prose"]

LINES = (
    "The quick brown fox jumps over the lazy dog,",
    "and whoever reads this page the right way up",
    "will know what happened to both of them later.",
    "A second paragraph tells of the dog's revenge.",
    "It is shorter than the first, but it is honest.",
)


def prose(width: int = 760, height: int = 420) -> NDArray[np.uint8]:
    """Five lines of black print, (H, W) grey."""
    page = Image.new("L", (width, height), 255)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(28)
    for k, line in enumerate(LINES):
        draw.text((50, 60 + 56 * k), line, fill=0, font=font)
    return np.asarray(page, np.uint8)


def curved(page: NDArray[np.uint8], depth: float) -> NDArray[np.uint8]:
    """A page whose lines sag by up to ``depth`` pixels in the middle."""
    x, y = np.meshgrid(np.arange(page.shape[1], dtype=np.float32), np.arange(page.shape[0], dtype=np.float32))
    sag = (depth * np.sin(np.pi * x / page.shape[1])).astype(np.float32)
    return cv2.remap(page, x, y - sag, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.uint8)


def photograph(
    corners: NDArray[np.float64],
    width: int = 900,
    height: int = 1200,
    colour: bool = True,
    page: NDArray[np.uint8] | None = None,
) -> NDArray[np.uint8]:
    """A grey page (of prose when left out) on a dark, noisy table, at given corners: (H, W, 3) RGB or (H, W) grey."""
    page = np.repeat((prose() if page is None else page)[..., None], 3, 2)
    noise = np.random.default_rng(1).normal(0, 6, (height, width, 1))
    table = (np.array([96, 66, 44]) + noise).clip(0, 255).astype(np.uint8)
    flat = np.array([(0, 0), (page.shape[1], 0), page.shape[1::-1], (0, page.shape[0])], np.float32)
    matrix = cv2.getPerspectiveTransform(flat, corners.astype(np.float32))
    laid = cv2.warpPerspective(page, matrix, (width, height), flags=cv2.INTER_AREA)
    inside = cv2.warpPerspective(np.full(page.shape[:2], 255, np.uint8), matrix, (width, height))
    photo = np.where(inside[..., None] > 127, (laid * 0.9).astype(np.uint8), table)
    return photo if colour else np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), np.uint8)
