"""Pictures in many formats are read; others are named, with the command that converts them."""

from __future__ import annotations

import io
import struct
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin

from ocr.errors import ExitCode, InputError
from ocr.job import Job, run
from ocr.pipeline import Reader
from ocr.source import PageImage, open_source
from ocr.source import decode as decoding
from ocr.source.formats import picture_format
from tests.conftest import encoded

Pixels = NDArray[np.uint8]


@pytest.fixture(scope="module")
def page(letters: Pixels) -> Image.Image:
    return Image.fromarray(letters)


def first(input: Any) -> PageImage:
    with open_source(input) as source:
        return source.page(1)


def pnm(kind: int, pixels: Pixels, most: int = 255) -> bytes:
    """A portable bitmap (1, 4), greymap (2, 5) or pixmap (3, 6), plain or raw."""
    height, width = pixels.shape
    head = f"P{kind}\n# SANE data follows\n{width} {height}\n".encode() + (b"" if kind in {1, 4} else b"%d\n" % most)
    if kind == 4:
        return head + np.packbits(pixels < 128, axis=1).tobytes()
    values = (pixels < 128).astype(int) if kind == 1 else np.rint(pixels * (most / 255)).astype(int)
    if kind in {3, 6}:
        values = np.repeat(values[..., None], 3, axis=2)
    if kind < 4:
        return head + b" ".join(b"%d" % value for value in values.ravel()) + b"\n"
    return head + values.astype(">u2" if most > 255 else "u1").tobytes()


@pytest.mark.parametrize(
    ("kind", "most"), [(1, 1), (2, 255), (3, 255), (4, 1), (5, 255), (5, 65535), (6, 255), (6, 65535)]
)
def test_portable_maps(kind: int, most: int, letters: Pixels) -> None:
    assert np.array_equal(first(pnm(kind, letters, most)).pixels, letters)


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("GIF", {}),
        ("JPEG2000", {}),
        ("JPEG2000", {"no_jp2": True}),
        ("AVIF", {"quality": 90}),
        ("MPO", {"quality": 95}),
    ],
)
def test_other_formats(form: str, options: dict[str, Any], page: Image.Image, letters: Pixels) -> None:
    if form == "MPO":
        options = {**options, "save_all": True, "append_images": [page.resize((20, 30))]}
    data = encoded(page, form, **options)
    assert picture_format(data[:64]) == ("JPEG" if form == "MPO" else form)
    with open_source(data) as source:
        assert (source.page_count, source.warnings) == (1, ())
        pixels = source.page(1).pixels
    assert pixels.shape[:2] == letters.shape
    assert np.abs((pixels if pixels.ndim == 2 else pixels[..., 1]).astype(int) - letters).mean() < 3


def test_heic(page: Image.Image, letters: Pixels) -> None:
    heif = pytest.importorskip("pillow_heif")
    out = io.BytesIO()
    heif.from_pillow(page.convert("RGB")).save(out, quality=90)
    pixels = first(out.getvalue()).pixels
    assert pixels.shape[:2] == letters.shape
    assert np.abs(pixels.reshape(*letters.shape, -1)[..., 0].astype(int) - letters).mean() < 5
    assert ".heic" not in Image.registered_extensions(), "nothing is registered for the whole process"


def test_heic_without_the_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    path = tmp_path / "a.heic"
    path.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100))
    with pytest.raises(InputError, match=r"pip install pillow-heif, or convert it: heif-convert .*a\.heic"):
        open_source(path)


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "AVIF"])
def test_of_an_animation_the_first_picture_is_read(form: str, page: Image.Image, letters: Pixels) -> None:
    data = encoded(page, form, save_all=True, append_images=[page.rotate(180), page.rotate(90)], duration=100)
    with open_source(data) as source:
        assert source.page_count == 1
        assert source.warnings == ("<bytes>: it holds 3 pictures; the first of them is read",)
        pixels = source.page(1).pixels
    assert np.abs(pixels.reshape(*letters.shape, -1)[..., 0].astype(int) - letters).mean() < 5


@pytest.mark.parametrize(
    ("head", "named"),
    [
        (b"AT&TFORM\0\0\0\0DJVM", "DjVu, which is not read; convert it: ddjvu"),
        (b"%!PS-Adobe-3.0", "PostScript, which is not read; convert it: ps2pdf"),
        (b"\xff\x0a", "JPEG XL, which is not read; convert it: djxl"),
        (b"8BPS\0\1", "Photoshop"),
        (b"P7\nWIDTH 3\n", "PAM"),
        (b"PK\x03\x04", "soffice --convert-to pdf"),
        (b'<?xml version="1.0"?>\n<svg xmlns', "rsvg-convert"),
        (b"<!doctype HTML>", "web page"),
        (b"\0\0\0\x20ftypisom", "video"),
        (b"just some text", "not a PDF, TIFF, PNG"),
    ],
)
def test_what_is_not_read_is_named(head: bytes, named: str, tmp_path: Path) -> None:
    path = tmp_path / "a file"
    path.write_bytes(head + bytes(100))
    with pytest.raises(InputError) as caught:
        open_source(path)
    assert named in str(caught.value)
    assert f"'{path}'" in str(caught.value)


# --- JPEG


def noisy(page: Image.Image) -> Image.Image:
    grain = np.random.default_rng(2).integers(-30, 30, (300, 200))
    return Image.fromarray(np.clip(np.asarray(page, int) // 2 + 60 + grain, 0, 255).astype(np.uint8))


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("missing", [1, 2, 10])
def test_a_jpeg_without_its_last_bytes(progressive: bool, missing: int, page: Image.Image) -> None:
    data = encoded(noisy(page), "JPEG", quality=90, progressive=progressive)
    found = first(data[:-missing])
    assert found.warnings == ("<bytes>: the last bytes of the picture are missing",)
    assert np.abs(found.pixels.astype(int) - np.asarray(noisy(page))).mean() < 4


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("part", [0.3, 0.5, 0.8])
def test_half_a_jpeg_is_an_error(progressive: bool, part: float, page: Image.Image) -> None:
    data = encoded(noisy(page), "JPEG", quality=90, progressive=progressive)
    with pytest.raises(InputError, match="damaged or cut off"):
        first(data[: int(part * len(data))])


def header_of(width: int, height: int, mode: str = "L", **options: Any) -> bytes:
    """A JPEG of one small block that claims another size."""
    data = bytearray(encoded(Image.new(mode, (8, 8)), "JPEG", **options))
    at = data.index(b"\xff\xc2" if options.get("progressive") else b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_small_jpeg_that_claims_to_be_enormous(mode: str, progressive: bool, peak: Any) -> None:
    with pytest.raises(InputError, match="damaged or cut off"):
        first(header_of(65500, 65500, mode, progressive=progressive))
    assert peak() < 100


@pytest.fixture
def peak() -> Any:
    """How many MB the process has grown by, at most, since the start of the test."""
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return lambda: (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def png_header(width: int, height: int, colour: int) -> bytes:
    """A PNG with a size and nothing else."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("size", "colour"), [(40_000, 2), (2**31 - 1, 0), (20_000, 6)])
@pytest.mark.parametrize("form", ["txt", "pdf"])
def test_sizes_are_checked_before_anything_is_decoded(
    size: int, colour: int, form: str, reader: Reader, tmp_path: Path, peak: Any
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png_header(size, size, colour))
    with pytest.raises(InputError, match=f"{size} x {size} pixels"):
        run(Job(path, tmp_path / f"out.{form}", form), reader)
    assert peak() < 100
    assert [file.name for file in tmp_path.iterdir()] == ["a.png"]


def test_a_large_jpeg_is_shrunk_while_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MAX_PIXELS", 10_000)
    drafted: list[tuple[int, int]] = []
    from PIL import JpegImagePlugin

    whole = JpegImagePlugin.JpegImageFile.draft

    def draft(picture: Any, mode: str, size: tuple[int, int]) -> Any:
        drafted.append(size)
        return whole(picture, mode, size)

    monkeypatch.setattr(JpegImagePlugin.JpegImageFile, "draft", draft)
    assert first(encoded(Image.new("L", (800, 800), 255), "JPEG")).pixels.shape == (100, 100)
    assert drafted == [(100, 100)]


# --- TIFF


def tiff(frames: list[Image.Image], kinds: list[int], tag: int = 254, **options: Any) -> bytes:
    out = io.BytesIO()
    with TiffImagePlugin.AppendingTiffWriter(out, True) as file:
        for frame, kind in zip(frames, kinds, strict=True):
            tags = TiffImagePlugin.ImageFileDirectory_v2()
            if kind:
                tags[tag] = kind
            frame.save(file, "TIFF", tiffinfo=tags, dpi=(300, 300), **options)
            file.newFrame()
    return out.getvalue()


@pytest.mark.parametrize(("kind", "tag"), [(1, 254), (4, 254), (2, 255)])
@pytest.mark.parametrize("order", [0, 1])
def test_thumbnails_and_masks_are_no_pages(
    kind: int, tag: int, order: int, page: Image.Image, letters: Pixels, tmp_path: Path, reader: Reader
) -> None:
    small = page.resize((20, 30))
    frames, kinds = [page, small, page.rotate(180)], [0, kind, 0]
    if order:
        frames, kinds = [small, page, page.rotate(180)], [kind, 0, 0]
    data = tiff(frames, kinds, tag)
    with open_source(data) as source:
        assert source.page_count == 2
        assert np.array_equal(source.page(2).pixels, letters[::-1, ::-1])
        assert np.array_equal(source.page(1).pixels, letters)
    (tmp_path / "a.tif").write_bytes(data)
    run(Job(tmp_path / "a.tif", tmp_path / "out.pdf", "pdf"), reader)
    with open_source(tmp_path / "out.pdf") as copy:
        assert copy.page_count == 2
        assert np.array_equal(copy.page(1).pixels, letters)


@pytest.mark.parametrize("form", ["txt", "json", "pdf"])
def test_a_damaged_frame_costs_its_frame(form: str, samples: Path, tmp_path: Path, reader: Reader, capfd: Any) -> None:
    with Image.open(samples / "report.tif") as picture:
        frame = picture.convert("L").resize((900, 1200))
    data = bytearray(tiff([frame] * 3, [0, 0, 0], compression="tiff_lzw"))
    with Image.open(io.BytesIO(data)) as opened:
        opened.seek(1)
        start = opened.tag_v2[273][0]  # type: ignore[attr-defined]
    data[start : start + 500] = b"\xee" * 500
    (tmp_path / "a.tif").write_bytes(data)
    out = tmp_path / f"out.{form}"
    result = run(Job(tmp_path / "a.tif", out, form), reader)
    assert result.exit_code == ExitCode.PARTIAL_FAILURE
    assert [error.page for error in result.errors] == [2]
    assert capfd.readouterr() == ("", "")
    if form == "pdf":
        with pikepdf.open(out) as pdf:
            assert len(pdf.pages) == 3


def test_lab_is_read_by_its_lightness(letters: Pixels) -> None:
    flat = np.zeros_like(letters)
    lab = Image.merge("LAB", [Image.fromarray(channel) for channel in (letters, flat, flat)])
    assert np.array_equal(first(encoded(lab, "TIFF")).pixels, letters)


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("stripped", [True, False])
def test_old_style_jpeg_in_tiff(mode: str, stripped: bool, page: Image.Image, letters: Pixels) -> None:
    """Compression 6 of TIFF 6.0, as programs for faxes and forms wrote it, with and without strips of its own."""
    jpeg = encoded(page.convert(mode), "JPEG", quality=95)
    start, bands = 8 + 2 + 12 * 12 + 4, len(mode)
    fields = [
        (256, page.width), (257, page.height), (258, 8), (259, 6), (262, 6 if bands == 3 else 1), (277, bands),
        (278, page.height), (512, 1), (513, start), (514, len(jpeg)),
    ]  # fmt: skip
    fields += [(273, start), (279, len(jpeg))] if stripped else []
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(fields))
    head = b"II*\0" + struct.pack("<IH", 8, len(fields)) + entries
    data = head.ljust(start, b"\0") + jpeg
    found = first(data)
    assert found.damage == ""
    assert np.abs(found.pixels.astype(int) - letters).mean() < 4
    at = len(data) - len(jpeg) // 2
    assert "damaged inside" in first(data[:at] + data[at + 400 :]).damage


@pytest.mark.parametrize("photometric", [0, 1])
def test_bilevel_with_both_interpretations(photometric: int, page: Image.Image, letters: Pixels) -> None:
    data = encoded(page.convert("1"), "TIFF", tiffinfo={262: photometric})
    with Image.open(io.BytesIO(data)) as opened:
        assert opened.tag_v2[262] == photometric  # type: ignore[attr-defined]
    pixels = first(data).pixels
    assert np.array_equal(pixels, letters) or np.array_equal(pixels, 255 - letters)
    assert np.array_equal(pixels, np.asarray(Image.open(io.BytesIO(data)).convert("L")))


# --- transparency


def test_a_large_transparent_picture_is_flattened_in_bands(monkeypatch: pytest.MonkeyPatch, letters: Pixels) -> None:
    clear = Image.fromarray(np.dstack([np.full_like(letters, 255)] * 3 + [255 - letters]))
    whole = first(clear).pixels
    monkeypatch.setattr(decoding, "GROUND_PIXELS", 1_000)
    assert np.array_equal(first(clear).pixels, whole)
    assert np.array_equal(whole, 255 - letters)


def test_white_text_on_nothing_can_be_seen_in_the_pdf(letters: Pixels, tmp_path: Path, reader: Reader) -> None:
    clear = Image.fromarray(np.dstack([np.full_like(letters, 255)] * 3 + [255 - letters]))
    clear.save(tmp_path / "a.png")
    run(Job(tmp_path / "a.png", tmp_path / "out.pdf", "pdf"), reader)
    assert np.array_equal(first(tmp_path / "out.pdf").pixels, 255 - letters)
