"""The files of a journal, read on a Ray cluster.

Ray Data moves rows through a pool of actors, each with its models loaded and one process in which pages are read, and
holds rows back while all actors are busy. Every row comes back, that of a file which failed with its error in it. Ray
restarts actors whose node died, and gives them their rows again; outputs appear under their names as a whole, so that a
file which is read again has the same output. The journal is kept by the program that drives the cluster.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import shlex
import shutil
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ocr.batch.fetch import fetch
from ocr.batch.inputs import is_url
from ocr.batch.journal import Journal
from ocr.batch.local import OnRow, replaces_input
from ocr.batch.places import Folder, Place, place_at
from ocr.batch.reader import failed, read, staged
from ocr.batch.task import Row, State, Task, Work
from ocr.errors import DependencyError, OcrError, OutputError, UsageError
from ocr.options import Limits

__all__ = ["OnRay"]

WAVE = 20_000
"""Files that are handed to Ray at a time; the journal has the others."""
BLOCK = 4
"""Files in a block at most: what an actor takes at a time, and reads again if its node dies."""
HOME = ".ocr-batch"


@dataclass(slots=True)
class OnRay:
    """Reads the files of a journal on the cluster of ``RAY_ADDRESS``, or one on this machine.

    Attributes:
        journal: what is to do, and what was done.
        output: a folder that all machines reach under this path, or a URL.
        work: how to read.
        limits: what a page may take.
        actors: greatest number; 0 for the CPUs of the cluster.
        on_row: called with each file that is done.
    """

    journal: Journal
    output: str
    work: Work
    limits: Limits
    actors: int = 0
    on_row: OnRow = lambda task, row: None

    def recover(self) -> None:
        """Let the files wait again that an earlier run was reading."""
        self.journal.recover()
        self._tidy()

    def complete(self, name: str) -> bool:
        """Whether all outputs of a name are there."""
        place = place_at(self.output)
        return all(place.exists(name + suffix) for suffix in self.work.suffixes)

    def run(self) -> None:
        """Read every file that waits.

        Raises:
            DependencyError: Ray, a model or another package is missing.
            UsageError: there is no cluster at ``RAY_ADDRESS``.
            OutputError: outputs cannot be written.
        """
        ray = _ray()
        if not ray.is_initialized():
            self._connect(ray)
        place = place_at(self.output)
        try:
            while tasks := list(itertools.islice(self._waiting(place), WAVE)):
                by_id = {task.id: task for task in tasks}
                for id, row in self._rows(ray, tasks):
                    self.journal.finished(by_id[id], row)
                    self.on_row(by_id[id], row)
        finally:
            self._tidy()

    def _connect(self, ray: Any) -> None:
        """To the cluster of ``RAY_ADDRESS``, or start one here, with a CPU for each actor that was asked for.

        Raises:
            UsageError: there is no cluster at the address.
            OcrError: none can be started here.
        """
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        address = os.environ.get("RAY_ADDRESS")
        started = {} if address else {"num_cpus": self.actors or None, "include_dashboard": False}
        try:
            if address:
                _check_address(address)
            ray.init(address or "local", log_to_driver=False, logging_level="ERROR", **started)
        except (OSError, OverflowError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
            if not address:
                raise OcrError(f"Ray does not start on this machine ({error}); try: ray start --head") from error
            raise UsageError(
                f"RAY_ADDRESS={address}: no Ray cluster can be reached there ({error}); look: ray status --address "
                f"{shlex.quote(address)}; or unset RAY_ADDRESS, and this machine reads alone"
            ) from error

    def _waiting(self, place: Place) -> Iterator[Task]:
        for task in self.journal.waiting():
            if fault := replaces_input(place, self.journal, self.work, task):
                row = failed(fault, task)
                self.journal.finished(task, row)
                self.on_row(task, row)
            else:
                self.journal.running(task)
                yield task

    def _rows(self, ray: Any, tasks: list[Task]) -> Iterator[tuple[str, Row]]:
        """Id and row of each file, as they come."""
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        actors = self.actors or max(1, int(ray.cluster_resources().get("CPU", 1)))
        items = [{"id": task.id, "path": os.fsencode(task.path), "name": os.fsencode(task.name)} for task in tasks]
        block = min(BLOCK, -(-len(items) // actors))
        blocks = -(-len(items) // block)
        data = ray.data.from_items(items, override_num_blocks=blocks)
        read_all = data.map_batches(
            ReadFiles,
            fn_constructor_args=(self.work, self.limits, self.output),
            batch_size=block,
            num_cpus=1,
            compute=ray.data.ActorPoolStrategy(min_size=1, max_size=min(actors, blocks)),
        )
        try:
            for row in read_all.iter_rows():
                yield row.pop("id"), Row(State(row.pop("state")), **row)
        except ray.exceptions.RayError as error:
            cause = getattr(error, "cause", None)
            if isinstance(cause, OcrError):
                raise cause from error
            first = str(error).strip().splitlines()[-1]
            raise OcrError(f"Ray gave up ({first}); go on with the same command and --resume") from error

    def _tidy(self) -> None:
        """Remove unfinished outputs of actors that are gone."""
        if not is_url(self.output):
            for folder in (Path(self.output) / HOME).glob("ray-*"):
                shutil.rmtree(folder, ignore_errors=True)
            with contextlib.suppress(OSError):
                (Path(self.output) / HOME).rmdir()


class ReadFiles:
    """What an actor does: reads files and writes their outputs.

    Args:
        work: how to read.
        limits: what a page may take.
        output: where the outputs go.
    """

    def __init__(self, work: Work, limits: Limits, output: str) -> None:
        from ocr.crew import Crew

        self._work = work
        self._place = place_at(output)
        home: Path | None = None
        if isinstance(self._place, Folder):
            home = self._place.root / HOME
            home.mkdir(exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(prefix=f"ray-{socket.gethostname()}-", dir=home))
        self._crew = Crew(work.options.with_(jobs=1, threads=0, limits=limits), work.models, early=True)

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
        """Columns ``id``, ``path`` and ``name`` become the columns of :class:`Row`."""
        rows: list[dict[str, Any]] = []
        for id, path, name in zip(batch["id"], batch["path"], batch["name"], strict=True):
            task = Task(str(id), os.fsdecode(bytes(path)), os.fsdecode(bytes(name)))
            row = self._row(task)
            columns = {key: getattr(row, key) for key in COLUMNS}
            rows.append({"id": task.id, **columns, "state": str(row.state)})
        return {key: [row[key] for row in rows] for key in rows[0]}

    def _row(self, task: Task) -> Row:
        try:
            task = fetch(task, self._folder)
        except OutputError:
            raise
        except Exception as error:  # a failure on one file must not stop the others
            return failed(error, task)
        try:
            row = read(self._crew, task, self._work, self._folder)
            assert isinstance(row, Row)
            if row.state != State.FAILED:
                for suffix, path in staged(self._folder, task, self._work).items():
                    self._place.publish(path, task.name + suffix)
            return row
        finally:
            if is_url(task.path) and task.original is not None and isinstance(task.original.data, Path):
                task.original.data.unlink(missing_ok=True)


COLUMNS = ("pages", "lost", "seconds", "kind", "message", "warnings", "hash", "host", "ended")


def _check_address(address: str) -> None:
    """Whether anything listens at ``HOST:PORT``, which Ray itself would wait for by the minute.

    Raises:
        OSError: nothing does.
        OverflowError: there is no such port.
    """
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if port.isdigit():  # else it is a word, such as auto
        socket.create_connection((host.strip("[]"), int(port)), 10).close()


def _ray() -> Any:
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise DependencyError(f"--engine ray needs the package ray ({error}); run: pip install 'ocr[ray]'") from error
    for handler in logging.getLogger("ray.data").handlers:
        if isinstance(handler, logging.StreamHandler):  # that of the terminal; the others write files
            handler.setLevel(logging.ERROR)
    return ray
