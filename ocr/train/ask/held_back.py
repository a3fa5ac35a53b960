"""Invented forms that training never draws: some for the confidence to be fitted to, others for measuring it.

Their labels are others too, and so are the questions that they do not answer: most ask for what a label of the page
nearly says, such as the policy number of a form with an application number.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Final

from ocr.train.ask import material as some
from ocr.train.ask.layouts import Drawn, Sheet
from ocr.train.ask.pages import Question
from ocr.train.ask.wordings import label_question

__all__ = ["FITTING", "MEASURING", "asked", "draw_held_back"]

LABELS: Final = (
    "Gross pay", "Net pay", "Tax code", "Pay period", "Pay date", "Gate number", "Boarding time", "Departure date",
    "Arrival date", "Meter number", "Meter reading", "Tariff", "Case number", "Court", "Judge", "Ward", "Dosage",
    "Patient name", "Patient number", "Consignment number", "Sender reference", "Receiver name", "Container number",
    "Delivery date", "Order date", "Batch number", "Lot number", "Best before date", "Storage temperature",
    "Net weight", "Gross weight", "Class teacher", "Grade", "School", "Exam date", "Certificate number",
    "Issuing office", "Valid until", "Landlord", "Tenant", "Monthly rent", "Deposit", "Contract number",
    "Contract date", "Chassis number", "Engine number", "Mileage", "Previous owner", "Inspection date", "Inspector",
    "Claim number", "Claim date", "Damage amount",
)  # fmt: skip
"""Of pay slips, tickets, bills, certificates, contracts: none is among the labels of training."""
SECTIONS: Final = ("Part A", "Section 1", "1. Details", "For office use only", "Please print", "Page 1 of 2")
Pairs = list[tuple[str, str]]


def _value(label: str, rng: random.Random) -> str:
    low = label.lower()
    if any(word in low for word in ("pay", "amount", "rent", "deposit")) and "date" not in low and "period" not in low:
        return some.amount(rng)
    if any(word in low for word in ("judge", "teacher", "landlord", "tenant", "owner", "inspector")):
        return some.person(rng)
    if "until" in low or "period" in low:
        return some.day(rng)
    if "name" in low:
        return some.person(rng)
    return some.value_of(label, rng)


def _listed(sheet: Sheet, pairs: Pairs) -> None:
    """All labels one below the other, and after them all values, at their right."""
    for k, (label, _) in enumerate(pairs):
        sheet.y = 6 + 2.6 * k
        sheet.put([label])
    for k, (label, value) in enumerate(pairs):
        sheet.y = 6 + 2.6 * k
        sheet.put([(label, value)], sheet.width * 0.55)


def _captioned(sheet: Sheet, pairs: Pairs) -> None:
    """Boxes, two or three in a row, each with its label in small type below the value."""
    columns = sheet.rng.choice((2, 3))
    for begin in range(0, len(pairs), columns):
        row = pairs[begin : begin + columns]
        for small in (False, True):
            for k, (label, value) in enumerate(row):
                sheet.put([label if small else (label, value)], k * sheet.width / columns, 0.7 if small else 1.0)
            sheet.down(0.75 if small else 0.85)
        sheet.down(0.6)


def _told(sheet: Sheet, pairs: Pairs) -> None:
    """Sentences."""
    ways = ("The {} is ", "{}: see below, namely ", "We note the {} as ", "As agreed, the {} shall be ", "{} given: ")
    for label, value in pairs:
        said = sheet.rng.choice(ways)
        sheet.line([said.format(label if said.startswith("{") else label.lower()), (label, value)])


def _numbered(sheet: Sheet, pairs: Pairs) -> None:
    """Numbered fields with hints, the values in a column of their own, under headings."""
    for k, (label, value) in enumerate(pairs, 1):
        if sheet.rng.random() < 0.2:
            sheet.line([sheet.rng.choice(SECTIONS)], "left", 1.2)
        hint = sheet.rng.choice(["", "", " (in block letters)", " *", " (if known)", " / see note 3"])
        sheet.put([f"{k}. {label}{hint}"])
        sheet.put([(label, value)], sheet.width * 0.6)
        sheet.down(1.2)


def _paired(sheet: Sheet, pairs: Pairs) -> None:
    """Two or three fields in every line, run together as readers join them."""
    count = sheet.rng.choice((2, 3))
    for begin in range(0, len(pairs), count):
        parts: list[str | tuple[str, str]] = []
        for label, value in pairs[begin : begin + count]:
            parts += [label, sheet.colon, (label, value), "   "]
        sheet.line(parts[:-1])


def _turned(sheet: Sheet, pairs: Pairs) -> None:
    """Values at the left and their labels at the right."""
    for label, value in pairs:
        sheet.put([(label, value)])
        sheet.put([label], sheet.width, right=True)
        sheet.down(1.2)


Way = Callable[[Sheet, Pairs], None]
FITTING: Final[Mapping[str, Way]] = {"listed": _listed, "captioned": _captioned, "told": _told}
MEASURING: Final[Mapping[str, Way]] = {"numbered": _numbered, "paired": _paired, "turned": _turned}


def draw_held_back(rng: random.Random, way: Way) -> Drawn:
    """A form in a layout, with labels of training and of its own."""
    sheet = Sheet(rng, rng.uniform(70, 100))
    sheet.line([rng.choice(["Statement", "Record", "Notice", "Certificate", "Ticket", "Contract"])], "middle", 1.4)
    labels = rng.sample([*LABELS, *rng.sample(some.FORM_LABELS, 20)], rng.randint(5, 12))
    way(sheet, [(label, _value(label, rng)) for label in labels])
    words = {word for label in labels for word in label.lower().split()}
    others = [label for label in (*LABELS, *some.FORM_LABELS) if label not in labels]
    near = [label for label in others if words & set(label.lower().split()) and not set(label.lower().split()) <= words]
    far = [label for label in others if not words & set(label.lower().split())]
    return sheet.done([*near, *rng.sample(far, min(len(far), len(near) // 2 + 1))])


def asked(page: Drawn, rng: random.Random, count: int, missing: float = 0.4) -> list[Question]:
    """Questions to such a form.

    Args:
        page: what is asked.
        rng: decides what is asked.
        count: how many.
        missing: share of questions that the page does not answer.
    """
    known = [(field, answers) for field in page.fields if (answers := page.answers(field))]
    found: list[Question] = []
    while len(found) < count:
        if rng.random() < missing or not known:
            found.append(Question(label_question(rng.choice(page.absent), rng), ()))
        else:
            field, answers = rng.choice(known)
            found.append(Question(label_question(field, rng), tuple(answers)))
    return found
