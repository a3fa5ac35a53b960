"""What the layouts of synthetic pages share: typefaces and sizes, words and numbers to print, prose in columns."""

from __future__ import annotations

import random
import string
from dataclasses import dataclass

import numpy as np

from ocr.train.synth.page_canvas import Canvas, Corpus, Face, Type, set_type

__all__ = ["Box", "Typesetter"]

Box = tuple[int, int, int, int]


@dataclass(slots=True)
class Typesetter:
    """Sets text on a page.

    Attributes:
        canvas: the page.
        rng: source of randomness.
        corpus: the texts.
        face: typeface of the text.
        bold: typeface of headings.
        size: of the text, in canvas pixels per em.
    """

    canvas: Canvas
    rng: random.Random
    corpus: Corpus
    face: Face
    bold: Face
    size: int

    def type(self, factor: float = 1.0, bold: bool = False) -> Type:
        """The page's typeface at ``factor`` times the size of its text."""
        return set_type(self.bold if bold else self.face, max(8, round(self.size * factor)))

    def margins(self) -> Box:
        """A random print area: left, top, right, bottom."""
        c, rng = self.canvas, self.rng
        return (int(c.width * rng.uniform(0.02, 0.1)), int(c.height * rng.uniform(0.02, 0.09)),
                int(c.width * rng.uniform(0.9, 0.98)), int(c.height * rng.uniform(0.92, 0.98)))  # fmt: skip

    def label(self) -> str:
        """One to four words, as in the labels of a form or in headings."""
        words = [self.rng.choice(self.corpus.words) for _ in range(self.rng.randint(1, 4))]
        case = self.rng.random()
        text = " ".join(words)
        text = text.upper() if case < 0.35 else text.title() if case < 0.7 else text
        return text + self.rng.choice(("", "", ":", ":", ".", " :"))

    def value(self) -> str:
        """A number, price, date, code or telephone number."""
        r, n = self.rng, self.rng.randint(0, 99999)
        code = "".join(r.choices(string.ascii_uppercase + string.digits, k=r.randint(3, 14)))
        forms = [str(n % 100), str(n % 10), str(n % 10), str(n % 10), "-", "*", "0.00", f"{n / 100:.2f}"]
        forms += [f"${n / 100:,.2f}", f"{n:,}", f"({n % 1000})", f"{n % 100}%", f"RM {n / 100:.2f}", f"-{n / 1000:.3f}"]
        forms += [f"{n % 28 + 1:02d}/{n % 12 + 1:02d}/{1950 + n % 80}", f"{n % 24:02d}:{n % 60:02d}"]
        forms += [f"{r.choice('ABCDEFGHKLMNPRST')}{n}-{n % 97:02d}", f"+{n % 90} {n % 1000} {n * 7 % 9999}", code]
        return r.choice(forms)

    def numbering(self) -> str:
        """The number before a heading, or an empty string."""
        r = self.rng
        if self.face.han:
            n = r.choice("一一一二三四五六七八九十")
            return r.choice(
                ("", f"{n}、", f"（{n}）", f"第{n}章 ", f"第{n}节 ", f"{r.randint(1, 9)}.{r.randint(1, 9)} ")
            )
        return r.choice(("", "1. ", "2.3 ", "A. "))

    def folio(self) -> str:
        """A page number as printed at the foot of a page."""
        r = self.rng
        number = str(r.randint(1, r.choice((9, 99, 400))))
        roman = r.choice(("i", "ii", "iv", "v", "vi", "ix", "x", "xii", "xiv"))
        forms = (number, number, "- {} -", "-{}-", "Page {}", "3-{}", roman, "-{}-".replace("{}", roman))
        return r.choice(forms).format(number)

    def fit(self, text: str, kind: Type, width: float) -> str:
        """As many of the first words of ``text`` as fit into ``width``."""
        while text and kind.font.getlength(text) > width:
            text = text.rpartition(" ")[0]
        return text

    def lettering(self, left: float, top: float, right: float, bottom: float) -> None:
        """Print a short label on white at a random place in an illustration, if it overlaps no other line."""
        kind = self.type(self.rng.uniform(0.7, 1.0))
        text = self.value() if self.rng.random() < 0.6 else self.rng.choice(self.corpus.words)
        wide = kind.font.getlength(text) + kind.height * 0.6
        if wide > right - left or kind.height * 1.4 > bottom - top:
            return
        x, y = self.rng.uniform(left, right - wide), self.rng.uniform(top, bottom - kind.height * 1.4)
        room = np.array([(x - kind.height, y - kind.height), (x + wide + kind.height, y + kind.height * 2.4)])
        if any((q.max(0) > room[0]).all() and (q.min(0) < room[1]).all() for q in self.canvas.lines):
            return
        self.canvas.draw.rectangle((x, y, x + wide, y + kind.height * 1.2), 255)
        self.canvas.text(x + kind.height * 0.3, y + kind.height * 0.1 + kind.rise, text, kind)

    def flow(self, box: Box, kind: Type, leading: float, align: str, stop: float = 1e9) -> float:
        """Set paragraphs of prose into ``box``, at most ``stop`` pixels down. Returns the next line's baseline (y)."""
        left, top, right, bottom = box
        y, step, width = top + kind.rise, kind.height * leading, right - left
        end = min(bottom - kind.drop, top + stop)
        ragged, typed = self.rng.random() < 0.3, self.face.mono and self.rng.random() < 0.7
        solid = self.face.han and self.rng.random() < 0.85  # Chinese: no spaces, lines break anywhere
        blank = "" if solid else " "
        space = kind.font.getlength(blank)
        while y < end:
            words = self.corpus.prose(self.rng, self.rng.choice((6, 20, 40, 80, 120)))
            if solid:
                words = list("".join(words))
            if typed:  # two spaces after a full stop
                words = [w + " " if w.endswith(".") else w for w in words]
            indent = kind.space * self.rng.choice((0, 0, 4, 6))
            while words and y < end:
                room, taken, used = width - indent, 0, 0.0
                while taken < len(words):
                    used += kind.font.getlength(words[taken]) + space
                    if used - space > room:
                        break
                    taken += 1
                if taken == 0:
                    words.pop(0)
                    continue
                line, words = words[:taken], words[taken:]
                if align == "justify" and words and not solid:
                    self.canvas.row(left + indent, y, line, kind, room)
                else:
                    text = blank.join(line)
                    slack = room - kind.font.getlength(text)
                    shift = slack / 2 if align == "center" else slack if align == "right" else 0
                    self.canvas.text(left + indent + max(0.0, shift), y, text, kind)
                y += step
                indent = 0.0 if not ragged else kind.space * 3
            y += step * self.rng.choice((0, 0, 0.4, 1))
        return y
