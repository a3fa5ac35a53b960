"""Small documents, drawn here, that are read in no time."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw, ImageFont

__all__ = ["TEXTS", "document", "picture"]

TEXTS = ("A STORY FOR GIRLS", "ROBIN HOOD", "THE CHILD OF THE MOAT")


def picture(text: str = TEXTS[0], size: tuple[int, int] = (720, 200)) -> Image.Image:
    """One line of text on white paper."""
    found = Image.new("L", size, 255)
    ImageDraw.Draw(found).text((60, 70), text, fill=0, font=ImageFont.load_default(48))
    return found


def document(format: str = "PDF", texts: tuple[str, ...] = TEXTS) -> bytes:
    """A page for each text, as PDF, TIFF or PNG."""
    out = io.BytesIO()
    first, *others = [picture(text) for text in texts]
    more = {"save_all": True, "append_images": others} if others else {}
    if format == "TIFF":
        more["compression"] = "tiff_adobe_deflate"
    first.save(out, format, resolution=300, **more)
    return out.getvalue()
