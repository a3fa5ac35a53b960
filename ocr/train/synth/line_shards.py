"""Line shards: many line images with their texts in one file, which ``ocr.train.recognize.data`` reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["save_shard"]


def save_shard(
    path: Path,
    images: Sequence[NDArray[np.uint8]],
    texts: Iterable[str],
    centers: Iterable[Sequence[float]] | None = None,
) -> None:
    """Write one ``.npz``, complete or not at all.

    Args:
        path: of the file; its folder is created.
        images: (32, W) each.
        texts: of the lines.
        centers: of each line's characters, as fractions of the image's width; None where they are not known.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {
        "pixels": np.concatenate(images, axis=1),
        "widths": np.array([image.shape[1] for image in images], np.int32),
        "texts": np.array("\n".join(texts)),
    }
    if centers is not None:
        arrays["centers"] = np.concatenate([np.array(line, np.float32) for line in centers])
    part = path.with_suffix(".part.npz")
    np.savez(part, **arrays)
    part.rename(path)
