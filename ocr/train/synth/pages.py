"""Synthetic pages for the text detector: many layouts, every line's box known, the same page for the same seed.

    render_cache(PagesConfig(...), out, first=0, count=3000, workers=2)

writes ``000000.png`` and ``000000.json`` ``{"lines": [[[x, y] * 4], ...], "kind": ...}`` and so on.
"""

from __future__ import annotations

import json
import random
import string
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.train.synth.page_canvas import Canvas, Corpus, Face, Type, find_faces, set_type
from ocr.train.synth.page_wear import wear, worn_rotation

__all__ = ["PageSample", "PagesConfig", "render_cache", "render_page"]

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class PagesConfig:
    """Where the texts are and how large a page may be, in final pixels."""

    text: str
    words: str
    smallest: int = 560
    largest: int = 960
    body: float = 0.85
    """Share of pages set in the common faces of print."""


@dataclass(frozen=True, slots=True)
class PageSample:
    """A page (H, W) uint8 and its line boxes (N, 4, 2), clockwise from the text's top left."""

    image: NDArray[np.uint8]
    lines: NDArray[np.float64]
    kind: str


@dataclass(slots=True)
class Desk:
    """What a layout needs at hand."""

    canvas: Canvas
    rng: random.Random
    corpus: Corpus
    face: Face
    bold: Face
    size: int

    def type(self, factor: float = 1.0, bold: bool = False) -> Type:
        """The page's face at ``factor`` times the body size."""
        return set_type(self.bold if bold else self.face, max(8, round(self.size * factor)))

    def margins(self) -> Box:
        """The print area."""
        c, rng = self.canvas, self.rng
        return (int(c.width * rng.uniform(0.02, 0.1)), int(c.height * rng.uniform(0.02, 0.09)),
                int(c.width * rng.uniform(0.9, 0.98)), int(c.height * rng.uniform(0.92, 0.98)))  # fmt: skip

    def label(self) -> str:
        """One to four words, often a form's label or a heading."""
        words = [self.rng.choice(self.corpus.words) for _ in range(self.rng.randint(1, 4))]
        case = self.rng.random()
        text = " ".join(words)
        text = text.upper() if case < 0.35 else text.title() if case < 0.7 else text
        return text + self.rng.choice(("", "", ":", ":", ".", " :"))

    def value(self) -> str:
        """A number, price, date, code or telephone number."""
        r = self.rng
        n = r.randint(0, 99999)
        return r.choice(
            (str(n % 100), str(n % 10), f"{n / 100:.2f}", f"${n / 100:,.2f}", f"{n:,}", f"({n % 1000})", f"{n % 100}%",
             f"{n % 28 + 1:02d}/{n % 12 + 1:02d}/{1950 + n % 80}", f"{n % 24:02d}:{n % 60:02d}",
             f"{r.choice('ABCDEFGHKLMNPRST')}{n}-{n % 97:02d}", f"RM {n / 100:.2f}", f"+{n % 90} {n % 1000} {n * 7 % 9999}",
             "".join(r.choices(string.ascii_uppercase + string.digits, k=r.randint(3, 14))), "-" + f"{n / 1000:.3f}")
        )  # fmt: skip

    def fit(self, text: str, kind: Type, width: float) -> str:
        """As many leading words of ``text`` as fit ``width``."""
        while text and kind.font.getlength(text) > width:
            text = text.rpartition(" ")[0]
        return text

    def flow(self, box: Box, kind: Type, leading: float, align: str, stop: float = 1e9) -> float:
        """Set paragraphs of prose into ``box``; returns the baseline under the last line."""
        left, top, right, bottom = box
        y, step, width = top + kind.rise, kind.height * leading, right - left
        end = min(bottom - kind.drop, top + stop)
        ragged = self.rng.random() < 0.3
        while y < end:
            words = self.corpus.prose(self.rng, self.rng.choice((6, 20, 40, 80, 120)))
            indent = kind.space * self.rng.choice((0, 0, 4, 6))
            while words and y < end:
                room, taken, used = width - indent, 0, 0.0
                while taken < len(words):
                    used += kind.font.getlength(words[taken]) + kind.space
                    if used - kind.space > room:
                        break
                    taken += 1
                if taken == 0:
                    words.pop(0)
                    continue
                line, words = words[:taken], words[taken:]
                if align == "justify" and words:
                    self.canvas.row(left + indent, y, line, kind, room)
                else:
                    text = " ".join(line)
                    slack = room - kind.font.getlength(text)
                    shift = slack / 2 if align == "center" else slack if align == "right" else 0
                    self.canvas.text(left + indent + max(0.0, shift), y, text, kind)
                y += step
                indent = 0.0 if not ragged else kind.space * 3
            y += step * self.rng.choice((0, 0, 0.4, 1))
        return y


def columns(desk: Desk) -> None:
    """A report, book or magazine page in one to three columns, with headings, pictures and captions."""
    rng, canvas = desk.rng, desk.canvas
    left, top, right, bottom = desk.margins()
    kind = desk.type()
    if rng.random() < 0.6:  # running head and folio
        canvas.text(left, top + kind.rise, desk.label(), kind)
        folio = str(rng.randint(1, 999))
        canvas.text(right - kind.font.getlength(folio), top + kind.rise, folio, kind)
        if rng.random() < 0.3:
            canvas.draw.line((left, top + kind.height * 1.2, right, top + kind.height * 1.2), 0, rng.randint(1, 3))
        top += round(kind.height * rng.uniform(1.6, 3))
    if rng.random() < 0.4:
        big = desk.type(rng.uniform(1.3, 3.5), bold=True)
        canvas.text(left if rng.random() < 0.5 else (left + right) / 3, top + big.rise, desk.label(), big)
        top += round(big.height * rng.uniform(1.2, 2))
    if rng.random() < 0.4:
        folio = rng.choice(("{}", "- {} -", "Page {}", "{}", "3-{}")).format(rng.randint(1, 400))
        canvas.text((left + right) / 2, bottom - kind.drop, folio, kind)
        bottom -= round(kind.height * 2)
    fit = max(1, int((right - left) / (kind.height * 9)))
    count = min(fit, rng.choice((1, 1, 2, 2, 3)))
    gutter = kind.height * rng.uniform(0.9, 2.4)
    width = (right - left - gutter * (count - 1)) / count
    leading = rng.choice((rng.uniform(0.92, 1.15), rng.uniform(1.0, 1.4), rng.uniform(1.4, 2.4)))
    align = rng.choice(("justify", "justify", "left"))
    for k in range(count):
        x, y = left + k * (width + gutter), float(top)
        if count > 1 and k and rng.random() < 0.15:
            canvas.draw.line((x - gutter / 2, top, x - gutter / 2, bottom), 0, rng.randint(1, 3))
        while y < bottom - kind.height * 2:
            choice = rng.random()
            box = (round(x), round(y), round(x + width), bottom)
            if choice < 0.12 and bottom - y > kind.height * 8:
                tall = round(kind.height * rng.uniform(4, 14))
                low = min(bottom, round(y) + tall)
                canvas.picture((box[0], box[1], box[2], low))
                small = desk.type(0.85)
                caption = desk.fit(f"Figure {rng.randint(1, 40)}. {desk.label()}", small, width)
                canvas.text(x, low + small.height * 1.2, caption, small)
                y = low + small.height * 2.2
            elif choice < 0.3:
                head = desk.type(rng.uniform(1.0, 1.5), bold=True)
                y += head.height * rng.uniform(0.4, 1)
                title = desk.fit(rng.choice(("", "1. ", "2.3 ", "A. ")) + desk.label(), head, width)
                canvas.text(x, y + head.rise, title, head)
                y += head.height * rng.uniform(1.2, 1.8)
            elif choice < 0.4:
                for item in range(rng.randint(2, 6)):
                    words = " ".join(desk.corpus.prose(rng, rng.randint(2, max(3, int(width / kind.height / 4)))))
                    mark = rng.choice(("• ", "- ", f"{item + 1}. ", f"({chr(97 + item)}) "))
                    if y + kind.height < bottom:
                        item_text = desk.fit(mark + words, kind, width - kind.space * 3)
                        canvas.text(x + kind.space * 3, y + kind.rise, item_text, kind)
                    y += kind.height * leading
            else:
                y = desk.flow(box, kind, leading, align, kind.height * rng.uniform(4, 30)) - kind.rise


def letter(desk: Desk) -> None:
    """Letterhead, address, date, body, signature."""
    rng, canvas = desk.rng, desk.canvas
    left, top, right, bottom = desk.margins()
    kind, big, small = desk.type(), desk.type(rng.uniform(1.4, 2.6), bold=True), desk.type(0.8)
    if rng.random() < 0.4:
        canvas.picture((left, top, left + round(big.height * 2), top + round(big.height * 2)))
    canvas.text(left + big.height * 2.5, top + big.rise, desk.label(), big)
    canvas.text(left + big.height * 2.5, top + big.height + small.height, f"{desk.label()} {desk.value()}", small)
    y = top + big.height * 2 + kind.height * 2
    leading = rng.uniform(1.0, 2.2)
    for _ in range(rng.randint(2, 5)):
        canvas.text(left, y, desk.label() if rng.random() < 0.7 else desk.value(), kind)
        y += kind.height * min(leading, 1.3)
    canvas.text((left + right) / 2, y, desk.value(), kind)
    body = round(y + kind.height * 1.5)
    y = desk.flow((left, body, right, bottom - round(kind.height * 7)), kind, leading, "left")
    x = left if rng.random() < 0.5 else (left + right) / 2
    canvas.text(x, y + kind.height, "Sincerely,", kind)
    canvas.scribble(x, y + kind.height * 1.3, kind.height * rng.uniform(4, 9), kind.height * 3)
    canvas.text(x, y + kind.height * 4.5, desk.label(), kind)
    if rng.random() < 0.4:
        stamp(desk)


def stamp(desk: Desk) -> None:
    """A round or square stamp with one or two words."""
    rng, canvas = desk.rng, desk.canvas
    kind = desk.type(rng.uniform(1, 1.8), bold=True)
    text = rng.choice(("PAID", "RECEIVED", "COPY", "APPROVED", "CONFIDENTIAL", desk.value()))
    half = kind.font.getlength(text) / 2 + kind.height
    cx, cy = rng.uniform(half, max(half + 1, canvas.width - half)), rng.uniform(0.6, 0.9) * canvas.height
    hull = np.array([(cx - half, cy - half), (cx + half, cy + half)])
    if any((q.max(0) > hull[0]).all() and (q.min(0) < hull[1]).all() for q in canvas.lines):
        return
    canvas.draw.ellipse((cx - half, cy - half, cx + half, cy + half), outline=rng.choice((0, 90)), width=3)
    canvas.turned(cx, cy, text, kind, rng.uniform(-30, 30), rng.choice((0, 60, 110)))


def form(desk: Desk) -> None:
    """Boxes, underlines, check marks, labels and filled-in values."""
    rng, canvas = desk.rng, desk.canvas
    left, top, right, bottom = desk.margins()
    filled = set_type(rng.choice((desk.face, desk.bold)), round(desk.size * rng.uniform(0.9, 1.3)))
    kind = desk.type(rng.uniform(0.8, 1.0))
    y = float(top)
    boxed = rng.random() < 0.6
    while y < bottom - kind.height * 2:
        rows = kind.height * rng.choice((1.3, 1.6, 2.2, 3))
        cells = rng.randint(1, 4)
        cuts = sorted(rng.uniform(0.15, 0.85) for _ in range(cells - 1))
        edges = [left, *(left + c * (right - left) for c in cuts), right]
        bar = rng.random()
        if bar < 0.12:  # white on black
            canvas.draw.rectangle((left, y, right, y + kind.height * 1.3), rng.choice((0, 0, 60, 110)))
            canvas.text(left + kind.height, y + kind.height * 0.12 + kind.rise, desk.label(), kind, 255)
            y += kind.height * 1.5
            continue
        if bar < 0.22:
            canvas.draw.rectangle((left, y, right, y + rows), rng.choice((160, 190, 215, 230)))
        for a, b in zip(edges, edges[1:], strict=False):
            if boxed:
                canvas.draw.rectangle((a, y, b, y + rows), outline=0, width=rng.choice((1, 2, 3)))
            x, base = a + kind.height * 0.4, y + rows / 2 + (kind.rise - kind.drop) / 2
            if rng.random() < 0.15:
                side = kind.rise
                canvas.draw.rectangle((x, base - side, x + side, base), outline=0, width=2)
                if rng.random() < 0.4:
                    canvas.draw.line((x, base - side, x + side, base), 0, 2)
                    canvas.draw.line((x + side, base - side, x, base), 0, 2)
                x += side * 1.6
            label = desk.label()
            if x + kind.font.getlength(label) > b - 4:
                label = label.split()[0]
            if x + kind.font.getlength(label) > b - 4 or rng.random() < 0.08:
                continue
            if rng.random() < 0.4 and rows > kind.height * 2.1:  # the label small above its value
                base = y + kind.rise + 4
            end = canvas.text(x, base, label, kind)
            value = desk.value() if rng.random() < 0.6 else desk.label()
            far = end + kind.height * rng.choice((0.5, 0.8, 2.6, 3.5))
            if rng.random() < 0.2 and not boxed:
                canvas.draw.line((end + 4, base + 3, b - 6, base + 3), 0, 2)
            if rng.random() < 0.55 and far + filled.font.getlength(value) < b - 4:
                if far - end < kind.height * 2:
                    joined = f"{label} {value}"
                    canvas.lines.pop()
                    canvas.text(x, base, joined, kind) if x + kind.font.getlength(joined) < b else None
                else:
                    canvas.text(far, base, value, filled)
        y += rows + (0 if boxed else kind.height * rng.choice((0, 0.2)))
        if rng.random() < 0.08:
            canvas.scribble(left, y - rows, (right - left) / 3, kind.height * 2, rng.choice((0, 80)))
            y += kind.height
    if rng.random() < 0.2:
        stamp(desk)


def table(desk: Desk) -> None:
    """Rows and columns of words and numbers, with or without rules."""
    rng, canvas = desk.rng, desk.canvas
    left, top, right, bottom = desk.margins()
    kind = desk.type()
    count = rng.randint(2, max(2, min(9, int((right - left) / kind.height / 5))))
    edges = np.linspace(left, right, count + 1)
    rules, rows = rng.random(), kind.height * rng.uniform(1.0, 2.2)
    y = float(top)
    if rng.random() < 0.6:
        canvas.text(left, y + kind.rise, f"Table {rng.randint(1, 30)}: {desk.label()}", desk.type(1.1, bold=True))
        y += kind.height * 2
    numeric = [rng.random() < 0.6 for _ in range(count)]
    first = True
    while y < bottom - rows:
        if rules < 0.5:
            canvas.draw.line((left, y, right, y), 0, rng.choice((1, 2)))
        if rng.random() < 0.1:
            canvas.draw.rectangle((left, y, right, y + rows), 215)
        ends = -1e9
        for k in range(count):
            face = desk.type(1.0, bold=True) if first else kind
            text = desk.value() if numeric[k] and not first else desk.label()
            room = edges[k + 1] - edges[k] - kind.height * 0.5
            text = desk.fit(text, face, room)
            if not text or rng.random() < 0.08:
                continue
            x = edges[k + 1] - kind.height * 0.3 - face.font.getlength(text) if numeric[k] else edges[k] + kind.height * 0.3
            if rules > 0.3 and x - ends < kind.height * 2:  # without upright rules only the gap tells cells apart
                continue
            ends = max(ends, canvas.text(x, y + (rows - face.height) / 2 + face.rise, text, face))
        y += rows
        first = False
    if rules < 0.3:
        for x in edges:
            canvas.draw.line((x, top if y < top else y - rows * int((y - top) / rows), x, y), 0, 2)


def receipt(desk: Desk) -> None:
    """A shop's receipt: centred head, item and price rows, totals, a barcode."""
    rng, canvas = desk.rng, desk.canvas
    left, top, right, bottom = desk.margins()
    kind = desk.type()
    leading = rng.uniform(1.0, 1.5)
    y = top + kind.rise

    def centred(text: str, kind: Type) -> None:
        canvas.text((left + right - kind.font.getlength(text)) / 2, y, text, kind)

    upper = rng.random() < 0.7
    for _ in range(rng.randint(2, 7)):
        size = desk.type(rng.choice((1, 1, 1.4)), bold=rng.random() < 0.3)
        text = f"{desk.label()} {desk.value() if rng.random() < 0.5 else desk.label()}"
        centred(text.upper() if upper else text, size)
        y += size.height * leading
    while y < bottom - kind.height * 4:
        choice = rng.random()
        if choice < 0.08:
            y += kind.height * 0.3
            if rng.random() < 0.5:
                canvas.draw.line((left, y - kind.rise / 2, right, y - kind.rise / 2), 0, 2)
            else:
                mark = rng.choice("-=*_.")
                canvas.draw.text((left, y), mark * int((right - left) / kind.font.getlength(mark)), 0, kind.font, anchor="ls")
        elif choice < 0.14:
            centred(desk.label(), kind)
        elif choice < 0.2:
            big = desk.type(1.4, bold=True)
            y += big.height * 0.3
            canvas.text(left, y, "TOTAL", big)
            price = desk.value()
            canvas.text(right - big.font.getlength(price), y, price, big)
        else:
            item = f"{rng.randint(1, 9)} {desk.label()}" if rng.random() < 0.4 else desk.label()
            item = item.upper() if upper else item
            end = canvas.text(left, y, item, kind)
            for at in sorted(rng.sample((0.45, 0.62, 1.0), rng.choice((0, 1, 1, 1, 2, 3)))):
                text = desk.value()
                x = left + (right - left) * at - kind.font.getlength(text)
                if x - end > kind.height * 2:
                    end = canvas.text(x, y, text, kind)
        y += kind.height * leading
    if rng.random() < 0.5:
        canvas.barcode(left, round(y - kind.rise), round((right - left) * 0.7), round(kind.height * 2))


def contents(desk: Desk) -> None:
    """Leader dots, an index, short lines far apart."""
    rng, canvas = desk.rng, desk.canvas
    left, top, right, bottom = desk.margins()
    kind = desk.type()
    dots = rng.random() < 0.7
    y, step = top + kind.rise, kind.height * rng.uniform(1.0, 2.0)
    while y < bottom - kind.drop:
        x = left + kind.height * rng.choice((0, 0, 1, 2))
        text, folio = desk.label(), str(rng.randint(1, 600))
        end = right - kind.font.getlength(folio)
        mark = rng.choice((".", " .", ". "))
        fill = int((end - x - kind.font.getlength(text) - kind.space * 2) / max(1.0, kind.font.getlength(mark)))
        if dots and fill > 2:
            canvas.text(x, y, f"{text} {mark * fill} {folio}", kind)
        else:
            canvas.text(x, y, text, kind)
            if end - x - kind.font.getlength(text) > kind.height * 2.2 and rng.random() < 0.8:
                canvas.text(end, y, folio, kind)
        y += step


def poster(desk: Desk) -> None:
    """Few large lines, bars, pictures, turned text: titles, covers, notices."""
    rng, canvas = desk.rng, desk.canvas
    left, top, right, bottom = desk.margins()
    y = float(top)
    if rng.random() < 0.3:
        canvas.draw.rectangle((0, 0, canvas.width, canvas.height), rng.choice((0, 40, 90)))
        ink = 255
    else:
        ink = 0
    while y < bottom - desk.size * 2:
        kind = desk.type(rng.choice((0.8, 1, 1.5, 2, 3, 5)), bold=rng.random() < 0.5)
        text = desk.label() if rng.random() < 0.8 else desk.value()
        width = kind.font.getlength(text)
        if rng.random() < 0.2:
            canvas.picture((left, round(y), right, min(bottom, round(y + desk.size * rng.uniform(3, 12)))))
            y += desk.size * 13
        elif width < right - left:
            x = rng.choice((left, (left + right - width) / 2, right - width))
            tone = ink
            if rng.random() < 0.2 and ink == 0:
                canvas.draw.rectangle((x - 8, y, x + width + 8, y + kind.height * 1.1), rng.choice((0, 50, 120)))
                tone = 255
            canvas.text(x, y + kind.rise, text, kind, tone)
        y += kind.height * rng.uniform(1.05, 2.5)
    if rng.random() < 0.3:
        canvas.turned(right - desk.size, (top + bottom) / 2, desk.label(), desk.type(), 90, ink)


def clutter(desk: Desk) -> None:
    """No text at all: blank, pictures, scribbles, rules, bars."""
    rng, canvas = desk.rng, desk.canvas
    w, h = canvas.width, canvas.height
    for _ in range(rng.choice((0, 1, 3, 8))):
        x, y = rng.randrange(w - 80), rng.randrange(h - 80)
        bw, bh = rng.randint(40, w - x), rng.randint(40, h - y)
        choice = rng.random()
        if choice < 0.6:
            canvas.picture((x, y, x + bw, y + bh))
        elif choice < 0.8:
            canvas.scribble(x, y, bw, min(bh, 200), rng.choice((0, 70)))
        elif choice < 0.9:
            canvas.barcode(x, y, min(bw, 400), min(bh, 160))
        else:
            for k in range(rng.randint(2, 20)):
                canvas.draw.line((x, y + k * bh / 20, x + bw, y + k * bh / 20), 0, rng.randint(1, 3))


LAYOUTS: dict[str, tuple[Callable[[Desk], None], float]] = {
    "columns": (columns, 0.3), "letter": (letter, 0.08), "form": (form, 0.15), "table": (table, 0.12),
    "receipt": (receipt, 0.13), "contents": (contents, 0.05), "poster": (poster, 0.1), "clutter": (clutter, 0.07),
}  # fmt: skip


@lru_cache(maxsize=2)
def _materials(text: str, words: str) -> tuple[Corpus, tuple[Face, ...]]:
    return Corpus.load(Path(text), Path(words)), tuple(find_faces())


def render_page(config: PagesConfig, seed: int) -> PageSample:
    """The page that belongs to ``seed``."""
    rng = random.Random(seed)
    corpus, faces = _materials(config.text, config.words)
    kind = rng.choices(list(LAYOUTS), [weight for _, weight in LAYOUTS.values()])[0]
    pool = [f for f in faces if f.body] if rng.random() < config.body else faces
    if kind == "receipt" and rng.random() < 0.6:
        pool = [f for f in faces if f.mono]
    scale = 2
    width, height = (rng.randint(config.smallest, config.largest) for _ in range(2))
    em = min(44.0, max(9.0, rng.lognormvariate(2.95, 0.3)))
    if kind == "receipt":
        width = min(width, round(em * rng.uniform(17, 30)))
    canvas = Canvas(rng, width, height, scale)
    LAYOUTS[kind][0](Desk(canvas, rng, corpus, rng.choice(pool), rng.choice(pool), round(em * scale)))
    page = np.asarray(canvas.image, np.uint8).copy()
    quads = np.array(canvas.lines, float).reshape(-1, 4, 2)
    turn = rng.random()
    if turn < 0.5:
        page, quads = worn_rotation(page, quads, rng.uniform(-10, 10) if turn < 0.08 else rng.gauss(0, 1.5))
    image = wear(page, scale, rng)
    quads = quads / scale
    inside = ((quads > -2) & (quads < (image.shape[1] + 2, image.shape[0] + 2))).all((1, 2))
    quads = quads[inside].clip(0, (image.shape[1], image.shape[0]))
    return PageSample(image, quads, kind)


def _render_to(config: PagesConfig, out: Path, seed: int) -> None:
    target = out / f"{seed:06d}.json"
    if target.exists():
        return
    sample = render_page(config, seed)
    cv2.imwrite(str(out / f"{seed:06d}.png"), sample.image, [cv2.IMWRITE_PNG_COMPRESSION, 3])
    record = {"kind": sample.kind, "lines": sample.lines.round(1).tolist()}
    partial_file = target.with_suffix(".part")
    partial_file.write_text(json.dumps(record))
    partial_file.rename(target)


def render_cache(config: PagesConfig, out: Path, first: int, count: int, workers: int) -> None:
    """Render seeds ``first`` to ``first + count - 1`` into ``out``; pages that are there already are kept."""
    out.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(workers) as pool:
        for _ in pool.map(partial(_render_to, config, out), range(first, first + count), chunksize=8):
            pass
