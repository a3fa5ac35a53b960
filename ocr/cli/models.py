"""``ocr train``, ``ocr eval`` and ``ocr bench``: make models, measure their accuracy and their speed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from ocr.cli import options as shared
from ocr.cli.group import cli
from ocr.cli.one_file import OneFile
from ocr.cli.report import Report
from ocr.cli.streams import echo
from ocr.errors import DependencyError, ExitCode, UsageError
from ocr.train.tasks import TASKS, trainer

__all__ = ["bench", "evaluate", "train"]

EARLIER_NAMES = {"recognizer": "recognize", "detector": "detect", "enhancer": "enhance"}
"""Names that tasks had before; still accepted."""

TASK_LIST = "\b\nTasks:\n" + "\n".join(f"  {name:<10} {task.description}" for name, task in TASKS.items())


@cli.command(epilog=TASK_LIST, short_help="Train a model.")
@click.argument("task", type=click.Choice([*TASKS, *EARLIER_NAMES]), metavar="TASK")
@click.argument("config", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Folder of the run: checkpoints, curve and figures; by default work/ and the name of CONFIG.",
)
@click.option("--resume", is_flag=True, help="Continue the run in that folder from its last checkpoint.")
@click.option(
    "--ctc",
    type=click.Choice(["native", "warpctc"]),
    help="Implementation of the CTC loss, for the task recognize; by default that of PyTorch.",
)
def train(task: str, config: Path, out: Path | None, resume: bool, ctc: str | None) -> None:
    """Train the model of a TASK with the settings of CONFIG, a TOML file.

    This needs the packages of the extra "train"; ocr doctor says how to install them.
    """
    if not config.is_file():
        raise UsageError(f"{config}: there is no such file; list its folder: ls {config.parent}")
    task = EARLIER_NAMES.get(task, task)
    if ctc and task != "recognize":
        raise UsageError(f"--ctc is for the task recognize; leave it out of the task {task}")
    out = out or Path("work") / config.stem
    try:
        echo(str(trainer(task)(config, out, resume, **({"ctc": ctc} if ctc else {}))))
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("ocr"):
            raise
        from ocr.doctor import install_extra

        raise DependencyError(f"training needs the package {error.name}; run: {install_extra('train')}") from error


@cli.command("eval", short_help="Measure accuracy against ground truth.")
@click.argument("truth", type=click.Path(path_type=Path), metavar="GT.jsonl")
@click.option(
    "--predictions", type=click.Path(path_type=Path), help="Score this file of predictions instead of reading images."
)
@click.option("--only", type=click.Path(path_type=Path), help="Score only the images listed in this JSON Lines file.")
@click.option("--save", type=click.Path(path_type=Path), help="Write what was read to this JSON Lines file.")
@click.option("--per-image", is_flag=True, help="Also print the figures of each image, and its text lines not found.")
@click.option("--calibration", is_flag=True, help="Also print a table of confidence against accuracy.")
@click.option(
    "--overlays",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Save pictures of the ten worst pages, with the boxes drawn on them, to this folder.",
)
@shared.reading
@shared.configured
def evaluate(truth: Path, predictions: Path | None, reading: shared.Reading, **settings: Any) -> ExitCode:
    """Measure accuracy against the ground truth in GT.jsonl.

    GT.jsonl has one JSON object a line, for example {"image": "page.png", "text": "..."}; image paths are relative to
    it. The last line of the output is JSON with the figures: cer, wer, word_f1 and others that the ground truth allows.
    The exit code is 5 if images are missing.
    """
    from ocr.evaluate import evaluate as score

    reader = None if predictions else reading.reader()
    line = "{}"
    for line in score(truth, reader, predictions=predictions, **settings):
        echo(line)
    figures = json.loads(line)
    missing, images = figures.get("missing", 0), figures.get("images", 0)
    if not missing:
        return ExitCode.OK
    fault = f"have no line in {predictions}" if predictions else "are not there or could not be read"
    report = click.get_current_context().ensure_object(Report)
    report.error(f"{truth}: {missing} of {images} images {fault}, and count as empty text")
    return ExitCode.PARTIAL_FAILURE


@cli.command(short_help="Measure speed and memory.")
@click.argument("files", nargs=-1, required=True, type=OneFile(), metavar="FILE...")
@click.option(
    "--against",
    default="",
    metavar="A,B",
    help="Other engines to time on the same pages: any of tesseract, rapidocr, faster-paddle, separated by commas.",
)
@click.option(
    "--repeat",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    metavar="N",
    help="Runs of each page; the median is reported.",
)
@shared.as_json
@shared.pages
@shared.password
@shared.reading
@shared.configured
def bench(
    files: tuple[str, ...],
    against: str,
    repeat: int,
    as_json: bool,
    pages: str | None,
    password: str,
    reading: shared.Reading,
) -> ExitCode:
    """Time the stages of reading FILEs and measure memory, optionally beside other engines."""
    from ocr.bench import bench as measure

    peers = [name.strip() for name in against.split(",") if name.strip()]
    report = measure(
        files,
        reading.options,
        peers,
        repeat,
        pages=pages,
        password=password,
        detector=reading.detector,
        recognizer=reading.recognizer,
    )
    echo(json.dumps(report.to_json(), indent=1) if as_json else report.to_text())
    return ExitCode.PARTIAL_FAILURE if report.failed else ExitCode.OK
