"""Where outputs go, and what machines share: a folder, or a URL of fsspec.

All that machines rely on is one operation: :meth:`Place.create` makes an object that nobody else has made.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from ocr.batch.inputs import is_url
from ocr.errors import DependencyError, InputError, OutputError
from ocr.output import named

__all__ = ["Folder", "Place", "Remote", "filesystem", "hash_of", "place_at", "said"]

PIECE = 1 << 20


class Place(Protocol):
    """A tree of objects with names such as ``1912/a.txt``."""

    shown: str

    def publish(self, complete: Path, name: str, *, new: bool = False) -> None:
        """Make a complete file of this machine an object; the file is used up.

        Args:
            complete: the file.
            name: of the object.
            new: leave an object of that name as it is.

        Raises:
            FileExistsError: ``new``, and there is one.
            OutputError: it cannot be written.
        """
        ...

    def create(self, name: str, data: bytes) -> bool:
        """Make a small object that nobody else has made; whether this is the one who made it."""
        ...

    def write(self, name: str, data: bytes) -> None:
        """Write a small object; one of that name is replaced as a whole."""
        ...

    def read(self, name: str) -> bytes:
        """An object.

        Raises:
            FileNotFoundError: there is none of that name.
        """
        ...

    def fetch(self, name: str, path: Path) -> None:
        """Copy an object to a file of this machine; it is on the disk then."""
        ...

    def exists(self, name: str) -> bool:
        """Whether there is an object of that name."""
        ...

    def listed(self, folder: str) -> dict[str, str]:
        """The objects in a folder by their names in it, each with what changes whenever it is written."""
        ...

    def below(self) -> Iterator[str]:
        """The names of all objects, hidden ones left out."""
        ...

    def remove(self, name: str) -> None:
        """Remove an object, if it is there."""
        ...

    def hash(self, name: str) -> str:
        """SHA-256 of an object."""
        ...


class Folder:
    """A folder of this machine, or of a network file system.

    Args:
        root: its path; it is created.

    Raises:
        OutputError: it cannot be created.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.shown = str(root)
        try:
            root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"{root}: the directory cannot be created ({error.strerror}); choose another with -o"
            ) from error

    def publish(self, complete: Path, name: str, *, new: bool = False) -> None:
        """See :meth:`Place.publish`."""
        named(complete, self.root / name, new=new)

    def create(self, name: str, data: bytes) -> bool:
        """See :meth:`Place.create`."""
        try:
            named(self._complete(name, data), self.root / name, new=True)
        except FileExistsError:
            return False
        return True

    def write(self, name: str, data: bytes) -> None:
        """See :meth:`Place.write`."""
        named(self._complete(name, data), self.root / name)

    def read(self, name: str) -> bytes:
        """See :meth:`Place.read`."""
        with _reading(self.shown):
            return (self.root / name).read_bytes()

    def fetch(self, name: str, path: Path) -> None:
        """See :meth:`Place.fetch`."""
        with (self.root / name).open("rb") as file:
            _copied(file, path)

    def exists(self, name: str) -> bool:
        """See :meth:`Place.exists`."""
        return os.path.isfile(self.root / name)

    def listed(self, folder: str) -> dict[str, str]:
        """See :meth:`Place.listed`."""
        with _reading(self.shown):
            try:
                entries = list(os.scandir(self.root / folder))
            except FileNotFoundError:
                return {}
            found = {}
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                try:
                    state = entry.stat()
                except FileNotFoundError:  # removed in the meantime
                    continue
                found[entry.name] = f"{state.st_ino} {state.st_size} {state.st_mtime_ns}"
            return found

    def below(self) -> Iterator[str]:
        """See :meth:`Place.below`."""
        for folder, folders, names in os.walk(self.root):
            folders[:] = [name for name in folders if not name.startswith(".")]
            yield from (Path(folder, name).relative_to(self.root).as_posix() for name in names)

    def remove(self, name: str) -> None:
        """See :meth:`Place.remove`."""
        with _reading(self.shown):
            (self.root / name).unlink(missing_ok=True)

    def hash(self, name: str) -> str:
        """See :meth:`Place.hash`."""
        return hash_of(self.root / name)

    def _complete(self, name: str, data: bytes) -> Path:
        path = (self.root / name).parent / f".{secrets.token_hex(8)}.part"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            path.unlink(missing_ok=True)
            folder = shlex.quote(str(self.root))
            fault = f"{self.root / name}: cannot be written ({error.strerror}); check permissions and space"
            raise OutputError(f"{fault}: ls -ld {folder}; df -h {folder}") from error
        return path


class Remote:
    """A folder of an object store or another file system that fsspec reaches.

    The store must be able to create an object only where there is none, as S3 does (``If-None-Match``).

    Args:
        url: such as ``s3://bucket/out``.

    Raises:
        DependencyError: the package for this kind of URL is not installed.
        UsageError: no package knows this kind of URL.
    """

    def __init__(self, url: str) -> None:
        self.shown = url.rstrip("/")
        self._fs, self._root = filesystem(self.shown)

    def publish(self, complete: Path, name: str, *, new: bool = False) -> None:
        """See :meth:`Place.publish`."""
        with self._writing(name):
            self._fs.put_file(str(complete), f"{self._root}/{name}", mode="create" if new else "overwrite")
        complete.unlink(missing_ok=True)

    def create(self, name: str, data: bytes) -> bool:
        """See :meth:`Place.create`."""
        try:
            with self._writing(name):
                self._fs.pipe_file(f"{self._root}/{name}", data, mode="create")
        except FileExistsError:
            return False
        return True

    def write(self, name: str, data: bytes) -> None:
        """See :meth:`Place.write`."""
        with self._writing(name):
            self._fs.pipe_file(f"{self._root}/{name}", data)

    def read(self, name: str) -> bytes:
        """See :meth:`Place.read`."""
        with _reading(self.shown):
            data: bytes = self._fs.cat_file(f"{self._root}/{name}")
            return data

    def fetch(self, name: str, path: Path) -> None:
        """See :meth:`Place.fetch`."""
        with _reading(self.shown), self._fs.open(f"{self._root}/{name}", "rb") as file:
            _copied(file, path)

    def exists(self, name: str) -> bool:
        """See :meth:`Place.exists`."""
        with _reading(self.shown):
            self._fs.invalidate_cache()
            try:
                return bool(self._fs.info(f"{self._root}/{name}")["type"] == "file")
            except FileNotFoundError:
                return False

    def listed(self, folder: str) -> dict[str, str]:
        """See :meth:`Place.listed`."""
        with _reading(self.shown):
            self._fs.invalidate_cache()
            try:
                entries = self._fs.ls(f"{self._root}/{folder}", detail=True)
            except FileNotFoundError:
                return {}
        keys = ("ETag", "LastModified", "mtime", "created", "size")
        return {
            entry["name"].rsplit("/", 1)[-1]: " ".join(str(entry.get(key, "")) for key in keys)
            for entry in entries
            if entry["type"] == "file"
        }

    def below(self) -> Iterator[str]:
        """See :meth:`Place.below`."""
        with _reading(self.shown):
            self._fs.invalidate_cache()
            for path in self._fs.find(self._root):
                name = path.removeprefix(self._root).lstrip("/")
                if not name.startswith("."):
                    yield name

    def remove(self, name: str) -> None:
        """See :meth:`Place.remove`."""
        with _reading(self.shown):
            try:
                self._fs.rm_file(f"{self._root}/{name}")
            except FileNotFoundError:
                return

    def hash(self, name: str) -> str:
        """See :meth:`Place.hash`."""
        digest = hashlib.sha256()
        with _reading(self.shown), self._fs.open(f"{self._root}/{name}", "rb") as file:
            while data := file.read(PIECE):
                digest.update(data)
        return digest.hexdigest()

    @contextmanager
    def _writing(self, name: str) -> Iterator[None]:
        try:
            yield
        except FileExistsError:
            raise
        except Exception as error:  # every store has errors of its own
            if _precondition(error):
                raise FileExistsError(f"{self.shown}/{name}") from error
            raise OutputError(
                f"{self.shown}/{name}: cannot be written ({said(error)}); check the address and the access rights"
            ) from error


def place_at(output: str) -> Folder | Remote:
    """The place that ``-o`` names."""
    return Remote(output) if is_url(output) else Folder(Path(output))


def filesystem(url: str) -> tuple[Any, str]:
    """The fsspec file system of a URL, and the path in it.

    Raises:
        DependencyError: a package is not installed.
        InputError: no package knows this kind of URL.
    """
    try:
        import fsspec
    except ImportError as error:
        raise DependencyError(f"{url}: URLs need the package fsspec; run: pip install 'ocr[batch]'") from error
    try:
        fs, path = fsspec.url_to_fs(url)
    except ImportError as error:
        raise DependencyError(f"{url}: {error}; for S3 and HTTP run: pip install 'ocr[batch]'") from error
    except ValueError as error:
        raise InputError(f"{url}: {error}; the kinds of URL are listed at filesystem-spec.readthedocs.io") from error
    return fs, str(path).rstrip("/")


def _copied(file: BinaryIO, path: Path) -> None:
    try:
        with path.open("wb") as copy:
            shutil.copyfileobj(file, copy, PIECE)
            copy.flush()
            os.fsync(copy.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        look = f"df -h {shlex.quote(str(path.parent))}"
        raise OutputError(f"{path}: cannot be written ({error.strerror}); look: {look}") from error


def hash_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _reading(shown: str) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, OutputError):
        raise
    except Exception as error:  # every store has errors of its own
        raise OutputError(
            f"{shown}: the store cannot be read ({said(error)}); check the address and the access rights"
        ) from error


def _precondition(error: BaseException | None) -> bool:
    """Whether a store refused to replace an object."""
    while error is not None:
        if "PreconditionFailed" in str(error) or "ConditionalRequestConflict" in str(error):
            return True
        error = error.__cause__
    return False


def said(error: BaseException) -> str:
    """The message of an error of a store, on one line."""
    return " ".join(str(error).split()) or type(error).__name__
