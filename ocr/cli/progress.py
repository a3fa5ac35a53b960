"""Progress on a terminal: the page of the current file, the file of the run, pages a second, time left."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ocr.cli.report import displayed

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

__all__ = ["Progress", "shown_progress"]

ROOM = 42
"""Columns for numbers: pages, pages a second, time left. On lines shorter than twice this there is no bar."""


class Progress:
    """Counts files and pages; without bars it shows nothing."""

    def __init__(self, files: int = 0, bars: Bars | None = None) -> None:
        self._bars = bars
        self._start = time.perf_counter()
        self._pages = 0
        if bars:
            self._all = bars.add_task("all files", total=files, unit="files", speed="", visible=files > 1)
            self._one = bars.add_task("", total=None, unit="pages", speed="")

    def file(self, name: str) -> None:
        """A file is begun."""
        if self._bars:
            room = max(8, min(40, self._bars.console.width - ROOM))
            self._bars.reset(self._one, description=_short(displayed(name), room), total=None)

    def page(self, total: int) -> None:
        """A page of the current file, which has so many, is done."""
        self._pages += 1
        if self._bars:
            speed = f"{self._pages / (time.perf_counter() - self._start):.1f} pages/s"
            self._bars.update(self._one, total=total, advance=1, speed=speed)

    def file_done(self) -> None:
        """The file is done, well or not."""
        if self._bars:
            self._bars.advance(self._all)
            self._bars.refresh()


@contextmanager
def shown_progress(files: int, *, hidden: bool) -> Iterator[Progress]:
    """Progress of a run over so many files, shown on stderr if that is a terminal that can move its cursor."""
    if hidden or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield Progress()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    console = Console(stderr=True)
    bar: list[ProgressColumn] = [BarColumn(bar_width=24)] if console.width >= 2 * ROOM else []
    columns = (
        TextColumn("{task.description}", markup=False),
        *bar,
        MofNCompleteColumn(),
        TextColumn("{task.fields[unit]} {task.fields[speed]}"),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=console, transient=True, redirect_stdout=False) as bars:
        yield Progress(files, bars)


def _short(name: str, cells: int) -> str:
    """The end of a name that is too long for the line; Han characters take two cells.

    Example:
        >>> _short("scans/1912/letters/page-0001.tif", 16)
        '…s/page-0001.tif'
    """
    from rich.cells import cell_len

    if cell_len(name) <= cells:
        return name
    while cell_len(name) > cells - 1:
        name = name[1:]
    return f"…{name}"
