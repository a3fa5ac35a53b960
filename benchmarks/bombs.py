"""Small files that unfold to gigabytes: exit code, seconds and the memory of the largest process, for each.

    python benchmarks/bombs.py

The files are made in a temporary folder; ``--pages N`` sets the pages of the long one, ``--only WORDS`` measures the
files whose names contain these words.
"""

from __future__ import annotations

import argparse
import io
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image

CHUNK = 1 << 20


def packed(plain: bytes, times: int, layers: int = 1) -> bytes:
    """Repeated bytes, compressed."""
    squeeze = zlib.compressobj(9)
    data = b"".join(squeeze.compress(plain) for _ in range(times)) + squeeze.flush()
    for _ in range(layers - 1):
        data = zlib.compress(data, 9)
    return data


def saved(pdf: pikepdf.Pdf) -> bytes:
    """The bytes of a PDF whose streams stay as they are."""
    out = io.BytesIO()
    pdf.save(out, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)
    return out.getvalue()


def with_contents(data: bytes, layers: int) -> bytes:
    """A page with these compressed instructions."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page().obj
    page.Contents = pdf.make_stream(b"")
    page.Contents.write(data, filter=Array([Name.FlateDecode] * layers))
    return saved(pdf)


def nested_forms() -> bytes:
    """Ten forms, each of which draws the next one ten times."""
    pdf = pikepdf.new()
    form = pdf.make_stream(b"0 0 1 1 re f")
    for _ in range(10):
        form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, Array([0, 0, 612, 792])
        outer = pdf.make_stream(b"/F Do " * 10)
        outer.Resources = Dictionary(XObject=Dictionary(F=form))
        form = outer
    form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, Array([0, 0, 612, 792])
    page = pdf.add_blank_page().obj
    page.Contents, page.Resources = pdf.make_stream(b"/F Do"), Dictionary(XObject=Dictionary(F=form))
    return saved(pdf)


def with_image(width: int, height: int, depth: int, data: bytes, filters: str) -> bytes:
    """A page with one image."""
    pdf = pikepdf.new()
    image = pdf.make_stream(b"")
    image.write(data, filter=Name("/" + filters))
    image.Type, image.Subtype, image.Width, image.Height = Name.XObject, Name.Image, width, height
    image.BitsPerComponent, image.ColorSpace = depth, Name.DeviceGray
    page = pdf.add_blank_page().obj
    page.Contents, page.Resources = (
        pdf.make_stream(b"612 0 0 792 0 0 cm /Im Do"),
        Dictionary(XObject=Dictionary(Im=image)),
    )
    return saved(pdf)


def png(width: int, height: int, colour: int, bands: int) -> bytes:
    """A PNG of one colour."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    body = packed(bytes(1 + width * bands), height)
    head = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def large_jpeg() -> bytes:
    """The header of a JPEG of 65,500 x 65,500 pixels, and little more."""
    out = io.BytesIO()
    Image.new("L", (16, 16)).save(out, "JPEG")
    data = out.getvalue()
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", 65500, 65500) + data[at + 4 :]


def empty_pages(count: int) -> bytes:
    """A PDF of empty pages."""
    pdf = pikepdf.new()
    pages = [
        pdf.make_indirect(Dictionary(Type=Name.Page, Parent=pdf.Root.Pages, MediaBox=Array([0, 0, 72, 72])))
        for _ in range(count)
    ]
    pdf.Root.Pages.Kids, pdf.Root.Pages.Count = Array(pages), count
    return saved(pdf)


BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "forms in forms, ten billion drawings": ("pdf", nested_forms),
    "200 MB of `q`": ("pdf", lambda: with_contents(packed(b"q " * 500_000, 200), 1)),
    "200 MB of `q`, compressed twice": ("pdf", lambda: with_contents(packed(b"q " * 500_000, 200, 2), 2)),
    "2 GB of spaces, compressed twice": ("pdf", lambda: with_contents(packed(b" " * CHUNK, 2000, 2), 2)),
    "image of 100,000 x 100,000 pixels": (
        "pdf",
        lambda: with_image(100_000, 100_000, 1, packed(bytes(CHUNK), 1200), "FlateDecode"),
    ),
    "image of 10 x 10 pixels with 2 GB of data": (
        "pdf",
        lambda: with_image(10, 10, 8, packed(bytes(CHUNK), 2000), "FlateDecode"),
    ),
    "fax of 60,000 x 60,000 pixels": ("pdf", lambda: with_image(60_000, 60_000, 1, b"\x00\x10\x01", "CCITTFaxDecode")),
    "PNG of 40,000 x 40,000, RGB": ("png", lambda: png(40_000, 40_000, 2, 3)),
    "PNG of 16,000 x 16,000, RGBA": ("png", lambda: png(16_000, 16_000, 6, 4)),
    "JPEG header of 65,500 x 65,500": ("jpg", large_jpeg),
}


def measured(path: Path, form: str) -> str:
    """A row of the table; measured by a process of its own, whose children are those of this file alone."""
    program = (
        "import resource, subprocess, sys, time; start = time.monotonic(); "
        "code = subprocess.run([sys.executable, '-m', 'ocr.cli', 'read', '-q', sys.argv[1], '-o', sys.argv[2]],"
        " stderr=subprocess.DEVNULL).returncode; "
        "peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss; "
        "print(code, f'{time.monotonic() - start:.1f}', peak >> 10)"
    )
    out = path.with_suffix(f".out.{form}")
    done = subprocess.run([sys.executable, "-c", program, path, out], capture_output=True, text=True, check=True)
    code, seconds, peak = done.stdout.split()
    return f"{path.stat().st_size:,} | {code} | {seconds} | {int(peak):,}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=100_000)
    parser.add_argument("--only", default="", help="measure the files whose names contain this")
    arguments = parser.parse_args()
    bombs = {**BOMBS, f"{arguments.pages:,} empty pages": ("pdf", lambda: empty_pages(arguments.pages))}
    bombs = {name: bomb for name, bomb in bombs.items() if arguments.only in name}
    print("| file | bytes | to | exit code | seconds | MB |\n|---|---:|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, (suffix, make)) in enumerate(bombs.items()):
            path = Path(folder) / f"{number}.{suffix}"
            path.write_bytes(make())
            for form in ("txt", "pdf"):
                size, row = measured(path, form).split(" | ", 1)
                print(f"| {name} | {size} | {form} | {row} |", flush=True)


if __name__ == "__main__":
    main()
