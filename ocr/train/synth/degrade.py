"""What paper, ink, scanners and cameras do to text; on grey images (0 is ink, 255 is paper).

``stroke`` is the width of the strokes and ``band`` the height of the type, both in pixels, to which blur and noise are
scaled.
"""

from __future__ import annotations

import random
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Grey",
    "coarse",
    "dot_matrix",
    "fade",
    "panel",
    "photograph",
    "scan_bilevel",
    "security_paper",
    "speckle",
    "till_receipt",
]

Grey = NDArray[np.uint8]


@lru_cache(maxsize=8)
def _noise(sigma: float) -> NDArray[np.float32]:
    """Noise of unit variance, blurred by ``sigma`` pixels; windows of it are cheaper than fresh noise."""
    sheet = np.random.default_rng(7).standard_normal((768, 4096), dtype=np.float32)
    if sigma > 0:
        sheet = cv2.GaussianBlur(sheet, (0, 0), sigma).astype(np.float32, copy=False)
        sheet /= sheet.std()
    return sheet


def noise(rng: random.Random, shape: tuple[int, int], sigma: float) -> NDArray[np.float32]:
    """A random window of noise of unit variance, blurred by ``sigma`` pixels."""
    sheet = _noise(sigma)
    h, w = shape
    if h > sheet.shape[0] or w > sheet.shape[1]:
        sheet = np.tile(sheet, (-(-h // sheet.shape[0]), -(-w // sheet.shape[1])))
    y, x = rng.randint(0, sheet.shape[0] - h), rng.randint(0, sheet.shape[1] - w)
    return sheet[y : y + h, x : x + w]


def _compressed(rng: random.Random, grey: Grey, least: int, most: int) -> Grey:
    """The image after JPEG compression of a quality from ``least`` to ``most``."""
    ok, data = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, rng.randint(least, most)])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), dtype=np.uint8) if ok else grey


def scan_bilevel(rng: random.Random, image: Grey, stroke: float) -> Grey:
    """A bilevel scan: blur of the optics, sensor noise, a threshold that is too light or too dark."""
    sigma = stroke * rng.uniform(0.08, 0.42)
    soft = cv2.GaussianBlur(image, (0, 0), max(sigma, 0.3)).astype(np.float32)
    rough = rng.choice([0, 6, 14, 26, 40]) * rng.random()
    soft += rough * noise(rng, soft.shape, 1.0 if rng.random() < 0.6 else 2.0)
    threshold = min(max(rng.gauss(132, 38), 45), 222)
    out = np.where(soft > threshold, np.uint8(255), np.uint8(0))
    if rng.random() < 0.4:
        out = speckle(rng, out, rng.choice([0.0005, 0.002, 0.006]))
    return out


def speckle(rng: random.Random, image: Grey, density: float) -> Grey:
    """Add black specks on paper and white pinholes in ink, one to three pixels wide."""
    out = image.copy()
    h, w = image.shape
    for ink in (0, 255):
        for _ in range(min(int(h * w * density * rng.random()), 400)):
            y, x, r = rng.randrange(h), rng.randrange(w), rng.choice([1, 1, 1, 2, 2, 3])
            out[y : y + r, x : x + max(1, r + rng.randint(-1, 1))] = ink
    return out


def fade(rng: random.Random, image: Grey) -> Grey:
    """Faded ink or thermal print: patches and rows where the strokes are paler."""
    h, w = image.shape
    patch = cv2.resize(noise(rng, (max(2, h // 12), max(2, w // 12)), 1.0), (w, h), interpolation=cv2.INTER_LINEAR)
    keep = np.clip(0.75 + rng.uniform(0.15, 0.5) * patch + rng.uniform(-0.3, 0.2), 0.12, 1.0)
    if rng.random() < 0.3:
        rows = np.clip(0.8 + 0.5 * noise(rng, (h, 1), 1.0), 0.2, 1.0)
        keep = keep * rows
    faded: Grey = (255 - (255 - image.astype(np.float32)) * keep).astype(np.uint8)
    return faded


def dot_matrix(rng: random.Random, image: Grey, band: float) -> Grey:
    """Strokes made of dots, as impact and thermal printers print them."""
    pitch = band / rng.uniform(9, 16)
    small = cv2.resize(image, None, fx=1 / pitch, fy=1 / pitch, interpolation=cv2.INTER_AREA)
    cells = cv2.resize(
        (small < rng.uniform(110, 190)).astype(np.uint8),
        (image.shape[1], image.shape[0]),
        interpolation=cv2.INTER_NEAREST,
    )
    y, x = np.ogrid[: image.shape[0], : image.shape[1]]
    radius = np.hypot((y / pitch) % 1 - 0.5, (x / pitch) % 1 - 0.5)
    dots = np.clip((rng.uniform(0.45, 0.75) - radius) * pitch + 0.5, 0, 1) * cells
    return (255 - 255 * dots).astype(np.uint8)


def photograph(rng: random.Random, image: Grey, stroke: float) -> Grey:
    """A grey scan or a photograph: uneven light, low contrast, blur, noise, JPEG."""
    h, w = image.shape
    paper = rng.uniform(150, 255)
    ink = paper * rng.choice([rng.uniform(0.0, 0.35), rng.uniform(0.0, 0.35), rng.uniform(0.35, 0.75)])
    out = ink + (paper - ink) * (image.astype(np.float32) / 255)
    if rng.random() < 0.5:
        ramp = np.linspace(rng.uniform(0.7, 1.0), rng.uniform(0.7, 1.0), w, dtype=np.float32)
        out *= ramp[None, :] * np.linspace(rng.uniform(0.85, 1.0), 1.0, h, dtype=np.float32)[:, None]
    if rng.random() < 0.7:
        sigma = max(0.3, stroke * rng.uniform(0.05, 0.45))
        out = np.asarray(cv2.GaussianBlur(out, (0, 0), sigma * rng.uniform(0.6, 1.6), sigmaY=sigma), out.dtype)
    if rng.random() < 0.6:
        out += rng.uniform(1, 14) * noise(rng, (h, w), rng.choice([0.0, 1.0]))
    if rng.random() < 0.3:
        out += rng.uniform(4, 20) * noise(rng, (h, w), 8.0)
    grey = np.clip(out, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        grey = _compressed(rng, grey, 18, 85)
    return grey


def till_receipt(rng: random.Random, image: Grey, stroke: float) -> Grey:
    """A grey scan of thermal print: light paper, pale ink, columns without ink, thin strokes, mild blur, JPEG."""
    h, w = image.shape
    out = image.astype(np.float32)
    if rng.random() < 0.4:  # a worn print head: thin columns without ink
        columns = np.clip(0.9 + rng.uniform(0.1, 0.5) * noise(rng, (1, w), 1.0), 0.25, 1.0)
        out = 255 - (255 - out) * columns
    if rng.random() < 0.35:  # the edges of the strokes stay white
        sigma = max(0.5, 0.5 * stroke)
        out = 255 - np.clip(
            (255 - np.asarray(cv2.GaussianBlur(out, (0, 0), sigma))) * rng.uniform(0.9, 1.8) - rng.uniform(10, 70),
            0,
            255,
        )
    paper = rng.uniform(205, 255)
    ink = paper * rng.choice([rng.uniform(0.05, 0.4), rng.uniform(0.3, 0.75)])
    out = np.asarray(ink + (paper - ink) * (out / 255), np.float32)
    sigma = max(0.3, stroke * rng.uniform(0.1, 0.5))
    out = np.asarray(cv2.GaussianBlur(out, (0, 0), sigma * rng.uniform(0.7, 1.4), sigmaY=sigma), np.float32)
    out += rng.uniform(0, 6) * noise(rng, (h, w), rng.choice([0.0, 1.0]))
    grey = np.clip(out, 0, 255).astype(np.uint8)
    if rng.random() < 0.35:  # a scanner's white point
        low, high = rng.uniform(0, 60), rng.uniform(190, 250)
        grey = np.clip((grey.astype(np.float32) - low) * 255 / (high - low), 0, 255).astype(np.uint8)
    return _compressed(rng, grey, 25, 92)


def coarse(rng: random.Random, image: Grey, factor: float) -> Grey:
    """A scan reduced by ``factor`` in grey levels, as in archives, and enlarged again to its size."""
    way = rng.choice([cv2.INTER_AREA, cv2.INTER_AREA, cv2.INTER_LINEAR])
    if way == cv2.INTER_LINEAR:
        image = cv2.GaussianBlur(image, (0, 0), 0.3 / factor).astype(np.uint8)
    small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=way)
    if rng.random() < 0.4:
        small = np.clip(255 - (255 - small.astype(np.float32)) * rng.uniform(0.7, 1.6), 0, 255).astype(np.uint8)
    if rng.random() < 0.25:
        small = _compressed(rng, small.astype(np.uint8), 40, 92)
    return cv2.resize(small, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_LINEAR).astype(np.uint8)


def panel(rng: random.Random, image: Grey, band: float) -> Grey:
    """Small type on a screenshot of a program or game: colour on colour, with a halo, resampled and compressed."""
    h, w = image.shape
    ink = (255 - image.astype(np.float32)) / 255
    level = rng.uniform(110, 250)
    clouds = cv2.resize(noise(rng, (max(2, h // 8), max(2, w // 8)), 1.0), (w, h), interpolation=cv2.INTER_LINEAR)
    ground = level + rng.choice([0.0, rng.uniform(2, 12)]) * clouds
    if rng.random() < 0.35:
        halo = cv2.GaussianBlur(cv2.dilate(ink, np.ones((3, 3), np.uint8)), (0, 0), rng.uniform(0.4, 1.2))
        ground += (255 - ground) * halo * rng.uniform(0.3, 1.0)
    out: NDArray[Any] = ground * (1 - ink) + (level - rng.uniform(45, level - 10)) * ink
    if rng.random() < 0.5:
        factor = rng.uniform(0.75, 1.0)
        small = cv2.resize(
            out, None, fx=factor, fy=factor, interpolation=rng.choice([cv2.INTER_AREA, cv2.INTER_LINEAR])
        )
        out = cv2.resize(small, (w, h), interpolation=rng.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC]))
    if rng.random() < 0.5:
        out = cv2.GaussianBlur(out, (0, 0), band * rng.uniform(0.015, 0.055))
    shown: Grey = np.clip(out, 0, 255).astype(np.uint8)
    if rng.random() < 0.6:
        shown = _compressed(rng, shown, 35, 92)
    return shown


def security_paper(rng: random.Random, image: Grey, band: float) -> Grey:
    """A grey copy of a card or certificate: guilloche lines, a pale watermark or a stamp across the text."""
    h, w = image.shape
    x = np.arange(w, dtype=np.float32)
    paper = np.full((h, w), rng.uniform(170, 250), np.float32)
    if rng.random() < 0.6:
        for _ in range(rng.randint(2, 10)):  # guilloche: bundles of sine waves
            swing, wave, phase = rng.uniform(0.2, 1.5) * band, rng.uniform(2, 12) * band, rng.uniform(0, 7)
            y = rng.uniform(0, h) + swing * np.sin(x / wave * 6.28 + phase)
            points = np.stack([x[::3], y[::3]], -1).round().astype(np.int32)
            cv2.polylines(paper, [points], False, float(rng.uniform(120, 225)), max(1, round(band * 0.03)), cv2.LINE_AA)
    ink = rng.uniform(15, 110)
    out = np.minimum(paper, ink + (255 - ink) * (image.astype(np.float32) / 255))
    if rng.random() < 0.45:  # watermark or stamp strokes, over or under the print
        mark = np.zeros((h, w), np.float32)
        for _ in range(rng.randint(1, 5)):
            a = (rng.uniform(0, w), rng.uniform(0, h))
            angle, reach = rng.uniform(0, 3.14), rng.uniform(0.5, 4) * band
            b = (a[0] + reach * np.cos(angle), a[1] + reach * np.sin(angle))
            thick = max(1, round(band * rng.uniform(0.03, 0.22)))
            if rng.random() < 0.3:
                cv2.circle(mark, (round(a[0]), round(a[1])), max(2, round(reach)), 1.0, thick, cv2.LINE_AA)
            else:
                cv2.line(mark, (round(a[0]), round(a[1])), (round(b[0]), round(b[1])), 1.0, thick, cv2.LINE_AA)
        out = out * (1 - mark * rng.uniform(0.1, 0.5))
    sigma = rng.uniform(0.02, 0.06) * band
    out = np.asarray(cv2.GaussianBlur(out, (0, 0), max(sigma, 0.3)), np.float32)
    out += rng.uniform(0, 10) * noise(rng, (h, w), rng.choice([0.0, 1.0]))
    grey = np.clip(out, 0, 255).astype(np.uint8)
    if rng.random() < 0.6:
        grey = _compressed(rng, grey, 30, 92)
    return grey
