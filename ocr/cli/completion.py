"""``ocr completion``: what a shell needs to complete commands, options and choices."""

from __future__ import annotations

import click
from click.shell_completion import ShellComplete, get_completion_class

from ocr.cli.group import cli
from ocr.cli.streams import echo

__all__ = ["SHELLS", "completion", "script"]

SHELLS = ("bash", "zsh", "fish")


def script(shell: str) -> str:
    """The script for one of :data:`SHELLS`."""
    kind = get_completion_class(shell)
    assert kind is not None
    return ShellComplete.source(kind(cli, {}, "ocr", "_OCR_COMPLETE"))


@cli.command(short_help="Print a script for completion in a shell.")
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the script that lets a shell complete commands, options and their values.

    \b
    To try it in this shell:
      eval "$(ocr completion bash)"
    """
    echo(script(shell))
