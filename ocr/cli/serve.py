"""``ocr serve``: the HTTP interface and the web page."""

from __future__ import annotations

import os
from dataclasses import asdict, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ocr.cli import options as shared
from ocr.cli.group import cli
from ocr.cli.report import Report
from ocr.errors import DependencyError, InputError, UsageError
from ocr.options import Limits

if TYPE_CHECKING:
    from ocr.serve.guard import Done

__all__ = ["serve"]

PACKAGES = ("fastapi", "uvicorn", "python_multipart", "prometheus_client")
TOKEN = "OCR_TOKEN"


@cli.command(short_help="Read documents over HTTP, and show the web page.")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help=f"Address to listen on. Any but a loopback address needs a token in {TOKEN} or --token-file.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 takes a free one.")
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help=f"File with the token that clients must send; otherwise the environment variable {TOKEN}.",
)
@click.option("--allow-host", "hosts", multiple=True, metavar="NAME", help="Further name of the server; repeatable.")
@click.option(
    "--allow-origin",
    "origins",
    multiple=True,
    metavar="ORIGIN",
    help="Other web page that may call the server, such as http://localhost:5173; repeatable.",
)
@shared.lang
@click.option(
    "--places", type=click.IntRange(0), default=0, metavar="N", help="Documents read at the same time; 0: one a core."
)
@click.option(
    "--queue",
    type=click.IntRange(0),
    default=16,
    show_default=True,
    metavar="N",
    help="Requests that may wait; those that come then are answered by 429.",
)
@click.option(
    "--max-body", type=shared.Size(), default="64M", show_default=True, metavar="SIZE", help="Largest request."
)
@click.option(
    "--max-pages", type=click.IntRange(1), default=200, show_default=True, metavar="N", help="Longest document."
)
@shared.max_pixels
@click.option(
    "--timeout",
    type=shared.Finite(0, min_open=True),
    default=600.0,
    show_default=True,
    metavar="SECONDS",
    help="That one document may take.",
)
@click.option(
    "--front-end",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Directory of the web page; otherwise the installed one.",
)
@shared.messages
@shared.limits
@shared.jobs
@shared.configured
def serve(
    host: str,
    port: int,
    token_file: Path | None,
    hosts: tuple[str, ...],
    origins: tuple[str, ...],
    lang: str,
    places: int,
    queue: int,
    max_body: int,
    max_pages: int,
    max_pixels: int,
    timeout: float,
    front_end: Path | None,
    report: Report,
    limits: Limits,
    jobs: int,
) -> None:
    """Serve an HTTP interface (POST /v1/read and others) and a web page.

    Nothing that clients send is written to a disk or logged. Ctrl+C or SIGTERM ends the server when it has finished
    what it took.

    \b
    Examples:
      ocr serve
      curl -F file=@scan.pdf "http://localhost:8000/v1/read?format=txt"
      OCR_TOKEN="$(openssl rand -hex 24)" ocr serve --host 0.0.0.0
    """
    from ocr.workers import possible

    absent = [name for name in PACKAGES if find_spec(name) is None]
    if absent:
        raise DependencyError("ocr serve needs packages that are not installed; run: pip install 'ocr[serve]'")
    if not possible():
        raise DependencyError("ocr serve needs processes of its own, which cannot be started on this system")
    from ocr.serve.server import serve as run
    from ocr.serve.settings import Settings

    settings = Settings(
        host=host,
        port=port,
        token=_token(token_file),
        hosts=hosts,
        origins=origins,
        lang=lang,
        jobs=jobs,
        places=places,
        queue=queue,
        body=max_body,
        pages=max_pages,
        seconds=timeout,
        page=replace(limits, pixels=max_pixels),
        front_end=front_end,
    )

    def logged(done: Done) -> None:
        report.event("request", **asdict(done))
        if not report.json:
            report.detail(str(done))

    run(settings, on_start=lambda address: report.hint(f"listening on {address}; Ctrl+C ends it"), on_done=logged)


def _token(file: Path | None) -> str:
    """The token, from a file or from the environment; empty for none.

    Raises:
        InputError: the file cannot be read.
        UsageError: it is empty.
    """
    if file is None:
        return os.environ.get(TOKEN, "")
    try:
        token = file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        fault = error.strerror if isinstance(error, OSError) else "no text"
        raise InputError(f"{file}: cannot be read ({fault}); check it: ls -l {file}") from error
    if not token:
        raise UsageError(f"{file}: the file is empty; make a token: openssl rand -hex 24 > {file}")
    return token
