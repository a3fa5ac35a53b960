"""What a compression run reports: a table, ``report.json``, ``report.md`` and ``pareto.png``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ocr.compress.measure import Row
from ocr.errors import InputError
from ocr.output import replacing

__all__ = ["compared", "read_rows", "table", "write_report"]

COLUMNS = (
    ("step", "{}"), ("parameters", "{:,}"), ("non_zero", "{:,}"), ("bytes", "{:,}"), ("multiply_adds", "{:,}"),
    ("milliseconds", "{:.2f}"), ("error", "{:.4f}"), ("minutes", "{:.1f}"),
)  # fmt: skip
TITLES = {"non_zero": "not zero", "multiply_adds": "multiply-adds", "milliseconds": "ms", "error": "error held"}


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table, with the bytes also as a share of the first row's."""
    heads = [TITLES.get(key, key) for key, _ in COLUMNS] + ["smaller"]
    first = rows[0].bytes if rows else 1
    lines = [[form.format(getattr(row, key)) for key, form in COLUMNS] + [f"{first / row.bytes:.1f} x"] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in [heads, ["---"] * len(heads), *lines])


def write_report(out: Path, rows: Sequence[Row], about: dict[str, Any]) -> None:
    """Write ``report.json``, ``report.md`` and ``pareto.png`` into a folder.

    Args:
        out: the folder.
        rows: one for each step.
        about: what the run was: model, recipe, command; goes into the JSON and stands above the table.

    Raises:
        OutputError: a file cannot be written.
    """
    with replacing(out / "report.json") as file:
        file.write((json.dumps({**about, "rows": [asdict(row) for row in rows]}, indent=1) + "\n").encode())
    lines = [
        f"# {about.get('name', out.name)}",
        "",
        "```bash",
        str(about.get("command", "")),
        "```",
        "",
        table(rows),
        "",
    ]
    with replacing(out / "report.md") as file:
        file.write("\n".join(lines).encode())
    draw_pareto(out / "pareto.png", rows)


def draw_pareto(path: Path, rows: Sequence[Row]) -> None:
    """Error against bytes and against milliseconds, a point for each step, as a PNG.

    Raises:
        OutputError: the file cannot be written.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    for axes, key, label in zip(
        figure.subplots(1, 2), ("bytes", "milliseconds"), ("bytes of the packed file", "ms"), strict=True
    ):
        x, y = [getattr(row, key) for row in rows], [100 * row.error for row in rows]
        axes.plot(x, y, "o-", color="tab:blue", linewidth=0.8)
        for row, at, error in zip(rows, x, y, strict=True):
            axes.annotate(row.step, (at, error), fontsize=8, xytext=(4, 4), textcoords="offset points")
        axes.set(xlabel=label, ylabel="error on what is held back, %")
        axes.grid(alpha=0.3)
    with replacing(path) as file:
        figure.savefig(file, format="png", dpi=100)


def read_rows(path: Path) -> list[Row]:
    """The rows of a run's folder or of its ``report.json``.

    Raises:
        InputError: there is none, or it is damaged.
    """
    path = path / "report.json" if path.is_dir() else path
    try:
        return [Row(**row) for row in json.loads(path.read_text(encoding="utf-8"))["rows"]]
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); name the folder of a finished run") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: not the report of a compression run ({error})") from error


def compared(one: Path, other: Path) -> str:
    """The last rows of two runs beside each other, and what the second is to the first."""
    a, b = (read_rows(path)[-1] for path in (one, other))
    lines = [["", str(one), str(other), "change"], ["---"] * 4]
    for key, form in COLUMNS:
        first, second = getattr(a, key), getattr(b, key)
        change = ""
        if key == "error":
            change = f"{100 * (second - first):+.2f} points"
        elif isinstance(first, int | float) and first:
            change = f"x {second / first:.2f}"
        lines.append([TITLES.get(key, key), form.format(first), form.format(second), change])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
