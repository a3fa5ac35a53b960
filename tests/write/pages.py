"""Pages made by hand, and the inputs that they were read from, for the writers' tests."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pikepdf
import pypdfium2
from PIL import Image

from ocr.document import Block, Char, Engine, Line, Matrix, Page, Quad, Step, StepName, Word

ENGINE = Engine("detect-test", "crnn-test")
SIZE = (850, 1100)
"""Pixels at 100 dpi: US letter."""


def line_of(text: str, left: float, top: float, *, size: float = 20, advance: float = 10) -> Line:
    """An upright line in which every character, spaces too, is ``advance`` pixels wide."""
    words, x = [], left
    for part in text.split(" "):
        chars = tuple(
            Char(c, 0.9, Quad.rect(x + i * advance, top, x + (i + 1) * advance, top + size)) for i, c in enumerate(part)
        )
        words.append(Word(part, 0.95, Quad.rect(x, top, x + len(part) * advance, top + size), chars))
        x += (len(part) + 1) * advance
    return Line(text, 0.9, Quad.rect(left, top, x - advance, top + size), tuple(words), "crnn-test")


def moved(line: Line, matrix: Matrix) -> Line:
    """The line after an affine map of its page's pixels."""
    words = tuple(
        Word(
            word.text,
            word.confidence,
            word.box.transformed(matrix),
            tuple(Char(c.text, c.confidence, c.box.transformed(matrix)) for c in word.chars),
        )
        for word in line.words
    )
    return Line(line.text, line.confidence, line.box.transformed(matrix), words, line.engine)


def page_of(lines: Sequence[Line], *, number: int = 1, size: tuple[int, int] = SIZE, matrix: Matrix) -> Page:
    """A page at 100 dpi with one paragraph."""
    blocks = (Block("par", Quad.rect(0, 0, *size), tuple(lines)),) if lines else ()
    text = "\n".join(line.text for line in lines)
    return Page(number, *size, 100.0, blocks, 0, 0.25, 0.125, (Step(StepName.DESKEW, {"degrees": 0.25}),), text, matrix)


def upright(width: float, height: float, dpi: float = 100.0) -> Matrix:
    """The map from pixels to points of an unrotated page with its corner at the origin."""
    return 72 / dpi, 0.0, 0.0, -72 / dpi, 0.0, height * 72 / dpi


def picture(size: tuple[int, int] = SIZE, mode: str = "L") -> Image.Image:
    """A grey ramp with a dark corner, so that turns and mirrors show."""
    image = Image.linear_gradient("L").resize(size).convert(mode)
    image.paste(Image.new(mode, (size[0] // 4, size[1] // 8)), (0, 0))
    return image


def scanned_pdf(pages: int = 1, size: tuple[int, int] = SIZE) -> bytes:
    """A PDF whose pages are one JPEG each."""
    jpeg = io.BytesIO()
    picture(size).save(jpeg, "jpeg")
    with pikepdf.new() as pdf:
        for _ in range(pages):
            image = pikepdf.Stream(
                pdf,
                jpeg.getvalue(),
                Type=pikepdf.Name.XObject,
                Subtype=pikepdf.Name.Image,
                Width=size[0],
                Height=size[1],
                ColorSpace=pikepdf.Name.DeviceGray,
                BitsPerComponent=8,
                Filter=pikepdf.Name.DCTDecode,
            )
            width, height = size[0] * 0.72, size[1] * 0.72
            page = pdf.add_blank_page(page_size=(width, height))
            page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=pdf.make_indirect(image)))
            page.Contents = pdf.make_stream(f"q {width} 0 0 {height} 0 0 cm /Im0 Do Q".encode())
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()


def pdfium_text(data: bytes, index: int = 0) -> str:
    """The text of a page by pdfium, with plain line feeds."""
    with pypdfium2.PdfDocument(data) as pdf:
        page = pdf[index]
        text = page.get_textpage()
        result = str(text.get_text_bounded()).replace("\r\n", "\n")
        text.close()
        page.close()
    return result


def pdfium_boxes(data: bytes, index: int = 0) -> list[tuple[str, tuple[float, float, float, float]]]:
    """Each character of a page with its left, bottom, right and top in points, by pdfium."""
    with pypdfium2.PdfDocument(data) as pdf:
        page = pdf[index]
        text = page.get_textpage()
        boxes = [(str(text.get_text_range(i, 1)), text.get_charbox(i)) for i in range(text.count_chars())]
        text.close()
        page.close()
    return boxes


def rendered(data: bytes, index: int = 0, scale: float = 1.0) -> Image.Image:
    """A page as pdfium shows it, grey."""
    with pypdfium2.PdfDocument(data) as pdf:
        page = pdf[index]
        image: Image.Image = page.render(scale=scale).to_pil().convert("L")
        page.close()
    return image
