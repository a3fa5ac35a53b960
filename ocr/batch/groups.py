"""The files of a batch in a store that several machines share: groups of files, and what became of them.

Objects below ``.ocr-batch/`` in the output directory:

- ``batch.json``: version, settings, and the names of all groups; written once, when the list of files is complete;
- ``groups/HASH.jsonl``: the files of a group; the name is a hash of the content;
- ``leases/HASH.N``: who works on it (:mod:`ocr.batch.leases`);
- ``rows/HASH/ID.N.json``: what became of a file of a group that is not done, by the holder of lease N;
- ``done/HASH.jsonl``: what became of all files of a group.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from ocr import __version__
from ocr.batch.inputs import Found, place_of
from ocr.batch.names import candidates, key_of
from ocr.batch.places import Place
from ocr.batch.task import Row, State, Task, Work
from ocr.errors import InputError, UsageError

__all__ = ["HOME", "LEASES", "VERSION", "Groups"]

HOME = ".ocr-batch"
LIST = f"{HOME}/batch.json"
LEASES = f"{HOME}/leases"
VERSION = 1


class Groups:
    """The groups of a store.

    Args:
        place: where the outputs go.

    Attributes:
        names: of all groups, once the list of files is there.
        files: how many there are.
        begun: the settings of the batch.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self.names: list[str] = []
        self.files = 0
        self.begun: dict[str, Any] = {}

    def load(self) -> bool:
        """Read the list of groups; whether there is one.

        Raises:
            UsageError: it is that of another version.
        """
        try:
            text = self._place.read(LIST)
        except FileNotFoundError:
            return False
        with self._whole("batch.json"):
            value = json.loads(text)
            version = value["version"]
        if version != VERSION:
            raise UsageError(
                f"{self._place.shown}: a batch of version {version}, and this program ({__version__}) keeps version "
                f"{VERSION}; go on with the program that began it, or write to another directory with -o"
            )
        with self._whole("batch.json"):
            self.names, self.files, self.begun = list(value["groups"]), int(value["files"]), dict(value["work"])
        return True

    def check(self, work: Work) -> None:
        """Refuse other settings than those of the batch.

        Raises:
            UsageError: they are other ones.
        """
        if differences := work.differences(self.begun):
            raise UsageError(
                f"{self._place.shown}: this batch was begun with other settings ({differences}); go on with the same "
                "ones, or write to another directory with -o"
            )

    def create(self, found: Iterable[Found], work: Work, size: int) -> None:
        """Write the list of files, in groups of ``size``; only one process may do this at a time.

        Raises:
            UsageError: an output is there already, and so cannot be that of this batch.
        """
        there = set(self._place.below())
        names, count = [], 0
        items = iter(_named(found))
        while group := list(itertools.islice(items, size)):
            for item in group:
                for suffix in work.suffixes:
                    if item["name"] + suffix in there:
                        raise UsageError(
                            f"{self._place.shown}: {item['name']}{suffix} is there already, and not from this batch; "
                            "move it away, or write to another directory with -o"
                        )
            data = "".join(json.dumps(item) + "\n" for item in group).encode()
            name = hashlib.sha256(data).hexdigest()[:32]
            self._place.write(f"{HOME}/groups/{name}.jsonl", data)
            names.append(name)
            count += len(group)
        value = {"version": VERSION, "program": __version__, "work": work.settings, "files": count, "groups": names}
        self._place.create(LIST, json.dumps(value).encode())

    def tasks(self, name: str) -> list[Task]:
        """The files of a group."""
        file = f"groups/{name}.jsonl"
        with self._whole(file):
            lines = self._place.read(f"{HOME}/{file}").splitlines()
            return [Task(f"{name}-{n}", v["path"], v["name"]) for n, v in enumerate(map(json.loads, lines))]

    def done(self) -> set[str]:
        """The names of the groups that are done."""
        return {name.removesuffix(".jsonl") for name in self._place.listed(f"{HOME}/done")}

    def is_done(self, name: str) -> bool:
        """Whether a group is done."""
        return self._place.exists(f"{HOME}/done/{name}.jsonl")

    def rows(self, name: str) -> dict[str, list[Row]]:
        """Id -> what became of files of a group that is not done, by later holders first."""
        found: dict[str, list[tuple[int, Row]]] = {}
        for file in self._place.listed(f"{HOME}/rows/{name}"):
            with contextlib.suppress(FileNotFoundError), self._whole(f"rows/{name}/{file}"):  # finished in the meantime
                id, number, _ = file.rsplit(".", 2)
                row = _row(json.loads(self._place.read(f"{HOME}/rows/{name}/{file}")))
                found.setdefault(id, []).append((int(number), row))
        return {
            id: [row for _, row in sorted(rows, key=lambda item: item[0], reverse=True)] for id, rows in found.items()
        }

    def record(self, name: str, number: int, task: Task, row: Row) -> None:
        """Keep what became of a file, before its outputs get their names."""
        self._place.write(f"{HOME}/rows/{name}/{task.id}.{number}.json", json.dumps(asdict(row)).encode())

    def finish(self, name: str, rows: Iterable[tuple[Task, Row]]) -> None:
        """Mark a group as done; nothing happens if somebody else has done so."""
        lines = [json.dumps({"path": task.path, "output": task.name, **asdict(row)}) + "\n" for task, row in rows]
        self._place.create(f"{HOME}/done/{name}.jsonl", "".join(lines).encode())
        self._forget(name)

    def reopen(self, name: str, number: int) -> int:
        """Let the files of a done group that failed or lost pages wait again; how many.

        Args:
            name: of the group, whose lease must be held.
            number: of the lease.
        """
        rows = self.finished(name)
        again = [task for task, row in rows if row.state != State.DONE]
        if again:
            for task, row in rows:
                if row.state == State.DONE:
                    self.record(name, number, task, row)
            self._place.remove(f"{HOME}/done/{name}.jsonl")
        return len(again)

    def finished(self, name: str) -> list[tuple[Task, Row]]:
        """The files of a done group, and what became of them."""
        file = f"done/{name}.jsonl"
        with self._whole(file):
            values = map(json.loads, self._place.read(f"{HOME}/{file}").splitlines())
            return [(Task(f"{name}-{n}", v["path"], v["output"]), _row(v)) for n, v in enumerate(values)]

    @contextlib.contextmanager
    def _whole(self, file: str) -> Iterator[None]:
        """Report an object that is not what a batch wrote.

        Raises:
            InputError: see above.
        """
        try:
            yield
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InputError(
                f"{self._place.shown}/{HOME}/{file}: is damaged ({type(error).__name__}: {error}); the outputs are "
                "not; begin again in another directory with -o"
            ) from error

    def _forget(self, name: str) -> None:
        for file in self._place.listed(f"{HOME}/rows/{name}"):
            self._place.remove(f"{HOME}/rows/{name}/{file}")


def _row(value: dict[str, Any]) -> Row:
    fields = {key: value[key] for key in value if key not in {"path", "output", "state"}}
    return Row(State(value["state"]), **fields)


def _named(found: Iterable[Found]) -> Iterator[dict[str, str]]:
    """Each file once, with a name for its outputs that no other has."""
    seen: set[bytes] = set()
    taken: set[bytes] = set()
    for item in found:
        place = hashlib.sha256(place_of(item.path)).digest()
        if place in seen:
            continue
        seen.add(place)
        for name in candidates(item.name, item.path):
            key = hashlib.sha256(key_of(name)).digest()
            if key not in taken:
                taken.add(key)
                path = item.path if "://" in item.path else os.path.abspath(item.path)
                yield {"path": path, "name": name}
                break
