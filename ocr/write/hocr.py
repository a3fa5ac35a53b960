"""hOCR 1.2 as XHTML, readable by hocr-tools, OCRmyPDF and the tools of Tesseract.

Boxes are upright bounding boxes in whole pixels; the direction of a line that is not horizontal is its ``textangle``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING, BinaryIO

from ocr.document import Block, Engine, Line, Page, Quad, Word

if TYPE_CHECKING:
    from ocr.source import Source

__all__ = ["write"]

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml">
 <head>
  <title>{title}</title>
  <meta http-equiv="Content-Type" content="text/html; charset=utf-8"/>
  <meta name="ocr-system" content="{system}"/>
  <meta name="ocr-capabilities" content="ocr_page ocr_carea ocr_par ocr_line ocrx_word ocrp_wconf"/>
  <meta name="ocr-number-of-pages" content="{count}"/>
 </head>
 <body>
"""
TAIL = " </body>\n</html>\n"

DESCENT = 0.2
"""Share of the height of a line that is below its baseline: typical of Latin print. (Baselines are not measured.)"""

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(pages: Iterable[Page], file: BinaryIO, source: Source, engine: Engine) -> None:
    """Write an hOCR document; pages are flushed one by one."""
    system = " ".join(filter(None, ("ocr", engine.detector, engine.recognizer)))
    head = HEAD.format(title=_clean(source.name), system=_clean(system), count=len(source.numbers))
    file.write(head.encode())
    for page in pages:
        file.write(_page(page, source.name).encode())
        file.flush()
    file.write(TAIL.encode())
    file.flush()


def _page(page: Page, name: str) -> str:
    dpi = round(page.dpi)
    image = name.replace("\\", "/").replace('"', "'")
    title = f'image "{image}"; bbox 0 0 {page.width} {page.height}; ppageno {page.number - 1}; scan_res {dpi} {dpi}'
    blocks = "".join(_block(block, page, index) for index, block in enumerate(page.blocks, 1))
    return f'  <div class="ocr_page" id="page_{page.number}" title="{_clean(title)}">\n{blocks}  </div>\n'


def _block(block: Block, page: Page, index: int) -> str:
    name = f"{page.number}_{index}"
    box = _bbox(block.box, page)
    lines = "".join(_line(line, page, f"{name}_{number}") for number, line in enumerate(block.lines, 1))
    return (
        f'   <div class="ocr_carea" id="block_{name}" title="{box}">\n'
        f'    <p class="ocr_par" id="par_{name}" title="{box}">\n{lines}    </p>\n'
        f"   </div>\n"
    )


def _line(line: Line, page: Page, name: str) -> str:
    size = line.box.height
    turned = abs(line.box.angle) > 45
    direction = f"textangle {round(-line.box.angle) % 360}" if turned else _baseline(line.box)
    title = (
        f"{_bbox(line.box, page)}; {direction}; x_size {size:.1f}; x_descenders {DESCENT * size:.1f}; "
        f"x_wconf {_percent(line.confidence)}"
    )
    # A line without word boxes becomes one hOCR word, so that its text is not lost.
    words = line.words or (Word(line.text, line.confidence, line.box),)
    spans = " ".join(_word(word, page, f"{name}_{number}") for number, word in enumerate(words, 1))
    return f'     <span class="ocr_line" id="line_{name}" title="{title}">{spans}</span>\n'


def _word(word: Word, page: Page, name: str) -> str:
    title = f"{_bbox(word.box, page)}; x_wconf {_percent(word.confidence)}"
    return f'<span class="ocrx_word" id="word_{name}" title="{title}">{_clean(word.text)}</span>'


def _baseline(quad: Quad) -> str:
    """``baseline slope offset``; the offset is relative to the lower left corner of the bounding box."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = quad.points
    start, start_y = dx + DESCENT * (ax - dx), dy + DESCENT * (ay - dy)
    end, end_y = cx + DESCENT * (bx - cx), cy + DESCENT * (by - cy)
    slope = (end_y - start_y) / (end - start) if end > start else 0.0
    left, _, _, bottom = quad.hull
    return f"baseline {slope:.4f} {start_y + slope * (left - start) - math.ceil(bottom):.1f}"


def _bbox(quad: Quad, page: Page) -> str:
    left, top, right, bottom = quad.hull
    left, top = max(0, math.floor(left)), max(0, math.floor(top))
    right, bottom = min(page.width, math.ceil(right)), min(page.height, math.ceil(bottom))
    return f"bbox {left} {top} {max(left, right)} {max(top, bottom)}"


def _percent(confidence: float) -> int:
    return round(100 * confidence)


def _clean(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", text))
