"""From images to an identity card: cards are found, characters assigned to fields, fields re-read and checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ocr import weights
from ocr.detect import Detector, shown_quads
from ocr.document import Quad
from ocr.engine import cores
from ocr.errors import NoCardError, UsageError
from ocr.geometry import crop_line
from ocr.idcard.card import RESIDENT, Field, IdCard, Problem, Side
from ocr.idcard.checks import checked, possible
from ocr.idcard.described import DescribedCards
from ocr.idcard.described_reader import DescribedReader
from ocr.idcard.description import AUTO, Description, described, description
from ocr.idcard.dithered import undithered
from ocr.idcard.fields import (
    USUAL,
    Mark,
    ended,
    offset,
    place,
    printed,
    replaced,
    shortened,
    skipped,
    value_lines,
    values_of,
)
from ocr.idcard.find import CardFinder, Found, brightness
from ocr.idcard.frame import Frame
from ocr.idcard.ink import Ink
from ocr.idcard.layout import CELLS, PORTRAIT
from ocr.idcard.locate import ResidentCards
from ocr.idcard.number import CHARACTERS
from ocr.idcard.number_line import LENGTHS, NumberReader
from ocr.idcard.quality import DARK_BACKGROUND, assess
from ocr.idcard.readings import SIDES, alike, cell_of, doubtful, surer
from ocr.idcard.sides import joined
from ocr.idcard.values import ValueReader
from ocr.idcard.views import Shown, labels_of, lines_cut, sharpened, without_blank_line
from ocr.loading import load_detector, load_recognizer
from ocr.options import Options, checked_threads
from ocr.recognize import LineRecognizer
from ocr.recognize.cascade import CascadeRecognizer
from ocr.recognize.crnn import CrnnRecognizer
from ocr.source import Input, command_to_read, single_page

__all__ = ["CardReader", "read_id_card"]

LONG = ("address", "issuer")
"""Cells in which lines may go on beyond what was read of them; the first character of USUAL ones may be missed."""
MOST_PITCH = 3.8
"""Greatest width, in millimetres, of a character of a value."""
CLEAR_FIELD = 0.995
"""Confidence from which a value is not read again with the other ink."""
HIDDEN_SHARE = 0.3
"""Share of values that are read right although something covers or hides a part of them."""


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of one side: the values, the lines of each cell, in millimetres, and the characters."""

    card: IdCard
    lines: dict[str, list[Quad]]
    marks: list[Mark]


class CardReader:
    """Reads identity cards: Chinese ones, and others that have a description.

    It loads its models once; many threads may use it at the same time.

    Args:
        detector: text detection model: a name, the path of a model file, or a detector; the default one of Chinese
            when left out.
        recognizer: recognition model of Chinese lines, given in the same ways.
        threads: CPU threads of the models that are loaded here; 0 uses all cores.

    Raises:
        UsageError: a model that does not exist, or an argument of the wrong type.
        DependencyError: a model file is missing.

    Example:
        >>> reader = ocr.CardReader()
        >>> reader.read("samples/card-front.jpg", "samples/card-back.jpg").valid_to.value
        'long-term'
    """

    def __init__(
        self,
        *,
        detector: str | Path | Detector | None = None,
        recognizer: str | Path | LineRecognizer | None = None,
        threads: int = 0,
    ) -> None:
        threads = checked_threads(threads) or cores()
        self._detector = load_detector(detector, Options(lang="zh"), threads)
        self._recognizer = load_recognizer(recognizer, Options(lang="zh", quality="fast"), threads)
        self._numbers = NumberReader()
        cascade = isinstance(self._recognizer, CascadeRecognizer)
        exact = CrnnRecognizer(weights.defaults("zh")[1], threads=1) if cascade else self._recognizer
        self._values = ValueReader(exact) if isinstance(exact, CrnnRecognizer) else None
        self._find = CardFinder(self._detector, self._recognizer, threads)
        self._described = DescribedReader(self._recognizer, exact if isinstance(exact, CrnnRecognizer) else None)

    def read(
        self,
        front: Input,
        back: Input | None = None,
        *,
        kind: str = AUTO,
        page: int | None = None,
        back_page: int | None = None,
        password: str | None = None,
        today: date | None = None,
    ) -> IdCard:
        """Read one card from an image of a side or of both, or from two images; see :func:`ocr.read_id_card`.

        Raises:
            NoCardError: no card was found.
            InputError: an input cannot be opened.
            UsageError: an input has several pages and ``page`` or ``back_page`` is missing, ``back_page`` is given
                without ``back``, ``back`` for a kind of which one side is read, or there is no such kind.
        """
        finder, descriptions = self._finder(kind, alone=back is None)
        if back is None and back_page is not None:
            raise UsageError("back_page chooses a page of the second picture, but there is none; give it, or use page")
        inputs = [(front, page)] if back is None else [(front, page), (back, back_page)]
        opened = [single_page(input, page=number, password=password) for input, number in inputs]
        images = [self._sides(image.pixels, finder, descriptions, today) for image, _ in opened]
        if not any(side.side is not Side.NONE for image in images for side in image):
            raise _no_card(images, [name for _, name in opened], kind)
        card = joined(images)
        return checked(card, today) if card.kind == RESIDENT else card

    def sides(self, pixels: NDArray[np.uint8], today: date | None = None) -> list[IdCard]:
        """Every side of a Chinese resident identity card in an image, (H, W) grey or (H, W, 3) RGB.

        Fields are not checked yet. Where there is no card, the one result is of no side, with the problem
        ``not_a_card``.
        """
        return self._sides(pixels, self._find, {}, today)

    def _finder(self, kind: str, *, alone: bool) -> tuple[CardFinder, dict[str, Description]]:
        """What finds the cards of a kind in a picture, one that is ``alone`` or one of two; with their descriptions.

        Raises:
            UsageError: there is no such kind, or it has one side only.
        """
        if kind == RESIDENT or (kind == AUTO and not alone):
            return self._find, {}
        if kind == AUTO:
            return self._find.of(DescribedCards([*described().values()], ResidentCards())), described()
        only = description(kind)
        if not alone:
            raise UsageError(f"a card of the kind {kind} is read from one side: leave the second picture out")
        return self._find.of(DescribedCards([only])), {only.kind: only}

    def _sides(
        self,
        pixels: NDArray[np.uint8],
        finder: CardFinder,
        descriptions: Mapping[str, Description],
        today: date | None,
    ) -> list[IdCard]:
        """Every card or side that an image shows; see :meth:`sides`."""
        pixels = undithered(pixels)
        found = finder(pixels)
        if not found.frames:
            why = [Problem.DARK] if brightness(pixels) < DARK_BACKGROUND else [Problem.BLURRED] if found.soft else []
            return [IdCard(problems=(Problem.NOT_A_CARD, *why))]
        return [
            self._described(pixels, found, frame, descriptions[frame.kind], today)
            if frame.kind in descriptions
            else self._side(pixels, found, frame, today)
            for frame in found.frames
        ]

    def _side(self, pixels: NDArray[np.uint8], found: Found, frame: Frame, today: date | None) -> IdCard:
        """One side; ``pixels`` is the input image."""
        every, placed = Mark.of(found.lines, frame), found.placed(frame)
        ink = Ink.of(found.image, frame, [mark.quad for mark in values_of(every, frame.side)])
        shown, marks = Shown(found.image, frame), printed(every, frame.side, ink)
        rows = [row for each in value_lines(marks, frame.side).values() for row in each]
        if ink.is_foreign(rows):
            shift = offset(every, frame.side)
            alone = Shown(ink.alone(*shift), ink.frame)
            read = self._values_of(alone, self._again(alone, marks, ink, shift), ink, today)
            if doubtful(read.card, CLEAR_FIELD):
                read = self._of_both(read, self._values_of(shown, marks, ink, today), (alone, shown))
        else:
            read = self._values_of(shown, marks, ink, today)
        card = self._sharpened(read, pixels, placed) if found.soft else read.card
        boxes = [mark.quad for mark in read.marks]
        seen = assess(pixels, placed, _values(read.lines, card), boxes, {cell_of(name) for name in doubtful(card)})
        portrait = placed.to_image(Quad.rect(*PORTRAIT))
        return possible(
            replace(
                card,
                **dict(_fields(card, placed, seen.hidden | skipped(read.marks, frame.side, ink))),  # type: ignore[arg-type]
                problems=seen.problems,
                card_box=placed.box,
                portrait_box=portrait if frame.side is Side.FRONT and seen.portrait else None,
            )
        )

    def _values_of(self, shown: Shown, marks: Sequence[Mark], ink: Ink, today: date | None) -> Read:
        """The values of one side, boxes in millimetres, from its characters and from the lines they show."""
        side = shown.frame.side
        marks = ended(marks, side, ink)
        lines = value_lines(marks, side)
        card = place(marks, side)
        if card.number.box is not None:
            card = replace(card, number=self._number(shown, card.number, card.number.box, today))
        right = PORTRAIT[0] + offset(marks, side)[0]
        for cell in CELLS[side]:
            if cell.field in LONG and cell.field in lines:
                far = min(cell.right, right) if side is Side.FRONT else cell.right
                lines[cell.field] = [ink.extended(row, cell.left, far) for row in lines[cell.field]]
            elif cell.field in USUAL and cell.field in lines:
                lines[cell.field] = [ink.extended(row, cell.left, row.hull[2]) for row in lines[cell.field]]
        for name in USUAL.keys() & lines.keys():
            if box := card.fields[name].box:
                lines[name] = [ink.narrowed(row, box.hull[2]) for row in lines[name]]
        if "address" in lines:
            lines["address"] = without_blank_line(shown.image, shown.frame, lines["address"])
        if self._values:
            height = self._recognizer.height
            cuts = {cell: lines_cut([shown], rows, height) for cell, rows in lines.items() if cell != "number"}
            card = self._values(card, cuts)
        return Read(card, lines, marks)

    def _of_both(self, read: Read, plain: Read, ways: Sequence[Shown]) -> Read:
        """A reading of the ink of the fields alone and one of the picture as it is, together.

        The surer value stays where it is read so in both. Where they differ, each text has to stand in both pictures:
        taking other ink away costs strokes, and leaving it adds some.
        """
        card = surer(read.card, plain.card, CLEAR_FIELD)
        apart = {
            cell_of(name) for name in doubtful(read.card, CLEAR_FIELD)
            if plain.card.fields[name].value not in ("", read.card.fields[name].value)
        }  # fmt: skip
        cells = [cell for cell in apart & read.lines.keys() - {"number"} if alike(read.lines[cell], plain.lines[cell])]
        if not cells or not self._values:
            return replace(read, card=card)
        cuts = {cell: lines_cut(ways, read.lines[cell], self._recognizer.height) for cell in cells}
        both = self._values(read.card, cuts, others=(plain.card,))
        values = {name: both.fields[name] for name in SIDES[card.side] if cell_of(name) in cells}
        return replace(read, card=replace(card, **values))  # type: ignore[arg-type]

    def _again(self, shown: Shown, marks: Sequence[Mark], ink: Ink, shift: tuple[float, float]) -> list[Mark]:
        """Characters, those of values read again where only their own ink is shown; a value that is missed then stays.

        Args:
            shown: the ink of the fields alone.
            marks: the characters that were read in the image itself.
            ink: of the card.
            shift: offset of the card from its layout, in millimetres.
        """
        quads = shown_quads(self._detector(shown.image))
        readings = self._recognizer([crop_line(shown.image, quad, self._recognizer.height) for quad in quads])
        first = 1 + max((mark.line for mark in marks), default=0)
        read = Mark.of(list(zip(quads, readings, strict=True)), shown.frame, first)
        return replaced(marks, [mark for mark in read if ink.holds(mark.quad)], shown.frame.side, shift)

    def _sharpened(self, read: Read, pixels: NDArray[np.uint8], placed: Frame) -> IdCard:
        """The values of one side that is out of focus, doubtful ones read again where several blurs are undone."""
        cells = {cell_of(name) for name in doubtful(read.card)} & read.lines.keys() - {"number"}
        reader, height = self._values, self._recognizer.height
        if not cells or not reader:
            return read.card
        labels = labels_of(placed.side, offset(read.marks, placed.side))

        def legible(way: Shown) -> float:
            cuts = lines_cut([way], [place for _, place in labels], height, stretch=True)
            return reader.legible([(text, cut[-1]) for (text, _), cut in zip(labels, cuts, strict=True)])

        every = sharpened(pixels, placed, legible)
        cuts = {cell: lines_cut(every, read.lines[cell], height, stretch=True) for cell in cells}
        return surer(read.card, reader(read.card, cuts, thorough=True))

    def _number(self, shown: Shown, field: Field, box: Quad, today: date | None) -> Field:
        """The number, re-read under the rules of valid numbers, at the height of its line and the width of its cell.

        If that gives no valid number, the reading with the higher confidence is kept, digit by digit as printed.
        """
        cell = next(cell for cell in CELLS[Side.FRONT] if cell.field == "number")
        left, top, right, bottom = box.hull
        margin = (bottom - top) / 2
        line = shown.frame.to_image(
            Quad.rect(max(left - margin, cell.left), top, min(right + margin, cell.right), bottom)
        )
        found = self._numbers(crop_line(shown.image, line, self._recognizer.height), today)
        first = len(field.value) in LENGTHS and set(field.value) <= set(CHARACTERS)
        if not found.text or (first and not found.valid and field.confidence > found.confidence):
            return field
        return Field(found.text, found.confidence, False, box)


def _values(lines: Mapping[str, Sequence[Quad]], card: IdCard) -> dict[str, list[Quad]]:
    """Lines of values in millimetres, by cell; those of a single word end where the word does."""
    ends = {name: MOST_PITCH * len(card.fields[name].value) for name in ("name", "sex", "ethnicity")}
    return {cell: [shortened(row, ends.get(cell) or row.width) for row in rows] for cell, rows in lines.items()}


def _fields(card: IdCard, placed: Frame, hidden: frozenset[str]) -> Iterator[tuple[str, Field]]:
    """Fields with their boxes in the image; those that are hidden or unread in part have a lower confidence."""
    for name, field in card.fields.items():
        doubt = HIDDEN_SHARE if cell_of(name) in hidden else 1.0
        box = placed.to_image(field.box) if field.box else None
        yield name, replace(field, confidence=field.confidence * doubt, box=box)


def _no_card(images: Sequence[Sequence[IdCard]], names: Sequence[str], kind: str) -> NoCardError:
    """The error for images without a card, with what may be the reason."""
    found = {problem for image in images for side in image for problem in side.problems}
    problems = tuple(problem for problem in Problem if problem in found)
    reasons = [str(problem) for problem in problems if problem is not Problem.NOT_A_CARD]
    reason = f" (the image is {' and '.join(reasons)})" if reasons else ""
    shown, asked = " and ".join(names), "identity card" if kind == AUTO else f"card of the kind {kind}"
    return NoCardError(
        f"{shown}: no {asked} was found{reason}; take a closer, sharper photograph, "
        f"or read all of its text (language zh): {command_to_read(names[0])}",
        problems,
    )


@cache
def _reader() -> CardReader:
    return CardReader()


def read_id_card(
    front: Input,
    back: Input | None = None,
    *,
    kind: str = AUTO,
    page: int | None = None,
    back_page: int | None = None,
    password: str | None = None,
    today: date | None = None,
) -> IdCard:
    """Read an identity card; the models stay in memory.

    Chinese resident identity cards (GB 11643, GA 490) have rules of their own. Other kinds are read after their
    descriptions: what is printed where, and the checks of their numbers.

    Args:
        front: a path, ``"-"`` for stdin, the bytes of a file, a binary file object, a PIL image or an array; the card
            may lie anywhere in it, in any orientation, and both sides may be on it.
        back: the other side of a Chinese resident identity card; the two may be given in either order.
        kind: ``auto`` for any, ``cn-resident`` for the Chinese resident identity card, another one of
            :func:`ocr.idcard.description.kinds`, or the path of a description file (``.toml``).
        page: of ``front``, where that is a PDF or TIFF with several pages, from 1.
        back_page: of ``back``.
        password: of encrypted PDFs.
        today: the date for which ``expired`` is decided; the current day when left out.

    Returns:
        The fields, each with confidence, validity and box, in pixels of the image that shows the side. A side that
        is shown twice gives the problem ``wrong_side``; where one image shows two cards, there are no fields.

    Raises:
        NoCardError: no card was found.
        InputError: an input cannot be opened.
        UsageError: there is no such kind, or an input has several pages and ``page`` or ``back_page`` is missing.
        DependencyError: a model file is missing.

    Example:
        >>> card = ocr.read_id_card("samples/card-front.jpg")
        >>> card.number.value, card.number.valid
        ('130928196207181462', True)
    """
    return _reader().read(front, back, kind=kind, page=page, back_page=back_page, password=password, today=today)
