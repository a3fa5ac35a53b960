"""``ocr doctor``: what is installed, what is missing, and how to get it."""

from __future__ import annotations

from ocr.cli.group import cli
from ocr.cli.streams import echo
from ocr.errors import ExitCode

__all__ = ["doctor"]


@cli.command(short_help="Check the installation.")
def doctor() -> int:
    """Check the installation: what works, what is missing, and what could be added.

    The exit code is 3 if something required is missing or damaged.
    """
    from ocr.doctor import Finding, State, examine

    findings = examine()
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
