"""Layouts of synthetic pages: functions that print one page each; ``LAYOUTS`` says how often each is used."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from ocr.train.synth.page_canvas import Type, set_type
from ocr.train.synth.page_typesetter import Box, Typesetter

__all__ = ["LAYOUTS"]


def columns(page: Typesetter) -> None:
    """A report, book or magazine page in one to three columns, with headings, pictures and captions."""
    rng, canvas = page.rng, page.canvas
    left, top, right, bottom = page.margins()
    kind = page.type()
    if rng.random() < 0.6:  # running head and folio
        canvas.text(left, top + kind.rise, page.label(), kind)
        folio = str(rng.randint(1, 999))
        canvas.text(right - kind.font.getlength(folio), top + kind.rise, folio, kind)
        if rng.random() < 0.3:
            canvas.draw.line((left, top + kind.height * 1.2, right, top + kind.height * 1.2), 0, rng.randint(1, 3))
        top += round(kind.height * rng.uniform(1.6, 3))
    if rng.random() < 0.4:
        big = page.type(rng.uniform(1.3, 3.5), bold=True)
        canvas.text(left if rng.random() < 0.5 else (left + right) / 3, top + big.rise, page.label(), big)
        top += round(big.height * rng.uniform(1.2, 2))
    if rng.random() < 0.5:
        canvas.text((left + right) / 2, bottom - kind.drop, page.folio(), kind)
        bottom -= round(kind.height * 2)
    fit = max(1, int((right - left) / (kind.height * 9)))
    count = min(fit, rng.choice((1, 1, 2, 2, 3)))
    gutter = kind.height * rng.uniform(0.9, 2.4)
    width = (right - left - gutter * (count - 1)) / count
    leading = rng.choice((rng.uniform(0.92, 1.15), rng.uniform(1.0, 1.4), rng.uniform(1.4, 2.4)))
    align = rng.choice(("justify", "justify", "left"))
    for k in range(count):
        x = left + k * (width + gutter)
        if count > 1 and k and rng.random() < 0.15:
            canvas.draw.line((x - gutter / 2, top, x - gutter / 2, bottom), 0, rng.randint(1, 3))
        fill_column(page, (round(x), top, round(x + width), bottom), kind, leading, align)


def fill_column(page: Typesetter, box: Box, kind: Type, leading: float, align: str) -> None:
    """Fill a column with illustrations and captions, headings, lists and prose."""
    rng, canvas = page.rng, page.canvas
    x, y, right, bottom = box[0], float(box[1]), box[2], box[3]
    width = right - x
    while y < bottom - kind.height * 2:
        choice = rng.random()
        if choice < 0.12 and bottom - y > kind.height * 8:
            low = min(bottom, round(y) + round(kind.height * rng.uniform(4, 14)))
            canvas.picture((x, round(y), right, low))
            for _ in range(rng.choice((0, 0, 0, 1, 3, 6))):
                page.lettering(x, y, right, low)
            small = page.type(0.85)
            caption = page.fit(f"Figure {rng.randint(1, 40)}. {page.label()}", small, width)
            canvas.text(x, low + small.height * 1.2, caption, small)
            y = low + small.height * 2.2
        elif choice < 0.3:
            head = page.type(rng.uniform(1.0, 1.5), bold=True)
            y += head.height * rng.uniform(0.4, 1)
            title = page.fit(page.numbering() + page.label(), head, width)
            canvas.text(x, y + head.rise, title, head)
            y += head.height * rng.uniform(1.2, 1.8)
        elif choice < 0.4:
            hang = rng.choice((0.0, 0.0, rng.uniform(2.2, 4.5))) * kind.height  # marks with a gap after them
            start, style = x + kind.space * 3, rng.choice(("•", "-", "{n}.", "({a})", "{a}.", "{A}.", "({n})"))
            for item in range(rng.randint(2, 6)):
                words = " ".join(page.corpus.prose(rng, rng.randint(2, max(3, int(width / kind.height / 4)))))
                letter = chr(97 + item)
                mark = style.format(n=item + 1, a=letter, A=letter.upper())
                if y + kind.height < bottom:
                    if hang:
                        canvas.text(start, y + kind.rise, mark, kind)
                        canvas.text(start + hang, y + kind.rise, page.fit(words, kind, right - start - hang), kind)
                    else:
                        text = page.fit(f"{mark} {words}", kind, width - kind.space * 3)
                        canvas.text(start, y + kind.rise, text, kind)
                y += kind.height * leading
        else:
            stop = kind.height * rng.uniform(4, 30)
            y = page.flow((x, round(y), right, bottom), kind, leading, align, stop) - kind.rise


def letter(page: Typesetter) -> None:
    """A letter: letterhead, address, date, text, signature."""
    rng, canvas = page.rng, page.canvas
    left, top, right, bottom = page.margins()
    kind, big, small = page.type(), page.type(rng.uniform(1.4, 2.6), bold=True), page.type(0.8)
    if rng.random() < 0.4:
        canvas.picture((left, top, left + round(big.height * 2), top + round(big.height * 2)))
    canvas.text(left + big.height * 2.5, top + big.rise, page.label(), big)
    canvas.text(left + big.height * 2.5, top + big.height + small.height, f"{page.label()} {page.value()}", small)
    y = top + big.height * 2 + kind.height * 2
    leading = rng.uniform(1.0, 2.2)
    for _ in range(rng.randint(2, 5)):
        canvas.text(left, y, page.label() if rng.random() < 0.7 else page.value(), kind)
        y += kind.height * min(leading, 1.3)
    canvas.text((left + right) / 2, y, page.value(), kind)
    body = round(y + kind.height * 1.5)
    y = page.flow((left, body, right, bottom - round(kind.height * 7)), kind, leading, "left")
    x = left if rng.random() < 0.5 else (left + right) / 2
    canvas.text(x, y + kind.height, "Sincerely,", kind)
    canvas.scribble(x, y + kind.height * 1.3, kind.height * rng.uniform(4, 9), kind.height * 3)
    canvas.text(x, y + kind.height * 4.5, page.label(), kind)
    if rng.random() < 0.4:
        stamp(page)


def stamp(page: Typesetter) -> None:
    """A round or square stamp with one or two words."""
    rng, canvas = page.rng, page.canvas
    kind = page.type(rng.uniform(1, 1.8), bold=True)
    text = rng.choice(("PAID", "RECEIVED", "COPY", "APPROVED", "CONFIDENTIAL", page.value()))
    half = kind.font.getlength(text) / 2 + kind.height
    cx, cy = rng.uniform(half, max(half + 1, canvas.width - half)), rng.uniform(0.6, 0.9) * canvas.height
    hull = np.array([(cx - half, cy - half), (cx + half, cy + half)])
    if any((q.max(0) > hull[0]).all() and (q.min(0) < hull[1]).all() for q in canvas.lines):
        return
    canvas.draw.ellipse((cx - half, cy - half, cx + half, cy + half), outline=rng.choice((0, 90)), width=3)
    canvas.turned(cx, cy, text, kind, degrees=rng.uniform(-30, 30), ink=rng.choice((0, 60, 110)))


def form(page: Typesetter) -> None:
    """A form: boxes, underlines, check marks, labels and filled-in values."""
    rng, canvas = page.rng, page.canvas
    left, top, right, bottom = page.margins()
    filled = set_type(rng.choice((page.face, page.bold)), round(page.size * rng.uniform(0.9, 1.3)))
    kind = page.type(rng.uniform(0.8, 1.0))
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
            canvas.text(left + kind.height, y + kind.height * 0.12 + kind.rise, page.label(), kind, 255)
            y += kind.height * 1.5
            continue
        if bar < 0.22:
            canvas.draw.rectangle((left, y, right, y + rows), rng.choice((160, 190, 215, 230)))
        for a, b in pairwise(edges):
            if boxed:
                canvas.draw.rectangle((a, y, b, y + rows), outline=0, width=rng.choice((1, 2, 3)))
            fill_cell(page, (a, y, b, y + rows), kind, filled, ruled=not boxed)
        y += rows + (0 if boxed else kind.height * rng.choice((0, 0.2)))
        if rng.random() < 0.08:
            canvas.scribble(left, y - rows, (right - left) / 3, kind.height * 2, rng.choice((0, 80)))
            y += kind.height
    if rng.random() < 0.2:
        stamp(page)


def fill_cell(page: Typesetter, cell: tuple[float, float, float, float], kind: Type, filled: Type, ruled: bool) -> None:
    """Fill a cell of a form with a check box, a label, a value, or some of them."""
    rng, canvas = page.rng, page.canvas
    left, top, right, bottom = cell
    x, base = left + kind.height * 0.4, (top + bottom + kind.rise - kind.drop) / 2
    if rng.random() < 0.15:
        side = kind.rise
        canvas.draw.rectangle((x, base - side, x + side, base), outline=0, width=2)
        if rng.random() < 0.4:
            canvas.draw.line((x, base - side, x + side, base), 0, 2)
            canvas.draw.line((x + side, base - side, x, base), 0, 2)
        x += side * 1.6
    label = page.fit(page.label(), kind, right - 4 - x)
    if not label or rng.random() < 0.08:
        return
    if rng.random() < 0.4 and bottom - top > kind.height * 2.1:  # at the top of a tall cell
        base = top + kind.rise + 4
    value = page.value() if rng.random() < 0.6 else page.label()
    if rng.random() < 0.3:  # label and value as one line
        joined = f"{label} {value}"
        canvas.text(x, base, joined if x + kind.font.getlength(joined) < right - 4 else label, kind)
        return
    end = canvas.text(x, base, label, kind)
    far = end + kind.height * rng.choice((1.5, 2.0, 2.6, 3.5))
    if ruled and rng.random() < 0.2:
        canvas.draw.line((end + 4, base + 3, right - 6, base + 3), 0, 2)
    if rng.random() < 0.5 and far + filled.font.getlength(value) < right - 4:
        canvas.text(far, base, value, filled)


def table(page: Typesetter) -> None:
    """A table: rows and columns of words and numbers, with or without rules."""
    rng, canvas = page.rng, page.canvas
    left, top, right, bottom = page.margins()
    kind = page.type()
    count = rng.randint(2, max(2, min(9, int((right - left) / kind.height / 5))))
    edges = np.linspace(left, right, count + 1)
    rules, rows = rng.random(), kind.height * rng.uniform(1.0, 2.2)
    y = float(top)
    if rng.random() < 0.6:
        canvas.text(left, y + kind.rise, f"Table {rng.randint(1, 30)}: {page.label()}", page.type(1.1, bold=True))
        y += kind.height * 2
    numeric = [rng.random() < 0.6 for _ in range(count)]
    first, apart = True, rng.choice((1.2, 1.5, 2.0))
    while y < bottom - rows:
        if rules < 0.5:
            canvas.draw.line((left, y, right, y), 0, rng.choice((1, 2)))
        if rng.random() < 0.1:
            canvas.draw.rectangle((left, y, right, y + rows), 215)
        ends = -1e9
        for k in range(count):
            face = page.type(1.0, bold=True) if first else kind
            text = page.value() if numeric[k] and not first else page.label()
            room = edges[k + 1] - edges[k] - kind.height * 0.5
            text = page.fit(text, face, room)
            if not text or rng.random() < 0.08:
                continue
            x = (
                edges[k + 1] - kind.height * 0.3 - face.font.getlength(text)
                if numeric[k]
                else edges[k] + kind.height * 0.3
            )
            gap = 0.5 if rules < 0.3 else apart  # without vertical rules only gaps separate cells
            if x - ends < kind.height * gap:
                continue
            ends = max(ends, canvas.text(x, y + (rows - face.height) / 2 + face.rise, text, face))
        y += rows
        first = False
    if rules < 0.3:
        for x in edges:
            canvas.draw.line((x, top if y < top else y - rows * int((y - top) / rows), x, y), 0, 2)


def receipt(page: Typesetter) -> None:
    """A till receipt: centred heading, rows of items and prices, totals, a barcode."""
    rng, canvas = page.rng, page.canvas
    left, top, right, bottom = page.margins()
    kind = page.type()
    leading = rng.uniform(1.0, 1.5)
    y = top + kind.rise

    def centred(text: str, kind: Type) -> None:
        canvas.text((left + right - kind.font.getlength(text)) / 2, y, text, kind)

    upper = rng.random() < 0.7
    for _ in range(rng.randint(2, 7)):
        size = page.type(rng.choice((1, 1, 1.4)), bold=rng.random() < 0.3)
        text = f"{page.label()} {page.value() if rng.random() < 0.5 else page.label()}"
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
                canvas.draw.text(
                    (left, y), mark * int((right - left) / kind.font.getlength(mark)), 0, kind.font, anchor="ls"
                )
        elif choice < 0.14:
            centred(page.label(), kind)
        elif choice < 0.2:
            big = page.type(1.4, bold=True)
            y += big.height * 0.3
            canvas.text(left, y, "TOTAL", big)
            price = page.value()
            canvas.text(right - big.font.getlength(price), y, price, big)
        else:
            item = f"{rng.randint(1, 9)} {page.label()}" if rng.random() < 0.4 else page.label()
            item = item.upper() if upper else item
            end = canvas.text(left, y, item, kind)
            for at in sorted(rng.sample((0.45, 0.62, 1.0), rng.choice((0, 1, 1, 1, 2, 3)))):
                text = page.value()
                x = left + (right - left) * at - kind.font.getlength(text)
                if x - end > kind.height * 1.2:
                    end = canvas.text(x, y, text, kind)
        y += kind.height * leading
    if rng.random() < 0.5:
        canvas.barcode(left, round(y - kind.rise), round((right - left) * 0.7), round(kind.height * 2))


def contents(page: Typesetter) -> None:
    """A table of contents with leader dots, or an index."""
    rng, canvas = page.rng, page.canvas
    left, top, right, bottom = page.margins()
    kind = page.type()
    dots = rng.random() < 0.7
    y, step = top + kind.rise, kind.height * rng.uniform(1.0, 2.0)
    while y < bottom - kind.drop:
        x = left + kind.height * rng.choice((0, 0, 1, 2))
        text, folio = page.label(), str(rng.randint(1, 600))
        end = right - kind.font.getlength(folio)
        mark = rng.choice((".", " .", ". "))
        fill = int((end - x - kind.font.getlength(text) - kind.space * 2) / max(1.0, kind.font.getlength(mark)))
        if dots and fill > 2:
            canvas.text(x, y, f"{text} {mark * fill} {folio}", kind)
        else:
            canvas.text(x, y, text, kind)
            if end - x - kind.font.getlength(text) > kind.height * 1.5 and rng.random() < 0.8:
                canvas.text(end, y, folio, kind)
        y += step


def poster(page: Typesetter) -> None:
    """A title page, cover or notice: few large lines, bars, illustrations, vertical text."""
    rng, canvas = page.rng, page.canvas
    left, top, right, bottom = page.margins()
    y = float(top)
    if rng.random() < 0.3:
        canvas.draw.rectangle((0, 0, canvas.width, canvas.height), rng.choice((0, 40, 90)))
        ink = 255
    else:
        ink = 0
    while y < bottom - page.size * 2:
        kind = page.type(rng.choice((0.8, 1, 1.5, 2, 3, 5)), bold=rng.random() < 0.5)
        text = page.label() if rng.random() < 0.8 else page.value()
        width = kind.font.getlength(text)
        if rng.random() < 0.2:
            canvas.picture((left, round(y), right, min(bottom, round(y + page.size * rng.uniform(3, 12)))))
            y += page.size * 13
        elif width < right - left:
            x = rng.choice((left, (left + right - width) / 2, right - width))
            tone = ink
            if rng.random() < 0.2 and ink == 0:
                canvas.draw.rectangle((x - 8, y, x + width + 8, y + kind.height * 1.1), rng.choice((0, 50, 120)))
                tone = 255
            canvas.text(x, y + kind.rise, text, kind, tone)
        y += kind.height * rng.uniform(1.05, 2.5)
    if rng.random() < 0.3:
        canvas.turned(right - page.size, (top + bottom) / 2, page.label(), page.type(), degrees=90, ink=ink)


def clutter(page: Typesetter) -> None:
    """A page without text: blank, or with illustrations, scribbles, rules, barcodes."""
    rng, canvas = page.rng, page.canvas
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


LAYOUTS: dict[str, tuple[Callable[[Typesetter], None], float]] = {
    "columns": (columns, 0.3), "letter": (letter, 0.08), "form": (form, 0.15), "table": (table, 0.12),
    "receipt": (receipt, 0.13), "contents": (contents, 0.05), "poster": (poster, 0.1), "clutter": (clutter, 0.07),
}  # fmt: skip
