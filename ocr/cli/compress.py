"""``ocr compress``: make a trained model smaller by a recipe or to a size, and compare two results."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ocr.cli.group import cli
from ocr.compress.techniques import TECHNIQUES
from ocr.errors import DependencyError, ExitCode, UsageError

if TYPE_CHECKING:
    from ocr.compress.data import DataConfig
    from ocr.compress.pages import PageConfig
    from ocr.compress.target import Goal

__all__ = ["compress"]

TECHNIQUE_LIST = "\b\nTechniques of recipes:\n" + "\n".join(
    f"  {name:<13} {technique.description}" for name, technique in TECHNIQUES.items()
)
EXAMPLE = """\b
Example:
  ocr compress models/training/crnn-en-mobile.pt --recipe models/recipes/crnn-en-tiny.toml -o work/tiny
  ocr read --recognizer work/tiny/crnn-en-tiny.dcz page.png
  ocr compress models/training/crnn-en-mobile.pt --target-bytes 200K --drawn 'cache/synth/*.npz' -o work/200K
  ocr compress models/training/detect-mobile.pt --target-bytes 220K --data models/recipes/detect-tiny.toml -o work/d
  ocr compress models/lm-en.npz --target-bytes 95K -o work/lm
  ocr compress show work/tiny work/200K

"""


class ModelFirst(click.Group):
    """A group that takes what is not the name of a command as a model to compress."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Insert the command ``model`` where none is named."""
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = ["model", *args]
        return super().parse_args(ctx, args)


@cli.group(
    cls=ModelFirst, short_help="Make a trained model smaller.", epilog=EXAMPLE + TECHNIQUE_LIST,
    subcommand_metavar="MODEL -o DIR (--recipe FILE | --target-bytes SIZE | ...) | show A B",
)  # fmt: skip
def compress() -> None:
    """Make a trained recogniser or detector smaller by the steps of a recipe, measure after each, write a .dcz file.

    MODEL is a checkpoint of `ocr train`, or the .npz file of a language model, which needs --target-bytes alone. DIR
    receives a checkpoint and figures of every step, the packed model, report.json, report.md and pareto.png.
    `ocr compress MODEL --help` lists the options.

    This needs the packages of the extra "train"; ocr doctor says how to install them.
    """


class Size(click.ParamType):  # type: ignore[type-arg]
    """A number of bytes: ``200000``, ``200K``, ``1.5M``."""

    name = "size"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number."""
        text = str(value).strip().upper().removesuffix("B")
        factor = {"K": 1_000, "M": 1_000_000}.get(text[-1:], 1)
        try:
            size = int(float(text.rstrip("KM")) * factor)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is not a size such as 200K or 1.5M", param, ctx)
        if size <= 0:
            self.fail(f"{value!r} is not more than 0", param, ctx)
        return size


@compress.command("model", short_help="Compress MODEL (the word model can be left out).")
@click.argument("model", type=click.Path(path_type=Path, dir_okay=False), metavar="MODEL")
@click.option(
    "--recipe", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="TOML file with the steps."
)
@click.option(
    "--target-bytes", type=Size(), metavar="SIZE", help="Search for a recipe: size of the packed file, as 200K."
)
@click.option(
    "--max-loss",
    type=click.FloatRange(0, 1, min_open=True),
    metavar="X",
    help="Search for the smallest: rise of the character error rate on the held lines, as 0.01.",
)
@click.option(
    "--target-ms",
    type=click.FloatRange(0, min_open=True),
    metavar="MS",
    help="Search for a narrower net: milliseconds a line of 320 pixels, one thread, single precision.",
)
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    required=True,
    help="Folder of the run.",
)
@click.option("--resume", is_flag=True, help="Continue the run in DIR; finished steps are not repeated.")
@click.option(
    "--steps",
    type=click.IntRange(0),
    default=300,
    show_default=True,
    help="Optimizer steps of each retraining of a search; a recipe says its own.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Of a search: TOML file with a table [data] (lines) or [pages], such as a recipe.",
)
@click.option(
    "--drawn", multiple=True, metavar="PATTERN", help="Shards of drawn lines to retrain on (instead of the recipe's)."
)
@click.option(
    "--real", multiple=True, metavar="PATTERN", help="Shards of scanned lines to retrain on (instead of the recipe's)."
)
@click.option("--held", multiple=True, metavar="PATTERN", help="Shards to measure on (instead of the recipe's).")
def compress_model(
    model: Path,
    recipe: Path | None,
    target_bytes: int | None,
    max_loss: float | None,
    target_ms: float | None,
    out: Path,
    resume: bool,
    steps: int,
    data: Path | None,
    **patterns: tuple[str, ...],
) -> ExitCode:
    """Compress MODEL by a recipe, or search for one that reaches a target: a checkpoint, or an .npz language model.

    A target that cannot be met is said so (exit code 5); the best that was reached is kept in DIR.
    """
    goals = {"bytes": target_bytes, "loss": max_loss, "ms": target_ms}
    wanted = {kind: value for kind, value in goals.items() if value is not None}
    if len(wanted) + (recipe is not None) != 1:
        raise UsageError("give one of --recipe, --target-bytes, --max-loss and --target-ms; --help has an example")
    given = {key: list(value) for key, value in patterns.items() if value}
    command = shlex.join(["ocr", *sys.argv[1:]])
    with _needing_torch():
        if model.suffix == ".npz":
            return _language(model, target_bytes, out, given or data)
        if recipe is not None:
            if data is not None:
                raise UsageError("--data is for a search; a recipe names its data itself")
            click.echo(_by_recipe(model, recipe, given, out, resume, command))
            return ExitCode.OK
        from ocr.compress.bench import opened
        from ocr.compress.target import Goal

        if model.suffix in (".onnx", ".dcz"):
            opened(model)  # which says what compression starts from
        [(kind, value)] = wanted.items()
        return _to_target(model, Goal(kind, float(value)), _data(data, given), out, steps, resume, command)


def _by_recipe(model: Path, path: Path, given: dict[str, list[str]], out: Path, resume: bool, command: str) -> str:
    from ocr.compress.bench import compress as run
    from ocr.compress.bench import opened, prepare
    from ocr.compress.recipe import read_recipe
    from ocr.compress.report import table

    recipe = read_recipe(path, given)
    opened(model)
    prepare(model, path.read_text(encoding="utf-8"), out, resume)
    rows = run(model, recipe, out, command)
    return f"{table(rows)}\n{out / f'{recipe.name}.dcz'}"


def _data(path: Path | None, given: dict[str, list[str]]) -> DataConfig | PageConfig:
    """The data of a search: of a TOML file, of the options, or both."""
    from ocr.compress.recipe import data_of
    from ocr.train.config import read_table

    if path is None and "drawn" not in given:
        raise UsageError(
            "a search needs lines to retrain on: name shards with --drawn, and with --held to measure on; "
            "or lines or pages with --data FILE"
        )
    found: DataConfig | PageConfig = data_of(read_table(path) if path else {}, path or "options", given)
    return found


def _to_target(
    model: Path, goal: Goal, data: DataConfig | PageConfig, out: Path, steps: int, resume: bool, command: str
) -> ExitCode:
    from ocr.compress.report import table
    from ocr.compress.target import reach

    found = reach(model, goal, data, out, steps, resume, command)
    click.echo(table(found.rows))
    click.echo(str(found.file))
    click.echo(f"ocr: {found.message}", err=True)
    return ExitCode.OK if found.met else ExitCode.PARTIAL_FAILURE


def _language(model: Path, size: int | None, out: Path, other: object) -> ExitCode:
    """A language model has no recipe and needs no data: a size decides."""
    from ocr.compress.language import compress_language

    if size is None or other:
        raise UsageError(f"{model}: a language model needs --target-bytes alone, as --target-bytes 100K")
    made = compress_language(model, size, out)
    click.echo(f"{made.before:,} n-grams -> {made.after:,}, {model.stat().st_size:,} bytes -> {made.bytes:,}")
    click.echo(str(made.file))
    if not made.met:
        click.echo(f"ocr: the target cannot be met: the smallest has {made.bytes:,} bytes, and is kept", err=True)
    return ExitCode.OK if made.met else ExitCode.PARTIAL_FAILURE


@compress.command(short_help="Compare the results of two runs.")
@click.argument("one", type=click.Path(path_type=Path), metavar="A")
@click.argument("other", type=click.Path(path_type=Path), metavar="B")
def show(one: Path, other: Path) -> None:
    """Compare the last steps of two runs: A and B are their folders."""
    with _needing_torch():
        from ocr.compress.report import compared

        click.echo(compared(one, other))


@contextmanager
def _needing_torch() -> Iterator[None]:
    """Report a missing package of the train extra with the command that installs it.

    Raises:
        DependencyError: one is missing.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before torch: spinning threads starve their neighbours
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # the exporter imports onnxruntime by itself
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("ocr"):
            raise
        from ocr.doctor import install_extra

        raise DependencyError(f"compression needs the package {error.name}; run: {install_extra('train')}") from error
