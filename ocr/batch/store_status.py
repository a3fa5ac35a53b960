"""How far a batch is that several machines share."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict

from ocr.batch.groups import HOME, Groups
from ocr.batch.places import Place
from ocr.batch.status import ErrorKind, Status
from ocr.batch.task import Row, State, Task
from ocr.errors import UsageError

__all__ = ["has_batch", "shared_rows", "shared_status"]


def has_batch(place: Place) -> bool:
    """Whether machines share a batch there."""
    return place.exists(f"{HOME}/batch.json")


def shared_status(place: Place) -> Status:
    """The status of a batch: what is done, and what holders of groups have recorded."""
    counts: Counter[State] = Counter()
    kinds: Counter[str] = Counter()
    examples: dict[str, str] = {}
    hosts = set()
    pages = lost = measured = 0
    seconds, first, last = 0.0, float("inf"), 0.0
    for _, row in _finished(place):
        counts[row.state] += 1
        pages += row.pages
        lost += row.lost
        seconds += row.seconds
        hosts.add(row.host)
        if row.pages:
            measured += row.pages
            first, last = min(first, row.ended - row.seconds), max(last, row.ended)
        if row.kind:
            kinds[row.kind] += 1
            examples.setdefault(row.kind, row.message)
    groups = Groups(place)
    groups.load()
    counts[State.WAITING] = groups.files - counts.total()
    errors = tuple(ErrorKind(kind, count, examples[kind]) for kind, count in kinds.most_common())
    return Status(dict(counts), pages, lost, seconds, max(0.0, last - first), measured, max(1, len(hosts)), errors)


def shared_rows(place: Place) -> Iterator[str]:
    """One JSON object for each file that is done: its path, output, state and what became of it."""
    for task, row in _finished(place):
        value = {"path": task.path, "output": task.name, **asdict(row), "seconds": round(row.seconds, 3)}
        yield json.dumps(value, ensure_ascii=True)


def _finished(place: Place) -> Iterator[tuple[Task, Row]]:
    groups = Groups(place)
    if not groups.load():
        raise UsageError(f"{place.shown}: there is no batch; begin one: ocr batch IN... -o {place.shown}")
    done = groups.done()
    for name in groups.names:
        if name in done:
            yield from groups.finished(name)
        elif rows := groups.rows(name):
            yield from ((task, rows[task.id][0]) for task in groups.tasks(name) if task.id in rows)
