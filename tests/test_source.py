"""Every kind of input becomes the right pixels, with a matrix that leads back to the page."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr.errors import DependencyError, InputError, UsageError
from ocr.geometry import apply
from ocr.source import Input, PageImage, open_source, parse_pages, pdf_file, pdf_plan
from ocr.source import decode as decoding
from ocr.source import pdf as pdf_source
from ocr.source.original import Original
from tests.conftest import PdfMaker, encoded, encrypted
from tests.installed import needs_poppler

Pixels = NDArray[np.uint8]


def first(input: Input, **options: Any) -> PageImage:
    with open_source(input, **options) as source:
        return source.page(source.numbers[0])


def steps(page: PageImage) -> dict[str, dict[str, object]]:
    return {step.name: step.detail for step in page.steps}


# --- page ranges


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [("1,3-4", (1, 3, 4)), ("4-", (4, 5)), ("-2", (1, 2)), ("5, 1 ,1-2", (1, 2, 5))],
)
def test_page_ranges(ranges: str, expected: tuple[int, ...]) -> None:
    assert parse_pages(ranges, 5) == expected


@pytest.mark.parametrize("ranges", ["", " \t", ",", "x", "1,,2", "-", "1-2-3", "1.5", "٣", "+1"])
def test_nonsense_page_ranges(ranges: str) -> None:
    with pytest.raises(UsageError, match="page"):
        parse_pages(ranges, 5)


@pytest.mark.parametrize(("ranges", "fault"), [("6", "5 pages"), ("0", "5 pages"), ("3-9", "5 pages"), ("4-2", "2-4")])
def test_pages_that_are_not_there(ranges: str, fault: str) -> None:
    with pytest.raises(UsageError, match=fault):
        parse_pages(ranges, 5)


# --- PDF: one scan a page


PLACEMENTS: dict[str, tuple[str, Callable[[Pixels], Pixels]]] = {
    "plain": ("q {w} 0 0 {h} 0 0 cm /Im Do Q", lambda p: p),
    "mirrored": ("q -{w} 0 0 {h} {w} 0 cm /Im Do Q", lambda p: p[:, ::-1]),
    "upside down": ("q {w} 0 0 -{h} 0 {h} cm /Im Do Q", lambda p: p[::-1]),
}


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("placement", PLACEMENTS)
def test_a_scan_keeps_its_pixels(make_pdf: PdfMaker, letters: Pixels, placement: str, rotate: int) -> None:
    content, shown = PLACEMENTS[placement]
    page = first(make_pdf(letters, content=content, rotate=rotate))
    assert np.array_equal(page.pixels, np.rot90(shown(letters), -rotate // 90))
    assert "native image" in steps(page)
    assert page.dpi == pytest.approx(300, abs=0.1)


def test_a_scan_turned_by_its_matrix(make_pdf: PdfMaker, letters: Pixels) -> None:
    page = first(make_pdf(letters, content="q 0 {w} -{h} 0 {h} 0 cm /Im Do Q", box=(0, 0, 72, 48)))
    assert np.array_equal(page.pixels, np.rot90(letters))


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize(("renderer", "slack"), [("pdfium", 0.01), pytest.param("poppler", 0.25, marks=needs_poppler)])
def test_matrix_leads_back_to_user_space(
    make_pdf: PdfMaker, letters: Pixels, rotate: int, renderer: str, slack: float
) -> None:
    # The ink of the picture begins at (10, 20) and its big strokes end at (150, 280), in user space as in pixels.
    ink = letters.copy()
    ink[290, 199] = 255
    content = "q {w} 0 0 {h} 103.5 -40.25 cm /Im Do Q"
    data = make_pdf(ink, content=content, box=(103.5, -40.25, 151.5, 31.75), rotate=rotate)
    page = first(data, renderer=renderer)
    ys, xs = np.nonzero(page.pixels < 128)
    corners = [
        apply(page.matrix, float(x), float(y)) for x in (xs.min(), xs.max() + 1) for y in (ys.min(), ys.max() + 1)
    ]
    left, right = min(x for x, _ in corners), max(x for x, _ in corners)
    bottom, top = min(y for _, y in corners), max(y for _, y in corners)
    expected = (103.5 + 10 * 0.24, 31.75 - 280 * 0.24, 103.5 + 150 * 0.24, 31.75 - 20 * 0.24)
    assert (left, bottom, right, top) == pytest.approx(expected, abs=slack)


def test_a_scan_that_is_not_quite_the_page(make_pdf: PdfMaker, letters: Pixels) -> None:
    inset = first(make_pdf(letters, content="q 47.1 0 0 71.2 .37 .51 cm /Im Do Q"))
    assert np.array_equal(inset.pixels, letters)
    assert apply(inset.matrix, 0, 300) == pytest.approx((0.37, 0.51), abs=1e-4)
    overhang = first(make_pdf(letters, content="q 48.3 0 0 72.4 -.1 -.2 cm /Im Do Q"))
    assert overhang.pixels.shape == letters.shape
    assert np.array_equal(overhang.pixels[4:-4, 4:-4], letters[4:-4, 4:-4])


def test_a_scan_in_a_form(letters: Pixels, make_pdf: PdfMaker) -> None:
    with pikepdf.open(io.BytesIO(make_pdf(letters))) as pdf:
        page = pdf.pages[0]
        form = pdf.make_stream(b"q 1 0 0 1 0 0 cm /Im Do Q")
        form.update(
            pikepdf.Dictionary(
                Type=pikepdf.Name.XObject,
                Subtype=pikepdf.Name.Form,
                BBox=[0, 0, 1, 1],
                Matrix=[2, 0, 0, 2, 0, 0],
                Resources=page.Resources,
            )
        )
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Fm=form))
        page.Contents = pdf.make_stream(b"q 24 0 0 36 0 0 cm /Fm Do Q")
        out = io.BytesIO()
        pdf.save(out)
    page_image = first(out.getvalue())
    assert np.array_equal(page_image.pixels, letters)


def test_cropped_scan_shows_the_crop(make_pdf: PdfMaker, letters: Pixels) -> None:
    page = first(make_pdf(letters, crop=(12, 12, 36, 60)))
    assert np.array_equal(page.pixels, letters[50:250, 50:150])
    assert apply(page.matrix, 0, 0) == pytest.approx((12, 60))


def test_visible_text_over_a_scan_is_drawn_at_the_better_resolution(make_pdf: PdfMaker, letters: Pixels) -> None:
    page = first(make_pdf(letters, dpi=100, content="q {w} 0 0 {h} 0 0 cm /Im Do Q 100 10 20 20 re f"))
    assert page.dpi == 300
    assert "render" in steps(page)
    assert page.pixels[-60, 450] == 0


def test_fax_pixels_become_square(make_pdf: PdfMaker, letters: Pixels) -> None:
    page = first(make_pdf(letters, box=(0, 0, 48, 144), content="q 48 0 0 144 0 0 cm /Im Do Q"))
    assert page.pixels.shape == (600, 200)
    assert page.dpi == pytest.approx(300)


def test_soft_mask_decode_array_and_stencil(make_pdf: PdfMaker, letters: Pixels) -> None:
    black = np.zeros_like(letters)
    assert np.array_equal(first(make_pdf(black, mask=255 - letters)).pixels, letters)
    assert np.array_equal(first(make_pdf(255 - letters, Decode=pikepdf.Array([1, 0]))).pixels, letters)
    bits = np.packbits(letters == 255, axis=1)
    with pikepdf.open(io.BytesIO(make_pdf(letters))) as pdf:
        image = pdf.pages[0].Resources.XObject.Im
        image.write(bits.tobytes())
        image.ImageMask = True
        image.BitsPerComponent = 1
        del image.ColorSpace
        out = io.BytesIO()
        pdf.save(out)
    assert np.array_equal(first(out.getvalue()).pixels, letters)


def test_colour_and_cmyk_scans(make_pdf: PdfMaker) -> None:
    red = np.zeros((30, 40, 3), np.uint8)
    red[..., 0] = 200
    assert np.array_equal(first(make_pdf(red)).pixels, red)
    ink = np.zeros((30, 40, 4), np.uint8)
    ink[:, 20:, 1:3] = 255
    pixels = first(make_pdf(ink)).pixels
    assert pixels.shape == (30, 40, 3)
    assert tuple(pixels[5, 5]) == (255, 255, 255)
    assert pixels[5, 30, 0] > 180
    assert pixels[5, 30, 1] < 80


def test_grey_scan_in_an_rgb_file_comes_out_grey(make_pdf: PdfMaker, letters: Pixels) -> None:
    assert np.array_equal(first(make_pdf(np.dstack([letters] * 3))).pixels, letters)


def test_sample_pdf_has_the_scans_resolution(samples: Path) -> None:
    with open_source(samples / "scan.pdf", pages="2-") as source:
        assert (source.kind, source.page_count, source.numbers) == ("pdf", 3, (2, 3))
        assert source.data() == samples / "scan.pdf"
        page = source.page(2)
    assert page.pixels.shape == (2313, 1433)
    assert set(np.unique(page.pixels)) == {0, 255}
    assert page.dpi == pytest.approx(300, abs=0.1)


@needs_poppler
def test_renderers_agree(samples: Path) -> None:
    ours, theirs = (first(samples / "scan.pdf", renderer=name) for name in ("pdfium", "poppler"))
    assert ours.pixels.shape == theirs.pixels.shape
    assert theirs.matrix == pytest.approx(ours.matrix)
    assert np.mean((ours.pixels < 128) != (theirs.pixels < 128)) < 0.05


def test_poppler_missing(samples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(DependencyError, match="apt install poppler-utils"):
        first(samples / "scan.pdf", renderer="poppler")


def test_enormous_page_is_reduced_and_says_so(monkeypatch: pytest.MonkeyPatch, make_pdf: PdfMaker) -> None:
    monkeypatch.setattr(pdf_plan, "MAX_PIXELS", 10_000)
    page = first(make_pdf(np.full((400, 100), 7, np.uint8)))
    assert page.pixels.shape == (200, 50)
    assert page.dpi == pytest.approx(150, abs=1)
    assert steps(page)["reduced"] == {"from_dpi": 300.0, "dpi": 150.0}
    assert apply(page.matrix, 50, 200) == pytest.approx((24, 0), abs=0.01)


def test_large_colour_page_comes_in_grey_and_says_so(monkeypatch: pytest.MonkeyPatch, make_pdf: PdfMaker) -> None:
    monkeypatch.setattr(pdf_plan, "MAX_COLOR_PIXELS", 1_000)
    page = first(make_pdf(np.full((40, 100, 3), (200, 0, 0), np.uint8)))
    assert page.pixels.shape == (40, 100)
    assert "grey" in steps(page)


def test_document_is_opened_anew_on_the_way(
    monkeypatch: pytest.MonkeyPatch, make_pdf: PdfMaker, letters: Pixels, tmp_path: Path
) -> None:
    monkeypatch.setattr(pdf_source, "REOPEN", 2)
    path = tmp_path / "locked.pdf"
    path.write_bytes(encrypted(make_pdf(letters, pages=5), "secret"))
    opened: list[Path | bytes] = []
    whole = pdf_file.open_pdfium

    def counted(original: Original, password: str) -> object:
        opened.append(original.data)
        return whole(original, password)

    monkeypatch.setattr(pdf_source, "open_pdfium", counted)
    with open_source(path, password="secret") as source:
        assert all(np.array_equal(source.page(number).pixels, letters) for number in source.numbers)
    assert opened == [path] * 2
    source.close()


def test_page_without_pictures_is_drawn_at_the_asked_dpi() -> None:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(72, 144))
    out = io.BytesIO()
    pdf.save(out)
    page = first(out.getvalue(), dpi=100)
    assert page.pixels.shape == (200, 100)
    assert page.pixels.min() == 255
    assert steps(page) == {"render": {"renderer": "pdfium", "dpi": 100.0}}


# --- picture files


def test_g4_tiff_pages_are_decoded_one_by_one(letters: Pixels) -> None:
    frames = [Image.fromarray(np.roll(letters, 10 * i, 1)).convert("1") for i in range(3)]
    data = encoded(frames[0], "TIFF", compression="group4", dpi=(300, 300), save_all=True, append_images=frames[1:])
    with open_source(data, pages="3,1") as source:
        assert (source.kind, source.name, source.page_count, source.numbers) == ("image", "<bytes>", 3, (1, 3))
        assert source.data() == data
        for number in (3, 1, 2):
            assert np.array_equal(source.page(number).pixels, np.roll(letters, 10 * (number - 1), 1))
        page = source.page(1)
    assert page.dpi == 300
    assert page.steps == ()
    assert apply(page.matrix, 200, 300) == pytest.approx((48, 0))
    assert apply(page.matrix, 0, 0) == pytest.approx((0, 72))


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF", "WEBP"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_lossless_files(form: str, mode: str, letters: Pixels) -> None:
    picture = Image.fromarray(letters).convert(mode)
    picture.putpixel((0, 0), 9 if mode == "L" else (255, 0, 9))
    pixels = first(encoded(picture, form, **({"lossless": True} if form == "WEBP" else {}))).pixels
    assert np.array_equal(pixels, np.asarray(picture))


def test_palette_and_cmyk(letters: Pixels) -> None:
    palette = Image.fromarray(letters).convert("P")
    assert np.array_equal(first(encoded(palette, "PNG")).pixels, letters)
    cmyk = Image.new("CMYK", (20, 10), (0, 255, 255, 0))
    for data in (encoded(cmyk, "TIFF"), encoded(cmyk, "JPEG", quality=95)):
        page = first(data)
        assert page.pixels.shape == (10, 20, 3)
        assert page.pixels[5, 5, 0] > 240
        assert page.pixels[5, 5, 1:].max() < 15
        assert steps(page)["colour"] == {"mode": "CMYK"}


def test_alpha_lies_over_white() -> None:
    clear = Image.new("RGBA", (20, 10), (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), (0, 0, 10, 10))
    page = first(encoded(clear, "PNG"))
    assert page.pixels.shape == (10, 20)
    assert (page.pixels[5, 5], page.pixels[5, 15]) == (0, 255)
    assert "alpha" in steps(page)


def written(color: tuple[int, ...], mode: str = "RGBA") -> Image.Image:
    """A word on a transparent ground, in one of several modes."""
    clear = Image.new("RGBA", (200, 60), (*color[:3], 0))
    ImageDraw.Draw(clear).text((10, 10), "text", color, font=ImageFont.load_default(40))
    return clear.convert(mode) if mode != "P" else clear.quantize(8)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "La", "RGBa", "P"])
@pytest.mark.parametrize(("color", "ground"), [((255, 255, 255, 255), "black"), ((0, 0, 0, 255), "white")])
def test_transparent_pictures_lie_on_the_ground_that_shows_them(mode: str, color: tuple[int, ...], ground: str) -> None:
    picture = written(color, "LA").convert("La") if mode == "La" else written(color, mode)
    assert picture.has_transparency_data
    page = first(picture)
    assert steps(page)["alpha"] == {"over": ground}
    lightness = {"black": 0, "white": 255}[ground]
    assert page.pixels[0, 0] == lightness
    assert np.abs(page.pixels.astype(int) - lightness).max() > 250


def test_a_page_with_transparent_margins_lies_on_white() -> None:
    paper = Image.new("RGBA", (400, 300), (255, 255, 255, 0))
    paper.paste(Image.new("RGBA", (360, 260), "white"), (20, 20))
    pen = ImageDraw.Draw(paper)
    for row in range(30, 250, 40):
        pen.text((40, row), "a line of text", "black", font=ImageFont.load_default(30))
    assert steps(first(paper))["alpha"] == {"over": "white"}


@pytest.mark.parametrize("mode", ["RGBA", "LA", "array", "file"])
def test_what_is_fully_transparent_shows_nothing(mode: str) -> None:
    clear = Image.new("RGBA", (20, 10), (10, 20, 30, 0))
    inputs: dict[str, Any] = {"array": np.asarray(clear), "file": encoded(clear, "PNG")}
    with pytest.raises(InputError, match="the picture is fully transparent"):
        first(inputs[mode] if mode in inputs else clear.convert(mode))


@pytest.mark.parametrize("opened", [True, False])
def test_a_closed_image_is_an_error(tmp_path: Path, opened: bool) -> None:
    picture = Image.new("L", (20, 10), 255)
    if opened:
        picture.save(tmp_path / "a.png")
        with Image.open(tmp_path / "a.png") as picture:
            pass
    else:
        picture.close()
    with pytest.raises(InputError, match=r"<image>: the PIL image cannot be loaded .* before it is closed"):
        first(picture)


def test_values_that_are_no_numbers_are_an_error() -> None:
    values = np.linspace(0, 1, 200, dtype=np.float32).reshape(10, 20)
    assert first(Image.fromarray(values)).pixels[-1, -1] == 255
    values[3, 4] = np.nan
    with pytest.raises(InputError, match="not numbers"):
        first(Image.fromarray(values))


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("channels", [0, 3, 4])
def test_sixteen_bits_that_hold_fewer(bits: int, channels: int) -> None:
    ramp = np.linspace(0, 2**bits - 1, 200).astype(np.uint16).reshape(10, 20)
    array = np.dstack([ramp] * channels) if channels else ramp
    if channels == 4:
        array[..., 3] = 65535
    page = first(array)
    expected = np.linspace(0, 255, 200).reshape(10, 20)
    assert np.abs(page.pixels.astype(int) - expected).max() <= 1
    assert steps(page)["depth"]["from"] == [0.0, 2**bits - 1]
    if not channels:
        assert np.array_equal(first(Image.fromarray(ramp)).pixels, page.pixels)


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_sixteen_bits(form: str) -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    page = first(encoded(Image.fromarray(ramp), form))
    assert page.pixels.dtype == np.uint8
    assert np.array_equal(page.pixels.ravel(), np.arange(256))
    twelve = first(encoded(Image.fromarray(ramp >> 4), form))
    assert (twelve.pixels.min(), twelve.pixels.max()) == (0, 255)


@pytest.mark.parametrize("form", ["JPEG", "TIFF", "PNG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(form: str, orientation: int, letters: Pixels) -> None:
    upright = Image.fromarray(letters)
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    stored = upright.transpose(Image.Transpose(undo[orientation])) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    options: dict[str, object] = {"quality": 95} if form == "JPEG" else {}
    page = first(encoded(stored, form, exif=exif, dpi=(300, 300), **options))
    assert page.pixels.shape == letters.shape
    assert np.abs(page.pixels.astype(int) - letters).mean() < 3
    assert ("exif rotation" in steps(page)) == (orientation > 1)
    assert apply(page.matrix, 200, 0) == pytest.approx((48, 72), abs=0.05)


@pytest.mark.parametrize(
    ("size", "stated", "dpi"),
    [
        ((2480, 3508), (300.0, 300.0), 300.0),
        ((2480, 3508), (0.0, 0.0), 300.0),
        ((1654, 2339), (0.0, 0.0), 200.0),
        ((4032, 3024), (72.0, 72.0), 300.0),
        ((612, 792), (72.0, 72.0), 72.0),
        ((2480, 3508), (1.0, 1.0), 300.0),
        ((100, 40), (0.0, 0.0), 72.0),
        ((30000, 400), (300.0, 300.0), 300.0),
    ],
)
def test_resolution(size: tuple[int, int], stated: tuple[float, float], dpi: float) -> None:
    assert decoding.resolution(*size, stated) == (dpi, dpi)


def test_estimated_resolution_is_said(letters: Pixels) -> None:
    assert steps(first(encoded(Image.fromarray(letters), "PNG")))["dpi"] == {"estimated": 72.0, "stated": 0.0}


def test_fax_tiff_becomes_square(letters: Pixels) -> None:
    fax = Image.fromarray(letters).convert("1")
    page = first(encoded(fax, "TIFF", compression="group4", dpi=(204, 102)))
    assert page.pixels.shape == (600, 200)
    assert page.dpi == pytest.approx(204)
    assert apply(page.matrix, 200, 0) == pytest.approx((200 * 72 / 204, 300 * 72 / 102))


@pytest.mark.parametrize("form", ["PNG", "TIFF", "JPEG"])
def test_enormous_picture_is_reduced_and_says_so(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MAX_PIXELS", 10_000)
    picture = Image.new("1" if form == "TIFF" else "L", (100, 400), 1 if form == "TIFF" else 255)
    page = first(encoded(picture, form, dpi=(300, 300)))
    assert page.pixels.shape == (200, 50)
    assert page.pixels.min() == 255
    assert steps(page)["reduced"] == {"from_dpi": 300.0, "dpi": 150.0}
    assert apply(page.matrix, 50, 0) == pytest.approx((24, 96), abs=0.05)


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_large_colour_picture_comes_in_grey_and_says_so(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MAX_COLOR_PIXELS", 1_000)
    page = first(encoded(Image.new("RGB", (100, 40), (200, 0, 0)), form))
    assert page.pixels.shape == (40, 100)
    assert "grey" in steps(page)


# --- other inputs


def test_bytes_file_object_stdin_and_path_are_the_same(samples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = samples / "report.tif"
    expected = first(path).pixels
    assert expected.shape == (3300, 2560)
    data = path.read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    with path.open("rb") as file:
        inputs: list[Input] = [str(path), data, file, io.BytesIO(data), "-"]
        for input in inputs:
            assert np.array_equal(first(input).pixels, expected)


def test_arrays_and_pil_images(letters: Pixels) -> None:
    for input in (letters, letters == 255, letters[..., None], letters.astype(np.uint16) * 257):
        assert np.array_equal(first(input).pixels, letters)
    colour = np.dstack([letters, letters, 255 - letters])
    assert np.array_equal(first(colour).pixels, colour)
    assert np.array_equal(first(Image.fromarray(colour)).pixels, colour)
    with open_source(Image.fromarray(letters)) as source:
        assert source.name == "<image>"
        assert np.array_equal(first(source.data()).pixels, letters)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((3, 3), np.float32),
        np.full((3, 3), np.nan),
        np.zeros((3, 3), np.int64),
        np.zeros((3, 3), complex),
        np.zeros((3, 3), object),
        np.zeros(3, np.uint8),
        np.zeros((3, 3, 2), np.uint8),
        np.zeros((2, 3, 3, 3), np.uint8),
        np.zeros((0, 3), np.uint8),
        np.zeros((), np.uint8),
    ],
)
def test_arrays_that_are_no_picture(array: NDArray[np.generic]) -> None:
    with pytest.raises(UsageError, match="<array>"):
        open_source(array)


def test_things_that_are_no_input() -> None:
    with pytest.raises(UsageError, match="int"):
        open_source(3)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="binary mode"):
        open_source(io.StringIO("text"))  # type: ignore[arg-type]


def test_file_objects_that_cannot_be_read(tmp_path: Path) -> None:
    with (tmp_path / "a.bin").open("wb") as file, pytest.raises(UsageError, match="cannot be read"):
        open_source(file)
    with (tmp_path / "a.bin").open("rb") as closed:
        pass
    with pytest.raises(UsageError, match="closed file"):
        open_source(closed)

    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(InputError, match="<bytes>: cannot be read"):
        open_source(Broken())


def test_page_that_the_file_does_not_have(samples: Path) -> None:
    with open_source(samples / "report.tif") as source, pytest.raises(UsageError, match="1 page"):
        source.page(2)


def test_picture_too_large_to_decode(monkeypatch: pytest.MonkeyPatch, letters: Pixels) -> None:
    monkeypatch.setattr("ocr.source.image.MAX_DECODED", 1_000)
    with pytest.raises(InputError, match=r"200 x 300 pixels.*magick"):
        first(encoded(Image.fromarray(letters), "PNG"))


def test_a_pil_image_without_pixels() -> None:
    with pytest.raises(UsageError, match=r"<image>: the PIL image has no pixels \(0 x 5\)"):
        open_source(Image.new("L", (0, 5)))
