"""Letters, books and newspapers."""

from __future__ import annotations

import random
from pathlib import Path

from pen import SURNAMES, WORDS, Drawing, Pen, money, para, phrase
from PIL import Image, ImageChops, ImageDraw, ImageFont


def news(rng: random.Random, face: Path) -> Drawing:
    """Justified columns with narrow gutters."""
    n = rng.choice((3, 4))
    s = rng.choice((18, 20, 22))
    gut = round(s * rng.uniform(0.6, 1.2))
    w = (1160 - (n - 1) * gut) / n
    pen = Pen((1240, 1400), face)
    pen.text(40, 40, phrase(rng, 3), rng.choice((60, 80)))
    for c in range(n):
        x = 40 + c * (w + gut)
        f = pen.font(s)
        y = 160
        if gut > s * 0.9 and rng.random() < 0.3:
            pen.draw.line((x + w + gut / 2, 160, x + w + gut / 2, 1300), 0, 1)
        while y < 1330:
            ws = [rng.choice(WORDS)]
            while f.getlength(" ".join(ws) + " " + (nw := rng.choice(WORDS))) < w:
                ws.append(nw)
            t = " ".join(ws)
            pen.items.append(t)
            if len(ws) > 1:  # justified
                gap = (w - sum(f.getlength(q) for q in ws)) / (len(ws) - 1)
                if gap > s * 0.9:
                    gap = f.getlength(" ")
                xx = x
                for q in ws:
                    pen.text(xx, y, q, s, item=False)
                    xx += f.getlength(q) + gap
            else:
                pen.text(x, y, t, s, item=False)
            y += 1.25 * s
    return pen.done()


def margins(rng: random.Random, face: Path) -> Drawing:
    """Notes in the margin and a page number at an odd place."""
    pen = Pen((1240, 1600), face)
    s = 24
    para(pen, rng, 330, 150, s, 780, 24)
    for k in range(4):
        yy = 150 + k * 180 + rng.randint(0, 60)
        for j in range(2):
            pen.text(60, yy + j * 22, phrase(rng, 2), 17)
    where = rng.choice(
        ((1200, 20, "ra"), (40, 1560, "la"), (620, 1570, "ma"), (1215, 800, "ra"), (20, 800, "la"), (620, 15, "ma"))
    )
    pen.text(
        where[0],
        where[1],
        rng.choice(
            (
                str(rng.randint(1, 9)),
                str(rng.randint(10, 999)),
                f"- {rng.randint(10, 99)} -",
                rng.choice("iv vii xii".split()),
            )
        ),
        20,
        anchor=where[2],
    )
    return pen.done()


def stamp(rng: random.Random, face: Path) -> Drawing:
    """A coloured stamp at an angle, over the text or below it."""
    pen = Pen((1240, 1200), face)
    para(pen, rng, 120, 120, 26, 1000, 16)
    col = rng.choice(((200, 30, 30), (30, 60, 180), (20, 130, 60)))
    t = rng.choice(("PAID", "APPROVED", "CONFIDENTIAL", "RECEIVED", "COPY", "VOID"))
    size = rng.randint(60, 110)
    f = pen.font(size)
    w = round(f.getlength(t)) + 60
    im = Image.new("RGBA", (w, size * 2), (0, 0, 0, 0))
    d = ImageDraw.Draw(im)
    d.rectangle((4, 4, w - 5, size * 2 - 5), outline=(*col, 230), width=7)
    d.text((w / 2, size), t, (*col, 230), f, anchor="mm")
    im = im.rotate(rng.choice((-35, -25, -15, 15, 20, 30, 40)), expand=True, resample=Image.BICUBIC)
    over = rng.random() < 0.5
    layer = Image.new("RGB", pen.image.size, (255, 255, 255))
    layer.paste(
        im,
        (
            rng.randint(100, max(101, 1200 - im.width)),
            300 if over else 1200 - im.height - 20 if im.height < 560 else 640,
        ),
        im,
    )
    pen.image = ImageChops.multiply(pen.image, layer)
    pen.items.append(t)
    return pen.done()


def footnotes(rng: random.Random, face: Path) -> Drawing:
    """References as superscripts, notes in small type."""
    pen = Pen((1240, 1300), face)
    s = 26
    y = 100
    f = pen.font(s)
    sf = pen.font(15)
    for k in range(14):
        ws = rng.sample(WORDS, 8)
        x = 120
        if k % 4 == 1:
            t = " ".join(ws[:4])
            pen.text(x, y, t, s)
            x += f.getlength(t)
            pen.text(x, y - 2, str(k // 4 + 1), 15, item=False)
            x += sf.getlength("1")
            pen.text(x + f.getlength(" "), y, " ".join(ws[4:]), s)
        else:
            pen.text(x, y, " ".join(ws), s)
        y += 1.5 * s
    y += 200
    pen.draw.line((120, y, 420, y), 0, 2)
    y += 16
    for k in range(3):
        pen.text(120, y, str(k + 1), 12, item=False)
        pen.text(
            134,
            y,
            f"{rng.choice(SURNAMES)}, {phrase(rng, 4)}, {rng.randint(1800, 2020)}, p. {rng.randint(1, 300)}.",
            18,
        )
        y += 27
    pen.text(620, 1250, str(rng.randint(1, 400)), 20, anchor="ma")
    return pen.done()


def twoup(rng: random.Random, face: Path) -> Drawing:
    """Two pages side by side."""
    pen = Pen((1800, 1200), face)
    s = 24
    gap = rng.choice((50, 80, 120, 160))
    w = (1800 - 200 - gap) / 2
    para(pen, rng, 100, 100, s, w, 24)
    para(pen, rng, 100 + w + gap, 100, s, w, 24)
    n = rng.randint(10, 98)
    pen.text(100 + w / 2, 1120, str(n), 20, anchor="ma")
    pen.text(100 + w + gap + w / 2, 1120, str(n + 1), 20, anchor="ma")
    return pen.done()


def struck(rng: random.Random, face: Path) -> Drawing:
    """Underlined and struck-out lines."""
    pen = Pen((1240, 900), face)
    s = 28
    y = 80
    for k in range(12):
        t = phrase(rng, 4)
        w = pen.text(100, y, t, s)
        if k % 3 == 1:
            pen.draw.line((100, y + 1.08 * s, 100 + w, y + 1.08 * s), 0, rng.randint(1, 3))
        if k % 3 == 2:
            pen.draw.line((100, y + 0.62 * s, 100 + w, y + 0.62 * s), 0, rng.randint(1, 2))
        y += 1.9 * s
    return pen.done()


def longline(rng: random.Random, face: Path) -> Drawing:
    """One very long line."""
    t = " ".join(rng.choice(WORDS) for _ in range(rng.randint(25, 45)))
    s = rng.choice((18, 24, 32))
    f = ImageFont.truetype(str(face), s)
    pen = Pen((round(f.getlength(t)) + 60, s * 3), face)
    pen.text(30, s, t, s)
    return pen.done()


def oneword(rng: random.Random, face: Path) -> Drawing:
    """A page with one short word."""
    pen = Pen((1240, 1754), face)
    s = rng.choice((16, 20, 24, 40, 90))
    pen.text(
        rng.randint(100, 700),
        rng.randint(100, 1600),
        rng.choice((rng.choice(WORDS).title(), "A", "Fin", "IV", "12", rng.choice(WORDS), "OK", "Part 2")),
        s,
    )
    return pen.done()


def small(rng: random.Random, face: Path) -> Drawing:
    """Type of 9 to 12 pixels."""
    s = rng.choice((9, 10, 11, 12))
    pen = Pen((800, 500), face)
    y = 20
    para(pen, rng, 20, 20, s, 740, 16)
    y = 20 + 16 * 1.35 * s + 20
    for _ in range(6):
        for c in range(5):
            pen.text(20 + c * 150, y, money(rng), s)
        y += 1.5 * s
    return pen.done()


def dropcap(rng: random.Random, face: Path) -> Drawing:
    """A paragraph with a drop capital."""
    pen = Pen((1000, 700), face)
    s = 26
    big = round(s * 3.6)
    t = rng.choice("ABDEGHKLMNPRSTW")
    L = pen.font(big)
    w = L.getlength(t)
    pen.draw.text((80, 100 - 0.18 * big), t, 0, L)
    y = 100
    f = pen.font(s)
    for k in range(9):
        x = 80 + (w + 10 if k < 3 else 0)
        ws = rng.choice(WORDS)
        while f.getlength(ws + " " + (q := rng.choice(WORDS))) < 840 - (x - 80):
            ws += " " + q
        pen.text(x, y, ws, s, item=k > 0)
        pen.items += [t + ws] if k == 0 else []
        y += 1.3 * s
    return pen.done()


def vertical(rng: random.Random, face: Path) -> Drawing:
    """A letter with notes on end in both margins."""
    pen = Pen((1240, 1000), face)
    para(pen, rng, 220, 120, 26, 900, 16)
    for x in (60, 1150):
        t = f"{phrase(rng, rng.randint(2, 4))} {rng.randint(10, 99999)}"
        s = rng.choice((16, 20, 24, 30))
        f = pen.font(s)
        im = Image.new("RGB", (round(f.getlength(t)) + 10, round(1.4 * s)), (255, 255, 255))
        ImageDraw.Draw(im).text((5, 2), t, (0, 0, 0), f)
        pen.image.paste(im.rotate(rng.choice((90, 270)), expand=True), (x, rng.randint(100, 250)))
        pen.items.append(t)
    return pen.done()
