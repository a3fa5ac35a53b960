"""Pictures of a card for a second reading: contrast, lines, and the blur that is undone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.document import Quad
from ocr.idcard.card import Side
from ocr.idcard.frame import FACE, Frame
from ocr.idcard.views import Shown, labels_of, lines_cut, sharpened, stretched

DENSITY = 10
FRAME = Frame.of_box(Side.FRONT, Quad.rect(0, 0, 856, 540))


def card() -> NDArray[np.uint8]:
    """A card with the strokes of a line of print, RGB."""
    picture = np.full((540, 856, 3), 215, np.uint8)
    for x in range(170, 500, 12):
        cv2.line(picture, (x, 290), (x, 320), (30, 30, 30), 4)
    return picture


def edges(shown: Shown) -> float:
    """Steepness of the edges of the print."""
    return float(np.abs(np.diff(shown.image.astype(np.float32), axis=1)).max())


def test_contrast_is_spread_whatever_the_light() -> None:
    line = np.tile(np.array([[118, 118, 118, 96, 118, 118, 118, 118]], np.uint8), (32, 8))
    found = stretched(line)
    assert found.max() == 255 and found.min() < 30
    assert np.ptp(stretched(np.full((32, 64), 118, np.uint8))) == 0


def test_lines_are_cut_out_of_every_picture() -> None:
    shown = Shown(card(), FRAME)
    lines = [Quad.rect(17, 28.7, 50, 33.3), Quad.rect(17, 32.8, 40, 37.4)]
    cuts = lines_cut([shown, shown, shown], lines, 32)
    assert [len(row) for row in cuts] == [6, 6]
    assert all(cut.shape[0] == 32 and cut.ndim == 2 for row in cuts for cut in row)
    assert np.ptp(lines_cut([shown], lines, 32, stretch=True)[0][0]) > np.ptp(cuts[0][0])


@pytest.mark.parametrize("side", [Side.FRONT, Side.BACK])
def test_labels_are_moved_with_the_card(side: Side) -> None:
    places = labels_of(side, (0.0, 0.0))
    moved = labels_of(side, (1.5, -0.5))
    assert len(places) >= 2 and all(len(text) > 1 for text, _ in places)
    for (text, place), (other, there) in zip(places, moved, strict=True):
        assert text == other
        assert there.center == pytest.approx((place.center[0] + 1.5, place.center[1] - 0.5))


@pytest.mark.parametrize("spread", [0.25, 0.35])
def test_a_blur_is_undone_where_labels_are_read_best(spread: float) -> None:
    blurred = cv2.GaussianBlur(card(), (0, 0), spread * DENSITY).astype(np.uint8)
    frame = Frame.of_box(Side.FRONT, FACE.transformed((DENSITY, 0, 0, DENSITY, 0, 0)))
    ways = sharpened(blurred, frame, edges)
    assert len(ways) > 1
    asis = max(sharpened(blurred, frame, lambda way: -edges(way)), key=lambda way: -edges(way))
    assert min(map(edges, ways)) > 1.3 * edges(asis)
    assert edges(ways[0]) >= edges(ways[-1])


def test_a_sharp_card_may_stay_as_it_is() -> None:
    ways = sharpened(card(), FRAME, lambda way: -float(way.image.std()))
    assert any(abs(float(way.image.mean()) - float(card().mean())) < 2 for way in ways)
