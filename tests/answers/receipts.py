"""A small receipt as a document."""

from __future__ import annotations

from ocr.document import Block, Document, Engine, Line, Page, Quad

LINES = (
    "MORGAN BAKERY LTD", "12 High Street", "Leeds LS1 4AB", "Tel: 0113 4960123", "RECEIPT", "Date: 14/03/2021",
    "Receipt no: 20455", "Bread", "3.20", "Cake 200g", "9.30", "Total", "12.50", "Cash", "20.00", "Change", "7.50",
    "Thank you",
)  # fmt: skip
RIGHT = {"3.20", "9.30", "12.50", "20.00", "7.50"}


def page_of(texts: tuple[str, ...], number: int = 1) -> Page:
    """A page with a line below the other; amounts stand at the right of the line before them."""
    lines, top = [], 0.0
    for text in texts:
        if text in RIGHT:
            lines.append(Line(text, 1.0, Quad.rect(320, top, 320 + 12 * len(text), top + 20)))
        else:
            top += 30
            lines.append(Line(text, 1.0, Quad.rect(10, top, 10 + 12 * len(text), top + 20)))
    return Page(number, 420, int(top) + 60, 200.0, (Block("par", Quad.rect(0, 0, 420, top + 60), tuple(lines)),))


def document_of(*pages: tuple[str, ...]) -> Document:
    """A document of pages of lines."""
    return Document("receipt.png", Engine(), tuple(page_of(page, k) for k, page in enumerate(pages, 1)))
