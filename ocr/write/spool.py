"""Pages on disk between the first writer and those after it, so that memory stays that of one page."""

from __future__ import annotations

import contextlib
import pickle
import shlex
import tempfile
from collections.abc import Iterable, Iterator
from types import TracebackType

from ocr.document import Page
from ocr.errors import OutputError

__all__ = ["Spool"]


class Spool:
    """Keeps pages in a temporary file while they pass to one writer, and gives them again to others.

    Example:
        >>> with Spool() as spool:
        ...     [page.number for page in spool.filled([Page(1, 9, 9, 300.0)])], [page.text for page in spool.pages()]
        ([1], [''])
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):  # what a full disk did not take is not needed any more
            self._file.close()

    def filled(self, pages: Iterable[Page]) -> Iterator[Page]:
        """The same pages; each is kept.

        Raises:
            OutputError: there is no space for them.
        """
        for page in pages:
            try:
                pickle.dump(page, self._file)
                self._file.flush()
            except OSError as error:
                folder = tempfile.gettempdir()
                look = f"look: df -h {shlex.quote(folder)}; or name another: TMPDIR=DIR"
                raise OutputError(f"{folder}: a temporary file cannot be written ({error.strerror}); {look}") from error
            yield page

    def pages(self) -> Iterator[Page]:
        """The pages that were kept, in order."""
        end = self._file.tell()
        self._file.seek(0)
        while self._file.tell() < end:
            yield pickle.load(self._file)
