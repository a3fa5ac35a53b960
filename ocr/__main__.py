"""The program ``ocr``, also as ``python -m ocr``: the command line, and an orderly end while it is being loaded."""

import os
import signal
import sys
from types import FrameType

__all__ = ["main"]

INTERRUPTED = 130
""":attr:`ocr.ExitCode.INTERRUPTED`, without waiting for its module."""


def main() -> None:
    """Load and run the command line; an interrupt before it runs ends the program without a word.

    Nothing is left behind then, because nothing was begun. A handler is used in place of an exception, which the
    import system may print and forget.
    """
    try:
        if loud := signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, _end)
        from ocr.cli import main as run

        if loud:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _end(number: int, frame: FrameType | None) -> None:
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    main()
