"""From a picture that a card fills to its fields: lines found and read, characters given to fields, fields checked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from ocr.detect import Detector
from ocr.document import Quad
from ocr.geometry import crop_line, invert, turn_matrix, turned
from ocr.idcard.card import Field, IdCard, Problem, Side
from ocr.idcard.checks import checked
from ocr.idcard.fields import Mark, empty_cells, labels_found, place, side_of
from ocr.idcard.layout import CELLS, HEIGHT, LABELS, PORTRAIT, WIDTH
from ocr.idcard.number_line import NumberReader
from ocr.pipeline import shown_quads
from ocr.recognize import LineRecognizer

__all__ = ["FlatCardReader"]

SURE = 0.5
"""Least confidence of what is read where no line was found."""
ENOUGH = 5
"""Characters of labels from which a card is taken to be the right way up."""


class FlatCardReader:
    """Reads one side of a card that fills its picture, whichever way up; the portrait is where the layout has it.

    Args:
        detector: finds the lines.
        recognizer: reads Chinese lines.
        numbers: reads the number once more, over the lattice; the default one when left out.
    """

    def __init__(self, detector: Detector, recognizer: LineRecognizer, numbers: NumberReader | None = None) -> None:
        self._detector = detector
        self._recognizer = recognizer
        self._numbers = numbers or NumberReader()

    def read(self, pixels: NDArray[np.uint8], today: date | None = None) -> IdCard:
        """The fields of an (H, W) grey or (H, W, 3) RGB picture, boxes in its pixels.

        A picture without the labels of a card has no fields and the problem ``not_a_card``.
        """
        height, width = pixels.shape[:2]
        marks, degrees = self._upright(pixels)
        side = side_of(marks)
        if side is Side.NONE:
            return IdCard(problems=(Problem.NOT_A_CARD,))
        upright = turned(pixels, degrees)
        card = place([*marks, *self._overlooked(upright, marks, side)], side)
        if side is Side.FRONT and card.number.box is not None:
            card = replace(card, number=self._number(upright, card.number, card.number.box, today))
        card = checked(card, today)
        return _turned_back(card, upright.shape, invert(turn_matrix(degrees, width, height)))

    def _upright(self, pixels: NDArray[np.uint8]) -> tuple[list[Mark], int]:
        """The characters of the card the right way up, and how far it had to be turned for that."""
        height, width = pixels.shape[:2]
        best: tuple[int, list[Mark], int] = (-1, [], 0)
        for degrees in (0, 180) if width >= height else (90, 270):
            marks = self._marks(turned(pixels, degrees))
            count = max(len(labels_found(marks, side)) for side in LABELS)
            best = max(best, (count, marks, degrees), key=lambda entry: entry[0])
            if count >= ENOUGH:
                break
        return best[1], best[2]

    def _marks(self, pixels: NDArray[np.uint8]) -> list[Mark]:
        quads = shown_quads(self._detector(pixels))
        readings = self._recognizer([crop_line(pixels, quad, self._recognizer.height) for quad in quads])
        return Mark.of(list(zip(quads, readings, strict=True)), pixels.shape[1], pixels.shape[0])

    def _overlooked(self, pixels: NDArray[np.uint8], marks: list[Mark], side: Side) -> list[Mark]:
        """Characters where the layout has a field and no line was found: a detector may overlook a lone one."""
        height, width = pixels.shape[:2]
        quads = empty_cells(marks, side, width, height)
        readings = self._recognizer([crop_line(pixels, quad, self._recognizer.height) for quad in quads])
        sure = [(quad, reading) for quad, reading in zip(quads, readings, strict=True) if reading.confidence > SURE]
        return Mark.of(sure, width, height, first=len(marks))

    def _number(self, pixels: NDArray[np.uint8], field: Field, box: Quad, today: date | None) -> Field:
        """The number read again as what it can be, in the height of its line and the width of its cell."""
        cell = next(cell for cell in CELLS[Side.FRONT] if cell.field == "number")
        left, top, right, bottom = box.hull
        margin, scale = (bottom - top) / 2, pixels.shape[1] / WIDTH
        shown = Quad.rect(max(left - margin, cell.left * scale), top, min(right + margin, cell.right * scale), bottom)
        found = self._numbers(crop_line(pixels, shown, self._recognizer.height), today)
        return Field(found.text, found.confidence, False, box) if found.text else field


def _turned_back(card: IdCard, shape: tuple[int, ...], back: tuple[float, float, float, float, float, float]) -> IdCard:
    """The card with its boxes in the picture as it was given."""
    height, width = shape[:2]
    fields = {
        name: replace(field, box=field.box.transformed(back))
        for name, field in card.fields.items()
        if field.box is not None
    }
    left, top, right, bottom = PORTRAIT
    sx, sy = width / WIDTH, height / HEIGHT
    portrait = Quad.rect(left * sx, top * sy, right * sx, bottom * sy).transformed(back)
    return replace(
        card,
        **fields,  # type: ignore[arg-type]
        card_box=Quad.rect(0, 0, width, height).transformed(back),
        portrait_box=portrait if card.side is Side.FRONT else None,
    )
