"""Packed models: the ``.dcz`` file, a network whose weights have few different values and are entropy coded.

A ``.dcz`` file is an ONNX model in another form. :func:`unpack` gives the ONNX model back, bit for bit the weights that
were packed, in a fraction of a second and with numpy alone; ``docs/formats.md`` describes the file.

- :mod:`ocr.packed_weights.container`: the sections of the file, the checksum, what is refused.
- :mod:`ocr.packed_weights.coder`: adaptive entropy coding of the weights in parallel lanes.
- :mod:`ocr.packed_weights.onnx_bytes`: putting arrays into an ONNX model without the package onnx.
- :mod:`ocr.packed_weights.ngrams`: language models in such a file.

    onnx_model = unpack(Path("models/compressed/crnn-en-tiny.dcz"))
"""

from __future__ import annotations

from ocr.packed_weights.container import SUFFIX, is_packed, pack, skeleton, unpack
from ocr.packed_weights.ngrams import NGrams, pack_ngrams, unpack_ngrams

__all__ = ["SUFFIX", "NGrams", "is_packed", "pack", "pack_ngrams", "skeleton", "unpack", "unpack_ngrams"]
