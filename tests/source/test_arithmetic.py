"""Damage inside JBIG2 and JPEG 2000: what no encoder writes, and runs of zeros; nothing in sound files."""

from __future__ import annotations

import io
import random
import struct
from typing import Any

import numpy as np
import pikepdf
import pytest
from PIL import Image

from ocr.source import open_source
from ocr.source.arithmetic import jbig2_fault, jpx_fault
from ocr.source.pdf_images import image_fault


def jpx(colour: bool = True, **options: Any) -> bytes:
    """A picture with detail, as JPEG 2000."""
    pixels = np.random.default_rng(1).integers(0, 255, (200, 300, 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels if colour else pixels[..., 0]).save(out, "JPEG2000", **options)
    return out.getvalue()


def coded(length: int) -> bytes:
    """Data as the MQ coder stuffs them."""
    data = bytearray(random.Random(1).randbytes(length))
    for at in range(1, length):
        if data[at - 1] == 0xFF:
            data[at] &= 0x7F
    return bytes(data)


def jbig2(data: bytes, flags: int = 0) -> bytes:
    """A page of 64 x 64 pixels with one generic region in template 0, and the end of the page."""
    info = struct.pack(">IIII", 64, 64, 0, 0)
    template = b"" if flags & 1 else bytes.fromhex("03fffdff02fefefe")  # fax has none
    region = info + b"\0" + bytes((flags,)) + template + data + (b"" if flags & 1 else b"\xff\xac")
    page = struct.pack(">IIIIBH", 64, 64, 0, 0, 0, 0)
    kinds = ((48, page), (38, region), (49, b""))
    return b"".join(struct.pack(">IBBBI", n, kind, 0, 1, len(body)) + body for n, (kind, body) in enumerate(kinds))


SOUND = (
    jpx(),
    jpx(colour=False, tile_size=(64, 64)),
    jpx(irreversible=True, quality_mode="rates", quality_layers=[40, 20, 10]),
    jpx(progression="RPCL", codeblock_size=(32, 32), precinct_size=(64, 64)),
)


@pytest.mark.parametrize("data", SOUND)
def test_sound_pictures_are_not_suspected(data: bytes) -> None:
    assert jpx_fault(data) == ""
    with open_source(data) as source:
        assert source.page(1).damage == ""


def test_blank_tiles_have_long_runs_of_zeros_and_are_sound() -> None:
    out = io.BytesIO()
    layers = [80, 40, 20, 10]
    Image.new("RGB", (600, 400), "white").save(
        out, "JPEG2000", tile_size=(128, 128), quality_mode="rates", quality_layers=layers
    )
    assert jpx_fault(out.getvalue()) == ""


@pytest.mark.parametrize("wrong", [bytes(512), b"\xff\xa0"])
def test_wrong_data_inside_jpeg_2000_are_noticed(wrong: bytes) -> None:
    data = SOUND[0]
    at = len(data) // 2
    spoilt = data[:at] + wrong + data[at + len(wrong) :]
    assert jpx_fault(spoilt)
    with open_source(spoilt) as source:
        assert "damaged inside" in source.page(1).damage


@pytest.mark.parametrize("wrong", [bytes(64), b"\xff\xa0"])
def test_wrong_data_inside_jbig2_are_noticed(wrong: bytes) -> None:
    data = coded(400)
    spoilt = data[:200] + wrong + data[200 + len(wrong) :]
    assert jbig2_fault(jbig2(data)) == "" and jbig2_fault(jbig2(spoilt))
    for body, damaged in ((data, False), (spoilt, True)):
        out = io.BytesIO()
        with pikepdf.new() as pdf:
            pdf.Root.Image = pikepdf.Stream(
                pdf, jbig2(body), Filter=pikepdf.Name.JBIG2Decode, Width=64, Height=64, BitsPerComponent=1,
                ColorSpace=pikepdf.Name.DeviceGray,
            )  # fmt: skip
            pdf.save(out)
        with pikepdf.open(out) as pdf:
            assert ("damaged inside" in image_fault(pdf.Root.Image).damage) == damaged


def test_wrong_data_inside_jbig2_that_is_coded_as_fax_are_noticed() -> None:
    out = io.BytesIO()
    picture = Image.effect_noise((64, 64), 90).convert("1")
    picture.save(out, "TIFF", compression="group4", strip_size=1 << 20)
    with Image.open(out) as saved:
        [start], [length] = saved.tag_v2[273], saved.tag_v2[279]  # type: ignore[attr-defined]
    data = out.getvalue()[start : start + length]
    assert jbig2_fault(jbig2(data, flags=1)) == ""
    assert jbig2_fault(jbig2(data[: length // 2] + bytes(8) + data[length // 2 + 8 :], flags=1))


def test_any_bytes_are_looked_at_without_a_crash() -> None:
    chance = random.Random(2)
    for data in (SOUND[0], jbig2(coded(400)), jbig2(coded(400), flags=1)):
        for _ in range(300):
            spoilt = bytearray(data[: chance.randrange(len(data))])
            for _ in range(min(4, len(spoilt))):
                spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
            assert isinstance(jpx_fault(bytes(spoilt)), str) and isinstance(jbig2_fault(bytes(spoilt)), str)
