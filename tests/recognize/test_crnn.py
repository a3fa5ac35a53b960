import numpy as np
import pytest

from ocr.recognize.crnn import tightened


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
