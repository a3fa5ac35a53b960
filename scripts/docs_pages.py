"""Pages of the documentation site that are made, not written: a hook of mkdocs (see ``mkdocs.yml``).

The command line comes from the declarations of its commands, as do the man pages in ``build/share/man``; the models and
the changelog come from the files of the repository.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from ocr.cli import cli
from ocr.cli.reference import markdown, write

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

ROOT = Path(__file__).resolve().parent.parent


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
    """Add the made pages, and write the man pages."""
    from mkdocs.structure.files import File

    pages = {
        "reference/cli.md": markdown(cli),
        "reference/models.md": from_root("models/MODELS.md"),
        "reference/changelog.md": from_root("CHANGELOG.md"),
    }
    write(cli, ROOT / "build")
    for uri, text in pages.items():
        files.append(File.generated(config, uri, content=text))
    return files
