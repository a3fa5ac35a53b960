"""Smaller pictures: without a changed pixel at level 1, with a stated loss above, never larger."""

from __future__ import annotations

import io
import math
import zlib
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pikepdf
import pytest
from numpy.typing import NDArray
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String
from PIL import Image

from ocr.document import Step, StepName
from ocr.options import PdfOptions
from ocr.source import open_source
from ocr.write.pdf.encode import fax, flate, psnr
from ocr.write.pdf.optimize import optimize_pictures
from ocr.write.pdf.searchable import write
from tests.write.pages import ENGINE, line_of, page_of, pdfium_text

Pixels = NDArray[np.uint8]
SIZE = (320, 240)


def scene(colour: bool = False) -> Pixels:
    """A smooth picture with noise."""
    random = np.random.default_rng(5)
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    grey = 128 + 60 * np.sin(x / 40) + 40 * np.cos(y / 30) + random.normal(0, 2, (SIZE[1], SIZE[0]))
    planes = [grey, grey * 0.8 + 20, 255 - grey] if colour else [grey]
    return np.asarray(np.clip(np.dstack(planes), 0, 255).squeeze(), np.uint8)


def with_image(data: bytes, **entries: Any) -> Pdf:
    pdf = Pdf.new()
    image = Stream(pdf, data, Type=Name.XObject, Subtype=Name.Image, Width=SIZE[0], Height=SIZE[1], **entries)
    page = pdf.add_blank_page(page_size=SIZE)
    page.obj.Resources = Dictionary(XObject=Dictionary(Im0=pdf.make_indirect(image)))
    page.obj.Contents = pdf.make_stream(f"q {SIZE[0]} 0 0 {SIZE[1]} 0 0 cm /Im0 Do Q".encode())
    return pdf


def shown(pdf: Pdf) -> Pixels:
    """The page at one pixel a sample."""
    out = io.BytesIO()
    pdf.save(out)
    with open_source(out.getvalue()) as source:
        return source.page(1).pixels


def bits(inverted: bool) -> bytes:
    pixels = np.full((SIZE[1], SIZE[0]), 255, np.uint8)
    cv2.putText(pixels, "Norwick", (20, 120), cv2.FONT_HERSHEY_SIMPLEX, 2, 0, 4)
    return np.packbits((pixels > 0) ^ inverted, axis=1).tobytes()


CASES: dict[str, tuple[bytes, dict[str, Any]]] = {
    "bits": (bits(False), {"BitsPerComponent": 1, "ColorSpace": Name.DeviceGray}),
    "inverted bits": (bits(True), {"BitsPerComponent": 1, "ColorSpace": Name.DeviceGray, "Decode": [1, 0]}),
    "stencil": (bits(False), {"ImageMask": True, "BitsPerComponent": 1}),
    "grey": (scene().tobytes(), {"BitsPerComponent": 8, "ColorSpace": Name.DeviceGray}),
    "colour": (scene(colour=True).tobytes(), {"BitsPerComponent": 8, "ColorSpace": Name.DeviceRGB}),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("packed", [False, True])
def test_level_one_changes_no_pixel(case: str, packed: bool) -> None:
    data, entries = CASES[case]
    entries = entries | ({"Filter": Name.FlateDecode} if packed else {})
    with with_image(zlib.compress(data, 1) if packed else data, **entries) as pdf:
        before = shown(pdf)
        savings = optimize_pictures(pdf, 1, 75)
        assert savings.pictures == 1 and savings.after < savings.before and math.isinf(savings.psnr)
        assert np.array_equal(shown(pdf), before) and before.min() != before.max()
        if "bits" in case or case == "stencil":
            assert str(pdf.pages[0].Resources.XObject.Im0.Filter) == "/CCITTFaxDecode"


@pytest.mark.parametrize("quality", [30, 95])
def test_a_jpeg_is_encoded_again_from_level_two_only(quality: int) -> None:
    file = io.BytesIO()
    Image.fromarray(scene(colour=True)).save(file, "JPEG", quality=90)
    entries = {"Filter": Name.DCTDecode, "BitsPerComponent": 8, "ColorSpace": Name.DeviceRGB}
    with with_image(file.getvalue(), **entries) as pdf:
        assert optimize_pictures(pdf, 1, quality).pictures == 0
        before = shown(pdf)
        savings = optimize_pictures(pdf, 2, quality)
        if quality > 90:
            assert savings.pictures == 0
        else:
            assert savings.after < 0.9 * savings.before
            assert psnr(before, shown(pdf)) == pytest.approx(savings.psnr, abs=1)


def test_grey_and_few_colours_are_stored_as_what_they_are() -> None:
    grey = np.repeat(scene()[..., None], 3, 2)
    few = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    few[60:120] = (200, 30, 30)
    few[:, 100:140] = (20, 20, 220)
    for pixels, name in ((grey, "/DeviceGray"), (few, "/Indexed")):
        with with_image(pixels.tobytes(), BitsPerComponent=8, ColorSpace=Name.DeviceRGB) as pdf:
            before = shown(pdf)
            assert optimize_pictures(pdf, 2, 75).after < pixels.size / 2
            space = pdf.pages[0].Resources.XObject.Im0.ColorSpace
            assert str(space[0] if isinstance(space, Array) else space) == name
            assert np.array_equal(shown(pdf), before)


def test_pictures_that_cannot_be_understood_stay() -> None:
    with with_image(b"too short", BitsPerComponent=8, ColorSpace=Name.DeviceRGB) as pdf:
        assert optimize_pictures(pdf, 2, 75).pictures == 0
    file = io.BytesIO()
    Image.fromarray(scene()).save(file, "JPEG", quality=95)
    half = file.getvalue()[: len(file.getvalue()) // 2]
    with with_image(half, Filter=Name.DCTDecode, BitsPerComponent=8, ColorSpace=Name.DeviceGray) as pdf:
        assert optimize_pictures(pdf, 2, 30).pictures == 0
    with with_image(b"no JPEG", Filter=Name.DCTDecode, BitsPerComponent=8, ColorSpace=Name.DeviceRGB) as pdf:
        assert optimize_pictures(pdf, 2, 75).pictures == 0


def test_fax_and_flate_keep_odd_widths() -> None:
    random = np.random.default_rng(1)
    packed = np.packbits(random.random((9, 13)) > 0.5, axis=1)
    assert len(fax(packed.tobytes(), 13, 9).data) > 0
    encoded = flate(random.integers(0, 255, (9, 13), np.uint8).tobytes(), 13, 9, 8)
    assert len(zlib.decompress(encoded.data)) in (9 * 13, 9 * 14)


def scanned_page(colour: tuple[int, int, int]) -> tuple[bytes, Any]:
    """A photographed page: text in a colour on uneven paper, as a JPEG in a PDF, and the page that was read."""
    pixels = np.full((1100, 850, 3), 0, np.float32)
    pixels[:] = np.linspace(245, 215, 850)[:, None]
    pixels += np.random.default_rng(2).normal(0, 4, (1100, 850, 1))
    pixels = np.clip(pixels, 0, 255).astype(np.uint8)
    lines = [line_of("Norwick harbour " * 3, 60, 80 + 60 * i, size=30, advance=16) for i in range(16)]
    for line in lines:
        for word in line.words:
            left, _, _, bottom = word.box.hull
            cv2.putText(pixels, word.text, (int(left), int(bottom) - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.85, colour, 2)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=92, dpi=(200, 200))
    return file.getvalue(), lines


@pytest.mark.parametrize("colour", [(20, 20, 30), (180, 20, 20)])
def test_layers_are_small_and_look_the_same(colour: tuple[int, int, int]) -> None:
    data, lines = scanned_page(colour)
    with open_source(data) as source:
        image = source.page(1)
        page = page_of(lines, size=(850, 1100), matrix=image.matrix)
        out, notes = io.BytesIO(), list[str]()
        write([page], out, source, ENGINE, PdfOptions(optimize=3), note=notes.append)
    assert len(out.getvalue()) < len(data) / 2
    assert "1 picture of" in notes[0] and "1 page in layers" in notes[0]
    assert pdfium_text(out.getvalue()).split()[:2] == ["Norwick", "harbour"]
    with open_source(out.getvalue(), dpi=200) as source:
        drawn = source.page(1).pixels
    stated = float(notes[0].split("PSNR of the worst ")[1].split()[0])
    assert stated > 24 and psnr(image.pixels, np.asarray(drawn)) == pytest.approx(stated, abs=1.5)
    dark = image.pixels[..., 1] < 90
    assert np.abs(drawn[dark].astype(int).mean(axis=0) - image.pixels[dark].astype(int).mean(axis=0)).max() < 30


def test_thin_grey_print_below_a_bold_headline_keeps_its_tone() -> None:
    pixels = np.full((1100, 850), 235, np.uint8)
    lines = [line_of("HEADLINE", 60, 60, size=60, advance=70)]
    cv2.putText(pixels, "HEADLINE", (60, 110), cv2.FONT_HERSHEY_SIMPLEX, 2.6, 10, 14)
    for i in range(20):
        lines.append(line_of("thin grey print of a till", 60, 200 + 40 * i, size=20, advance=12))
        cv2.putText(pixels, "thin grey print of a till", (60, 215 + 40 * i), cv2.FONT_HERSHEY_SIMPLEX, 0.62, 120, 1)
    noisy = np.clip(pixels + np.random.default_rng(3).normal(0, 3, pixels.shape), 0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(noisy).save(file, "JPEG", quality=95, dpi=(200, 200))
    with open_source(file.getvalue()) as source:
        out, notes = io.BytesIO(), list[str]()
        page = page_of(lines, size=(850, 1100), matrix=source.page(1).matrix)
        write([page], out, source, ENGINE, PdfOptions(optimize=3), note=notes.append)
    with open_source(out.getvalue(), dpi=200) as source:
        drawn = source.page(1).pixels
    assert "1 page in layers" in notes[0]
    for ink in (pixels == 120, pixels == 10):
        assert abs(drawn[ink].mean() - noisy[ink].mean()) < 40


def test_pages_with_kept_text_are_not_taken_apart() -> None:
    data, lines = scanned_page((0, 0, 0))
    step = Step(StepName.TEXT_LAYER, {"kept": 1, "removed": "none"})
    with open_source(data) as source:
        page = replace(page_of(lines, size=(850, 1100), matrix=source.page(1).matrix), steps=(step,))
        notes = list[str]()
        write([page], io.BytesIO(), source, ENGINE, PdfOptions(optimize=3), note=notes.append)
    assert not any("layers" in note for note in notes)


@pytest.mark.parametrize("removed", ["all", "hidden"])
def test_pages_whose_text_was_read_again_are_taken_apart(removed: str) -> None:
    data, lines = scanned_page((0, 0, 0))
    scan, whole = io.BytesIO(), io.BytesIO()
    steps = (Step(StepName.TEXT_LAYER, {"kept": 0, "removed": removed}), Step(StepName.NATIVE_IMAGE, {}))
    with open_source(data) as source:
        page = page_of(lines, size=(850, 1100), matrix=source.page(1).matrix)
        write([page], scan, source, ENGINE)
    with open_source(scan.getvalue()) as source:
        matrix = source.page(1).matrix
        page = replace(page_of(lines, size=(850, 1100), matrix=matrix), steps=steps[: 1 if removed == "all" else 2])
        notes = list[str]()
        write([page], whole, source, ENGINE, PdfOptions(optimize=3), note=notes.append)
    assert "1 page in layers" in notes[0]
    assert len(whole.getvalue()) < len(data) / 2
    assert pdfium_text(whole.getvalue()).split()[:4] == ["Norwick", "harbour"] * 2


def test_small_objects_are_packed_when_optimizing() -> None:
    data, _ = scanned_page((0, 0, 0))
    sizes = []
    for level in (0, 1):
        out = io.BytesIO()
        with open_source(data) as source:
            write([], out, source, ENGINE, PdfOptions(optimize=level))
        sizes.append(len(out.getvalue()))
        with pikepdf.open(io.BytesIO(out.getvalue())) as pdf:
            assert len(pdf.pages) == 1
    assert sizes[1] <= sizes[0]


def masked(mask: Pixels, picture: Pixels, **entries: Any) -> Pdf:
    """A picture in RGB with a soft mask; the entries are those of the mask."""
    pdf = with_image(zlib.compress(picture.tobytes(), 1), Filter=Name.FlateDecode, BitsPerComponent=8,
                     ColorSpace=Name.DeviceRGB)  # fmt: skip
    grey = Stream(
        pdf, mask.tobytes(), Type=Name.XObject, Subtype=Name.Image, Width=SIZE[0], Height=SIZE[1], BitsPerComponent=8,
        ColorSpace=Name.DeviceGray, **entries,
    )  # fmt: skip
    pdf.pages[0].Resources.XObject.Im0.SMask = pdf.make_indirect(grey)
    return pdf


@pytest.mark.parametrize("tones", [(0, 255), (0, 85, 255), (0, 17, 255), (0, 100, 200)])
def test_soft_masks_stay_grey(tones: tuple[int, ...]) -> None:
    """Poppler draws no picture whose mask has a palette."""
    mask = np.random.default_rng(4).choice(np.asarray(tones, np.uint8), (SIZE[1], SIZE[0]))
    with masked(mask, np.full((SIZE[1], SIZE[0], 3), (20, 20, 90), np.uint8)) as pdf:
        before = shown(pdf)
        assert optimize_pictures(pdf, 2, 75).pictures == 2
        image = pdf.pages[0].Resources.XObject.Im0
        assert image.SMask.ColorSpace == Name.DeviceGray
        assert int(image.SMask.BitsPerComponent) == {255: 1, 85: 2, 17: 4}.get(math.gcd(*tones), 8)
        assert np.array_equal(shown(pdf), before) and before.min() != before.max()


@pytest.mark.parametrize("form", ["plain", "jpeg"])
def test_a_picture_that_was_blended_with_a_colour_keeps_its_colour_space(form: str) -> None:
    """The /Matte of its mask has three numbers."""
    picture = np.repeat((scene() // 64 * 64)[..., None], 3, 2)
    with masked(scene(), picture, Matte=Array([1, 1, 1])) as pdf:
        image = pdf.pages[0].Resources.XObject.Im0
        if form == "jpeg":
            file = io.BytesIO()
            Image.fromarray(picture).save(file, "JPEG", quality=95)
            image.write(file.getvalue(), filter=Name.DCTDecode)
        before = shown(pdf)
        assert optimize_pictures(pdf, 2, 75).pictures >= 1
        assert image.ColorSpace == Name.DeviceRGB
        assert np.array_equal(shown(pdf), before) or form == "jpeg"


@pytest.mark.parametrize("kind", ["calibrated", "numbers of colours"])
def test_colours_that_viewers_would_show_differently_stay(kind: str) -> None:
    """PDFium shows calibrated colours of a palette, and no others, calibrated; JPEG would change numbers of colours."""
    few = np.repeat((scene() // 64 * 64)[..., None], 3, 2)
    calibrated = Array([Name.CalRGB, Dictionary(WhitePoint=[0.95, 1, 1.09], Gamma=[2.2, 2.2, 2.2])])
    data, entries = zlib.compress(few.tobytes(), 1), {"Filter": Name.FlateDecode, "ColorSpace": calibrated}
    if kind != "calibrated":
        file = io.BytesIO()
        Image.fromarray(scene()).save(file, "JPEG", quality=95)
        table = np.random.default_rng(1).bytes(768)
        data, entries = file.getvalue(), {"Filter": Name.DCTDecode}
        entries["ColorSpace"] = Array([Name.Indexed, Name.DeviceRGB, 255, String(table)])
    with with_image(data, BitsPerComponent=8, **entries) as pdf:
        before = shown(pdf)
        optimize_pictures(pdf, 2, 40)
        assert np.array_equal(shown(pdf), before) and before.min() != before.max()


def pages_with(data: bytes, how: str) -> bytes:
    """The scan on two pages, or two scans whose pages share the list of their pictures."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.pages.append(pdf.pages[0])
        one, two = (page.obj for page in pdf.pages)
        [key] = one.Resources.XObject.keys()
        two.Resources = one.Resources = pdf.make_indirect(one.Resources)
        if how == "list":
            picture = one.Resources.XObject[key]
            copy = Stream(pdf, picture.read_raw_bytes() + b"\0", dict(picture.items()))
            one.Resources.XObject.Other = pdf.make_indirect(copy)
            two.Contents = pdf.make_stream(one.Contents.read_bytes().replace(key.encode(), b"/Other"))
        pdf.save(out)
    return out.getvalue()


@pytest.mark.parametrize("how", ["picture", "list"])
def test_layers_of_a_page_do_not_leave_its_picture_in_the_file(how: str) -> None:
    scan, lines = scanned_page((0, 0, 0))
    with open_source(scan) as source:
        first = io.BytesIO()
        write([], first, source, ENGINE)
    data = pages_with(first.getvalue(), how)
    with open_source(data) as source:
        pages = [
            replace(page_of(lines, number=number, size=(850, 1100), matrix=source.page(number).matrix),
                    steps=(Step(StepName.NATIVE_IMAGE, {}),))
            for number in source.numbers
        ]  # fmt: skip
        out, notes = io.BytesIO(), list[str]()
        write(pages[:1], out, source, ENGINE, PdfOptions(optimize=3), note=notes.append)
    assert len(out.getvalue()) < len(data) * (0.8 if how == "list" else 1)
    assert any("layers" in note for note in notes) == (how == "list")
    with open_source(out.getvalue()) as copy, open_source(data) as source:
        assert psnr(copy.page(2).pixels, source.page(2).pixels) > 30
