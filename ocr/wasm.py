"""Nets of ``ocr export --target web`` run here: the same ``.ocrnet`` files and ``.wasm`` builds as in a browser.

wasmtime, an engine for WebAssembly outside of browsers, takes the part of the browser, and this module that of
``web/runtime/net.js``. So what ``ocr export`` measures and ``ocr read --model`` reads is what a page computes.
"""

from __future__ import annotations

import atexit
import importlib
import struct
import threading
import weakref
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ocr.errors import DependencyError, InputError

__all__ = [
    "BLOCK", "BUILDS", "HEAD", "HEADER", "MAGIC", "OPERATION", "OUTPUT", "SPEC", "SUFFIX", "WasmNet", "body_of",
    "runtime_folder",
]  # fmt: skip

SUFFIX: Final = ".ocrnet"
MAGIC: Final = b"OCRNET1\n"
HEAD: Final = struct.Struct("<8sII")
"""Magic, length and CRC-32 of the body, which follows compressed."""
HEADER, SPEC, OPERATION, OUTPUT = (
    struct.Struct(form) for form in ("<4s9i28s", "<iiiifi", "<14ifiiii", "<ii24s")
)  # fmt: skip
BLOCK, PLANES, WNC = 8, 3, 4
AGAIN: Final = "export it again: ocr export --target web -o DIR"
FAULTS: Final = {
    1: "is damaged (its checksum differs)",
    2: "is damaged (a place outside of it)",
    3: "was made for a later version of ocr",
}
BUILDS: Final = ("runtime.wasm", "runtime-relaxed.wasm")
"""For browsers that have SIMD, and for those that have relaxed SIMD, which is faster."""
FOLDERS: Final = (Path(__file__).parent / "web_runtime", Path(__file__).parent.parent / "web" / "runtime")


def runtime_folder() -> Path:
    """Where the builds of the runtime and ``net.js`` are.

    Raises:
        DependencyError: nowhere.
    """
    for folder in FOLDERS:
        if all((folder / name).is_file() for name in BUILDS):
            return folder
    raise DependencyError("the runtime for browsers is missing; build it: web/runtime/build")


def body_of(file: bytes) -> tuple[bytes, int]:
    """The body of a model file, which the runtime loads, and its checksum as the file says it.

    Raises:
        ValueError: it is no such file, or incomplete.
    """
    if len(file) < HEAD.size or not file.startswith(MAGIC):
        raise ValueError("not a model file for browsers")
    _, length, checksum = HEAD.unpack_from(file)
    try:
        body = zlib.decompressobj().decompress(file[HEAD.size :], length + 1)
    except zlib.error as error:
        raise ValueError(f"damaged ({error})") from error
    if len(body) != length:
        raise ValueError("incomplete")
    return body, checksum


@lru_cache(maxsize=1)
def _compiled(build: str) -> tuple[Any, Any]:
    """Wasmtime's engine and the compiled runtime.

    Raises:
        DependencyError: wasmtime or the runtime is missing.
    """
    try:
        wasmtime = importlib.import_module("wasmtime")
    except ImportError as error:
        raise DependencyError("models for browsers need the package wasmtime; run: pip install 'ocr[web]'") from error
    config = wasmtime.Config()
    config.parallel_compilation = False
    engine = wasmtime.Engine(config)
    return engine, wasmtime.Module.from_file(engine, str(runtime_folder() / build))


_nets: weakref.WeakSet[WasmNet] = weakref.WeakSet()


@atexit.register
def _close() -> None:
    """Before the interpreter takes wasmtime apart: what is freed later would complain."""
    for net in list(_nets):
        net.close()
    _compiled.cache_clear()


@dataclass(frozen=True, slots=True)
class _Named:
    """Name of an input or output, as onnxruntime's sessions list them; of outputs also where they lie."""

    name: str
    tensor: int = 0
    form: int = 0
    layout: int = PLANES
    channels: int = 1


@dataclass(frozen=True, slots=True)
class _Said:
    custom_metadata_map: Mapping[str, str]


class WasmNet:
    """A net in memory of its own; it answers as a session of onnxruntime does, and runs for one thread at a time.

    Args:
        path: of the ``.ocrnet`` file.
        build: of ``BUILDS``; both give the same bytes between layers.

    Raises:
        DependencyError: wasmtime or the runtime is missing.
        InputError: the file is damaged, or none of the kind.
    """

    def __init__(self, path: Path, build: str = BUILDS[1]) -> None:
        self._path, self._lock = path, threading.Lock()
        _nets.add(self)
        try:
            body, checksum = body_of(path.read_bytes())
        except ValueError as error:
            raise InputError(f"{path}: {error}; {AGAIN}") from error
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror})") from error
        engine, module = _compiled(build)
        wasmtime = importlib.import_module("wasmtime")
        self._store = wasmtime.Store(engine)
        self._exports = wasmtime.Instance(self._store, module, []).exports(self._store)
        place = self._call("reserve", len(body))
        self._exports["memory"].write(self._store, body, place)
        if status := self._call("load", place, len(body), checksum):
            raise InputError(f"{path}: {FAULTS.get(status, 'needs more memory than there is')}; {AGAIN}")
        _, _, tensors, operations, outputs, *_, name = HEADER.unpack_from(body)
        specs = [SPEC.unpack_from(body, HEADER.size + SPEC.size * k) for k in range(tensors)]
        at = HEADER.size + SPEC.size * tensors + OPERATION.size * operations
        self._inputs = [_Named(_text(name))]
        self._outputs = []
        for k in range(outputs):
            tensor, form, label = OUTPUT.unpack_from(body, at + OUTPUT.size * k)
            self._outputs.append(_Named(_text(label), tensor, form, *specs[tensor][:2]))

    def get_inputs(self) -> Sequence[_Named]:
        """The input, with its ``name``."""
        return self._inputs

    def get_outputs(self) -> Sequence[_Named]:
        """The outputs, each with its ``name``."""
        return self._outputs

    def get_modelmeta(self) -> _Said:
        """Nothing: ``pipeline.json`` beside the file has it."""
        return _Said({})

    def run(self, wanted: Sequence[str], arrays: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """Run the net.

        Args:
            wanted: names of outputs.
            arrays: the input by its name, N x C x H x W.

        Raises:
            ValueError: the input does not have a shape that the net takes.
        """
        given = np.ascontiguousarray(next(iter(arrays.values())), np.float32)
        with self._lock:
            if given.ndim != 4 or (status := self._call("plan", *given.shape)) == 4:
                raise ValueError(f"{self._path.name} does not take an input of the shape {given.shape}")
            if status:
                raise ValueError(f"{self._path.name}: not enough memory for an input of the shape {given.shape}")
            self._exports["memory"].write(self._store, given.tobytes(), self._tensor(0)[3])
            self._call("run")
            return [self._output(next(o for o in self._outputs if o.name == name)) for name in wanted]

    def close(self) -> None:
        """Free its memory; it cannot run any more."""
        self.__dict__.pop("_exports", None)
        if store := self.__dict__.pop("_store", None):
            store.close()

    def _call(self, name: str, *values: int) -> Any:
        """The result of an exported function.

        Raises:
            InputError: it reached beyond its memory, because the file is wrong.
        """
        try:
            return self._exports[name](self._store, *(value - 2**32 if value >= 2**31 else value for value in values))
        except importlib.import_module("wasmtime").Trap as error:
            raise InputError(f"{self._path}: is damaged ({str(error).splitlines()[0]}); {AGAIN}") from error

    def _tensor(self, index: int) -> tuple[int, int, int, int]:
        """N, H, W and address of a tensor."""
        place = self._call("tensor", index)
        n, h, w, address = struct.unpack("<iiiI", self._exports["memory"].read(self._store, place, place + 16))
        return n, h, w, address

    def _output(self, output: _Named) -> NDArray[Any]:
        n, h, w, address = self._tensor(output.tensor)
        wide = output.channels if output.layout == PLANES else -(-output.channels // BLOCK) * BLOCK
        values = np.frombuffer(
            self._exports["memory"].read(self._store, address, address + 4 * n * h * w * wide), np.float32
        )
        if output.form == WNC:
            return np.ascontiguousarray(values.reshape(n, w, wide).transpose(1, 0, 2)[..., : output.channels])
        if output.name == "classes":
            values = values.astype(np.int64)
        return values.reshape(((n, output.channels, h, w), (n, h, w), (n,), (h, w))[output.form])


def _text(name: bytes) -> str:
    return name.split(b"\0", 1)[0].decode("ascii", "replace")
