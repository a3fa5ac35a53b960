"""Forms, invoices, tables and receipts."""

from __future__ import annotations

import random
from pathlib import Path

from pen import NAMES, SURNAMES, WORDS, Drawing, Pen, date, money, phrase
from PIL import Image, ImageDraw


def form(rng: random.Random, face: Path) -> Drawing:
    """Boxes with a small label in the corner and a typed value."""
    pen = Pen((1240, 1000), face)
    s = rng.choice((22, 26, 30))
    lab = round(s * rng.uniform(0.5, 0.75))
    rule = rng.randint(1, 4)
    y = 60
    pen.text(60, y, phrase(rng, 3), s + 10)
    y += 80
    for row in range(6):
        cols = rng.choice((1, 2, 3, 4))
        w = 1120 / cols
        h = round(s * 1.5 + lab * 1.5 + 10)
        for c in range(cols):
            x = 60 + c * w
            pen.draw.rectangle((x, y, x + w, y + h), outline=0, width=rule)
            pen.text(x + 6, y + rule + 2, f"{row * 4 + c + 1}. {phrase(rng, 1)} {rng.choice(WORDS)}", lab)
            v = rng.choice(
                [
                    money(rng),
                    date(rng),
                    f"{rng.choice(NAMES)} {rng.choice(SURNAMES)}",
                    str(rng.randint(10, 99)),
                    "X",
                    "N/A",
                ]
            )
            pen.text(x + rng.randint(10, 40), y + lab * 1.4 + 6, v, s)
        y += h + (0 if rng.random() < 0.6 else 14)
    return pen.done()


def formline(rng: random.Random, face: Path) -> Drawing:
    """Labels with values on a rule, check boxes."""
    pen = Pen((1240, 900), face)
    s = rng.choice((20, 24, 28))
    y = 60
    for _ in range(12):
        lab = phrase(rng, rng.randint(1, 2)) + ":"
        x = 70 + pen.text(70, y, lab, s, item=True)
        v = rng.choice(
            [money(rng), date(rng), f"{rng.choice(NAMES)} {rng.choice(SURNAMES)}", str(rng.randint(0, 9)), "Yes", "No"]
        )
        x0 = x + 10
        pen.draw.line((x0, y + 1.15 * s, x0 + 500, y + 1.15 * s), 0, rng.randint(1, 3))
        pen.text(x0 + rng.randint(5, 60), y - rng.randint(0, 3), v, s)
        if rng.random() < 0.5:
            x1 = x0 + 540
            pen.draw.rectangle((x1, y, x1 + s, y + s), outline=0, width=2)
            pen.text(x1 + 1.4 * s, y, rng.choice(WORDS), s)
        y += 1.9 * s + 10
    return pen.done()


def invoice(rng: random.Random, face: Path) -> Drawing:
    """Items without rules and a large total."""
    pen = Pen((1240, 1500), face)
    s = rng.choice((20, 22, 26))
    pen.text(80, 80, rng.choice(("INVOICE", "Invoice", "RECHNUNG", "Tax Invoice")), rng.choice((48, 64, 90)))
    y = 110
    for t in (
        f"No. {rng.randint(2000, 2024)}-{rng.randint(100, 99999)}",
        f"Date: {date(rng)}",
        f"{rng.choice(NAMES)} {rng.choice(SURNAMES)}",
    ):
        pen.text(1160, y, t, s, anchor="ra")
        y += 1.5 * s
    y = 330
    X = (80, 160, 700, 860, 1160)
    A = ("la", "la", "ra", "ra", "ra")
    for x, t, a in zip(X, ("Pos", "Description", "Qty", "Price", "Amount"), A, strict=True):
        pen.text(x, y, t, s, anchor=a)
    pen.draw.line((80, y + 1.4 * s, 1160, y + 1.4 * s), 0, 2)
    y += 2 * s
    for k in range(rng.randint(4, 9)):
        for x, t, a in zip(
            X,
            (str(k + 1), phrase(rng, rng.randint(1, 3)), str(rng.randint(1, 20)), money(rng), money(rng)),
            A,
            strict=True,
        ):
            pen.text(x, y, t, s, anchor=a)
        y += 1.7 * s
    y += 30
    for t in ("Subtotal", "VAT 19 %"):
        pen.text(860, y, t, s, anchor="ra")
        pen.text(1160, y, money(rng), s, anchor="ra")
        y += 1.7 * s
    b = round(s * rng.uniform(1.5, 4))
    pen.text(80, y + 20, "TOTAL", b)
    pen.text(1160, y + 20, "€ " + money(rng) if rng.random() < 0.5 else money(rng), b, anchor="ra")
    y += 20 + 2 * b
    pen.text(80, y, "Payable within 30 days without deduction.", round(s * 0.7))
    return pen.done()


def shaded(rng: random.Random, face: Path) -> Drawing:
    """A table with shaded rows and a white-on-dark head."""
    pen = Pen((1240, 900), face)
    s = rng.choice((20, 24))
    hd = rng.choice(((0, 60, 110), (40, 40, 40), (120, 20, 40), (0, 100, 80)))
    al = rng.choice(((225, 235, 245), (235, 235, 235), (255, 240, 210), (190, 210, 230)))
    y = 80
    W = (60, 380, 560, 760, 960, 1180)
    for row in range(12):
        fill = hd if row == 0 else al if row % 2 else (255, 255, 255)
        pen.draw.rectangle((60, y, 1180, y + 2 * s), fill=fill)
        cells = (
            ("Item", "Code", "Qty", "Price", "Total")
            if row == 0
            else (
                phrase(rng, 2),
                f"{rng.choice('ABCDEFGHKX')}{rng.randint(1, 99)}",
                str(rng.randint(0, 30)),
                money(rng),
                money(rng),
            )
        )
        for x, t in zip(W[:5], cells, strict=True):
            pen.text(x + 10, y + 0.4 * s, t, s, (255, 255, 255) if row == 0 else (0, 0, 0))
        y += 2 * s
    return pen.done()


def comb(rng: random.Random, face: Path) -> Drawing:
    """Boxes for one character each."""
    pen = Pen((1240, 800), face)
    y = 60
    col = rng.choice(((0, 0, 0), (150, 150, 150), (220, 120, 60), (60, 120, 200)))
    for _ in range(7):
        n = rng.randint(6, 14)
        s = rng.choice((24, 30))
        c = round(s * rng.uniform(1.2, 1.7))
        t = "".join(rng.choice("0123456789") for _ in range(n)) if rng.random() < 0.6 else rng.choice(SURNAMES).upper()
        pen.text(60, y + 8, phrase(rng, 1), 22)
        for k in range(max(n, len(t))):
            x = 330 + k * c
            if rng.random() < 2:
                pen.draw.rectangle((x, y, x + c, y + 1.5 * s), outline=col, width=2)
            if k < len(t):
                pen.text(x + c / 2, y + 0.75 * s, t[k], s, item=False, anchor="mm")
        pen.items.append("#" + t)
        y += 95
    return pen.done()


def calendar(rng: random.Random, face: Path) -> Drawing:
    """The days of a month."""
    pen = Pen((900, 760), face)
    pen.text(450, 30, rng.choice(("January", "March", "August")) + f" {rng.randint(1990, 2030)}", 36, anchor="ma")
    s = rng.choice((20, 26, 32))
    lines = rng.random() < 0.5
    off = rng.randint(0, 6)
    for c, d in enumerate("Mon Tue Wed Thu Fri Sat Sun".split()):
        pen.text(100 + c * 116, 110, d, 20, anchor="ma")
    for k in range(31):
        c, row = (k + off) % 7, (k + off) // 7
        x, y = 100 + c * 116, 160 + row * 96
        if lines:
            pen.draw.rectangle((x - 58, y - 12, x + 58, y + 84), outline=0, width=1)
        pen.text(x, y, str(k + 1), s, anchor="ma")
    return pen.done()


def heads(rng: random.Random, face: Path) -> Drawing:
    """A ruled table of short cells under heads on end."""
    pen = Pen((1100, 700), face)
    s = 22
    x0 = 320
    for c in range(6):
        t = phrase(rng, rng.randint(1, 2))
        f = pen.font(s)
        im = Image.new("RGB", (200, 32), (255, 255, 255))
        ImageDraw.Draw(im).text((4, 2), t[:18], (0, 0, 0), f)
        pen.image.paste(im.rotate(90, expand=True), (x0 + c * 120 + 30, 40))
        pen.items.append(t[:18])
        pen.draw.rectangle((x0 + c * 120, 30, x0 + c * 120 + 120, 250), outline=0, width=2)
    for row in range(6):
        y = 250 + row * 60
        pen.draw.rectangle((40, y, x0, y + 60), outline=0, width=2)
        pen.text(60, y + 16, phrase(rng, 2), s)
        for c in range(6):
            pen.draw.rectangle((x0 + c * 120, y, x0 + c * 120 + 120, y + 60), outline=0, width=2)
            pen.text(
                x0 + c * 120 + 60,
                y + 30,
                rng.choice((str(rng.randint(0, 9)), str(rng.randint(10, 999)), "yes", "no", "x", "-")),
                s,
                anchor="mm",
            )
    return pen.done()


def receipt(rng: random.Random, face: Path) -> Drawing:
    """A narrow receipt."""
    s = rng.choice((16, 18, 20))
    pen = Pen((340, 1000), face)
    y = 30
    pen.text(170, y, rng.choice(WORDS).upper() + " STORE", s + 6, anchor="ma")
    y += 50
    pen.text(170, y, f"Tel {rng.randint(100, 999)}-{rng.randint(1000, 9999)}", s, anchor="ma")
    y += 40
    for _ in range(rng.randint(6, 14)):
        pen.text(14, y, phrase(rng, rng.randint(1, 2))[:16].strip(), s)
        pen.text(326, y, f"{rng.randint(0, 99)}.{rng.randint(0, 99):02d}", s, anchor="ra")
        y += 1.4 * s
    y += 10
    pen.text(14, y, "TOTAL", s + 8)
    pen.text(326, y, money(rng), s + 8, anchor="ra")
    y += 60
    pen.text(170, y, "THANK YOU", s, anchor="ma")
    return pen.done()
