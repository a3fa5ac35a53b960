"""Names of outputs: those of their inputs without suffix, below the output directory, all different.

A name that is taken is replaced by one that depends on its own file alone, so that it is the same whatever else is
listed, and in which order.
"""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Iterator
from pathlib import PurePath

__all__ = ["candidates", "key_of"]

INNER = frozenset((".alto", ".page", ".docling"))
"""Beginnings of suffixes of formats: ``x.page.png`` must not become ``x.page`` + ``.xml``."""


def candidates(name: PurePath, path: str) -> Iterator[str]:
    """Names for the outputs of a file, the usual one first.

    Args:
        name: of the file, below the output directory.
        path: of the file.

    Example:
        >>> list(candidates(PurePath("1912/page.png"), "scans/1912/page.png"))
        ['1912/page', '1912/page.png', '1912/page-a36acfad']
    """
    short = name.with_suffix("")
    if short.suffix.lower() not in INNER:
        yield short.as_posix()
    yield name.as_posix()
    mark = hashlib.sha256(os.fsencode(path)).hexdigest()
    yield short.with_name(f"{short.name}-{mark[:8]}").as_posix()
    yield short.with_name(f"{short.name}-{mark}").as_posix()


def key_of(name: str) -> bytes:
    """The same for names that some file systems take for one."""
    return unicodedata.normalize("NFC", name).casefold().encode("utf-8", "surrogateescape")
