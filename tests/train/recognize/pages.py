"""A small labelled set of pages that tests draw for themselves, in the face that Pillow brings along."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from ocr.train.recognize.shards import held_out

__all__ = ["LINES", "draw_set"]

LINES = (
    "The committee met on Thursday morning",
    "and approved the minutes of 12 March 1997",
    "Total amount due: 418.50 dollars",
    "Please return the signed form by post",
)


def draw_set(root: Path, name: str, *, boxes: bool = False) -> dict[str, bool]:
    """Pages of four lines in ``root/NAME/train``; returns whether each page is held out, one of them is.

    With ``boxes`` the ground truth is the box of each line, in capitals, else the text of the page.
    """
    folder = root / name / "train"
    folder.mkdir(parents=True)
    images = [f"{k}.png" for k in range(60)]
    held = next(image for image in images if held_out(f"{name}/{image}"))
    kept = next(image for image in images if not held_out(f"{name}/{image}"))
    font, rows = ImageFont.load_default(30), []
    for image in (held, kept):
        page = Image.new("L", (720, 420), 255)
        pen, quads = ImageDraw.Draw(page), []
        for k, text in enumerate(LINES):
            at = (40, 40 + 90 * k)
            pen.text(at, text, font=font, fill=0)
            left, top, right, bottom = pen.textbbox(at, text, font=font)
            quads.append([[left, top], [right, top], [right, bottom], [left, bottom]])
        page.save(folder / image)
        truth = {"boxes": [[quad, text.upper()] for quad, text in zip(quads, LINES, strict=True)]}
        rows.append({"image": image, **(truth if boxes else {"text": "\n".join(LINES)})})
    (folder / "gt.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    return {held: True, kept: False}
