"""``ocr eval``: read labelled pictures, or take predictions, and score them.

Ground truth is JSON Lines matched to predictions by ``image``: ``{"image", "text"}`` and/or
``{"boxes": [[[[x, y] * 4], text], ...]}`` or ``{"fields": {name: value}}``, with ``order_free`` (reading order is not
scored), ``ignore_case``, ``"level": "word"`` (the boxes are words) and ``"task": "line"`` (pictures of single lines).
Predictions: ``{"image", "text", "seconds", "boxes": [[quad, text] per line], "words": [[quad, text], ...]}``.
"""

from __future__ import annotations

import json
import logging
import re
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from rapidfuzz.distance import Levenshtein

from ocr.errors import InputError, OcrError
from ocr.options import Options
from ocr.source import open_source

if TYPE_CHECKING:
    from ocr.pipeline import Reader

__all__ = ["Score", "evaluate", "match", "normalise", "predict", "words"]

log = logging.getLogger("ocr.evaluate")

Row = Mapping[str, Any]
LabelledBox = Sequence[Any]
"""``[quad, text]`` as in the files."""

SAME = 0.5
"""Least overlap (IoU) of two boxes that are taken for the same one."""

ENDS = ".,;:!?'\"()[]{}<>|*_-~"

FOLDED = str.maketrans(
    dict.fromkeys("‘’‚`´", "'")
    | dict.fromkeys("“”„«»", '"')
    | dict.fromkeys("‐‑‒–—―−", "-")
    | dict.fromkeys("•·●▪\u00ad\u200b\ufeff", "")
)


def normalise(text: str) -> str:
    """Fold what no reader would call an error: width forms, quote and dash shapes, bullets, white space.

    Example:
        >>> normalise("“one”  –  two")
        '"one" - two'
    """
    text = unicodedata.normalize("NFKC", text).translate(FOLDED).replace("''", '"')
    return re.sub(r"\s+", " ", text).strip()


def words(text: str) -> list[str]:
    """Words without the punctuation at their ends, so that ``total:`` and ``total`` agree."""
    return [word for part in normalise(text).split(" ") if (word := part.strip(ENDS))]


def match(truth: Sequence[LabelledBox], found: Sequence[LabelledBox]) -> list[tuple[int, int]]:
    """Pair boxes one to one, best overlap first; indices into ``truth`` and ``found``."""
    hulls = [[_hull(box) for box, _ in boxes] for boxes in (truth, found)]
    overlaps = ((_overlap(a, b), i, j) for i, a in enumerate(hulls[0]) for j, b in enumerate(hulls[1]))
    pairs: list[tuple[int, int]] = []
    used: tuple[set[int], set[int]] = set(), set()
    for _, i, j in sorted((triple for triple in overlaps if triple[0] >= SAME), reverse=True):
        if i not in used[0] and j not in used[1]:
            used[0].add(i)
            used[1].add(j)
            pairs.append((i, j))
    return pairs


@dataclass(slots=True)
class Score:
    """Running totals; every figure is micro-averaged over the set.

    - ``cer``, ``wer``: edit distance over reference length, in characters and in words, in reading order
    - ``word_f1``: F1 of the bags of words; ``char_f1``: of the bags of characters (scripts without spaces)
    - ``det_f1``: F1 of boxes with an overlap of half or more; ``e2e_f1``: which also have the same text
    - ``fields``: share of fields exactly right; ``records``: share of records wholly right
    """

    totals: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def add(self, truth: Row, found: Row) -> str:
        """Count one picture; an empty ``found`` is a missing prediction and counts as empty text.

        Returns:
            The picture's own figures as a line to print; empty where its text is not scored.
        """
        self.totals.update(images=1, missing=not found)
        if "seconds" in found:
            self.seconds.append(found["seconds"])
        boxes = truth.get("boxes") or []
        text = truth["text"] if truth.get("text") is not None else "\n".join(text for _, text in boxes)
        line = self._add_text(text, truth, found) if text else ""
        if boxes:
            self._add_boxes(truth, found)
        if truth.get("fields"):
            self._add_fields(truth["fields"], found.get("fields") or {})
        return line

    def _add_text(self, text: str, truth: Row, found: Row) -> str:
        fold: Callable[[str], str] = str.casefold if truth.get("ignore_case") else str
        want, got = fold(normalise(text)), fold(normalise(found.get("text") or ""))
        cer = "     -  "
        if not truth.get("order_free"):
            edits = Levenshtein.distance(want, got)
            want_words, got_words = want.split(" "), got.split(" ")
            word_edits = Levenshtein.distance(want_words, got_words)
            # No more errors than the text is long: a reader that babbles is as bad as one that is silent.
            self.totals.update(edits=min(edits, len(want)), chars=len(want))
            self.totals.update(word_edits=min(word_edits, len(want_words)), words=len(want_words))
            cer = f"{edits / max(1, len(want)):8.4f}"
        bag = self._add_bag("word", words(want), words(got))
        self._add_bag("char", want.replace(" ", ""), got.replace(" ", ""))
        seconds = found.get("seconds", float("nan"))
        return f"cer {cer} word_f1 {bag:7.4f} {len(want):6d} {seconds:7.2f}s  {truth['image']}"

    def _add_bag(self, name: str, want: Iterable[str], got: Iterable[str]) -> float:
        bags = Counter(want), Counter(got)
        hits, wanted, given = (bags[0] & bags[1]).total(), bags[0].total(), bags[1].total()
        self.totals.update({f"{name}_hits": hits, f"{name}_wanted": wanted, f"{name}_given": given})
        return _f1(hits, given, wanted)

    def _add_boxes(self, truth: Row, found: Row) -> None:
        want = truth["boxes"]
        got = (found.get("words") if truth.get("level") == "word" else None) or found.get("boxes") or []
        pairs = match(want, got)
        right = sum(_squash(want[i][1]) == _squash(got[j][1]) for i, j in pairs)
        self.totals.update(box_hits=len(pairs), box_right=right, box_wanted=len(want), box_given=len(got))

    def _add_fields(self, want: Row, got: Row) -> None:
        right = sum(_squash(str(value)) == _squash(str(got.get(name, ""))) for name, value in want.items())
        self.totals.update(fields=len(want), fields_right=right, records=1, records_right=right == len(want))

    def figures(self) -> dict[str, float]:
        """Figures by name; only those that the ground truth allows."""
        t = self.totals
        figures: dict[str, float] = {"images": t["images"], "missing": t["missing"]}
        if t["chars"]:
            figures |= {"cer": t["edits"] / t["chars"], "wer": t["word_edits"] / t["words"]}
        if t["word_wanted"]:
            figures["word_f1"] = _f1(t["word_hits"], t["word_given"], t["word_wanted"])
            figures["char_f1"] = _f1(t["char_hits"], t["char_given"], t["char_wanted"])
        if t["box_wanted"]:
            figures["det_f1"] = _f1(t["box_hits"], t["box_given"], t["box_wanted"])
            figures["e2e_f1"] = _f1(t["box_right"], t["box_given"], t["box_wanted"])
        if t["fields"]:
            figures |= {"fields": t["fields_right"] / t["fields"], "records": t["records_right"] / t["records"]}
        if self.seconds:
            figures["seconds_mean"] = sum(self.seconds) / len(self.seconds)
            figures["seconds_median"] = sorted(self.seconds)[len(self.seconds) // 2]
        return figures

    def to_json(self) -> str:
        """The figures to four decimals as one line of JSON."""
        return json.dumps({k: round(v, 4) if isinstance(v, float) else v for k, v in self.figures().items()})


def evaluate(
    gt: Path,
    reader: Reader | None = None,
    *,
    only: Path | None = None,
    predictions: Path | None = None,
    save: Path | None = None,
    per_image: bool = False,
) -> Iterator[str]:
    """Score a set; the last line is the JSON with the figures.

    Args:
        gt: the ground truth; its images are relative to it.
        reader: reads the images; not needed with ``predictions``.
        only: score only the images that this JSON Lines file names.
        predictions: score these instead of reading.
        save: write what was read to this file, row by row.
        per_image: also give a line for each image whose text is scored.

    Yields:
        Lines to print, as they become known.

    Raises:
        InputError: a file is missing or not JSON Lines.
    """
    truths = _rows(gt)
    if only:
        names = {row["image"] for row in _rows(only)}
        truths = [row for row in truths if row["image"] in names]
    known = {row["image"]: row for row in _rows(predictions)} if predictions else {}
    score = Score()
    with save.open("w", encoding="utf-8") if save else nullcontext() as file:
        for truth in truths:
            found = known.get(truth["image"], {})
            if not predictions and reader is not None:
                found = predict(truth, gt.parent, reader)
                if found and file:
                    file.write(json.dumps(found, ensure_ascii=False) + "\n")
                    file.flush()
            line = score.add(truth, found)
            if per_image and line:
                yield line
    yield score.to_json()


def predict(truth: Row, folder: Path, reader: Reader) -> dict[str, Any]:
    """Read one image; an image that cannot be read is logged and gives an empty prediction."""
    path = folder / truth["image"]
    start = time.perf_counter()
    try:
        if truth.get("task") == "line":
            result: dict[str, Any] = {"text": _read_line(path, reader)}
        else:
            document = reader.read(path)
            lines = [line for page in document for line in page.lines]
            result = {
                "text": document.text,
                "boxes": [[line.box.to_json(), line.text] for line in lines],
                "words": [[word.box.to_json(), word.text] for line in lines for word in line.words],
            }
    except OcrError as error:
        log.warning("%s", error)
        return {}
    return {"image": truth["image"], "seconds": round(time.perf_counter() - start, 4), **result}


def _read_line(path: Path, reader: Reader) -> str:
    """A picture of one line, by the recogniser alone."""
    with open_source(path, Options()) as source:
        pixels = source.page(1).pixels
    grey = pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    return reader.recognizer([grey])[0].text


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except OSError as error:
        raise InputError(
            f"{path}: cannot be opened ({error.strerror}); look in its folder: ls -l {path.parent}"
        ) from error
    except ValueError as error:
        raise InputError(f"{path}: this is not JSON Lines ({error}); each line must be one JSON object") from error


def _f1(hits: int, given: int, wanted: int) -> float:
    return 2 * hits / (given + wanted) if given + wanted else 1.0


def _squash(text: str) -> str:
    return re.sub(r"\s+", "", normalise(text)).casefold()


def _hull(box: Sequence[Sequence[float]]) -> tuple[float, float, float, float]:
    xs, ys = [point[0] for point in box], [point[1] for point in box]
    return min(xs), min(ys), max(xs), max(ys)


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """Intersection over union of two upright boxes."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    common = width * height
    return common / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common)
