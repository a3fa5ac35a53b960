"""Training lines from born-digital PDFs: real typefaces and layouts, exact text.

    python -m ocr.train.documents.lines OUT --documents cache/documents --shards 60

Each page is rendered at a size of type that suits the look of a scan, a screen or a photograph. Its lines are cropped
with their surroundings, then degraded and cropped like synthetic lines. The text layer is trusted only where the small
recogniser reads nearly the same on a clean rendering: fonts with a wrong character map drop out that way. One document
in twelve is held out (``--held-out``).
"""

from __future__ import annotations

import argparse
import hashlib
import math
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from ocr.recognize.charset import Charset
from ocr.recognize.crnn import CrnnRecognizer
from ocr.train.documents.text_layer import TextLine, visible_lines
from ocr.train.recognize.accuracy import folded
from ocr.train.recognize.shards import held_out
from ocr.train.synth.line_shards import save_shard
from ocr.train.synth.line_wear import DrawnLine, LineSample, worn_sample
from ocr.train.synth.lines import BANDS

__all__ = ["documents", "drawn_line", "main", "render", "samples", "trusted"]

LOOKS = {"screen": 0.22, "scan": 0.2, "photo": 0.16, "small": 0.16, "fine": 0.1, "panel": 0.1, "fax": 0.06}
"""How a page was printed, scanned or shown, and how often."""
HEIGHTS = BANDS | {"screen": (9, 30, 15), "panel": (10, 22, 13)}
"""Height of a page's typical line in pixels for each look: least, most, most frequent. Screens show smaller type."""
CLEAN = 40
"""Height of a typical line, pixels, in the rendering that text is checked on."""
MAX_PIXELS = 40_000_000
LINES = 24
"""Lines that are taken from a page at most, so that no document dominates."""
MARGIN = 0.9
"""Surroundings of a line in its crop, in line heights."""
EDITS = 0.22
"""Edits per character between text layer and reading up to which a line is kept."""
DISTRUSTED = 0.4
"""A document is left after so large a share of its lines was dropped."""
SAME_SIGN = str.maketrans({"∗": "*", "∼": "~", "′": "'", "‐": "-", "‑": "-", "⁄": "/", "∣": "|", "⩽": "≤", "⩾": "≥"})
"""Mathematical signs as the charset has them."""
DRAWN_SIGNS = frozenset("_~^")
"""Signs that typesetters draw as rules or accents, which a text layer lacks."""


def documents(folder: Path, *, held: bool = False) -> list[Path]:
    """The PDFs of a folder at any depth, each content once, in an order that does not follow their names.

    Whether a document is held out depends on its name.
    """
    by_content: dict[str, Path] = {}
    for path in sorted(folder.rglob("*.pdf")):
        by_content.setdefault(hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest(), path)
    return [path for _, path in sorted(by_content.items()) if held_out(path.name) == held]


def render(page: Any, scale: float, rng: random.Random) -> NDArray[np.uint8]:
    """A ``pypdfium2`` page as grey pixels (H, W), ``scale`` pixels a point; some with sub-pixel or no smoothing."""
    roll = rng.random()
    colour = roll < 0.12
    flags = pdfium.FPDF_LCD_TEXT if colour else pdfium.FPDF_RENDER_NO_SMOOTHTEXT if roll < 0.18 else 0
    width, height = (max(1, round(side * scale)) for side in page.get_size())
    kind = pdfium.FPDFBitmap_BGRx if colour else pdfium.FPDFBitmap_Gray
    bitmap = pypdfium2.PdfBitmap.new_native(width, height, kind)
    try:
        bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
        pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, flags | pdfium.FPDF_ANNOT)
        pixels = bitmap.to_numpy()
        if pixels.ndim == 3 and pixels.shape[2] > 1:
            return np.asarray(cv2.cvtColor(pixels[..., :3], cv2.COLOR_BGR2GRAY), np.uint8)
        return np.asarray(pixels.reshape(height, width), np.uint8).copy()
    finally:
        bitmap.close()


def drawn_line(page: NDArray[np.uint8], line: TextLine, text: str, to_pixels: NDArray[np.float64]) -> DrawnLine:
    """The upright image of a line with its surroundings.

    Args:
        page: (H, W) grey.
        line: where it is, in points.
        text: of the line, one character for each of its centres.
        to_pixels: (2, 3), the affine map from points to pixels of ``page``.
    """
    corners = np.array(line.quad.points) @ to_pixels[:, :2].T + to_pixels[:, 2]
    along, across = corners[1] - corners[0], corners[3] - corners[0]
    width, height = float(np.linalg.norm(along)), float(np.linalg.norm(across))
    along, across = along / width, across / height
    margin = int(height * MARGIN) + 4
    corner = corners[0] - margin * (along + across)
    if abs(along[0] - 1) < 1e-4:  # upright: no resampling
        corner = corner.round()
    matrix = np.array([[along[0], across[0], corner[0]], [along[1], across[1], corner[1]]])
    size = (math.ceil(width) + 2 * margin, max(1, round(height)) + 2 * margin)
    image = cv2.warpAffine(
        page, matrix, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_CONSTANT,
        borderValue=255,
    )  # fmt: skip
    centers = margin + np.array(line.centers) * width
    return DrawnLine(np.asarray(image, np.uint8), text, centers, margin, size[1] - 2 * margin, width)


def trusted(text: str, reading: str) -> bool:
    """Whether a reading of a clean rendering confirms what the text layer says.

    Example:
        >>> trusted("der Käse", "der Kase"), trusted("Γαμμα", "Tauua"), trusted("7", "1")
        (True, False, False)
    """
    if any(c in reading and c not in text for c in DRAWN_SIGNS):
        return False
    a, b = (folded(t).replace(" ", "") for t in (text, reading))
    allowed = EDITS * len(a) if len(a) > 4 else 1 if len(a) > 2 or not a.isalnum() else 0
    return Levenshtein.distance(a, b) <= allowed


@dataclass(frozen=True, slots=True)
class PageLines:
    """Lines of a page whose text is confirmed, with the height of a typical one in points."""

    page: Any
    lines: list[tuple[TextLine, str]]
    body: float

    def to_pixels(self, scale: float) -> NDArray[np.float64]:
        """The map from points (y up) to pixels (y down)."""
        left, _, _, top = self.page.get_bbox()
        return np.array([[scale, 0, -left * scale], [0, -scale, top * scale]])

    def fits(self, scale: float) -> bool:
        """Whether the page is small enough to be rendered at this scale."""
        width, height = self.page.get_size()
        return bool(width * height * scale * scale <= MAX_PIXELS)


def _candidates(page: Any, rng: random.Random, charset: Charset) -> PageLines | None:
    found = visible_lines(page)
    if page.get_rotation() or not 3 <= len(found) <= 400:
        return None
    lines = []
    for line in found:
        text = line.text.translate(SAME_SIGN)
        if len(text) == len(line.centers) and all(c in charset for c in text) and rng.random() < _wanted(text):
            lines.append((line, text))
    rng.shuffle(lines)
    heights = sorted(line.quad.height for line, _ in lines)
    return PageLines(page, lines[:LINES], heights[len(heights) // 2]) if lines else None


def _wanted(text: str) -> float:
    """How likely a line is taken: long plain prose is plentiful, short lines, signs and accents are not."""
    if set(text) <= set(". "):
        return 0.02
    odd = sum(not (c.isascii() and (c.isalnum() or c in " .,-")) for c in text)
    if odd > 0.08 * len(text) or not text.isascii():
        return 1.0
    return 0.35 if len(text) <= 3 else 0.7 if len(text) <= 12 else 0.45


def _confirmed(candidates: PageLines, recognizer: CrnnRecognizer) -> PageLines:
    """The candidates whose text a recogniser confirms on a clean rendering."""
    scale = min(CLEAN / candidates.body, 400 / 72)
    if not candidates.fits(scale):
        return PageLines(candidates.page, [], candidates.body)
    page, to_pixels = render(candidates.page, scale, random.Random(1)), candidates.to_pixels(scale)
    crops = [drawn_line(page, line, text, to_pixels) for line, text in candidates.lines]
    readings = recognizer([c.image[c.margin - 2 : 2 - c.margin, c.margin // 2 : -c.margin // 2] for c in crops])
    kept = [pair for pair, reading in zip(candidates.lines, readings, strict=True) if trusted(pair[1], reading.text)]
    return PageLines(candidates.page, kept, candidates.body)


def samples(
    paths: Sequence[Path], seed: int, charset: Charset, recognizer: CrnnRecognizer, pages: int = 10
) -> Iterator[LineSample]:
    """Training lines of documents, page after page; the same seed gives the same lines.

    Args:
        paths: the PDFs; those that cannot be opened are skipped.
        seed: of pages, looks and degradation.
        charset: lines with other characters are left out.
        recognizer: reads the lines on a clean rendering, to confirm their text.
        pages: pages of each document at most.
    """
    rng = random.Random(seed)
    for path in paths:
        try:
            pdf = pypdfium2.PdfDocument(path)
        except pypdfium2.PdfiumError:
            continue
        with pdf:
            asked = dropped = 0
            for number in rng.sample(range(len(pdf)), min(pages, len(pdf))):
                page = pdf[number]
                candidates = _candidates(page, rng, charset)
                if candidates is None:
                    continue
                kept = _confirmed(candidates, recognizer)
                asked, dropped = asked + len(candidates.lines), dropped + len(candidates.lines) - len(kept.lines)
                if 2 * len(kept.lines) >= len(candidates.lines):
                    yield from _worn(kept, rng)
                if asked > 60 and dropped > DISTRUSTED * asked:
                    break


def _worn(lines: PageLines, rng: random.Random) -> Iterator[LineSample]:
    """The lines of a page, rendered at a size that suits a look, and degraded."""
    look = rng.choices(list(LOOKS), list(LOOKS.values()))[0]
    low, high, mode = HEIGHTS[look]
    scale = rng.triangular(low, high, mode) / lines.body
    if not lines.fits(scale):
        return
    page, to_pixels = render(lines.page, scale, rng), lines.to_pixels(scale)
    for line, text in lines.lines:
        clean = drawn_line(page, line, text, to_pixels)
        if clean.band >= 6 and clean.width >= 3:
            sample = worn_sample(rng, clean, look)
            if sample is not None:
                yield sample


def main(arguments: Sequence[str]) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="folder for the shards")
    parser.add_argument("--documents", type=Path, required=True, help="folder with PDFs, as scripts/documents fills it")
    parser.add_argument("--held-out", action="store_true", help="the documents that are kept from training")
    parser.add_argument("--charset", default="latin")
    parser.add_argument("--recognizer", default="crnn-en-mobile-int8", help="confirms the text of lines")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pages", type=int, default=10, help="pages of a document at most")
    parser.add_argument("--shards", type=int, default=60)
    parser.add_argument("--lines", type=int, default=2000, help="lines in a shard")
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    paths = documents(options.documents, held=options.held_out)
    if not paths:
        raise SystemExit(f"{options.documents}: there are no PDFs; fetch some: scripts/documents {options.documents}")
    random.Random(options.seed).shuffle(paths)
    recognizer = CrnnRecognizer(options.recognizer, "greedy", 1)
    drawn = samples(paths, options.seed, Charset.load(options.charset), recognizer, options.pages)
    for number in range(options.shards):
        rows = [sample for sample, _ in zip(drawn, range(options.lines), strict=False)]
        if not rows:
            break
        path = options.out / f"{options.seed}-{number:04d}.npz"
        save_shard(path, [row.picture for row in rows], (row.text for row in rows), (row.centers for row in rows))
        print(f"{path}: {len(rows)} lines", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
