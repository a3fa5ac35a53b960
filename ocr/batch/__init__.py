"""Many documents: a journal of what became of each file, a pool of workers, and several machines on one store.

The command line (``ocr batch``) is built on this; nothing here prints. How to use it, and why nothing is lost or done
twice: ``docs/scale.md``.

- ``inputs``: folders, globs, manifests and URLs become files with names for their outputs.
- ``journal``: what became of each file, in SQLite; :func:`ocr.batch.local.run` works with it on one machine.
- ``groups``: the list of files, leases and marks in a store that several machines share; :func:`ocr.batch.shared.run`.
- ``on_ray``: the files of a journal, read by actors of a Ray cluster.
- ``places``: where outputs go: a folder, or a URL of fsspec.
"""

from ocr.batch.task import Row, State, Task, Work

__all__ = ["Row", "State", "Task", "Work"]
