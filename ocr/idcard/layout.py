"""Layout of a Chinese resident identity card, in millimetres from its top left corner."""

from __future__ import annotations

from dataclasses import dataclass

from ocr.idcard.card import Side

__all__ = ["CELLS", "HEIGHT", "LABELS", "LANDMARKS", "PORTRAIT", "TITLES", "WIDTH", "Cell", "Label"]

WIDTH, HEIGHT = 85.6, 54.0
"""ID-1 of ISO/IEC 7810."""
PORTRAIT = (53.5, 7.5, 79.5, 40.0)
"""Left, top, right, bottom."""
SIZE = 2.5


@dataclass(frozen=True, slots=True)
class Label:
    """Text that is printed on every card: its left end and the middle of its line."""

    text: str
    left: float
    middle: float

    @property
    def pitch(self) -> float:
        """Distance between characters: labels of two are spaced to the width of three."""
        return SIZE * (1.65 if len(self.text) == 2 else 1.06)

    def center(self, index: int) -> tuple[float, float]:
        """The centre of a character."""
        return self.left + index * self.pitch + SIZE / 2, self.middle


LABELS: dict[Side, tuple[Label, ...]] = {
    Side.FRONT: (
        Label("姓名", 7.0, 10.9), Label("性别", 7.0, 17.0), Label("民族", 25.9, 17.0), Label("出生", 7.0, 23.2),
        Label("年", 25.8, 23.2), Label("月", 34.4, 23.2), Label("日", 43.1, 23.2), Label("住址", 7.0, 29.4),
        Label("公民身份号码", 7.0, 45.6),
    ),
    Side.BACK: (Label("签发机关", 20.4, 39.6), Label("有效期限", 20.4, 46.0)),
}  # fmt: skip

TITLES = (("中华人民共和国", 29.9, 74.6, 9.1, 4.6), ("居民身份证", 26.7, 78.6, 18.4, 7.0))
"""Titles of the back: text, left, right, middle of the line, and size."""


def _landmarks(side: Side) -> list[tuple[str, float, float]]:
    found = [(text, *label.center(i)) for label in LABELS[side] for i, text in enumerate(label.text)]
    for title, left, right, middle, size in TITLES if side is Side.BACK else ():
        step = (right - left - size) / (len(title) - 1)
        found += [(text, left + size / 2 + i * step, middle) for i, text in enumerate(title)]
    return found


LANDMARKS = {side: _landmarks(side) for side in LABELS}
"""Every character that is printed on all cards, with its centre."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The rectangle in which the centres of the characters of a field lie."""

    field: str
    left: float
    top: float
    right: float
    bottom: float

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies in it."""
        return self.left <= x < self.right and self.top <= y < self.bottom


CELLS: dict[Side, tuple[Cell, ...]] = {
    Side.FRONT: (
        Cell("name", 15.2, 8.0, 52.0, 14.0),
        Cell("sex", 15.2, 14.0, 24.0, 20.1),
        Cell("ethnicity", 34.0, 14.0, 53.0, 20.1),
        Cell("year", 15.2, 20.1, 25.2, 26.4),
        Cell("month", 28.9, 20.1, 34.2, 26.4),
        Cell("day", 37.4, 20.1, 42.9, 26.4),
        Cell("address", 15.2, 26.4, 54.6, 43.0),
        Cell("number", 24.0, 43.0, 76.0, 49.5),
    ),
    Side.BACK: (Cell("issuer", 32.0, 36.5, 85.6, 43.0), Cell("span", 32.0, 43.0, 82.0, 49.5)),
}
"""Fields, by the centres of their characters; the date of birth in three parts, the validity in one."""
