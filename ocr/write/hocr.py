"""hOCR 1.2 as XHTML, readable by hocr-tools, OCRmyPDF and the tools of Tesseract.

Boxes are upright bounding boxes in whole pixels; the direction of a line that is not horizontal is its ``textangle``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, BinaryIO

from ocr.document import Block, Engine, Line, Page, Quad, Word
from ocr.table import Cell, Table
from ocr.write.markup import bounds, clean, line_baseline, words_of

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


def write(pages: Iterable[Page], file: BinaryIO, source: Source, engine: Engine) -> None:
    """Write an hOCR document; pages are flushed one by one."""
    system = " ".join(filter(None, ("ocr", engine.detector, engine.recognizer)))
    head = HEAD.format(title=clean(source.name), system=clean(system), count=len(source.numbers))
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
    lang = f' lang="{page.language}"' if page.language else ""
    return f'  <div class="ocr_page" id="page_{page.number}"{lang} title="{clean(title)}">\n{blocks}  </div>\n'


def _block(block: Block, page: Page, index: int) -> str:
    name = f"{page.number}_{index}"
    box = _bbox(block.box, page)
    if block.table:
        return _table(block, block.table, page, name)
    lines = "".join(_line(line, page, f"{name}_{number}") for number, line in enumerate(block.lines, 1))
    return (
        f'   <div class="ocr_carea" id="block_{name}" title="{box}">\n'
        f'    <p class="ocr_par" id="par_{name}" title="{box}">\n{lines}    </p>\n'
        f"   </div>\n"
    )


def _table(block: Block, table: Table, page: Page, name: str) -> str:
    rows = ("".join(_cell(block, cell, page, name) for cell in row) for row in table.by_row())
    body = "".join(f"     <tr>\n{cells}     </tr>\n" for cells in rows)
    return (
        f'   <div class="ocr_carea" id="block_{name}" title="{_bbox(block.box, page)}">\n'
        f'    <table border="1">\n{body}    </table>\n   </div>\n'
    )


def _cell(block: Block, cell: Cell, page: Page, name: str) -> str:
    across = f' colspan="{cell.column_span}"' if cell.column_span > 1 else ""
    down = f' rowspan="{cell.row_span}"' if cell.row_span > 1 else ""
    lines = "".join(_line(block.lines[at], page, f"{name}_{at + 1}") for at in cell.lines)
    place = f"{name}_{cell.row}_{cell.column}"
    par = f'<p class="ocr_par" id="par_{place}" title="{_bbox(cell.box, page)}">\n{lines}</p>' if lines else ""
    return f"      <td{across}{down}>{par}</td>\n"


def _line(line: Line, page: Page, name: str) -> str:
    base = line_baseline(line)
    turned = abs(line.box.angle) > 45
    direction = f"textangle {round(-line.box.angle) % 360}" if turned else _baseline(line, page)
    drop = max(0.0, line.box.height / 2 - (base.at(line.box.center[0]) - line.box.center[1])) if not turned else 0.0
    below = f"x_descenders {drop:.1f}; " if not turned else ""
    size = f"x_size {line.box.height:.1f}; {below}x_wconf {_percent(line.confidence)}"
    title = f"{_bbox(line.box, page)}; {direction}; {size}"
    spans = " ".join(_word(word, page, f"{name}_{number}") for number, word in enumerate(words_of(line), 1))
    return f'     <span class="ocr_line" id="line_{name}" title="{title}">{spans}</span>\n'


def _word(word: Word, page: Page, name: str) -> str:
    title = f"{_bbox(word.box, page)}; x_wconf {_percent(word.confidence)}"
    return f'<span class="ocrx_word" id="word_{name}" title="{title}">{clean(word.text)}</span>'


def _baseline(line: Line, page: Page) -> str:
    """``baseline slope offset``; the offset is relative to the lower left corner of the bounding box."""
    base = line_baseline(line)
    left, _, _, bottom = bounds(line.box, page)
    return f"baseline {base.slope:.4f} {base.at(left) - bottom:.1f}"


def _bbox(quad: Quad, page: Page) -> str:
    return "bbox {} {} {} {}".format(*bounds(quad, page))


def _percent(confidence: float) -> int:
    return round(100 * confidence)
