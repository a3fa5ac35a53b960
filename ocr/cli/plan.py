"""What ``ocr read`` is to do: which files it reads, and where the result of each goes."""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TypeVar

from ocr.errors import OutputError, UsageError
from ocr.folders import Found
from ocr.output import refuse_input
from ocr.write import FORMATS, format_of

__all__ = ["Planned", "chosen_formats", "is_folder", "plan"]

P = TypeVar("P", bound=PurePath)


@dataclass(frozen=True, slots=True)
class Planned:
    """One input and its outputs.

    Attributes:
        input: a path, or ``-`` for stdin.
        outputs: a format and its file for each output; None is stdout.
    """

    input: str
    outputs: tuple[tuple[str, Path | None], ...]

    @property
    def existing(self) -> Path | None:
        """The first output that is already there, devices and pipes left out."""
        return next((path for _, path in self.outputs if path is not None and os.path.isfile(path)), None)


def is_folder(output: str | None) -> bool:
    """Whether an output is a directory: an existing one, or a name that ends in a slash."""
    return output is not None and (output.endswith(("/", os.sep)) or os.path.isdir(output))


def chosen_formats(output: str | None, formats: Sequence[str], *, suffix_first: bool = False) -> tuple[str, ...]:
    """The formats to write: those requested, else the one that the suffix of the output stands for, else txt.

    Args:
        output: see :func:`plan`.
        formats: as requested, or configured.
        suffix_first: whether the suffix of an output file goes before ``formats``.

    Raises:
        UsageError: the output is empty, or its suffix does not say the format.

    Example:
        >>> chosen_formats("scan.searchable.pdf", ())
        ('pdf',)
    """
    if output == "":
        raise UsageError("the name of the output is empty; give a name with -o, or leave -o out to print the result")
    if output is None or output == "-" or is_folder(output):
        return tuple(dict.fromkeys(formats)) or ("txt",)
    if not formats:
        return (format_of(output),)
    try:
        return (format_of(output),) if suffix_first else tuple(dict.fromkeys(formats))
    except UsageError:  # the suffix says nothing
        return tuple(dict.fromkeys(formats))


def plan(
    inputs: Sequence[Found], output: str | None, formats: tuple[str, ...] = (), sidecar: Path | None = None
) -> list[Planned]:
    """Decide where the result of each input goes.

    Args:
        inputs: what to read.
        output: a file, a directory (existing, or ending in a slash), or ``-`` or None for stdout.
        formats: as requested; empty leaves the choice to the suffix of ``output``.
        sidecar: where the text of the only input goes as well.

    Raises:
        UsageError: the arguments contradict each other.
        OutputError: the output directory cannot be created.
    """
    several = len(inputs) > 1
    formats = chosen_formats(output, formats)
    if [found.path for found in inputs].count("-") > 1:
        raise UsageError("stdin can be read only once; give - a single time")
    if sidecar is not None and several:
        raise UsageError(
            "--sidecar is for a single input; to write the text of each beside it: --format pdf,txt -o DIR/"
        )
    if is_folder(output):
        assert output is not None
        planned = _in_folder(inputs, Path(output), formats)
    elif len(formats) > 1:
        raise UsageError(f"the formats {', '.join(formats)} need a directory to be written to: -o DIR/")
    elif output in {None, "-"}:
        if several and not FORMATS[formats[0]].streamable:
            raise UsageError(
                f"cannot write the {formats[0]} results of several files to stdout; write one file each: -o DIR/"
            )
        planned = [Planned(found.path, ((formats[0], None),)) for found in inputs]
    elif several:
        raise UsageError(
            f"cannot write the results of several files to one file {output}; write one file each: -o DIR/"
        )
    else:
        planned = [Planned(inputs[0].path, ((formats[0], Path(str(output))),))]
    return [_with_sidecar(item, sidecar) for item in planned]


def _with_sidecar(planned: Planned, sidecar: Path | None) -> Planned:
    """The input with its text as a further output."""
    if sidecar is None:
        return planned
    if any(path is not None and os.path.realpath(path) == os.path.realpath(sidecar) for _, path in planned.outputs):
        raise UsageError(f"{sidecar}: the output and the sidecar are the same file; give another name with --sidecar")
    refuse_input(sidecar, planned.input, option="--sidecar")
    return Planned(planned.input, (*planned.outputs, ("txt", sidecar)))


def _created(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{folder}: the directory cannot be created ({error.strerror}); choose another with -o"
        ) from error
    return folder


def _in_folder(inputs: Sequence[Found], folder: Path, formats: tuple[str, ...]) -> list[Planned]:
    """One output for each input and format in a folder; a file that is named twice is read once."""
    _created(folder)
    once = list({os.path.abspath(found.path) if found.path != "-" else "-": found for found in inputs}.values())
    planned = []
    for found, stem in zip(once, _stems(once), strict=True):
        into = _created((folder / stem).parent)
        outputs = tuple((format, into / f"{stem.name}{FORMATS[format].suffixes[0]}") for format in formats)
        planned.append(Planned(found.path, outputs))
    _refuse_other_inputs(planned)
    return planned


def _refuse_other_inputs(planned: Sequence[Planned]) -> None:
    """Check that no output replaces the input of another.

    Raises:
        UsageError: one does.
    """
    inputs = {os.path.realpath(item.input): item.input for item in planned}
    for item in planned:
        for _, path in item.outputs:
            other = inputs.get(os.path.realpath(path)) if path is not None else None
            if other not in {None, item.input}:
                raise UsageError(f"the output of {item.input} would replace the input {other}; choose another -o DIR/")


def _stems(inputs: Iterable[Found]) -> list[PurePath]:
    """Names of outputs without their suffix, all different.

    Inputs that differ only in their suffix keep it (``page.png``, ``page.jpg``); what is still the same is numbered in
    the order of the inputs (``page``, ``page-2``).
    """
    names = [PurePath("stdin") if found.path == "-" else found.name for found in inputs]
    short = Counter(_key(name.with_suffix("")) for name in names)
    full = Counter(map(_key, names))
    stems = [name if short[_key(name.with_suffix(""))] > full[_key(name)] else name.with_suffix("") for name in names]
    wanted, taken, numbers = set(map(_key, stems)), set[str](), Counter[str]()
    result = []
    for stem in stems:
        free, key = stem, _key(stem)
        while _key(free) in taken or (free != stem and _key(free) in wanted):
            numbers[key] += 1
            free = _suffixed(stem, f"-{numbers[key] + 1}")
        taken.add(_key(free))
        result.append(free)
    return result


def _suffixed(path: P, suffix: str) -> P:
    """The path with something added to its name."""
    return path.with_name(path.name + suffix)


def _key(path: PurePath) -> str:
    """The same for names that some file systems take for one."""
    return unicodedata.normalize("NFC", str(path)).casefold()
