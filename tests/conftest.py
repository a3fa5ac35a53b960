"""Pictures and files that tests draw for themselves, and the one reader that loads the models."""

from __future__ import annotations

import io
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from numpy.typing import NDArray
from PIL import Image

import ocr
from ocr import weights
from ocr.errors import DependencyError

SAMPLES = Path(__file__).parent.parent / "samples"

PdfMaker = Callable[..., bytes]

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # of jobs in the background; commands would ignore it as well
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def reader() -> ocr.Reader:
    """The default English reader."""
    try:
        weights.defaults("en")
    except DependencyError as error:
        pytest.skip(f"the models are not in the checkout: {error}")
    return ocr.Reader(lang="en")


@pytest.fixture
def samples() -> Path:
    """The folder of sample inputs."""
    return SAMPLES


@pytest.fixture(scope="session")
def letters() -> NDArray[np.uint8]:
    """A bilevel picture, 300 high and 200 wide, that differs from each of its turns and mirror images."""
    picture = np.full((300, 200), 255, np.uint8)
    picture[20:60, 10:150] = 0
    picture[60:280, 10:30] = 0
    picture[140:150, 30:90] = 0
    picture[290, 199] = 0
    return picture


@pytest.fixture(scope="session")
def make_pdf() -> PdfMaker:
    """Builds a one-image PDF: ``make_pdf(pixels, content=..., box=..., rotate=..., **image_keys)``."""

    def make(
        pixels: NDArray[np.uint8],
        *,
        dpi: float = 300.0,
        content: str = "q {w} 0 0 {h} 0 0 cm /Im Do Q",
        box: tuple[float, float, float, float] | None = None,
        crop: tuple[float, float, float, float] | None = None,
        rotate: int = 0,
        pages: int = 1,
        mask: NDArray[np.uint8] | None = None,
        **keys: Any,
    ) -> bytes:
        height, width = pixels.shape[:2]
        pdf = pikepdf.new()
        space = {1: "/DeviceGray", 3: "/DeviceRGB", 4: "/DeviceCMYK"}[pixels.shape[2] if pixels.ndim == 3 else 1]
        image = _image_stream(pdf, pixels, space)
        if mask is not None:
            image.SMask = pdf.make_indirect(_image_stream(pdf, mask, "/DeviceGray"))
        for key, value in keys.items():
            image[f"/{key}"] = value
        w, h = width * 72 / dpi, height * 72 / dpi
        for _ in range(pages):
            page = pdf.add_blank_page(page_size=(max(w, 3), max(h, 3)))
            page.MediaBox = pikepdf.Array([*(box or (0, 0, w, h))])
            if crop:
                page.CropBox = pikepdf.Array([*crop])
            page.Rotate = rotate
            page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=pdf.make_indirect(image)))
            page.Contents = pdf.make_stream(content.format(w=w, h=h).encode())
        out = io.BytesIO()
        pdf.save(out)
        return out.getvalue()

    return make


def _image_stream(pdf: pikepdf.Pdf, pixels: NDArray[np.uint8], space: str) -> pikepdf.Stream:
    return pikepdf.Stream(
        pdf,
        pixels.tobytes(),
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=pixels.shape[1],
        Height=pixels.shape[0],
        BitsPerComponent=8,
        ColorSpace=pikepdf.Name(space),
    )


def encoded(picture: Image.Image, form: str, **options: Any) -> bytes:
    """The picture as the bytes of a file."""
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def encrypted(pdf: bytes, user: str, owner: str = "owner") -> bytes:
    """The PDF with a user password."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        document.save(out, encryption=pikepdf.Encryption(user=user, owner=owner))
    return out.getvalue()
