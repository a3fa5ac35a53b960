"""Pages straightened and turned in the PDF: the drawing and the text move together, and no picture is encoded again."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import numpy as np
import pikepdf
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from ocr.document import Page
from ocr.geometry import rotation_matrix
from ocr.options import PdfOptions
from ocr.source import open_source
from ocr.write.pdf.searchable import write
from tests.write.pages import ENGINE, line_of, moved, page_of, pdfium_boxes, pdfium_text

SIZE = (850, 1100)
BAR = (200, 400, 650, 420)
"""A black bar, where the line of text lies."""


def skewed(degrees: float) -> tuple[bytes, Page]:
    """A page turned clockwise by so many degrees about its middle, as PNG, and what was read of it."""
    picture = Image.new("L", SIZE, 255)
    ImageDraw.Draw(picture).rectangle(BAR, fill=0)
    picture = picture.rotate(-degrees, Image.Resampling.BICUBIC, fillcolor=255)
    file = io.BytesIO()
    picture.save(file, "PNG", dpi=(100, 100))
    line = moved(line_of("straight words here", 200, 400, advance=450 / 19), rotation_matrix(degrees, (425, 550)))
    with open_source(file.getvalue()) as source:
        page = page_of([line], size=SIZE, matrix=source.page(1).matrix)
    return file.getvalue(), replace(page, skew=degrees)


def written(data: bytes, page: Page, **options: Any) -> tuple[bytes, list[str]]:
    out, warnings = io.BytesIO(), list[str]()
    with open_source(data) as source:
        write([page], out, source, ENGINE, PdfOptions(**options), warn=warnings.append)
    return out.getvalue(), warnings


def drawn(data: bytes) -> NDArray[np.uint8]:
    with open_source(data, dpi=100) as source:
        return source.page(1).pixels


@pytest.mark.parametrize("degrees", [-4.0, 1.5])
@pytest.mark.parametrize("rotate", [0, 90, 270])
def test_a_skewed_scan_is_straight_in_the_pdf_with_its_text(degrees: int, rotate: int) -> None:
    data, page = skewed(degrees)
    if rotate:  # the same page in a PDF that is shown turned
        plain, _ = written(data, replace(page, blocks=()))
        with pikepdf.open(io.BytesIO(plain)) as pdf:
            pdf.pages[0].Rotate = rotate
            turned = io.BytesIO()
            pdf.save(turned)
        data = turned.getvalue()
    out, warnings = written(data, page, deskew=True)
    with pikepdf.open(io.BytesIO(out)) as pdf:
        if rotate:
            del pdf.pages[0].Rotate
        shown = io.BytesIO()
        pdf.save(shown)
    rows = np.flatnonzero((drawn(shown.getvalue()) < 100).any(axis=1))
    assert len(rows) == pytest.approx(BAR[3] - BAR[1], abs=4) and not warnings
    assert pdfium_text(shown.getvalue()) == "straight words here"
    boxes = [box for text, box in pdfium_boxes(shown.getvalue()) if text.strip()]
    assert boxes[0][0] == pytest.approx(BAR[0] * 0.72, abs=2) and boxes[-1][2] == pytest.approx(BAR[2] * 0.72, abs=2)
    assert {round(box[1]) for box in boxes} <= {round(792 - BAR[3] * 0.72) + d for d in (-1, 0, 1)}


def test_the_picture_is_not_encoded_again() -> None:
    data, page = skewed(3)
    plain, _ = written(data, page)
    straight, _ = written(data, page, deskew=True)
    with pikepdf.open(io.BytesIO(plain)) as one, pikepdf.open(io.BytesIO(straight)) as other:
        picture = other.pages[0].Resources.XObject.OcrPage.Resources.XObject
        [name] = picture.keys()
        [known] = one.pages[0].Resources.XObject.keys()
        assert picture[name].read_raw_bytes() == one.pages[0].Resources.XObject[known].read_raw_bytes()


def test_nothing_is_straightened_unless_asked() -> None:
    data, page = skewed(3)
    out, _ = written(data, page)
    assert np.abs(drawn(out).astype(int) - np.asarray(Image.open(io.BytesIO(data)), int)).max() < 3


@pytest.mark.parametrize("before", [0, 90])
def test_pages_are_shown_upright(before: int) -> None:
    data, page = skewed(0)
    plain, _ = written(data, replace(page, blocks=()))
    with pikepdf.open(io.BytesIO(plain)) as pdf:
        pdf.pages[0].Rotate = before
        scan = io.BytesIO()
        pdf.save(scan)
    for asked in (False, True):
        out, _ = written(scan.getvalue(), replace(page, rotation=180), rotate=asked)
        with pikepdf.open(io.BytesIO(out)) as pdf:
            assert int(pdf.pages[0].get("/Rotate", 0)) == (before + 180 * asked) % 360


def test_links_on_a_straightened_page_are_said_to_stay() -> None:
    data, page = skewed(2)
    plain, _ = written(data, replace(page, blocks=()))
    with pikepdf.open(io.BytesIO(plain)) as pdf:
        pdf.pages[0].Annots = pikepdf.Array([pikepdf.Dictionary(Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9])])
        linked = io.BytesIO()
        pdf.save(linked)
    _, warnings = written(linked.getvalue(), page, deskew=True)
    assert "links" in warnings[0]


def test_lines_that_leave_a_straightened_page_are_said() -> None:
    data, page = skewed(3.0)
    edge = line_of("at the very edge of the page", 30, 1075, advance=28)
    _, warnings = written(data, replace(page_of([edge], size=SIZE, matrix=page.matrix), skew=3.0), deskew=True)
    assert any("1 line leaves the page in part" in warning for warning in warnings)
    _, warnings = written(data, page, deskew=True)
    assert warnings == []
