"""Text, JSON, JSON Lines and hOCR; and how a format is chosen."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ocr.document import Block, Line, Page, PageError, Quad, StepName
from ocr.errors import UsageError
from ocr.geometry import rotation_matrix
from ocr.source import open_source
from ocr.write import FORMATS, format_of, writer_for

from .pages import ENGINE, SIZE, line_of, moved, page_of, pdfium_text, scanned_pdf, upright
from .tables import page_with_table

MATRIX = upright(*SIZE)
PAGES = (
    page_of([line_of("First & <only>", 100, 100), line_of("second “line”", 100, 130)], number=1, matrix=MATRIX),
    page_of([], number=2, matrix=MATRIX),
    page_of([line_of("Größe 漢字 😀", 10, 20)], number=3, matrix=MATRIX),
)
NAMESPACE = "{http://www.w3.org/1999/xhtml}"


def written(format: str, pages: tuple[Page, ...] = PAGES) -> bytes:
    out = io.BytesIO()
    with open_source(scanned_pdf(max(1, len(pages)))) as source:
        writer_for(format)(pages, out, source, ENGINE)
    return out.getvalue()


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_has_a_writer_and_is_found_by_its_suffixes(format: str) -> None:
    assert written(format, (page_with_table(),))
    for suffix in FORMATS[format].suffixes:
        assert format_of("scan.v2" + suffix.upper()) == format


def test_the_documentation_has_the_table_of_formats() -> None:
    text = (Path(__file__).parent.parent.parent / "docs" / "formats.md").read_text(encoding="utf-8")
    table = [
        f"| `{form.name}` | {' '.join(f'`{suffix}`' for suffix in form.suffixes)} | {form.description} |"
        for form in FORMATS.values()
    ]
    assert "\n".join(["|---|---|---|", *table, ""]) in text


def test_suffixes_and_names_are_unambiguous() -> None:
    suffixes = [suffix for form in FORMATS.values() for suffix in form.suffixes]
    assert len(suffixes) == len(set(suffixes))
    assert all(name == form.name for name, form in FORMATS.items())


def test_unknown_formats_and_suffixes_are_refused() -> None:
    with pytest.raises(UsageError, match="odt"):
        writer_for("odt")
    with pytest.raises(UsageError, match=r"out\.odt"):
        format_of("out.odt")


@pytest.mark.parametrize("format", ["txt", "md", "json", "jsonl", "hocr", "alto", "tsv"])
def test_each_page_is_written_before_the_next_is_asked_for(format: str) -> None:
    class Watched(io.BytesIO):
        flushed = 0

        def flush(self) -> None:
            self.flushed = len(self.getvalue())

    out = Watched()
    sizes = []

    def pages() -> Iterator[Page]:
        for page in PAGES:
            sizes.append(out.flushed)
            yield page

    with open_source(scanned_pdf(3)) as source:
        writer_for(format)(pages(), out, source, ENGINE)
    assert 0 <= sizes[0] < sizes[1] < sizes[2] < out.flushed == len(out.getvalue())


def test_text() -> None:
    assert written("txt").decode() == "First & <only>\nsecond “line”\n\f\fGröße 漢字 😀\n"
    assert written("txt", ()) == b""


def test_json_has_the_schema() -> None:
    document = json.loads(written("json"))
    assert list(document) == ["schema", "source", "engine", "pages"]
    assert document["schema"] == 1
    assert document["source"] == "<bytes>"
    assert document["engine"] == {"detector": "detect-test", "recognizer": "crnn-test"}
    assert [page["number"] for page in document["pages"]] == [1, 2, 3]
    page = document["pages"][0]
    assert {key: page[key] for key in ("width", "height", "dpi", "rotation", "skew", "seconds")} == {
        "width": 850,
        "height": 1100,
        "dpi": 100.0,
        "rotation": 0,
        "skew": 0.25,
        "seconds": 0.125,
    }
    assert page["text"] == "First & <only>\nsecond “line”"
    assert page["steps"] == [{"name": "deskew", "degrees": 0.25}]
    block = page["blocks"][0]
    assert block["kind"] == "par"
    line = block["lines"][0]
    assert list(line) == ["text", "confidence", "box", "engine", "words"]
    assert line["box"] == [[100, 100], [240, 100], [240, 120], [100, 120]]
    assert line["words"][2]["text"] == "<only>"
    assert line["words"][0]["chars"][1] == {
        "text": "i",
        "confidence": 0.9,
        "box": [[110, 100], [120, 100], [120, 120], [110, 120]],
    }


def test_json_without_pages_is_json() -> None:
    assert json.loads(written("json", ()))["pages"] == []


def test_json_lines_have_one_page_each() -> None:
    rows = [json.loads(row) for row in written("jsonl").decode().splitlines()]
    pages = json.loads(written("json"))["pages"]
    assert [row["source"] for row in rows] == ["<bytes>"] * 3
    assert [{key: row[key] for key in page} for row, page in zip(rows, pages, strict=True)] == pages


def classes(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [element for element in root.iter() if element.get("class") == name]


def properties(element: ElementTree.Element) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in (element.get("title") or "").split(";"))
    return {name: value for name, _, value in parts}


def test_hocr_is_well_formed_and_complete() -> None:
    root = ElementTree.fromstring(written("hocr"))
    assert root.tag == NAMESPACE + "html"
    metas = {meta.get("name"): meta.get("content") for meta in root.iter(NAMESPACE + "meta")}
    assert metas["ocr-system"] == "ocr detect-test crnn-test"
    assert metas["ocr-number-of-pages"] == "3"
    pages = classes(root, "ocr_page")
    assert [properties(page)["ppageno"] for page in pages] == ["0", "1", "2"]
    assert properties(pages[0]) == {
        "image": '"<bytes>"',
        "bbox": "0 0 850 1100",
        "ppageno": "0",
        "scan_res": "100 100",
    }
    capabilities = set((metas["ocr-capabilities"] or "").split())
    used = {element.get("class") for element in root.iter() if element.get("class")}
    assert used <= capabilities
    assert [word.text for word in classes(pages[0], "ocrx_word")] == ["First", "&", "<only>", "second", "“line”"]
    assert "".join(classes(pages[2], "ocr_line")[0].itertext()) == "Größe 漢字 😀"
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))


def test_hocr_boxes_and_baselines() -> None:
    root = ElementTree.fromstring(written("hocr"))
    line, word = classes(root, "ocr_line")[0], classes(root, "ocrx_word")[1]
    assert properties(line)["bbox"] == "100 100 240 120"
    assert properties(line)["baseline"] == "0.0000 -4.0"
    assert properties(line)["x_size"] == "20.0"
    assert properties(line)["x_wconf"] == "90"
    assert properties(word) == {"bbox": "160 100 170 120", "x_wconf": "95"}


def test_hocr_skewed_and_upward_lines() -> None:
    lines = [moved(line_of("slanted", 300, 300), rotation_matrix(angle, (335, 310))) for angle in (2, 270)]
    root = ElementTree.fromstring(written("hocr", (page_of(lines, matrix=MATRIX),)))
    slanted, upward = (properties(line) for line in classes(root, "ocr_line"))
    slope, offset = (float(value) for value in slanted["baseline"].split())
    assert slope == pytest.approx(0.0349, abs=1e-3)
    assert -8 < offset < -4
    assert upward["textangle"] == "90"


def test_hocr_keeps_boxes_on_the_page_and_drops_what_xml_forbids() -> None:
    line = Line("a\x00b", 1.0, Quad.rect(-5, -5, 900, 20))
    page = Page(1, 850, 1100, 100.0, (Block("par", line.box, (line,)),))
    root = ElementTree.fromstring(written("hocr", (page,)))
    assert properties(classes(root, "ocr_line")[0])["bbox"] == "0 0 850 20"
    assert classes(root, "ocrx_word")[0].text == "a\ufffdb"


def test_a_page_that_could_not_be_read_is_an_empty_page() -> None:
    failed = Page(1, 0, 0, 0.0, error=PageError("damaged", "InputError", StepName.DECODE, 1))
    assert written("txt", (failed,)) == b""
    [record] = json.loads(written("json", (failed,)))["pages"]
    assert record["error"] == {"message": "damaged", "kind": "InputError", "step": "decode"}
    assert properties(classes(ElementTree.fromstring(written("hocr", (failed,))), "ocr_page")[0])["bbox"] == "0 0 0 0"
    assert pdfium_text(written("pdf", (failed,))) == ""
