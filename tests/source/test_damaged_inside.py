"""Data that are damaged in their middle: decoders draw over it in silence, so the page must say it."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin

from ocr.errors import ExitCode
from ocr.job import Job, run
from ocr.pipeline import Reader
from ocr.source import PageImage, open_source
from ocr.source.fax import broken_rows
from ocr.source.libtiff import overheard
from ocr.source.strict import fax_fault, jpeg_fault
from tests.conftest import PdfMaker, encoded
from tests.source.test_damaged_streams import fax, first, holding, stream_of

Pixels = NDArray[np.uint8]


@pytest.fixture(scope="module")
def noisy() -> Pixels:
    """A picture without two equal parts, so that damage changes all that follows."""
    picture = np.random.default_rng(3).normal(200, 30, (400, 304)).clip(0, 255).astype(np.uint8)
    picture[::9] = 0
    return picture


def zeroed(data: bytes, length: int = 400) -> bytes:
    at = len(data) // 2
    return data[:at] + bytes(length) + data[at + length :]


def scrambled(data: bytes) -> bytes:
    at = len(data) // 2
    return data[:at] + np.random.default_rng(1).bytes(400) + data[at + 400 :]


def thinned(data: bytes) -> bytes:
    at = len(data) // 2
    return data[:at] + data[at + 400 :]


@pytest.mark.parametrize("form", ["jpeg", "progressive", "flate", "flate jpeg", "fax"])
@pytest.mark.parametrize("spoil", [zeroed, scrambled, thinned])
def test_in_a_pdf(make_pdf: PdfMaker, noisy: Pixels, form: str, spoil: Callable[[bytes], bytes]) -> None:
    pixels = (255 * (noisy > 190)).astype(np.uint8) if form == "fax" else noisy
    data, keys = stream_of(pixels, form)
    assert first(holding(make_pdf, pixels, data, keys)).damage == ""
    page = first(holding(make_pdf, pixels, spoil(data), keys))
    assert page.damage.startswith("<bytes>: page 1 is damaged: an image is ")
    assert page.pixels.shape == pixels.shape


FILES: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 90},
    "MPO": {"quality": 90},
    "PNG": {},
    "TIFF jpeg": {"compression": "jpeg"},
    "TIFF group4": {"compression": "group4"},
    "TIFF group3": {"compression": "group3"},
}


@pytest.mark.parametrize("kind", FILES)
def test_in_a_picture_file(noisy: Pixels, kind: str) -> None:
    picture = Image.fromarray(noisy)
    if "group" in kind:
        picture = picture.convert("1")
    data = encoded(picture, kind.split(maxsplit=1)[0], **FILES[kind])
    assert first(data).damage == ""
    page = first(wrong_checksum(data) if kind == "PNG" else scrambled(data))
    assert page.damage.startswith("<bytes>: the picture is damaged inside (")
    assert page.damage.endswith("; the rest was read")


def wrong_checksum(png: bytes) -> bytes:
    at = png.index(b"IEND") - 8
    return png[:at] + bytes([png[at] ^ 1]) + png[at + 1 :]


def test_frames_of_a_tiff_name_themselves(noisy: Pixels) -> None:
    pictures = [Image.fromarray(noisy).convert("1")] * 3
    data = encoded(pictures[0], "TIFF", compression="group4", save_all=True, append_images=pictures[1:])
    with Image.open(io.BytesIO(data)) as tiff:
        tiff.seek(1)
        start = tiff.tag_v2[273][0] + tiff.tag_v2[279][0] // 2  # type: ignore[attr-defined]
    with open_source(data[:start] + bytes(30) + data[start + 30 :]) as source:
        damage = [source.page(number).damage for number in (1, 2, 3)]
    assert [bool(found) for found in damage] == [False, True, False]
    assert damage[1].startswith("<bytes>: page 2 is damaged inside (")


def test_padding_of_a_jpeg_does_no_harm(noisy: Pixels) -> None:
    data = encoded(Image.fromarray(noisy), "JPEG")
    assert jpeg_fault(data[:-2] + bytes(20) + data[-2:]) == ""
    assert jpeg_fault(data + b"anything behind the end") == ""
    assert "extraneous bytes" in jpeg_fault(data[:-2] + bytes(range(20)) + data[-2:])


@pytest.mark.parametrize("mode", ["CMYK", "RGB"])
def test_colours_are_not_suspected(noisy: Pixels, mode: str) -> None:
    data = encoded(Image.fromarray(noisy).convert(mode), "JPEG")
    assert jpeg_fault(data) == ""
    assert jpeg_fault(thinned(data)) != ""


def test_a_jpeg_lighter_than_white(noisy: Pixels) -> None:
    data = bytearray(encoded(Image.fromarray(noisy), "JPEG", quality=60))
    assert jpeg_fault(bytes(data)) == ""
    data[data.index(b"\xff\xdb") + 5] *= 2  # the differences of the means of blocks are twice what they were
    assert jpeg_fault(bytes(data)) == "a part of it is darker than black or lighter than white"


def test_restart_markers_of_a_jpeg(noisy: Pixels) -> None:
    data = encoded(Image.fromarray(noisy), "JPEG", restart_marker_rows=2)
    assert jpeg_fault(data) == ""
    at = data.index(b"\xff\xd2")
    assert "extraneous bytes before marker 0xd2" in jpeg_fault(data[:at] + b"few bytes" + data[at:])
    assert "premature end" in jpeg_fault(data[: at - 30] + data[at:])


def test_fax_data_that_cannot_be_judged(noisy: Pixels) -> None:
    data, _ = fax((255 * (noisy > 190)).astype(np.uint8))
    size = {"width": noisy.shape[1], "height": noisy.shape[0]}
    assert fax_fault(data, **size, group=-1) == ""
    assert fax_fault(thinned(data), **size, group=-1) != ""
    assert "rows" in fax_fault(data, **size, group=-1, aligned=True)
    assert fax_fault(b"", **size, group=-1) == ""


def fax_data(picture: Image.Image, coding: str) -> bytes:
    """``group4``, ``group3`` and ``tiff_ccitt`` as Pillow writes them, or ``two``: two-dimensional T.4."""
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[292] = int(coding == "two")
    compression = "group3" if coding == "two" else coding
    data = encoded(picture, "TIFF", compression=compression, tiffinfo=tags, strip_size=1 << 30)
    with Image.open(io.BytesIO(data)) as written:
        start, length = (written.tag_v2[tag][0] for tag in (273, 279))  # type: ignore[attr-defined]
    return data[start : start + length]


def without_ends(data: bytes) -> bytes:
    """One-dimensional T.4 data without end-of-line codes."""
    bits = f"{int.from_bytes(data, 'big'):0{8 * len(data)}b}".replace("000000000001", "")
    return int(bits + "0" * (-len(bits) % 8), 2).to_bytes(-(-len(bits) // 8), "big")


@pytest.mark.parametrize("group", [-1, 0, 4])
@pytest.mark.parametrize("coding", ["group4", "group3", "two", "tiff_ccitt", "without ends"])
def test_fax_data_of_another_coding(noisy: Pixels, samples: Path, coding: str, group: int) -> None:
    """What a wrong ``/K`` makes of a page is garbage in every viewer."""
    with Image.open(samples / "report.tif") as page:
        text = page.convert("1").crop((0, 0, page.width, 800))
    for picture in (Image.fromarray(noisy > 190), text):
        data = without_ends(fax_data(picture, "group3")) if " " in coding else fax_data(picture, coding)
        right = {"group4": -1, "two": 4}.get(coding, 0)
        aligned = coding == "tiff_ccitt"
        fault = fax_fault(data, *picture.size, group=group, aligned=aligned)
        assert (fault == "") == (group == right)


def test_long_runs_and_the_end_of_a_fax() -> None:
    """Every run up to the longest; what stands behind the end of the page is not looked at."""
    picture = np.zeros((2700, 5300), bool)
    for row in range(len(picture)):
        picture[row, 40 : 40 + row] = True
    for coding, group in (("group4", -1), ("group3", 0), ("two", 4)):
        for pixels in (picture, ~picture):
            data = fax_data(Image.fromarray(pixels), coding)
            assert broken_rows(data, 5300, 2700, group=group, aligned=False) == (0, 2700)
    end = bytes.fromhex("001001001001001001")
    data = fax_data(Image.fromarray(picture), "group3") + end + bytes(range(200))
    assert broken_rows(data, 5300, 3000, group=0, aligned=False)[0] == 0


def test_each_thread_hears_its_own_errors(noisy: Pixels) -> None:
    good = encoded(Image.fromarray(noisy).convert("1"), "TIFF", compression="group4")

    def heard(data: bytes) -> int:
        with overheard() as errors, Image.open(io.BytesIO(data)) as picture:
            picture.load()
        return len(errors)

    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(heard, [good, scrambled(good)] * 20))
    assert set(counts[::2]) == {0}
    assert min(counts[1::2]) > 0


@pytest.mark.parametrize("checksum", [b"", bytes(4), None])
def test_a_checksum_that_is_missing_or_zero_does_no_harm(
    make_pdf: PdfMaker, noisy: Pixels, checksum: bytes | None
) -> None:
    data, keys = stream_of(noisy, "flate")
    right = zlib.adler32(noisy.tobytes()).to_bytes(4, "big")
    page: PageImage = first(holding(make_pdf, noisy, data[:-4] + (right if checksum is None else checksum), keys))
    assert (page.damage, page.warnings) == ("", ())


@pytest.mark.parametrize("form", ["txt", "json", "pdf"])
def test_the_exit_code_is_five(reader: Reader, samples: Path, tmp_path: Path, form: str) -> None:
    data = (samples / "receipt.jpg").read_bytes()
    at = len(data) * 3 // 4
    (tmp_path / "a.jpg").write_bytes(data[:at] + data[at + 200 :])
    result = run(Job(tmp_path / "a.jpg", tmp_path / f"out.{form}", form), reader)
    assert result.exit_code == ExitCode.PARTIAL_FAILURE
    assert "is damaged inside" in result.errors[0].message
    assert (tmp_path / f"out.{form}").stat().st_size > 100
    assert len(reader.read(tmp_path / "a.jpg")[0].words) > 10


def test_an_image_that_pdfium_leaves_out_in_silence(make_pdf: PdfMaker, noisy: Pixels) -> None:
    with pikepdf.open(io.BytesIO(make_pdf(noisy))) as pdf:
        del pdf.pages[0].Resources.XObject.Im["/ColorSpace"]
        out = io.BytesIO()
        pdf.save(out)
    assert "an image has no colour space" in first(out.getvalue()).damage


def test_dark_jpeg_data_of_four_colours_are_not_suspected() -> None:
    dark = Image.merge("CMYK", [Image.new("L", (64, 64), value) for value in (250, 250, 250, 250)])
    for picture in (dark, Image.eval(dark, lambda value: 255 - value)):
        assert jpeg_fault(encoded(picture, "JPEG", quality=98)) == ""
