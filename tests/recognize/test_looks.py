from dataclasses import replace

import cv2
import numpy as np
import pytest

from ocr.recognize.crnn import CrnnRecognizer
from ocr.recognize.doubtful import Frames
from ocr.recognize.looks import higher, mean_frames, mean_of_two


def look(*frames: tuple[float, ...]) -> Frames:
    """Logits of three classes in the frames of one line; an empty frame was skipped."""
    live = [frame for frame in frames if frame]
    rows = np.array(live, np.float32).reshape(-1, 3)
    row = np.cumsum([bool(frame) for frame in frames])[:, None] - 1
    row[[not frame for frame in frames]] = -1
    blank = np.zeros(row.shape, np.int64)
    return Frames(blank, blank.astype(np.float32), rows, row)


def mean(*looks: Frames) -> tuple[list[int], list[float]]:
    both = mean_frames(looks)
    return both.classes[:, 0].tolist(), both.probabilities[:, 0].tolist()


def test_two_looks_outvote_one_that_is_less_sure() -> None:
    classes, probabilities = mean(look((0, 6, 4)), look((0, 2, 6)), look((0, 3, 6)))
    assert classes == [2]
    assert 0.5 < probabilities[0] < 0.9


def test_logits_need_no_common_offset() -> None:
    assert mean(look((0, 6, 4)), look((0, 2, 6))) == mean(look((9, 15, 13)), look((-40, -38, -34)))


def test_frames_that_every_look_skipped_stay_blank() -> None:
    classes, probabilities = mean(look((), (0, 9, 0)), look((), (0, 9, 0)))
    assert classes == [0, 1]
    assert probabilities[0] == 1.0


def test_a_character_that_one_look_skipped() -> None:
    assert mean(look((0, 14, 0)), look((0, 14, 0)), look(()))[0] == [1], "two of three are very sure"
    assert mean(look((0, 4, 0)), look((0, 4, 0)), look(()))[0] == [0], "two of three are hardly sure"


def test_a_look_moves_ink_by_one_row() -> None:
    lines = np.ones((2, 1, 9, 12), np.float32)
    lines[1, 0, 4, 3:9] = -1
    seen = higher(lines)
    assert seen.shape == lines.shape
    assert (seen[0] == 1).all()
    assert np.flatnonzero((seen[1, 0] < 0).any(1)).tolist() == [3]
    assert (seen[1, 0, 3] == lines[1, 0, 4]).all()


def test_only_doubtful_lines_of_han_are_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clear = np.full((32, 200), 255, np.uint8)
    cv2.putText(clear, "OCR 2026", (6, 25), cv2.FONT_HERSHEY_SIMPLEX, 0.9, 0, 2, cv2.LINE_AA)
    blurred = cv2.resize(cv2.resize(clear, (30, 5), interpolation=cv2.INTER_AREA), (200, 32)).astype(np.uint8)
    asked: list[int] = []

    def counted(lines: np.ndarray) -> np.ndarray:
        asked.append(len(lines))
        return higher(lines)

    monkeypatch.setattr("ocr.recognize.crnn.higher", counted)
    chinese = CrnnRecognizer("crnn-zh-int8", "lm", 1, "lm-zh")
    assert chinese([clear])[0].text == "OCR 2026"
    assert asked == []
    chosen = chinese.settings
    chinese.settings = replace(chosen, reread_below=0.0)
    assert chinese([blurred])[0].confidence < chosen.reread_below
    assert asked == []
    chinese.settings = chosen
    chinese([clear, blurred])
    assert asked == [1]
    CrnnRecognizer("crnn-en-mobile-int8", "lm", 1, "lm-en")([blurred])
    assert asked == [1]


def test_a_character_that_two_nets_see_in_neighbouring_frames_is_kept_and_not_doubled() -> None:
    blank, seen = (6.0, 0.0, 0.0), (0.0, 6.0, 0.0)
    first, second = (
        Frames.of_logits(np.array([blank, *frames, blank], np.float32)[:, None])
        for frames in ((seen, blank), (blank, seen))
    )
    assert mean_frames([first, second]).classes[:, 0].tolist() == [0, 0, 0, 0]
    assert mean_of_two(first, second).classes[:, 0].tolist() == [0, 1, 0, 0]
    assert mean_of_two(second, first).classes[:, 0].tolist() == [0, 0, 1, 0]


def test_two_nets_that_agree_and_one_that_skipped_a_frame() -> None:
    sure = Frames.of_logits(np.array([(0.0, 9.0, 0.0), (9.0, 0.0, 0.0)], np.float32)[:, None])
    assert mean_of_two(sure, sure).probabilities[:, 0] == pytest.approx(sure.probabilities[:, 0], abs=0.01)
    blank, row = np.zeros((2, 1), np.int64), np.full((2, 1), -1)
    none = Frames(blank, np.ones((2, 1), np.float32), np.zeros((0, 3), np.float32), row)
    assert mean_of_two(sure, none).classes[:, 0].tolist() == [0, 0]
