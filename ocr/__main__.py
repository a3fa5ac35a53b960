"""The program ``ocr``, also as ``python -m ocr``: the command line, and an orderly end while it is being loaded."""

import gc
import os
import signal
import sys
from types import FrameType

__all__ = ["main"]

INTERRUPTED = 130
""":attr:`ocr.ExitCode.INTERRUPTED`, without waiting for its module."""

COLLECTED = 50_000
"""Objects that come before cycles among them are looked for: pages are made of many objects, hardly of a cycle."""


def main() -> None:
    """Load and run the command line; an interrupt before it runs ends the program without a word.

    Nothing is left behind then, because nothing was begun. A handler is used in place of an exception, which the
    import system may print and forget.
    """
    gc.set_threshold(COLLECTED)
    try:
        if loud := signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, _end)
        from ocr.cli import main as run

        if loud:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    finally:
        gc.freeze()  # all memory goes back to the system in a moment, without a search for cycles


def _end(number: int, frame: FrameType | None) -> None:
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    main()
