"""The program ``ocr``, also as ``python -m ocr``: the command line, and an orderly end while it is being loaded."""

import _signal  # type: ignore[import-not-found]  # part of the interpreter: nothing is loaded that could be interrupted
import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

__all__ = ["main"]

INTERRUPTED = 130
""":attr:`ocr.ExitCode.INTERRUPTED`, without waiting for its module."""

COLLECTED = 50_000
"""Objects that come before cycles among them are looked for: pages are made of many objects, hardly of a cycle."""


def main() -> None:
    """Load and run the command line; an interrupt before or after it runs ends the program without a word.

    Nothing is left behind then, because nothing was begun. A handler is used in place of an exception, which the
    import system may print and forget.
    """
    loud = _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler
    if loud:
        _signal.signal(_signal.SIGINT, _end)
    gc.set_threshold(COLLECTED)
    try:
        from ocr.cli import main as run

        if loud:
            _signal.signal(_signal.SIGINT, _signal.default_int_handler)
        run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    finally:
        if loud:
            _signal.signal(_signal.SIGINT, _end)
        gc.freeze()  # all memory goes back to the system in a moment, without a search for cycles
        eval("0")  # Python forgets that an interrupt came while it ran a string, and would kill itself for that


def _end(number: int, frame: "FrameType | None") -> None:
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    main()
