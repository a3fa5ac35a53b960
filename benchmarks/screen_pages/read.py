#!/usr/bin/env python3
"""Count the words of pictures of screens that are read where they stand: python benchmarks/screen_pages/read.py SCREENS

SCREENS is what ``draw.mjs`` made of a folder of HTML pages::

    npm pack gentelella@4.2.0 && tar xzf gentelella-4.2.0.tgz
    (cd benchmarks/screen_pages && npm install)
    node benchmarks/screen_pages/draw.mjs package/dist SCREENS --every 3

A word is *right* if a word with the same characters stands in its place, *wrong* if others do, *lost* if nothing does.
Shapes of quotes and dashes do not count; icons and marks without a letter or a digit are left out.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import ocr

Box = tuple[float, float, float, float]
Word = tuple[str, Box]
ALIKE = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "×": "x"})
ROW = 0.25
"""Least common height of two words in one place, as a share of the lower one."""


def own(threads: int = 0) -> Callable[[Path], list[Word]]:
    """This reader."""
    reader = ocr.Reader(threads=threads)

    def read(path: Path) -> list[Word]:
        [page] = reader.read(path).pages
        return [(word.text, word.box.hull) for line in page.lines for word in line.words]

    return read


def tesseract() -> Callable[[Path], list[Word]]:
    """Tesseract, for sparse text where it finds more so."""

    def read(path: Path) -> list[Word]:
        command = ["tesseract", str(path), "-", "--psm", "11", "tsv"]
        table = subprocess.run(command, capture_output=True, check=True, text=True).stdout
        rows = csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE)
        found = []
        for row in rows:
            if row["text"] and row["text"].strip():
                left, top, width, height = (float(row[key]) for key in ("left", "top", "width", "height"))
                found.append((row["text"], (left, top, left + width, top + height)))
        return found

    return read


def verdict(text: str, box: Box, found: list[Word]) -> str:
    """Whether a word is right, wrong or lost."""
    there = []
    for other, (left, top, right, bottom) in found:
        across = min(box[2], right) - max(box[0], left)
        along = min(box[3], bottom) - max(box[1], top)
        if across > 0 and along > ROW * min(box[3] - box[1], bottom - top):
            there.append(folded(other))
    if folded(text) in there or folded(text) in "".join(there):
        return "right"
    return "wrong" if there else "lost"


def folded(text: str) -> str:
    """Text without differences of shape."""
    return text.translate(ALIKE).replace("…", "...")


def main() -> None:
    """Print the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("screens", type=Path)
    parser.add_argument("--engine", choices=("ocr", "tesseract"), default="ocr")
    parser.add_argument("--list", action="store_true", help="print the words that are not right")
    options = parser.parse_args()
    read = own() if options.engine == "ocr" else tesseract()
    counts: Counter[str] = Counter()
    for row in map(json.loads, (options.screens / "gt.jsonl").read_text(encoding="utf-8").splitlines()):
        found = read(options.screens / row["image"])
        for text, *box in row["words"]:
            if re.search(r"[^\W_]", text):
                result = verdict(text, tuple(box), found)
                counts[result] += 1
                if options.list and result != "right":
                    print(row["image"], result, text, box)
    print(", ".join(f"{counts[key]} {key}" for key in ("right", "wrong", "lost")), f"of {sum(counts.values())}")


if __name__ == "__main__":
    main()
