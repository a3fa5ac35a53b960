"""``ocr export --benchmark``: every target exported, read back and timed, in one table."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ocr.errors import DependencyError, OcrError
from ocr.export.check import Report
from ocr.export.folder import SAMPLE, export
from ocr.export.targets import TARGETS, Target, aligned
from ocr.exported import opened
from ocr.options import Options
from ocr.pipeline import Reader

__all__ = ["Row", "benchmark", "table"]


@dataclass(frozen=True, slots=True)
class Row:
    """One variant of one target.

    Attributes:
        target, variant: which.
        status: ``ok``, ``converted`` (it does not run here), ``not installed`` or ``failed``.
        reason: why, where it is not ``ok``.
        report: of the export.
        ms_page: milliseconds of processor time for the sample page with detector and recogniser alone, on one thread.
    """

    target: str
    variant: str
    status: str
    reason: str = ""
    report: Report | None = None
    ms_page: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """The row with the figures of its report."""
        said: dict[str, Any] = {"target": self.target, "variant": self.variant, "status": self.status}
        if self.report is None:
            return {**said, "reason": self.reason}
        return {**said, **self.report.to_json(), "ms_page": round(self.ms_page, 1)}


def benchmark(
    targets: Sequence[Target] = (), *, lang: str = "en", model: str | Path | None = None, lines: Path | None = None
) -> list[Row]:
    """A row for each variant of each target; one that fails is a row with its reason.

    Args:
        targets: all when left out.
        lang: as in :func:`ocr.export.folder.export`, as the other arguments.
        model: name or path of a recogniser.
        lines: ground truth to measure on.
    """
    return [
        _row(target, variant, lang, model, lines)
        for target in targets or TARGETS.values()
        for variant in target.variants
    ]


def _row(target: Target, variant: str, lang: str, model: str | Path | None, lines: Path | None) -> Row:
    try:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "export"
            report = export(target, variant, folder, lang=lang, model=model, lines=lines)
            if target.elsewhere:
                return Row(target.argument, variant, "converted", f"runs on {target.elsewhere} alone", report)
            return Row(target.argument, variant, "ok", "", report, _page_time(folder))
    except DependencyError as error:
        return Row(target.argument, variant, "not installed", str(error))
    except (OcrError, ValueError, RuntimeError) as error:
        return Row(
            target.argument, variant, "failed", str(error).splitlines()[0] if str(error) else type(error).__name__
        )


def _page_time(folder: Path) -> float:
    """Milliseconds of processor time for the sample, at the second reading."""
    exported = opened(folder)
    plain = Options(lang=exported.lang, decoder="greedy", enhance="none", orient=False, fallback="never", threads=1)
    reader = Reader(options=plain, detector=exported.detector, recognizer=exported.recognizer)
    reader.read(folder / SAMPLE)
    started = time.process_time()
    reader.read(folder / SAMPLE)
    return 1000 * (time.process_time() - started)


def _shown(value: float | None, form: str) -> str:
    """A figure, or a dash where there is none."""
    return "-" if value is None else format(value, form)


HEAD = ("Target", "Variant", "Status", "MB", "ms/line", "ms/page", "Agreement", "CER", "CER float", "Lines")


def table(rows: Sequence[Row]) -> str:
    """The rows as text, and below them why some have no figures."""
    cells: list[Sequence[str]] = [HEAD]
    for row in rows:
        report = row.report
        figures = ("-",) * 7 if report is None else (
            f"{report.bytes / 1e6:.2f}", _shown(report.ms_line, ".1f"), _shown(row.ms_page or None, ".0f"),
            _shown(report.agreement, ".2%"), _shown(report.cer, ".2%"), f"{report.cer_float:.2%}", str(report.lines),
        )  # fmt: skip
        cells.append((row.target, row.variant, row.status, *figures))
    reasons = [f"{row.target} ({row.variant}): {row.reason}" for row in rows if row.reason]
    return "\n".join([aligned(cells), *([""] if reasons else []), *reasons])
