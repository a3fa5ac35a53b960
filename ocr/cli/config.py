"""Defaults of options from a TOML file: a table for each command, a key for each option.

One file is in force: that of ``--config``, else ``ocr.toml`` in the working directory, else that of the user. Options
on the command line replace its values.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from ocr.errors import UsageError
from ocr.options import Options

__all__ = ["NAME", "Config", "apply", "configured", "find", "load", "places"]

NAME = "ocr.toml"

LARGEST = 1 << 20
"""Bytes of a configuration; a device may give any number."""

SINGLE_RUN = frozenset(
    "output sidecar pages page back_page password password_prompt config_file no_config predictions only save "
    "overlays keep_temporary out resume".split()
)
"""Options that say something about one run and have no defaults."""


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration file that was read and checked.

    Attributes:
        path: of the file.
        tables: for each command, values by the names of its parameters.
    """

    path: Path
    tables: Mapping[str, Mapping[str, Any]]


def configured(command: click.decorators.FC) -> click.decorators.FC:
    """Give a command the options for its configuration; ``Command`` looks after them."""
    command = click.option("--no-config", is_flag=True, expose_value=False, help="Use no configuration file.")(command)
    return click.option(
        "--config",
        "config_file",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="TOML",
        expose_value=False,
        help=f"Configuration file with defaults of options; otherwise {NAME} in the working directory, or the user's.",
    )(command)


def places() -> tuple[Path, Path]:
    """Where a file is looked for: in the working directory, then the user's."""
    return Path(NAME), Path(click.get_app_dir("ocr")) / NAME


def find() -> tuple[Path | None, str]:
    """The file that is in force without options, and a warning about one that is not used.

    A file in the working directory that belongs to somebody else is left alone, so that a directory from a stranger
    changes nothing.
    """
    here, users = places()
    warning = ""
    if os.path.isfile(here):
        if not hasattr(os, "getuid") or here.stat().st_uid in {os.getuid(), 0}:
            return here, ""
        warning = f"{here.resolve()}: not used, because it belongs to another user; to use it: --config {NAME}"
    return (users if os.path.isfile(users) else None), warning


def apply(ctx: click.Context, given: Path | None, refused: bool) -> str:
    """Make the values of the configuration the defaults of a command.

    Args:
        ctx: of the command, before its options are looked at.
        given: value of ``--config``.
        refused: whether ``--no-config`` was given.

    Returns:
        A warning, or nothing.

    Raises:
        UsageError: the file cannot be read, or is wrong; or both options were given.
    """
    if given is not None and refused:
        raise UsageError("--config and --no-config contradict each other; give one of them")
    if refused:
        return ""
    path, warning = (given, "") if given is not None else find()
    if path is not None and ctx.parent is not None and isinstance(ctx.parent.command, click.Group):
        config = load(path, ctx.parent.command, ctx.parent)
        ctx.default_map = dict(config.tables.get(ctx.info_name or "", {}))
        ctx.meta[NAME] = path
    return warning


def load(path: Path, group: click.Group, ctx: click.Context) -> Config:
    """Read a file and check every table, key and value.

    Args:
        path: of the file.
        group: whose commands may have tables.
        ctx: of the group.

    Raises:
        UsageError: it cannot be read, is no TOML, or holds something that is no default of an option.
    """
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST + 1)
        if len(text) > LARGEST:
            raise UsageError(f"{path}: too large for a configuration (over {LARGEST >> 20} MB); check --config")
        tables = tomllib.loads(text.decode("utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: the configuration cannot be read ({error.strerror}); check --config") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not a TOML file ({error}); mend it, or leave it out with --no-config") from error
    commands = {
        name: command
        for name, command in group.commands.items()
        if any(p.name == "config_file" for p in command.params)
    }
    checked = {}
    for name, table in tables.items():
        if name not in commands:
            known = f"the tables are {', '.join(f'[{known}]' for known in sorted(commands))}"
            raise UsageError(f"{path}: [{name}] is no table of a command{_near(name, list(commands))}; {known}")
        if not isinstance(table, dict):
            raise UsageError(f"{path}: {name} = ... must be a table, [{name}], with a line for each option")
        sub = click.Context(commands[name], parent=ctx, info_name=name)
        checked[name] = dict(_value(path, name, key, value, sub) for key, value in table.items())
    return Config(path, checked)


def _value(path: Path, table: str, key: str, value: Any, ctx: click.Context) -> tuple[str, Any]:
    """The parameter that a key stands for, and its value."""
    where = f"{path}: [{table}] {key}"
    known = dict(_keys(ctx.command))
    if key not in known:
        if key in {option.removeprefix("--") for param in ctx.command.params for option in param.opts}:
            raise UsageError(f"{where}: this belongs to a single run and has no default; give it on the command line")
        raise UsageError(f"{where}: no option of ocr {table} has this name{_near(key, list(known))}")
    param, negated = known[key]
    if getattr(param, "is_flag", False):
        if not isinstance(value, bool):
            raise UsageError(f"{where}: must be true or false, not {value!r}")
        return str(param.name), value is not negated
    if isinstance(value, bool) or not isinstance(value, str | int | float | list):
        raise UsageError(f"{where}: {value!r} is no value of this option; see: ocr {table} --help")
    try:
        cast = param.type_cast_value(ctx, value if isinstance(value, list) else str(value))
        chosen = isinstance(param.type, click.Choice)  # ocr scan has an --enhance with values of its own
        if param.name in {f.name for f in fields(Options)} and not chosen:
            Options(**{param.name: cast})
    except (click.BadParameter, UsageError, AttributeError, TypeError) as error:
        known_fault = error.format_message() if isinstance(error, click.BadParameter) else str(error)
        fault = known_fault if isinstance(error, click.BadParameter | UsageError) else f"{value!r} is no value of it"
        raise UsageError(f"{where}: {fault}; see: ocr {table} --help") from error
    return str(param.name), value if isinstance(value, list) else str(value)


def _keys(command: click.Command) -> Iterator[tuple[str, tuple[click.Option, bool]]]:
    """The keys of a command's table, each with its option, and whether it negates it."""
    for param in command.params:
        if isinstance(param, click.Option) and param.name not in SINGLE_RUN:
            yield from ((opt[2:], (param, False)) for opt in param.opts if opt.startswith("--"))
            yield from ((opt[2:], (param, True)) for opt in param.secondary_opts if opt.startswith("--"))


def _near(name: str, known: list[str]) -> str:
    """Names like this one, for messages."""
    near = get_close_matches(name.replace("_", "-"), known, 3)
    return f"; did you mean {' or '.join(near)}?" if near else ""
