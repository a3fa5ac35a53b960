"""JBIG2 with symbols that pages share (``/JBIG2Globals``), as scanners write it.

``symbols.pdf`` was made by jbig2enc 0.30 (``jbig2 -s -p``) from two pages of one bit that were drawn for it.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest
from numpy.typing import NDArray

from ocr import PdfOptions, Reader
from ocr.errors import InputError, OcrError
from ocr.job import Job, run
from ocr.source import open_source

SYMBOLS = Path(__file__).with_name("symbols.pdf")
WORDS = "A letter of the archive the twelfth of March is kept with the other letters of that year".split()


def drawn(path: Path) -> list[NDArray[np.uint8]]:
    with pypdfium2.PdfDocument(path) as document:
        return [np.array(page.render(scale=3).to_numpy()) for page in document]


def words(path: Path) -> list[str]:
    with pypdfium2.PdfDocument(path) as document:
        return [word for page in document for word in page.get_textpage().get_text_bounded().split()]


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_they_are_read_and_kept_at_every_level(reader: Reader, tmp_path: Path, level: int) -> None:
    target = tmp_path / "out.pdf"
    result = run(Job(SYMBOLS, target, "pdf", pdf=PdfOptions(optimize=level)), reader)
    assert result.errors == ()
    assert words(target) == WORDS
    assert all(map(np.array_equal, drawn(SYMBOLS), drawn(target)))
    with pikepdf.open(target) as pdf:
        images = [page.Resources.XObject.Im for page in pdf.pages]
        assert [str(image.Filter) for image in images] == ["/JBIG2Decode"] * 2
        assert len({image.DecodeParms.JBIG2Globals.objgen for image in images}) == 1


def test_their_layer_is_replaced(tmp_path: Path) -> None:
    first, second = tmp_path / "first.pdf", tmp_path / "second.pdf"
    run(Job(SYMBOLS, first, "pdf"), Reader())
    run(Job(first, second, "pdf"), Reader(mode="redo"))
    assert words(second) == WORDS
    assert all(map(np.array_equal, drawn(SYMBOLS), drawn(second)))


@pytest.mark.parametrize("spoil", [lambda data: b"", lambda data: data[:90], lambda data: data[:60] + bytes(60)])
def test_symbols_that_are_lost_are_an_error(spoil: Callable[[bytes], bytes]) -> None:
    with pikepdf.open(SYMBOLS) as pdf:
        symbols = pdf.pages[0].Resources.XObject.Im.DecodeParms.JBIG2Globals
        symbols.write(spoil(symbols.read_bytes()))
        out = io.BytesIO()
        pdf.save(out)
    with open_source(out.getvalue()) as source:
        for number in (1, 2):
            try:
                assert source.page(number).damage
            except OcrError as error:
                assert isinstance(error, InputError) and f"page {number}" in str(error)
