"""The ``.dcz`` file: sections, checksum, and what is refused.

    magic (8 bytes) | BLAKE2b of all that follows (16 bytes) | length of the head (4 bytes, little-endian) |
    head (xz): length of the JSON (4 bytes), JSON, the ONNX model without its weights |
    plain weights and tables of values | coded weights

The JSON is ``{"format": 1, "lanes": n, "tensors": [[name, shape, kind, ...], ...]}`` in the order of the weights;
those of one name are parts of a tensor along its first axis. Kinds:

- ``"f4"``, ``"f2"``: values as they are, in single or half precision;
- ``"grid"``, step, lowest, alphabet, near, far: values are multiples of ``step`` from ``lowest`` on;
- ``"dependent"``, step, lowest, alphabet, near, far, states, row, turned: likewise, by dependent quantization
  (:mod:`ocr.packed_weights.trellis`) along rows of ``row`` weights; ``turned`` is 1 where the tensor is the transpose
  of what is coded. Files that have it are of format 2;
- ``"table"``, alphabet, zero, near, far: values are those of a table among the plain weights;
- ``"sparse"``, ``"f4"`` or ``"f2"``, count, near, far: coded is where weights are not zero; those are among the plain
  weights.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import struct
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from math import prod
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ocr.errors import InputError
from ocr.packed_weights.coder import LARGEST_ALPHABET, Layer, decode, encode, lanes_for
from ocr.packed_weights.contexts import neighbours
from ocr.packed_weights.onnx_bytes import with_weights
from ocr.packed_weights.trellis import STATES, states_along

__all__ = ["SUFFIX", "is_packed", "opened", "pack", "sealed", "skeleton", "unpack"]

SUFFIX: Final = ".dcz"
MAGIC: Final = b"\x89DCZ\r\n\x1a\n"
PLAIN, DEPENDENT = 1, 2
"""Versions of the format: without and with dependent quantization."""
DIGEST: Final = 16
HEAD: Final = len(MAGIC) + DIGEST
LARGEST: Final = 1 << 30
"""Bytes of a head or weights of a file that are believed."""
DENSE: Final = 0.9
"""A tensor of which more is not zero is stored as it is."""
LEAST: Final = 64
"""Tensors with fewer values are not coded."""

Weights = NDArray[np.float32]


def is_packed(path: Path) -> bool:
    """Whether a file is a ``.dcz`` file, by its first bytes; false where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


# --------------------------------------------------------------------------------------------------------- writing


def pack(model: bytes, weights: Mapping[str, Weights]) -> bytes:
    """A ``.dcz`` file; ``unpack`` gives back the same values to the last bit, but for the sign of zeros.

    Args:
        model: an ONNX model without the initializers in ``weights``.
        weights: those, by name; negative zeros may become zeros.
    """
    tensors: list[list[Any]] = []
    plain: list[bytes] = []
    ranks: list[NDArray[np.uint8]] = []
    layers: list[Layer] = []
    for name, array in _parts(weights):
        values, inverse = np.unique(array, return_inverse=True)
        if array.size < LEAST or len(values) > min(LARGEST_ALPHABET, array.size // 2) or not np.isfinite(values).all():
            half = "f2" if (array.astype(np.float16).astype(np.float32) == array).all() else "f4"
            kept = array != 0
            if array.size < LEAST or kept.mean() > DENSE:
                tensors.append([name, list(array.shape), half])
                plain.append(array.astype(f"<{half}").tobytes())
                continue
            rank = _bytes(kept.reshape(-1))
            near, far = neighbours(rank, 0, array.shape)
            layers.append(Layer(array.size, 2, 0, near, far))
            ranks.append(rank)
            tensors.append([name, list(array.shape), "sparse", half, int(kept.sum()), near, far])
            plain.append(array[kept].astype(f"<{half}").tobytes())
            continue
        kind, table, rank = _described(values, inverse.reshape(-1))
        zero = int(np.abs(table).argmin())
        if kind and (path := _path(rank.reshape(array.shape), zero)):
            rank, states, row, turned = path
            shape = [*rank.shape]
            near, far = neighbours(rank.reshape(-1), zero, shape)
            layers.append(Layer(array.size, len(table), zero, near, far, states, row))
            ranks.append(rank.reshape(-1))
            tensors.append([name, shape, "dependent", *kind, len(table), near, far, states, row, int(turned)])
            continue
        near, far = neighbours(rank, zero, array.shape)
        layers.append(Layer(array.size, len(table), zero, near, far))
        ranks.append(rank)
        if kind:
            tensors.append([name, list(array.shape), "grid", *kind, len(table), near, far])
        else:
            tensors.append([name, list(array.shape), "table", len(table), zero, near, far])
            plain.append(table.astype("<f4").tobytes())
    size = sum(layer.size for layer in layers)
    lanes = lanes_for(size)
    coded = encode(np.concatenate(ranks), layers, lanes) if size else b""
    version = DEPENDENT if any(layer.states > 1 for layer in layers) else PLAIN
    return sealed({"format": version, "lanes": lanes, "tensors": tensors}, model, b"".join(plain) + coded)


def sealed(about: Mapping[str, Any], model: bytes, sections: bytes) -> bytes:
    """The bytes of a file: magic, checksum, head, and the sections after the head.

    Args:
        about: the JSON; the version of the format is added where it is missing.
        model: an ONNX model without its weights; empty where there is no network.
        sections: what follows the head.
    """
    said = json.dumps({"format": PLAIN, **about}, separators=(",", ":")).encode()
    head = lzma.compress(struct.pack("<I", len(said)) + said + model, preset=9 | lzma.PRESET_EXTREME)
    rest = struct.pack("<I", len(head)) + head + sections
    return MAGIC + hashlib.blake2b(rest, digest_size=DIGEST).digest() + rest


def _parts(weights: Mapping[str, Weights]) -> Iterator[tuple[str, Weights]]:
    """The tensors; an LSTM's, which holds both directions, as two of one name: each has values of its own."""
    for name, array in weights.items():
        both = array.ndim == 3 and len(array) == 2
        yield from ((name, part) for part in (array[:1], array[1:])) if both else [(name, array)]


def _path(ranks: NDArray[np.uint8], zero: int) -> tuple[NDArray[np.uint8], int, int, bool] | None:
    """Ranks in the order in which they are a path through a trellis, with its states, the weights of a row, and whether
    the order is that of the transpose; None where they are none, or where zero and even multiples are all there is.
    """
    multiples = ranks.astype(np.int64) - zero
    if not (multiples % 2).any():
        return None
    for turned in (False, True)[: 1 + (ranks.ndim == 2)]:
        shown = multiples.T if turned else multiples
        for row in dict.fromkeys((prod(shown.shape[1:]), shown.shape[-1])):
            for states in reversed(STATES):
                if states_along(shown.reshape(-1, row), states) is not None:
                    return (np.ascontiguousarray(ranks.T) if turned else ranks), states, row, turned
    return None


def _described(values: Weights, inverse: NDArray[np.intp]) -> tuple[list[Any], Weights, NDArray[np.uint8]]:
    """Step and lowest multiple, if the values are multiples of one step; all values; the rank of each weight."""
    sizes = np.abs(values[values != 0])
    gaps = np.diff(values)
    for size in (sizes.min() if len(sizes) else np.float32(1), gaps.min() if len(gaps) else np.float32(1)):
        multiples = np.rint(values / size).astype(np.int64)
        low, high = int(multiples.min()), int(multiples.max())
        if high - low < LARGEST_ALPHABET and ((multiples * size).astype(np.float32) == values).all():
            low, high = min(low, 0), max(high, 0)
            if high - low < LARGEST_ALPHABET:
                return [float(size), low], _grid(float(size), low, high - low + 1), _bytes((multiples - low)[inverse])
    return [], values.astype(np.float32), _bytes(inverse)


def _bytes(ranks: NDArray[Any]) -> NDArray[np.uint8]:
    return ranks.astype(np.uint8)


def _grid(step: float, low: int, alphabet: int) -> Weights:
    return (np.arange(low, low + alphabet) * np.float32(step)).astype(np.float32)


# --------------------------------------------------------------------------------------------------------- reading


def skeleton(path: Path) -> bytes:
    """The ONNX model without its weights: enough to read what the file says of itself.

    Raises:
        InputError: the file is damaged or of a later version.
    """
    about, model, _ = opened(path)
    _check_network(about, path)
    return model


def _check_network(about: Mapping[str, Any], path: Path) -> None:
    """Refuse a file that holds something else."""
    if "tensors" not in about:
        raise InputError(f"{path}: holds a language model, not a network; name a detector or a recogniser")


def unpack(path: Path) -> bytes:
    """The ONNX model of a ``.dcz`` file.

    Raises:
        InputError: the file is damaged or of a later version.
    """
    about, model, rest = opened(path)
    _check_network(about, path)
    try:
        return with_weights(model, _weights(about, rest))
    except (ValueError, KeyError, TypeError, IndexError, struct.error) as error:
        raise InputError(f"{path}: damaged ({error}); fetch or pack it again") from error


def opened(path: Path, data: bytes | None = None) -> tuple[dict[str, Any], bytes, bytes]:
    """The JSON, the model without weights, and the sections after the head; the checksum is right.

    Args:
        path: of the file; what errors name.
        data: its bytes, if they have been read.

    Raises:
        InputError: the file is damaged or of a later version.
    """
    try:
        data = path.read_bytes() if data is None else data
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path of the model file") from error
    if data[: len(MAGIC)] != MAGIC:
        raise InputError(f"{path}: not a packed model (.dcz); name a model file or a model of `ocr doctor`")
    rest = data[HEAD:]
    if hashlib.blake2b(rest, digest_size=DIGEST).digest() != data[len(MAGIC) : HEAD]:
        raise InputError(f"{path}: damaged: its checksum is wrong; fetch or pack it again")
    try:
        [size] = struct.unpack_from("<I", rest)
        head = lzma.LZMADecompressor().decompress(rest[4 : 4 + size], LARGEST)
        [length] = struct.unpack_from("<I", head)
        about = json.loads(head[4 : 4 + length])
        if about["format"] > DEPENDENT:
            raise InputError(f"{path}: of a later version of ocr ({about['format']}); run: pip install --upgrade ocr")
        return about, head[4 + length :], rest[4 + size :]
    except (ValueError, KeyError, TypeError, struct.error, lzma.LZMAError) as error:
        raise InputError(f"{path}: damaged ({error}); fetch or pack it again") from error


def _weights(about: Mapping[str, Any], rest: bytes) -> list[tuple[str, Weights]]:
    """The arrays of a file by name, from its JSON and the sections after the head."""
    tensors: Sequence[Sequence[Any]] = about["tensors"]
    at = 0
    found: list[Weights] = []
    coded: list[tuple[int, bool, Weights, Layer]] = []
    if sum(prod(shape) for _, shape, *_ in tensors) > LARGEST:
        raise ValueError("more weights than any model has")
    for place, (_, shape, kind, *more) in enumerate(tensors):
        if kind not in ("f2", "f4"):
            found.append(np.zeros(0, np.float32))  # until it is decoded
        if kind in ("f2", "f4"):
            found.append(np.frombuffer(rest, f"<{kind}", prod(shape), at).astype(np.float32).reshape(shape))
            at += prod(shape) * int(kind[1])
        elif kind in ("grid", "dependent"):
            step, low, alphabet, near, far, *trellis = more
            layer = Layer(prod(shape), alphabet, -low, near, far, *trellis[:2])
            coded.append((place, False, _grid(step, low, alphabet), layer))
        elif kind == "table":
            alphabet, zero, near, far = more
            table = np.frombuffer(rest, "<f4", alphabet, at)
            at += 4 * alphabet
            coded.append((place, False, table, Layer(prod(shape), alphabet, zero, near, far)))
        elif kind == "sparse":
            half, count, near, far = more
            kept = np.frombuffer(rest, f"<{half}", count, at).astype(np.float32)
            at += count * int(half[1])
            coded.append((place, True, kept, Layer(prod(shape), 2, 0, near, far)))
        else:
            raise ValueError(f"weights of an unknown kind {kind!r}")
    if coded:
        layers = [layer for *_, layer in coded]
        ranks = decode(rest[at:], layers, about["lanes"])
        ends = [0, *accumulate(layer.size for layer in layers)]
        for (place, sparse, table, _), (start, end) in zip(coded, pairwise(ends), strict=True):
            spread = _spread if sparse else np.take
            found[place] = spread(table, ranks[start:end]).reshape(tensors[place][1])
            if tensors[place][2] == "dependent" and tensors[place][-1]:
                found[place] = found[place].T
    parts: dict[str, list[Weights]] = {}
    for (name, *_), array in zip(tensors, found, strict=True):
        parts.setdefault(name, []).append(array)
    return [(name, np.concatenate(arrays) if len(arrays) > 1 else arrays[0]) for name, arrays in parts.items()]


def _spread(kept: Weights, mask: NDArray[np.uint8]) -> Weights:
    """The weights that are not zero, where they are."""
    made = np.zeros(len(mask), np.float32)
    made[mask != 0] = kept
    return made
