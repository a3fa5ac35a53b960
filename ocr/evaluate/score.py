"""The figures: what is counted for each image, and the averages over a set."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from rapidfuzz.distance import LCSseq, Levenshtein

from ocr.evaluate.calibration import Calibration
from ocr.evaluate.lines import lines_of, missed
from ocr.evaluate.text import Row, inside, match, normalise, squash, words

__all__ = ["ImageScore", "Score"]


@dataclass(frozen=True, slots=True)
class ImageScore:
    """The figures of one image.

    Attributes:
        image: its path, as in the ground truth.
        figures: by name, as in :meth:`Score.figures`.
        length: characters of its text; 0 where no text is scored.
        missed: lines of the ground truth that were not found.
    """

    image: str
    figures: dict[str, float]
    length: int
    missed: list[str]

    @property
    def badness(self) -> float:
        """What the worst images are chosen by: character error rate, or 1 - F1 where the order is not scored."""
        figures = self.figures
        return figures["cer"] if "cer" in figures else 1 - figures.get("e2e_f1", figures.get("word_f1", 1.0))

    def to_text(self) -> str:
        """The figures and the missed lines, to print; empty where no text is scored."""
        if not self.length:
            return ""
        shown = (("cer", "8.4f"), ("word_f1", "7.4f"), ("order_gap", "6.2f"), ("line_recall", "6.4f"))
        parts = [f"{name} {format(self.figures[name], form)}" for name, form in shown if name in self.figures]
        seconds = self.figures.get("seconds_mean", float("nan"))
        head = f"{' '.join(parts)} {self.length:6d} {seconds:7.2f}s  {self.image}"
        return "\n".join([head, *(f"    missed: {line}" for line in self.missed)])


@dataclass(slots=True)
class Score:
    """Running totals; every figure is micro-averaged over the set.

    - ``cer``, ``wer``: edit distance over reference length, in characters and in words, in reading order
    - ``word_f1``: F1 of the bags of words; ``char_f1``: of the bags of characters (scripts without spaces)
    - ``order_gap``: the cost of wrong reading order, in points: 100 * (``word_f1`` - F1 of the longest common
      subsequence of words); 0 if all words that were found are in the right order
    - ``line_recall``: for text without boxes, the share of lines that were found at all (:mod:`ocr.evaluate.lines`)
    - ``ece``: expected calibration error of the confidences of lines (:mod:`ocr.evaluate.calibration`)
    - ``det_f1``: F1 of boxes, matched at an IoU of 0.5 or more; ``e2e_f1``: the same, and the text must agree
    - ``boxes_read``: share of ground-truth boxes whose text equals that of the predicted boxes inside, row by row
    - ``exact``: share of lines and machine-readable zones without any error; where the ground truth is empty, an
      empty prediction is right
    - ``fields``: share of fields exactly right; ``records``: share of records with all fields right
    """

    totals: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    calibration: Calibration = field(default_factory=Calibration)

    def add(self, truth: Row, found: Row) -> ImageScore:
        """Count one image; an empty ``found`` is a missing prediction and counts as empty text."""
        own = Score()
        missed_lines = own._count(truth, found)
        self.totals.update(own.totals)
        self.seconds += own.seconds
        self.calibration.add(truth, found)
        return ImageScore(truth["image"], own.figures(), own.totals["chars"] or own.totals["bag_chars"], missed_lines)

    def _count(self, truth: Row, found: Row) -> list[str]:
        """Count one image; returns its missed lines."""
        self.totals.update(images=1, missing=int(not found))
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
        by_lines = page and not boxes and truth.get("task") not in ("line", "mrz")
        return self._add_lines(page, found) if page and by_lines else []

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
        # At most as many errors as the text has characters, so that a runaway prediction counts like an empty one.
        self.totals.update(edits=min(edits, len(want)), chars=len(want))
        self.totals.update(word_edits=min(word_edits, len(want_words)), words=len(want_words))
        hits = (Counter(bags[0]) & Counter(bags[1])).total()
        self.totals.update(out_of_order=hits - LCSseq.similarity(*bags), ordered=len(bags[0]) + len(bags[1]))

    def _add_lines(self, text: str, found: Row) -> list[str]:
        lines = lines_of(text)
        missed_lines = missed(lines, found.get("text") or "")
        self.totals.update(lines=len(lines), lines_missed=len(missed_lines))
        return missed_lines

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
        read = sum(
            squash(text) == squash(text_inside) for (_, text), text_inside in zip(want, inside(want, got), strict=True)
        )
        self.totals.update(boxes_read=read)

    def _add_fields(self, want: Row, got: Row) -> None:
        right = sum(squash(str(value)) == squash(str(got.get(name, ""))) for name, value in want.items())
        self.totals.update(fields=len(want), fields_right=right, records=1, records_right=right == len(want))

    def figures(self) -> dict[str, float]:
        """Figures by name, those that the ground truth allows."""
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
        """The figures, rounded to four decimals, as one line of JSON."""
        return json.dumps({k: round(v, 4) if isinstance(v, float) else v for k, v in self.figures().items()})


def _f1(hits: int, given: int, wanted: int) -> float:
    return 2 * hits / (given + wanted) if given + wanted else 1.0
