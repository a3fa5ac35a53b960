"""The second half of drawing a text line: a clean line image becomes a scanned, photographed or copied training sample.

Other sources of clean line images (other generators, pages rendered from a PDF) use :func:`worn_sample` as well.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.train.synth.degrade import (
    Grey,
    coarse,
    dot_matrix,
    fade,
    noise,
    panel,
    photograph,
    scan_bilevel,
    security_paper,
    till_receipt,
)

__all__ = ["HEIGHT", "DrawnLine", "LineSample", "worn_sample"]

HEIGHT = 32
"""Height of a sample in pixels: the recogniser's input height."""
MAX_WIDTH = 1600
"""Wider samples are discarded."""
ATTEMPTS = 5
"""How often a line is degraded anew when the result is illegible."""
WHOLE = 0.85
"""Share of crops that show all of the accents of capitals."""
LEGIBLE, LEGIBLE_HAN = 0.72, 0.8
"""Least correlation of a degraded line with the clean one; Chinese characters need more detail."""


@dataclass(frozen=True, slots=True, eq=False)
class LineSample:
    """A training sample: a (32, W) uint8 image, its text, and each character's centre as a fraction of the width."""

    picture: Grey
    text: str
    centers: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class DrawnLine:
    """A clean line image and where its type lies.

    Attributes:
        image: (H, W) uint8, black on white.
        text: the line's text.
        centers: horizontal centre of each character of the text, in pixels.
        margin: space between the type and each edge of the image, in pixels; crops vary within it.
        band: height of the type from ascender to descender, in pixels.
        width: width of the text, in pixels.
        above, below: how far ink of the text reaches out of the band, in pixels: accents of capitals.
    """

    image: Grey
    text: str
    centers: NDArray[np.float64]
    margin: int
    band: int
    width: float
    above: int = 0
    below: int = 0


def worn_sample(
    rng: random.Random, line: DrawnLine, look: str, *, kind: str = "", han: bool = False, loose: bool = False
) -> LineSample | None:
    """Degrade a clean line, crop it as a detector would, and scale it to the recogniser's input height.

    Args:
        rng: source of randomness.
        line: the clean line.
        look: how it was printed and scanned, a key of :data:`ocr.train.synth.lines.BANDS`.
        kind: kind of typeface (:attr:`ocr.train.synth.fonts.Font.kind`); some kinds are printed as dots at times.
        han: whether the script is Chinese.
        loose: whether the crop is much taller than the type, as those of table cells are.

    Returns:
        The sample, or None where the line became illegible, too long or too low.
    """
    margin, band = line.margin, line.band
    clean = _warped(rng, _slanted(rng, line.image, margin, band), band)
    for _ in range(ATTEMPTS):  # a line that nobody can read teaches nothing
        image = _degraded(rng, clean, look, band, kind, han)
        if _legible(clean, image, margin, band, LEGIBLE_HAN if han else LEGIBLE):
            break
    else:
        return None
    left, top, right, bottom = _crop_box(rng, image, line, loose)
    image = image[top:bottom, left:right]
    h, w = image.shape
    out_w = max(8, round(w * HEIGHT / h * _stretch(rng, look, han)))
    if out_w > MAX_WIDTH or h < 5:
        return None
    picture = cv2.resize(image, (out_w, HEIGHT), interpolation=cv2.INTER_AREA if h > HEIGHT else cv2.INTER_LINEAR)
    if rng.random() < 0.03:
        picture = 255 - picture
    fractions = np.clip((line.centers - left) / w, 0, 1)
    return LineSample(picture.astype(np.uint8), line.text, tuple(float(f) for f in fractions))


def _slanted(rng: random.Random, image: Grey, margin: int, band: int) -> Grey:
    """At times: slanted type, or a sheared scan."""
    if rng.random() >= 0.12:
        return image
    shear = rng.uniform(-0.12, 0.25)
    middle = margin + band / 2
    matrix = np.array([[1, -shear, shear * middle], [0, 1, 0]])
    return cv2.warpAffine(image, matrix, image.shape[::-1], borderValue=255).astype(np.uint8)


def _warped(rng: random.Random, image: Grey, band: int) -> Grey:
    """At times: residual skew, and the curl of a page near the spine of a book."""
    if rng.random() >= 0.5:
        return image
    drift, curl = rng.gauss(0, 0.06) * band, rng.choice([0, 0, rng.gauss(0, 0.06)]) * band
    x = np.linspace(-1, 1, image.shape[1], dtype=np.float32)
    shift = drift * x + curl * (x * x - 0.4)
    grid_x = np.broadcast_to(np.arange(image.shape[1], dtype=np.float32), image.shape)
    grid_y = np.arange(image.shape[0], dtype=np.float32)[:, None] + shift[None, :]
    return cv2.remap(image, grid_x, grid_y, cv2.INTER_LINEAR, borderValue=255).astype(np.uint8)


def _stretch(rng: random.Random, look: str, han: bool) -> float:
    """Factor on the width: type is set wider and narrower than its face was designed."""
    stretch = min(max(rng.gauss(1.0, 0.08), 0.8), 1.25)
    if look == "receipt" and rng.random() < 0.5:  # the narrow type of till printers
        stretch *= rng.uniform(0.62, 1.0)
    if han and rng.random() < 0.1:  # condensed to fit a table cell
        stretch *= rng.uniform(0.62, 0.95)
    return stretch


def _degraded(rng: random.Random, image: Grey, look: str, band: int, kind: str, han: bool) -> Grey:
    """What printing, ageing and scanning do to the line, in that order."""
    stroke = band * 0.09
    image = _printed(rng, image, look, band, kind, han)
    image = _soiled(rng, image, stroke, band)
    return _scanned(rng, image, look, band, han)


def _printed(rng: random.Random, image: Grey, look: str, band: int, kind: str, han: bool) -> Grey:
    """Dot-matrix print, faded ink, strokes that gained or lost ink."""
    if kind in ("pixel", "mono", "ocr") and band >= 20 and rng.random() < 0.2:
        image = dot_matrix(rng, image, band)
    if rng.random() < (0.3 if look in ("photo", "receipt") else 0.12):
        image = fade(rng, image)
    if look not in ("fine", "screen", "panel") and rng.random() < (0.15 if han else 0.3):
        size = max(2, round(band * 0.09 * rng.uniform(0.4, 0.7 if han else 1.0)))
        kernel = np.ones((size, max(2, size + rng.randint(-1, 1))), np.uint8)
        image = (cv2.erode if rng.random() < 0.55 else cv2.dilate)(image, kernel).astype(np.uint8)
    return image


def _soiled(rng: random.Random, image: Grey, stroke: float, band: int) -> Grey:
    """Show-through of the reverse side, tinted or hatched backgrounds."""
    if rng.random() < 0.06:
        ghost = cv2.GaussianBlur(image[::-1, ::-1], (0, 0), max(stroke * 0.6, 0.5))
        shifted = np.roll(ghost, (rng.randint(-band, band), rng.randint(-90, 90)), (0, 1))
        image = np.minimum(image, 255 - ((255 - shifted) * rng.uniform(0.1, 0.5)).astype(np.uint8))
    if rng.random() < 0.07:
        if rng.random() < 0.5:
            image = np.minimum(image, np.uint8(rng.randint(150, 235)))
        else:
            period = rng.choice([2, 3, 4, 6])
            y, x = np.ogrid[: image.shape[0], : image.shape[1]]
            dots = ((x + y) % period == 0) & ((x - y) % period == 0)
            image = np.where(dots, np.uint8(rng.choice([0, 0, 120])), image)
    return image


def _scanned(rng: random.Random, image: Grey, look: str, band: int, han: bool) -> Grey:
    """What the device of a look makes of the print."""
    stroke = band * 0.09
    if look in ("fine", "screen"):
        return image
    if look in ("panel", "copy"):
        return (panel if look == "panel" else security_paper)(rng, image, band)
    if look in ("photo", "receipt"):
        return (photograph if look == "photo" else till_receipt)(rng, image, stroke)
    if look == "small":
        type_height = rng.triangular(6.5, 14, 9.5) * (1.6 if han else 1.0)
        return coarse(rng, scan_bilevel(rng, image, max(stroke, 1.0)), type_height / band)
    bilevel = scan_bilevel(rng, image, max(stroke, 1.0))
    return _reduced(rng, bilevel) if look == "fax" and rng.random() < 0.6 else bilevel


def _reduced(rng: random.Random, image: Grey) -> Grey:
    """A bilevel scan that was reduced in grey levels, enlarged again to its size."""
    factor = rng.uniform(0.55, 0.95)
    small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=rng.choice([cv2.INTER_AREA, cv2.INTER_LINEAR]))
    out = cv2.resize(small, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_LINEAR).astype(np.uint8)
    if rng.random() < 0.4:
        grain = rng.uniform(2, 12) * noise(rng, (out.shape[0], out.shape[1]), 0.0)
        out = np.clip(out + grain, 0, 255).astype(np.uint8)
    return out


def _legible(clean: Grey, image: Grey, margin: int, band: int, least: float) -> bool:
    """Whether the degraded image still correlates with the clean one, compared at about the recogniser's scale."""
    rows, scale = slice(margin, margin + band), min(1.0, 22 / band)
    a, b = (
        cv2.resize(i[rows, margin:-margin], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.float32)
        for i in (clean, image)
    )
    a, b = cv2.blur(a, (2, 2)) - a.mean(), cv2.blur(b, (2, 2)) - b.mean()
    return float(a.ravel() @ b.ravel()) > least * float(np.sqrt((a * a).sum() * (b * b).sum()) + 1e-3)


def _crop_box(rng: random.Random, image: Grey, line: DrawnLine, loose: bool) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of a detector's crop: around the type or tight to the ink, never exact."""
    margin, band = line.margin, line.band
    top, bottom = float(margin), float(margin + band)
    x0, x1 = float(margin), margin + line.width
    if rng.random() < 0.3:
        inner = image[margin : margin + band, int(x0) : max(int(x1), int(x0) + 1)]
        level = (int(inner.min()) + int(inner.max())) / 2
        rows = np.flatnonzero((inner < level).any(axis=1))
        if len(rows) and rows[-1] - rows[0] >= band * 0.3:
            top, bottom = margin + float(rows[0]), margin + float(rows[-1]) + 1
    if (line.above or line.below) and rng.random() < WHOLE:
        top, bottom = min(top, float(margin - line.above)), max(bottom, float(margin + band + line.below))
    tall = bottom - top
    if loose:
        top, bottom = top - tall * rng.uniform(0, 0.7), bottom + tall * rng.uniform(0, 0.7)
    top -= tall * rng.triangular(-0.06, 0.28, 0.05)
    bottom += tall * rng.triangular(-0.06, 0.28, 0.05)
    x0 -= band * rng.triangular(-0.06, 0.8, 0.12)
    x1 += band * rng.triangular(-0.06, 0.8, 0.12)
    h, w = image.shape
    return max(0, int(x0)), max(0, int(top)), min(w, int(x1) + 1), min(h, int(bottom) + 1)
