import math

import cv2
import numpy as np
import pytest

from ocr.recognize.crnn import CrnnRecognizer, line_picture, tightened
from ocr.weights import model


def line(top: int, bottom: int, *, paper: int = 255, ink: int = 0) -> np.ndarray:
    picture = np.full((40, 90), paper, np.uint8)
    picture[top:bottom, 20:70] = ink
    return picture


@pytest.mark.parametrize("dark", [False, True])
def test_rows_without_ink_go_where_ink_is_little(dark: bool) -> None:
    picture = line(6, 22, paper=30, ink=220) if dark else line(6, 22)
    assert tightened(picture).shape == (18, 90)
    assert (tightened(picture) == picture[5:23]).all()


@pytest.mark.parametrize("rules", [[np.s_[:, 3]], [np.s_[1:3]], [np.s_[:, 85:87], np.s_[38]]])
def test_rules_of_a_cell_are_no_ink(rules: list[tuple[slice, ...]]) -> None:
    picture = line(6, 22)
    for rule in rules:
        picture[rule] = 40
    assert (tightened(picture) == picture[5:23]).all()


def test_a_full_line_stays_as_it_is() -> None:
    assert tightened(line(4, 34)).shape == (40, 90)
    assert tightened(line(0, 40)).shape == (40, 90)


def test_a_dash_keeps_room_about_it() -> None:
    assert tightened(line(19, 21)).shape[0] == 14


def test_ink_at_the_rim() -> None:
    assert tightened(line(0, 12)).shape[0] >= 12
    assert tightened(line(30, 40)).shape[0] >= 10


def test_nothing_on_the_line() -> None:
    assert tightened(np.full((32, 50), 200, np.uint8)).shape == (32, 50)


@pytest.mark.parametrize("name", ["crnn-en-mobile-int8", "crnn-zh-int8"])
def test_confidence_is_the_logistic_function_stored_with_the_model(name: str) -> None:
    clear = np.full((32, 200), 255, np.uint8)
    cv2.putText(clear, "OCR 2026", (6, 25), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 0, 2, cv2.LINE_AA)
    blurred = cv2.resize(cv2.resize(clear, (40, 7), interpolation=cv2.INTER_AREA), (200, 32)).astype(np.uint8)
    recognizer = CrnnRecognizer(name, threads=1)
    bias, *weights = model(name, "recognize").metadata.calibration
    confidences = []
    for image in (clear, blurred):
        [(reading, features)] = recognizer.evidence([image])
        odds = bias + sum(weight * feature for weight, feature in zip(weights, features, strict=True))
        assert reading.confidence == pytest.approx(1 / (1 + math.exp(-odds)))
        assert recognizer([image])[0].confidence == pytest.approx(reading.confidence)
        confidences.append(reading.confidence)
    assert confidences[0] > 0.9
    assert confidences[1] < 0.5


def test_a_net_beside_itself_reads_the_same_and_one_with_other_characters_is_not_asked() -> None:
    picture = np.full((32, 200), 255, np.uint8)
    cv2.putText(picture, "OCR 2026", (6, 25), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 0, 2, cv2.LINE_AA)
    small, large = (CrnnRecognizer(name, threads=1) for name in ("crnn-en-mobile-int8", "crnn-en-int8"))
    [alone] = small([picture])
    [twice] = small.beside(small)([picture])
    assert twice.text == alone.text and twice.engine == small.name
    assert twice.confidence == pytest.approx(alone.confidence, abs=0.05)
    [both], [other] = small.beside(large)([picture]), large([picture])
    assert both.text == alone.text and both.confidence != alone.confidence != other.confidence
    chinese = CrnnRecognizer("crnn-zh-int8", threads=1)
    assert small.beside(chinese)([picture]) == [alone]


@pytest.mark.parametrize("height", [20, 32, 48])
def test_long_lines_can_be_shown_at_a_share_of_their_width(height: int) -> None:
    long, short = np.full((height, 20 * height), 255, np.uint8), np.full((height, 2 * height), 255, np.uint8)
    assert line_picture(long, 32, 0.8).shape == (32, 512)
    assert line_picture(long, 32).shape == (32, 640)
    assert line_picture(short, 32, 0.8).shape == (32, 64)


def test_lines_are_condensed_only_for_a_first_look() -> None:
    picture = np.full((32, 200), 255, np.uint8)
    cv2.putText(picture, "OCR 2026", (6, 25), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 0, 2, cv2.LINE_AA)
    name = "crnn-european-mobile-int8"
    first, alone = CrnnRecognizer(name, threads=1, first=True, condensed=True), CrnnRecognizer(name, threads=1)
    assert first.settings.condensed < 1
    assert first([picture])[0].confidence != alone([picture])[0].confidence
    assert first.by_itself()([picture]) == alone([picture])
