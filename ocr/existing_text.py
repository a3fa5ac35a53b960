"""Pages that bring their text along: what is kept of it, what is read anew, and how the two become one page.

``skip`` keeps all text. ``redo`` drops the invisible layer of an OCR program and reads the page again. ``force`` drops
all text. In the first two, text that is drawn to be seen is kept, and pictures on the page that have no text of their
own are read. Text whose font does not say what its characters mean counts as none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ocr.document import Line, Page, PageError, Quad, Step, StepName
from ocr.geometry import invert
from ocr.layout import lay_out, page_text
from ocr.recognize.which_language import language_of
from ocr.source.page import PageImage, Source, TextLayer

__all__ = ["Existing", "existing", "read_around"]

ON_TEXT = 0.3
"""A line read from a picture is dropped if this share of it lies on text that is kept."""

SAME = 0.5
"""What is read from a picture is the invisible text beside it if a greater share of its words is in there."""

MARGIN = 0.15
"""Text that is kept is painted over, with this share of its height around it, before a picture is read."""


@dataclass(frozen=True, slots=True)
class Existing:
    """What becomes of the text that one page brings along.

    Attributes:
        layer: the text.
        kept: lines that stay, in pixels of the page image.
        fields: lines of form fields, which stay as well: the fields show them over whatever the page is.
        astray: words of the invisible text that stays which lie on no picture, though there is no other.
        pictures: the boxes that are read; empty: none of the page is, unless ``whole``.
        whole: all of the page is read.
        dropped: ``hidden`` text, ``all`` text, or only what is ``sizeless`` is removed from the PDF; empty: nothing is.
        warnings: what the user should know.
    """

    layer: TextLayer
    kept: tuple[Line, ...]
    pictures: tuple[Quad, ...]
    whole: bool
    dropped: str = ""
    warnings: tuple[str, ...] = ()
    fields: tuple[Line, ...] = ()
    astray: frozenset[str] = frozenset()

    @property
    def lines(self) -> tuple[Line, ...]:
        """All lines that stay."""
        return (*self.kept, *self.fields)

    @property
    def complete(self) -> bool:
        """Whether nothing has to be read."""
        return not self.whole and not self.pictures

    @property
    def steps(self) -> tuple[Step, ...]:
        """The decision, for the page; none where there was no text."""
        if not self.kept and not self.dropped:
            return ()
        return (Step(StepName.TEXT_LAYER, {"kept": len(self.kept), "removed": self.dropped or "none"}),)

    def page(self, number: int) -> Page:
        """The page without reading any of it."""
        layer = self.layer
        blocks = lay_out(self.lines, layer.width, layer.height)
        text = page_text(blocks)
        return Page(
            number, layer.width, layer.height, layer.dpi, blocks, steps=self.steps, text=text,
            language=language_of(text, "latin"), matrix=layer.matrix, warnings=(*layer.warnings, *self.warnings),
            error=PageError(layer.damage, "InputError", StepName.DECODE, number) if layer.damage else None,
        )  # fmt: skip

    def to_read(self, image: PageImage) -> PageImage:
        """The page image with the kept text painted over, and all but the pictures where only they are read."""
        if not self.lines:
            return image
        pixels = image.pixels.copy()
        for line in self.lines:
            for box in [word.box for word in line.words] or [line.box]:
                _paint_over(pixels, box)
        if not self.whole:
            outside = np.full(pixels.shape[:2], True)
            for picture in self.pictures:
                left, top, right, bottom = (max(0, round(v)) for v in picture.hull)
                outside[top:bottom, left:right] = False
            pixels[outside] = 255
        return replace(image, pixels=pixels)

    def completed(self, page: Page) -> Page:
        """A page that was read, with the lines that were kept."""
        if not self.lines:
            return replace(page, steps=(*page.steps, *self.steps), warnings=(*page.warnings, *self.warnings))
        boxes = [word.box.hull for line in self.lines for word in line.words]
        new = [line for line in page.lines if not _lies_on(line.box.hull, boxes)]
        if _is_among(new, self.astray):
            new = []
        blocks = lay_out([*self.lines, *new], page.width, page.height)
        text = page_text(blocks)
        return replace(
            page, blocks=blocks, text=text, language=language_of(text, "latin") or page.language,
            steps=(*page.steps, *self.steps), warnings=(*page.warnings, *self.warnings),
        )  # fmt: skip


def read_around(source: Source, number: int, mode: str, read: Callable[[PageImage], Page]) -> Page:
    """A page of a source: its own text where that is kept, the rest read.

    Args:
        source: that has the page.
        number: of the page, from 1.
        mode: ``skip``, ``redo`` or ``force``.
        read: reads a page image.

    Raises:
        InputError: the page is damaged.
    """
    own = existing(source.text(number), mode, f"{source.name}: page {number}")
    return own.page(number) if own.complete else own.completed(read(own.to_read(source.page(number))))


def existing(layer: TextLayer, mode: str, name: str) -> Existing:
    """Decide what becomes of the text that a page brings along.

    Args:
        layer: that text.
        mode: ``skip``, ``redo`` or ``force``.
        name: of the file and the page, for warnings.
    """
    if layer.blank:
        return Existing(layer, (), (), False)
    has_hidden, has_visible = bool(layer.hidden or layer.hidden_garbled), bool(layer.visible or layer.visible_garbled)
    rest = "sizeless" if layer.sizeless else ""
    back = invert(layer.matrix)
    fields = tuple(line.transformed(back) for line in layer.fields)
    if mode == "force":
        return Existing(layer, (), (), True, "all" if has_visible else "hidden" if has_hidden else rest, fields=fields)
    warnings = []
    if layer.visible_garbled:
        warnings.append(
            f"{name}: the font of its text does not say what the characters mean, so the page was read as a picture; "
            "in a PDF the meaningless text stays beside ours unless you give --mode force"
        )
    if layer.hidden_garbled:
        warnings.append(
            f"{name}: its invisible text has no meaning (characters without Unicode values); it is replaced"
        )
    drop = "hidden" if has_hidden and (mode == "redo" or layer.hidden_garbled) else ""
    hidden = () if drop else layer.hidden
    kept = tuple(line.transformed(back) for line in (*layer.visible, *hidden))
    if not kept or layer.visible_garbled:
        if rest and not has_hidden:
            warnings.append(
                f"{name}: its invisible text has no size, so it can be neither seen nor marked; it is replaced"
            )
        return Existing(layer, kept, (), True, drop or rest, tuple(warnings), fields)
    words = [word.box.transformed(back).center for line in hidden for word in line.words]
    pictures = tuple(
        box for box in (picture.transformed(back) for picture in layer.pictures) if not _any_inside(words, box)
    )
    astray = frozenset() if len(pictures) < len(layer.pictures) else frozenset(_words(hidden))
    drop = drop or (rest if pictures or mode == "redo" else "")
    return Existing(layer, kept, pictures, False, drop, tuple(warnings), fields, astray)


def _words(lines: Iterable[Line]) -> Iterator[str]:
    """Words for comparison: letters and digits alone, lower case."""
    for word in " ".join(line.text for line in lines).lower().split():
        if letters := "".join(char for char in word if char.isalnum()):
            yield letters


def _is_among(lines: Iterable[Line], known: frozenset[str]) -> bool:
    """Whether most words of some lines are among the known ones."""
    words = list(_words(lines))
    return bool(words and known) and sum(word in known for word in words) > SAME * len(words)


def _any_inside(points: list[tuple[float, float]], box: Quad) -> bool:
    left, top, right, bottom = box.hull
    return any(left <= x <= right and top <= y <= bottom for x, y in points)


def _paint_over(pixels: NDArray[np.uint8], box: Quad) -> None:
    """Fill a box with the median tone around it."""
    left, top, right, bottom = box.hull
    pad = MARGIN * (bottom - top)
    height, width = pixels.shape[:2]
    x0, x1 = max(0, int(left - pad)), min(width, int(right + pad) + 1)
    y0, y1 = max(0, int(top - pad)), min(height, int(bottom + pad) + 1)
    if x0 >= x1 or y0 >= y1:
        return
    frame = [pixels[y0, x0:x1], pixels[y1 - 1, x0:x1], pixels[y0:y1, x0], pixels[y0:y1, x1 - 1]]
    pixels[y0:y1, x0:x1] = np.median(np.concatenate(frame), axis=0).astype(np.uint8)


def _lies_on(hull: tuple[float, float, float, float], boxes: list[tuple[float, float, float, float]]) -> bool:
    """Whether a box lies on some of the others by more than the share that is an accident."""
    left, top, right, bottom = hull
    covered = sum(
        max(0.0, min(right, x1) - max(left, x0)) * max(0.0, min(bottom, y1) - max(top, y0)) for x0, y0, x1, y1 in boxes
    )
    return covered > ON_TEXT * (right - left) * (bottom - top)
