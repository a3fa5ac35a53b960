"""Reference operators, which the nets approximate: functions of a picture (H, W, 3), 0..1, and a strength, 0..1."""

from __future__ import annotations

from collections.abc import Callable

from ocr.page.tones import Picture
from ocr.train.enhance.operators.haze import dark_channel, nonlocal_lines
from ocr.train.enhance.operators.pencil import pencil
from ocr.train.enhance.operators.smoothing import l0, relative_total_variation, rof, tv_l1
from ocr.train.enhance.operators.tone import detail, multiscale_tone, style

__all__ = ["REFERENCES"]

REFERENCES: dict[str, Callable[[Picture, float], Picture]] = {
    "l0": l0,
    "rof": rof,
    "tvl1": tv_l1,
    "rtv": relative_total_variation,
    "tone": multiscale_tone,
    "detail": detail,
    "style": style,
    "dehaze": dark_channel,
    "dehaze-nonlocal": nonlocal_lines,
    "pencil": pencil,
}
"""The photographic operators of Chen, Xu, Koltun 2017, in the order of ``ocr.page.enhance.PHOTOGRAPHIC_OPERATORS``."""
