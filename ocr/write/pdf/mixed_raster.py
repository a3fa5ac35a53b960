"""Mixed raster content: sharp text of one bit over a small picture of everything else (ISO 32000-1, 8.9.6).

The text mask is what is dark on the whitened page inside the boxes of words that were read. It becomes a stencil in
CCITT G4 at full resolution, painted in the colour of the text: one colour, or a small picture where there are several.
The background, with the text filled in from around it, is a JPEG at a lower resolution.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import pikepdf
from numpy.typing import NDArray
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from ocr.document import Matrix, Page
from ocr.geometry import multiply
from ocr.source.pdf_content import drawn
from ocr.source.streams import TooLargeError, decoded
from ocr.write.pdf.encode import Encoded, fax, image_stream, jpeg, psnr
from ocr.write.pdf.optimize import is_nearly_grey
from ocr.write.pdf.page_tree import inherited

__all__ = ["Whiten", "shared_pictures", "show_layers"]

GROUND_DPI = 150.0
"""Resolution of the background, unless that of the page is lower."""
COLOUR_SHARE = 1 / 8
"""Resolution of the colours of text, as a share of that of the page."""
COLOUR_QUALITY = 50
ONE_COLOUR = 60.0
"""Text is of one colour if those of all its words are this close to the median, in RGB."""
AROUND = 0.1
"""Margin around the box of a word, as a share of its height."""
FAINT = 0.1
"""Ink may be lighter than Otsu's threshold by this share of the way to white: thin strokes are."""
MOSTLY = 0.6
"""A word of whose box more than this share is dark is light text on a dark ground; it stays in the background."""
LEAST_PSNR = 20.0
"""dB. A page that would look more different than that is no page of dark text, and stays as it is."""
WORTH = 0.9
"""Layers are used if they are smaller than this share of the pictures that they replace."""
MOST_CONTENT = 1 << 20
"""Bytes. Longer drawing instructions may show any picture that they list."""

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Whiten = Callable[[Pixels], Pixels]


@dataclass(frozen=True, slots=True)
class _Layers:
    """The background, the mask of the text, and the colours of the text: one, or a small picture."""

    ground: Encoded
    ground_size: tuple[int, int]
    mask: Encoded
    colour: tuple[int, ...]
    colours: Encoded | None
    colours_size: tuple[int, int]
    psnr: float

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.ground.data) + len(self.mask.data) + (len(self.colours.data) if self.colours else 0)


def show_layers(
    pdf: Pdf,
    target: Object,
    page: Page,
    pixels: Pixels,
    quality: int,
    whiten: Whiten | None,
    shared: frozenset[tuple[int, int]] = frozenset(),
) -> tuple[int, int, float] | None:
    """Replace the only picture of a page by layers, if that makes it smaller.

    Args:
        pdf: to change.
        target: its page, which is a single picture.
        page: that was read.
        pixels: of the page, (H, W) or (H, W, 3) RGB.
        quality: of the background's JPEG.
        whiten: makes the background of a page white; None divides by the local background.
        shared: pictures of other pages, too, which have to stay.

    Returns:
        Bytes before and after, and the PSNR of the page in dB; None if the page stays as it is.
    """
    shown = _pictures(target)
    before = 0 if any(item.objgen in shared for item in shown.values()) else sum(map(_length, shown.values()))
    boxes = [word.box for word in page.words]
    if not before or not boxes or len(np.unique(pixels[::7, ::7])) <= 2:
        return None
    if pixels.ndim == 3 and is_nearly_grey(pixels):
        pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    mask = _mask(pixels, page, whiten)
    if not mask.any():
        return None
    layers = _separated(pixels, mask, page, quality)
    if layers.size > WORTH * before or layers.psnr < LEAST_PSNR:
        return None
    _unlist(target, shown)
    height, width = pixels.shape[:2]
    _draw(pdf, target, layers, (width, height), page.matrix)
    return before, layers.size, layers.psnr


def shared_pictures(pages: Iterable[Object]) -> frozenset[tuple[int, int]]:
    """Object and generation numbers of pictures that several pages show: in layers, each page would have its own."""
    counts = Counter(item.objgen for page in pages for item in _pictures(page).values())
    return frozenset(number for number, count in counts.items() if count > 1)


def _pictures(target: Object) -> dict[str, Stream]:
    """The pictures that a page shows, without those in forms, by their names."""
    objects = _entry(inherited(target, "/Resources"), "/XObject")
    found = {key: item for key, item in _items(objects) if _entry(item, "/Subtype") == Name.Image}
    if len(found) > 1:  # lists of pictures may be those of several pages
        with contextlib.suppress(TooLargeError, pikepdf.PdfError):
            contents = target.get("/Contents")
            parts = list(contents) if isinstance(contents, Array) else [contents]
            data = b"\n".join(decoded(part, MOST_CONTENT).data for part in parts if isinstance(part, Stream))
            found = {key: item for key, item in found.items() if key in drawn(data)}
    return found


def _unlist(target: Object, shown: dict[str, Stream]) -> None:
    """Take pictures out of a list that pages may share, unless forms in it may show them."""
    objects = _entry(inherited(target, "/Resources"), "/XObject")
    if all(_entry(item, "/Subtype") == Name.Image for _, item in _items(objects)):
        for key in shown:
            del objects[key]


def _length(item: Stream) -> int:
    return len(item.read_raw_bytes())


def _items(holder: Any) -> list[tuple[str, Any]]:
    return list(holder.items()) if isinstance(holder, Dictionary) else []


def _entry(holder: Any, key: str) -> Any:
    return holder.get(key) if isinstance(holder, Dictionary | Stream) else None


def _mask(pixels: Pixels, page: Page, whiten: Whiten | None) -> Mask:
    """Where the ink of the text is."""
    white = whiten(pixels) if whiten else _divided(pixels)
    grey = np.asarray(white if white.ndim == 2 else cv2.cvtColor(white, cv2.COLOR_RGB2GRAY), np.uint8)
    inside = np.zeros(grey.shape, np.uint8)
    spots = [_around(word.box.hull, grey.shape) for word in page.words]
    for left, top, right, bottom in spots:
        inside[top:bottom, left:right] = 1
    values = grey[inside > 0]
    if not values.size:
        return np.zeros(grey.shape, np.bool_)
    limit, _ = cv2.threshold(values.reshape(-1, 1), 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    mask = (grey <= limit + FAINT * (255 - limit)) & (inside > 0)
    for left, top, right, bottom in spots:
        part = mask[top:bottom, left:right]
        if part.size and part.mean() > MOSTLY:
            part[:] = False
    return np.asarray(mask, np.bool_)


def _around(hull: tuple[float, float, float, float], shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    left, top, right, bottom = hull
    pad = AROUND * (bottom - top)
    return (
        max(0, int(left - pad)), max(0, int(top - pad)),
        min(shape[1], int(right + pad) + 1), min(shape[0], int(bottom + pad) + 1),
    )  # fmt: skip


def _divided(pixels: Pixels) -> Pixels:
    """Tones relative to the paper around them."""
    grey = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    side = max(15, min(grey.shape[:2]) // 40) | 1
    paper = cv2.blur(cv2.dilate(grey, np.ones((side, side), np.uint8)), (side, side))
    return np.asarray(np.clip(grey.astype(np.float32) * 255 / np.maximum(paper, 1), 0, 255), np.uint8)


def _separated(pixels: Pixels, mask: Mask, page: Page, quality: int) -> _Layers:
    height, width = mask.shape
    share = min(1.0, GROUND_DPI / max(page.dpi, 1.0))
    thick = cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    ground = _filled(pixels, ~thick, (max(1, round(width * share)), max(1, round(height * share))))
    inks = _inks(pixels, mask, page)
    middle = np.median(np.array([ink for _, ink in inks]), axis=0)
    colour = tuple(int(value) for value in middle)
    far = [float(np.linalg.norm(ink - middle)) for _, ink in inks]
    small = (max(1, round(width * COLOUR_SHARE)), max(1, round(height * COLOUR_SHARE)))
    tones = None if max(far) < ONE_COLOUR else _coloured(inks, colour, small)
    shown = cv2.resize(ground, (width, height), interpolation=cv2.INTER_LINEAR)
    shown[mask] = colour if tones is None else cv2.resize(tones, (width, height), interpolation=cv2.INTER_LINEAR)[mask]
    bits = np.packbits(mask, axis=1).tobytes()
    return _Layers(
        jpeg(ground, quality), ground.shape[1::-1], fax(bits, width, height), colour,
        None if tones is None else jpeg(tones, COLOUR_QUALITY), small, psnr(pixels, np.asarray(shown, np.uint8)),
    )  # fmt: skip


def _inks(pixels: Pixels, mask: Mask, page: Page) -> list[tuple[tuple[int, int, int, int], NDArray[np.float64]]]:
    """Where each word is, and the colour of its ink: in the middle of its strokes, if they are thick enough."""
    core = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    channels = 1 if pixels.ndim == 2 else 3
    found = []
    for word in page.words:
        left, top, right, bottom = spot = _around(word.box.hull, mask.shape)
        inner, ink = core[top:bottom, left:right], mask[top:bottom, left:right]
        chosen = inner if inner.sum() >= 0.1 * ink.sum() else ink
        if chosen.any():
            values = pixels[top:bottom, left:right][chosen].reshape(-1, channels)
            found.append((spot, np.median(values, axis=0)))
    return found


def _coloured(
    inks: list[tuple[tuple[int, int, int, int], NDArray[np.float64]]], colour: tuple[int, ...], size: tuple[int, int]
) -> Pixels:
    """A reduced picture with the colour of each word over its box."""
    shape = size[::-1] if len(colour) == 1 else (*size[::-1], 3)
    tones = np.full(shape, colour[0] if len(colour) == 1 else colour, np.uint8)
    for (left, top, right, bottom), ink in inks:
        rows = slice(int(top * COLOUR_SHARE), int(bottom * COLOUR_SHARE) + 2)
        columns = slice(max(0, int(left * COLOUR_SHARE) - 1), int(right * COLOUR_SHARE) + 2)
        tones[rows, columns] = ink[0] if len(colour) == 1 else ink
    return tones


def _filled(pixels: Pixels, known: Mask, size: tuple[int, int]) -> Pixels:
    """A reduced picture of the known pixels; the others are filled from what is around them, near before far."""
    weight = known.astype(np.float32)
    tones: Any = pixels.astype(np.float32) * (weight if pixels.ndim == 2 else weight[..., None])
    tones = cv2.resize(tones, size, interpolation=cv2.INTER_AREA)
    levels: list[tuple[Any, Any]] = [(tones, cv2.resize(weight, size, interpolation=cv2.INTER_AREA))]
    while min(levels[-1][1].shape[:2]) > 1:
        levels.append((cv2.pyrDown(levels[-1][0]), cv2.pyrDown(levels[-1][1])))
    result = np.full_like(levels[-1][0], 255.0)
    for tones, base in reversed(levels):
        far = cv2.resize(result, base.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        deep = base if tones.ndim == 2 else base[..., None]
        share = np.clip(deep * 4, 0, 1)
        result = tones / np.maximum(deep, 1e-4) * share + far * (1 - share)
    return np.asarray(np.clip(result + 0.5, 0, 255), np.uint8)


def _draw(pdf: Pdf, target: Object, layers: _Layers, size: tuple[int, int], matrix: Matrix) -> None:
    """Make the page show the layers."""
    width, height = size
    place = " ".join(f"{value:.4f}" for value in multiply((width, 0, 0, -height, 0, height), matrix))
    stencil: dict[str, Any] = {"ImageMask": True, "BitsPerComponent": 1}
    ground = image_stream(pdf, layers.ground, *layers.ground_size, Interpolate=True)
    objects: dict[str, Any] = {"Ground": pdf.make_indirect(ground)}
    if layers.colours is None:
        objects["Text"] = pdf.make_indirect(
            image_stream(pdf, layers.mask, width, height, Decode=Array([1, 0]), **stencil)
        )
        operator = "g" if len(layers.colour) == 1 else "rg"
        paint = " ".join(f"{value / 255:.3f}" for value in layers.colour) + f" {operator} "
    else:
        explicit = pdf.make_indirect(image_stream(pdf, layers.mask, width, height, Decode=Array([1, 0]), **stencil))
        objects["Text"] = pdf.make_indirect(image_stream(pdf, layers.colours, *layers.colours_size, Mask=explicit))
        paint = ""
    target.Resources = Dictionary(XObject=Dictionary(**objects))
    drawing = f"q {place} cm /Ground Do Q\nq {paint}{place} cm /Text Do Q\n"
    target.Contents = pdf.make_indirect(Stream(pdf, drawing.encode()))
