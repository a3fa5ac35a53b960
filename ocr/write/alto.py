"""ALTO 4.4 (Library of Congress): the layout and text of pages as XML, in pixels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, BinaryIO

from ocr.document import Block, Engine, Line, Page, Quad
from ocr.write.markup import bounds, clean, line_baseline, points, words_of

if TYPE_CHECKING:
    from ocr.source import Source

__all__ = ["write"]

KINDS = ("par", "heading", "table", "list", "header", "footer")
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="http://www.loc.gov/standards/alto/ns-v4# http://www.loc.gov/standards/alto/v4/alto-4-4.xsd" \
SCHEMAVERSION="4.4">
 <Description>
  <MeasurementUnit>pixel</MeasurementUnit>
  <sourceImageInformation><fileName>{name}</fileName></sourceImageInformation>
  <Processing ID="ocr">
   <processingStepSettings>{settings}</processingStepSettings>
   <processingSoftware><softwareName>ocr</softwareName><softwareVersion>{version}</softwareVersion></processingSoftware>
  </Processing>
 </Description>
 <Tags>
{tags} </Tags>
 <Layout>
"""
TAIL = " </Layout>\n</alto>\n"


def write(pages: Iterable[Page], file: BinaryIO, source: Source, engine: Engine) -> None:
    """Write an ALTO document; pages are flushed one by one."""
    from ocr import __version__

    tags = "".join(f'  <LayoutTag ID="{kind}" LABEL="{kind}"/>\n' for kind in KINDS)
    settings = clean(f"detector: {engine.detector}, recognizer: {engine.recognizer}")
    file.write(HEAD.format(name=clean(source.name), settings=settings, version=__version__, tags=tags).encode())
    for page in pages:
        file.write(_page(page).encode())
        file.flush()
    file.write(TAIL.encode())
    file.flush()


def _page(page: Page) -> str:
    size = f'WIDTH="{page.width}" HEIGHT="{page.height}"'
    blocks = "".join(_block(block, page, f"{page.number}_{index}") for index, block in enumerate(page.blocks, 1))
    return (
        f'  <Page ID="page_{page.number}" PHYSICAL_IMG_NR="{page.number}" {size}>\n'
        f'   <PrintSpace HPOS="0" VPOS="0" {size}>\n{blocks}   </PrintSpace>\n  </Page>\n'
    )


def _block(block: Block, page: Page, name: str) -> str:
    lines = "".join(_line(line, page, f"{name}_{number}") for number, line in enumerate(block.lines, 1))
    tag = f' TAGREFS="{block.kind}"' if block.kind in KINDS else ""
    lang = f' LANG="{page.language}"' if page.language else ""
    return f'    <TextBlock ID="block_{name}" {_place(block.box, page)}{tag}{lang}>\n{lines}    </TextBlock>\n'


def _line(line: Line, page: Page, name: str) -> str:
    base = line_baseline(line)
    ends = " ".join(f"{x:.1f},{y:.1f}" for x, y in (base.start, base.end))
    shape = f'<Shape><Polygon POINTS="{points(line.box, page)}"/></Shape>'
    strings = "<SP/>".join(
        f'<String ID="word_{name}_{number}" {_place(word.box, page)} WC="{word.confidence:.4f}" '
        f'CONTENT="{clean(word.text)}"/>'
        for number, word in enumerate(words_of(line), 1)
    )
    place = _place(line.box, page)
    return f'     <TextLine ID="line_{name}" {place} BASELINE="{ends}">{shape}{strings}</TextLine>\n'


def _place(quad: Quad, page: Page) -> str:
    left, top, right, bottom = bounds(quad, page)
    return f'HPOS="{left}" VPOS="{top}" WIDTH="{right - left}" HEIGHT="{bottom - top}"'
