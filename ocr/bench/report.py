"""What was measured, and its tables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import mean, median
from typing import Any

__all__ = ["ENGINES", "OURS", "STAGES", "Report", "Timing"]

OURS = "ocr"
ENGINES = ("tesseract", "rapidocr", "faster-paddle")
"""The engines that this reader can be compared with."""

STAGES = ("decode", "corners", "enhance", "detect", "upright", "recognise", "fallback", "layout", "write")


@dataclass(frozen=True, slots=True)
class Timing:
    """One page read once by one engine.

    Attributes:
        engine: its name.
        file: the input.
        page: number of the page, from 1.
        seconds: of reading it, without writing the output.
        lines: text lines found.
        stages: seconds by stage, for engines that report them.
        error: why the page could not be read.
    """

    engine: str
    file: str
    page: int
    seconds: float
    lines: int
    stages: Mapping[str, float] = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured.

    Attributes:
        timings: one for each engine, page and repeat, in the order in which they ran.
        peaks: engine -> peak resident memory of its process and child processes, bytes.
        missing: engine -> why it did not run, and how to install it.
    """

    timings: tuple[Timing, ...]
    peaks: Mapping[str, int]
    missing: Mapping[str, str]

    @property
    def engines(self) -> tuple[str, ...]:
        """The engines that ran, this reader first."""
        return tuple(dict.fromkeys(timing.engine for timing in self.timings))

    @property
    def failed(self) -> bool:
        """Whether a page could not be read by this reader."""
        return any(timing.error for timing in self.timings if timing.engine == OURS)

    def ratio(self, engine: str) -> float:
        """Time of an engine divided by the time of this reader: the median over pages and repeats, paired by round."""
        ours, theirs = self._seconds(OURS), self._seconds(engine)
        pairs = [(a, b) for key, times in theirs.items() for a, b in zip(times, ours.get(key, ()), strict=False) if b]
        return median(a / b for a, b in pairs) if pairs else float("nan")

    def rows(self) -> list[dict[str, Any]]:
        """For each page and engine, the medians over the repeats."""
        groups: dict[tuple[str, int, str], list[Timing]] = {}
        for timing in self.timings:
            groups.setdefault((timing.file, timing.page, timing.engine), []).append(timing)
        return [self._row(group) for group in groups.values()]

    def to_json(self) -> dict[str, Any]:
        """The report as plain dictionaries and lists."""
        ratios = {engine: self.ratio(engine) for engine in self.engines if engine != OURS}
        return {
            "pages": self.rows(),
            "peak_bytes": dict(self.peaks),
            "ratio": {engine: round(ratio, 3) for engine, ratio in ratios.items() if math.isfinite(ratio)},
            "missing": dict(self.missing),
            "timings": [asdict(timing) for timing in self.timings],
        }

    def to_text(self) -> str:
        """Two tables to print: by page, then by engine."""
        header = ["page", "engine", *STAGES, "read s", "lines", "lines/s"]
        table = [header]
        for row in self.rows():
            stages = [f"{row['stages'][stage]:.3f}" if stage in row["stages"] else "" for stage in STAGES]
            speed = f"{row['lines'] / row['seconds']:.0f}" if row["seconds"] else ""
            cells = [f"{Path(row['file']).name}:{row['page']}", row["engine"], *stages, f"{row['seconds']:.3f}"]
            table.append([*cells, str(row["lines"]), speed] if not row["error"] else [*cells, row["error"], ""])
        summary = [["engine", "mean s", "peak MiB", "ratio"]]
        for engine in self.engines:
            times = [row["seconds"] for row in self.rows() if row["engine"] == engine and not row["error"]]
            ratio = "1.00" if engine == OURS else f"{self.ratio(engine):.2f}"
            peak = f"{self.peaks.get(engine, 0) / 2**20:.0f}"
            summary.append([engine, f"{mean(times):.3f}" if times else "", peak, ratio])
        summary += [[engine, "", "", why] for engine, why in self.missing.items()]
        return _aligned(table) + "\n\n" + _aligned(summary)

    def _seconds(self, engine: str) -> dict[tuple[str, int], list[float]]:
        times: dict[tuple[str, int], list[float]] = {}
        for timing in self.timings:
            if timing.engine == engine and not timing.error:
                times.setdefault((timing.file, timing.page), []).append(timing.seconds)
        return times

    def _row(self, group: Sequence[Timing]) -> dict[str, Any]:
        first = group[0]
        stages = {stage: median(t.stages.get(stage, 0.0) for t in group) for stage in STAGES if stage in first.stages}
        return {
            "file": first.file,
            "page": first.page,
            "engine": first.engine,
            "seconds": median(timing.seconds for timing in group),
            "stages": stages,
            "lines": first.lines,
            "error": next((timing.error for timing in group if timing.error), ""),
        }


def _aligned(table: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    lines = []
    for row in table:
        cells = [cell.ljust(w) if i < 2 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
