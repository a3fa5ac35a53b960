"""How a PDF page is rendered: the scanned image that makes it up, if there is one, and the pixel grid to render on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pypdfium2.raw as pdfium

from ocr.document import Matrix, Step, StepName
from ocr.geometry import apply, multiply
from ocr.source import poppler
from ocr.source.page import MAX_COLOR_PIXELS, MAX_PIXELS

__all__ = [
    "DEFAULT",
    "Box",
    "Plan",
    "Rendering",
    "ScannedImage",
    "find_placement",
    "find_scanned_image",
    "is_blank",
    "make_plan",
]

Box = tuple[float, float, float, float]
"""Left, bottom, right, top in points of user space."""

FULL = 0.95
"""An image that covers at least this share of the page is the page."""
OVERHANG = 0.01
"""A scanned image may exceed the page by this share of the page's size; beyond, it is cropped by the page."""
SQUARE = 0.02
"""Horizontal and vertical resolution may differ by this share; beyond (fax: 204 x 98 dpi), pixels are made square."""
MANY_OBJECTS = 20_000
"""A page with more objects is a drawing, not a scan, and is not searched for one."""
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


DEFAULT = Rendering()


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
            matrix = find_placement(item)
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


def is_blank(page: Any) -> bool:
    """Whether nothing is drawn on a page."""
    return not pdfium.FPDFPage_CountObjects(page) and not _has_visible_annotations(page)


def make_plan(page_box: Box, rotation: int, scan: ScannedImage | None, rendering: Rendering, unit: float = 1.0) -> Plan:
    """Choose resolution, pixel grid and colour; the steps of the plan name the choice.

    Args:
        page_box: what is shown, in user space.
        rotation: of the page, clockwise in degrees.
        scan: the image that makes up the page.
        rendering: what was asked for.
        unit: points in a unit of user space.
    """
    plan = _planned(page_box, rotation, scan, replace(rendering, dpi=rendering.dpi * unit))
    if unit == 1.0:
        return plan
    steps = tuple(
        Step(step.name, {k: round(v / unit, 1) if "dpi" in k else v for k, v in step.detail.items()})
        for step in plan.steps
    )
    return replace(plan, dpi=plan.dpi / unit, steps=steps)


def _planned(page_box: Box, rotation: int, scan: ScannedImage | None, rendering: Rendering) -> Plan:
    """The plan in user space: resolutions are pixels in 72 units."""
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


def find_placement(item: Any) -> Matrix:
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
