"""Model files without a network worth the name, written as ONNX writes them but without the package."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ocr.metadata import Metadata

SETTINGS = {"tighten": False, "reread_below": 0.0, "second_below": 0.5}
ABOUT = Metadata(
    "recognize", "mine", "CC0-1.0", ("300 lines of letters",), 32, 0, 0.5, 0.5, SETTINGS, "abé", (1.0, 0.5, 0.25, 0.0)
)
"""What a recogniser's file says."""


def model_file(path: Path, said: Metadata | Mapping[str, str]) -> Path:
    """A file with an empty network and these key-value pairs."""
    values = said.strings() if isinstance(said, Metadata) else said
    entries = b"".join(_field(14, _field(1, key.encode()) + _field(2, value.encode())) for key, value in values.items())
    path.write_bytes(_varint(1 << 3) + _varint(8) + _field(7, _field(2, b"net")) + entries)
    return path


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
