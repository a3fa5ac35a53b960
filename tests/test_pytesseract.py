"""The functions of pytesseract: beside the real ones the same shapes, and nothing ignored in silence."""

from __future__ import annotations

import io
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pypdfium2 as pdfium
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr import pytesseract
from ocr.languages import LANGUAGES

WORDS = "Hello brave new World"
LINES = (WORDS, "Second line 1234")

real = pytest.importorskip("pytesseract")
beside = pytest.mark.skipif(shutil.which("tesseract") is None, reason="Tesseract is not installed")


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    """Two lines of print."""
    found = Image.new("RGB", (900, 300), "white")
    draw = ImageDraw.Draw(found)
    for row, text in enumerate(LINES):
        draw.text((60, 60 + 100 * row), text, fill="black", font=ImageFont.load_default(48))
    return found


@beside
def test_text(picture: Image.Image) -> None:
    for output_type in (pytesseract.Output.STRING, pytesseract.Output.BYTES, pytesseract.Output.DICT):
        ours, theirs = (module.image_to_string(picture, output_type=output_type) for module in (pytesseract, real))
        assert type(ours) is type(theirs)
        plain = [found["text"] if isinstance(found, dict) else found for found in (ours, theirs)]
        texts = [found.decode() if isinstance(found, bytes) else found for found in plain]
        assert [text.split() for text in texts] == [" ".join(LINES).split()] * 2
        assert all(text.endswith("4\n") for text in texts)


@beside
def test_data(picture: Image.Image) -> None:
    ours, theirs = (module.image_to_data(picture) for module in (pytesseract, real))
    assert ours.splitlines()[0] == theirs.splitlines()[0]
    ours, theirs = (
        module.image_to_data(picture, output_type=pytesseract.Output.DICT) for module in (pytesseract, real)
    )
    assert list(ours) == list(theirs)
    for found in (ours, theirs):
        assert len({len(column) for column in found.values()}) == 1
        assert [text for text in found["text"] if text.strip()] == " ".join(LINES).split()
    words = [[i for i, text in enumerate(found["text"]) if text.strip()] for found in (ours, theirs)]
    for column in ("level", "page_num", "word_num"):
        assert [ours[column][i] for i in words[0]] == [theirs[column][i] for i in words[1]]
    for column in ("left", "top", "width", "height"):
        apart = [abs(ours[column][i] - theirs[column][j]) for i, j in zip(*words, strict=True)]
        assert max(apart) < 25, column  # our boxes are those of the line, with its margins
    assert all(isinstance(value, int) for name in ours if name != "text" for value in ours[name])
    assert all(0 <= ours["conf"][i] <= 100 for i in words[0])
    assert {ours["conf"][i] for i in range(len(ours["text"])) if i not in words[0]} == {-1}


@beside
def test_a_data_frame(picture: Image.Image) -> None:
    pytest.importorskip("pandas")
    ours, theirs = (
        module.image_to_data(picture, output_type=pytesseract.Output.DATAFRAME, pandas_config={"dtype": {"text": str}})
        for module in (pytesseract, real)
    )
    assert list(ours.columns) == list(theirs.columns)
    kinds = [{name: found[name].dtype.kind for name in found.columns if name != "text"} for found in (ours, theirs)]
    assert kinds[0] == kinds[1]


@beside
def test_boxes(picture: Image.Image) -> None:
    ours, theirs = (
        module.image_to_boxes(picture, output_type=pytesseract.Output.DICT) for module in (pytesseract, real)
    )
    assert list(ours) == list(theirs)
    assert "".join(ours["char"]) == "".join(" ".join(LINES).split())
    same = [i for i, pair in enumerate(zip(ours["char"], theirs["char"], strict=False)) if len(set(pair)) == 1]
    assert len(same) > 20
    for column in ("left", "bottom", "right", "top"):
        assert np.median([abs(ours[column][i] - theirs[column][i]) for i in same]) < 15, column
    assert set(ours["page"]) == {0}
    assert len(pytesseract.image_to_boxes(picture).splitlines()) == len(ours["char"])


def test_files(picture: Image.Image) -> None:
    pdf = pdfium.PdfDocument(pytesseract.image_to_pdf_or_hocr(picture, extension="pdf"))
    assert WORDS in pdf[0].get_textpage().get_text_bounded()
    pdf.close()
    hocr = pytesseract.image_to_pdf_or_hocr(picture, extension="hocr")
    assert ElementTree.fromstring(hocr).tag.endswith("html") and b"ocrx_word" in hocr
    assert b"<alto" in pytesseract.image_to_alto_xml(picture)
    with pytest.raises(ValueError, match="Unsupported extension"):
        pytesseract.image_to_pdf_or_hocr(picture, extension="docx")


@beside
def test_inputs(picture: Image.Image, tmp_path: Path) -> None:
    file = tmp_path / "a.tif"
    picture.save(file, save_all=True, append_images=[picture])
    for given in (np.array(picture), np.array(picture.convert("L"))):
        assert pytesseract.image_to_string(given).startswith(WORDS)
    text = pytesseract.image_to_string(str(file))
    assert text == real.image_to_string(str(file)).replace("\n\n", "\n") == "\f".join(["\n".join(LINES) + "\n"] * 2)
    assert set(pytesseract.image_to_data(str(file), output_type="dict")["page_num"]) == {1, 2}
    assert pytesseract.image_to_string(Image.new("L", (300, 100), 255)) == ""
    with pytest.raises(TypeError, match="Unsupported image object"):
        pytesseract.image_to_string(b"bytes")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="output_type"):
        pytesseract.image_to_string(picture, output_type="data.frame")
    with pytest.raises(pytesseract.TesseractError, match="there is no such file") as caught:
        pytesseract.image_to_string(tmp_path / "none.png")
    assert (caught.value.status, isinstance(caught.value, RuntimeError)) == (2, True)


def test_languages(picture: Image.Image) -> None:
    known = pytesseract.get_languages()
    assert {"eng", "deu", "chi_sim", "rus"} <= set(known)
    for lang in ("deu+fra", "chi_sim+eng", "script/Latin"):
        assert "Hello" in pytesseract.image_to_string(picture, lang=lang)
    for lang in ("xyz", "eng+xyz", "tlh"):
        with pytest.raises(pytesseract.TesseractError, match="no language"):
            pytesseract.image_to_string(picture, lang=lang)


@pytest.mark.parametrize(
    ("program", "more"),
    [("#!/bin/sh\nprintf 'List of languages:\\nara\\neng\\nosd\\n'", ["ara"]), ("#!/bin/sh\nexit 1", []), ("", [])],
)
def test_languages_that_tesseract_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, more: list[str]
) -> None:
    ours = {language.pack for language in LANGUAGES.values()}
    if program:
        (tmp_path / "tesseract").write_text(program)
        (tmp_path / "tesseract").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert pytesseract.get_languages() == sorted({*ours, *more})


@pytest.mark.parametrize("config", ["", "--psm 6", "--oem 3 --psm 11", "--psm=3 -l deu", "--dpi 300"])
def test_options_that_are_understood(picture: Image.Image, config: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert WORDS in pytesseract.image_to_string(picture, config=config)


@pytest.mark.parametrize(
    "config", ["--psm 10", "-c tessedit_char_whitelist=0123456789", "--oem 0", "digits", "--tessdata-dir /x"]
)
@pytest.mark.parametrize("call", [pytesseract.image_to_string, pytesseract.image_to_data, pytesseract.image_to_boxes])
def test_options_that_are_not(picture: Image.Image, config: str, call: Callable[..., Any]) -> None:
    with pytest.warns(UserWarning, match="has no effect here") as caught:
        call(picture, config=config)
    assert [warning.filename for warning in caught] == [__file__]


def test_the_dpi_of_the_configuration_is_that_of_the_page(picture: Image.Image) -> None:
    hocr = pytesseract.image_to_pdf_or_hocr(picture, extension="hocr", config="--dpi 123")
    assert b"scan_res 123 123" in hocr


@pytest.mark.parametrize("mode", ["CMYK", "LAB", "F", "I", "HSV", "RGBA"])
def test_a_timeout_and_pictures_that_no_png_holds(picture: Image.Image, mode: str) -> None:
    seen = picture if mode in {"F", "I"} else picture.convert("RGB")
    other = seen.convert("L").convert(mode) if mode in {"F", "I"} else seen.convert(mode)
    assert pytesseract.image_to_string(other, timeout=60) == pytesseract.image_to_string(other)


def test_a_timeout_and_no_pixels() -> None:
    with pytest.raises(pytesseract.TesseractError, match="no pixels"):
        pytesseract.image_to_string(Image.new("L", (0, 0)), timeout=60)


def test_a_timeout(picture: Image.Image) -> None:
    assert WORDS in pytesseract.image_to_string(picture, timeout=60)
    with pytest.raises(RuntimeError, match="timeout"):
        pytesseract.image_to_string(picture, timeout=0.001)


def test_a_picture_that_is_damaged(picture: Image.Image, tmp_path: Path) -> None:
    out = io.BytesIO()
    picture.save(out, "PNG")
    file = tmp_path / "a.png"
    file.write_bytes(out.getvalue()[:500])
    with pytest.raises(pytesseract.TesseractError, match="damaged"):
        pytesseract.image_to_string(str(file))


def test_programs_that_name_the_program_or_catch_its_absence() -> None:
    pytesseract.pytesseract.tesseract_cmd = "C:/Tesseract-OCR/tesseract.exe"
    assert issubclass(pytesseract.TesseractNotFoundError, OSError)
