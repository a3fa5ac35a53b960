"""A scan whose second page cannot be read, for the tests of several packages."""

from __future__ import annotations

from pathlib import Path

import pikepdf

__all__ = ["damaged_scan"]

SAMPLES = Path(__file__).parent.parent / "samples"


def damaged_scan(path: Path) -> Path:
    """Write the sample scan of three pages with rubbish in place of the second page's image."""
    with pikepdf.open(SAMPLES / "scan.pdf") as pdf:
        [image] = pdf.pages[1].get_images().values()
        image.write(b"\x00\x01 no picture", filter=pikepdf.Name.DCTDecode)
        pdf.save(path)
    return path
