"""Images without text that a detector may take for a line: specks, noise, rules, scribbles, halftones."""

from __future__ import annotations

import random

import cv2
import numpy as np

from ocr.train.synth.degrade import Grey, noise, photograph, scan_bilevel, speckle

__all__ = ["junk_picture"]

HEIGHT = 32


def junk_picture(seed: int) -> Grey:
    """Draw an image (32, W) without text; the same seed gives the same image."""
    rng = random.Random(seed)
    scale = rng.choice([1, 1, 2])
    h, w = HEIGHT * scale, int(rng.triangular(12, 600, 60)) * scale
    kind = rng.choice([_specks, _grain, _rules, _scribble, _halftone, _edge, _shapes])
    image = kind(rng, np.full((h, w), 255, np.uint8))
    if rng.random() < 0.5:
        image = scan_bilevel(rng, image, 2.0 * scale)
    elif rng.random() < 0.5:
        image = photograph(rng, image, 2.0 * scale)
    if scale > 1:
        image = cv2.resize(image, (w // scale, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.uint8)
    return image


def _specks(rng: random.Random, image: Grey) -> Grey:
    image = speckle(rng, image, rng.choice([0.001, 0.01, 0.04]))
    for _ in range(rng.randint(0, 3)):
        center = (rng.randrange(image.shape[1]), rng.randrange(image.shape[0]))
        axes = (rng.randint(1, 9), rng.randint(1, 9))
        cv2.ellipse(image, center, axes, rng.uniform(0, 180), 0, 360, rng.randint(0, 120), -1)
    return image


def _grain(rng: random.Random, image: Grey) -> Grey:
    h, w = image.shape
    field = noise(rng, (h, w), rng.choice([0.0, 1.0, 2.0, 8.0]))
    grain: Grey = np.clip(rng.uniform(60, 230) + rng.uniform(10, 90) * field, 0, 255).astype(np.uint8)
    return grain


def _rules(rng: random.Random, image: Grey) -> Grey:
    h, w = image.shape
    for _ in range(rng.randint(1, 3)):
        thick = rng.randint(1, max(2, h // 10))
        if rng.random() < 0.6:
            y = rng.randrange(h)
            ends = ((0, y), (w, y + rng.randint(-3, 3)))
        else:
            x = rng.randrange(w)
            ends = ((x, 0), (x + rng.randint(-3, 3), h))
        cv2.line(image, *ends, rng.randint(0, 110), thick)
    return image


def _scribble(rng: random.Random, image: Grey) -> Grey:
    h, w = image.shape
    steps = max(6, w // 8)
    x = np.linspace(0, w, steps) + np.array([rng.gauss(0, h / 6) for _ in range(steps)])
    y = h / 2 + np.array([rng.gauss(0, h / 3) for _ in range(steps)])
    fine = np.linspace(0, steps - 1, steps * 8)
    curve = np.stack([np.interp(fine, range(steps), v) for v in (x, y)], axis=1)
    curve = cv2.blur(curve, (1, 7))
    cv2.polylines(
        image, [curve.astype(np.int32)], False, rng.randint(0, 130), rng.randint(1, max(2, h // 14)), cv2.LINE_AA
    )
    return image


def _halftone(rng: random.Random, image: Grey) -> Grey:
    h, w = image.shape
    pitch, tone = rng.uniform(3, 9), rng.uniform(0.2, 0.6)
    y, x = np.ogrid[:h, :w]
    wave = np.cos(2 * np.pi * (x + y) / pitch) * np.cos(2 * np.pi * (x - y) / pitch)
    shade = cv2.resize(noise(rng, (max(2, h // 16), max(2, w // 16)), 0.0), (w, h))
    return np.where(wave + 0.4 * shade > 1 - 2 * tone, 0, 255).astype(np.uint8)


def _edge(rng: random.Random, image: Grey) -> Grey:
    h, w = image.shape
    at = rng.randint(0, w)
    image[:, :at] = rng.randint(0, 90)
    if rng.random() < 0.4:
        image[rng.randint(0, h) :] = rng.randint(0, 90)
    return image


def _shapes(rng: random.Random, image: Grey) -> Grey:
    h, w = image.shape
    for _ in range(rng.randint(1, 4)):
        points = np.array([[rng.randrange(w), rng.randrange(h)] for _ in range(rng.randint(3, 7))], np.int32)
        ink = rng.randint(0, 160)
        if rng.random() < 0.5:
            cv2.fillPoly(image, [points], ink)
        else:
            cv2.polylines(image, [points], True, ink, rng.randint(1, 4), cv2.LINE_AA)
    return image
