"""Differences and linear systems on the pixel grid that several reference operators share."""

from __future__ import annotations

import numpy as np
from scipy.sparse import diags_array
from scipy.sparse.linalg import splu

from ocr.page.tones import Picture

__all__ = ["gradient", "smoothed", "weighted_least_squares"]


def gradient(picture: Picture) -> tuple[Picture, Picture]:
    """Forward differences along x and y, 0 behind the last column and row; (H, W) or (H, W, C)."""
    x, y = np.zeros_like(picture), np.zeros_like(picture)
    x[:, :-1] = picture[:, 1:] - picture[:, :-1]
    y[:-1] = picture[1:] - picture[:-1]
    return x, y


def smoothed(picture: Picture, x: Picture, y: Picture, data: Picture | None = None) -> Picture:
    """The u of least ``data * (u - picture)^2 + x * u_x^2 + y * u_y^2``, by sparse factorization.

    Args:
        picture: (H, W) or (H, W, C).
        x: weights (H, W) between a pixel and its right neighbour.
        y: weights (H, W) between a pixel and the one below it.
        data: weights (H, W); none is 1.
    """
    height, width = picture.shape[:2]
    across, down = x.astype(np.float64).copy(), y.astype(np.float64).copy()
    across[:, -1] = 0
    down[-1] = 0
    right, below = across.ravel(), down.ravel()
    known = np.ones(height * width) if data is None else data.astype(np.float64).ravel()
    centre = known + right + below
    centre[1:] += right[:-1]
    centre[width:] += below[:-width]
    matrix = diags_array(
        [-below[:-width], -right[:-1], centre, -right[:-1], -below[:-width]],
        offsets=[-width, -1, 0, 1, width],
        format="csc",
    )
    factors = splu(matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    channels = picture.reshape(height * width, -1).astype(np.float64) * known[:, None]
    return np.asarray(factors.solve(channels).reshape(picture.shape), np.float32)


def weighted_least_squares(picture: Picture, smoothness: float, alpha: float = 1.2) -> Picture:
    """Edge-preserving smoothing of a lightness (H, W), 0..1: Farbman et al., SIGGRAPH 2008."""
    x, y = gradient(np.log(picture + 1e-4).astype(np.float32))
    return smoothed(picture, smoothness / (np.abs(x) ** alpha + 1e-4), smoothness / (np.abs(y) ** alpha + 1e-4))
