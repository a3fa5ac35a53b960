"""PAGE XML 2019-07-15 (PRImA): regions, lines and words of one page, with baselines, reading order and tables."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO

from ocr.document import Block, Engine, Line, Page, Point
from ocr.errors import UsageError
from ocr.table import Cell, Table
from ocr.write.markup import clean, line_baseline, points, words_of

if TYPE_CHECKING:
    from ocr.source import Source

__all__ = ["write"]

SCHEMA = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<PcGts xmlns="{schema}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="{schema} {schema}/pagecontent.xsd">
 <Metadata>
  <Creator>{creator}</Creator>
  <Created>{now}</Created>
  <LastChange>{now}</LastChange>
 </Metadata>
"""
TYPES = {"par": "paragraph", "heading": "heading", "header": "header", "footer": "footer", "list": "paragraph"}


def write(pages: Iterable[Page], file: BinaryIO, source: Source, engine: Engine) -> None:
    """Write the only page.

    Raises:
        UsageError: there are several; the format has room for one.
    """
    if len(source.numbers) != 1:
        raise UsageError(
            f"{source.name}: PAGE XML holds one page, and there are {len(source.numbers)}; write one file each "
            "(--pages 1 -o 1.page.xml), or all pages as ALTO (--format alto)"
        )
    creator = clean(" ".join(filter(None, ("ocr", engine.detector, engine.recognizer))))
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    for page in pages:
        file.write(HEAD.format(schema=SCHEMA, creator=creator, now=now).encode())
        file.write(_page(page, source.name).encode())
    file.flush()


def _page(page: Page, name: str) -> str:
    size = f'imageWidth="{page.width}" imageHeight="{page.height}"'
    order = "".join(f'   <RegionRefIndexed index="{i}" regionRef="region_{i}"/>\n' for i in range(len(page.blocks)))
    if order:
        order = f'  <ReadingOrder><OrderedGroup id="order">\n{order}  </OrderedGroup></ReadingOrder>\n'
    regions = "".join(_region(block, page, f"{i}") for i, block in enumerate(page.blocks))
    return f' <Page imageFilename="{clean(name)}" {size}>\n{order}{regions} </Page>\n</PcGts>\n'


def _region(block: Block, page: Page, name: str) -> str:
    if block.table:
        return _table(block, block.table, page, name)
    lines = "".join(_line(line, page, f"{name}_{i}") for i, line in enumerate(block.lines))
    kind = TYPES.get(block.kind, "other")
    return (
        f'  <TextRegion id="region_{name}" type="{kind}">\n   <Coords points="{points(block.box, page)}"/>\n'
        f"{lines}{_text(block.text)}  </TextRegion>\n"
    )


def _table(block: Block, table: Table, page: Page, name: str) -> str:
    cells = "".join(_cell(block, cell, page, f"{name}_c{i}") for i, cell in enumerate(table.cells))
    rules = "true" if table.ruled else "false"
    return (
        f'  <TableRegion id="region_{name}" rows="{table.rows}" columns="{table.columns}" '
        f'lineSeparators="{rules}">\n   <Coords points="{points(block.box, page)}"/>\n{cells}  </TableRegion>\n'
    )


def _cell(block: Block, cell: Cell, page: Page, name: str) -> str:
    lines = "".join(_line(block.lines[at], page, f"{name}_{at}") for at in cell.lines)
    role = (
        f'   <Roles><TableCellRole rowIndex="{cell.row}" columnIndex="{cell.column}" '
        f'rowSpan="{cell.row_span}" colSpan="{cell.column_span}"/></Roles>\n'
    )
    return (
        f'  <TextRegion id="region_{name}">\n   <Coords points="{points(cell.box, page)}"/>\n{role}'
        f"{lines}{_text(cell.text)}  </TextRegion>\n"
    )


def _line(line: Line, page: Page, name: str) -> str:
    base = line_baseline(line)
    ends = " ".join(_whole(point, page) for point in (base.start, base.end))
    words = "".join(
        f'<Word id="word_{name}_{i}"><Coords points="{points(word.box, page)}"/>'
        f'<TextEquiv conf="{word.confidence:.4f}"><Unicode>{clean(word.text)}</Unicode></TextEquiv></Word>'
        for i, word in enumerate(words_of(line))
    )
    return (
        f'   <TextLine id="line_{name}"><Coords points="{points(line.box, page)}"/><Baseline points="{ends}"/>{words}'
        f'<TextEquiv conf="{line.confidence:.4f}"><Unicode>{clean(line.text)}</Unicode></TextEquiv></TextLine>\n'
    )


def _text(text: str) -> str:
    return f"   <TextEquiv><Unicode>{clean(text)}</Unicode></TextEquiv>\n"


def _whole(point: Point, page: Page) -> str:
    x, y = (min(max(0, round(value)), limit) for value, limit in zip(point, (page.width, page.height), strict=True))
    return f"{x},{y}"
