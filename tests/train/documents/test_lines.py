"""Training lines of a PDF: text and picture agree, what is not confirmed is left out, the same seed gives the same."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest
from numpy.typing import NDArray

from ocr.recognize import Glyph, Reading
from ocr.recognize.charset import Charset
from ocr.recognize.crnn import CrnnRecognizer

pytest.importorskip("torch")

pytest.importorskip("torch")

from ocr.train.documents.lines import documents, drawn_line, render, samples, trusted
from ocr.train.documents.text_layer import visible_lines
from ocr.train.recognize.shards import held_out
from ocr.train.synth.line_wear import LineSample

LINES = ("The first line of this page", "Total 1,234.50", "A last line, with a comma")


def written(path: Path, lines: Sequence[str] = LINES) -> Path:
    """A PDF of one page with these lines, 20 points apart."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(300, 200))
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary({"/F1": font}))
    content = "".join(f"BT /F1 12 Tf 30 {160 - 20 * k} Td ({text}) Tj ET " for k, text in enumerate(lines))
    page.Contents = pdf.make_stream(content.encode())
    pdf.save(path)
    return path


class Misreads:
    """The shipped recogniser, except that it misreads one line."""

    def __init__(self, wrong: str) -> None:
        self.recognizer, self.wrong = CrnnRecognizer("crnn-en-mobile-int8", "greedy", 1), wrong

    def __call__(self, lines: Sequence[NDArray[np.uint8]]) -> list[Reading]:
        noise = Reading((Glyph("%", 0, 1, 1.0),), 1.0, "test")
        return [noise if reading.text == self.wrong else reading for reading in self.recognizer(lines)]


def drawn(path: Path, seed: int, wrong: str = "") -> list[LineSample]:
    return list(samples([path], seed, Charset.load("latin"), Misreads(wrong)))  # type: ignore[arg-type]


def test_lines_have_the_text_of_the_text_layer(tmp_path: Path) -> None:
    path = written(tmp_path / "a.pdf")
    found = [sample for seed in range(8) for sample in drawn(path, seed)]
    assert {sample.text for sample in found} == set(LINES)
    for sample in found:
        assert sample.picture.shape[0] == 32 and sample.picture.dtype == np.uint8
        assert len(sample.centers) == len(sample.text) and min(sample.centers) >= 0 and max(sample.centers) <= 1


def test_the_same_seed_draws_the_same_lines(tmp_path: Path) -> None:
    path = written(tmp_path / "a.pdf")
    first, second = drawn(path, 3), drawn(path, 3)
    assert [sample.text for sample in first] == [sample.text for sample in second]
    assert all(np.array_equal(a.picture, b.picture) for a, b in zip(first, second, strict=True))


def test_text_that_the_picture_does_not_confirm_is_left_out(tmp_path: Path) -> None:
    path = written(tmp_path / "a.pdf")
    found = {sample.text for seed in range(8) for sample in drawn(path, seed, wrong=LINES[0])}
    assert found and LINES[0] not in found


@pytest.mark.parametrize(
    ("text", "reading", "kept"),
    [
        ("plain text", "plain text", True),
        ("it’s “here”", 'it\'s "here"', True),
        ("file name", "file_name", False),  # the underscore is a rule: the text layer lacks it
        ("5", "5", True),
        ("5", "6", False),
        ("αβγδε", "abyde", False),
    ],
)
def test_trust(text: str, reading: str, kept: bool) -> None:
    assert trusted(text, reading) is kept


def test_a_drawn_line_is_where_the_type_is(tmp_path: Path) -> None:
    with pypdfium2.PdfDocument(written(tmp_path / "a.pdf")) as pdf:
        page = pdf[0]
        image = render(page, 3.0, random.Random(1))
        line = next(line for line in visible_lines(page) if line.text == LINES[1])
        crop = drawn_line(image, line, line.text, np.array([[3.0, 0, 0], [0, -3.0, 600.0]]))
    ink = np.argwhere(crop.image[: crop.margin + crop.band + 6] < 128)  # below there is the next line
    assert abs(ink[:, 1].min() - crop.margin) <= 4 and abs(ink[:, 1].max() - crop.margin - crop.width) <= 4
    assert crop.margin - 2 <= ink[:, 0].min() and ink[:, 0].max() <= crop.margin + crop.band + 2


def test_documents_are_split_by_name_and_counted_once(tmp_path: Path) -> None:
    for k in range(30):
        written(tmp_path / f"{k}.pdf", [f"Document {k}"])
    (tmp_path / "copy.pdf").write_bytes((tmp_path / "1.pdf").read_bytes())
    training, held = documents(tmp_path), documents(tmp_path, held=True)
    assert len(training) + len(held) == 30 and held
    assert all(held_out(path.name) for path in held) and not any(held_out(path.name) for path in training)
