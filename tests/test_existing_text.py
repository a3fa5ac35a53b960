"""Pages with text of their own: what is kept, what is read, and in which mode."""

from __future__ import annotations

import io

import numpy as np
import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from ocr.document import Page
from ocr.existing_text import read_around
from ocr.layout import lay_out, page_text
from ocr.source import PageImage, open_source
from ocr.write.pdf.searchable import write
from tests.write.pages import ENGINE, line_of, pdfium_text
from tests.write.pdf.kinds import ABOVE, BEHIND, IMAGE, LINES, document, in_form, unmapped, visible

TEXT = "\n".join(LINES)


class Engine:
    """Reads the same line from every page, and keeps the pages that it saw."""

    def __init__(self, left: float = 100, top: float = 500) -> None:
        self.seen: list[PageImage] = []
        self._place = left, top

    def __call__(self, image: PageImage) -> Page:
        self.seen.append(image)
        height, width = image.pixels.shape[:2]
        blocks = lay_out([line_of("read anew", *self._place)], width, height)
        return Page(image.number, width, height, image.dpi, blocks, text=page_text(blocks), matrix=image.matrix)


def read(data: bytes, mode: str = "skip", number: int = 1, engine: Engine | None = None) -> tuple[Page, Engine]:
    engine = engine or Engine()
    with open_source(data) as source:
        return read_around(source, number, mode, engine), engine


@pytest.mark.parametrize("data", [document(visible()), document(ABOVE), document(BEHIND), in_form()])
def test_skip_keeps_text_of_every_kind_and_reads_nothing(data: bytes) -> None:
    page, engine = read(data)
    assert page.text == TEXT and not engine.seen
    assert {line.engine for line in page.lines} == {"text-layer"}
    assert [word.text for word in page.words] == TEXT.split()


@pytest.mark.parametrize("data", [document(ABOVE), document(BEHIND), in_form()])
@pytest.mark.parametrize("mode", ["redo", "force"])
def test_invisible_text_is_read_again(data: bytes, mode: str) -> None:
    page, engine = read(data, mode)
    assert page.text == "read anew" and len(engine.seen) == 1
    assert page.steps[-1].detail == {"kept": 0, "removed": "hidden"}


def test_redo_keeps_visible_text_and_force_does_not() -> None:
    assert read(document(visible()), "redo")[0].text == TEXT
    page, _ = read(document(visible()), "force")
    assert page.text == "read anew" and page.steps[-1].detail["removed"] == "all"


def test_words_are_where_they_are_seen() -> None:
    page, _ = read(document(visible(("dark",), top=100)))
    [word] = page.words
    left, top, right, bottom = (v * 72 / page.dpi for v in word.box.hull)
    assert left == pytest.approx(40, abs=1) and right == pytest.approx(40 + 4 * 7.2, abs=3)
    assert top < 300 - 100 < bottom and 10 < bottom - top < 20


def test_a_scan_on_a_page_with_text_is_read_and_the_text_is_kept() -> None:
    small = b"q 200 0 0 100 20 20 cm /Im0 Do Q\n"
    page, engine = read(document(visible() + small), engine=Engine(250, 900))
    assert page.text.split("\n\n") == [TEXT, "read anew"] or set(page.text.split()) == {*TEXT.split(), "read", "anew"}
    [image] = engine.seen
    assert image.pixels[: image.pixels.shape[0] // 2].min() == 255  # its own text is not read a second time


def test_a_stamp_on_a_scan_does_not_keep_the_scan_from_being_read() -> None:
    page, engine = read(document(IMAGE + visible(("Exhibit 7",), top=20)))
    assert len(engine.seen) == 1 and {"Exhibit", "7", "read", "anew"} == set(page.text.split())


def test_what_is_read_on_top_of_kept_text_is_dropped() -> None:
    page, _ = read(document(IMAGE + visible(("Exhibit 7",), top=275)), engine=Engine(170, 65))
    assert page.text == "Exhibit 7"


def test_text_without_meaning_counts_as_none() -> None:
    page, engine = read(document(visible(), font=unmapped()))
    assert page.text == "read anew" and len(engine.seen) == 1
    assert "--mode force" in page.warnings[0]
    page, _ = read(document(ABOVE, font=unmapped()))
    assert page.text == "read anew" and page.steps[-1].detail["removed"] == "hidden"


def test_pages_are_decided_one_by_one() -> None:
    data = document(visible(), IMAGE, ABOVE)
    assert [read(data, number=n)[0].text for n in (1, 2, 3)] == [TEXT, "read anew", TEXT]


def test_pictures_have_no_text() -> None:
    with open_source(np.full((60, 80), 255, np.uint8)) as source:
        page = read_around(source, 1, "skip", Engine(2, 2))
    assert page.text == "read anew" and not page.steps


def filled_form(content: bytes = IMAGE, value: str = "Filled In", flags: int = 4) -> bytes:
    """A page whose form field shows a value over whatever the page is."""
    with pikepdf.open(io.BytesIO(document(content))) as pdf:
        page = pdf.pages[0].obj
        stream = pdf.make_stream(f"/Tx BMC q BT /F1 20 Tf 2 6 Td ({value}) Tj ET Q EMC".encode())
        stream.Type, stream.Subtype, stream.BBox = Name.XObject, Name.Form, Array([0, 0, 200, 30])
        stream.Resources = Dictionary(Font=page.Resources.Font)
        field = pdf.make_indirect(
            Dictionary(
                Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=pikepdf.String("name"), V=pikepdf.String(value),
                F=flags, Rect=Array([40, 60, 240, 90]), AP=Dictionary(N=stream), DA=pikepdf.String("/F1 20 Tf"),
            )
        )  # fmt: skip
        page.Annots = Array([field])
        pdf.Root.AcroForm = Dictionary(Fields=Array([field]), DR=Dictionary(Font=page.Resources.Font))
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()


@pytest.mark.parametrize("mode", ["skip", "redo", "force"])
def test_the_text_of_form_fields_is_there_once(mode: str) -> None:
    data = filled_form()
    page, engine = read(data, mode, engine=Engine(100, 100))
    assert sorted(filter(None, page.text.split("\n"))) == ["Filled In", "read anew"]
    [seen] = engine.seen
    assert seen.pixels.min() == 255, "what the field shows was painted over"
    assert not any(step.detail.get("kept") for step in page.steps), "nothing to say about text that is kept"
    out = io.BytesIO()
    with open_source(data) as source:
        write([page], out, source, ENGINE)
    assert pdfium_text(out.getvalue()) == "read anew"
    with pikepdf.open(out) as pdf:
        assert str(pdf.pages[0].obj.Annots[0].V) == "Filled In"


def test_fields_beside_text_and_hidden_fields() -> None:
    assert read(filled_form(visible()))[0].text.split("\n")[-1] == "Filled In"
    assert "Filled" not in read(filled_form(flags=2))[0].text
    assert read(filled_form(value=""))[0].text == "read anew"


@pytest.mark.parametrize("mode", ["skip", "redo", "force"])
def test_a_page_without_anything_is_not_drawn(mode: str) -> None:
    page, engine = read(document(b"q Q"), mode)
    assert page.text == "" and not engine.seen and page.error is None
    assert page.width > 100 and page.height > 100


def beside(x: int, text: str) -> bytes:
    """A scan over the lower 260 points of a page, and invisible text elsewhere."""
    return document(b"q 400 0 0 260 0 0 cm /Im0 Do Q\n" + f"BT 3 Tr /F1 8 Tf {x} 280 Td ({text}) Tj ET\n".encode())


def test_an_invisible_layer_beside_its_picture_is_not_doubled() -> None:
    page, engine = read(beside(10, "We read anew what was read"))
    assert page.text == "We read anew what was read" and len(engine.seen) == 1


def test_invisible_text_that_says_something_else_does_not_stand_for_the_picture() -> None:
    page, _ = read(beside(10, "Scanned by the town library"))
    assert "read anew" in page.text and "Scanned by the town library" in page.text


def test_invisible_text_off_the_page_is_no_text() -> None:
    page, engine = read(beside(500, "We read anew what was read"))
    assert page.text == "read anew" and len(engine.seen) == 1


@pytest.mark.parametrize("left", [200, 640])
def test_what_is_read_beside_kept_text_is_written_and_no_word_twice(left: int) -> None:
    name = b"BT /F1 10 Tf 1 0 0 1 80 100 Tm (Name of owner:) Tj ET "
    data = document(b"q 400 0 0 200 0 0 cm /Im0 Do Q " + name)
    page, _ = read(data, engine=Engine(left=left, top=808))
    out = io.BytesIO()
    with open_source(data) as source:
        write([page], out, source, ENGINE)
    assert sorted(pdfium_text(out.getvalue()).split()) == sorted("Name of owner: read anew".split())
    assert sorted(page.text.split()) == sorted("Name of owner: read anew".split())


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("state", ["off", "off by default", "on", "on, but off by default"])
def test_text_in_a_layer_that_is_off_is_no_text(nested: bool, state: str) -> None:
    drawn = b"/Fm0 Do\n" if nested else visible()
    with pikepdf.open(io.BytesIO(document(IMAGE + b"/OC /L BDC " + drawn + b"EMC", forms=visible()))) as pdf:
        layer = pdf.make_indirect(Dictionary(Type=Name.OCG, Name="Übersetzung"))
        pdf.pages[0].Resources.Properties = Dictionary(L=layer)
        usual = Dictionary(BaseState=Name.OFF if "default" in state else Name.ON)
        usual[Name.OFF if state == "off" else Name.ON] = Array([layer] if state != "off by default" else [])
        pdf.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=usual)
        out = io.BytesIO()
        pdf.save(out)
    page, engine = read(out.getvalue())
    assert page.text == ("read anew" if state.startswith("off") else TEXT + "\n\nread anew")
    assert engine.seen
