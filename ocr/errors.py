"""Everything that can go wrong, as one tree.

    OcrError                 exit  5   some pages or files failed
    |- UsageError            exit  1   bad arguments
    |- InputError            exit  2   bad input file
    |  |- EncryptedError     exit  8   a password is needed or wrong
    |  |- SignedError        exit  2   a copy would invalidate digital signatures
    |  |- NoZoneError        exit  2   no machine-readable zone was found
    |  |- NoCardError        exit  2   no identity card was found
    |  |- NoFaceError        exit  2   no face was found
    |  `- SeveralFacesError  exit  2   several faces of one size were found
    |- DependencyError       exit  3   a program or package is missing
    `- OutputError           exit  4   output not writable
       `- ConformanceError   exit  4   the PDF cannot be made to conform to PDF/A

Each message names the file, what is wrong and the next command to run.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import ClassVar

__all__ = [
    "ConformanceError",
    "DependencyError",
    "EncryptedError",
    "ExitCode",
    "InputError",
    "NoCardError",
    "NoFaceError",
    "NoZoneError",
    "OcrError",
    "OutputError",
    "SeveralFacesError",
    "SignedError",
    "UsageError",
    "described",
]


class ExitCode(IntEnum):
    """What the command line returns to the shell."""

    OK = 0
    BAD_ARGUMENTS = 1
    BAD_INPUT = 2
    MISSING_DEPENDENCY = 3
    OUTPUT_NOT_WRITABLE = 4
    PARTIAL_FAILURE = 5
    ENCRYPTED = 8
    INTERRUPTED = 130


class OcrError(Exception):
    """Base class of all errors; the message is meant for the user."""

    exit_code: ClassVar[ExitCode] = ExitCode.PARTIAL_FAILURE


class UsageError(OcrError):
    """An argument or option that cannot be used as given."""

    exit_code = ExitCode.BAD_ARGUMENTS


class InputError(OcrError):
    """An input that is missing, empty, damaged or of a kind that cannot be read."""

    exit_code = ExitCode.BAD_INPUT


class EncryptedError(InputError):
    """A PDF that needs a password, or a wrong password."""

    exit_code = ExitCode.ENCRYPTED


class SignedError(InputError):
    """A PDF with digital signatures, which a searchable copy of it would invalidate."""


class NoZoneError(InputError):
    """No machine-readable zone was found in the picture."""


class NoFaceError(InputError):
    """No face was found in the picture."""


class SeveralFacesError(InputError):
    """Several faces of about the same size were found in the picture.

    Attributes:
        boxes: left, top, right and bottom of each portrait, in pixels, the largest first.
    """

    def __init__(self, message: str, boxes: Sequence[tuple[float, float, float, float]] = ()) -> None:
        super().__init__(message, boxes)
        self.boxes = tuple(boxes)

    def __str__(self) -> str:
        return str(self.args[0])


class NoCardError(InputError):
    """No identity card was found in the picture.

    Attributes:
        problems: why that may be: ``not_a_card``, with ``dark`` or ``blurred`` where the picture is.
    """

    def __init__(self, message: str, problems: tuple[str, ...] = ()) -> None:
        super().__init__(message, problems)
        self.problems = problems

    def __str__(self) -> str:
        return str(self.args[0])


class DependencyError(OcrError):
    """A program, package or model file is not installed."""

    exit_code = ExitCode.MISSING_DEPENDENCY


class OutputError(OcrError):
    """The output cannot be written."""

    exit_code = ExitCode.OUTPUT_NOT_WRITABLE


class ConformanceError(OutputError):
    """A PDF that cannot be made to conform to PDF/A; nothing is written."""


def described(error: Exception, name: str, number: int) -> str:
    """The message of an error with the file and the page that it is about.

    Example:
        >>> described(MemoryError(), "scan.pdf", 3)
        'scan.pdf: page 3: MemoryError'
    """
    message = str(error) or type(error).__name__
    return message if name in message else f"{name}: page {number}: {message}"
