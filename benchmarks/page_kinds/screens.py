"""Posters, slides, cards, user interfaces, photographs and charts."""

from __future__ import annotations

import random
from pathlib import Path

import cv2
import numpy as np
from pen import NAMES, SURNAMES, WORDS, Drawing, Pen, date, money, phrase
from PIL import Image, ImageDraw


def fit(pen: Pen, t: str, size: int, width: float) -> int:
    """The largest size, up to one, at which a text is no wider than some pixels."""
    while pen.font(size).getlength(t) > width:
        size -= 2
    return size


def poster(rng: random.Random, face: Path) -> Drawing:
    """Words up to a fifth of the page high, small lines below, on a coloured ground."""
    g = rng.choice(((250, 220, 60), (20, 40, 90), (200, 30, 40), (245, 245, 240), (30, 120, 80), (10, 10, 10)))
    ink = (255, 255, 255) if sum(g) < 400 else (10, 10, 10)
    pen = Pen((1200, 1700), face, g)
    y = 120
    for _ in range(rng.randint(1, 3)):
        t = rng.choice(WORDS).upper()
        s = fit(pen, t, rng.randint(120, 320), 1050)
        pen.text(600, y, t, s, ink, anchor="ma")
        y += 1.15 * s
    y += 60
    s = rng.randint(36, 60)
    for _ in range(2):
        t = phrase(rng, 3)
        pen.text(600, y, t, s, ink, anchor="ma")
        y += 1.6 * s
    y += 100
    s = rng.randint(18, 26)
    for _ in range(3):
        t = phrase(rng, 5)
        pen.text(600, y, t, s, ink, anchor="ma")
        y += 1.6 * s
    pen.text(600, 1620, f"{date(rng)} at {rng.randint(10, 22)}:30", rng.choice((20, 28)), ink, anchor="ma")
    return pen.done()


def slide(rng: random.Random, face: Path) -> Drawing:
    """A title on a coloured band, bullets, a grey footer of 13 pixels."""
    pen = Pen((1280, 720), face, rng.choice(((255, 255, 255), (245, 245, 250), (25, 30, 45))))
    dark = pen.image.getpixel((0, 0))[0] < 100
    ink = (235, 235, 235) if dark else (30, 30, 30)
    band = rng.choice(((0, 84, 147), (180, 40, 30), (60, 60, 60), (0, 120, 90)))
    pen.draw.rectangle((0, 0, 1280, 110), fill=band)
    pen.text(50, 25, phrase(rng, 3), rng.choice((40, 48, 56)), (255, 255, 255))
    y = 170
    for _ in range(rng.randint(3, 5)):
        s = rng.choice((26, 30))
        pen.draw.ellipse((60, y + s * 0.4, 60 + s * 0.35, y + s * 0.75), fill=ink)
        pen.text(90, y, phrase(rng, 5), s, ink)
        y += 2 * s
        if rng.random() < 0.5:
            pen.text(130, y - 8, phrase(rng, 4), round(s * 0.75), ink)
            y += 1.4 * s
    pen.text(50, 690, phrase(rng, 3), 13, (130, 130, 130))
    pen.text(1240, 690, str(rng.randint(2, 60)), 13, (130, 130, 130), anchor="ra")
    return pen.done()


def card(rng: random.Random, face: Path) -> Drawing:
    """A business card."""
    g = rng.choice(((255, 255, 255), (240, 235, 225), (30, 40, 60)))
    ink = (240, 240, 240) if g[0] < 100 else (20, 20, 20)
    pen = Pen((1004, 590), face, g)
    pen.text(80, 90, f"{rng.choice(NAMES)} {rng.choice(SURNAMES)}", rng.randint(44, 64), ink)
    pen.text(80, 170, phrase(rng, 2), 26, ink)
    y = 350
    for t in (
        f"+44 20 {rng.randint(1000, 9999)} {rng.randint(1000, 9999)}",
        f"{rng.choice(NAMES).lower()}@{rng.choice(WORDS)}.example",
        f"www.{rng.choice(WORDS)}-{rng.choice(WORDS)}.example",
        f"{rng.randint(1, 99)} {rng.choice(WORDS).title()} Street, {rng.choice(SURNAMES)}",
    ):
        pen.text(80, y, t, 22, ink)
        y += 38
    pen.text(924, 90, rng.choice(WORDS).upper(), rng.choice((30, 40)), (190, 60, 40), anchor="ra")
    return pen.done()


def screen(rng: random.Random, face: Path, dark: bool = True) -> Drawing:
    """A dark user interface: a menu, badges, a table, coloured buttons."""
    bg = (30, 31, 34) if dark else (250, 250, 250)
    side = (43, 45, 48) if dark else (235, 236, 240)
    ink = (220, 220, 220) if dark else (30, 30, 30)
    dim = (150, 150, 155) if dark else (110, 110, 115)
    pen = Pen((1280, 800), face, bg)
    pen.draw.rectangle((0, 0, 220, 800), fill=side)
    pen.draw.rectangle((0, 0, 1280, 44), fill=(20, 20, 22) if dark else (220, 222, 228))
    x = 16
    for t in rng.sample(("File", "Edit", "View", "Insert", "Format", "Tools", "Help"), 5):
        x += pen.text(x, 14, t, 13, ink) + 18
    y = 60
    for _ in range(10):
        pen.text(24, y, rng.choice(WORDS).title(), 13, ink)
        if rng.random() < 0.4:
            pen.draw.rounded_rectangle((176, y - 1, 206, y + 17), 8, fill=(200, 50, 50))
            pen.text(191, y + 8, str(rng.randint(1, 99)), 11, (255, 255, 255), anchor="mm")
        y += 32
    pen.text(250, 64, phrase(rng, 3), 22, ink)
    y = 110
    for _ in range(6):
        pen.text(250, y, phrase(rng, 8), 14, ink)
        y += 22
    y += 10
    for k in range(4):
        for c, t in enumerate((phrase(rng, 2), date(rng), money(rng), rng.choice(("Open", "Done", "Late")))):
            pen.text(250 + c * 220, y, t, 13, dim if k == 0 else ink)
        y += 28
    x = 250
    for col, t in (
        ((0, 120, 212), "Save changes"),
        ((200, 45, 45), "Delete"),
        ((90, 90, 95), "Cancel"),
        ((20, 140, 70), "Apply"),
    ):
        w = pen.font(14).getlength(t) + 36
        pen.draw.rounded_rectangle((x, y + 20, x + w, y + 54), 5, fill=col)
        pen.text(x + w / 2, y + 37, t, 14, (255, 255, 255), anchor="mm")
        x += w + 20
    pen.text(250, 775, f"Line {rng.randint(1, 900)}, column {rng.randint(1, 80)}", 11, dim)
    pen.text(1264, 775, f"{rng.randint(1, 23)}:{rng.randint(10, 59)}", 11, dim, anchor="ra")
    return pen.done()


def light(rng: random.Random, face: Path) -> Drawing:
    """The same on white."""
    return screen(rng, face, False)


def onphoto(rng: random.Random, face: Path) -> Drawing:
    """White text on a photograph."""
    noise = np.random.default_rng(rng.randint(0, 1 << 30))
    im = np.zeros((800, 1200, 3), np.float32)
    for k in (4, 8, 16, 40):
        im += cv2.resize(
            noise.random((k, k * 3 // 2, 3)).astype(np.float32), (1200, 800), interpolation=cv2.INTER_CUBIC
        ) * (40 if k < 20 else 18)
    im += noise.normal(0, 4, im.shape)
    im = np.clip(im + rng.randint(-10, 30), 0, 190).astype(np.uint8)
    pen = Pen((1200, 800), face)
    pen.image = Image.fromarray(im)
    pen.draw = ImageDraw.Draw(pen.image)
    y = rng.randint(60, 200)
    pen.text(70, y, phrase(rng, 2), rng.choice((60, 80)), (255, 255, 255))
    y += 120
    for _ in range(3):
        pen.text(70, y, phrase(rng, 4), rng.choice((28, 34)), (255, 255, 255))
        y += 56
    pen.text(1160, 760, f"Photo: {rng.choice(NAMES)} {rng.choice(SURNAMES)}", 16, (255, 255, 255), anchor="ra")
    return pen.done()


def chart(rng: random.Random, face: Path) -> Drawing:
    """A bar chart with an axis title on end."""
    pen = Pen((1000, 700), face)
    pen.text(500, 20, phrase(rng, 3), 26, anchor="ma")
    pen.draw.rectangle((120, 80, 960, 580), outline=0, width=2)
    for k in range(6):
        y = 580 - k * 100
        pen.draw.line((112, y, 120, y), 0, 2)
        pen.text(106, y, str(k * rng.choice((1, 5, 20))), 18, anchor="rm")
    for k in range(8):
        x = 160 + k * 105
        pen.text(
            x, 590, str(2010 + k) if rng.random() < 0.5 else rng.choice(("Jan", "Feb", "Mar", "Apr")), 18, anchor="ma"
        )
        h = rng.randint(40, 460)
        pen.draw.rectangle(
            (x - 30, 580 - h, x + 30, 580), fill=rng.choice(((70, 130, 180), (220, 120, 60), (90, 160, 90)))
        )
        pen.text(x, 575 - h, str(rng.randint(1, 99)), 16, anchor="ms")
    t = phrase(rng, 2)
    im = Image.new("RGB", (420, 36), (255, 255, 255))
    d = ImageDraw.Draw(im)
    d.text((210, 4), t, (0, 0, 0), pen.font(22), anchor="ma")
    pen.image.paste(im.rotate(90, expand=True), (30, 120))
    pen.items.append(t)
    pen.text(540, 640, phrase(rng, 2), 22, anchor="ma")
    return pen.done()
