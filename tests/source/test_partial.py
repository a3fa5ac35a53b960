"""Picture files that are cut off or damaged: what was decoded is read, and is what a PDF shows; the rest is white."""

from __future__ import annotations

import io
import zlib
from typing import Any

import numpy as np
import pikepdf
import pytest
from numpy.typing import NDArray
from PIL import Image

from ocr.errors import InputError
from ocr.source import open_source
from ocr.source.strict import tiff_fault
from ocr.write.pdf.from_images import embed
from tests.conftest import encoded

Pixels = NDArray[np.uint8]
WIDTH, HEIGHT = 240, 300


def noise(seed: int, mode: str = "L") -> Image.Image:
    values = np.random.default_rng(seed).normal(128, 60, (HEIGHT, WIDTH)).clip(0, 255).astype(np.uint8)
    return Image.fromarray(values).convert(mode)


def read_and_shown(data: bytes) -> tuple[list[Pixels], list[str], list[Pixels]]:
    """The pixels of each page and what is wrong with it, and the pixels that a PDF of the file shows."""
    out = io.BytesIO()
    with open_source(data) as source:
        pages, faults = [], []
        for number in source.numbers:
            try:
                page = source.page(number)
            except InputError as error:
                pages.append(np.zeros((0, 0), np.uint8))
                faults.append(str(error))
            else:
                pages.append(page.pixels)
                faults.append(page.damage)
        embed(source, out)
    with pikepdf.open(out) as pdf:
        streams: list[Any] = [next(iter(page.Resources.XObject.values())) for page in pdf.pages]
        shown = [np.asarray(pikepdf.PdfImage(stream).as_pil_image().convert("L")) for stream in streams]
    return pages, faults, shown


@pytest.mark.parametrize(
    ("form", "mode", "options"),
    [
        ("GIF", "L", {}), ("GIF", "L", {"interlace": 0}), ("GIF", "P", {}), ("PNG", "L", {}), ("PNG", "P", {}),
        ("PNG", "1", {}), ("BMP", "RGB", {}), ("BMP", "P", {}), ("PPM", "RGB", {}), ("PPM", "1", {}), ("TIFF", "L", {}),
    ],
)  # fmt: skip
def test_half_a_file_is_half_a_page(form: str, mode: str, options: dict[str, Any]) -> None:
    picture = noise(1, mode)
    data = encoded(picture, form, **options)
    [pixels], [fault], [shown] = read_and_shown(data[: len(data) // 2])
    assert "is damaged inside" in fault and fault.endswith("the rest was read")
    whole = np.asarray(picture.convert("L"))
    assert pixels.shape == shown.shape == whole.shape
    same = np.abs(pixels.astype(int) - whole).max(axis=1) < 4
    rows = HEIGHT // 3
    if form == "GIF" and "interlace" not in options:
        rows, same, pixels = HEIGHT // 8, same[::8], pixels[1::2]  # every eighth row comes first, every second one last
    if form != "BMP":  # its last row comes first
        assert same[:rows].all() and pixels[-5:].min() == 255
    else:
        assert same[-rows:].all() and pixels[:5].min() == 255
    if form != "GIF" or "interlace" in options:
        assert np.abs(shown.astype(int) - pixels).max() < 4


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate"])
def test_a_damaged_strip_of_a_tiff_ends_its_page(compression: str) -> None:
    data = bytearray(encoded(noise(1), "TIFF", compression=compression, tiffinfo={278: 30}))
    with Image.open(io.BytesIO(data)) as tiff:
        start = tiff.tag_v2[273][5]  # type: ignore[attr-defined]
    data[start : start + 60] = b"\xee" * 60
    [pixels], [fault], [shown] = read_and_shown(bytes(data))
    assert "is damaged inside" in fault
    assert np.array_equal(pixels[:150], np.asarray(noise(1))[:150]) and pixels[180:].min() == 255
    assert np.array_equal(shown, pixels)


def test_a_damaged_frame_does_not_show_the_one_before() -> None:
    frames = [noise(seed) for seed in range(3)]
    data = bytearray(
        encoded(frames[0], "TIFF", compression="tiff_lzw", save_all=True, append_images=frames[1:], tiffinfo={278: 30})
    )
    with Image.open(io.BytesIO(data)) as tiff:
        tiff.seek(1)
        start = tiff.tag_v2[273][5]  # type: ignore[attr-defined]
    data[start : start + 60] = b"\xee" * 60
    pages, faults, shown = read_and_shown(bytes(data))
    assert [bool(fault) for fault in faults] == [False, True, False]
    assert np.array_equal(pages[1][:150], np.asarray(frames[1])[:150]) and pages[1][180:].min() == 255
    assert all(np.array_equal(page, image) for page, image in zip(pages, shown, strict=True))
    assert np.array_equal(pages[2], np.asarray(frames[2]))


def test_a_tiff_that_is_cut_off_keeps_its_first_frames() -> None:
    frames = [noise(seed) for seed in range(3)]
    data = encoded(frames[0], "TIFF", compression="tiff_lzw", save_all=True, append_images=frames[1:])
    pages, faults, shown = read_and_shown(data[: len(data) // 2])
    assert np.array_equal(pages[0], np.asarray(frames[0])) and faults[0] == ""
    assert len(pages) == len(shown) == 2 and "page 2 is damaged or cut off" in faults[1]


def test_a_checksum_of_a_tiff_is_looked_at() -> None:
    data = bytearray(encoded(noise(1), "TIFF", compression="tiff_adobe_deflate"))
    with Image.open(io.BytesIO(data)) as tiff:
        last = tiff.tag_v2[273][-1] + tiff.tag_v2[279][-1] - 1  # type: ignore[attr-defined]
        assert tiff_fault(tiff, io.BytesIO(data)) == ""  # type: ignore[arg-type]
        data[last] ^= 1
        assert tiff_fault(tiff, io.BytesIO(data)) == "a checksum is wrong"  # type: ignore[arg-type]
    assert read_and_shown(bytes(data))[1] != [""]


@pytest.mark.parametrize("form", ["GIF", "PNG", "TIFF", "BMP", "PPM"])
def test_nothing_decoded_is_an_error(form: str) -> None:
    data = encoded(noise(1, "L"), form, **({"compression": "tiff_lzw"} if form == "TIFF" else {}))
    start = {"GIF": 800, "PNG": 45, "TIFF": 8, "BMP": 1078, "PPM": 15}[form]
    data = data[: start + 4] if form != "TIFF" else data[:8] + b"\xee" * 40000 + data[40008:]
    with open_source(data) as source, pytest.raises(InputError, match="damaged or cut off"):
        source.page(1)


@pytest.mark.parametrize("part", [0.4, 0.9])
def test_later_frames_of_an_animation_do_no_harm(part: float) -> None:
    data = encoded(noise(0), "PNG", save_all=True, append_images=[noise(1), noise(2)])
    [pixels], [fault], [shown] = read_and_shown(data[: int(part * len(data))])
    assert fault == "" and np.array_equal(pixels, np.asarray(noise(0))) and np.array_equal(shown, pixels)


@pytest.mark.parametrize(
    ("others", "warned"),
    [([(WIDTH, HEIGHT)], True), ([(40, 50)], False), ([(40, 50), (WIDTH, HEIGHT)], True)],
)
def test_other_pictures_of_a_stereo_camera_are_mentioned(others: list[tuple[int, int]], warned: bool) -> None:
    more = [noise(2, "RGB").resize(size) for size in others]
    data = encoded(noise(1, "RGB"), "MPO", quality=95, save_all=True, append_images=more)
    with open_source(data) as source:
        assert source.page_count == 1
        assert bool(source.warnings) == warned
        assert not warned or "it holds 2 pictures of the same size; the first of them is read" in source.warnings[0]
        assert np.abs(source.page(1).pixels.astype(int) - np.asarray(noise(1))).mean() < 8
    assert zlib.crc32(data) == zlib.crc32(source.data())  # type: ignore[arg-type]
