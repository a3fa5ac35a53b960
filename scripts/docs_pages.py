"""Pages of the documentation site that are made, not written: a hook of mkdocs (see ``mkdocs.yml``).

The command line comes from the program's own help, the models and the changelog from the files of the repository.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ocr.cli import cli

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 80
"""Columns of a help text."""


def command_line() -> str:
    """A page with the help text of every verb."""
    parts = [
        "# Command line",
        "Every verb with its options, as `ocr VERB --help` prints them. Exit codes: see the first block.",
    ]
    top = click.Context(cli, info_name="ocr", terminal_width=WIDTH, max_content_width=WIDTH)
    parts += ["```text", cli.get_help(top), "```"]
    for name in sorted(cli.list_commands(top)):
        command = cli.get_command(top, name)
        assert command is not None
        context = click.Context(command, parent=top, info_name=name, terminal_width=WIDTH, max_content_width=WIDTH)
        parts += [f"## {name}", "```text", command.get_help(context), "```"]
    return "\n\n".join(parts).replace("```text\n\n", "```text\n").replace("\n\n```", "\n```") + "\n"


def from_root(path: str) -> str:
    """A Markdown file of the repository as a page of ``reference/``; links that leave the site become plain text."""
    file = ROOT / path

    def moved(match: re.Match[str]) -> str:
        label, target = match.group(1), match.group(2)
        if "://" in target or target.startswith("#"):
            return match.group(0)
        name, hash_, anchor = target.partition("#")
        linked = (file.parent / name).resolve()
        if linked.is_relative_to(ROOT / "docs"):
            return f"[{label}](../{linked.relative_to(ROOT / 'docs')}{hash_}{anchor})"
        return f"`{linked.relative_to(ROOT)}`"

    return re.sub(r"(?<!!)\[([^\]]+)\]\(([^)\s]+)\)", moved, file.read_text(encoding="utf-8"))


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the made pages."""
    from mkdocs.structure.files import File

    pages = {
        "reference/cli.md": command_line(),
        "reference/models.md": from_root("models/MODELS.md"),
        "reference/changelog.md": from_root("CHANGELOG.md"),
    }
    for uri, text in pages.items():
        files.append(File.generated(config, uri, content=text))
    return files
