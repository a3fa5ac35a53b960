"""Make line shards: synthetic ones by seed, or crops of a data set whose ground truth has lines or boxes.

python -m ocr.train.recognize.shards synth OUT_DIR --fonts /usr/share/fonts --corpus prose.txt --words words.txt
python -m ocr.train.recognize.shards han OUT_DIR --fonts CJK --beside /usr/share/fonts --corpus zh.txt ...
python -m ocr.train.recognize.shards mrz OUT_DIR --faces OCRB.otf OCRBS.otf --others DejaVuSansMono.ttf --shards 12
python -m ocr.train.recognize.shards crops SET/SPLIT/gt.jsonl OUT.npz [--limit 400]
python -m ocr.train.recognize.shards junk OUT.npz [--foreign /usr/share/fonts/truetype/noto]
python -m ocr.train.recognize.shards found OUT.npz photograph.jpg ... --drawn 400
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ocr.detect.db import DbDetector
from ocr.document import Quad
from ocr.errors import UsageError
from ocr.geometry import crop_line
from ocr.recognize.charset import Charset
from ocr.recognize.crnn import line_picture
from ocr.train.synth.fonts import HAN, FontBook
from ocr.train.synth.hanzi import HanText
from ocr.train.synth.junk import foreign_faces, foreign_line, junk_page, junk_picture
from ocr.train.synth.line_shards import save_shard
from ocr.train.synth.lines import HAN_LOOKS, HEIGHT, LOOKS, LineSynth, render_shards
from ocr.train.synth.mixed_text import MixedText
from ocr.train.synth.mrz import MrzSynth
from ocr.train.synth.text import TextSource
from ocr.weights import defaults

__all__ = ["add_han_sources", "crops", "han_synth", "held_out", "write_shard"]

HELD_OUT = 12
"""One training page in so many is kept for calibration and measuring."""
FOUND = 10
"""Most images of one page without text: patterns give hundreds."""

Row = tuple[NDArray[np.uint8], str]


def held_out(image: str) -> bool:
    """Whether a page (``SET/...``, the split left out) is kept from training."""
    return bool(image) and int(hashlib.md5(image.encode(), usedforsecurity=False).hexdigest(), 16) % HELD_OUT == 0


def write_shard(path: Path, rows: Sequence[Row]) -> None:
    """Lines (32, W) with their text as one ``.npz`` for ``ocr.train.recognize.data``, written whole or not at all."""
    save_shard(path, [picture for picture, _ in rows], (text for _, text in rows))


def crops(ground_truth: Path) -> Iterator[Row]:
    """Every line or boxed word of a ``gt.jsonl`` with its text, but for lines of held-out pages."""
    with ground_truth.open(encoding="utf-8") as file:
        for row in map(json.loads, file):
            if held_out(row.get("page", "")):
                continue
            page = np.asarray(Image.open(ground_truth.parent / row["image"]).convert("L"))
            if not row.get("boxes"):
                yield line_picture(page, HEIGHT), " ".join(row["text"].split())
                continue
            for corners, text in row["boxes"]:
                quad, label = Quad.of(corners), " ".join(str(text).split())
                if label and min(quad.width, quad.height) > 4:
                    yield crop_line(page, quad, HEIGHT), label


def found_lines(pages: Iterable[NDArray[np.uint8]]) -> Iterator[NDArray[np.uint8]]:
    """Images (32, W) of what the detector takes for lines in pages, (H, W) each; at most ``FOUND`` of one page."""
    detector = DbDetector(defaults("en")[0])
    for page in pages:
        regions = detector(page)
        for region in random.Random(0).sample(regions, min(len(regions), FOUND)):
            yield crop_line(page, region.quad, HEIGHT)


def empty_pages(pictures: Sequence[Path], seed: int, drawn: int) -> Iterator[NDArray[np.uint8]]:
    """Pictures at their size, a half and a quarter of it, then pages that are drawn, (H, W) each."""
    for picture in pictures:
        grey = Image.open(picture).convert("L")
        for part in (1, 2, 4):
            yield np.asarray(grey.reduce(part) if part > 1 else grey)
    for k in range(drawn):
        yield junk_page(seed * 10**6 + k)


def _synth(options: argparse.Namespace) -> LineSynth | MrzSynth:
    """What draws the lines."""
    if options.verb == "mrz":
        return MrzSynth(options.faces, options.others)
    if options.verb == "han":
        return han_synth(options, dict(options.looks) or HAN_LOOKS, dict(options.oftener))
    characters = Charset.load(options.charset).characters
    english = TextSource(options.corpus, options.words, own_letters(characters, *map(script_of, options.corpus)))
    languages = [TextSource([path], None, own_letters(characters, script_of(path))) for path in options.languages]
    text = MixedText(english, languages, characters, dict(options.kinds) or None) if languages else english
    looks = dict(options.looks) or LOOKS
    fonts = FontBook(options.fonts, characters)
    shares = {"italics": options.italics, "old_figures": options.old_figures, "ligatures": options.ligatures}
    return LineSynth(fonts, text, looks, **shares)


def script_of(text: Path) -> str:
    """The script of most letters of a text file: the first word of their Unicode names, such as ``CYRILLIC``."""
    with text.open(encoding="utf-8") as file:
        letters = [c for c in file.read(20_000) if c.isalpha()]
    return Counter(unicodedata.name(c).split()[0] for c in letters).most_common(1)[0][0]


def own_letters(characters: str, *scripts: str) -> str:
    """The characters without the letters of scripts other than these; ASCII stays, as every script uses it."""
    return "".join(c for c in characters if c.isascii() or not c.isalpha() or _is_of(c, scripts))


def _is_of(letter: str, scripts: tuple[str, ...]) -> bool:
    name = unicodedata.name(letter)
    return name.startswith((*scripts, "MICRO", "FEMININE", "MASCULINE", "SUPERSCRIPT"))


def _look(text: str) -> tuple[str, float]:
    name, _, share = text.partition("=")
    if name not in HAN_LOOKS:
        raise argparse.ArgumentTypeError(f"no look {name!r}; there are {', '.join(HAN_LOOKS)}")
    return name, float(share)


def _times(text: str) -> tuple[str, float]:
    name, _, times = text.partition("=")
    return name, float(times)


def add_han_sources(parser: argparse.ArgumentParser) -> None:
    """Where the faces and texts of Chinese lines are."""
    parser.add_argument("--fonts", type=Path, nargs="+", required=True, help="folders with Chinese font files")
    parser.add_argument("--beside", type=Path, nargs="+", required=True, help="folders with Latin font files")
    parser.add_argument("--corpus", type=Path, nargs="+", required=True, help="Chinese plain-text files")
    parser.add_argument("--dictionary", type=Path, required=True, help="word and frequency a line")
    parser.add_argument("--english", type=Path, nargs="+", required=True, help="English plain-text files")
    parser.add_argument("--words", type=Path, required=True, help="English words, one a line")


def han_synth(
    options: argparse.Namespace, looks: Mapping[str, float] = HAN_LOOKS, oftener: Mapping[str, float] | None = None
) -> LineSynth:
    """What draws Chinese lines from the sources of ``add_han_sources``."""
    latin, characters = Charset.load("latin").characters, Charset.load("zh").characters
    english = TextSource(options.english, options.words, latin)
    text = HanText(options.corpus, options.dictionary, characters, english)
    text.oftener(oftener or {})
    return LineSynth(FontBook(options.fonts, characters, HAN), text, looks, FontBook(options.beside, latin))


def _add_empty(verbs: Any) -> None:
    empty = verbs.add_parser("junk", help="draw pictures that hold no text")
    empty.add_argument("out", type=Path)
    empty.add_argument("--lines", type=int, default=4000)
    empty.add_argument("--seed", type=int, default=1)
    empty.add_argument("--foreign", type=Path, nargs="+", default=[], metavar="FONTS",
                       help="font folders; every second one is a line of a script that --charset lacks")  # fmt: skip
    empty.add_argument("--charset", default="european")
    found = verbs.add_parser("found", help="cut what the detector takes for lines where there is no text")
    found.add_argument("out", type=Path)
    found.add_argument("pictures", type=Path, nargs="*", help="image files without any writing")
    found.add_argument("--drawn", type=int, default=0, help="number of pages to draw besides")
    found.add_argument("--seed", type=int, default=1)


def _empty_lines(options: argparse.Namespace) -> Iterator[NDArray[np.uint8]]:
    """Lines without text, (32, W) each, as the verbs ``junk`` and ``found`` ask for them."""
    if options.verb == "found":
        yield from found_lines(empty_pages(options.pictures, options.seed, options.drawn))
        return
    faces = foreign_faces(options.foreign, Charset.load(options.charset).characters)
    if options.foreign and not faces:
        raise UsageError(f"{options.foreign[0]}: no font of a script that charset {options.charset} lacks")
    for k in range(options.seed * 10**6, options.seed * 10**6 + options.lines):
        yield foreign_line(k, faces) if faces and k % 2 else junk_picture(k)


def main(arguments: Sequence[str]) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    synth = verbs.add_parser("synth", help="render synthetic lines")
    synth.add_argument("out", type=Path)
    synth.add_argument("--fonts", type=Path, nargs="+", required=True, help="folders with font files")
    synth.add_argument("--corpus", type=Path, nargs="+", required=True, help="plain-text files")
    synth.add_argument("--words", type=Path, required=True, help="a word a line")
    synth.add_argument("--charset", default="latin")
    synth.add_argument(
        "--languages", type=Path, nargs="+", default=[],
        help="plain-text files of other languages; with them come more contractions, signs and lone words",
    )  # fmt: skip
    synth.add_argument("--kinds", type=_times, nargs="+", default=[], metavar="KIND=SHARE",
                       help="with --languages: kinds of lines and how often they come (signs=1 rare=2)")  # fmt: skip
    synth.add_argument("--italics", type=float, default=0.0, metavar="SHARE", help="of lines that are set in italics")
    synth.add_argument("--old-figures", type=float, default=0.0, metavar="SHARE",
                       help="of lines with digits whose figures have ascenders and descenders")  # fmt: skip
    synth.add_argument("--ligatures", type=float, default=0.0, metavar="SHARE",
                       help="of lines whose letters are joined where the face does so (fi, fl)")  # fmt: skip
    han = verbs.add_parser("han", help="render Chinese lines")
    han.add_argument("out", type=Path)
    add_han_sources(han)
    han.add_argument("--oftener", type=_times, nargs="+", default=[], metavar="TEXT=TIMES",
                     help="kinds of text that come so many times as often")  # fmt: skip
    zone = verbs.add_parser("mrz", help="render lines of machine-readable zones")
    zone.add_argument("out", type=Path)
    zone.add_argument("--faces", type=Path, nargs="+", required=True, help="OCR-B font files")
    zone.add_argument("--others", type=Path, nargs="+", required=True, help="other fixed-pitch font files")
    for verb in (synth, han):
        verb.add_argument(
            "--looks", type=_look, nargs="+", default=[], metavar="LOOK=SHARE", help="how lines were scanned"
        )
    for verb in (synth, han, zone):
        verb.add_argument("--seed", type=int, default=1)
        verb.add_argument("--shards", type=int, default=70)
        verb.add_argument("--lines", type=int, default=2000, help="lines a shard")
        verb.add_argument("--workers", type=int, default=1)
    cut = verbs.add_parser("crops", help="cut the lines of a data set")
    cut.add_argument("ground_truth", type=Path)
    cut.add_argument("out", type=Path)
    cut.add_argument("--limit", type=int, default=0, help="keep this many, drawn at random")
    _add_empty(verbs)
    options = parser.parse_args(arguments)
    if options.verb == "synth" and options.kinds and not options.languages:
        parser.error("--kinds needs --languages")
    if options.verb in ("junk", "found"):
        pieces = [(piece, "") for piece in _empty_lines(options)]
        write_shard(options.out, pieces)
        print(f"{options.out}: {len(pieces)} pictures")
        return
    if options.verb in ("synth", "han", "mrz"):
        drawn: Any = _synth(options)  # render_shards asks for sample() alone
        for path in render_shards(drawn, options.out, options.seed, options.shards, options.lines, options.workers):
            print(path, flush=True)
        return
    rows = list(crops(options.ground_truth))
    if 0 < options.limit < len(rows):
        rows = random.Random(0).sample(rows, options.limit)
    write_shard(options.out, rows)
    print(f"{options.out}: {len(rows)} lines")


if __name__ == "__main__":
    main(sys.argv[1:])
