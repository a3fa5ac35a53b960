"""Pictures as PDF: the original bytes inside, upright, at the size that the source's matrix says."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat

from ocr.document import Page
from ocr.errors import InputError
from ocr.source import Input, Pages, open_source
from ocr.write.pdf.from_images import embed
from ocr.write.pdf.searchable import write
from tests.write.pages import ENGINE, line_of, page_of, pdfium_boxes, pdfium_text, picture, rendered

SIZE = (400, 560)
LINE = line_of("scanned words", 50, 60)


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def searchable(data: Input, pages: Pages = None) -> bytes:
    """The picture as a searchable PDF, with LINE read from each selected page."""
    out = io.BytesIO()
    with open_source(data, pages=pages) as source:
        read: list[Page] = []
        for number in source.numbers:
            image = source.page(number)
            height, width = image.pixels.shape[:2]
            read.append(page_of([LINE], number=number, size=(width, height), matrix=image.matrix))
        write(read, out, source, ENGINE)
    return out.getvalue()


def embedded_image(pdf: bytes, index: int = 0) -> tuple[bytes, str]:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        image = next(iter(opened.pages[index].Resources.XObject.values()))
        return bytes(image.read_raw_bytes()), str(image.get("/Filter", "")).strip("[]/")


def same(first: Image.Image, second: Image.Image) -> bool:
    # pdfium's and Pillow's grey of the same CMYK differ by up to 40; an inverted or turned picture by over 60.
    slack = 25 if second.mode == "CMYK" else 6
    second = second.convert("L").resize(first.size)
    return float(ImageStat.Stat(ImageChops.difference(first, second)).mean[0]) < slack


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpeg_bytes_are_embedded_untouched(mode: str) -> None:
    data = encoded(picture(SIZE, mode), "jpeg", dpi=(100, 100))
    out = searchable(data)
    raw, filter_name = embedded_image(out)
    assert raw == data
    assert "DCTDecode" in filter_name
    assert same(rendered(out), picture(SIZE, mode))


def test_png_pixels_are_not_compressed_again() -> None:
    data = encoded(picture(SIZE), "png", dpi=(100, 100))
    raw, _ = embedded_image(searchable(data))
    assert raw in data


def test_group_4_strip_is_embedded_untouched() -> None:
    bilevel = picture(SIZE).convert("1", dither=Image.Dither.NONE)
    data = encoded(bilevel, "tiff", compression="group4", dpi=(100, 100))
    out = searchable(data)
    raw, filter_name = embedded_image(out)
    assert raw in data
    assert "CCITTFaxDecode" in filter_name
    assert same(rendered(out), bilevel.convert("L"))


def test_cmyk_tiff_keeps_its_colours() -> None:
    stored = picture(SIZE, "CMYK")
    assert same(rendered(searchable(encoded(stored, "tiff", dpi=(100, 100)))), stored)


def test_page_size_and_text_agree_with_the_matrix() -> None:
    out = searchable(encoded(picture(SIZE), "png", dpi=(200, 200)))
    with pikepdf.open(io.BytesIO(out)) as pdf:
        assert [float(v) for v in pdf.pages[0].MediaBox] == pytest.approx([0, 0, 400 * 0.36, 560 * 0.36], abs=0.01)
    assert pdfium_text(out) == "scanned words"
    left, bottom, _, top = pdfium_boxes(out)[0][1]
    assert (left, top, bottom) == pytest.approx((50 * 0.36, (560 - 60) * 0.36, (560 - 80) * 0.36), abs=0.72)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["jpeg", "tiff"])
def test_exif_orientation(form: str, orientation: int) -> None:
    stored = picture(SIZE)
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(stored, form, exif=exif, dpi=(100, 100))
    with Image.open(io.BytesIO(data)) as image:
        upright = ImageOps.exif_transpose(image).convert("L")
    out = searchable(data)
    assert same(rendered(out, scale=100 / 72), upright)
    assert pdfium_text(out) == "scanned words"
    if form == "jpeg":
        assert embedded_image(out)[0] == data


@pytest.mark.parametrize(
    "make",
    [
        lambda: encoded(picture(SIZE, "RGBA"), "png"),
        lambda: encoded(picture(SIZE, "P"), "png"),
        lambda: encoded(picture(SIZE, "LA"), "png"),
        lambda: encoded(Image.fromarray(np.full((560, 400), 40000, np.uint16)), "png"),
        lambda: encoded(Image.fromarray(np.full((560, 400), 40000, np.uint16)), "tiff"),
        lambda: encoded(picture(SIZE, "RGB"), "tiff", compression="tiff_lzw"),
        lambda: encoded(picture(SIZE, "RGB"), "webp", lossless=True),
        lambda: encoded(picture(SIZE, "RGBA"), "webp", lossless=True),
        lambda: encoded(picture(SIZE, "RGB"), "bmp"),
        lambda: encoded(picture((1, 1)), "png"),
    ],
)
def test_odd_pictures_become_a_page(make: Callable[[], bytes]) -> None:
    data = make()
    out = searchable(data)
    with open_source(data) as source:
        shown = Image.fromarray(source.page(1).pixels).convert("L")
    assert same(rendered(out, scale=2), shown.resize(rendered(out, scale=2).size))
    assert len(pikepdf.open(io.BytesIO(out)).pages) == 1


@pytest.mark.parametrize("seed", range(6))
def test_a_png_that_is_damaged_inside_is_shown_as_it_is_read(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(128, 90, (560, 400)).clip(0, 255).astype(np.uint8)
    data = bytearray(encoded(Image.fromarray(noise), "PNG", dpi=(100, 100)))
    middle = len(data) // 2
    data[middle : middle + 300] = bytes(255 - value for value in data[middle : middle + 300])
    with open_source(bytes(data)) as source:
        read = source.page(1)
    assert "damaged inside" in read.damage
    out = searchable(bytes(data))
    assert pdfium_text(out) == "scanned words"
    with pikepdf.open(io.BytesIO(out)) as pdf:
        [shown] = [
            image for image in pdf.objects if isinstance(image, pikepdf.Stream) and image.get("/Subtype") == "/Image"
        ]
        pixels = np.asarray(pikepdf.PdfImage(shown).as_pil_image())
    assert np.array_equal(pixels[:270], read.pixels[:270]) and read.pixels[:270].std() > 50


def test_a_damaged_picture_that_no_pdf_can_hold_is_named() -> None:
    data = encoded(Image.effect_noise((300, 200), 90), "GIF")
    with (
        open_source(data[:810]) as source,
        pytest.raises(InputError, match=r"cannot be put into a PDF, because it is damaged.*--format txt"),
    ):
        embed(source, io.BytesIO())


def test_every_frame_is_a_page_and_selected_ones_get_text() -> None:
    frames = [picture(SIZE).convert("1"), picture((300, 300), "RGB"), picture(SIZE)]
    out = io.BytesIO()
    frames[0].save(out, "tiff", save_all=True, append_images=frames[1:], dpi=(100, 100))
    result = searchable(out.getvalue(), "2-")
    assert len(pikepdf.open(io.BytesIO(result)).pages) == 3
    assert [pdfium_text(result, index) for index in range(3)] == ["", "scanned words", "scanned words"]
    with pikepdf.open(io.BytesIO(result)) as pdf:
        assert float(pdf.pages[1].MediaBox[2]) == pytest.approx(216)


def test_fax_pixels_are_not_square(tmp_path: Path) -> None:
    path = tmp_path / "fax.tif"
    picture((408, 280)).convert("1").save(path, compression="group4", dpi=(204, 98))
    with pikepdf.open(io.BytesIO(searchable(path))) as pdf:
        width, height = (float(v) for v in list(pdf.pages[0].MediaBox)[2:])
    assert (width, height) == pytest.approx((144, 280 * 72 / 98), rel=0.01)


@pytest.mark.parametrize(
    ("form", "mode", "filter_name"),
    [
        ("jpeg", "L", "DCT"),
        ("jpeg", "CMYK", "DCT"),
        ("png", "RGB", "Flate"),
        ("png", "RGBA", "Flate"),
        ("tiff", "1", "CCITT"),
    ],
)
def test_pictures_over_pillows_limit(monkeypatch: pytest.MonkeyPatch, form: str, mode: str, filter_name: str) -> None:
    stored = picture(SIZE).convert("1", dither=Image.Dither.NONE) if mode == "1" else picture(SIZE, mode)
    data = encoded(stored, form, dpi=(100, 100))
    limit = SIZE[0] * SIZE[1] // 3
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    monkeypatch.setattr("ocr.write.pdf.from_images.PILLOW_LIMIT", limit)
    out = searchable(data)
    assert limit == Image.MAX_IMAGE_PIXELS
    raw, name = embedded_image(out)
    assert name.startswith(filter_name)
    assert (raw == data) == (form == "jpeg")
    if mode == "RGBA":
        stored = Image.alpha_composite(Image.new("RGBA", SIZE, "white"), stored).convert("RGB")
    assert same(rendered(out), stored)


def test_arrays_and_pil_images() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = io.BytesIO(encoded(picture(SIZE), "jpeg", exif=exif, dpi=(100, 100)))
    with Image.open(stored) as image:
        out = searchable(image)
        assert same(rendered(out, scale=100 / 72), ImageOps.exif_transpose(image).convert("L"))
    assert pdfium_text(searchable(np.full((560, 400), 255, np.uint8))) == "scanned words"


def see_through(form: str, mode: str, **options: object) -> bytes:
    """A black bar with something else in the transparent part of the picture."""
    alpha = Image.new("L", (300, 200), 0)
    alpha.paste(255, (40, 60, 260, 90))
    image = Image.new("RGB", alpha.size, "red")
    image.paste("black", (40, 60, 260, 90))
    if mode == "P":
        image = image.quantize(4)
        options["transparency"] = image.getpixel((0, 0))
    elif "transparency" not in options:
        image.putalpha(alpha)
        image = image if mode == "RGBA" else image.convert(mode)
    return encoded(image, form, **options)


@pytest.mark.parametrize(
    "data",
    [
        see_through("PNG", "RGBA"),
        see_through("PNG", "LA"),
        see_through("PNG", "P"),
        see_through("GIF", "P"),
        see_through("PNG", "RGB", transparency=(255, 0, 0)),
        see_through("JPEG2000", "RGBA"),
        see_through("WEBP", "RGBA", lossless=True),
        see_through("TIFF", "RGBA"),
    ],
)
def test_transparent_pictures_look_as_they_were_read(data: bytes) -> None:
    with open_source(data) as source:
        read = source.page(1).pixels
    shown = rendered(searchable(data)).convert("RGB").resize(read.shape[1::-1])
    pixels = np.asarray(shown, np.int16)
    flat = read if read.ndim == 3 else np.repeat(read[..., None], 3, 2)
    assert np.abs(pixels - flat).mean() < 6
    assert pixels[75, 150].max() < 60 and pixels[150, 150].min() > 200
