"""Pictures of the worst pages of a set, with the boxes that were found and those that were missed."""

from __future__ import annotations

import colorsys
import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ocr.errors import OcrError, OutputError
from ocr.evaluate.text import Row, match
from ocr.source import open_source

__all__ = ["Overlays"]

PAGES = 10
OVERLAY_SIDE = 1800
"""Length of the longer side of a picture, pixels."""
FOUND, MISSED, EXTRA, BLOCK = (0, 150, 60), (220, 0, 0), (30, 90, 255), (150, 150, 150)
"""Colours of matched boxes, of unmatched ground truth, of unmatched predictions, and of the frames of blocks."""
CAPTION = 26
"""Height of the caption, pixels."""
CAPTIONED = ("cer", "word_f1", "order_gap", "line_recall", "det_f1", "e2e_f1")
"""Figures shown in the caption."""

Figures = Mapping[str, float]
Kept = tuple[float, int, Figures, Row, Row]


@dataclass(slots=True)
class Overlays:
    """The worst pages so far, with what is needed to draw them."""

    worst: list[Kept] = field(default_factory=list)
    seen: int = 0

    def add(self, badness: float, figures: Figures, truth: Row, found: Row) -> None:
        """Keep a page if it is one of the worst so far; of equally bad ones the first."""
        self.seen += 1
        heapq.heappush(self.worst, (badness, -self.seen, figures, truth, found))
        if len(self.worst) > PAGES:
            heapq.heappop(self.worst)

    def draw(self, images: Path, folder: Path) -> Iterator[Path]:
        """Save the pictures as ``01-NAME.png`` and so on, the worst first; skips pages that cannot be read.

        Args:
            images: folder that the paths of the images are relative to.
            folder: where to save; created if it is missing.

        Yields:
            The path of each picture.

        Raises:
            OutputError: the folder cannot be created.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"{folder}: cannot be created ({error.strerror}); choose another folder with --overlays"
            ) from error
        for rank, (_, _, figures, truth, found) in enumerate(sorted(self.worst, key=lambda k: k[:2], reverse=True), 1):
            try:
                with open_source(images / truth["image"]) as source:
                    pixels = source.page(1).pixels
            except OcrError:
                continue
            path = folder / f"{rank:02d}-{Path(truth['image']).stem}.png"
            _picture(np.asarray(pixels), figures, truth, found).save(path)
            yield path


def _picture(pixels: np.ndarray[Any, Any], figures: Figures, truth: Row, found: Row) -> Image.Image:
    page = Image.fromarray(pixels).convert("RGB")
    scale = min(1.0, OVERLAY_SIDE / max(page.size))
    page = page.resize((max(1, round(page.width * scale)), max(1, round(page.height * scale))))
    pen = Pen(page, scale)
    if truth.get("boxes"):
        _matches(pen, truth, found)
    else:
        _order(pen, found)
    framed = Image.new("RGB", (page.width, page.height + CAPTION), "white")
    framed.paste(page, (0, CAPTION))
    shown = [f"{name} {figures[name]:.4g}" for name in CAPTIONED if name in figures]
    caption = "   ".join([str(truth["image"]), *shown])
    ImageDraw.Draw(framed).text((4, 4), caption, fill="black", font=ImageFont.load_default(16))
    return framed


class Pen:
    """Draws on a scaled page in coordinates of the original page."""

    def __init__(self, page: Image.Image, scale: float) -> None:
        self._draw = ImageDraw.Draw(page)
        self._scale = scale
        self._font = ImageFont.load_default(13)

    def frame(self, quad: Sequence[Sequence[float]], colour: tuple[int, int, int], width: int = 2) -> None:
        """Draw the outline of a quad."""
        points = [(x * self._scale, y * self._scale) for x, y in quad]
        self._draw.line([*points, points[0]], fill=colour, width=width)

    def label(self, at: Sequence[float], text: str, colour: tuple[int, int, int], anchor: str = "lb") -> None:
        """Draw text on white; ``at`` is its lower left corner, or what ``anchor`` says (as in Pillow)."""
        place = (at[0] * self._scale, at[1] * self._scale)
        self._draw.rectangle(self._draw.textbbox(place, text, font=self._font, anchor=anchor), fill="white")
        self._draw.text(place, text, fill=colour, font=self._font, anchor=anchor)


def _matches(pen: Pen, truth: Row, found: Row) -> None:
    """Draw predicted boxes, matched and unmatched, and the ground-truth boxes that were missed."""
    got = (found.get("words") if truth.get("level") == "word" else None) or found.get("boxes") or []
    pairs = match(truth["boxes"], got)
    want, ours = {i for i, _ in pairs}, {j for _, j in pairs}
    for j, (quad, _) in enumerate(got):
        pen.frame(quad, FOUND if j in ours else EXTRA)
    for i, (quad, text) in enumerate(truth["boxes"]):
        if i not in want:
            pen.frame(quad, MISSED)
            pen.label(quad[0], text, MISSED)


def _order(pen: Pen, found: Row) -> None:
    """Draw predicted lines, coloured by confidence and numbered in reading order, and blocks with their kinds."""
    boxes = found.get("boxes") or []
    start = 0
    for kind, count in found.get("blocks") or []:
        points = [point for quad, _ in boxes[start : start + count] for point in quad]
        start += count
        if points:
            (left, right), (top, bottom) = ((min(v) - 6, max(v) + 6) for v in zip(*points, strict=True))
            pen.frame([(left, top), (right, top), (right, bottom), (left, bottom)], BLOCK, 1)
            pen.label((right, top), kind, BLOCK)
    confidences = found.get("confidences") or [1.0] * len(boxes)
    for number, ((quad, _), confidence) in enumerate(zip(boxes, confidences, strict=True), 1):
        red, green, blue = (round(255 * v) for v in colorsys.hsv_to_rgb(confidence / 3, 1.0, 0.75))
        pen.frame(quad, (red, green, blue))
        pen.label(quad[0], str(number), (red, green, blue), "rt")
