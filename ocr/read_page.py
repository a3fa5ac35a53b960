"""What was read on an upright page: its lines, what is no text, and what could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ocr.detect import Region
from ocr.detect.grid import RuledPage
from ocr.detect.leftover import covered
from ocr.document import Line, Quad
from ocr.layout import to_line
from ocr.layout.baselines import measured_baseline
from ocr.layout.cells import unread_cells
from ocr.page.orient import fragmented
from ocr.page.upright import Upright
from ocr.recognize import Reading
from ocr.recognize.show_through import show_through_warning
from ocr.recognize.struck import struck_warning
from ocr.recognize.unread import script_warning, uncovered_script
from ocr.steps import Step

__all__ = ["LEGIBLE", "POOR", "FoundLine", "ReadPage"]

POOR = 0.6
"""Mean confidence of what was found on a page below which it may lie on a wrong side: if it was turned, or if what was
found are fragments."""
LONE, LEGIBLE = 3, 0.8
"""So many lines on a page or fewer show badly which side is up; it may be the wrong one if none was read so surely."""
SURE, WORD = 0.9, 2
"""Least confidence of a word on another side that is the right one, and least number of letters or digits in it."""
LIKE_TEXT, LIKE_A_WORD = 0.7, 1.3
"""Least score of a region, and its least length in heights, that is reported where it could not be read."""
IN_COLUMN, ALIKE, FAR = 2, 1.4, 12.0
"""A short region is text where so many lines that were read stand above and below it, at one edge with it, no more
than so much larger or smaller and no further away in its heights: as line numbers and the columns of tables do."""
CLEARLY, ALONE = 1.3, 3.0
"""How much more has to be read there, and where a picture holds a word or a number alone."""
DOUBTFUL = 0.6
"""Confidence below which it is said that the only text of a picture is doubtful."""
FOREIGN = 0.35
"""Confidence below which a line may be of a script that is not covered, of which most lines show nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class FoundLine:
    """A region of a page and what was read in it.

    Attributes:
        region: as detected.
        shown: the quad that was cropped for the recogniser.
        picture: (H, W) grey, what the recogniser saw.
        reading: what it read.
        kept: whether that is text.
    """

    region: Region
    shown: Quad
    picture: NDArray[np.uint8]
    reading: Reading
    kept: bool = True

    @property
    def line(self) -> Line:
        """The line with its words."""
        baseline = measured_baseline(self.picture, self.shown, self.reading)
        return replace(to_line(self.shown, self.reading), box=self.region.quad, baseline=baseline)


@dataclass(frozen=True, slots=True, eq=False)
class ReadPage:
    """What was read on an upright page.

    Attributes:
        page: its pixels.
        ruled: its rules and cells.
        found: its lines, those that are no text among them.
        steps: what was done.
        warnings: of the fallback.
        behind: how many lines were left out that shine through from the back of the sheet.
        back_contrast: of these, in grey levels; 0 where they are too few to tell.
        token: whether all ink of the picture is a few marks in a row, as in a field that was cut out of a form.
        script: of most of its lines, if the language lacks it and lines were left out for that.
    """

    page: Upright
    ruled: RuledPage
    found: tuple[FoundLine, ...]
    steps: tuple[Step, ...]
    warnings: tuple[str, ...]
    behind: int = 0
    back_contrast: float = 0.0
    token: bool = False
    script: str = ""

    @property
    def lines(self) -> list[Line]:
        """What is text."""
        return [found.line for found in self.found if found.kept]

    @property
    def clearness(self) -> float:
        """How much was read, and how surely: the number of letters and digits, by the mean confidence of all found."""
        read = [(each.reading.confidence, sum(map(str.isalnum, each.reading.text))) for each in self.found if each.kept]
        sure = sum(confidence for confidence, _ in read) / max(1, len(self.found))
        return sure * sum(confidence * size for confidence, size in read)

    @property
    def may_lie_wrong(self) -> bool:
        """Whether the page may lie on another side: little of what was found is legible."""
        sure = [each.reading.confidence if each.kept else 0.0 for each in self.found]
        if len(sure) <= LONE:
            return bool(sure) and max(sure) < LEGIBLE
        turned = bool(self.page.rotation) or fragmented(self.page.plain)
        return turned and sum(sure) < POOR * len(sure)

    def clearer(self, other: ReadPage) -> bool:
        """Whether much more is read on another side of the page, a word along it at least."""
        words = (
            each.kept and each.reading.confidence >= SURE and sum(map(str.isalnum, each.reading.text)) >= WORD
            for each in other.found
            if abs(each.shown.angle) < 45
        )
        return any(words) and other.clearness > (ALONE if self.token else CLEARLY) * self.clearness

    def without_foreign(self, lang: str) -> ReadPage:
        """The page without its doubtful lines, if most are of a script that a language (``Options.lang``) lacks."""
        poor = [not found.kept or found.reading.confidence < FOREIGN for found in self.found]
        left_out = sum(not found.kept for found in self.found)
        if not 0 < sum(poor) - left_out <= left_out / 2:  # most show no letters that are known
            return self
        lost = [found.picture for found, doubtful in zip(self.found, poor, strict=True) if doubtful]
        script = uncovered_script(lang, lost, len(poor) - len(lost))
        if not script:
            return self
        found = (replace(each, kept=not doubtful) for each, doubtful in zip(self.found, poor, strict=True))
        return replace(self, found=tuple(found), script=script)

    def all_warnings(self, number: int, lang: str, lines: Sequence[Line]) -> tuple[str, ...]:
        """What could not be read, in words.

        Args:
            number: of the page.
            lang: as in ``Options.lang``.
            lines: of the page.
        """
        left_out = [found for found in self.found if not found.kept]
        pictures, readings = [found.picture for found in self.found], [found.reading for found in self.found]
        script = script_warning(number, lang, [found.picture for found in left_out], len(lines), self.script)
        return (
            *self.warnings,
            *unread_cells(number, self.ruled, [found.region for found in left_out], lines),
            *(script or self._unread_lines(number, left_out, lines)),
            *show_through_warning(number, self.behind),
            *struck_warning(number, pictures, readings),
            *self._doubtful_token(number, lines),
        )

    def _doubtful_token(self, number: int, lines: Sequence[Line]) -> tuple[str, ...]:
        """A warning where the only ink of a picture was read, but not surely, or was not read."""
        table = any(grid.is_table for grid in self.ruled.grids)
        if not self.token or table or any(line.confidence >= DOUBTFUL for line in lines):
            return ()
        if not lines:
            return (f"page {number}: all its ink is a few marks in a row, which could not be read",)
        return (f"page {number}: its only text is doubtful, {lines[0].text!r}",)

    def _unread_lines(self, number: int, left_out: Sequence[FoundLine], lines: Sequence[Line]) -> tuple[str, ...]:
        """A warning about what looks like a line of text to the detector, is no cell, and was left out."""
        text = [np.array(line.box.points) for line in lines]
        hulls = np.array([line.box.hull for line in lines]).reshape(-1, 4)
        tables = [grid for grid in self.ruled.grids if grid.is_table]
        lost = [
            region.quad
            for region in (each.region for each in left_out)
            if not region.leftover
            and (
                (region.score >= LIKE_TEXT and region.quad.width > LIKE_A_WORD * region.quad.height)
                or _in_column(region.quad, hulls)
            )
            and not covered(np.array([region.quad.hull]), text).any()
            and not any(grid.cell_at(*region.quad.center) for grid in tables)
        ]
        if not lost:
            return ()
        count = "1 line" if len(lost) == 1 else f"{len(lost)} lines"
        x, y = min(lost, key=lambda quad: quad.center[1]).center
        where = "at" if len(lost) == 1 else "the first at"
        return (f"page {number}: {count} could not be read, {where} ({x:.0f}, {y:.0f}) of the upright page",)


def _in_column(quad: Quad, lines: NDArray[np.float64]) -> bool:
    """Whether lines (N, 4: left, top, right, bottom) of a size with a region stand in one column with it."""
    left, top, right, bottom = quad.hull
    size = bottom - top
    width, height = lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1]
    alike = (height < ALIKE * size) & (size < ALIKE * height) & (width < ALIKE * (right - left) + size)
    edges = np.minimum(np.abs(lines[:, 0] - left), np.abs(lines[:, 2] - right)) < size / 3
    away = np.abs((lines[:, 1] + lines[:, 3]) / 2 - (top + bottom) / 2)
    return int((alike & edges & (away > size / 2) & (away < FAR * size)).sum()) >= IN_COLUMN
