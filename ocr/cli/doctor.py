"""``ocr doctor``: what is installed, what is missing, and how to get it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from ocr.cli import config
from ocr.cli.group import cli
from ocr.cli.streams import echo
from ocr.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from ocr.doctor import Finding

__all__ = ["doctor"]


@cli.command(short_help="Check the installation.")
def doctor() -> int:
    """Check the installation: what works, what is missing, and what could be added.

    The exit code is 3 if something required is missing or damaged.
    """
    from ocr.doctor import State, examine

    findings = [*examine(), *_configuration()]
    width = max(len(finding.name) for finding in findings)

    def show(finding: Finding) -> None:
        echo(f"{finding.state:<8}  {finding.name:<{width}}  {finding.text}")

    for finding in findings:
        if finding.state is not State.OPTIONAL:
            show(finding)
    optional = [finding for finding in findings if finding.state is State.OPTIONAL]
    if optional:
        echo("\nNot installed, and not needed for reading:")
    for finding in optional:
        show(finding)
    missing = sum(finding.state is State.MISSING for finding in findings)
    echo(f"\n{missing} of the required parts missing or damaged." if missing else "\nEverything required works.")
    return ExitCode.MISSING_DEPENDENCY if missing else ExitCode.OK


def _configuration() -> Iterator[Finding]:
    """Which configuration file is in force, and whether it is right."""
    from ocr.doctor import Finding, State

    context = click.get_current_context()
    path, warning = config.find()
    if warning:
        yield Finding("configuration", State.OPTIONAL, warning)
    if path is None:
        here, users = config.places()
        yield Finding("configuration", State.OK, f"no file; looked for ./{here} and {users}")
    elif context.parent is not None and isinstance(context.parent.command, click.Group):
        try:
            tables = config.load(path, context.parent.command, context.parent).tables
        except UsageError as error:
            yield Finding("configuration", State.MISSING, str(error))
        else:
            keys = sum(map(len, tables.values()))
            names = ", ".join(f"[{name}]" for name in tables) or "no tables"
            yield Finding("configuration", State.OK, f"{path.resolve()}: {names}, {keys} defaults")
