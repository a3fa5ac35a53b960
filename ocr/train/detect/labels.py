"""Line boxes for scans that have only text as ground truth: another detector's boxes, compared with Tesseract's words.

    python -m ocr.train.detect.labels TEACHER_DIR TESSERACT_DIR ROOT OUT.json.gz

TEACHER_DIR holds a file ``{"set", "image", "size", "boxes": [[quad, score], ...]}`` for each page, from any detector of
lines. TESSERACT_DIR holds the output of ``tesseract PAGE OUT --psm 3 tsv`` for the same pages as ``SET_IMAGE.tsv``
(optional), ROOT the data sets. Receipts (sroie) have line boxes of their own, which are used instead. All boxes are
redrawn from the ink: from the top of ascenders or capitals to the bottom of the descenders that the baseline implies,
from the first ink to the last.
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.train.detect.data import read_grey
from ocr.train.detect.targets import Quads
from ocr.train.synth.page_canvas import SPLIT_GAP

__all__ = ["DROP", "label_page", "redraw"]

DROP = 0.28
"""Depth of descenders as a share of the capitals' height: the mean of common text faces."""
BINARIZE_OFFSET = 18
"""Grey levels below the local mean at which a pixel counts as ink."""
SURE_SCORE = 0.72
"""Score from which the teacher's box counts without a word of Tesseract in it."""
LEAST_AGREED = 0.93
"""Share of Tesseract's words that the teacher's boxes must cover for a page to be used."""
LEAST_LINES = 3
"""Pages with fewer lines are not used."""


def components(page: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Ink components of a grey page (H, W) as (N, 4): left, top, right, bottom."""
    ink = (page < 128).astype(np.uint8)
    if not np.isin(page[:: max(1, page.shape[0] // 50)], (0, 255)).all():
        block = max(31, page.shape[1] // 25) | 1
        mean = cv2.ADAPTIVE_THRESH_MEAN_C
        ink = cv2.adaptiveThreshold(page, 1, mean, cv2.THRESH_BINARY_INV, block, BINARIZE_OFFSET).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    stats = stats[1:][stats[1:, cv2.CC_STAT_AREA] >= 4]
    left, top, width, height = (stats[:, k].astype(float) for k in range(4))
    return np.stack([left, top, left + width, top + height], axis=1)


def redraw(quad: NDArray[np.float64], parts: NDArray[np.float64], angle: float) -> list[NDArray[np.float64]]:
    """The quad redrawn from its ink, split at wide gaps; unchanged if the ink gives no baseline.

    Args:
        quad: (4, 2), corners clockwise from the top left.
        parts: what ``components`` returns for the page.
        angle: direction of the page's lines, radians.
    """
    unit = np.array([np.cos(angle), np.sin(angle)])
    normal = np.array([-unit[1], unit[0]])
    corners_u, corners_v = quad @ unit, quad @ normal
    middle_u, middle_v = (corners_u.min() + corners_u.max()) / 2, (corners_v.min() + corners_v.max()) / 2
    half_u, half_v = np.ptp(corners_u) / 2, np.ptp(corners_v) / 2
    centre = (parts[:, :2] + parts[:, 2:]) / 2
    u, v = centre @ unit, centre @ normal
    wide, tall = parts[:, 2] - parts[:, 0], parts[:, 3] - parts[:, 1]
    own = (np.abs(u - middle_u) < half_u + 2) & (np.abs(v - middle_v) < half_v) & (tall < half_v * 2.4)
    own &= (wide < half_v * 12) | (tall > half_v * 0.7)
    letters = own & (tall > half_v * 0.55)
    if letters.sum() < 1:
        return [quad]
    baseline = float(np.median((v + tall / 2)[letters]))
    top = float(np.percentile((v - tall / 2)[letters], 12))
    rise = baseline - top
    height = rise * (1 + DROP)
    if not 0.45 * half_v * 2 < height < 1.25 * half_v * 2:
        return [quad]
    order = np.argsort((u - wide / 2)[own])
    starts, ends = (u - wide / 2)[own][order], np.maximum.accumulate((u + wide / 2)[own][order])
    cuts = np.flatnonzero(starts[1:] - ends[:-1] > SPLIT_GAP * height) + 1
    result = []
    starts[0] = min(starts[0], corners_u.min() + 0.4 * height)  # ink joined to a rule is not among the parts
    ends[-1] = max(ends[-1], corners_u.max() - 0.4 * height)
    for first, last in zip([0, *cuts], [*cuts, len(starts)], strict=True):
        left, right = starts[first], ends[last - 1]
        if right - left < 2:
            continue
        box = [(left, top), (right, top), (right, top + height), (left, top + height)]
        result.append(np.array([a * unit + b * normal for a, b in box]))
    return result or [quad]


def upright(quads: Quads) -> tuple[Quads, float]:
    """Corners clockwise from the top left, and the median direction of the long ones in radians."""
    result, angles = [], []
    for quad in quads:
        order = np.argsort(quad[:, 0])
        (a, d), (b, c) = (side[np.argsort(side[:, 1])] for side in (quad[order[:2]], quad[order[2:]]))
        result.append(np.array([a, b, c, d]))
        if np.linalg.norm(b - a) > 5 * np.linalg.norm(d - a):
            angles.append(float(np.arctan2(*(b - a)[::-1])))
    return np.array(result).reshape(-1, 4, 2), float(np.median(angles)) if angles else 0.0


def read_words(path: Path) -> NDArray[np.float64]:
    """Tesseract's confident words of two or more letters as (N, 4): left, top, right, bottom."""
    rows = []
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["level"] == "5" and float(row["conf"]) > 50 and sum(c.isalnum() for c in row["text"] or "") >= 2:
                x, y, w, h = (float(row[k]) for k in ("left", "top", "width", "height"))
                rows.append((x, y, x + w, y + h))
    return np.array(rows, float).reshape(-1, 4)


def label_page(
    page: NDArray[np.uint8], boxes: Quads, scores: NDArray[np.float64], words: NDArray[np.float64]
) -> tuple[list[NDArray[np.float64]], list[NDArray[np.float64]], float]:
    """Lines, unsure quads, and the share of Tesseract's words that lie in the teacher's boxes.

    Args:
        page: (H, W) grey.
        boxes: the teacher's quads.
        scores: of the boxes, 0..1.
        words: what ``read_words`` returns for the page.
    """
    quads, angle = upright(boxes)
    parts = components(page)
    hulls = np.concatenate([quads.min(1), quads.max(1)], axis=1)
    centre = (words[:, :2] + words[:, 2:]) / 2
    after, before = centre[:, None] > hulls[None, :, :2], centre[:, None] < hulls[None, :, 2:]
    hits: NDArray[np.bool_] = np.asarray((after & before).all(2))
    seen: NDArray[np.bool_] = np.asarray(hits.any(1)) if len(hulls) else np.zeros(len(words), bool)
    lines: list[NDArray[np.float64]] = []
    unsure: list[NDArray[np.float64]] = []
    usual = float(np.median(np.linalg.norm(quads[:, 3] - quads[:, 0], axis=1))) if len(quads) else 0.0
    for k, quad in enumerate(quads):
        width, height = np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[3] - quad[0])
        sure = scores[k] > SURE_SCORE or (len(words) > 0 and hits[:, k].any())
        if (height > 1.6 * width and height > 1.8 * usual) or not sure:  # sideways, or one engine's guess
            unsure.append(quad)
        else:
            lines.extend(redraw(quad, parts, angle))
    for left, top, right, bottom in words[~seen]:
        unsure.append(np.array([(left, top), (right, top), (right, bottom), (left, bottom)]))
    return lines, unsure, float(seen.mean()) if len(seen) else 1.0


def ground_truth(root: Path) -> dict[str, Quads]:
    """Line boxes of the receipts, by ``SET/IMAGE``."""
    with (root / "sroie/train/gt.jsonl").open(encoding="utf-8") as rows:
        found = (json.loads(row) for row in rows)
        return {f"sroie/train/{r['image']}": np.array([b for b, _ in r["boxes"]], float) for r in found}


def records(teacher: Path, tesseract: Path, root: Path) -> Iterable[dict[str, object]]:
    """A record for each page that is used: ``image``, ``size``, ``lines`` and ``unsure``."""
    truth = ground_truth(root)
    teachers = {}
    for path in sorted(teacher.glob("*.json")):
        found = json.loads(path.read_text())
        teachers[f"{found['set']}/{found['image']}"] = found["boxes"]
    for name in sorted(teachers.keys() | truth.keys()):
        page = read_grey(root / name)
        found = teachers.get(name, [])
        boxes, scores = np.array([b for b, _ in found], float).reshape(-1, 4, 2), np.array([s for _, s in found])
        words = np.zeros((0, 4))
        tsv = tesseract / (name.rpartition("/img/")[0].replace("/", "_") + "_" + Path(name).name + ".tsv")
        if name in truth:
            lines, unsure, _ = label_page(page, truth[name], np.ones(len(truth[name])), words)
            extra = upright(boxes)[0].mean(1)
            hulls = np.array([(*q.min(0), *q.max(0)) for q in lines]).reshape(-1, 4)
            for k, (x, y) in enumerate(extra):
                if not ((hulls[:, 0] < x) & (hulls[:, 1] < y) & (hulls[:, 2] > x) & (hulls[:, 3] > y)).any():
                    unsure.append(boxes[k])
            agreed = 1.0
        else:
            words = read_words(tsv) if tsv.exists() else words
            lines, unsure, agreed = label_page(page, boxes, scores, words)
        if agreed > LEAST_AGREED and len(lines) >= LEAST_LINES:
            yield {"image": name, "size": list(page.shape), "lines": _whole(lines), "unsure": _whole(unsure)}


def _whole(quads: list[NDArray[np.float64]]) -> list[list[list[int]]]:
    """Quads in whole pixels."""
    return [np.round(quad).astype(int).tolist() for quad in quads]


def main(teacher: str, tesseract: str, root: str, out: str) -> None:
    """Write the labels."""
    with gzip.open(out, "wt", encoding="utf-8") as file:
        for record in records(Path(teacher), Path(tesseract), Path(root)):
            file.write(json.dumps(record, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
