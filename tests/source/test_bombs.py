"""Small files that would take all memory are refused before they are drawn."""

from __future__ import annotations

import io
import resource
import zlib
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from ocr.errors import InputError
from ocr.source import open_source


@pytest.fixture
def pdf() -> pikepdf.Pdf:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(612, 792))
    return pdf


def refused(pdf: pikepdf.Pdf, mb: int = 300) -> str:
    out = io.BytesIO()
    pdf.save(out, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with (
        open_source(out.getvalue(), dpi=36) as source,
        pytest.raises(InputError, match="page 1 is not drawn") as caught,
    ):
        source.page(1)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < mb << 10
    return str(caught.value)


def packed(plain: bytes, times: int, layers: int) -> bytes:
    squeeze = zlib.compressobj(9)
    data = b"".join(squeeze.compress(plain) for _ in range(times)) + squeeze.flush()
    for _ in range(layers - 1):
        data = zlib.compress(data, 9)
    return data


@pytest.mark.parametrize("layers", [1, 2])
def test_instructions_that_grow(pdf: pikepdf.Pdf, layers: int) -> None:
    pdf.pages[0].obj.Contents = pdf.make_stream(b"")
    pdf.pages[0].obj.Contents.write(packed(b"q " * 500_000, 100, layers), filter=Array([Name.FlateDecode] * layers))
    assert "grows beyond 64 MB" in refused(pdf)


def test_nested_states(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.Contents = pdf.make_stream(b"q " * 100_000)
    assert "graphics states are nested" in refused(pdf)


def forms(pdf: pikepdf.Pdf, depth: int, times: int) -> Any:
    form: Any = None
    for _ in range(depth):
        content = b"/F Do " * times if form is not None else b"0 0 1 1 re f"
        outer = pdf.make_stream(content)
        outer.Type, outer.Subtype, outer.BBox = Name.XObject, Name.Form, Array([0, 0, 612, 792])
        if form is not None:
            outer.Resources = Dictionary(XObject=Dictionary(F=form))
        form = pdf.make_indirect(outer)
    return form


@pytest.mark.parametrize("where", ["page", "pattern", "mask", "annotation"])
def test_forms_in_forms(pdf: pikepdf.Pdf, where: str) -> None:
    form, page = forms(pdf, 12, 10), pdf.pages[0].obj
    if where == "annotation":
        page.Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name.Stamp, Rect=[0, 0, 9, 9], AP=Dictionary(N=form))])
    else:
        page.Contents = pdf.make_stream(b"/F Do")
        page.Resources = {
            "page": Dictionary(XObject=Dictionary(F=form)),
            "pattern": Dictionary(Pattern=Dictionary(P=form)),
            "mask": Dictionary(ExtGState=Dictionary(G=Dictionary(SMask=Dictionary(G=form)))),
        }[where]
    assert "forms included" in refused(pdf)


def test_forms_that_are_drawn_often_and_draw_themselves_are_fine(pdf: pikepdf.Pdf) -> None:
    form, page = forms(pdf, 3, 40), pdf.pages[0].obj
    form.Resources.XObject.F.Resources.XObject.G = form
    page.Contents = pdf.make_stream(b"/F Do\n" * 20)
    page.Resources = Dictionary(XObject=Dictionary(F=form))
    out = io.BytesIO()
    pdf.save(out)
    with open_source(out.getvalue(), dpi=36) as source:
        assert source.page(1).pixels.min() < 255


@pytest.mark.parametrize(("depth", "whole"), [(40, True), (41, False)])
def test_forms_that_are_too_deep_to_be_drawn_are_damage(pdf: pikepdf.Pdf, depth: int, whole: bool) -> None:
    page = pdf.pages[0].obj
    page.Contents = pdf.make_stream(b"/F Do")
    page.Resources = Dictionary(XObject=Dictionary(F=forms(pdf, depth, 1)))
    out = io.BytesIO()
    pdf.save(out)
    with open_source(out.getvalue(), dpi=36) as source:
        shown = source.page(1)
    assert bool(shown.pixels.min() < 255) is whole
    assert ("forms in forms deeper than 40" in shown.damage) is not whole


def test_a_crop_box_outside_the_page_is_named(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.CropBox = Array([1000, 1000, 2000, 2000])
    out = io.BytesIO()
    pdf.save(out)
    with open_source(out.getvalue()) as source, pytest.raises(InputError, match=r"page 1 .* crop box lies outside"):
        source.page(1)


@pytest.mark.parametrize("filters", ["FlateDecode", "CCITTFaxDecode", "DCTDecode", "JBIG2Decode"])
def test_enormous_images(pdf: pikepdf.Pdf, filters: str) -> None:
    image = pdf.make_stream(b"")
    image.write(packed(bytes(10_000), 10, 1), filter=Name("/" + filters))
    image.Type, image.Subtype, image.Width, image.Height = Name.XObject, Name.Image, 100_000, 100_000
    image.BitsPerComponent, image.ColorSpace = 1, Name.DeviceGray
    page = pdf.pages[0].obj
    page.Contents = pdf.make_stream(b"612 0 0 792 0 0 cm /Im Do")
    page.Resources = Dictionary(XObject=Dictionary(Im=image))
    assert "100000 x 100000 pixels" in refused(pdf)


@pytest.mark.parametrize("layers", [1, 2])
def test_an_image_with_much_more_data_than_it_needs(pdf: pikepdf.Pdf, layers: int) -> None:
    image = pdf.make_stream(b"")
    image.write(packed(bytes(1_000_000), 1200, layers), filter=Array([Name.FlateDecode] * layers))
    image.Type, image.Subtype, image.Width, image.Height = Name.XObject, Name.Image, 10, 10
    image.BitsPerComponent, image.ColorSpace = 8, Name.DeviceGray
    page = pdf.pages[0].obj
    page.Contents = pdf.make_stream(b"612 0 0 792 0 0 cm /Im Do")
    page.Resources = Dictionary(XObject=Dictionary(Im=image))
    if layers == 2:
        assert "grows beyond" in refused(pdf, mb=600)
        return
    out = io.BytesIO()
    pdf.save(out, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with open_source(out.getvalue(), dpi=36) as source:
        assert source.page(1).pixels.max() == 0
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 << 10
