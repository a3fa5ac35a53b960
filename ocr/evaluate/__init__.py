"""``ocr eval``: read labelled pictures, or take predictions, and score them.

Ground truth is JSON Lines matched to predictions by ``image``: ``{"image", "text"}`` and/or
``{"boxes": [[[[x, y] * 4], text], ...]}`` or ``{"fields": {name: value}}``, with ``order_free`` (reading order is not
scored), ``ignore_case``, ``"level": "word"`` (the boxes are words), ``"task": "line"`` (pictures of single lines) and
``"task": "mrz"`` (documents; the text is the lines of the machine-readable zone, empty where there is none); lines with
``"lang": "mrz"`` are lines of such zones. Rows with ``"task": "idcard"`` are identity cards, scored by
their fields alone.
Predictions: ``{"image", "text", "seconds", "boxes": [[quad, text] per line], "words": [[quad, text], ...]}`` and,
for ``ece`` and the overlays, ``"confidences": [of each line]``, ``"blocks": [[kind, number of lines], ...]``.
"""

from __future__ import annotations

import json
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from rapidfuzz.distance import LCSseq, Levenshtein

from ocr.errors import InputError, NoZoneError, OcrError
from ocr.evaluate.calibration import Calibration
from ocr.evaluate.lines import lines_of, missed
from ocr.evaluate.overlays import Overlays
from ocr.evaluate.text import Row, inside, match, normalise, squash, words
from ocr.idcard.card_reader import CardReader
from ocr.mrz.reader import MrzReader
from ocr.options import Options
from ocr.source import open_source

if TYPE_CHECKING:
    from ocr.pipeline import Reader

__all__ = ["Score", "evaluate", "match", "normalise", "predict", "words"]

log = logging.getLogger("ocr.evaluate")


@dataclass(frozen=True, slots=True)
class Picture:
    """The figures of one picture; ``length`` of its text in characters; ``lost`` are the lines that were missed."""

    image: str
    figures: dict[str, float]
    length: int
    lost: list[str]

    @property
    def badness(self) -> float:
        """What the worst pictures have most of: wrong characters; where order is free, wrong boxes or words."""
        figures = self.figures
        return figures["cer"] if "cer" in figures else 1 - figures.get("e2e_f1", figures.get("word_f1", 1.0))

    def to_text(self) -> str:
        """The figures and the lines that were missed, to print; empty where the picture's text is not scored."""
        if not self.length:
            return ""
        shown = (("cer", "8.4f"), ("word_f1", "7.4f"), ("order_gap", "6.2f"), ("line_recall", "6.4f"))
        parts = [f"{name} {format(self.figures[name], form)}" for name, form in shown if name in self.figures]
        seconds = self.figures.get("seconds_mean", float("nan"))
        head = f"{' '.join(parts)} {self.length:6d} {seconds:7.2f}s  {self.image}"
        return "\n".join([head, *(f"    missed: {line}" for line in self.lost)])


@dataclass(slots=True)
class Score:
    """Running totals; every figure is micro-averaged over the set.

    - ``cer``, ``wer``: edit distance over reference length, in characters and in words, in reading order
    - ``word_f1``: F1 of the bags of words; ``char_f1``: of the bags of characters (scripts without spaces)
    - ``order_gap``: what wrong order costs, in points: 100 times ``word_f1`` less the F1 of the longest common
      subsequence of words; 0 where all words that were found come in the right order
    - ``line_recall``: where there are no boxes, share of the lines that were found at all (:mod:`ocr.evaluate.lines`)
    - ``ece``: expected calibration error of the lines' confidences (:mod:`ocr.evaluate.calibration`)
    - ``det_f1``: F1 of boxes with an overlap of half or more; ``e2e_f1``: which also have the same text
    - ``boxes_read``: share of the ground truth's boxes whose text is what ours in them say, row by row
    - ``exact``: of lines and machine-readable zones, the share read without any error; nothing read where there is
      nothing is right
    - ``fields``: share of fields exactly right; ``records``: share of records wholly right
    """

    totals: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    calibration: Calibration = field(default_factory=Calibration)

    def add(self, truth: Row, found: Row) -> Picture:
        """Count one picture; an empty ``found`` is a missing prediction and counts as empty text."""
        own = Score()
        lost = own._count(truth, found)
        self.totals.update(own.totals)
        self.seconds += own.seconds
        self.calibration.add(truth, found)
        return Picture(truth["image"], own.figures(), own.totals["chars"] or own.totals["bag_chars"], lost)

    def _count(self, truth: Row, found: Row) -> list[str]:
        """Count a picture's figures; the lines that were missed."""
        self.totals.update(images=1, missing=not found)
        if "seconds" in found:
            self.seconds.append(found["seconds"])
        if truth.get("fields"):
            self._add_fields(truth["fields"], found.get("fields") or {})
        if truth.get("task") == "idcard":
            return []
        boxes = truth.get("boxes") or []
        page = truth.get("text")
        text = page if page is not None else "\n".join(text for _, text in boxes)
        if text:
            self._add_text(text, truth, found)
        if truth.get("task") in ("line", "mrz"):
            right = normalise(text) == normalise(found.get("text") or "")
            self.totals.update(whole=1, whole_right=right and bool(found))
        if boxes:
            self._add_boxes(truth, found)
        scans = page and not boxes and truth.get("task") not in ("line", "mrz")
        return self._add_lines(page, found) if page and scans else []

    def _add_text(self, text: str, truth: Row, found: Row) -> None:
        fold: Callable[[str], str] = str.casefold if truth.get("ignore_case") else str
        want, got = fold(normalise(text)), fold(normalise(found.get("text") or ""))
        bags = words(want), words(got)
        self._add_bag("word", *bags)
        self._add_bag("char", want.replace(" ", ""), got.replace(" ", ""))
        self.totals.update(bag_chars=len(want))
        if truth.get("order_free"):
            return
        want_words, got_words = want.split(" "), got.split(" ")
        edits, word_edits = Levenshtein.distance(want, got), Levenshtein.distance(want_words, got_words)
        # No more errors than the text is long: a reader that babbles is as bad as one that is silent.
        self.totals.update(edits=min(edits, len(want)), chars=len(want))
        self.totals.update(word_edits=min(word_edits, len(want_words)), words=len(want_words))
        hits = (Counter(bags[0]) & Counter(bags[1])).total()
        self.totals.update(out_of_order=hits - LCSseq.similarity(*bags), ordered=len(bags[0]) + len(bags[1]))

    def _add_lines(self, text: str, found: Row) -> list[str]:
        lines = lines_of(text)
        lost = missed(lines, found.get("text") or "")
        self.totals.update(lines=len(lines), lines_missed=len(lost))
        return lost

    def _add_bag(self, name: str, want: Iterable[str], got: Iterable[str]) -> None:
        bags = Counter(want), Counter(got)
        hits, wanted, given = (bags[0] & bags[1]).total(), bags[0].total(), bags[1].total()
        self.totals.update({f"{name}_hits": hits, f"{name}_wanted": wanted, f"{name}_given": given})

    def _add_boxes(self, truth: Row, found: Row) -> None:
        want = truth["boxes"]
        got = (found.get("words") if truth.get("level") == "word" else None) or found.get("boxes") or []
        pairs = match(want, got)
        right = sum(squash(want[i][1]) == squash(got[j][1]) for i, j in pairs)
        self.totals.update(box_hits=len(pairs), box_right=right, box_wanted=len(want), box_given=len(got))
        read = sum(squash(text) == squash(ours) for (_, text), ours in zip(want, inside(want, got), strict=True))
        self.totals.update(boxes_read=read)

    def _add_fields(self, want: Row, got: Row) -> None:
        right = sum(squash(str(value)) == squash(str(got.get(name, ""))) for name, value in want.items())
        self.totals.update(fields=len(want), fields_right=right, records=1, records_right=right == len(want))

    def figures(self) -> dict[str, float]:
        """Figures by name; only those that the ground truth allows."""
        t = self.totals
        figures: dict[str, float] = {"images": t["images"], "missing": t["missing"]}
        if t["chars"]:
            figures |= {"cer": t["edits"] / t["chars"], "wer": t["word_edits"] / t["words"]}
        if t["whole"]:
            figures["exact"] = t["whole_right"] / t["whole"]
        if t["word_wanted"]:
            figures["word_f1"] = _f1(t["word_hits"], t["word_given"], t["word_wanted"])
            figures["char_f1"] = _f1(t["char_hits"], t["char_given"], t["char_wanted"])
        if t["ordered"]:
            figures["order_gap"] = 100 * 2 * t["out_of_order"] / t["ordered"]
        if t["lines"]:
            figures["line_recall"] = 1 - t["lines_missed"] / t["lines"]
        if self.calibration.lines:
            figures["ece"] = self.calibration.error()
        if t["box_wanted"]:
            figures["det_f1"] = _f1(t["box_hits"], t["box_given"], t["box_wanted"])
            figures["e2e_f1"] = _f1(t["box_right"], t["box_given"], t["box_wanted"])
            figures["boxes_read"] = t["boxes_read"] / t["box_wanted"]
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
    calibration: bool = False,
    overlays: Path | None = None,
) -> Iterator[str]:
    """Score a set; the last line is the JSON with the figures.

    Args:
        gt: the ground truth; its images are relative to it.
        reader: reads the images; not needed with ``predictions``.
        only: score only the images that this JSON Lines file names.
        predictions: score these instead of reading.
        save: write what was read to this file, row by row.
        per_image: also give a line for each image whose text is scored, and the lines of it that were missed.
        calibration: also give a table of confidence and accuracy.
        overlays: draw the worst pages into this folder.

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
    score, worst = Score(), Overlays()
    with save.open("w", encoding="utf-8") if save else nullcontext() as file:
        for truth in truths:
            found = known.get(truth["image"], {})
            if not predictions and reader is not None:
                found = predict(truth, gt.parent, reader)
                if found and file:
                    file.write(json.dumps(found, ensure_ascii=False) + "\n")
                    file.flush()
            picture = score.add(truth, found)
            if overlays:
                worst.add(picture.badness, picture.figures, truth, found)
            if per_image and (line := picture.to_text()):
                yield line
    if overlays:
        yield from (str(path) for path in worst.draw(gt.parent, overlays))
    if calibration:
        yield from score.calibration.table()
    yield score.to_json()


def predict(truth: Row, folder: Path, reader: Reader) -> dict[str, Any]:
    """Read one image; an image that cannot be read is logged and gives an empty prediction."""
    path = folder / truth["image"]
    start = time.perf_counter()
    try:
        if truth.get("task") == "mrz":
            result: dict[str, Any] = {"text": _read_zone(path)}
        elif truth.get("task") == "idcard":
            result = {"fields": _read_card(path, reader)}
        elif truth.get("task") == "line":
            result = {"text": _read_line(path, reader, truth.get("lang", ""))}
        else:
            document = reader.read(path)
            lines = [line for page in document for line in page.lines]
            result = {
                "text": document.text,
                "boxes": [[line.box.to_json(), line.text] for line in lines],
                "words": [[word.box.to_json(), word.text] for line in lines for word in line.words],
                "confidences": [round(line.confidence, 4) for line in lines],
                "blocks": [[block.kind, len(block.lines)] for page in document for block in page.blocks],
            }
    except OcrError as error:
        log.warning("%s", error)
        return {}
    return {"image": truth["image"], "seconds": round(time.perf_counter() - start, 4), **result}


def _read_line(path: Path, reader: Reader, lang: str) -> str:
    """A picture of one line, by the recogniser alone."""
    with open_source(path, Options()) as source:
        pixels = source.page(1).pixels
    grey = pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    return _zone_reader().read_line(grey) if lang == "mrz" else reader.recognizer([grey])[0].text


def _read_card(path: Path, reader: Reader) -> dict[str, str]:
    """Every field of an identity card; empty ones were not found."""
    return {name: field.value for name, field in _card_reader(reader).read(path).fields.items()}


@lru_cache(maxsize=1)
def _card_reader(reader: Reader) -> CardReader:
    return CardReader(reader.detector, reader.recognizer, threads=1)


def _read_zone(path: Path) -> str:
    """The lines of the machine-readable zone; empty where none is found."""
    try:
        return "\n".join(_zone_reader().read(path).lines)
    except NoZoneError:
        return ""


@cache
def _zone_reader() -> MrzReader:
    return MrzReader(threads=1)


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
