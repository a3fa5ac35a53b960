"""What a batch is about: how its files are read, which files there are, and what became of each."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from ocr.options import Options, PdfOptions
from ocr.write import FORMATS

if TYPE_CHECKING:
    from ocr.source.original import Original

__all__ = ["NAMING", "Row", "State", "Task", "Work"]

NAMING = frozenset(("json", "jsonl", "hocr", "page", "docx", "docling"))
"""Formats whose output names its input, so that it cannot be that of another file with the same content."""

WITHOUT_EFFECT = ("threads", "jobs", "limits")
"""Options that do not change what is read."""


class State(StrEnum):
    """What became of a file."""

    WAITING = "waiting"
    RUNNING = "running"
    WRITTEN = "written"
    """Read and written completely, under a temporary name."""
    DONE = "done"
    PARTIAL = "partial"
    """Done, but some of its pages could not be read."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Work:
    """How every file of a batch is read and written.

    Attributes:
        options: how to read.
        models: detector and recogniser; None for the defaults.
        formats: of the outputs.
        pages: of each file; None for all.
        password: of encrypted PDFs.
        pdf: what a PDF is to be like.
        keep_enhanced: whether the images of a PDF are whitened, see :class:`ocr.job.Job`.
    """

    options: Options = field(default_factory=Options)
    models: tuple[str | None, str | None] = (None, None)
    formats: tuple[str, ...] = ("txt",)
    pages: str | None = None
    password: str = field(default="", repr=False)
    pdf: PdfOptions = field(default_factory=PdfOptions)
    keep_enhanced: bool = False

    @property
    def settings(self) -> dict[str, Any]:
        """Everything that changes the outputs, in values that JSON has; the password does not."""
        options = {name: value for name, value in asdict(self.options).items() if name not in WITHOUT_EFFECT}
        return {
            **options,
            "detector": self.models[0],
            "recognizer": self.models[1],
            "format": ",".join(self.formats),
            "pages": self.pages or "",
            "keep_enhanced": self.keep_enhanced,
            **{f"pdf.{name}": value for name, value in asdict(self.pdf).items()},
        }

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Of the outputs, in the order of the formats."""
        return tuple(FORMATS[format].suffixes[0] for format in self.formats)

    @property
    def names_input(self) -> bool:
        """Whether an output says which file it was read from."""
        return not NAMING.isdisjoint(self.formats)

    def differences(self, other: dict[str, Any]) -> str:
        """The settings of an earlier run that are not these: ``lang de, not en; dpi 300.0, not 400.0``."""
        mine = self.settings
        keys = [key for key in {**other, **mine} if other.get(key) != mine.get(key)]
        return "; ".join(f"{key.replace('_', '-')} {other.get(key)}, not {mine.get(key)}" for key in keys)


@dataclass(frozen=True, slots=True)
class Task:
    """A file to read.

    Attributes:
        id: of the file in the batch.
        path: as it was given: a path or a URL.
        name: of its outputs, below the output directory and without suffix, with slashes.
        original: the file on this machine, once it was fetched.
        hash: SHA-256 of its bytes, once it was fetched.
    """

    id: str
    path: str
    name: str
    original: Original | None = None
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """What became of a file.

    Attributes:
        state: ``DONE``, ``PARTIAL`` or ``FAILED``.
        pages: that were written, those with errors included.
        lost: pages that could not be read.
        seconds: of reading and writing.
        kind: class of the error, empty without one.
        message: of the error.
        warnings: how many there were.
        hash: SHA-256 of the file.
        outputs: SHA-256 of each output by its suffix, where they are recorded.
        host: the machine that read it, where several do.
        ended: Unix time.
    """

    state: State
    pages: int = 0
    lost: int = 0
    seconds: float = 0.0
    kind: str = ""
    message: str = ""
    warnings: int = 0
    hash: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    host: str = ""
    ended: float = 0.0
