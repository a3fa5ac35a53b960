"""Surfaces that pages are photographed on, drawn: wood, cloth, carpet, tiles and stone in random colours."""

from __future__ import annotations

import random
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["SIDE", "ground"]

SIDE = 512
"""Width and height of a surface in pixels."""

Plane = NDArray[np.float32]
Picture = NDArray[np.uint8]


def ground(rng: random.Random) -> Picture:
    """Draw a surface, (512, 512, 3) RGB."""
    noise = np.random.default_rng(rng.getrandbits(32))
    pattern = rng.choice(PATTERNS)(rng, noise)
    pattern = (pattern - pattern.min()) / (np.ptp(pattern) + 1e-6)
    low, high = _colours(rng)
    picture = low + pattern[..., None] * (high - low)
    grain = noise.normal(0, rng.choice((0, 2, 5, 10)), (SIDE, SIDE, 1))
    return np.asarray((picture + grain).clip(0, 255), np.uint8)


def _colours(rng: random.Random) -> tuple[Plane, Plane]:
    """Two RGB colours (3,): mostly those of wood, stone and cloth, at times vivid, at times hardly different."""
    roll = rng.random()
    if roll < 0.35:  # wood
        hue, saturation, value = rng.uniform(5, 25), rng.uniform(60, 190), rng.uniform(40, 230)
    elif roll < 0.75:  # white, grey and black
        hue, saturation, value = rng.uniform(0, 180), rng.uniform(0, 25), rng.choice((30, 60, 120, 180, 225, 245))
    else:
        hue, saturation, value = rng.uniform(0, 180), rng.uniform(40, 255), rng.uniform(30, 255)
    apart = rng.choice((6, 15, 40, 90, 160))
    other = value - apart if value > 127 else value + apart
    colours = np.array([[[hue, saturation, value], [hue, saturation * rng.uniform(0.6, 1.2), other]]])
    rgb = cv2.cvtColor(colours.clip(0, 255).astype(np.uint8), cv2.COLOR_HSV2RGB)[0].astype(np.float32)
    return rgb[0], rgb[1]


def _smooth(noise: np.random.Generator, rows: int, columns: int) -> Plane:
    """Random values at ``rows`` x ``columns`` points, interpolated over the surface."""
    knots = noise.normal(0, 1, (max(2, rows), max(2, columns))).astype(np.float32)
    return np.asarray(cv2.resize(knots, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC), np.float32)


def _octaves(noise: np.random.Generator, first: int, fade: float) -> Plane:
    """Fractal noise: ``first`` points per side, then twice as many at ``fade`` times the amplitude, and so on."""
    total, weight, knots = np.zeros((SIDE, SIDE), np.float32), 1.0, first
    while knots <= SIDE:
        total += weight * _smooth(noise, knots, knots)
        weight, knots = weight * fade, knots * 2
    return total


def _plain(rng: random.Random, noise: np.random.Generator) -> Plane:
    return _octaves(noise, 2, rng.uniform(0.1, 0.4))


def _stone(rng: random.Random, noise: np.random.Generator) -> Plane:
    veins = _octaves(noise, rng.choice((2, 4)), 0.6)
    return np.asarray(1 - np.abs(veins) if rng.random() < 0.5 else veins, np.float32)


def _carpet(rng: random.Random, noise: np.random.Generator) -> Plane:
    return _octaves(noise, rng.choice((64, 128)), 0.8) + _plain(rng, noise)


def _wood(rng: random.Random, noise: np.random.Generator) -> Plane:
    grain = _smooth(noise, rng.choice((60, 120, 250)), rng.choice((2, 3, 5)))
    grain += 0.7 * _smooth(noise, 12, 2)
    rings = np.sin(rng.uniform(10, 40) * (np.linspace(0, 1, SIDE, dtype=np.float32)[:, None] + 0.15 * grain))
    plank = grain + rng.uniform(0, 1.5) * rings
    if rng.random() < 0.5:
        width = rng.choice((64, 90, 128, 171))
        for k, top in enumerate(range(0, SIDE, width)):
            shift = rng.randrange(SIDE)
            plank[top : top + width] = np.roll(plank[top : top + width], shift, 1) + rng.uniform(-1, 1)
            if k:
                plank[top - 1 : top + 1] -= rng.uniform(0.5, 3)
    return np.asarray(plank, np.float32)


def _cloth(rng: random.Random, noise: np.random.Generator) -> Plane:
    """Striped, chequered or woven cloth."""
    x = np.arange(SIDE, dtype=np.float32) / rng.choice((2.5, 6, 14, 30, 55))
    stripes = np.sin(x) if rng.random() < 0.5 else np.sign(np.sin(x))
    across = stripes[:, None] * np.float32(rng.choice((0, 1, 1)))
    woven = stripes[None] + across if rng.random() < 0.7 else stripes[None] * stripes[:, None]
    return np.asarray(woven + rng.uniform(0, 0.8) * _plain(rng, noise), np.float32)


def _tiles(rng: random.Random, noise: np.random.Generator) -> Plane:
    side = rng.choice((64, 128, 171))
    tiles = np.repeat(np.repeat(noise.normal(0, rng.choice((0, 0.3, 1)), (9, 9)), side, 0), side, 1)[:SIDE, :SIDE]
    joint = (np.arange(SIDE) % side) < rng.choice((2, 4, 8))
    tiles[joint] = tiles[:, joint] = rng.choice((-2, 2))
    return np.asarray(tiles + 0.4 * _octaves(noise, 8, 0.6), np.float32)


PATTERNS: tuple[Callable[[random.Random, np.random.Generator], Plane], ...] = (
    _plain, _plain, _stone, _carpet, _wood, _wood, _cloth, _tiles,
)  # fmt: skip
