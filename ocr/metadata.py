"""What a model file says of itself: key-value pairs in the ONNX file, read without a runtime.

A file carries all that its reader has to know: the task, how pixels become input, the charset and calibration of a
recogniser, and the settings that were chosen for these weights. Values other than ``task``, ``name`` and ``licence``
are JSON. ``ocr.export.metadata`` writes them.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from ocr.errors import InputError
from ocr.exported import APART, entry
from ocr.packed_weights import is_packed, skeleton

__all__ = ["FORMAT", "TASKS", "Metadata", "pairs", "read_metadata"]

FORMAT: Final = 1
"""Version of the metadata; files of a later version are refused."""

TASKS: Final[Mapping[str, str]] = {
    "detect": "a text detector",
    "recognize": "a recogniser",
    "language": "a language model",
    "enhance": "an enhancement net",
    "corners": "a page finder",
    "orient": "an orientation net",
    "face": "a face detector",
    "ask": "a net that answers questions",
}
"""What a model is, by its task."""

NEEDED: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(("detect", "corners", "orient", "face", "ask"), frozenset[str]()),
    "recognize": frozenset({"charset", "calibration"}),
    "enhance": frozenset({"operators"}),
}
"""Keys of a task's models beside those that every model has."""

TEXTS: Final = ("task", "name", "licence")
GRAPH, PROPERTY = 7, 14
"""Fields of ONNX's ``ModelProto``: the network, and a key-value pair."""

Settings = TypeVar("Settings")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a model file says of itself.

    Attributes:
        task: key of ``TASKS``.
        name: what results call the model.
        licence: of the weights, an SPDX identifier.
        trained_on: the data, in words, with its licences.
        height, width: of the input in pixels; 0 where any will do.
        mean, std: pixel values scaled to 0..1 become input as ``(value - mean) / std``.
        settings: what the model's reader was set to for these weights; see ``settings_as``.
        charset: characters in class order, class 0 being the blank.
        calibration: weights of the logistic curve that gives a line's confidence.
        operators: names of the image operators that the net knows.
        format: version of the metadata.
    """

    task: str
    name: str
    licence: str
    trained_on: tuple[str, ...]
    height: int
    width: int
    mean: float
    std: float
    settings: Mapping[str, Any]
    charset: str = ""
    calibration: tuple[float, ...] = ()
    operators: tuple[str, ...] = ()
    format: int = field(default=FORMAT)

    @classmethod
    def of(cls, values: Mapping[str, str], path: Path) -> Metadata:
        """The metadata in the key-value pairs of a model file; ``path`` is named in errors.

        Raises:
            InputError: pairs are missing or damaged, or the file is of a later version.
        """
        needed = {f.name for f in fields(cls) if f.default is MISSING} | {"format"}
        missing = sorted((needed | NEEDED.get(values.get("task", ""), frozenset())) - values.keys())
        if missing:
            raise InputError(
                f"{path}: not a model file that this version of ocr can use: its metadata lacks {', '.join(missing)}; "
                "publish it again from its checkpoint (docs/training.md, Publishing)"
            )
        known = {f.name for f in fields(cls)} & values.keys()
        try:
            parsed: dict[str, Any] = {
                key: values[key] if key in TEXTS else _frozen(json.loads(values[key])) for key in known
            }
            made = cls(**parsed)
            if made.format > FORMAT:
                raise InputError(
                    f"{path}: of a later version of ocr (metadata {made.format}); run: pip install --upgrade ocr"
                )
        except (ValueError, TypeError) as error:
            raise InputError(f"{path}: its metadata is damaged ({error}); fetch or export the file again") from error
        if made.task not in NEEDED:
            raise InputError(f"{path}: unknown task {made.task!r}; the tasks are {', '.join(NEEDED)}")
        return made

    def strings(self) -> dict[str, str]:
        """The key-value pairs of a model file."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        wanted = {f.name for f in fields(self) if f.default is MISSING} | {"format"} | NEEDED[self.task]
        return {
            key: value if key in TEXTS else json.dumps(value, ensure_ascii=False)
            for key, value in values.items()
            if key in wanted
        }

    def normalised(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Pixels (0..255) of any shape as the net takes them."""
        return pixels.astype(np.float32) * np.float32(1 / (255 * self.std)) - np.float32(self.mean / self.std)

    def settings_as(self, kind: type[Settings], path: Path) -> Settings:
        """The settings as the frozen dataclass of the model's reader; ``path`` is named in errors.

        One that was added after the file was made takes its default.

        Raises:
            InputError: one is missing or unknown.
        """
        known = {f.name: f.default is MISSING for f in fields(kind)}  # type: ignore[arg-type]
        needed = {name for name, must in known.items() if must}
        if wrong := sorted((self.settings.keys() - known.keys()) | (needed - self.settings.keys())):
            raise InputError(
                f"{path}: missing or unknown settings {', '.join(wrong)} in its metadata; "
                "publish it again from its checkpoint (docs/training.md, Publishing)"
            )
        return kind(**{key: _frozen(value) for key, value in self.settings.items()})


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def read_metadata(path: Path) -> Metadata:
    """What a model file says of itself.

    Raises:
        InputError: the file is missing, not ONNX, or its metadata lacks something.
    """
    return Metadata.of(pairs(path), path)


def pairs(path: Path) -> dict[str, str]:
    """The key-value pairs of an ONNX or ``.dcz`` file: its protocol buffer is skipped through, no network is loaded.

    Of an exported file in a format without such pairs, ``pipeline.json`` beside it has them.

    Raises:
        InputError: the file is missing, damaged, or none of them.
    """
    if path.suffix in APART and path.is_file():
        said = entry(path).get("metadata", {}).items()
        return {key: value if key in TEXTS else json.dumps(value, ensure_ascii=False) for key, value in said}
    try:
        if is_packed(path):
            model = skeleton(path)
            found = list(_fields(io.BytesIO(model), len(model)))
        else:
            with path.open("rb") as file:
                found = list(_fields(file, path.stat().st_size))
        if GRAPH not in {number for number, _ in found}:
            raise ValueError("no network in it")
        entries = [dict(_entry(content)) for number, content in found if number == PROPERTY]
        return {entry[1].decode(): entry.get(2, b"").decode() for entry in entries}
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path of the model file") from error
    except (ValueError, KeyError, IndexError) as error:
        raise InputError(
            f"{path}: not an ONNX model ({error}); name a model file or a model of `ocr doctor`"
        ) from error


def _fields(file: BinaryIO, size: int) -> Iterator[tuple[int, bytes]]:
    """Numbers and contents of a message's fields; contents are read of key-value pairs alone."""
    while file.tell() < size:
        key = _varint(file)
        number, kind = key >> 3, key & 7
        length = {0: 0, 1: 8, 5: 4}.get(kind, -1)
        if kind == 0:
            _varint(file)
        elif kind == 2:
            length = _varint(file)
        elif length < 0:
            raise ValueError("not a protocol buffer")
        if file.tell() + length > size or not number:
            raise ValueError("cut off or not a protocol buffer")
        content = file.read(length) if number == PROPERTY else b""
        if number != PROPERTY:
            file.seek(length, 1)
        yield number, content


def _varint(file: BinaryIO) -> int:
    value = shift = 0
    while True:
        [byte] = file.read(1) or [256]
        if byte > 255 or shift > 63:
            raise ValueError("cut off or not a protocol buffer")
        value |= (byte & 127) << shift
        if byte < 128:
            return value
        shift += 7


def _entry(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Key (1) and value (2) of a pair."""
    at = 0
    while at < len(content):
        number, at, length, shift = content[at] >> 3, at + 1, 0, 0
        while content[at] > 127:
            length, shift, at = length | (content[at] & 127) << shift, shift + 7, at + 1
        length, at = length | content[at] << shift, at + 1
        yield number, content[at : at + length]
        at += length
