"""Damage the data of pictures in their middle, and count how often that is noticed and what it does to the pixels.

    python benchmarks/damaged_inside.py --count 100 samples/receipt.jpg samples/report.tif

Each file is damaged as a picture file and as a PDF with the same data. A line says: kind of file, kind of damage, how
often it was noticed (a page error or a refusal), and for what was not noticed the greatest share of pixels that differ.
"""

from __future__ import annotations

import argparse
import io
import random
from pathlib import Path

import img2pdf
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ocr.errors import OcrError
from ocr.source import open_source

DIFFERENT = 48
"""Grey levels by which a pixel must differ to count."""


def seeds(path: Path) -> dict[str, bytes]:
    """A picture as the file it is, as PNG, and as PDFs that hold its data."""
    out = io.BytesIO()
    with Image.open(path) as picture:
        form = str(picture.format)
        picture.save(out, "PNG")
    data = path.read_bytes()
    png = out.getvalue()
    return {form: data, "PNG": png, f"PDF of {form}": img2pdf.convert(data), "PDF of PNG": img2pdf.convert(png)}


def spoilt(data: bytes, kind: str, chance: random.Random) -> bytes:
    """Damaged once, between a quarter and three quarters of the file."""
    at = chance.randrange(len(data) // 4, len(data) * 3 // 4)
    out = bytearray(data)
    if kind == "byte":
        out[at] ^= chance.randrange(1, 256)
    elif kind == "32 bytes":
        out[at : at + 32] = chance.randbytes(32)
    elif kind == "512 zeros":
        out[at : at + 512] = bytes(len(out[at : at + 512]))
    else:
        del out[at : at + 100]
    return bytes(out)


def seen(data: bytes) -> tuple[NDArray[np.uint8] | None, bool]:
    """The pixels of the first page, if any, and whether something was said."""
    try:
        with open_source(data) as source:
            page = source.page(1)
            return page.pixels, bool(page.damage or page.warnings or source.warnings)
    except OcrError:
        return None, True


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--count", type=int, default=100)
    arguments = parser.parse_args()
    chance = random.Random(1)
    for path in arguments.files:
        for name, data in seeds(path).items():
            healthy, said = seen(data)
            assert healthy is not None and not said, f"{path} as {name} is suspected"
            for kind in ("byte", "32 bytes", "512 zeros", "100 bytes lost"):
                noticed, worst, silent = 0, 0.0, 0
                for _ in range(arguments.count):
                    pixels, told = seen(spoilt(data, kind, chance))
                    noticed += told
                    if not told and pixels is not None:
                        same = pixels.shape == healthy.shape
                        differ = np.abs(pixels.astype(np.int16) - healthy) > DIFFERENT if same else np.ones(1)
                        worst = max(worst, float(differ.mean()))
                        silent += float(differ.mean()) > 0.001
                print(
                    f"{name:12} {kind:15} {noticed:4} of {arguments.count}; silent and seen {silent}, worst {worst:.1%}"
                )


if __name__ == "__main__":
    main()
