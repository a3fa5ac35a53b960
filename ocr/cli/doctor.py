"""``ocr doctor``: what is installed, what is missing, and how to get it."""

from __future__ import annotations

import click

from ocr.cli.group import cli
from ocr.errors import ExitCode

__all__ = ["doctor"]


@cli.command()
def doctor() -> int:
    """Check the installation: what works, what options would add, and how to get it."""
    from ocr.doctor import examine

    findings = examine()
    for finding in findings:
        mark = "ok     " if finding.good else ("MISSING" if finding.needed else "absent ")
        click.echo(f"{mark}  {finding.name:<22} {finding.text}")
    missing = any(finding.needed and not finding.good for finding in findings)
    return ExitCode.MISSING_DEPENDENCY if missing else ExitCode.OK
