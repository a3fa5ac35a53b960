"""Reads the lines of an upright page: completes what was detected, crops, recognises, and tells what is text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from statistics import median

import numpy as np
from numpy.typing import NDArray

from ocr.accented_lines import with_accents
from ocr.detect import Detector, Region, shown_quads
from ocr.detect.combs import comb_picture, combs_of
from ocr.detect.cut_off import with_whole_letters
from ocr.detect.grid import RuledPage, ruled_page
from ocr.detect.leading_dot import dot_before
from ocr.detect.leftover import covered, settled
from ocr.detect.lone import with_lone_marks
from ocr.detect.marks import grey_of
from ocr.detect.minus import with_minus
from ocr.detect.tick_boxes import with_tick_boxes
from ocr.detect.ticks import is_tick
from ocr.document import Quad
from ocr.geometry import crop_line, grow, invert, multiply
from ocr.languages import languages
from ocr.layout.baselines import measured_baseline
from ocr.layout.combs import in_boxes
from ocr.options import Options
from ocr.page.inks import black_alone, both_in, colour_alone, coloured_marks
from ocr.page.orient import Orienter
from ocr.page.upright import Upright, stand_up
from ocr.read_page import LEGIBLE, POOR, FoundLine, ReadPage
from ocr.recognize import Glyph, LineRecognizer, Reading, known
from ocr.recognize.plausible import plausible
from ocr.recognize.reread import reread
from ocr.recognize.show_through import back_contrast, from_the_back
from ocr.recognize.struck import read_unstruck
from ocr.recognize.tesseract import TesseractFallback
from ocr.stamped_lines import not_yet_read
from ocr.steps import Clock, StepName
from ocr.token_lines import LIKELY, holds, is_short, with_short_tokens
from ocr.transcribe import transcribe
from ocr.transcribe.lone_digits import RINGS, beside_numbers, is_number, kept_among_numbers, lone_digits
from ocr.transcribe.lone_letters import ALIKE, sized_letter
from ocr.transcribe.signed import signed_number
from ocr.turned_lines import tokens_on_end, turned_about, words_on_end

__all__ = ["LineReader"]

SURER_WHOLE = 0.2
"""By how much a line has to be read more surely with all of its letters to be taken so."""
SURELY, HARDLY = 0.85, 0.3
"""Least confidence that it then has; and greatest one of a first reading that differs by more than case."""
ROOM = 0.12
"""Its picture then has so much more room above and below, in heights."""
LETTERS, MOST_MARKS = 3, 400
"""Least and greatest number of marks of coloured ink that may be a stamp."""
SURE_LINE = 0.94
"""Lines that coloured ink may run over are read again below this confidence."""
TICK = frozenset(".,-–—")
"""What the tick of an axis is read as."""
DOTTED = 0.85
"""Greatest confidence of a line before which a dot is seen that was not read."""
DIGIT = 0.85
"""Confidence that a ring or a stroke among numbers is a digit."""
NEAREST = 5
"""Number of lines that show how large a lone letter is."""


def _without_ticks(pixels: NDArray[np.uint8], found: Sequence[FoundLine]) -> Iterator[tuple[int, FoundLine]]:
    """Numbers after which the tick of an axis was read as a sign, without it, with their index."""
    for i, each in enumerate(found):
        glyphs = each.reading.glyphs
        number = each.reading.text[:-1].strip()
        ends = len(glyphs) > 1 and glyphs[-1].text in TICK and (number.isdigit() or number in RINGS)
        if ends and is_tick(pixels, each.shown, glyphs[-1].start):
            rest = tuple(glyphs[:-2] if glyphs[-2].text == " " else glyphs[:-1])
            yield i, replace(each, reading=replace(each.reading, glyphs=rest))


def _with_leading_dots(found: Sequence[FoundLine]) -> Iterator[tuple[int, FoundLine]]:
    """Lines with the full stop directly before them that was not read, with their index."""
    for i, each in enumerate(found):
        reading = each.reading
        if reading.text[:1].isalnum() and dot_before(each.picture):
            glyphs = (Glyph(".", 0.0, reading.glyphs[0].start, DOTTED), *reading.glyphs)
            yield i, replace(each, reading=replace(reading, glyphs=glyphs, confidence=min(reading.confidence, DOTTED)))


def _as_digit(found: FoundLine, digit: str) -> FoundLine:
    """A line that is one character as that digit."""
    glyphs = tuple(replace(glyph, text=digit) for glyph in found.reading.glyphs if glyph.text.strip())
    sure = max(DIGIT, found.reading.confidence)
    return replace(found, reading=replace(found.reading, glyphs=glyphs, confidence=sure))


class LineReader:
    """Reads the lines of pages.

    Args:
        detector: finds lines of coloured ink.
        recognizer: of the language.
        orienter: tells lines that are upside down; None reads lines as they lie.
        fallback: reads doubtful lines once more.
        options: of the reader.
    """

    def __init__(
        self,
        detector: Detector,
        recognizer: LineRecognizer,
        orienter: Orienter | None,
        fallback: TesseractFallback,
        options: Options,
    ) -> None:
        self._detector = detector
        self._recognizer, self._orienter, self._fallback, self._options = recognizer, orienter, fallback, options
        self._margin = float(getattr(recognizer, "margin", 0.0))  # around a line, in heights of it

    def __call__(self, page: Upright, clock: Clock, decoded: NDArray[np.uint8] | None = None) -> ReadPage:
        """The lines of an upright page; ``decoded`` is the same one before it was cleaned, if it was."""
        clock.start(StepName.RECOGNISE)
        ruled = ruled_page(page.pixels, page.regions)
        whole, missed = ruled.completed(page.regions)
        lone = with_lone_marks(page.pixels, [*whole, *missed])
        regions = with_tick_boxes(ruled, lone.regions, lambda quads: self._glance(page.pixels, quads))
        found = self._without_combs(page.pixels, self._read(page.pixels, regions), ruled)
        behind = from_the_back([each.picture for each in found], [each.reading for each in found], self.read_lines)
        contrast = back_contrast([each.picture for each, back in zip(found, behind, strict=True) if back])
        found = [each for each, back in zip(found, behind, strict=True) if not back]
        if self._orienter:
            read = partial(self._read, page.pixels)
            for i, turned in turned_about(page.pixels, found, self._orienter, read):
                found[i] = turned
            for i, turned in (*words_on_end(page.pixels, found, read), *tokens_on_end(found, read)):
                found[i] = turned
        for i, again in (*self._short_again(page.pixels, found), *self._whole_again(page.pixels, decoded, found)):
            found[i] = again
        found = with_accents(page.pixels, found, self._crop, self.read_lines)
        stamped = self._apart_from_stamps(page, found)
        read = partial(self._read, page.pixels)
        first_look = getattr(self._recognizer, "first_look", None)
        found, tokens, doubtful = with_short_tokens(found, ruled, read, self.read_lines, first_look)
        tokens += self._among_numbers([*found, *tokens], doubtful)
        for some in (found, tokens):
            minus = self._with_minus(page.pixels, some)
            for mended in (_without_ticks(page.pixels, some), minus, _with_leading_dots(some)):
                for i, again in mended:
                    some[i] = again
        self._name_digits(found, tokens)
        clock.start(StepName.FALLBACK)
        shown, readings = [each.shown for each in found], [each.reading for each in found]
        threshold = self._options.fallback_threshold if self._options.fallback == "auto" else 0.0
        readings, steps, warnings = reread(page.pixels, shown, readings, self._fallback, threshold)
        clock.start(StepName.LAYOUT)
        kept = plausible(readings, [each.region.leftover for each in found], bare=lone.bare, token=lone.token)
        kept = kept_among_numbers(shown, readings, kept)
        sure = [reading.confidence if keep else 0.0 for reading, keep in zip(readings, kept, strict=True)]
        surer = settled([each.region for each in found], sure)
        lines = (
            replace(each, reading=reading, kept=keep and best)
            for each, reading, keep, best in zip(found, readings, kept, surer, strict=True)
        )
        every = tuple(self._sized([*lines, *stamped, *tokens]))
        return ReadPage(page, ruled, every, steps, warnings, sum(behind), contrast, lone.token)

    def read_lines(self, lines: Sequence[NDArray[np.uint8]]) -> list[Reading]:
        """Upright (H, W) grey images of one line each, recognised and transcribed."""
        readings = self._recognizer(lines) if self._margin else read_unstruck(self._recognizer, lines)
        if self._options.transcription == "literal":
            return readings
        french = "fr" in languages(self._options.lang).codes
        return [
            reading if reading.engine == TesseractFallback.name else transcribe(reading, line, spaced_marks=french)
            for reading, line in zip(readings, lines, strict=True)
        ]

    def _glance(self, pixels: NDArray[np.uint8], quads: Sequence[Quad]) -> list[tuple[str, float]]:
        return [(r.text, r.confidence) for r in self.read_lines([self._crop(pixels, quad) for quad in quads])]

    def _apart_from_stamps(self, page: Upright, found: list[FoundLine]) -> list[FoundLine]:
        """Reads black lines without the coloured ink over them, in place; returns the lines of that ink alone."""
        coloured = coloured_marks(page.pixels)
        if not LETTERS <= len(coloured) <= MOST_MARKS:
            return []
        sure = [each for each in found if each.reading.confidence >= LEGIBLE]
        free = coloured[~covered(coloured, [np.array(each.region.quad.points) for each in sure])]
        if len(free) < LETTERS:
            return []
        black = black_alone(page.pixels)
        over = [i for i, each in enumerate(found) if each.reading.confidence < SURE_LINE and not each.region.slanted]
        over = [i for i in over if both_in(page.pixels, found[i].shown)]
        for i, again in zip(over, self._read(black, [found[i].region for i in over]), strict=True):
            if again.reading.confidence > found[i].reading.confidence:
                found[i] = again
        return not_yet_read(found, self._by_itself(colour_alone(page.pixels), free))

    def _by_itself(self, page: NDArray[np.uint8], marks: NDArray[np.float64]) -> list[FoundLine]:
        """What is surely read around some marks (N, 4) of a page, turned upright for itself."""
        room = float((marks[:, 3] - marks[:, 1]).max())
        left, top = np.maximum(marks[:, :2].min(0) - room, 0).astype(int).tolist()
        right, bottom = (marks[:, 2:].max(0) + room).astype(int).tolist()
        part = np.ascontiguousarray(page[top:bottom, left:right])
        upright = stand_up(part, self._detector(part), self._detector, self._orienter)
        back = multiply(invert(upright.matrix), (1.0, 0.0, 0.0, 1.0, left, top))
        return [
            replace(
                each,
                region=replace(each.region, quad=each.region.quad.transformed(back)),
                shown=each.shown.transformed(back),
            )
            for each in self._read(upright.pixels, upright.regions)
            if each.reading.confidence >= LEGIBLE
        ]

    def _short_again(self, pixels: NDArray[np.uint8], found: Sequence[FoundLine]) -> Iterator[tuple[int, FoundLine]]:
        """Doubtful readings of a few characters that are surer in a picture with more room, with their index.

        How large a short word is, and with that whether o is O, shows only in the room above and below it.
        """
        doubtful = [i for i, each in enumerate(found) if each.reading.confidence < POOR and is_short(each)]
        quads = [grow(found[i].shown, 0.0, ROOM * found[i].shown.height) for i in doubtful]
        pictures = [self._crop(pixels, quad) for quad in quads]
        for i, quad, picture, reading in zip(doubtful, quads, pictures, self.read_lines(pictures), strict=True):
            alike = reading.text.casefold() == found[i].reading.text.casefold()
            if reading.confidence > SURELY and (alike or found[i].reading.confidence < HARDLY):
                yield i, replace(found[i], shown=quad, picture=picture, reading=reading)

    def _whole_again(
        self, pixels: NDArray[np.uint8], decoded: NDArray[np.uint8] | None, found: Sequence[FoundLine]
    ) -> Iterator[tuple[int, FoundLine]]:
        """Doubtful lines that are surer with all of their letters, or on the page as decoded, with their index."""
        doubtful = [i for i, each in enumerate(found) if each.reading.confidence < POOR and not is_short(each)]
        best: dict[int, FoundLine] = {}
        for page in [pixels] if decoded is None else [pixels, decoded]:
            views = [(i, whole) for i in doubtful if (whole := with_whole_letters(page, found[i].region))]
            views += [(i, found[i].region) for i in doubtful if page is decoded]
            for (i, _), again in zip(views, self._read(page, [region for _, region in views]), strict=True):
                if again.reading.confidence > best.get(i, found[i]).reading.confidence + SURER_WHOLE:
                    best[i] = again
        yield from best.items()

    def _with_minus(self, pixels: NDArray[np.uint8], found: Sequence[FoundLine]) -> Iterator[tuple[int, FoundLine]]:
        """Numbers that are read the same with a minus sign before them, with their index."""
        numbers = [
            i for i, each in enumerate(found) if each.reading.text[:1].isdigit() and each.reading.confidence > POOR
        ]
        longer = [(i, quad) for i in numbers if (quad := with_minus(pixels, found[i].region.quad))]
        regions = [replace(found[i].region, quad=quad) for i, quad in longer]
        for (i, _), again in zip(longer, self._read(pixels, regions), strict=True):
            signed = signed_number(found[i].reading, again.reading)
            if signed:
                yield i, replace(again, reading=signed)

    def _among_numbers(self, sure: Sequence[FoundLine], doubtful: Sequence[FoundLine]) -> list[FoundLine]:
        """Doubtful tokens that are zeros or numbers in a row or column of numbers."""
        if not sure or self._options.transcription == "literal":
            return []
        numbers = [each for each in doubtful if is_number(each.reading) and each.reading.confidence >= LIKELY]
        zeros = [each for each in doubtful if each.reading.text.strip() in RINGS and each not in numbers]
        lines = [*sure, *zeros, *numbers]
        centers = np.array([each.region.quad.center for each in lines])
        some = [k for k in range(len(sure), len(lines)) if not any(holds(each, centers[k : k + 1]) for each in sure)]
        shown, readings = [each.shown for each in lines], [each.reading for each in lines]
        named = lone_digits(shown, readings, [each.picture for each in lines])
        others = [k for k in some if k >= len(sure) + len(zeros) and k not in named]
        beside = [lines[k] for k in beside_numbers(shown, readings, others)]
        return [*(_as_digit(lines[k], named[k]) for k in some if k in named), *beside]

    def _name_digits(self, found: list[FoundLine], tokens: Sequence[FoundLine]) -> None:
        """Rings and strokes in rows and columns of numbers become digits, in place."""
        if self._options.transcription == "literal":
            return
        lines = [*found, *tokens]
        shown, readings = [each.shown for each in lines], [each.reading for each in lines]
        for i, digit in lone_digits(shown, readings, [each.picture for each in lines]).items():
            if i < len(found):
                found[i] = _as_digit(found[i], digit)

    def _sized(self, found: list[FoundLine]) -> list[FoundLine]:
        """Lines of a single letter as a capital or small, as high as it is beside the lines near it."""
        lone = [i for i, each in enumerate(found) if each.kept and each.reading.text.strip() in ALIKE]
        if not lone or self._options.transcription == "literal":
            return found
        lines = [each for each in found if each.kept]
        measured = [(each.shown, measured_baseline(each.picture, each.shown, each.reading)) for each in lines]
        x_heights = [(quad.center, line.x_height) for quad, line in measured if line and line.x_height > 0]
        for i in lone if x_heights else ():
            each = found[i]
            x, y = each.shown.center
            near = sorted(x_heights, key=lambda other: (abs(other[0][1] - y), abs(other[0][0] - x)))[:NEAREST]
            x_height = median(size for _, size in near)
            letter = sized_letter(each.reading.text.strip(), each.picture, each.shown.height, x_height)
            glyphs = tuple(replace(g, text=letter) if g.text in ALIKE else g for g in each.reading.glyphs)
            found[i] = replace(each, reading=replace(each.reading, glyphs=glyphs))
        return found

    def _read(
        self,
        pixels: NDArray[np.uint8],
        regions: Sequence[Region],
        others: Sequence[Region] = (),
        reader: Callable[[list[NDArray[np.uint8]]], list[Reading]] | None = None,
    ) -> list[FoundLine]:
        """The regions of a page with their readings; ``others`` are beside them, ``reader`` is not the usual one."""
        shown = shown_quads([*regions, *others])[: len(regions)]
        if self._margin:
            shown = [grow(quad, self._margin * quad.height, 0.0) for quad in shown]
        pictures = [self._crop(pixels, quad) for quad in shown]
        unknown = [picture for region, picture in zip(regions, pictures, strict=True) if not region.text]
        read = iter((reader or self.read_lines)(unknown))
        return [
            FoundLine(region, quad, picture, known(region.text, self._recognizer.name) if region.text else next(read))
            for region, quad, picture in zip(regions, shown, pictures, strict=True)
        ]

    def _without_combs(self, pixels: NDArray[np.uint8], found: list[FoundLine], ruled: RuledPage) -> list[FoundLine]:
        """The lines, where what stands in boxes for one character each is one line."""
        combs = [(comb, picture) for comb in combs_of(ruled.grids) if (picture := comb_picture(comb, grey_of(pixels)))]
        pictures = [crop_line(picture.pixels, picture.outline, self._recognizer.height) for _, picture in combs]
        for (comb, picture), shown, reading in zip(combs, pictures, self.read_lines(pictures), strict=True):
            text = in_boxes(reading, picture)
            if text:
                left, top, right, bottom = comb.box.hull
                inside = [left < x < right and top < y < bottom for x, y in (each.shown.center for each in found)]
                found = [each for each, within in zip(found, inside, strict=True) if not within]
                found.append(FoundLine(Region(picture.quad, 1.0), picture.quad, shown, text))
        return found

    def _crop(self, pixels: NDArray[np.uint8], quad: Quad) -> NDArray[np.uint8]:
        """The image of a line, with what some scripts need above and below."""
        around = grow(quad, 0.0, self._margin * quad.height) if self._margin else quad
        return crop_line(pixels, around, self._recognizer.height)
