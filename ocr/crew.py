"""Pages read side by side, in processes that can be stopped: what ``Options.jobs`` and ``Options.limits`` ask for.

Each worker opens the input for itself and reads whole pages, so nothing but finished pages passes between processes.
A document of one page is read by one worker, with as many threads as there are jobs.
"""

from __future__ import annotations

import importlib
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import ocr
from ocr.document import Engine, Page, PageError, StepName
from ocr.engine import cores
from ocr.errors import InputError, OcrError, UsageError
from ocr.options import Limits, Options
from ocr.workers import Outcome, Team
from ocr.workers.room import fitting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ocr.pipeline import Reader
    from ocr.source import Input, PageImage, Pages, Source
    from ocr.source.isolated import IsolatedSource, Opened
    from ocr.source.opening import Opening

__all__ = ["Crew", "opened_apart"]


@dataclass(frozen=True, slots=True)
class _Settings:
    """What a worker makes its reader of."""

    options: Options
    models: tuple[Any, ...]
    pixels: int = 0


class Crew:
    """Reads documents like :class:`ocr.Reader`, but its pages in other processes. Use it in one thread, and close it.

    Args:
        options: how to read; ``jobs`` is the number of processes, as far as the machine has room for them.
        models: detector and recogniser as :class:`ocr.Reader` takes them.
        early: start a process at once, so that it is ready by the time that an input is known.
        scratch: directory for temporary files; None for the system's.

    Raises:
        UsageError: the models are objects that no other process can load.

    Example:
        >>> with Crew(Options(jobs=2)) as crew, crew.open("samples/scan.pdf") as source:
        ...     [page.number for page in crew.pages(source)]
        [1, 2, 3]
    """

    def __init__(
        self,
        options: Options,
        models: Sequence[Any] = (None, None),
        *,
        early: bool = False,
        scratch: Path | None = None,
    ) -> None:
        for given in models:
            _check_loadable(given)
        self.options = options
        self._jobs = fitting(options.jobs)
        limits = options.limits or Limits()
        self._settings = _Settings(self._of_worker(options), tuple(models), limits.pixels)
        self._engine: Engine | None = None
        self._team = Team(self._jobs, limits, scratch)
        if early:
            try:
                self._team.start(1, (_import, ()))
            except OcrError:
                self._team.close()  # nobody else can: there is no crew yet
                raise

    @property
    def engine(self) -> Engine:
        """The names of the models.

        Raises:
            DependencyError: a model is missing.
        """
        if self._engine is None:
            self._engine = self._team.call(_engine, self._settings)
        return self._engine

    def use(self, options: Options) -> None:
        """Read what is opened from now on in another way; the number of processes and their limits stay."""
        settings = replace(self._settings, options=self._of_worker(options))
        if replace(settings.options, threads=0) != replace(self._settings.options, threads=0):
            self.options = replace(options, jobs=self.options.jobs, limits=self.options.limits)
            self._settings = settings
            self._engine = None

    def _of_worker(self, options: Options) -> Options:
        return options.with_(threads=min(self._jobs, cores()), jobs=1, limits=None)

    def open(
        self,
        input: Input | Source,
        *,
        pages: Pages = None,
        password: str | None = None,
        dpi: float = 300.0,
        renderer: str = "pdfium",
    ) -> Source:
        """Open an input in another process; the arguments and errors are those of :func:`ocr.open_source`.

        Pictures and arrays in memory are opened in this process, because there is nothing left to decode. Of an open
        source, the same pages are opened once more in the other process.
        """
        from ocr.source import Source, open_source
        from ocr.source.isolated import IsolatedSource, located

        opening = located(input, self._team.folder)
        if isinstance(input, Source):
            if opening is None:
                raise UsageError(f"{input.name}: another process cannot open it; read it with jobs=1")
        elif opening is None:
            return open_source(input, pages=pages, password=password, dpi=dpi, renderer=renderer)
        else:
            opening = replace(opening, pages=pages, password=password or "", dpi=dpi, renderer=renderer)
        close = partial(_discard, None if isinstance(input, Source) else opening)
        try:
            opened: Opened = self._team.call(_open, opening)
        except BaseException as error:
            close()
            if not isinstance(error, OcrError):
                raise
            raise _reworded(error, opening.original.name, "the file cannot be opened") from error
        opening = replace(opening, pages=opened.numbers)
        self._divide(opening, len(opened.numbers))
        source = IsolatedSource(opened, opening, partial(self._ask, _brief(opening)), close)
        source.crew = self
        return source

    def pages(self, source: Source) -> Iterator[Page]:
        """The selected pages of a source that this crew has opened, in order.

        A page whose process crashes or takes too long is tried once more, alone, and then empty with its ``error`` set.

        Raises:
            DependencyError: a model is missing.
        """
        from ocr.source.isolated import IsolatedSource

        if not isinstance(source, IsolatedSource) or source.crew is not self:
            raise UsageError(f"{source.name}: it was not opened by this crew")
        opening = _brief(source.opening)
        calls = ((_read, (self._settings, opening, number)) for number in source.numbers)
        for number, outcome in zip(source.numbers, self._team.ordered(calls), strict=True):
            if outcome.error:
                raise outcome.error
            yield _lost(source, number, outcome) if outcome.lost else outcome.value

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """What a function returns, called in one of the processes, which must be able to import it.

        Raises:
            OcrError: the process crashed, took too long or used too much memory.
            Exception: what the function raises.
        """
        return self._team.call(function, *arguments)

    def each(
        self, function: Callable[..., Any], calls: Iterable[tuple[Any, ...]]
    ) -> Iterator[tuple[tuple[Any, ...], Outcome]]:
        """Call ``function(reader, *arguments)`` in the workers, each with a :class:`ocr.Reader` of its own.

        The limits hold for each call. Between two outcomes, documents may be opened and read with the same workers.

        Args:
            function: one that the workers can import.
            calls: the arguments of each call, which must be picklable.

        Yields:
            The arguments of a call and its outcome, as they come.
        """
        self._share(self._jobs)
        settings = self._settings
        wrapped = ((_with_reader, (settings, function, arguments)) for arguments in calls)
        for (_, (_, _, arguments)), outcome in self._team.completed(wrapped):
            yield arguments, outcome

    def pictures(self, image: PageImage) -> dict[str, NDArray[np.uint8]]:
        """What a page looked like at each stage, as :meth:`ocr.Reader.pictures` says."""
        pictures: dict[str, NDArray[np.uint8]] = self._team.call(_pictures, self._settings, image)
        return pictures

    @property
    def folder(self) -> Path:
        """For temporary files; it is removed at the end, also where this process is killed."""
        return self._team.folder

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes."""
        return self._team.pids

    def stop(self) -> None:
        """Make the thread that works with the crew get a StoppedError; after that it can only be closed."""
        self._team.stop()

    def close(self) -> None:
        """End the processes."""
        self._team.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _divide(self, opening: Opening, pages: int) -> None:
        """Share out the cores: among pages, or to the only page."""
        self._share(max(1, min(self._jobs, pages)))

    def _share(self, workers: int) -> None:
        """Work with so many workers, and share out the cores to them."""
        options = self._settings.options.with_(threads=max(1, min(self._jobs, cores()) // workers))
        self._settings = replace(self._settings, options=options)
        self._team.start(workers, (_engine, (self._settings,)))

    def _ask(self, opening: Opening, name: str, *arguments: Any) -> Any:
        try:
            return self._team.call(_of_source, opening, name, arguments)
        except OcrError as error:
            number = f"page {arguments[0]}" if arguments else "the file"
            raise _reworded(error, opening.original.name, f"{number} cannot be decoded") from error


@contextmanager
def opened_apart(
    options: Options, models: Sequence[Any], input: Input | Source, settings: Mapping[str, Any]
) -> Iterator[Source]:
    """An input opened by a crew of its own; the arguments are those of :class:`Crew` and :meth:`Crew.open`."""
    with Crew(options, models) as crew, crew.open(input, **settings) as source:
        yield source


def _check_loadable(given: Any) -> None:
    """Raise UsageError unless a worker can load a model that was given."""
    try:
        pickle.dumps(given)
        fault = "is defined in the program itself" if type(given).__module__ == "__main__" else ""
    except Exception as error:  # every object fails in its own way
        fault = f"cannot be pickled ({error})"
    if fault:
        raise UsageError(
            f"other processes cannot load this {type(given).__name__}, because it {fault}; "
            "give models by name or path, put their classes in a module, or read with jobs=1 and no limits"
        )


def _lost(source: IsolatedSource, number: int, outcome: Outcome) -> Page:
    fault = f"{source.name}: page {number}: the process that read it {outcome.lost}"
    advice = "the page may be damaged, or need more memory: --memory 4G"
    if "took longer" in outcome.lost:
        advice = "give it more time: --timeout-page 600"
    elif "more memory" in outcome.lost:
        advice = "allow more: --memory 4G"
    return Page(number, 0, 0, 0.0, error=PageError(f"{fault}; {advice}", "OcrError", StepName.DECODE, number))


def _discard(opening: Opening | None) -> None:
    """Remove the temporary copy of an input that had no file of its own."""
    if opening and opening.spooled and isinstance(opening.original.data, Path):
        opening.original.data.unlink(missing_ok=True)


def _brief(opening: Opening) -> Opening:
    """The same with the first page alone, which has the warnings: all numbers would travel with each call."""
    return replace(opening, pages=opening.pages[:1])


def _reworded(error: OcrError, name: str, fault: str) -> OcrError:
    """An error of a source, or for a lost call the one that says what was lost."""
    return InputError(f"{name}: {fault}: {error}") if type(error) is OcrError else error


# What follows is called in the workers.

_reader: tuple[_Settings, Reader] | None = None
_source: tuple[Opening, Source] | None = None


def _import() -> None:
    """Load what takes longest while the input is still being looked at."""
    importlib.import_module("ocr.pipeline")


def _engine(settings: _Settings) -> Engine:
    return _ready(settings).engine


def _open(opening: Opening) -> Opened:
    from ocr.source import parse_pages
    from ocr.source.isolated import described

    source = _opened(opening)  # may have been opened for other pages
    numbers = parse_pages(opening.pages, source.page_count, source.name)
    return replace(described(source), numbers=numbers)


def _of_source(opening: Opening, name: str, arguments: tuple[Any, ...]) -> Any:
    """An attribute of the source, or what a method of it returns."""
    value = getattr(_opened(opening), name)
    return value(*arguments) if callable(value) else value


def _read(settings: _Settings, opening: Opening, number: int) -> Page:
    source = _opened(opening)
    return _refused(source, number, settings.pixels) or _ready(settings).page(source, number)


def _refused(source: Source, number: int, most: int) -> Page | None:
    """A page with its error, if it has more pixels than are allowed."""
    try:
        width, height = source.size(number) if most else (0, 0)
    except OcrError:
        return None  # the reader says what is wrong with it
    if width * height <= most:
        return None
    fault = f"{source.name}: page {number} has {width} x {height} pixels, more than the limit of {most}"
    error = PageError(f"{fault}; scan it at a lower resolution", "InputError", StepName.DECODE, number)
    return Page(number, 0, 0, 0.0, error=error)


def _pictures(settings: _Settings, image: PageImage) -> dict[str, NDArray[np.uint8]]:
    return _ready(settings).pictures(image)


def _with_reader(settings: _Settings, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    return function(_ready(settings), *arguments)


def _ready(settings: _Settings) -> Reader:
    """The reader with these settings; it is kept for the next page."""
    global _reader  # noqa: PLW0603
    if _reader is None or _reader[0] != settings:
        import cv2

        cv2.setNumThreads(settings.options.threads)
        detector, recognizer = settings.models
        _reader = (settings, ocr.Reader(options=settings.options, detector=detector, recognizer=recognizer))
    return _reader[1]


def _opened(opening: Opening) -> Source:
    """The input; it is kept open for the next page."""
    global _source  # noqa: PLW0603
    if _source is None or replace(_source[0], pages=opening.pages) != opening:
        from ocr.source.isolated import reopened

        if _source:
            _source[1].close()
        _source = None
        _source = (opening, reopened(opening))
    return _source[1]
