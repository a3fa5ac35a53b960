"""Every kind of bad input has its message and exit code, and never costs the other files and pages anything."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from numpy.typing import NDArray
from PIL import Image

import ocr
from ocr.errors import EncryptedError, ExitCode, InputError, OcrError, UsageError
from ocr.options import Options
from ocr.source import Input, open_source
from tests.conftest import PdfMaker, encoded, encrypted
from tests.installed import RENDERERS

Pixels = NDArray[np.uint8]


def read_all(input: Input, **options: Any) -> list[Pixels]:
    with open_source(input, **options) as source:
        return [source.page(number).pixels for number in source.numbers]


def fault(input: Input, **options: Any) -> OcrError:
    with pytest.raises(OcrError) as caught:
        read_all(input, **options)
    return caught.value


def test_missing_file(tmp_path: Path) -> None:
    error = fault(tmp_path / "none.pdf")
    assert error.exit_code == ExitCode.BAD_INPUT
    assert str(error) == f"{tmp_path}/none.pdf: there is no such file; look in its folder: ls -l {tmp_path}"


def test_directory(tmp_path: Path) -> None:
    error = fault(tmp_path)
    assert error.exit_code == ExitCode.BAD_INPUT
    assert "this is a directory" in str(error)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty (0 bytes)"),
        (b"hello, world", "not a PDF, TIFF, PNG, JPEG, WebP, BMP, GIF, JPEG 2000, AVIF, HEIC or PNM file"),
        (b"%PDF-1.4\n", "damaged or cut off"),
        (b"BMW and Audi", "damaged or cut off"),
        (b"II*\0\x08\0\0\0", "damaged or cut off"),
        (b"\x89PNG\r\n\x1a\n", "damaged or cut off"),
        (b"\xff\xd8\xff\xe0", "damaged or cut off"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "damaged or cut off"),
    ],
)
@pytest.mark.parametrize("as_file", [True, False])
def test_not_what_it_seems(content: bytes, message: str, as_file: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(content)
    error = fault(path if as_file else content)
    assert type(error) is InputError
    assert message in str(error)
    assert str(error).startswith(f"{path}: " if as_file else "<bytes>: ")


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.99])
def test_truncated_pdf(part: float, samples: Path) -> None:
    data = (samples / "scan.pdf").read_bytes()
    error = fault(data[: int(len(data) * part)])
    assert type(error) is InputError
    assert "damaged or cut off" in str(error)
    assert "qpdf" not in str(error), "it was tried already"


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "AVIF", "JPEG2000"])
@pytest.mark.parametrize("part", [0.3, 0.8])
def test_truncated_picture(form: str, part: float, samples: Path) -> None:
    with Image.open(samples / "receipt.jpg") as picture:
        data = encoded(picture.convert("L"), form)
    error = fault(data[: int(len(data) * part)])
    assert type(error) is InputError
    assert "damaged or cut off" in str(error)


def test_truncated_g4_tiff(samples: Path) -> None:
    data = (samples / "report.tif").read_bytes()
    assert type(fault(data[: len(data) // 2])) is InputError


def test_damaged_frame_names_its_page(samples: Path) -> None:
    with Image.open(samples / "report.tif") as picture:
        frames = [picture.convert("L").resize((300, 400)) for _ in range(3)]
    data = encoded(frames[0], "TIFF", compression="tiff_adobe_deflate", save_all=True, append_images=frames[1:])
    with Image.open(io.BytesIO(data)) as tiff:
        tiff.seek(1)
        start: int = tiff.tag_v2[273][0]  # type: ignore[attr-defined]
    broken = data[:start] + b"\xee" * 500 + data[start + 500 :]
    with open_source(broken) as source:
        with pytest.raises(InputError, match="<bytes>: page 2 is damaged"):
            source.page(2)
        assert np.array_equal(source.page(1).pixels, source.page(3).pixels)


def test_damaged_pdf_page_names_itself(make_pdf: PdfMaker, letters: Pixels) -> None:
    with pikepdf.open(io.BytesIO(make_pdf(letters, pages=3))) as pdf:
        pdf.pages[1].obj.Resources.XObject.Im = pdf.make_stream(
            b"not a JPEG",
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Image,
            Width=200,
            Height=300,
            BitsPerComponent=8,
            ColorSpace=pikepdf.Name.DeviceGray,
            Filter=pikepdf.Name.DCTDecode,
        )
        out = io.BytesIO()
        pdf.save(out)
    with open_source(out.getvalue()) as source:
        with pytest.raises(InputError, match="<bytes>: page 2 has an image that cannot be decoded"):
            source.page(2)
        assert np.array_equal(source.page(1).pixels, source.page(3).pixels)


def test_encrypted_without_a_password(make_pdf: PdfMaker, letters: Pixels) -> None:
    error = fault(encrypted(make_pdf(letters), "geheim ü"))
    assert type(error) is EncryptedError
    assert error.exit_code == 8
    assert "needs a password" in str(error)
    assert all(way in str(error) for way in ("--password-prompt", "--password-file", "OCR_PASSWORD", "password=..."))


def test_encrypted_with_a_wrong_password(make_pdf: PdfMaker, letters: Pixels) -> None:
    error = fault(encrypted(make_pdf(letters), "geheim ü"), password="guess")
    assert type(error) is EncryptedError
    assert "the password is wrong" in str(error)
    assert "guess" not in str(error)


@pytest.mark.parametrize("password", ["geheim ü", "owner"])
@pytest.mark.parametrize("renderer", RENDERERS)
def test_encrypted_with_the_right_password(make_pdf: PdfMaker, letters: Pixels, password: str, renderer: str) -> None:
    data = encrypted(make_pdf(letters), "geheim ü")
    (pixels,) = read_all(data, password=password, renderer=renderer)
    assert pixels.shape == letters.shape
    assert pixels.min() == 0


def test_encrypted_with_an_empty_user_password(make_pdf: PdfMaker, letters: Pixels) -> None:
    (pixels,) = read_all(encrypted(make_pdf(letters), ""))
    assert np.array_equal(pixels, letters)


def test_one_pixel(make_pdf: PdfMaker) -> None:
    dot = np.full((1, 1), 255, np.uint8)
    for data in (
        make_pdf(dot),
        encoded(Image.fromarray(dot), "PNG"),
        encoded(Image.fromarray(dot).convert("1"), "TIFF"),
    ):
        (pixels,) = read_all(data)
        assert np.array_equal(pixels, dot)


def test_a_page_thirty_thousand_pixels_wide(make_pdf: PdfMaker) -> None:
    wide = np.full((60, 30_000), 255, np.uint8)
    wide[20:40, ::2] = 0
    for data in (make_pdf(wide), encoded(Image.fromarray(wide), "PNG")):
        (pixels,) = read_all(data)
        assert np.array_equal(pixels, wide)


def test_unsupported_language() -> None:
    with pytest.raises(UsageError, match=r"lang must be one of .*en, .*zh, .*there is no language 'tlh'"):
        Options(lang="tlh")


def test_pages_that_are_not_there(samples: Path) -> None:
    error = fault(samples / "scan.pdf", pages="2-7")
    assert type(error) is UsageError
    assert "3 pages" in str(error)


def test_blank_page_has_no_text(reader: ocr.Reader, make_pdf: PdfMaker) -> None:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(595, 842))
    out = io.BytesIO()
    pdf.save(out)
    noise = np.random.default_rng(7).normal(245, 4, (3508, 2480)).clip(0, 255).astype(np.uint8)
    for blank in (out.getvalue(), make_pdf(np.full((1, 1), 255, np.uint8)), noise):
        document = reader.read(blank)
        assert document.text == ""
        assert document.pages[0].lines == ()


def test_a_bad_page_does_not_stop_the_others(reader: ocr.Reader, samples: Path) -> None:
    with pikepdf.open(samples / "scan.pdf") as pdf:
        name = next(iter(pdf.pages[1].Resources.XObject.keys()))
        pdf.pages[1].Resources.XObject[name].write(b"junk", filter=pikepdf.Name.DCTDecode)
        out = io.BytesIO()
        pdf.save(out)
    first, second, third = reader.read(out.getvalue()).pages
    assert second.error is not None
    assert (second.error.kind, second.error.page) == ("InputError", 2)
    assert len(first.words) > 50
    assert len(third.words) > 50
