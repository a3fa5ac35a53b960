"""Characters of a PDF page, and those of right-to-left scripts in the order in which they are read.

PDFium takes Hebrew and Arabic to be drawn as they are seen and turns each stretch around. Three kinds of text come out
backwards for that: characters that a program placed one by one from right to left; words whose ``ActualText`` says what
they mean; and layers that programs without knowledge of such scripts wrote, whose first letter stands at the left. The
first two are told by their places. The last is told by letters: Hebrew has final forms, Arabic letters and an article
that stand at one end of a word alone.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from ocr.document import Matrix
from ocr.source.pdf_plan import Box

__all__ = ["Glyph", "in_reading_order", "is_left_to_right", "is_right_to_left", "is_sizeless", "stretches"]

NOTHING, UNMARKED = 1e-5, 0.01
"""Points. Text that is lower or narrower has no size, but for rounding; nor has invisible text that no pointer hits."""
FILLED, INVISIBLE = 0, 3
"""Text rendering modes (ISO 32000-1, 9.3.6)."""

MARKS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c")
"""Signs that say in which direction text runs."""
LAST = frozenset("ךםןףץةىےں")
"""Letters that end a word: Hebrew final forms, teh marbuta, alef maksura, Urdu's yeh barree and noon ghunna."""
NOT_LAST = frozenset("כמנצ")
"""Letters that have another form at the end of a word."""
ARTICLE = "ال"
ENOUGH, CLEAR = 2, 3
"""Text is backwards if this many words say so, and this many times as many as say the contrary."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character; a space or the end of a line has no place.

    Attributes:
        text: the character.
        box: where it is, in points.
        angle: of its baseline in degrees, counter-clockwise.
        size: of its font in points.
        hidden: it is not to be seen.
        known: it has a meaning in Unicode; a space: the file has it, PDFium did not add it.
        item: the text object that it belongs to, as a number.
    """

    text: str
    box: Box = (0.0, 0.0, 0.0, 0.0)
    angle: float = 0.0
    size: float = 0.0
    hidden: bool = False
    known: bool = True
    item: int = 0

    @property
    def blank(self) -> bool:
        """Whether it is a space or the end of a line."""
        return not self.text.strip()

    def along(self) -> tuple[float, float, float, float]:
        """Start and end along its line, bottom and top across it."""
        cos, sin = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        left, bottom, right, top = self.box
        if abs(sin) > 1e-6 and abs(cos) > 1e-6:  # its upright box is larger than itself: shrink it to its size
            x, y = (left + right) / 2, (bottom + top) / 2
            start, across = x * cos + y * sin, y * cos - x * sin
            width = max(0.2 * self.size, ((right - left) - self.size * abs(sin)) / max(abs(cos), 0.1))
            return start - width / 2, start + width / 2, across - self.size / 2, across + self.size / 2
        corners = [(left, bottom), (right, bottom), (right, top), (left, top)]
        us, vs = [x * cos + y * sin for x, y in corners], [y * cos - x * sin for x, y in corners]
        return min(us), max(us), min(vs), max(vs)


def is_sizeless(matrix: Matrix, size: float, mode: int) -> bool:
    """Whether text can be neither seen nor marked, because its font size or its matrix is zero.

    Text that is drawn and has one dimension alone may show as a hairline, and so has a size; so has text that is
    stroked or clips.

    Args:
        matrix: of the text, in user space.
        size: of the font.
        mode: text rendering mode.
    """
    a, b, c, d = (value * size for value in matrix[:4])
    width, height = math.hypot(a, b), math.hypot(c, d)
    if mode == FILLED:
        return max(width, height) < NOTHING
    across = abs(a * d - b * c) / width if width else 0.0
    return mode == INVISIBLE and min(width, across) < UNMARKED


def is_right_to_left(text: str) -> bool:
    """Whether a character belongs to a script that is written from right to left."""
    return any(unicodedata.bidirectional(char) in ("R", "AL") for char in text)


def is_left_to_right(text: str) -> bool:
    """Whether a character runs from left to right among right-to-left ones, too: letters, digits, signs of numbers."""
    return unicodedata.bidirectional(text[:1]) in ("L", "EN", "AN", "ES", "CS", "ET")


def in_reading_order(glyphs: Iterable[Glyph]) -> list[Glyph]:
    """The characters of a layer, with those of right-to-left scripts in the order in which they are read."""
    glyphs = list(glyphs)
    if not any(is_right_to_left(glyph.text) for glyph in glyphs):
        return glyphs
    lines = [list(line) for _, line in groupby(glyphs, key=lambda glyph: glyph.text == "\n")]
    lines = [_from_the_right(line) for line in lines]
    if _is_backwards(lines):
        lines = [_turned(line) for line in lines]
    return [glyph for line in lines for glyph in line]


def stretches(glyphs: Sequence[Glyph]) -> dict[int, Glyph]:
    """The numbers and Latin words among right-to-left letters, each as one character.

    Their first character is not what is next to the letters before them.

    Returns:
        For the index of each of their characters, all of them.
    """
    found: dict[int, Glyph] = {}
    if not any(is_right_to_left(glyph.text) for glyph in glyphs):
        return found
    for _, part in groupby(range(len(glyphs)), key=lambda n: glyphs[n].text == "\n"):
        line = [n for n in part if not glyphs[n].blank]
        stretch: list[int] = []
        for n in line if any(is_right_to_left(glyphs[n].text) for n in line) else ():
            if stretch and not _is_one(glyphs[stretch[-1]], glyphs[n]):
                found |= dict.fromkeys(stretch, _whole([glyphs[k] for k in stretch]))
                stretch = []
            if is_left_to_right(glyphs[n].text):
                stretch.append(n)
        found |= dict.fromkeys(stretch, _whole([glyphs[k] for k in stretch])) if stretch else {}
    return found


def _is_one(last: Glyph, glyph: Glyph) -> bool:
    return is_left_to_right(glyph.text) and _goes_right(last, glyph)


def _whole(stretch: list[Glyph]) -> Glyph:
    """Some characters as one."""
    boxes = [glyph.box for glyph in stretch]
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    box = min(lefts), min(bottoms), max(rights), max(tops)
    return replace(stretch[0], text="".join(glyph.text for glyph in stretch), box=box)


def _from_the_right(line: list[Glyph]) -> list[Glyph]:
    """A line with each stretch that runs to the right, and has right-to-left letters, the other way round."""
    result: list[Glyph] = []
    for stretch in _cut(line, _goes_right):
        for _, part in groupby(stretch, key=lambda glyph: unicodedata.bidirectional(glyph.text[:1]) == "L"):
            glyphs = list(part)
            letters = [k for k, glyph in enumerate(glyphs) if is_right_to_left(glyph.text)]
            if len(letters) > 1:  # they go to the right, as all of the stretch does
                first, end = letters[0], letters[-1] + 1
                glyphs[first:end] = _reversed(glyphs[first:end])
            result += glyphs
    return result


def _goes_right(last: Glyph, glyph: Glyph) -> bool:
    """Whether a character follows another to the right, as part of one stretch."""
    return glyph.along()[0] > last.along()[0]


def _turned(line: list[Glyph]) -> list[Glyph]:
    """A line with each text object in which there are right-to-left letters read from its other end."""
    result: list[Glyph] = []
    for stretch in _cut(line, lambda last, glyph: last.item == glyph.item):
        if any(is_right_to_left(glyph.text) for glyph in stretch):
            boxes = [glyph.box for glyph in stretch if not glyph.blank]
            across = min(box[0] for box in boxes) + max(box[2] for box in boxes)
            result += _reversed([_mirrored(glyph, across) for glyph in stretch])
        else:
            result += stretch
    return result


def _mirrored(glyph: Glyph, across: float) -> Glyph:
    if glyph.blank or glyph.angle % 180:
        return glyph
    left, bottom, right, top = glyph.box
    return replace(glyph, box=(across - right, bottom, across - left, top))


def _cut(line: list[Glyph], joined: Callable[[Glyph, Glyph], bool]) -> Iterator[list[Glyph]]:
    """The line in stretches whose neighbours belong together; spaces go with what is before them."""
    stretch: list[Glyph] = []
    last: Glyph | None = None
    for glyph in line:
        if not glyph.blank:
            if last is not None and not joined(last, glyph):
                spaces = len(stretch) - len("".join(g.text for g in stretch).rstrip())
                yield stretch[: len(stretch) - spaces]
                yield stretch[len(stretch) - spaces :]
                stretch = []
            last = glyph
        stretch.append(glyph)
    if stretch:
        yield stretch


def _reversed(stretch: list[Glyph]) -> list[Glyph]:
    """A stretch the other way round, but for the numbers and the words from left to right in it."""
    parts = [list(part) for _, part in groupby(stretch, key=_goes_left_to_right)]
    return [g for part in reversed(parts) for g in (part if _goes_left_to_right(part[0]) else reversed(part))]


def _goes_left_to_right(glyph: Glyph) -> bool:
    return is_left_to_right(glyph.text)


def _is_backwards(lines: list[list[Glyph]]) -> bool:
    """Whether the words of a layer begin with the letters that words end with."""
    text = "".join(glyph.text for line in lines for glyph in (*line, Glyph(" ")))
    words = [word for word in unicodedata.normalize("NFKC", text).split() if len(word) > 1]
    words = [word for word in words if is_right_to_left(word[0]) and is_right_to_left(word[-1])]
    forwards = sum(_ends(word) for word in words)
    backwards = sum(_ends(word[::-1]) for word in words)
    return backwards >= ENOUGH and backwards >= CLEAR * forwards


def _ends(word: str) -> bool:
    """Whether a word begins or ends as only words that are in order do."""
    ends = word[-1] in LAST and word[0] not in LAST
    return ends or word[0] in NOT_LAST or (word.startswith(ARTICLE) and len(word) > len(ARTICLE) + 1)
