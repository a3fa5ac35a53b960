"""The password of encrypted PDFs: from the command line, a file, a prompt or the environment."""

from __future__ import annotations

import functools
import getpass
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from ocr.errors import UsageError

__all__ = ["VARIABLE", "password"]

VARIABLE = "OCR_PASSWORD"
"""The environment variable that holds the password where no option gives it."""

LONGEST = 4096
"""Characters of a password; a device may give any number."""

OPTIONS = (
    click.option(
        "--password",
        default="",
        metavar="TEXT",
        help="Password of an encrypted PDF. Other users of the machine can see it (in ps): --password-file is safer.",
    ),
    click.option(
        "--password-file",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help=f"File whose first line is the password; by default the environment variable {VARIABLE} is used.",
    ),
    click.option("--password-prompt", is_flag=True, help="Ask for the password on the terminal."),
)


def password(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options for a password; it arrives as one argument ``password``, empty if there is none."""

    @functools.wraps(command)
    def opened(password: str, password_file: Path | None, password_prompt: bool, **arguments: Any) -> Any:
        given = {"password": password, "password_file": password_file, "password_prompt": password_prompt}
        return command(password=_chosen(given), **arguments)

    for option in reversed(OPTIONS):
        opened = option(opened)
    return opened


def _chosen(given: dict[str, Any]) -> str:
    """The password by the only option that was given; an option of the command line replaces one of a configuration.

    Raises:
        UsageError: there are several, or it cannot be had.
    """
    context = click.get_current_context()
    given = {name: value for name, value in given.items() if value}
    typed = [name for name in given if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    names = typed or list(given)
    if len(names) > 1:
        options = " and ".join(f"--{name.replace('_', '-')}" for name in names)
        raise UsageError(f"{options} each give a password; give one of them")
    if not names:
        return os.environ.get(VARIABLE, "")
    (name,) = names
    if name == "password_file":
        return _first_line(given[name])
    return _asked() if name == "password_prompt" else str(given[name])


def _first_line(path: Path) -> str:
    """The first line of a file.

    Raises:
        UsageError: it cannot be read, or is empty.
    """
    try:
        with path.open(encoding="utf-8") as file:
            line = file.readline(LONGEST).removesuffix("\n").removesuffix("\r")
    except (OSError, UnicodeDecodeError) as error:
        fault = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise UsageError(
            f"{path}: the password cannot be read ({fault}); check the file given with --password-file"
        ) from error
    if not line:
        raise UsageError(f"{path}: the first line is empty; it must be the password")
    return line


def _asked() -> str:
    """What the user types, without showing it.

    Raises:
        UsageError: there is no terminal.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)  # it would be shown while it is typed
            return getpass.getpass("Password of the PDF: ")
    except (getpass.GetPassWarning, EOFError, OSError) as error:
        raise UsageError(
            f"--password-prompt needs a terminal; use --password-file FILE, or the variable {VARIABLE}"
        ) from error
