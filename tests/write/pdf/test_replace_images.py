"""Cleaned pictures: they lie where the old ones lay, and only chosen scans get one."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from numpy.typing import NDArray
from PIL import Image

from ocr.source import open_source
from ocr.write.pdf.replace_images import replace_images

Pixels = NDArray[np.uint8]


def picture() -> Pixels:
    """Grey paper with a black mark at the top left."""
    pixels = np.full((330, 255, 3), (150, 140, 130), np.uint8)
    pixels[20:60, 30:100] = 0
    return pixels


def lighter(pixels: Pixels) -> Pixels:
    return np.where(pixels > 100, 255, pixels).astype(np.uint8)


def tiff(*pictures: Pixels) -> bytes:
    first, *others = map(Image.fromarray, pictures)
    file = io.BytesIO()
    first.save(file, "TIFF", save_all=True, append_images=others, dpi=(100, 100))
    return file.getvalue()


def searched(data: bytes | Path, pages: str | None = None) -> tuple[bytes, tuple[int, ...]]:
    out = io.BytesIO()
    with open_source(data, pages=pages) as source:
        numbers = replace_images(source, out, lambda pixels: lighter(pixels) if pixels.min() == 0 else None)
    return out.getvalue(), numbers


def test_chosen_pages_show_the_new_picture_at_the_size_of_the_old() -> None:
    data, numbers = searched(tiff(picture(), np.full((330, 255), 90, np.uint8), picture()), pages="1-2")
    assert numbers == (1,)
    with open_source(data) as source:
        first, second, third = (source.page(number) for number in (1, 2, 3))
    assert first.pixels.shape[:2] == (330, 255) and first.dpi == pytest.approx(100, abs=0.1)
    assert np.abs(first.pixels.astype(int) - lighter(picture())[..., : first.pixels[0, 0].size].squeeze()).mean() < 6
    assert second.pixels.max() == 90
    assert np.array_equal(third.pixels, picture())


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_turned_pdf_pages_stay_turned(rotation: int) -> None:
    data, _ = searched(tiff(picture()))
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.pages[0].obj.Rotate = rotation
        turned = io.BytesIO()
        pdf.save(turned)
    with open_source(turned.getvalue()) as source:
        before = source.page(1).pixels
    again, numbers = searched(turned.getvalue())
    assert numbers == (1,)
    with open_source(again) as source:
        after = source.page(1).pixels
    assert after.shape == before.shape and np.abs(after.astype(int) - before).mean() < 3


def test_drawn_pages_stay_as_they_are(samples: Path) -> None:
    drawing = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(200, 300))
        pdf.pages[0].obj.Contents = pdf.make_stream(b"0 g 20 20 50 50 re f")
        pdf.save(drawing)
    data, numbers = searched(drawing.getvalue())
    assert numbers == ()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert pdf.pages[0].obj.Contents.read_bytes() == b"0 g 20 20 50 50 re f"


def test_pages_that_cannot_be_cleaned_do_not_stop_the_others() -> None:
    def fail(pixels: Pixels) -> Pixels:
        if pixels.ndim == 2:
            raise RuntimeError("no")
        return lighter(pixels)

    out = io.BytesIO()
    with open_source(tiff(np.zeros((90, 80), np.uint8), picture())) as source:
        assert replace_images(source, out, fail) == (2,)
