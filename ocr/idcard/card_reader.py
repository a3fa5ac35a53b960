"""From pictures to an identity card: lines read, cards located by their labels, characters given to fields, fields
checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr import weights
from ocr.detect import Detector, shown_quads
from ocr.detect.db import DbDetector
from ocr.document import Matrix, Quad
from ocr.engine import cores
from ocr.geometry import crop_line, invert, turn_matrix, turned
from ocr.idcard.card import BACK, FRONT, Field, IdCard, Problem, Side
from ocr.idcard.checks import checked
from ocr.idcard.fields import Mark, empty_cells, place
from ocr.idcard.frame import Frame
from ocr.idcard.layout import CELLS, PORTRAIT
from ocr.idcard.locate import agreeing, locate
from ocr.idcard.number_line import NumberReader
from ocr.idcard.quality import DARK, faults
from ocr.options import Options
from ocr.page.corners import PageFinder
from ocr.page.orient import sideways
from ocr.recognize import LineRecognizer, Reading
from ocr.recognize.crnn import CrnnRecognizer
from ocr.source import Input, open_source

__all__ = ["CardReader", "read_id_card"]

SURE = 0.5
"""Least confidence of what is read where no line was found."""
DIM, WHITE, GRAIN = 150.0, 235.0, 1.0
"""A picture whose brightest parts are below ``DIM`` is read with them at ``WHITE``, and smoothed by so many pixels."""

Line = tuple[Quad, Reading]


class CardReader:
    """Reads Chinese resident identity cards. It loads its models once; many threads may use it at the same time.

    Args:
        detector: finds the lines; the default one of Chinese when left out.
        recognizer: reads Chinese lines; the default one when left out.
        threads: CPU threads of models that are loaded here; 0 means all cores.

    Raises:
        DependencyError: a model file is missing.
    """

    def __init__(
        self, detector: Detector | None = None, recognizer: LineRecognizer | None = None, *, threads: int = 0
    ) -> None:
        threads = threads or cores()
        found, read = weights.defaults("zh")
        self._detector = detector or DbDetector(found, threads)
        self._recognizer = recognizer or CrnnRecognizer(read, "lm", threads, weights.language_model("zh"))
        self._numbers = NumberReader()
        self._finder = PageFinder("corners-mobile", threads)

    def read(self, front: Input, back: Input | None = None, today: date | None = None) -> IdCard:
        """One card, from a picture of a side or of both, or from two pictures; the sides are told apart.

        Boxes are in pixels of the picture that shows the side; see :func:`read_id_card` for what else comes back.
        """
        pictures = [self.sides(_pixels(picture), today) for picture in (front, back) if picture is not None]
        return checked(_joined(pictures), today)

    def sides(self, pixels: NDArray[np.uint8], today: date | None = None) -> list[IdCard]:
        """Every side of a card in an (H, W) grey or (H, W, 3) RGB picture; fields are not checked yet.

        Without a card it is one of no side, with the problem ``not_a_card``.
        """
        for picture, degrees, lines in self._ways(_lit(pixels)):
            frames = locate(lines)
            if frames:
                height, width = pixels.shape[:2]
                back = invert(turn_matrix(degrees, width, height))
                corners = self._finder(picture).quad
                frames = [agreeing(frame, corners) for frame in frames]
                shown = turned(pixels, degrees)
                found = [self._side(picture, frame, lines, back, today) for frame in frames]
                return [replace(side, problems=faults(shown, frame)) for side, frame in zip(found, frames, strict=True)]
        dark = (Problem.DARK,) if _top(pixels) < DARK else ()
        return [IdCard(problems=(Problem.NOT_A_CARD, *dark))]

    def _ways(self, pixels: NDArray[np.uint8]) -> Iterator[tuple[NDArray[np.uint8], int, list[Line]]]:
        """The picture as it is or turned, and its lines read from left to right, then from right to left."""
        regions = self._detector(pixels)
        for degrees in (90, 0) if sideways(regions) else (0, 90):
            picture = turned(pixels, degrees)
            shown = shown_quads(self._detector(picture) if degrees else regions)
            yield picture, degrees, self._lines(picture, shown)
            upside_down = [Quad((c, d, a, b)) for a, b, c, d in (quad.points for quad in shown)]
            yield picture, degrees, self._lines(picture, upside_down)

    def _lines(self, picture: NDArray[np.uint8], quads: Sequence[Quad]) -> list[Line]:
        readings = self._recognizer([crop_line(picture, quad, self._recognizer.height) for quad in quads])
        return list(zip(quads, readings, strict=True))

    def _side(
        self, picture: NDArray[np.uint8], frame: Frame, lines: Sequence[Line], back: Matrix, today: date | None
    ) -> IdCard:
        """One side, its boxes moved by ``back``."""
        marks = Mark.of(lines, frame)
        card = place([*marks, *self._overlooked(picture, frame, marks)], frame.side)
        if card.number.box is not None:
            card = replace(card, number=self._number(picture, frame, card.number, card.number.box, today))
        boxes = {
            name: replace(field, box=frame.to_picture(field.box).transformed(back))
            for name, field in card.fields.items()
            if field.box is not None
        }
        portrait = frame.to_picture(Quad.rect(*PORTRAIT)).transformed(back)
        return replace(
            card,
            **boxes,  # type: ignore[arg-type]
            card_box=frame.box.transformed(back),
            portrait_box=portrait if frame.side is Side.FRONT else None,
        )

    def _overlooked(self, picture: NDArray[np.uint8], frame: Frame, marks: Sequence[Mark]) -> list[Mark]:
        """Characters where the layout has a field and no line was found: a detector may overlook a lone one."""
        lines = self._lines(picture, [frame.to_picture(quad) for quad in empty_cells(marks, frame.side)])
        first = max((mark.line for mark in marks), default=-1) + 1
        return Mark.of([line for line in lines if line[1].confidence > SURE], frame, first)

    def _number(self, picture: NDArray[np.uint8], frame: Frame, field: Field, box: Quad, today: date | None) -> Field:
        """The number read again as what it can be, in the height of its line and the width of its cell."""
        cell = next(cell for cell in CELLS[Side.FRONT] if cell.field == "number")
        left, top, right, bottom = box.hull
        margin = (bottom - top) / 2
        shown = Quad.rect(max(left - margin, cell.left), top, min(right + margin, cell.right), bottom)
        found = self._numbers(crop_line(picture, frame.to_picture(shown), self._recognizer.height), today)
        return Field(found.text, found.confidence, False, box) if found.text else field


def _pixels(picture: Input) -> NDArray[np.uint8]:
    with open_source(picture, Options()) as source:
        return source.page(1).pixels


def _top(pixels: NDArray[np.uint8]) -> float:
    """The grey value of a picture's brightest parts."""
    return max(1.0, float(np.percentile(pixels, 99)))


def _lit(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A dark picture made bright, its grain smoothed; any other as it is."""
    top = _top(pixels)
    if top >= DIM:
        return pixels
    smooth = cv2.GaussianBlur(pixels.astype(np.float32), (0, 0), GRAIN)
    return np.asarray((smooth * (WHITE / top)).clip(0, 255), np.uint8)


def _joined(pictures: Sequence[Sequence[IdCard]]) -> IdCard:
    """The sides of one card. Where one picture shows a side twice, nobody knows whose fields are meant."""
    problems = {problem for picture in pictures for side in picture for problem in side.problems}
    sides = [side for picture in pictures for side in picture if side.side is not Side.NONE]
    if len({side.side for side in sides}) < len(sides):
        problems.add(Problem.WRONG_SIDE)
    doubtful = any(len({side.side for side in picture}) < len(picture) for picture in pictures)
    if not sides or doubtful:
        return IdCard(problems=tuple(problems))
    shown = {side.side: side for side in reversed(sides)}
    first = shown.get(Side.FRONT, sides[0])
    values: dict[str, Any] = {
        name: shown[side].fields[name]
        for side, names in ((Side.FRONT, FRONT), (Side.BACK, BACK))
        if side in shown
        for name in names
    }
    return IdCard(
        **values,
        side=Side.BOTH if len(shown) == 2 else first.side,
        problems=tuple(problems),
        card_box=first.card_box,
        portrait_box=first.portrait_box,
    )


@cache
def _reader() -> CardReader:
    return CardReader()


def read_id_card(front: Input, back: Input | None = None, today: date | None = None) -> IdCard:
    """The fields of a Chinese resident identity card (GB 11643, GA 490), each with confidence, check and place.

    Args:
        front: a path, bytes, a binary file object, a PIL image or an array; the card may lie anywhere in it, any way
            up, and both sides may be on it.
        back: the other side; either may come first.
        today: what a card runs out before; the current day when left out.

    Returns:
        The card. A picture without one gives the problem ``not_a_card``, a side that is shown twice ``wrong_side``;
        where one picture shows two cards, there are no fields.

    Raises:
        InputError: an input cannot be opened.

    Example:
        >>> ocr.read_id_card("front.jpg").number.value  # doctest: +SKIP
        '11010519491231002X'
    """
    return _reader().read(front, back, today)
