"""The file that a command works on, where it is one: directories are refused with the command for a file in them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from ocr.errors import InputError
from ocr.folders import walk
from ocr.source.page import in_shell

__all__ = ["OneFile"]


class OneFile(click.Path):
    """A file, or ``-`` for stdin."""

    def __init__(self) -> None:
        super().__init__(allow_dash=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The name.

        Raises:
            InputError: it is that of a directory.
        """
        if value and os.path.isdir(value):
            raise InputError(f"{value}: this is a directory; {_instead(Path(value), param, ctx)}")
        return super().convert(value, param, ctx)


def _instead(folder: Path, param: click.Parameter | None, ctx: click.Context | None) -> str:
    """What to do with a directory: the same command for its first file, or a look into it where it has none."""
    first = next((path for path, readable in walk(folder, False, None, lambda error: None) if readable), None)
    if first is None or ctx is None:
        return f"there is no PDF or picture in it; see what there is: ls -l {in_shell(str(folder))}"
    words = [ctx.command_path]
    for other in ctx.command.params:
        if other is param:
            words.append(in_shell(str(first)))
        elif other.required:
            option = [other.opts[0]] if isinstance(other, click.Option) else []
            words += [*option, other.make_metavar(ctx)]
    return f"give one of the files in it: {' '.join(words)}"
