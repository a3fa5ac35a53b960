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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

from ocr.document import Matrix, Step, StepName
from ocr.errors import EncryptedError, InputError
from ocr.geometry import apply, invert, multiply, page_matrix
from ocr.source import poppler
from ocr.source.page import MAX_COLOR_PIXELS, MAX_PIXELS, PageImage, Pages, Source, in_shell, is_grey, reopen

__all__ = ["PdfSource"]

PDFIUM = threading.RLock()
"""PDFium is not thread-safe, even across documents."""

Box = tuple[float, float, float, float]
"""Left, bottom, right, top in points of user space."""

FULL = 0.95
"""An image that covers at least this share of the page is the page."""
OVERHANG = 0.01
"""A scanned image may exceed the page by this share of the page's size; beyond, it is cropped by the page."""
SQUARE = 0.02
"""Horizontal and vertical resolution may differ by this share; beyond (fax: 204 x 98 dpi), pixels are made square."""
INSET = 0.02
"""Pixels. Prevents rounding in single precision from spreading the edge of the image over one more pixel."""
MANY_OBJECTS = 20_000
"""A page with more objects is a drawing, not a scan, and is not searched for one."""
REOPEN = 8
"""The document is opened again after this many pages: PDFium keeps their compressed images until it is closed."""
GREY_SPACES = (pdfium.FPDF_COLORSPACE_DEVICEGRAY, pdfium.FPDF_COLORSPACE_CALGRAY)
UNSEEN_ANNOTATIONS = (pdfium.FPDF_ANNOT_LINK, pdfium.FPDF_ANNOT_POPUP)


@dataclass(frozen=True, slots=True)
class ScannedImage:
    """The image that fills a page.

    Attributes:
        handle: PDFium's object.
        box: where it is on the page.
        width: pixels, in the direction that is horizontal when the page is shown.
        height: pixels, in the other direction.
        aligned: its sides are parallel to those of the page.
        grey: it has no colour, and nothing else is visible.
        alone: nothing else is visible on the page.
    """

    handle: Any
    box: Box
    width: int
    height: int
    aligned: bool
    grey: bool
    alone: bool


@dataclass(frozen=True, slots=True)
class Rendering:
    """How pages are rendered that are not a single scanned image: resolution and engine (pdfium or poppler)."""

    dpi: float = 300.0
    renderer: str = "pdfium"


@dataclass(frozen=True, slots=True)
class Plan:
    """How a page is rendered.

    Attributes:
        box: the part of user space to show.
        width: pixels.
        height: pixels.
        dpi: resolution that this amounts to.
        grey: without colour.
        steps: what was decided.
        exact: on the pixel grid of the scanned image.
    """

    box: Box
    width: int
    height: int
    dpi: float
    grey: bool
    steps: tuple[Step, ...]
    exact: bool = False


class PdfSource(Source):
    """A PDF. Each page is opened and closed by :meth:`page`; the document is opened again after ``REOPEN`` pages."""

    kind = "pdf"

    def __init__(
        self,
        data: Path | bytes,
        name: str,
        pages: Pages = None,
        password: str = "",
        rendering: Rendering = Rendering(),
    ) -> None:
        self._data = data
        self._rendering = rendering
        self._drawn = 0
        self._unlocked: bytes | None = None
        with PDFIUM:
            self._pdf = _open(data, name, password)
            try:
                super().__init__(name, len(self._pdf), pages, password)
            except Exception:
                self._pdf.close()
                raise

    def page(self, number: int) -> PageImage:
        """Render one page.

        Raises:
            InputError: the page is damaged.
            DependencyError: Poppler is asked for and not installed.
        """
        self.check_number(number)
        with PDFIUM, self._opened(number) as page:
            rotation: int = page.get_rotation()
            box: Box = page.get_bbox()
            scan = find_scanned_image(page, box, rotation)
            plan = make_plan(box, rotation, scan, self._rendering)
            if self._rendering.renderer == "poppler":
                # Poppler takes the size that the page has before /Rotate is applied.
                size = (plan.width, plan.height) if rotation % 180 == 0 else (plan.height, plan.width)
                pixels = poppler.draw(self._decrypted(), number, size, grey=plan.grey, name=self.name)
            else:
                pixels = _draw(page, self._pdf.formenv, plan, rotation)
            if scan and pixels.min() == pixels.max() and scan.width * scan.height <= MAX_PIXELS:
                self._check_scan(scan, number)
        height, width = pixels.shape[:2]
        return PageImage(number, pixels, plan.dpi, page_matrix(width, height, plan.box, rotation), plan.steps)

    def data(self) -> bytes | Path:
        """The PDF."""
        return self._data

    @property
    def original(self) -> bytes | Path:
        """The PDF."""
        return self._data

    def close(self) -> None:
        """Close the document."""
        with PDFIUM:
            self._pdf.close()

    @contextlib.contextmanager
    def _opened(self, number: int) -> Iterator[Any]:
        if self._drawn == REOPEN:
            self._pdf.close()
            self._pdf = _open(self._data, self.name, self.password)
            self._drawn = 0
        self._drawn += 1
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
            with pikepdf.open(reopen(self._data), password=self.password) as pdf:
                copy = io.BytesIO()
                pdf.save(copy)
                self._unlocked = copy.getvalue()
        return self._data if self._unlocked is None else self._unlocked

    def _check_scan(self, scan: ScannedImage, number: int) -> None:
        # PDFium leaves out what it cannot decode: without this check, a damaged scan would look like a blank page.
        try:
            scan.handle.get_bitmap().close()
        except pypdfium2.PdfiumError as error:
            raise self.damaged(number, "has an image that cannot be decoded") from error

    def damaged(self, number: int, fault: str) -> InputError:
        """The error for a damaged page."""
        return InputError(
            f"{self.name}: page {number} {fault}; try the renderer poppler, "
            f"or a repaired copy: qpdf {in_shell(self.name)} repaired.pdf"
        )


def _open(data: Path | bytes, name: str, password: str) -> Any:
    try:
        pdf = pypdfium2.PdfDocument(data, password=password or None)
    except pypdfium2.PdfiumError as error:
        code = pdfium.FPDF_GetLastError()
        if code == pdfium.FPDF_ERR_PASSWORD:
            fault = "the password is wrong" if password else "it is encrypted and needs a password"
            raise EncryptedError(f"{name}: {fault}; give it as password=... (or --password ...)") from error
        if code == pdfium.FPDF_ERR_SECURITY:
            raise EncryptedError(
                f"{name}: its encryption is not supported; remove it with the program that made the file"
            ) from error
        raise InputError(
            f"{name}: the PDF is damaged or cut off; copy it again, "
            f"or try a repaired copy: qpdf {in_shell(name)} repaired.pdf"
        ) from error
    pdf.init_forms()
    return pdf


def find_scanned_image(page: Any, page_box: Box, rotation: int) -> ScannedImage | None:
    """The image that makes up the page; None where the page is something else."""
    if pdfium.FPDFPage_CountObjects(page) > MANY_OBJECTS:
        return None
    images: list[tuple[Any, Matrix]] = []
    under, over = [], 0
    for item in page.get_objects():
        if item.type == pdfium.FPDF_PAGEOBJ_FORM:
            continue
        if item.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            matrix = _placement(item)
            if _coverage(_bounds(matrix), page_box) >= FULL:
                images.append((item, matrix))
                continue
        elif item.type == pdfium.FPDF_PAGEOBJ_TEXT and _is_unseen(item):
            continue
        if images or item.level:
            over += 1
        else:
            under.append(item)
    if not images:
        return None
    item, matrix = max(images, key=lambda image: _pixel_count(image[0]))
    box = _bounds(matrix)
    hidden = all(_inside(thing.get_bounds(), box) for thing in under)
    width, height = item.get_px_size()
    sideways = abs(matrix[1]) > abs(matrix[0])
    if sideways != (rotation % 180 == 90):
        width, height = height, width
    slant = min(abs(matrix[1]) + abs(matrix[2]), abs(matrix[0]) + abs(matrix[3]))
    alone = len(images) == 1 and not over and hidden and not _has_visible_annotations(page)
    aligned = slant * max(width, height) < 0.5 * max(map(abs, matrix[:4]))
    grey = item.get_metadata().colorspace in GREY_SPACES
    return ScannedImage(item, box, width, height, aligned, grey and alone, alone)


def make_plan(page_box: Box, rotation: int, scan: ScannedImage | None, rendering: Rendering) -> Plan:
    """Choose resolution, pixel grid and colour; the steps of the plan name the choice."""
    if scan is None:
        return _fitted(page_box, rotation, rendering.dpi, rendering)
    across, up = _shown_size(scan.box, rotation)
    dpi_x, dpi_y = 72 * scan.width / across, 72 * scan.height / up
    dpi = max(dpi_x, dpi_y)
    if not scan.alone:
        return _fitted(page_box, rotation, max(dpi, rendering.dpi), rendering)
    fits = scan.aligned and rendering.renderer == "pdfium" and not _sticks_out(scan.box, page_box)
    if not fits or scan.width * scan.height > MAX_PIXELS:
        return _fitted(page_box, rotation, dpi, rendering, grey=scan.grey)
    if abs(dpi_x - dpi_y) > SQUARE * dpi:
        return _fitted(scan.box, rotation, dpi, rendering, grey=scan.grey)
    size = {"width": scan.width, "height": scan.height}
    dpi = (dpi_x * dpi_y) ** 0.5
    step = Step(StepName.NATIVE_IMAGE, {"renderer": "pdfium", "dpi": round(dpi, 1), **size})
    return _colored(Plan(scan.box, scan.width, scan.height, dpi, scan.grey, (step,), exact=True))


def _fitted(box: Box, rotation: int, dpi: float, rendering: Rendering, *, grey: bool = False) -> Plan:
    limit = poppler.MAX_PIXELS if rendering.renderer == "poppler" else MAX_PIXELS
    across, up = _shown_size(box, rotation)
    steps: tuple[Step, ...] = ()
    wanted = dpi
    if across * up * (dpi / 72) ** 2 > limit:
        dpi = 72 * (limit / (across * up)) ** 0.5
        steps = (Step(StepName.REDUCED, {"from_dpi": round(wanted, 1), "dpi": round(dpi, 1)}),)
    width, height = max(1, round(across * dpi / 72)), max(1, round(up * dpi / 72))
    step = Step(StepName.RENDER, {"renderer": rendering.renderer, "dpi": round(dpi, 1)})
    return _colored(Plan(box, width, height, dpi, grey, (step, *steps)))


def _colored(plan: Plan) -> Plan:
    if plan.grey or plan.width * plan.height <= MAX_COLOR_PIXELS:
        return plan
    return replace(plan, grey=True, steps=(*plan.steps, Step(StepName.GREY, {"reason": "size"})))


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


def _placement(item: Any) -> Matrix:
    """Maps the unit square of the image to user space, through the forms that contain it."""
    matrix: Matrix = item.get_matrix().get()
    holder = item.container
    while holder is not None:
        matrix = multiply(matrix, holder.get_matrix().get())
        holder = holder.container
    return matrix


def _bounds(matrix: Matrix) -> Box:
    xs, ys = zip(*(apply(matrix, x, y) for x, y in ((0, 0), (1, 0), (0, 1), (1, 1))), strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _coverage(box: Box, page: Box) -> float:
    across = min(box[2], page[2]) - max(box[0], page[0])
    up = min(box[3], page[3]) - max(box[1], page[1])
    area = (page[2] - page[0]) * (page[3] - page[1])
    return max(0.0, across) * max(0.0, up) / area if area > 0 else 0.0


def _inside(box: Box, outer: Box) -> bool:
    return box[0] >= outer[0] - 1 and box[1] >= outer[1] - 1 and box[2] <= outer[2] + 1 and box[3] <= outer[3] + 1


def _sticks_out(box: Box, page: Box) -> bool:
    slack_x, slack_y = OVERHANG * (page[2] - page[0]), OVERHANG * (page[3] - page[1])
    out_x = max(page[0] - box[0], box[2] - page[2])
    out_y = max(page[1] - box[1], box[3] - page[3])
    return out_x > slack_x or out_y > slack_y


def _shown_size(box: Box, rotation: int) -> tuple[float, float]:
    across, up = max(box[2] - box[0], 1e-3), max(box[3] - box[1], 1e-3)
    return (across, up) if rotation % 180 == 0 else (up, across)


def _pixel_count(item: Any) -> int:
    width, height = item.get_px_size()
    return int(width * height)


def _is_unseen(text: Any) -> bool:
    return bool(pdfium.FPDFTextObj_GetTextRenderMode(text) == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE)


def _has_visible_annotations(page: Any) -> bool:
    for index in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        kind = pdfium.FPDFAnnot_GetSubtype(annotation)
        pdfium.FPDFPage_CloseAnnot(annotation)
        if kind not in UNSEEN_ANNOTATIONS:
            return True
    return False


def _forked() -> None:
    global PDFIUM  # noqa: PLW0603 (another thread of the parent may have held the lock)
    PDFIUM = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
