"""Accuracy of a text detector on pages with known line boxes.

    python -m ocr.train.detect.figures MODEL.onnx GT.jsonl

prints precision, recall and F1 (``det_f1``) of boxes matched at an IoU of 0.5, and seconds a page.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2

from ocr.detect.db import DbDetector
from ocr.evaluate import match
from ocr.train.detect.data import read_grey

__all__ = ["ground_truth", "score_boxes"]


def score_boxes(detector: DbDetector, pages: Iterable[tuple[Path, Sequence[Any]]]) -> dict[str, float]:
    """Precision, recall and F1 of line boxes at an IoU of 0.5 of their hulls, and mean seconds a page.

    Args:
        detector: what is measured.
        pages: image files with the quads of their lines.
    """
    hits = found = wanted = count = 0
    seconds = 0.0
    for path, truth in pages:
        page = read_grey(path)
        start = time.perf_counter()
        regions = detector(page)
        seconds += time.perf_counter() - start
        hits += len(match([(quad, "") for quad in truth], [(region.quad.points, "") for region in regions]))
        found, wanted, count = found + len(regions), wanted + len(truth), count + 1
    return {
        "precision": round(hits / max(1, found), 4),
        "recall": round(hits / max(1, wanted), 4),
        "det_f1": round(2 * hits / max(1, found + wanted), 4),
        "seconds": round(seconds / max(1, count), 4),
    }


def ground_truth(path: Path) -> Iterator[tuple[Path, list[Any]]]:
    """Image files and line quads of a ``gt.jsonl``."""
    with path.open(encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            yield path.parent / row["image"], [quad for quad, _ in row["boxes"]]


if __name__ == "__main__":
    cv2.setNumThreads(1)
    print(json.dumps(score_boxes(DbDetector(Path(sys.argv[1]), 1), ground_truth(Path(sys.argv[2])))))
