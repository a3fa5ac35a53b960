"""``ocr compress``: make a trained model smaller by a recipe, and compare two results."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from ocr.cli.group import cli
from ocr.compress.techniques import TECHNIQUES
from ocr.errors import DependencyError

__all__ = ["compress"]

TECHNIQUE_LIST = "\b\nTechniques of recipes:\n" + "\n".join(
    f"  {name:<13} {technique.description}" for name, technique in TECHNIQUES.items()
)
EXAMPLE = """\b
Example:
  ocr compress models/training/crnn-en-mobile.pt --recipe models/recipes/crnn-en-tiny.toml -o work/tiny
  ocr read --recognizer work/tiny/crnn-en-tiny.dcz page.png
  ocr compress show work/tiny work/other

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
    subcommand_metavar="MODEL --recipe RECIPE.toml -o DIR | show A B",
)  # fmt: skip
def compress() -> None:
    """Make a trained recogniser smaller by the steps of a recipe, measure after each, and write a .dcz file.

    MODEL is a checkpoint of `ocr train`. DIR receives a checkpoint and figures of every step, the packed model,
    report.json, report.md and pareto.png. `ocr compress MODEL --help` lists the options.

    This needs the packages of the extra "train"; ocr doctor says how to install them.
    """


@compress.command("model", short_help="Compress MODEL (the word model can be left out).")
@click.argument("model", type=click.Path(path_type=Path, dir_okay=False), metavar="MODEL")
@click.option(
    "--recipe",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    required=True,
    help="TOML file with the steps.",
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
    "--drawn", multiple=True, metavar="PATTERN", help="Shards of drawn lines to retrain on, instead of the recipe's."
)
@click.option(
    "--real", multiple=True, metavar="PATTERN", help="Shards of scanned lines to retrain on, instead of the recipe's."
)
@click.option("--held", multiple=True, metavar="PATTERN", help="Shards to measure on, instead of the recipe's.")
def compress_model(
    model: Path,
    recipe: Path,
    out: Path,
    resume: bool,
    drawn: tuple[str, ...],
    real: tuple[str, ...],
    held: tuple[str, ...],
) -> None:
    """Compress MODEL, a checkpoint of `ocr train`, by a recipe."""
    with _needing_torch():
        from ocr.compress.bench import compress as run
        from ocr.compress.bench import opened, prepare
        from ocr.compress.recipe import read_recipe
        from ocr.compress.report import table

        given = {key: list(value) for key, value in (("drawn", drawn), ("real", real), ("held", held)) if value}
        steps = read_recipe(recipe, given)
        opened(model)
        prepare(model, recipe.read_text(encoding="utf-8"), out, resume)
        rows = run(model, steps, out, shlex.join(["ocr", *sys.argv[1:]]))
        click.echo(table(rows))
        click.echo(str(out / f"{steps.name}.dcz"))


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
