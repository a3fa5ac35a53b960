"""What was done to a page between the input and its text, and what went wrong there."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

__all__ = ["Clock", "PageError", "Step", "StepName"]


class StepName(StrEnum):
    """Everything that can be done to a page between the input and its text."""

    DECODE = "decode"
    DPI = "dpi"
    """The resolution was estimated, because the file states none or an impossible one."""
    REDUCED = "reduced"
    """The page is too large and was decoded at a lower resolution."""
    GREY = "grey"
    """The page is too large for colour and was decoded in grey."""
    DEPTH = "depth"
    """More than 8 bits a channel were scaled to 8."""
    ALPHA = "alpha"
    """A transparent picture was composited on a background."""
    COLOUR = "colour"
    """Another colour space was converted to RGB."""
    SQUARE_PIXELS = "square pixels"
    EXIF_ROTATION = "exif rotation"
    NATIVE_IMAGE = "native image"
    """The PDF page is a single scanned image, and these are its own pixels."""
    RENDER = "render"
    """The PDF page was rendered."""
    TEXT_LAYER = "text layer"
    """The page has text of its own: how many lines of it were kept, and whether hidden or all text was removed."""
    CORNERS = "corners"
    DEWARP = "dewarp"
    ENHANCE = "enhance"
    DETECT = "detect"
    UPRIGHT = "upright"
    ORIENT = "orient"
    DESKEW = "deskew"
    RECOGNISE = "recognise"
    FALLBACK = "fallback"
    """Lines of low confidence were re-read by Tesseract."""
    LAYOUT = "layout"
    TIME = "time"
    """Seconds spent in each step."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step that a page went through, with its findings.

    Attributes:
        name: what was done.
        detail: what was found or chosen; the keys depend on the step.

    Example:
        >>> Step(StepName.DESKEW, {"degrees": 1.5}).to_json()
        {'name': 'deskew', 'degrees': 1.5}
    """

    name: StepName
    detail: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """``{"name": ..., **detail}``."""
        return {"name": str(self.name), **self.detail}


@dataclass(frozen=True, slots=True)
class PageError:
    """Why a page could not be read.

    Attributes:
        message: names the file, the page and the fault.
        kind: class of the exception: ``InputError`` for a damaged page, ``MemoryError``, ...
        step: the step that failed.
        page: number of the page, from 1.
    """

    message: str
    kind: str
    step: StepName
    page: int

    def to_json(self) -> dict[str, str]:
        """``{"message", "kind", "step"}``."""
        return {"message": self.message, "kind": self.kind, "step": str(self.step)}


class Clock:
    """Seconds spent in each step of a page, and the step that is running."""

    def __init__(self, step: StepName) -> None:
        self.seconds: dict[str, float] = {}
        self.running = step
        self._first = self._last = time.perf_counter()

    @property
    def total(self) -> float:
        """Seconds since the clock was made."""
        return time.perf_counter() - self._first

    def start(self, step: StepName) -> None:
        """End the running step and begin another."""
        self.stop()
        self.running = step

    def stop(self) -> None:
        """End the running step."""
        now = time.perf_counter()
        before = self.seconds.get(str(self.running), 0.0)
        self.seconds[str(self.running)] = round(before + now - self._last, 4)
        self._last = now
