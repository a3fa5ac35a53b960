"""Draw pages as people have them, with known text, and count what is read and what is lost without a word.

python benchmarks/page_kinds --fonts FONT.ttf ... [--only form comb ...] [--count 10] [--seed N] [--save DIR]

Printed for each kind: items read exactly, items in all, items of which nothing like them is in the text,
and those of them on pages without a warning. An item is a line, a cell, a label or a value.
"""

from __future__ import annotations

import argparse
import random
import re
from collections.abc import Sequence
from pathlib import Path

from office import calendar, comb, form, formline, heads, invoice, receipt, shaded
from PIL import Image
from prints import dropcap, footnotes, longline, margins, news, oneword, small, stamp, struck, twoup, vertical
from rapidfuzz import fuzz
from screens import card, chart, light, onphoto, poster, screen, slide

from ocr.pipeline import Reader

KINDS = {
    "form": form, "lines": formline, "invoice": invoice, "poster": poster, "slide": slide, "card": card,
    "dark": screen, "light": light, "shaded": shaded, "news": news, "margins": margins, "stamp": stamp,
    "footnotes": footnotes, "twoup": twoup, "comb": comb, "onphoto": onphoto, "struck": struck, "longline": longline,
    "oneword": oneword, "receipt": receipt, "chart": chart, "calendar": calendar, "small": small, "dropcap": dropcap,
    "vertical": vertical, "heads": heads,
}  # fmt: skip
"""What draws a kind."""
LABELS = frozenset({"form", "lines", "invoice", "dark", "light", "receipt", "chart", "footnotes", "margins", "slide"})
"""Kinds whose items stand on one line with others."""
SHORT, LOST = 6, 60
"""Up to so many characters every reading counts once; below this likeness (0..100) an item is lost."""


def norm(text: str) -> str:
    """With single spaces, and one kind of dash."""
    return re.sub(r"\s+", " ", text.replace("–", "-")).strip()


def missed(kind: str, items: Sequence[str], text: str) -> tuple[list[str], list[str]]:
    """The items that were not read exactly; and those of them of which nothing like them is in the text."""
    rows, together = [norm(row) for row in text.split("\n")], re.sub(r"\s+", "", norm(text))
    parts = [norm(part) for row in text.split("\n") for part in row.split("\t")] + rows
    pool, wrong, lost = list(rows), list[str](), list[str]()
    for item in items:
        bare = norm(item).removeprefix("#")
        if item.startswith("#") or kind == "dropcap":
            hit = bare.replace(" ", "") in together
        else:
            hit = len(bare) > SHORT and bare in parts
            pattern = re.compile(rf"(?<!\w){re.escape(bare)}(?!\w)")
            at = next((k for k, row in enumerate(pool) if pattern.search(row)), None)
            if not hit and at is not None:
                hit = len(bare) <= SHORT or kind in LABELS
                if len(bare) <= SHORT:
                    pool[at] = pattern.sub(" ", pool[at], count=1)
        if not hit:
            wrong.append(item)
            inside = fuzz.partial_ratio(bare, norm(text)) if len(bare) > 3 else 0
            if max([inside, *(fuzz.ratio(bare, part) for part in parts)]) < LOST:
                lost.append(item)
    return wrong, lost


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fonts", type=Path, nargs="+", required=True, help="font files")
    parser.add_argument("--only", nargs="+", choices=sorted(KINDS), default=list(KINDS))
    parser.add_argument("--count", type=int, default=10, help="pages of each kind")
    parser.add_argument("--seed", default="", help="other pages of the same kinds")
    parser.add_argument("--save", type=Path, help="save pages with what was not read on them")
    options = parser.parse_args()
    reader, total = Reader(), [0, 0, 0, 0]
    for kind in options.only:
        counts = [0, 0, 0, 0]
        for k in range(options.count):
            rng = random.Random(f"{kind} {k} {options.seed}")
            image, items = KINDS[kind](rng, rng.choice(options.fonts))
            [page] = reader.read(image).pages
            wrong, lost = missed(kind, items, page.text)
            silent = 0 if page.warnings else len(lost)
            counts = [
                a + b for a, b in zip(counts, (len(items) - len(wrong), len(items), len(lost), silent), strict=True)
            ]
            if wrong and options.save:
                options.save.mkdir(parents=True, exist_ok=True)
                Image.fromarray(image).save(options.save / f"{kind}-{k}.png")
                report = ["wrong:", *wrong, "", *page.warnings, "", "read:", page.text]
                (options.save / f"{kind}-{k}.txt").write_text("\n".join(report))
        print(f"| {kind} | {counts[0]} | {counts[1]} | {counts[2]} | {counts[3]} |", flush=True)
        total = [a + b for a, b in zip(total, counts, strict=True)]
    print(f"| all | {total[0]} | {total[1]} | {total[2]} | {total[3]} |")


if __name__ == "__main__":
    main()
