"""What scanning does to a page: ink spread, thresholding, show-through, shading, speckle, skew, reduction, JPEG."""

from __future__ import annotations

import random

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["wear", "worn_rotation"]

Quads = NDArray[np.float64]


def worn_rotation(page: NDArray[np.uint8], quads: Quads, degrees: float) -> tuple[NDArray[np.uint8], Quads]:
    """Rotate a page (H, W) and its quads (N, 4, 2) about the centre; the border pixels fill the corners."""
    h, w = page.shape
    matrix = cv2.getRotationMatrix2D((w / 2, h / 2), degrees, 1.0)
    turned = cv2.warpAffine(page, matrix, (w, h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return turned.astype(np.uint8), quads @ matrix[:, :2].T + matrix[:, 2]


def wear(page: NDArray[np.uint8], scale: int, rng: random.Random) -> NDArray[np.uint8]:
    """Scan a page (H, W) that was drawn at ``scale`` times its final size; the result is (H / scale, W / scale)."""
    noise = np.random.default_rng(rng.getrandbits(32))
    clean = rng.random()
    if clean < 0.1:  # born digital
        return _shrink(page, scale)
    if rng.random() < 0.12:
        page = cv2.erode(page, np.ones((2, rng.choice((1, 2))), np.uint8)).astype(np.uint8)
    elif rng.random() < 0.1:
        page = cv2.dilate(page, np.ones((rng.choice((1, 2)), 2), np.uint8)).astype(np.uint8)
    if clean < 0.55:  # a 1-bit scan
        work = cv2.GaussianBlur(page, (0, 0), rng.uniform(0.4, 1.1)).astype(np.float32)
        rough = noise.normal(0, rng.choice((4, 12, 30, 50)), (page.shape[0] // 2 + 1, page.shape[1] // 2 + 1))
        work += cv2.resize(rough.astype(np.float32), page.shape[::-1], interpolation=cv2.INTER_LINEAR)
        worn = _shrink(((work > rng.uniform(115, 205)) * 255).astype(np.uint8), scale)
        return _speckle(worn, rng, noise)
    grey = _grey_scan(_shrink(page, scale).astype(np.float32), rng, noise)
    result = _speckle(grey.clip(0, 255).astype(np.uint8), rng, noise)
    return jpeg(result, rng.randint(25, 90)) if rng.random() < 0.5 else result


def jpeg(page: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """The page after JPEG compression."""
    coded = cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    decoded = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE)
    if decoded is None:
        raise ValueError(f"a {page.shape} page does not survive JPEG")
    return decoded.astype(np.uint8)


def _grey_scan(worn: NDArray[np.float32], rng: random.Random, noise: np.random.Generator) -> NDArray[np.float32]:
    """A scan in grey: show-through, paper and ink levels, shading, blur and noise."""
    h, w = worn.shape
    if rng.random() < 0.15:  # show-through of the reverse side
        back = cv2.GaussianBlur(worn[:, ::-1], (0, 0), rng.uniform(0.8, 2.0))
        worn = np.minimum(worn, 255 - (255 - back) * rng.uniform(0.05, 0.3)).astype(np.float32)
    paper, ink = rng.uniform(150, 255), rng.uniform(0, 110)
    if rng.random() < 0.2:  # faint thermal print
        ink = paper - rng.uniform(35, 90)
    worn = (ink + worn * ((paper - ink) / 255)).astype(np.float32)
    if rng.random() < 0.5:
        corners = noise.uniform(rng.uniform(0.6, 0.95), 1.0, (3, 3)).astype(np.float32)
        worn = worn * np.asarray(cv2.resize(corners, (w, h), interpolation=cv2.INTER_CUBIC), np.float32)
    if rng.random() < 0.6:
        worn = np.asarray(cv2.GaussianBlur(worn, (0, 0), rng.uniform(0.3, 1.1)), np.float32)
    return worn + noise.normal(0, rng.choice((0.5, 2, 4, 8, 14)), worn.shape).astype(np.float32)


def _shrink(page: NDArray[np.uint8], scale: int) -> NDArray[np.uint8]:
    size = (page.shape[1] // scale, page.shape[0] // scale)
    return cv2.resize(page, size, interpolation=cv2.INTER_AREA).astype(np.uint8)


def _speckle(page: NDArray[np.uint8], rng: random.Random, noise: np.random.Generator) -> NDArray[np.uint8]:
    """Add specks, dark scanner borders and punch holes, in place."""
    h, w = page.shape
    if rng.random() < 0.35:
        for value in (0, 255):
            count = int(h * w * rng.choice((1e-5, 1e-4, 4e-4)))
            for x, y, r in zip(noise.integers(0, w, count), noise.integers(0, h, count), noise.integers(0, 3, count),
                               strict=True):  # fmt: skip
                page[y : y + r + 1, x : x + r // 2 + 1] = value
    if rng.random() < 0.08:  # a dark border beside the sheet
        edge = rng.randint(4, max(5, w // 25))
        wobble = (edge + np.cumsum(noise.normal(0, 0.7, h))).clip(1, w // 20).astype(int)
        dark = np.arange(w)[None, :] < wobble[:, None]
        page[dark if rng.random() < 0.5 else dark[:, ::-1]] = rng.randint(0, 60)
    if rng.random() < 0.05:
        for k in range(rng.choice((2, 3))):
            cv2.circle(page, (w // 30, h * (k + 1) // 4), max(4, w // 70), rng.randint(0, 80), -1)
    return page
