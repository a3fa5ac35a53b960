"""The reference of the command line, made from the declarations of its commands: man pages and a Markdown page.

``python -m ocr.cli.reference DIR`` writes the man pages and the completion scripts below DIR, as the wheel installs
them.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from ocr import __version__
from ocr.cli.examples import EXAMPLES
from ocr.errors import UsageError

__all__ = ["Described", "commands", "described", "man_pages", "markdown", "write"]

COMPLETIONS = {
    "bash": "share/bash-completion/completions/ocr",
    "zsh": "share/zsh/site-functions/_ocr",
    "fish": "share/fish/vendor_completions.d/ocr.fish",
}
"""Where shells look for completion scripts below a prefix."""

ENVIRONMENT = (
    ("OCR_PASSWORD", "Password of encrypted PDFs, where no option gives one."),
    ("XDG_CONFIG_HOME", "Where the user's configuration is: ocr/ocr.toml in this directory, by default ~/.config."),
    ("TMPDIR", "Directory for temporary files, by default /tmp."),
)
FILES = (
    ("./ocr.toml", "Defaults of options. Not used if it belongs to another user."),
    ("~/.config/ocr/ocr.toml", "The user's defaults, where there is no ./ocr.toml."),
)


@dataclass(frozen=True, slots=True)
class Described:
    """A command as its help describes it.

    Attributes:
        name: with the program: ``ocr read``.
        summary: one phrase.
        usage: its arguments.
        paragraphs: of the description; one that begins with ``\\b`` keeps its line breaks.
        options: names with the value they take, and what they do.
        examples: what each does, and the command.
    """

    name: str
    summary: str
    usage: str
    paragraphs: tuple[str, ...]
    options: tuple[tuple[str, str], ...]
    examples: tuple[tuple[str, str], ...]


def described(group: click.Group) -> Iterator[Described]:
    """The group itself, then its commands in alphabetical order."""
    top = click.Context(group, info_name="ocr", **group.context_settings)
    yield _described(group, top, "ocr", ())
    for name, context in commands(group, top):
        yield _described(context.command, context, f"ocr {name}", EXAMPLES.get(name, ()))


def commands(group: click.Group, top: click.Context) -> Iterator[tuple[str, click.Context]]:
    """Every command of a group by its name, and those of groups in it: ``read``, ``compress``, ``compress show``."""
    for name in sorted(group.list_commands(top)):
        context = click.Context(group.commands[name], parent=top, info_name=name)
        yield name, context
        if isinstance(context.command, click.Group):
            yield from ((f"{name} {deeper}", below) for deeper, below in commands(context.command, context))


def _described(
    command: click.Command, context: click.Context, name: str, examples: tuple[tuple[str, str], ...]
) -> Described:
    params = [param for param in command.get_params(context) if isinstance(param, click.Option)]
    records = (param.get_help_record(context) for param in params)
    text = "\n\n".join(inspect.cleandoc(part) for part in (command.help, command.epilog) if part)
    return Described(
        name,
        command.get_short_help_str(200).rstrip("."),
        " ".join(command.collect_usage_pieces(context)),
        tuple(paragraph.strip("\n") for paragraph in text.split("\n\n")),
        tuple(record for record in records if record),
        examples,
    )


def man_pages(group: click.Group) -> dict[str, str]:
    """File name -> man page (roff, section 1), for the program and each of its commands."""
    commands = list(described(group))
    pages = {}
    for command in commands:
        title = command.name.replace(" ", "-")
        others = [other.name.replace(" ", "-") for other in commands if other is not command]
        pages[f"{title}.1"] = _man_page(command, title, others, commands[1:] if command is commands[0] else ())
    return pages


def _man_page(
    command: Described, title: str, others: list[str], commands: tuple[Described, ...] | list[Described]
) -> str:
    parts = [f'.TH "{title.upper()}" "1" "" "ocr {__version__}" "User Commands"', ".SH NAME"]
    parts += [f"{_roff(title)} \\- {_roff(command.summary)}", ".SH SYNOPSIS"]
    parts += [f".B {_roff(command.name)}\n{_roff(command.usage)}", ".SH DESCRIPTION"]
    for paragraph in command.paragraphs:
        if paragraph.startswith("\b"):
            parts += [".PP", ".nf", _roff(paragraph.removeprefix("\b").strip("\n")), ".fi"]
        else:
            parts += [".PP", _roff(" ".join(paragraph.split()))]
    if commands:
        parts.append(".SH COMMANDS")
        parts += [f".TP\n.BR {_roff(other.name.replace(' ', '-'))} (1)\n{_roff(other.summary)}." for other in commands]
    parts.append(".SH OPTIONS")
    parts += [f".TP\n.B {_roff(names)}\n{_roff(help)}" for names, help in command.options]
    if command.examples:
        parts.append(".SH EXAMPLES")
        parts += [f".PP\n{_roff(what)}\n.PP\n.RS 4\n.nf\n{_roff(line)}\n.fi\n.RE" for what, line in command.examples]
    for heading, rows in (("ENVIRONMENT", ENVIRONMENT), ("FILES", FILES)):
        parts += [f".SH {heading}", *(f".TP\n.B {_roff(name)}\n{_roff(what)}" for name, what in rows)]
    parts += [".SH SEE ALSO", ",\n".join(f".BR {_roff(other)} (1)" for other in others)]
    return "\n".join(parts) + "\n"


def _roff(text: str) -> str:
    """Text in roff: nothing in it is a command, and a hyphen can be copied as one.

    Example:
        >>> print(_roff(".a --b\\\\n"))
        \\\\&.a \\\\-\\\\-b\\\\en
    """
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    return "\n".join(f"\\&{line}" if line.startswith(".") else line for line in text.split("\n"))


def markdown(group: click.Group) -> str:
    """A page with every command: description, options, examples."""
    parts = ["# Command line"]
    for command in described(group):
        if command.name != "ocr":
            parts.append(f"## {command.name.removeprefix('ocr ')}")
        parts.append(f"```text\n{command.name} {command.usage}\n```")
        for paragraph in command.paragraphs:
            if paragraph.startswith("\b"):
                parts.append("```text\n" + paragraph.removeprefix("\b").strip("\n") + "\n```")
            else:
                parts.append(_marked(" ".join(paragraph.split())))
        parts.append("\n".join(f"- `{names}`: {_marked(help)}" for names, help in command.options))
        if command.examples:
            shown = "\n\n".join(f"# {what}\n{line}" for what, line in command.examples)
            parts.append(f"```bash\n{shown}\n```")
        if command.name == "ocr":
            parts += [
                "Environment and files:",
                "\n".join(f"- `{name}`: {what}" for name, what in (*ENVIRONMENT, *FILES)),
            ]
    return "\n\n".join(parts) + "\n"


def _marked(text: str) -> str:
    """Text in Markdown, with nothing in it taken for markup."""
    return text.replace("\\", "\\\\").replace("*", "\\*").replace("<", "&lt;").replace("[", "\\[").replace("_", "\\_")


def write(group: click.Group, folder: Path) -> dict[str, Path]:
    """Write man pages and completion scripts below a folder.

    Returns:
        Path below a prefix such as /usr -> file.
    """
    from ocr.cli.completion import script

    texts = {f"share/man/man1/{name}": text for name, text in man_pages(group).items()}
    texts |= {place: script(shell) for shell, place in COMPLETIONS.items()}
    written = {}
    for place, text in texts.items():
        written[place] = folder / place
        written[place].parent.mkdir(parents=True, exist_ok=True)
        written[place].write_text(text, encoding="utf-8")
    return written


if __name__ == "__main__":
    from ocr.cli import cli

    if len(sys.argv) != 2:
        raise UsageError("give the directory to write to: python -m ocr.cli.reference build")
    write(cli, Path(sys.argv[1]))
