"""One card out of the sides that were read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ocr.idcard.card import BACK, FRONT, RESIDENT, IdCard, Problem, Side

__all__ = ["joined"]


def joined(images: Sequence[Sequence[IdCard]]) -> IdCard:
    """The sides of one card. If one image shows a side twice, it is unclear which card is meant: no fields."""
    problems = {problem for image in images for side in image for problem in side.problems}
    sides = [side for image in images for side in image if side.side is not Side.NONE]
    if len({side.side for side in sides}) < len(sides):
        problems.add(Problem.WRONG_SIDE)
    doubtful = any(len({side.side for side in image}) < len(image) for image in images)
    if not sides or doubtful:
        return IdCard(problems=tuple(problems))
    if sides[0].kind != RESIDENT:
        return sides[0]
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
