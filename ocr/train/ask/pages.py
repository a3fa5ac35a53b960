"""Pages and questions as batches: invented documents and real receipts, worn as readers' output is.

A page is asked several questions at once; some of them it does not answer.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ocr.answers.facts import SIDES, Facts, asked, facts
from ocr.errors import InputError
from ocr.train.ask import material as some
from ocr.train.ask.layouts import SEVERAL, Answer, Drawn, Row
from ocr.train.ask.net import DocumentNet
from ocr.train.ask.papers import draw
from ocr.train.ask.wordings import ELSEWHERE, FOREIGN, WORDINGS, label_question, question

__all__ = ["Pages", "Question", "batch_of", "document_loss", "invented", "pages", "questions", "receipts", "worn"]

FIELDS: Final = ("company", "date", "address", "total")
"""What is known of real receipts."""
NEVER: Final = (
    "passport number", "date of birth", "iban", "subject", "recipient", "nationality", "due date", "customer number",
    "sender address", "occupation", "blood group", "marital status",
)  # fmt: skip
"""What real receipts do not have."""
ALIKE: Final = dict(zip("0O1Il5S8B6G2Z,.", "O0Il1S5B8G6Z2.,", strict=True))
LONGEST: Final = 110
"""Facts of a page in training; longer pages are left out."""


class Pages(NamedTuple):
    """A batch; ``first`` and ``last`` are 1 where an answer may begin and end, ``lines`` where it stands."""

    words: Tensor
    near: Tensor
    place: Tensor
    question: Tensor
    first: Tensor
    last: Tensor
    lines: Tensor


@dataclass(frozen=True, slots=True)
class Question:
    """A question and where its answer stands; nowhere if the page does not say."""

    text: str
    answers: tuple[Answer, ...]


# ---------------------------------------------------------------------------------------------------------- pages


def receipts(path: Path) -> list[Drawn]:
    """Real receipts with ``key_fields``, whose places in the lines are found.

    Raises:
        InputError: the file is missing or of another form.
    """
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return [receipt_of(row["boxes"], row["key_fields"]) for row in rows]
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"{path}: not ground truth of receipts with key_fields ({error}); see docs/training.md"
        ) from error


def receipt_of(boxes: Sequence[tuple[list[list[float]], str]], values: dict[str, str]) -> Drawn:
    """A page of lines, each a quad and its text, with the values of fields marked."""
    rows = []
    for quad, text in boxes:
        xs, ys = [p[0] for p in quad], [p[1] for p in quad]
        rows.append(Row(text, (min(xs), min(ys), max(xs), max(ys))))
    for field, value in values.items():
        for line, begin, end in located(rows, field, value):
            rows[line] = replace(rows[line], marks=(*rows[line].marks, (field, begin, end)))
    return Drawn(tuple(rows), NEVER)


def located(rows: Sequence[Row], field: str, value: str) -> list[tuple[int, int, int]]:
    """Lines, begins and ends of a value: letters and digits alone are compared; several lines where they are joined."""
    wanted = re.sub(r"\W|_", "", value.upper())
    if field == "total":
        wanted = re.sub(r"^(RM|MYR|USD)", "", wanted)
    letters = [(c.upper(), line, k) for line, row in enumerate(rows) for k, c in enumerate(row.text) if c.isalnum()]
    text = "".join(c for c, _, _ in letters)
    found: list[tuple[int, int, int]] = []
    for match in re.finditer(f"(?={re.escape(wanted)})", text) if wanted else ():
        part = letters[match.start() : match.start() + len(wanted)]
        spans = [(line, [k for _, at, k in part if at == line]) for line in dict.fromkeys(at for _, at, _ in part)]
        whole = all(_apart(rows[line].text, ks[0], ks[-1] + 1) for line, ks in spans)
        if whole and (len(spans) == 1 or field in SEVERAL):
            found += [(line, ks[0], ks[-1] + 1) for line, ks in spans]
            line, begin, end = found[-1]
            if value.endswith(".") and rows[line].text[end : end + 1] == ".":
                found[-1] = (line, begin, end + 1)
            if field in SEVERAL:
                break
    if not found and field in SEVERAL:
        tries = [(a, b) for a in range(len(rows)) for b in range(a + 1, min(a + 7, len(rows) + 1))]
        score = {(a, b): SequenceMatcher(None, _joined(rows[a:b]), wanted).ratio() for a, b in tries}
        if score and (best := max(score, key=lambda ab: score[ab])) and score[best] > 0.8:
            found = [(line, 0, len(rows[line].text)) for line in range(*best)]
    return found


def _joined(rows: Sequence[Row]) -> str:
    return re.sub(r"\W|_", "", "".join(row.text for row in rows).upper())


def _apart(text: str, begin: int, end: int) -> bool:
    """Whether a span is no part of a longer number or word."""
    before, after = text[:begin], text[end:]
    return not (re.search(r"[\w.,/-]$", before) and not re.search(r"(RM|MYR)$", before)) and not re.match(
        r"[.,/-]?\w", after
    )


def invented(rng: random.Random, unseen: bool = False) -> Drawn:
    """An invented document of any kind."""
    return draw(rng.choice(("receipt", "receipt", "invoice", "letter", "form")), rng, unseen)


def worn(page: Drawn, rng: random.Random) -> Drawn:
    """A page as readers give it: in capitals or not, with wrong letters, lost lines, another order of lines."""
    rows = list(page.rows)
    if rng.random() < 0.4:
        rows = [replace(row, text=capitals(row.text)) for row in rows]
    if rng.random() < 0.5:
        share = rng.uniform(0, 0.03)
        rows = [
            replace(row, text="".join(ALIKE.get(c, c) if rng.random() < share else c for c in row.text)) for row in rows
        ]
    if rng.random() < 0.4:
        rows = [row for row in rows if row.marks or rng.random() < 0.93]
    if rng.random() < 0.4:
        rows = by_rows(rows)
    shake = rng.uniform(0, 0.12)
    rows = [replace(row, box=shaken(row.box, shake, rng)) for row in rows]
    return replace(page, rows=tuple(rows))


def capitals(text: str) -> str:
    """Capitals, as many letters as before."""
    return "".join(c.upper() if len(c.upper()) == 1 else c for c in text)


def shaken(
    box: tuple[float, float, float, float], share: float, rng: random.Random
) -> tuple[float, float, float, float]:
    """A box whose sides are moved by a share of its height."""
    by = (box[3] - box[1]) * share
    left, top, right, bottom = (side + rng.gauss(0, by) for side in box)
    return left, top, max(right, left + by), max(bottom, top + by)


def by_rows(rows: list[Row]) -> list[Row]:
    """Lines from top to bottom, those of one height from left to right."""
    ordered: list[list[Row]] = []
    for row in sorted(rows, key=lambda row: row.box[1] + row.box[3]):
        middle, height = (row.box[1] + row.box[3]) / 2, row.box[3] - row.box[1]
        if ordered and middle - sum(ordered[-1][0].box[1::2]) / 2 < 0.5 * height:
            ordered[-1].append(row)
        else:
            ordered.append([row])
    return [row for line in ordered for row in sorted(line, key=lambda row: row.box[0])]


def renamed(page: Drawn, rng: random.Random) -> Drawn:
    """A real receipt of another company, where its name is a line of its own."""
    named = [k for k, row in enumerate(page.rows) if ("company", 0, len(row.text)) in row.marks]
    if len(named) != 1:
        return page
    rows, name = list(page.rows), some.company(rng).upper()
    others = tuple(mark for mark in rows[named[0]].marks if mark[0] != "company")
    if not others:
        rows[named[0]] = replace(rows[named[0]], text=name, marks=(("company", 0, len(name)),))
    return replace(page, rows=tuple(rows))


# ------------------------------------------------------------------------------------------------------ questions


def questions(page: Drawn, rng: random.Random, count: int, missing: float = 0.3) -> list[Question]:
    """Questions to a page.

    Args:
        page: what is asked.
        rng: decides what is asked.
        count: how many.
        missing: share of questions that the page does not answer.
    """
    found: list[Question] = []
    known = [(field, answers) for field in page.fields if (answers := page.answers(field))]
    while len(found) < count:
        if known and rng.random() >= missing:
            field, answers = rng.choice(known)
            text = question(field, rng) if field in WORDINGS else label_question(field, rng)
            found.append(Question(text, tuple(answers)))
        elif page.absent and rng.random() < 0.75:
            found.append(Question(question(rng.choice(page.absent), rng), ()))
        else:
            found.append(Question(rng.choice(FOREIGN if rng.random() < 0.5 else ELSEWHERE), ()))
    return found


def batch_of(pages: Sequence[tuple[Facts, Sequence[Question]]]) -> Pages:
    """Pages with as many questions each, padded by 0."""
    lines = max(len(page.pieces) for page, _ in pages)
    across = max(page.across for page, _ in pages)
    spelt = [[asked(one.text) for one in each] for _, each in pages]
    long, many = max(len(one) for each in spelt for one in each), len(pages[0][1])
    grams = spelt[0][0].shape[1]
    words = np.zeros((len(pages), lines, across, grams), np.int64)
    near = np.zeros((len(pages), lines, SIDES), np.int64)
    place = np.zeros((len(pages), lines, pages[0][0].place.shape[1]), np.float32)
    question = np.zeros((len(pages), many, long, grams), np.int64)
    targets = np.zeros((2, len(pages) * many, 1 + lines * across), np.float32)
    where = np.zeros((len(pages) * many, lines), np.float32)
    for k, (page, each) in enumerate(pages):
        count = len(page.pieces)
        words[k, :count, : page.across], near[k, :count], place[k, :count] = page.words, page.near, page.place
        for m, one in enumerate(each):
            question[k, m, : len(spelt[k][m])] = spelt[k][m]
            row = k * many + m
            targets[:, row, 0] = not one.answers
            for answer in one.answers:
                (a, first), (b, last) = ends(page, answer)
                targets[0, row, 1 + a * across + first] = targets[1, row, 1 + b * across + last] = 1
                where[row, a : b + 1] = 1
    arrays = words, near, place, question, targets[0], targets[1], where
    return Pages(*(torch.from_numpy(array) for array in arrays))


def ends(page: Facts, answer: Answer) -> tuple[tuple[int, int], tuple[int, int]]:
    """Fact and word in it where an answer begins, and where it ends."""
    line, begin, last, end = answer
    firsts = [
        (k, w)
        for k, piece in enumerate(page.pieces)
        if piece.line == line
        for w, (_, b) in enumerate(piece.words)
        if b > begin
    ]
    lasts = [
        (k, w)
        for k, piece in enumerate(page.pieces)
        if piece.line == last
        for w, (a, _) in enumerate(piece.words)
        if a < end
    ]
    return firsts[0], lasts[-1]


def pages(rng: random.Random, count: int, many: int, real: Sequence[Drawn], share: float) -> Pages:
    """A batch of worn pages.

    Args:
        rng: decides what is drawn.
        count: pages.
        many: questions a page.
        real: real receipts.
        share: of them among the pages.
    """
    found: list[tuple[Facts, list[Question]]] = []
    while len(found) < count:
        if real and rng.random() < share:
            page = rng.choice(real)
            page = renamed(page, rng) if rng.random() < 0.4 else page
        else:
            page = invented(rng)
        page = worn(page, rng)
        known = facts([row.text for row in page.rows], [row.box for row in page.rows])
        if 0 < len(known.pieces) <= LONGEST:
            found.append((known, questions(page, rng, many)))
    return batch_of(found)


def document_loss(net: DocumentNet, batch: Pages) -> dict[str, Tensor]:
    """Cross-entropy of the first and the last word, any right place being as good, and of the last attention."""
    first, last, attention = net(batch.words, batch.near, batch.place, batch.question)
    entropy = sum(
        (-(logits.log_softmax(1).masked_fill(right == 0, -1e4)).logsumexp(1)).mean()
        for logits, right in ((first, batch.first), (last, batch.last))
    )
    assert isinstance(entropy, Tensor)
    there = batch.lines.sum(1) > 0
    seen = attention[:, -1].log_softmax(1).masked_fill(batch.lines == 0, -1e4).logsumexp(1)
    missed = -(seen * there).sum() / there.sum().clamp(min=1)
    right = batch.first.gather(1, first.argmax(1, keepdim=True)) * batch.last.gather(1, last.argmax(1, keepdim=True))
    return {"loss": entropy + 0.5 * missed, "entropy": entropy, "missed": missed, "wrong": 1 - right.mean()}
