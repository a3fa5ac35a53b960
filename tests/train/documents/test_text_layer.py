"""Lines of a text layer: text, spaces, superscripts, cells, direction, and what is left out."""

from __future__ import annotations

import io
import math

import pikepdf
import pypdfium2
import pytest

from ocr.train.documents.text_layer import TextLine, visible_lines


def lines_of(content: str) -> list[TextLine]:
    """The lines of a page of 400 x 200 points with this content, in Helvetica (F1) and Courier (F2)."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(400, 200))
    fonts = {
        f"/F{k}": pikepdf.Dictionary(
            Type=pikepdf.Name.Font,
            Subtype=pikepdf.Name.Type1,
            BaseFont=pikepdf.Name("/" + name),
            Encoding=pikepdf.Name.WinAnsiEncoding,
        )
        for k, name in ((1, "Helvetica"), (2, "Courier"))
    }
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(fonts))
    page.Contents = pdf.make_stream(content.encode("cp1252"))
    file = io.BytesIO()
    pdf.save(file)
    with pypdfium2.PdfDocument(file.getvalue()) as opened:
        return visible_lines(opened[0])


def test_a_line_has_its_text_its_place_and_the_centres_of_its_characters() -> None:
    [line] = lines_of("BT /F1 20 Tf 50 100 Td (Wide ill) Tj ET")
    assert line.text == "Wide ill"
    left, bottom, right, top = line.quad.hull
    assert left == pytest.approx(50, abs=1) and bottom == pytest.approx(96, abs=1) and top == pytest.approx(114, abs=2)
    assert right == pytest.approx(50 + 20 * (0.944 + 0.222 + 0.556 + 0.556 + 0.278 + 0.222 * 3), abs=2)
    assert len(line.centers) == len(line.text)
    assert list(line.centers) == sorted(line.centers)
    assert line.centers[0] > 2 * (line.centers[-1] - line.centers[-2])  # a W is wide, an l is narrow


def test_cells_are_lines_of_their_own() -> None:
    found = lines_of("BT /F1 10 Tf 50 100 Td (Item) Tj 60 0 Td (12.50) Tj ET")
    assert [line.text for line in found] == ["Item", "12.50"]


def test_a_line_whose_words_are_set_one_by_one_is_one_line() -> None:
    [line] = lines_of(
        "BT /F1 10 Tf 50 100 Td (two) Tj ET BT /F1 10 Tf 50 50 Td ET BT /F1 10 Tf 69 100 Td (words) Tj ET"
    )
    assert line.text == "two words"


def test_raised_figures_are_superscripts() -> None:
    [line] = lines_of("BT /F1 12 Tf 50 100 Td (25 m) Tj /F1 7 Tf 5 Ts (2) Tj ET")
    assert line.text == "25 m²"


def test_spaces_of_fixed_pitch_text_are_those_that_are_set() -> None:
    [line] = lines_of(r"BT /F2 10 Tf 50 100 Td (\\let.i l\(x\);) Tj ET")
    assert line.text == r"\let.i l(x);"


def test_lines_keep_their_direction() -> None:
    [line] = lines_of("BT /F1 12 Tf 0 1 -1 0 200 50 Tm (Upwards) Tj ET")
    assert line.text == "Upwards"
    (x0, y0), (x1, y1) = line.quad.points[:2]
    assert math.degrees(math.atan2(y1 - y0, x1 - x0)) == pytest.approx(90, abs=0.1)


def test_accents_that_stand_alone_and_overprints_are_left_out() -> None:
    found = lines_of(
        "BT /F1 12 Tf 50 100 Td (caf\xb4e) Tj ET BT /F1 12 Tf 50 50 Td (over) Tj ET"
        " BT /F1 12 Tf 52 51.5 Td (print) Tj ET"
        " BT /F1 12 Tf 50 150 Td (kept) Tj ET"
    )
    assert [line.text for line in found] == ["kept"]
