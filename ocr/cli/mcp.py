"""``ocr mcp``: tools for language models on standard input and output."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import click

from ocr.cli import options as shared
from ocr.cli.group import cli
from ocr.cli.streams import results
from ocr.errors import DependencyError
from ocr.options import Limits

__all__ = ["mcp"]


@cli.command(short_help="Read documents for a language model (MCP).")
@click.option(
    "--root",
    "roots",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Read no files outside of this directory; repeatable. Without it, any file that you can read.",
)
@click.option(
    "--max-body", type=shared.Size(), default="64M", show_default=True, metavar="SIZE", help="Largest document."
)
@click.option(
    "--max-pages",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    metavar="N",
    help="Most pages that one call reads.",
)
@click.option(
    "--max-characters",
    type=click.IntRange(1),
    default=100_000,
    show_default=True,
    metavar="N",
    help="Longest text of an answer; a note says where it was cut.",
)
@shared.max_pixels
@shared.limits
@shared.jobs
@shared.configured
def mcp(
    roots: tuple[Path, ...],
    max_body: int,
    max_pages: int,
    max_characters: int,
    max_pixels: int,
    limits: Limits,
    jobs: int,
) -> None:
    """Serve the tools read, scan, idcard and mrz by the Model Context Protocol, on standard input and output.

    A program that talks to a language model starts it.

    \b
    Example of its configuration:
      {"mcpServers": {"ocr": {"command": "ocr", "args": ["mcp", "--root", "/home/me/scans"]}}}
    """
    from ocr.workers import possible

    if find_spec("mcp") is None:
        raise DependencyError("ocr mcp needs a package that is not installed; run: pip install 'ocr[mcp]'")
    if not possible():
        raise DependencyError("ocr mcp needs processes of its own, which cannot be started on this system")
    from ocr.crew import Crew
    from ocr.options import Options
    from ocr.serve.mcp import ToolLimits, tools

    page = replace(limits, pixels=max_pixels)
    with Crew(Options(jobs=jobs, limits=page), early=True) as crew, contextlib.redirect_stdout(results()):
        tools(crew, ToolLimits(roots, max_body, max_pages, max_characters, page)).run()
