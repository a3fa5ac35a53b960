"""PDF pages as pixels, rendered by PDFium or Poppler.

A page that is a single scanned image is rendered on the pixel grid of that image: PDFium then copies the pixels one to
one (tested) and applies masks, Decode arrays, colour spaces, flips and ``/Rotate`` as viewers do.
"""

from __future__ import annotations

import contextlib
import io
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

from ocr.errors import InputError
from ocr.geometry import invert, multiply, page_matrix
from ocr.source import poppler
from ocr.source.opening import Opening
from ocr.source.original import Original
from ocr.source.page import MAX_PIXELS, PageImage, Pages, Source, TextLayer, is_grey
from ocr.source.pdf_check import Findings, PageChecker
from ocr.source.pdf_file import FAULTS, notices, open_pdf, open_pdfium
from ocr.source.pdf_layers import layers_off
from ocr.source.pdf_plan import DEFAULT, Box, Plan, Rendering, ScannedImage, find_scanned_image, is_blank, make_plan
from ocr.source.pdf_text import text_layer

__all__ = ["PdfSource"]

PDFIUM = threading.RLock()
"""PDFium is not thread-safe, even across documents."""

INSET = 0.02
"""Pixels. Prevents rounding in single precision from spreading the edge of the image over one more pixel."""
REOPEN = 4000
"""The document is opened again after this many pages, which takes as long as there are pages before the next one."""
MAX_KEPT = 1 << 26
"""Bytes. Or after images of this compressed size: PDFium keeps them until it is closed."""


class PdfSource(Source):
    """A PDF. Each page is opened and closed by :meth:`page`; the document is opened again from time to time."""

    kind = "pdf"

    def __init__(
        self,
        original: Original,
        pages: Pages = None,
        password: str = "",
        rendering: Rendering = DEFAULT,
    ) -> None:
        self._original = original
        self._rendering = rendering
        self._drawn = self._kept = 0
        self._unlocked: bytes | None = None
        with PDFIUM:
            self._file = open_pdf(original, password)
            self._pdf = self._file.drawing
            self.warnings = (*self._file.warnings, *notices(self._file, original.name))
            objects = self._file.objects.pdf if self._file.objects else None
            self._layers_off = _layers_off(objects)
            self._checker = PageChecker(objects, original.name, repaired=bool(self._file.warnings))
            try:
                super().__init__(original.name, len(self._pdf), pages, password)
            except Exception:
                self.close()
                raise
        self.opening = Opening(original, self.numbers, password, rendering.dpi, rendering.renderer)

    def page(self, number: int) -> PageImage:
        """Render one page.

        Raises:
            InputError: the page is damaged, or the file changed since it was opened.
            DependencyError: Poppler is asked for and not installed.
        """
        self.check_number(number)
        self.check()
        with self._planned(number) as (page, found, plan, scan):
            rotation: int = page.get_rotation()
            if self._rendering.renderer == "poppler":
                # Poppler takes the size that the page has before /Rotate is applied.
                size = (plan.width, plan.height) if rotation % 180 == 0 else (plan.height, plan.width)
                pixels = poppler.draw(self._decrypted(), number, size, grey=plan.grey, name=self.name)
            else:
                pixels = _draw(page, self._pdf.formenv, plan, rotation)
            if scan and pixels.min() == pixels.max() and scan.width * scan.height <= MAX_PIXELS:
                self._check_scan(scan, number)
        self.check()
        height, width = pixels.shape[:2]
        matrix = page_matrix(width, height, plan.box, rotation)
        return PageImage(number, pixels, plan.dpi, matrix, plan.steps, *self._told(found, number))

    def text(self, number: int) -> TextLayer:
        """The text that a page brings along, without drawing the page.

        Raises:
            InputError: the page is damaged.
        """
        with self._planned(number) as (page, looked, plan, _):
            names, copy = partial(self._checker.names, number), partial(self._checker.doubled, number)
            blank = is_blank(page)
            found = TextLayer(blank=True) if blank else text_layer(page, page.get_bbox(), self._layers_off, names, copy)
            found = replace(found, fields=self._checker.fields(number, page.get_bbox()))
            matrix = page_matrix(plan.width, plan.height, plan.box, page.get_rotation())
        warnings, damage = self._told(looked, number)
        found = replace(found, width=plan.width, height=plan.height, dpi=plan.dpi, matrix=matrix)
        return replace(found, warnings=warnings, damage=damage)

    def size(self, number: int) -> tuple[int, int]:
        """Width and height in pixels of a page, as it would be rendered.

        Raises:
            InputError: the page is damaged.
        """
        with self._planned(number) as (_, _, plan, _):
            return plan.width, plan.height

    @contextlib.contextmanager
    def _planned(self, number: int) -> Iterator[tuple[Any, Findings, Plan, ScannedImage | None]]:
        """An open page, what was found in it, how it would be rendered, and the scan that it consists of.

        Raises:
            InputError: the page is damaged.
        """
        self.check_number(number)
        with PDFIUM:
            looked = self._checker.check(number)
        with PDFIUM, self._opened(number, looked.weight) as page:
            rotation: int = page.get_rotation()
            box: Box = page.get_bbox()
            if box[0] >= box[2] or box[1] >= box[3]:
                raise InputError(
                    f"{self.name}: page {number} shows nothing, because its crop box lies outside its media box; "
                    "remove the crop box in a PDF editor, or choose other pages: --pages"
                )
            scan = find_scanned_image(page, box, rotation)
            yield page, looked, make_plan(box, rotation, scan, self._rendering, looked.unit), scan

    def _told(self, found: Findings, number: int) -> tuple[tuple[str, ...], str]:
        """The warnings about a page, and what is missing of it."""
        where = f"{self.name}: page {number}"
        damage = f"{where} is damaged: {'; '.join(dict.fromkeys(found.damage))}; the rest was read"
        warnings = tuple(f"{where}: {warning}" for warning in dict.fromkeys(found.warnings))
        return warnings, damage if found.damage else ""

    def data(self) -> bytes | Path:
        """The PDF; of a broken one, the repaired copy."""
        return self._file.original.data

    @property
    def original(self) -> bytes | Path:
        """The PDF as it came."""
        return self._original.data

    def check(self) -> None:
        """Make sure that the file is as it was when it was opened.

        Raises:
            InputError: it changed.
        """
        self._original.check()

    def close(self) -> None:
        """Close the document."""
        with PDFIUM:
            self._pdf.close()
            self._file.close()

    @contextlib.contextmanager
    def _opened(self, number: int, weight: int) -> Iterator[Any]:
        if self._drawn == REOPEN or (self._drawn and self._kept + weight > MAX_KEPT):
            self._pdf.close()
            self._pdf = open_pdfium(self._file.original, self.password)
            self._drawn = self._kept = 0
        self._drawn += 1
        self._kept += weight
        try:
            page = self._pdf[number - 1]
        except pypdfium2.PdfiumError as error:
            raise self.damaged(number, "cannot be loaded") from error
        try:
            yield page
        except (pypdfium2.PdfiumError, ValueError) as error:
            raise self.damaged(number, f"cannot be rendered ({error})") from error
        finally:
            page.close()

    def _decrypted(self) -> Path | bytes:
        """The PDF without encryption; a decrypted copy is made once and held in memory."""
        if self.password and self._unlocked is None:
            with self._file.original.open() as file, pikepdf.open(file, password=self.password) as pdf:
                copy = io.BytesIO()
                pdf.save(copy)
                self._unlocked = copy.getvalue()
        return self.data() if self._unlocked is None else self._unlocked

    def _check_scan(self, scan: ScannedImage, number: int) -> None:
        # PDFium leaves out what it cannot decode: without this check, a damaged scan would look like a blank page.
        try:
            bitmap = scan.handle.get_bitmap()
        except pypdfium2.PdfiumError as error:
            raise self.damaged(number, "has an image that cannot be decoded") from error
        bitmap.warn_on_close = False  # it belongs to us, though PDFium made it
        bitmap.close()

    def damaged(self, number: int, fault: str) -> InputError:
        """The error for a damaged page."""
        other = "" if self._rendering.renderer == "poppler" else "; another engine may draw it: --renderer poppler"
        return InputError(f"{self.name}: page {number} {fault}{other}")


def _layers_off(pdf: pikepdf.Pdf | None) -> frozenset[bytes]:
    with contextlib.suppress(*FAULTS, TypeError, LookupError, AttributeError):
        return layers_off(pdf) if pdf is not None else frozenset()
    return frozenset()


def _draw(page: Any, form: Any, plan: Plan, rotation: int) -> NDArray[np.uint8]:
    kind = pdfium.FPDFBitmap_Gray if plan.grey else pdfium.FPDFBitmap_BGRx
    width, height = plan.width, plan.height
    bitmap = pypdfium2.PdfBitmap.new_native(width, height, kind)
    try:
        bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
        flags = pdfium.FPDF_ANNOT | pdfium.FPDF_RENDER_LIMITEDIMAGECACHE
        box = page.get_bbox()
        if plan.box == box and not plan.exact:
            pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, flags)
            if form:
                pdfium.FPDF_FFLDraw(form, bitmap, page, 0, 0, width, height, 0, flags)
        else:
            # PDFium applies this matrix after laying the page out at one pixel a point.
            inset = (1 - 2 * INSET / width, 0.0, 0.0, 1 - 2 * INSET / height, INSET, INSET)
            target = multiply(invert(page_matrix(width, height, plan.box, rotation)), inset)
            matrix = multiply(page_matrix(page.get_width(), page.get_height(), box, rotation), target)
            clip = pdfium.FS_RECTF(0, 0, width, height)
            pdfium.FPDF_RenderPageBitmapWithMatrix(bitmap, page, pdfium.FS_MATRIX(*matrix), clip, flags)
        return _to_pixels(bitmap.to_numpy())
    finally:
        bitmap.close()


def _to_pixels(drawn: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """From (H, W) or (H, W, 4) BGRx to (H, W), or to (H, W, 3) RGB if there is any colour."""
    if drawn.ndim == 2 or drawn.shape[2] == 1:
        return drawn.reshape(drawn.shape[:2])
    if is_grey(drawn):
        return np.ascontiguousarray(drawn[..., 0])
    return np.asarray(cv2.cvtColor(drawn, cv2.COLOR_BGRA2RGB), np.uint8)


def _forked() -> None:
    global PDFIUM  # noqa: PLW0603 (another thread of the parent may have held the lock)
    PDFIUM = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
