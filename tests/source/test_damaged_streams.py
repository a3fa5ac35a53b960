"""Damaged streams of a PDF: what is left is read, the page says what is missing, and the exit code is 5."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from numpy.typing import NDArray
from pikepdf import Array, Dictionary, Name
from PIL import Image

from ocr.document import Page
from ocr.errors import ExitCode, InputError
from ocr.job import Job, run
from ocr.pipeline import Reader
from ocr.source import PageImage, open_source
from ocr.source.streams import TooLargeError, decoded
from tests.conftest import PdfMaker, encoded

Pixels = NDArray[np.uint8]


@pytest.fixture(scope="module")
def lined() -> Pixels:
    """A picture with something in every band of rows but the margins."""
    picture = np.full((600, 400), 255, np.uint8)
    for row in range(60, 540, 40):
        picture[row : row + 20, 40:360:7] = 0
    return picture


def fax(pixels: Pixels) -> tuple[bytes, dict[str, Any]]:
    data = encoded(Image.fromarray(pixels).convert("1"), "TIFF", compression="group4")
    with Image.open(io.BytesIO(data)) as picture:
        tags = dict(picture.tag_v2)  # type: ignore[attr-defined]
    start, length = tags[273][0], tags[279][0]
    height, width = pixels.shape
    parameters = Dictionary(K=-1, Columns=width, Rows=height, BlackIs1=tags[262] == 1)
    return data[start : start + length], {
        "Filter": Name.CCITTFaxDecode,
        "DecodeParms": parameters,
        "BitsPerComponent": 1,
    }


def jbig2(pixels: Pixels) -> tuple[bytes, dict[str, Any]]:
    """A page and one region whose pixels are coded as in T.6."""
    coded, _ = fax(255 - pixels)
    height, width = pixels.shape
    page = struct.pack(">IBBBIIIIIBH", 0, 48, 0, 1, 19, width, height, 0, 0, 0, 0)
    body = struct.pack(">IIIIBB", width, height, 0, 0, 0, 1) + coded
    region = struct.pack(">IBBBI", 1, 38, 0, 1, len(body)) + body
    end = struct.pack(">IBBBI", 2, 49, 0, 1, 0)
    return page + region + end, {"Filter": Name.JBIG2Decode, "BitsPerComponent": 1}


def stream_of(pixels: Pixels, form: str) -> tuple[bytes, dict[str, Any]]:
    picture = Image.fromarray(pixels)
    if form in {"fax", "jbig2"}:
        return {"fax": fax, "jbig2": jbig2}[form](pixels)
    if form == "flate":
        return zlib.compress(pixels.tobytes()), {"Filter": Name.FlateDecode}
    if form == "raw":
        return pixels.tobytes(), {}
    if form == "flate jpeg":
        data = encoded(picture, "JPEG", quality=90)
        return zlib.compress(data), {"Filter": Array([Name.FlateDecode, Name.DCTDecode])}
    if form == "jpx":
        return encoded(picture, "JPEG2000", quality_mode="dB", quality_layers=[50]), {"Filter": Name.JPXDecode}
    return encoded(picture, "JPEG", quality=90, progressive=form == "progressive"), {"Filter": Name.DCTDecode}


def holding(make_pdf: PdfMaker, pixels: Pixels, data: bytes, keys: dict[str, Any]) -> bytes:
    with pikepdf.open(io.BytesIO(make_pdf(pixels, dpi=100))) as pdf:
        image = pdf.pages[0].Resources.XObject.Im
        for key in ("/Filter", "/DecodeParms"):
            if key in image:
                del image[key]
        image.write(data, filter=keys.get("Filter"), decode_parms=keys.get("DecodeParms"))
        image.BitsPerComponent = keys.get("BitsPerComponent", 8)
        out = io.BytesIO()
        pdf.save(out, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)
    return out.getvalue()


def first(data: bytes) -> PageImage:
    with open_source(data) as source:
        return source.page(1)


FORMS = ["jpeg", "progressive", "flate", "raw", "flate jpeg", "fax", "jbig2", "jpx"]


@pytest.mark.parametrize("form", FORMS)
def test_whole_images_are_not_suspected(make_pdf: PdfMaker, lined: Pixels, form: str) -> None:
    page = first(holding(make_pdf, lined, *stream_of(lined, form)))
    assert (page.damage, page.warnings) == ("", ())
    assert np.abs(page.pixels.astype(int) - lined).mean() < 4


@pytest.mark.parametrize("form", FORMS[:-1])
def test_half_an_image_is_read_and_said(make_pdf: PdfMaker, lined: Pixels, form: str) -> None:
    data, keys = stream_of(lined, form)
    page = first(holding(make_pdf, lined, data[: len(data) // 2], keys))
    assert page.damage.startswith("<bytes>: page 1 is damaged: an image is cut off, and ")
    if form not in {"jbig2", "flate jpeg"}:  # those are drawn as a whole or not at all
        assert np.abs(page.pixels[:150].astype(int) - lined[:150]).mean() < 30


def test_half_a_jpeg_2000_is_an_error(make_pdf: PdfMaker, lined: Pixels) -> None:
    data, keys = stream_of(lined, "jpx")
    with pytest.raises(InputError, match="page 1 has an image that cannot be decoded"):
        first(holding(make_pdf, lined, data[: len(data) // 2], keys))


@pytest.mark.parametrize("form", ["jpeg", "progressive"])
def test_a_jpeg_without_its_last_bytes_is_whole(make_pdf: PdfMaker, lined: Pixels, form: str) -> None:
    data, keys = stream_of(lined, form)
    page = first(holding(make_pdf, lined, data[:-2], keys))
    assert page.damage == ""
    assert page.warnings == ("<bytes>: page 1: the last bytes of an image are missing",)
    assert np.abs(page.pixels.astype(int) - lined).mean() < 4


def test_fax_data_may_do_without_an_end_mark(make_pdf: PdfMaker, lined: Pixels) -> None:
    data, keys = stream_of(lined, "fax")
    page = first(holding(make_pdf, lined, data[:-3], keys))
    assert (page.damage, page.warnings) == ("", ())
    assert np.array_equal(page.pixels, lined)


SHORT = Array([Name.Indexed, Name.DeviceRGB, 255, pikepdf.String(bytes(range(150)))])
"""A palette of 50 colours, and none for white."""


@pytest.mark.parametrize(
    ("form", "entries", "why"),
    [
        ("flate", {"Height": -600}, "an image is 400 x -600 pixels large"),
        ("flate", {"ColorSpace": SHORT}, "an image has colours beyond the 50 of its palette"),
        ("rgb jpeg", {}, "the data of an image have 3 colours, its colour space 1"),
    ],
)
def test_images_that_are_drawn_wrong_or_not_at_all_are_said(
    make_pdf: PdfMaker, lined: Pixels, form: str, entries: dict[str, Any], why: str
) -> None:
    if form == "rgb jpeg":
        data, keys = encoded(Image.fromarray(lined).convert("RGB"), "JPEG"), {"Filter": Name.DCTDecode}
    else:
        data, keys = stream_of(lined, form)
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(holding(make_pdf, lined, data, keys))) as pdf:
        for key, value in entries.items():
            pdf.pages[0].Resources.XObject.Im["/" + key] = value
        pdf.save(out)
    assert first(out.getvalue()).damage == f"<bytes>: page 1 is damaged: {why}; the rest was read"


def test_a_short_palette_whose_colours_suffice_is_not_suspected(make_pdf: PdfMaker, lined: Pixels) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(holding(make_pdf, lined, *stream_of(lined // 255, "flate")))) as pdf:
        space = Array([Name.Indexed, Name.DeviceGray, 255, pikepdf.String(b"\0\xff")])
        pdf.pages[0].Resources.XObject.Im.ColorSpace = space
        pdf.save(out)
    page = first(out.getvalue())
    assert page.damage == "" and np.array_equal(page.pixels, lined)


def drawing(make_pdf: PdfMaker, pixels: Pixels, contents: bytes, **options: Any) -> bytes:
    with pikepdf.open(io.BytesIO(make_pdf(pixels, pages=3))) as pdf:
        pdf.pages[1].obj.Contents = pdf.make_stream(b"")
        pdf.pages[1].obj.Contents.write(contents, **options)
        out = io.BytesIO()
        pdf.save(out, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)
    return out.getvalue()


GOOD = b"q 48 0 0 72 0 0 cm /Im Do Q\n"


@pytest.mark.parametrize(
    ("contents", "options"),
    [
        (b"q 612 0 0 ))) Tj /Im Do << Q", {}),
        (GOOD[:14] + bytes(range(128, 150)) + GOOD[14:], {}),
        (b"BT (no end Tj ET", {}),
        (b"q 48 0 0 72 0 0 cm /Lost Do Q", {}),
        (zlib.compress(GOOD * 40)[:20], {"filter": Name.FlateDecode}),
        (b"no deflate at all", {"filter": Name.FlateDecode}),
    ],
)
def test_a_damaged_content_stream_costs_its_page(
    make_pdf: PdfMaker, letters: Pixels, contents: bytes, options: Any
) -> None:
    data = drawing(make_pdf, letters, contents, **options)
    with open_source(data) as source:
        pages = [source.page(number) for number in (1, 2, 3)]
    assert [bool(page.damage) for page in pages] == [False, True, False]
    assert pages[1].damage.startswith("<bytes>: page 2 is damaged: ")


@pytest.mark.parametrize(
    "contents",
    [
        GOOD,
        b"% a comment (with a bracket\n" + GOOD,
        b"BT (a \\( b (nested) \\) ) Tj [(a) -12.5 <0A0B>] TJ ET " + GOOD,
        b"/OC /L BDC " + GOOD + b"EMC /Span << /A [1 2 << /B (x) >>] >> BDC EMC",
        b"q 9 0 0 9 0 0 cm BI /W 2 /H 2 /BPC 8 /CS /G ID )<(> EI Q " + GOOD,
        b"1.5.3 --2 m 4 5 somethingelse " + GOOD,
        b"q " + GOOD,
        b"",
    ],
)
def test_odd_contents_are_not_suspected(make_pdf: PdfMaker, letters: Pixels, contents: bytes) -> None:
    with open_source(drawing(make_pdf, letters, contents)) as source:
        assert source.page(2).damage == ""


def test_a_missing_checksum_does_no_harm(make_pdf: PdfMaker, letters: Pixels) -> None:
    with open_source(drawing(make_pdf, letters, zlib.compress(GOOD)[:-4], filter=Name.FlateDecode)) as source:
        page = source.page(2)
    assert page.damage == ""
    assert np.array_equal(page.pixels, letters)


def test_a_page_without_contents_is_blank(make_pdf: PdfMaker, letters: Pixels) -> None:
    with pikepdf.open(io.BytesIO(make_pdf(letters))) as pdf:
        del pdf.pages[0].obj["/Contents"]
        out = io.BytesIO()
        pdf.save(out)
    page = first(out.getvalue())
    assert (page.damage, page.pixels.min()) == ("", 255)


def test_lost_contents_are_damage(make_pdf: PdfMaker, letters: Pixels) -> None:
    with pikepdf.open(io.BytesIO(make_pdf(letters))) as pdf:
        number = pdf.pages[0].obj.Contents.objgen[0]
    data = make_pdf(letters).replace(b"/Contents %d 0 R" % number, b"/Contents 99 0 R")
    assert "its contents are missing" in first(data).damage


@pytest.mark.parametrize("form", ["txt", "json", "pdf"])
def test_the_exit_code_is_five(reader: Reader, samples: Path, tmp_path: Path, form: str) -> None:
    with pikepdf.open(samples / "scan.pdf") as pdf:
        del pdf.pages[2:]
        pdf.pages[1].obj.Contents = pdf.make_stream(b"q 612 0 0 ))) Tj << Q")
        pdf.save(tmp_path / "a.pdf")
    said: list[str] = []
    result = run(Job(tmp_path / "a.pdf", tmp_path / f"out.{form}", form), reader, on_warning=said.append)
    assert result.exit_code == ExitCode.PARTIAL_FAILURE
    assert [error.page for error in result.errors] == [2]
    assert "page 2" in result.errors[0].message
    assert (tmp_path / f"out.{form}").stat().st_size > 0


def test_what_is_left_of_a_single_page_is_written(
    reader: Reader, samples: Path, make_pdf: PdfMaker, tmp_path: Path
) -> None:
    with Image.open(samples / "report.tif") as picture:
        pixels = np.asarray(picture.convert("L"))
    data = encoded(Image.fromarray(pixels), "JPEG", quality=80)
    half = holding(make_pdf, pixels, data[: len(data) // 2], {"Filter": Name.DCTDecode})
    (tmp_path / "a.pdf").write_bytes(half)
    result = run(Job(tmp_path / "a.pdf", tmp_path / "out.txt"), reader)
    assert result.exit_code == ExitCode.PARTIAL_FAILURE
    assert len((tmp_path / "out.txt").read_text().split()) > 20
    page: Page = reader.read(tmp_path / "a.pdf")[0]
    assert page.error is not None
    assert page.words


@pytest.mark.parametrize("name", ["LZWDecode", "RunLengthDecode", "ASCIIHexDecode", "ASCII85Decode"])
def test_general_filters(name: str) -> None:
    plain = bytes(range(40)) * 3 + b"aaaaaaaaab" * 30
    coded = {
        "ASCIIHexDecode": plain.hex().encode() + b">",
        "ASCII85Decode": base64.a85encode(plain) + b"~>",
        "RunLengthDecode": b"".join(bytes([0, byte]) for byte in plain) + b"\x80",
        "LZWDecode": lzw(plain),
    }[name]
    pdf = pikepdf.new()
    stream = pdf.make_stream(b"")
    stream.write(coded, filter=Name("/" + name))
    assert decoded(stream, 10_000) == decoded(pdf.make_stream(plain), 10_000)
    assert not decoded_cut(pdf, coded, name).whole
    with pytest.raises(TooLargeError):
        decoded(stream, 100)


def decoded_cut(pdf: pikepdf.Pdf, coded: bytes, name: str) -> Any:
    stream = pdf.make_stream(b"")
    stream.write(coded[: len(coded) // 2], filter=Name("/" + name))
    return decoded(stream, 10_000)


def lzw(plain: bytes) -> bytes:
    """LZW with codes that grow one early, as PDF and TIFF have it."""
    table = {bytes([value]): value for value in range(256)}
    bits, held, width, size = 256, 9, 9, 258
    word = b""
    for value in plain:
        longer = word + bytes([value])
        if longer in table:
            word = longer
            continue
        bits, held = bits << width | table[word], held + width
        table[longer] = size
        size += 1
        width = max(9, size.bit_length())
        word = bytes([value])
    for code in (table[word], 257):
        bits, held = bits << width | code, held + width
    return (bits << -held % 8).to_bytes((held + 7) // 8, "big")
