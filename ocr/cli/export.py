"""``ocr export``: models as files for phones and other runtimes."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import click

from ocr.cli import options as shared
from ocr.cli.group import cli
from ocr.cli.streams import echo
from ocr.errors import ExitCode, UsageError

__all__ = ["export"]


@cli.command(short_help="Export models for phones and other runtimes.")
@click.option("--list", "listing", is_flag=True, help="Print the table of targets, and whether each runs here.")
@click.option("--target", metavar="TARGET", help="What to export to; ocr export --list names the targets.")
@click.option("--variant", default="", metavar="NAME", help="Precision of the weights; by default the target's first.")
@click.option("--model", metavar="MODEL", help="A recogniser in place of the small one: a name, or the path of a file.")
@shared.lang
@click.option(
    "--lines",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="GT.jsonl",
    help="Ground truth, as ocr eval takes it, whose lines the export is checked on (500 at most); by default a page "
    "that comes with ocr.",
)
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder to write; it must not exist yet.",
)
@click.option(
    "--benchmark",
    is_flag=True,
    help="Export to every target (or to --target), and print one table: size, time, agreement.",
)
@shared.as_json
def export(
    listing: bool, target: str | None, variant: str, model: str | None, lang: str, lines: Path | None,
    out: Path | None, benchmark: bool, as_json: bool,
) -> ExitCode:  # fmt: skip
    """Write the models for a target as a folder to drop into a project.

    The folder has the model files, charset, pipeline.json (sizes, normalisation, thresholds, decoding constants), a
    sample with its expected output, a README with the code that the target needs, and report.json: how it reads beside
    the models that it was made of. Where it reads worse, nothing is written.

    \b
    Examples:
      ocr export --list
      ocr export --target onnx -o ocr-onnx
      ocr read --model ocr-onnx page.png
    """
    from ocr.export.targets import chosen, listed

    if listing + (benchmark or target is not None) != 1:
        raise UsageError(
            "give one of --target TARGET, --list and --benchmark, for example: ocr export --target onnx -o DIR"
        )
    if (target is None or benchmark) and (out or variant):
        raise UsageError(f"{'-o' if out else '--variant'} is for --target TARGET; --list and --benchmark write nothing")
    if listing:
        if model or lines or as_json:
            raise UsageError("--list takes no other option")
        echo(listed())
        return ExitCode.OK
    if benchmark:
        from ocr.export.benchmark import benchmark as run
        from ocr.export.benchmark import table

        rows = run([chosen(target)] if target else (), lang=lang, model=model, lines=lines)
        echo(json.dumps([row.to_json() for row in rows], indent=1) if as_json else table(rows))
        return ExitCode.OK if any(row.report for row in rows) else ExitCode.PARTIAL_FAILURE
    if out is None:
        raise UsageError(f"-o DIR is missing: ocr export --target {target} -o DIR")
    from ocr.export.folder import export as write

    report = write(chosen(target or ""), variant, out, lang=lang, model=model, lines=lines)
    if as_json:
        echo(json.dumps(report.to_json(), indent=1))
        return ExitCode.OK
    folder = shlex.quote(str(out))
    echo(
        f"{out}: {report.model} for {report.target} ({report.variant}), {report.files} files, "
        f"{report.bytes / 1e6:.2f} MB"
    )
    if report.agreement is None or report.cer is None:
        echo("Checked:  names, shapes and operators; these models do not run on this machine, so nothing was read")
        return ExitCode.OK
    echo(
        f"Parity:   {report.agreement:.2%} of the frames as the {report.reference} model, character error rate "
        f"{report.cer:.2%} (that: {report.cer_float:.2%}), {report.ms_line:.1f} ms a line, {report.lines} lines"
    )
    echo(f"Predict:  ocr read --model {folder} {folder}/sample.png")
    echo(f"Validate: ocr eval --model {folder} gt.jsonl")
    return ExitCode.OK
