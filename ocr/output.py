"""Where output goes. Files appear complete or not at all: written under a temporary name, then renamed."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ocr.errors import OutputError, UsageError
from ocr.write import FORMATS, format_of

__all__ = ["plan", "replacing"]


def plan(files: tuple[str, ...], output: str | None, format: str | None) -> tuple[list[tuple[str, Path | None]], str]:
    """Decide where the result of each input goes, and in which format.

    Args:
        files: inputs; ``-`` is stdin.
        output: a file, a directory (existing, or ending in a slash), or ``-`` or None for stdout.
        format: as requested; None leaves it to the suffix of ``output``.

    Returns:
        Pairs of input and target (None: stdout), and the name of the format.

    Raises:
        UsageError: the arguments contradict each other.
        OutputError: the output directory cannot be created.
    """
    if files.count("-") > 1:
        raise UsageError("stdin can be read only once; give - a single time")
    if output in {None, "-"}:
        format = format or "txt"
        if len(files) > 1 and not FORMATS[format].streamable:
            raise UsageError(
                f"cannot write the {format} results of several files to stdout; write one file each: -o DIR/"
            )
        return [(name, None) for name in files], format
    assert output is not None
    if not (output.endswith("/") or Path(output).is_dir()):
        if len(files) > 1:
            raise UsageError(
                f"cannot write the results of several files to one file {output}; write one file each: -o DIR/"
            )
        return [(files[0], Path(output))], format or format_of(output)
    format = format or "txt"
    folder = Path(output)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{output}: the directory cannot be created ({error.strerror}); choose another with -o"
        ) from error
    targets: dict[Path, str] = {}
    for name in files:
        target = folder / ("stdin" if name == "-" else Path(name).stem)
        target = target.with_name(target.name + FORMATS[format].suffixes[0])
        if target in targets:
            raise UsageError(f"{targets[target]} and {name} would both be written to {target}; read them separately")
        targets[target] = name
    return [(name, target) for target, name in targets.items()], format


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a binary file that gets the name ``path`` when the block succeeds, and is deleted when it fails.

    A device or pipe is written to directly. A symbolic link stays, and the file that it points to is replaced.

    Raises:
        OutputError: the file cannot be written.

    Example:
        >>> with replacing(Path("out.txt")) as file:  # doctest: +SKIP
        ...     file.write(b"text")
    """
    target = path.resolve()
    if target.is_dir():
        raise OutputError(f"{path}: is a directory; to write into it, add a slash: -o {path}/")
    if target.exists() and not target.is_file():
        with _reported(path), target.open("wb") as device:
            yield device
        return
    scratch = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}.part")
    with _reported(path):
        try:
            with scratch.open("xb") as file:
                yield file
            if target.exists():
                shutil.copymode(target, scratch)
            os.replace(scratch, target)
        finally:
            scratch.unlink(missing_ok=True)


@contextlib.contextmanager
def _reported(path: Path) -> Iterator[None]:
    folder = path.parent
    try:
        yield
    except OSError as error:
        if folder.is_dir():
            fault = error.strerror or error
            check = f"ls -ld {folder}; df -h {folder}"
            raise OutputError(f"{path}: cannot be written ({fault}); check permissions and space: {check}") from error
        raise OutputError(f"{path}: the folder {folder} does not exist; create it: mkdir -p {folder}") from error
