"""The case of letters that are all of a line."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.transcribe.lone_letters import sized_letter


@pytest.mark.parametrize(("high", "x_height", "read"), [(20, 20, "x"), (20, 14, "X"), (24, 20, "?"), (20, 19, "x")])
def test_case_by_height(high: int, x_height: float, read: str) -> None:
    picture = np.full((40, 40), 255, np.uint8)
    picture[8 : 8 + high, 10:30] = 0
    for letter in "xX":
        assert sized_letter(letter, picture, 40, x_height) == (letter if read == "?" else read)
    assert sized_letter("x", 255 - picture, 20, x_height / 2) == ("x" if read == "?" else read)
