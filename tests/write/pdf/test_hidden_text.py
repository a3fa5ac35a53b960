"""Text layers of other programs: left alone, replaced or drawn over, and never twice in the copy."""

from __future__ import annotations

import io
from dataclasses import replace

import pikepdf
import pytest

from ocr.document import Step, StepName
from ocr.existing_text import existing
from ocr.source import open_source
from ocr.write.pdf.hidden_text import remove_hidden_text
from ocr.write.pdf.searchable import write
from tests.write.pages import ENGINE, line_of, page_of, pdfium_text, rendered
from tests.write.pdf.kinds import ABOVE, BEHIND, IMAGE, LINES, document, in_form, invisible, visible

TEXT = "\n".join(LINES)
NEW = "entirely new words"


def stripped(data: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert remove_hidden_text(pdf, pdf.pages[0].obj)
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()


@pytest.mark.parametrize("data", [document(ABOVE), document(BEHIND), in_form()])
def test_invisible_text_goes_and_nothing_seen_changes(data: bytes) -> None:
    out = stripped(data)
    assert pdfium_text(data) == TEXT and pdfium_text(out) == ""
    assert rendered(out).tobytes() == rendered(data).tobytes()
    assert b"Helvetica" not in out or b"Fm0" in out


def test_visible_text_beside_it_stays() -> None:
    data = document(IMAGE + invisible() + visible(("Exhibit 7",), top=20))
    out = stripped(data)
    assert pdfium_text(out) == "Exhibit 7"
    assert rendered(out, scale=2).tobytes() == rendered(data, scale=2).tobytes()


def test_state_that_invisible_text_sets_is_kept_for_the_visible() -> None:
    data = document(IMAGE + b"BT /F1 14 Tf 3 Tr 40 200 Td (hidden) Tj ET BT 0 Tr 40 100 Td (seen) Tj ET\n")
    out = stripped(data)
    assert pdfium_text(out) == "seen"
    assert rendered(out).tobytes() == rendered(data).tobytes()


def test_text_filled_with_a_transparent_colour_is_invisible() -> None:
    with pikepdf.open(
        io.BytesIO(document(IMAGE + b"q /Clear gs " + visible() + b"Q " + visible(("seen",), 40)))
    ) as pdf:
        pdf.pages[0].Resources.ExtGState = pikepdf.Dictionary(Clear=pikepdf.Dictionary(ca=0))
        out = io.BytesIO()
        pdf.save(out)
    with open_source(out.getvalue()) as source:
        layer = source.text(1)
    assert ([line.text for line in layer.hidden], [line.text for line in layer.visible]) == (list(LINES), ["seen"])
    assert pdfium_text(stripped(out.getvalue())) == "seen"


def test_other_pages_that_show_the_same_form_keep_it() -> None:
    data = document(IMAGE + b"/Fm0 Do\n", IMAGE + b"/Fm0 Do\n", forms=invisible())
    out = stripped(data)
    assert (pdfium_text(out, 0), pdfium_text(out, 1)) == ("", TEXT)


def test_visible_text_alone_is_nothing_to_remove() -> None:
    with pikepdf.open(io.BytesIO(document(visible()))) as pdf:
        assert not remove_hidden_text(pdf, pdf.pages[0].obj)


def test_a_form_that_contains_itself_ends() -> None:
    with pikepdf.open(io.BytesIO(in_form())) as pdf:
        form = pdf.pages[0].Resources.XObject.Fm0
        form.Resources.XObject = pikepdf.Dictionary(Fm0=form)
        form.write(invisible() + b"/Fm0 Do\n")
        assert remove_hidden_text(pdf, pdf.pages[0].obj)


def copied(data: bytes, removed: str, kept: int = 0) -> bytes:
    out = io.BytesIO()
    with open_source(data) as source:
        image = source.page(1)
        height, width = image.pixels.shape[:2]
        page = page_of([line_of(NEW, 100, 100)], size=(width, height), matrix=image.matrix)
        step = Step(StepName.TEXT_LAYER, {"kept": kept, "removed": removed})
        write([replace(page, steps=(step,))], out, source, ENGINE)
    return out.getvalue()


@pytest.mark.parametrize("data", [document(ABOVE), document(BEHIND), in_form()])
def test_a_removed_layer_is_replaced_by_ours(data: bytes) -> None:
    out = copied(data, "hidden")
    assert pdfium_text(out) == NEW
    again = copied(out, "hidden")
    assert pdfium_text(again) == NEW and len(again) < 1.02 * len(out)


def test_replaced_visible_text_becomes_a_picture() -> None:
    data = document(visible())
    out = copied(data, "all")
    assert pdfium_text(out) == NEW
    before, after = rendered(data), rendered(out)
    assert sum(abs(a - b) for a, b in zip(before.tobytes(), after.tobytes(), strict=True)) / len(before.tobytes()) < 4


def test_kept_text_stays_and_only_new_lines_are_added() -> None:
    out = copied(document(IMAGE + visible(("Exhibit 7",), top=20)), "none", kept=1)
    assert sorted(pdfium_text(out).split()) == sorted(f"Exhibit 7 {NEW}".split())


SIZELESS = {
    "font size": b"BT 3 Tr /F1 0 Tf 1 0 0 1 40 250 Tm (ferry) Tj ET\n",
    "text matrix": b"BT 3 Tr /F1 14 Tf 0 0 0 0 40 250 Tm (ferry) Tj ET\n",
    "flat text matrix": b"BT 3 Tr /F1 14 Tf 1 0 0 0 40 250 Tm (ferry) Tj ET\n",
    "singular text matrix": b"BT 3 Tr /F1 14 Tf 1 1 1 1 40 50 Tm (ferry) Tj ET\n",
    "matrix": b"q 0 0 0 0 40 250 cm BT 3 Tr /F1 14 Tf (ferry) Tj ET Q\n",
    "horizontal scale": b"BT 3 Tr /F1 14 Tf 0 Tz 1 0 0 1 40 250 Tm (ferry) Tj ET\n",
    "drawn with font size": b"BT /F1 0 Tf 1 0 0 1 40 250 Tm (ferry) Tj ET\n",
}


@pytest.mark.parametrize("mode", ["skip", "redo", "force"])
@pytest.mark.parametrize("zero", SIZELESS)
def test_text_of_no_size_is_not_doubled(zero: str, mode: str) -> None:
    data = document(IMAGE + SIZELESS[zero])
    with open_source(data) as source:
        found = existing(source.text(1), mode, "page")
        assert found.whole and not found.kept and found.dropped == "sizeless"
        assert bool(found.warnings) == (mode != "force")
        page = page_of([line_of("ferry", 100, 100)], matrix=(0.5, 0, 0, -0.5, 0, 300))
        out = io.BytesIO()
        write([replace(page, steps=found.steps)], out, source, ENGINE)
    shown = drawn_texts(out.getvalue())
    assert shown.count(b"ferry") == 0 and shown.count(b"<") == 1
    assert rendered(out.getvalue()).tobytes() == rendered(data).tobytes()


def drawn_texts(data: bytes) -> bytes:
    """The instructions of a page that show text."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        steps = pikepdf.parse_content_stream(pdf.pages[0])
        return pikepdf.unparse_content_stream([step for step in steps if str(step.operator) in ("Tj", "TJ")])


def test_text_of_no_size_stays_where_the_page_is_left_alone() -> None:
    data = document(visible() + SIZELESS["font size"])
    with open_source(data) as source:
        kept, again = (existing(source.text(1), mode, "page") for mode in ("skip", "redo"))
    assert (kept.dropped, again.dropped, kept.complete, again.complete) == ("", "sizeless", True, True)


def test_invisible_text_stays_where_only_text_of_no_size_goes() -> None:
    with pikepdf.open(io.BytesIO(document(ABOVE + SIZELESS["font size"]))) as pdf:
        assert remove_hidden_text(pdf, pdf.pages[0].obj, sizeless=True)
        out = io.BytesIO()
        pdf.save(out)
    assert pdfium_text(out.getvalue()) == TEXT and b"ferry)" not in drawn_texts(out.getvalue())


def test_a_hairline_of_flat_text_that_is_drawn_stays() -> None:
    flat = SIZELESS["flat text matrix"].replace(b"3 Tr ", b"")
    with pikepdf.open(io.BytesIO(document(flat))) as pdf:
        assert not remove_hidden_text(pdf, pdf.pages[0].obj)


def test_a_negative_font_size_turns_the_text() -> None:
    with open_source(document(b"BT /F1 -14 Tf -1 0 0 -1 40 250 Tm (The ferry) Tj ET\n")) as source:
        [line] = source.text(1).visible
    assert line.text == "The ferry" and [word.text for word in line.words] == ["The", "ferry"]
    assert line.box.hull[0] < line.words[1].box.hull[0]


@pytest.mark.parametrize(
    "shown",
    [
        b"BT 20 TL /F1 14 Tf 40 200 Td 3 Tr (hidden) ' 0 Tr T* (seen) Tj ET\n",
        b'BT 20 TL /F1 14 Tf 40 200 Td 3 Tr 9 5 (hidden) " 0 Tr 0 -10 Td (now seen) Tj ET\n',
        b"BT 20 TL /F1 14 Tf 40 200 Td 3 Tr (hidden) Tj 0 Tr (seen) ' ET\n",
    ],
)
def test_what_is_seen_stays_in_its_place(shown: bytes) -> None:
    data = document(shown)
    out = stripped(data)
    assert pdfium_text(out).endswith("seen") and "hidden" not in pdfium_text(out)
    assert rendered(out, scale=2).tobytes() == rendered(data, scale=2).tobytes()


def test_text_that_what_is_seen_follows_stays_with_a_warning() -> None:
    data = document(IMAGE + b"BT /F1 14 Tf 40 200 Td 3 Tr (hidden ) Tj 0 Tr (seen) Tj ET\n")
    warnings: list[str] = []
    out = io.BytesIO()
    with open_source(data) as source:
        page = page_of([line_of(NEW, 100, 100)], matrix=(0.5, 0, 0, -0.5, 0, 300))
        step = Step(StepName.TEXT_LAYER, {"kept": 0, "removed": "hidden"})
        write([replace(page, steps=(step,))], out, source, ENGINE, warn=warnings.append)
    assert rendered(out.getvalue()).tobytes() == rendered(data).tobytes()
    assert len(warnings) == 1 and "goes on where it ends" in warnings[0]
