"""PDFs and pictures of many kinds with the same text: which go through, and with which of its words.

    python benchmarks/pdf_kinds.py
    python benchmarks/pdf_kinds.py --only CMYK

A row for each kind: the exit code, the words found by reading (of 15), and those that pdftotext finds in the PDF.
"""

from __future__ import annotations

import argparse
import io
import struct
import subprocess
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf
from PIL import Image, ImageDraw, ImageFont

import ocr
from ocr.errors import OcrError
from ocr.job import Job, run

LINES = ("The ferry to Norwick leaves", "at seven and returns in the", "evening with forty people")
WORDS = set(" ".join(LINES).split())
WIDE, HIGH = 1200, 800
POINTS = (576.0, 384.0)
"""Size of the page at 150 dpi."""


def drawn() -> Image.Image:
    """A page of three lines."""
    page = Image.new("L", (WIDE, HIGH), 255)
    face = ImageFont.truetype("DejaVuSerif.ttf", 40)
    for number, line in enumerate(LINES):
        ImageDraw.Draw(page).text((100, 100 + 80 * number), line, 0, face)
    return page


PAGE = drawn()
NEGATIVE = Image.eval(PAGE, lambda value: 255 - value)
BITS = np.packbits(np.asarray(PAGE) > 128, axis=1).tobytes()
GREY: dict[str, Any] = {"ColorSpace": Name.DeviceGray, "BitsPerComponent": 8}
BIT: dict[str, Any] = {"ColorSpace": Name.DeviceGray, "BitsPerComponent": 1}


def encoded(form: str, mode: str = "L", **options: Any) -> bytes:
    """The page as a picture file."""
    out = io.BytesIO()
    PAGE.convert(mode).save(out, form, **options)
    return out.getvalue()


def fax(compression: str, image: Image.Image = PAGE) -> bytes:
    """The page in one of the fax codings, black as 1."""
    out = io.BytesIO()
    image.convert("1").save(out, "TIFF", compression=compression, strip_size=1 << 30)
    tags = Image.open(out).tag_v2  # type: ignore[attr-defined]
    return out.getvalue()[tags[273][0] :][: tags[279][0]]


def saved(pdf: Pdf) -> bytes:
    """The bytes, with streams as they are."""
    out = io.BytesIO()
    pdf.save(out, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)
    return out.getvalue()


def scan(
    data: bytes, size: tuple[int, int] = (WIDE, HIGH), *, points: tuple[float, float] = POINTS, **keys: Any
) -> tuple[Pdf, Any]:
    """A PDF with one image over its page, and that page; ``keys`` are those of the image."""
    pdf = Pdf.new()
    page = pdf.add_blank_page(page_size=points).obj
    image = pdf.make_stream(b"")
    image.write(data, filter=keys.pop("Filter", None), decode_parms=keys.pop("DecodeParms", None))
    image.Type, image.Subtype, image.Width, image.Height = Name.XObject, Name.Image, *size
    for key, value in keys.items():
        image["/" + key] = value(pdf) if callable(value) else value
    page.Resources = Dictionary(XObject=Dictionary(Im=image))
    page.Contents = pdf.make_stream(f"q {points[0]} 0 0 {points[1]} 0 0 cm /Im Do Q".encode())
    return pdf, page


def plain(change: Callable[[Pdf, Any], None] = lambda pdf, page: None, **options: Any) -> bytes:
    """A grey scan with something more."""
    pdf, page = scan(zlib.compress(PAGE.tobytes()), Filter=Name.FlateDecode, **GREY, **options)
    change(pdf, page)
    return saved(pdf)


def image(data: bytes, filters: Name = Name.FlateDecode, **keys: Any) -> bytes:
    """A scan whose image has these data."""
    return saved(scan(data, Filter=filters, **keys)[0])


def part(data: bytes, **keys: Any) -> Callable[[Pdf], Any]:
    """An image that belongs to another one."""

    def made(pdf: Pdf) -> Any:
        return pdf.make_indirect(
            pikepdf.Stream(pdf, data, Type=Name.XObject, Subtype=Name.Image, Width=WIDE, Height=HIGH, **keys)
        )

    return made


def contents(text: str) -> Callable[[Pdf, Any], None]:
    """Other drawing instructions."""

    def change(pdf: Pdf, page: Any) -> None:
        page.Contents = pdf.make_stream(text.encode())

    return change


def entries(**values: Any) -> Callable[[Pdf, Any], None]:
    """Other entries of the page."""

    def change(_pdf: Pdf, page: Any) -> None:
        for key, value in values.items():
            page["/" + key] = value

    return change


def jbig2() -> bytes:
    """A generic region, coded as fax."""
    body = struct.pack(">IIIIBB", WIDE, HIGH, 0, 0, 0, 1) + fax("group4", NEGATIVE)
    head = struct.pack(">IBBBIIIIIBH", 0, 48, 0, 1, 19, WIDE, HIGH, 0, 0, 0, 0)
    return head + struct.pack(">IBBBI", 1, 38, 0, 1, len(body)) + body + struct.pack(">IBBBI", 2, 49, 0, 1, 0)


def interactive(pdf: Pdf, page: Any) -> None:
    """A form field, a link, an outline, tags and an attachment."""
    box = Array([50, 50, 200, 70])
    field = Dictionary(Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=pikepdf.String("name"), Rect=box)
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=box, A=Dictionary(S=Name.URI, URI=pikepdf.String("x:y")))
    page.Annots = Array([pdf.make_indirect(field), pdf.make_indirect(link)])
    pdf.Root.AcroForm = Dictionary(Fields=Array([page.Annots[0]]))
    pdf.Root.MarkInfo, pdf.Root.StructTreeRoot = Dictionary(Marked=True), Dictionary(Type=Name.StructTreeRoot)
    with pdf.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem("start", 0))
    pdf.attachments["note.txt"] = pikepdf.AttachedFileSpec(pdf, b"note", filename="note.txt")


def letters(pdf: Pdf, page: Any) -> None:
    """Text in a Type 3 font without Unicode values."""
    glyph = pdf.make_stream(b"500 0 0 0 500 700 d1 0 0 400 700 re f")
    page.Resources.Font = Dictionary(
        F=Dictionary(
            Type=Name.Font, Subtype=Name.Type3, FontBBox=[0, 0, 500, 700], FontMatrix=[0.001, 0, 0, 0.001, 0, 0],
            CharProcs=Dictionary(a=glyph), FirstChar=97, LastChar=97, Widths=[500],
            Encoding=Dictionary(Type=Name.Encoding, Differences=[97, Name.a]),
        )
    )  # fmt: skip
    page.Contents = Array([page.Contents, pdf.make_stream(b" BT /F 12 Tf 20 20 Td (aaa) Tj ET")])


def broken_metadata(pdf: Pdf, _page: Any) -> None:
    """XMP that is no XML, and values of the wrong kinds."""
    pdf.Root.Metadata = pdf.make_stream(b"<x:xmpmeta><broken")
    pdf.trailer.Info = pdf.make_indirect(Dictionary(Title=5, Author=Array([])))


def locked(user: str) -> bytes:
    """An encrypted scan."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(plain())) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="owner", user=user))
    return out.getvalue()


def png16() -> bytes:
    """The page in grey of 16 bits."""
    out = io.BytesIO()
    Image.fromarray(np.asarray(PAGE).astype(np.uint16) * 257).save(out, "PNG")
    return out.getvalue()


def elsewhere(pdf: Pdf, page: Any) -> None:
    """A page whose corner is not the origin, with a smaller crop box."""
    page.MediaBox, page.CropBox = Array([-300, -200, 276, 184]), Array([-290, -190, 266, 174])
    page.Contents = pdf.make_stream(b"q 576 0 0 384 -300 -200 cm /Im Do Q")


PARAMETERS = Dictionary(K=-1, Columns=WIDE, Rows=HIGH)
INDEXED = Array([Name.Indexed, Name.DeviceRGB, 255, bytes(v for i in range(256) for v in (i, i // 2, 255 - i // 3))])
TINT = Dictionary(FunctionType=2, Domain=[0, 1], C0=[1], C1=[0], N=1)
SEPARATION = Array([Name.Separation, Name.Black, Name.DeviceGray, TINT])
INLINE = f"q 576 0 0 384 0 0 cm BI /W {WIDE} /H {HIGH} /CS /G /BPC 1 /F /AHx ID {BITS.hex()}> EI Q"
KINDS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "G4": ("pdf", lambda: image(fax("group4"), Name.CCITTFaxDecode, DecodeParms=PARAMETERS, **BIT)),
    "JBIG2": ("pdf", lambda: image(jbig2(), Name.JBIG2Decode, **BIT)),
    "JPEG 2000": ("pdf", lambda: image(encoded("JPEG2000"), Name.JPXDecode)),
    "CMYK JPEG": ("pdf", lambda: image(encoded("JPEG", "CMYK"), Name.DCTDecode, ColorSpace=Name.DeviceCMYK,
                                       BitsPerComponent=8, Decode=Array([1, 0] * 4))),
    "CMYK Flate": ("pdf", lambda: image(zlib.compress(PAGE.convert("CMYK").tobytes()), ColorSpace=Name.DeviceCMYK,
                                        BitsPerComponent=8)),
    "palette": ("pdf", lambda: image(zlib.compress(PAGE.tobytes()), ColorSpace=INDEXED, BitsPerComponent=8)),
    "spot colour": ("pdf", lambda: image(zlib.compress(NEGATIVE.tobytes()), ColorSpace=SEPARATION, BitsPerComponent=8)),
    "16 bits": ("pdf", lambda: image(zlib.compress((np.asarray(PAGE).astype(">u2") * 257).tobytes()),
                                     ColorSpace=Name.DeviceGray, BitsPerComponent=16)),
    "soft mask": ("pdf", lambda: image(zlib.compress(bytes(WIDE * HIGH)), SMask=part(NEGATIVE.tobytes(), **GREY),
                                       **GREY)),
    "hard mask": ("pdf", lambda: image(zlib.compress(bytes(WIDE * HIGH)), **GREY,
                                       Mask=part(BITS, ImageMask=True, BitsPerComponent=1))),
    "stencil": ("pdf", lambda: image(zlib.compress(BITS), ImageMask=True, BitsPerComponent=1)),
    "inline image": ("pdf", lambda: plain(contents(INLINE))),
    "turned by /Rotate": ("pdf", lambda: plain(entries(Rotate=90))),
    "skewed": ("pdf", lambda: image(zlib.compress(PAGE.rotate(3, fillcolor=255).tobytes()), **GREY)),
    "page away from the origin": ("pdf", lambda: plain(elsewhere)),
    "negative zeros": ("pdf", lambda: plain(contents("q 576 -0.0 -0 384 -0.0 -0. cm /Im Do Q"))),
    "UserUnit": ("pdf", lambda: plain(entries(UserUnit=2), points=(288.0, 192.0))),
    "2400 dpi": ("pdf", lambda: saved(scan(
        zlib.compress(PAGE.resize((WIDE * 8, HIGH * 8)).tobytes()), (WIDE * 8, HIGH * 8), points=(288.0, 192.0),
        Filter=Name.FlateDecode, **GREY)[0])),
    "poster of 4 x 2.7 m": ("pdf", lambda: plain(points=(11520.0, 7680.0))),
    "form, link, outline, tags": ("pdf", lambda: plain(interactive)),
    "Type 3 font": ("pdf", lambda: plain(letters)),
    "broken metadata": ("pdf", lambda: plain(broken_metadata)),
    "no contents": ("pdf", lambda: plain(lambda pdf, page: page.__delitem__("/Contents"))),
    "blank page": ("pdf", lambda: image(zlib.compress(b"\xff" * (WIDE * HIGH)), **GREY)),
    "image without colour space": ("pdf", lambda: image(zlib.compress(PAGE.tobytes()), BitsPerComponent=8)),
    "owner password": ("pdf", lambda: locked("")),
    "user password": ("pdf", lambda: locked("user")),
    "no PDF": ("pdf", lambda: b"This is no PDF.\n"),
    "PNG, palette": ("png", lambda: encoded("PNG", "P")),
    "PNG, alpha": ("png", lambda: encoded("PNG", "RGBA")),
    "PNG, 16 bits": ("png", png16),
    "TIFF, CMYK": ("tif", lambda: encoded("TIFF", "CMYK")),
    "TIFF, LZW": ("tif", lambda: encoded("TIFF", compression="tiff_lzw")),
    "TIFF, JPEG": ("tif", lambda: encoded("TIFF", "RGB", compression="jpeg")),
    "GIF": ("gif", lambda: encoded("GIF")),
    "WebP": ("webp", lambda: encoded("WEBP", "RGB")),
    "AVIF": ("avif", lambda: encoded("AVIF", "RGB")),
    "JPEG 2000 file": ("jp2", lambda: encoded("JPEG2000")),
    "PNM": ("pbm", lambda: encoded("PPM", "1")),
    "BMP": ("bmp", lambda: encoded("BMP")),
}  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="the kinds whose names contain this")
    arguments = parser.parse_args()
    reader = ocr.Reader()
    print("| kind | exit code | words read | words in the PDF |\n|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, (suffix, make)) in enumerate(KINDS.items()):
            if arguments.only not in name:
                continue
            path, text, copy = (Path(folder) / f"{number}.{end}" for end in (suffix, "txt", "out.pdf"))
            path.write_bytes(make())
            try:
                code = run(Job(path, text, "txt", (("pdf", copy),)), reader).exit_code
                again = subprocess.run(["pdftotext", "-raw", copy, "-"], capture_output=True, text=True, check=True)
                found = [len(WORDS & set(words.split())) for words in (text.read_text(), again.stdout)]
                print(f"| {name} | {int(code)} | {found[0]} | {found[1]} |", flush=True)
            except OcrError as error:
                print(f"| {name} | {int(error.exit_code)} | {type(error).__name__} | none |", flush=True)


if __name__ == "__main__":
    main()
