"""Lines are drawn out to the letters at their ends."""

from __future__ import annotations

import numpy as np

from ocr.detect.ends import to_the_ends


def box(left: float, top: float, right: float, bottom: float) -> tuple[np.ndarray, float]:
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], float), 0.9


def hull(corners: np.ndarray) -> list[float]:
    return [*corners.min(0).tolist(), *corners.max(0).tolist()]


WORDS = np.array([(100, 70, 150, 140), (155, 80, 300, 140), (306, 80, 350, 140)], float)


def test_letters_at_both_ends_are_added() -> None:
    [(corners, score)] = to_the_ends([box(153, 80, 302, 140)], WORDS)
    assert hull(corners) == [100, 70, 350, 140] and score == 0.9


def test_a_letter_that_is_cut_is_whole() -> None:
    [(corners, _)] = to_the_ends([box(110, 70, 350, 140)], WORDS)
    assert hull(corners) == [100, 70, 350, 140]


def test_lines_that_run_upwards_are_drawn_out_too() -> None:
    upwards = np.array([(80, -153), (80, -302), (140, -302), (140, -153)], float)
    words = np.stack([WORDS[:, 1], -WORDS[:, 2], WORDS[:, 3], -WORDS[:, 0]], 1)
    [(corners, _)] = to_the_ends([(upwards, 0.9)], words)
    assert hull(corners) == [70, -350, 140, -100] and corners[0].tolist() == [70, -100]


def test_words_other_lines_and_large_marks_stay_apart() -> None:
    line = box(153, 80, 302, 140)
    for mark in (
        (330, 80, 360, 140),
        (306, 150, 350, 210),
        (304, 0, 340, 200),
        (304, 80, 600, 140),
        (304, 105, 312, 112),
    ):
        [(corners, _)] = to_the_ends([line], np.array([mark, (155, 80, 300, 140)], float))
        assert hull(corners) == [153, 80, 302, 140], mark
    lines = [line, box(303, 80, 400, 140)]
    assert [hull(corners) for corners, _ in to_the_ends(lines, WORDS[1:])] == [hull(corners) for corners, _ in lines]


def test_a_line_that_reaches_the_next_one_ends_where_its_ink_does() -> None:
    words = np.array([(100, 80, 150, 140), (155, 80, 200, 140), (260, 80, 320, 140), (330, 80, 400, 140)], float)
    lines = [box(96, 78, 265, 142), box(258, 78, 404, 142)]
    assert [hull(corners) for corners, _ in to_the_ends(lines, words)] == [[96, 78, 204, 142], [258, 78, 404, 142]]
    joined = np.array([(100, 80, 150, 140), (155, 80, 320, 140), (330, 80, 400, 140)], float)
    assert [hull(corners) for corners, _ in to_the_ends(lines, joined)] == [[96, 78, 265, 142], [258, 78, 404, 142]]


def test_a_large_line_is_as_tall_as_its_letters() -> None:
    words = np.array([(100, 60, 150, 140), (155, 62, 200, 140)], float)
    lines = [box(96, 80, 204, 144), *(box(96, 200 + 40 * k, 400, 224 + 40 * k) for k in range(3))]
    assert [hull(corners) for corners, _ in to_the_ends(lines, words)] == [
        [96, 57, 204, 144], *(hull(corners) for corners, _ in lines[1:])
    ]  # fmt: skip
    alone = to_the_ends(lines[:1], words)
    assert hull(alone[0][0]) == [96, 80, 204, 144]  # as large as all others


def test_nothing_to_draw_out() -> None:
    assert to_the_ends([], WORDS) == []
    assert len(to_the_ends([box(0, 0, 50, 10)], np.zeros((0, 4)))) == 1
