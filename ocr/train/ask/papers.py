"""Invented invoices, letters and forms; see :mod:`ocr.train.ask.layouts`."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from ocr.train.ask import material as some
from ocr.train.ask.layouts import EVERY, LABELS, Drawn, Sheet, dated, header, items, optional, receipt, sums

__all__ = ["KINDS", "draw", "form", "invoice", "letter"]


def _party(sheet: Sheet, name: str, title: str, x: float) -> None:
    """Somebody's name and address as a block."""
    rng = sheet.rng
    if title:
        sheet.put([title], x)
        sheet.down()
    sheet.put([(name, some.person(rng) if rng.random() < 0.4 else some.company(rng))], x)
    sheet.down()
    for text in some.address(rng, rng.randint(2, 4)):
        sheet.put([(f"{name} address", text)], x)
        sheet.down()


def invoice(rng: random.Random, unseen: bool = False) -> Drawn:
    """An invoice; unseen: the customer first, labels above values, the seller at the foot."""
    sheet = Sheet(rng, rng.uniform(70, 95))
    has = {"company", "address", "date", "number", "total"} | optional(rng, 0.7, "customer", "tax", "subtotal")
    has |= optional(
        rng, 0.45, "phone", "tax number", "due date", "order number", "customer number", "email", "iban", "reference"
    )
    has |= {"customer address"} if "customer" in has else set()
    style = "below" if unseen else rng.choice(["same", "same", "boxes", "columns"])

    def customer() -> None:
        if "customer" in has:
            _party(sheet, "customer", rng.choice(["Bill to:", "Invoice to", "Customer", "Sold to", "Billed to:"]), 0)

    def numbers() -> None:
        sheet.line(
            [rng.choice(["Invoice", "INVOICE", "Tax invoice", "Bill"])], rng.choice(["left", "right"]), sheet.big
        )
        full, sheet.width = sheet.width, sheet.width * rng.uniform(0.4, 0.6) if style != "same" else sheet.width
        dated(sheet, has - {"time", "cashier"}, style)
        sheet.width = full

    def bank() -> None:
        if "iban" in has:
            number = f"{rng.choice(['DE', 'GB', 'FR'])}{rng.randint(10, 99)} " + " ".join(
                str(rng.randint(1000, 9999)) for _ in range(4)
            )
            sheet.pair(rng.choice(LABELS["iban"]), "iban", number if rng.random() < 0.6 else some.code(rng, 8), "same")
            sheet.down()

    steps: list[Callable[[], object]] = [
        lambda: header(sheet, has, rng.choice(["left", "right", "middle"])), customer, numbers,
        lambda: sums(sheet, has, items(sheet, ""), rng.choice(["boxes", "columns", "same"])), bank,
    ]  # fmt: skip
    order = (
        [1, 2, 3, 4, 0] if unseen else rng.choice([[0, 1, 2, 3, 4], [0, 2, 1, 3, 4], [2, 0, 1, 3, 4], [0, 1, 2, 4, 3]])
    )
    for number in order:
        steps[number]()
        sheet.down(rng.uniform(0.3, 1.5))
    return sheet.done([name for name in EVERY if name not in has])


def heads(sheet: Sheet, labels: Sequence[str]) -> None:
    """A row of labels and a row of their values."""
    wide = sheet.width / len(labels)
    for k, label in enumerate(labels):
        sheet.put([label], k * wide, 0.8)
    sheet.down(0.9)
    for k, label in enumerate(labels):
        sheet.put([(label, some.value_of(label, sheet.rng))], k * wide)
    sheet.down(1.6)


SENTENCES: Final = (
    "We are writing to you about {}.", "Thank you for your {} of last week.", "Please find enclosed our {}.",
    "The {} that you asked for will be sent to {} soon.", "We would be glad to hear from you by return.",
    "Unfortunately the {} was damaged on the way, and we ask for {}.", "Our colleague will call you about the {}.",
    "I should like to know whether the {} is still there.", "If you have questions about {}, do not hesitate to ask.",
)  # fmt: skip


def letter(rng: random.Random, unseen: bool = False) -> Drawn:
    """A letter; unseen: the recipient at the end, the sender's address below the signature."""
    sheet = Sheet(rng, rng.uniform(65, 85))
    has = {"sender", "recipient", "date", "recipient address"} | optional(rng, 0.7, "subject", "sender address")
    has |= optional(rng, 0.4, "reference", "phone", "email")
    sender, recipient = some.person(rng), some.person(rng)
    place = rng.choice(["left", "right", "middle"])

    def head() -> None:
        sheet.line([some.company(rng) if rng.random() < 0.4 else ("sender", sender)], place)
        if "sender address" in has:
            for text in some.address(rng, rng.randint(1, 3)):
                sheet.line([("sender address", text)], place)
        for name, make in (("phone", some.phone), ("email", some.email)):
            if name in has:
                sheet.line([rng.choice([f"{name.capitalize()}: ", ""]), (name, make(rng))], place)

    def addressee() -> None:
        if rng.random() < 0.3:
            sheet.line([rng.choice(["To:", "To", "Attn."])])
        sheet.line([rng.choice(["", "", "Mr ", "Ms ", "Dr "]), ("recipient", recipient)])
        for text in some.address(rng, rng.randint(2, 4)):
            sheet.line([("recipient address", text)])

    def numbers() -> None:
        if "reference" in has:
            sheet.pair(rng.choice(LABELS["reference"]), "reference", some.code(rng), "same")
            sheet.down()
        town = f"{rng.choice(some.CITIES)}, " if rng.random() < 0.3 else rng.choice(["", "", "Date: "])
        sheet.line([town, ("date", some.day(rng, rng.choice((6, 6, 7, 7, 0, 3, -1))))], rng.choice(["left", "right"]))

    def body() -> None:
        if "subject" in has:
            words = " ".join(
                [rng.choice(["Your", "Our", "The", "New"]), rng.choice(some.ITEMS), "of", some.made_up(rng)]
            )
            sheet.line([rng.choice(["", "Subject: ", "Re: ", "RE: ", "Subject: "]), ("subject", words)], "left", 1.1)
        sheet.line([f"Dear {rng.choice(['Mr ', 'Ms ', ''])}{recipient.split()[-1]},"])
        for _ in range(rng.randint(3, 9)):
            sheet.line([rng.choice(SENTENCES).format(rng.choice(some.ITEMS), some.made_up(rng))])
        sheet.line([rng.choice(["Yours sincerely,", "Kind regards,", "Best wishes,", "Yours faithfully,"])])
        sheet.line([("sender", sender)])

    steps = [head, addressee, numbers, body]
    order = [2, 3, 0, 1] if unseen else rng.choice([[0, 1, 2, 3], [0, 2, 1, 3], [2, 0, 1, 3], [1, 2, 3]])
    for number in order:
        steps[number]()
        sheet.down(rng.uniform(0.3, 1.5))
    if 0 not in order:
        has -= {"sender address", "phone", "email"}
    return sheet.done([name for name in EVERY if name not in has])


def form(rng: random.Random, unseen: bool = False) -> Drawn:
    """A filled form with any labels; unseen: rows of labels, each with a row of values beneath."""
    sheet = Sheet(rng, rng.uniform(60, 90))
    sheet.line(
        [rng.choice(["Application", "Registration form", "Request", "Report", "Declaration", "Order form"])],
        "middle",
        1.4,
    )
    labels = rng.sample(some.FORM_LABELS, rng.randint(5, 12))
    labels = [
        f"{some.made_up(rng)} {rng.choice(['number', 'name', 'date', 'code'])}" if rng.random() < 0.25 else x
        for x in labels
    ]
    columns = 4 if unseen else rng.choice((1, 1, 2))
    style = "heads" if unseen else rng.choice(["same", "same", "boxes", "dots", "below", "under", "columns"])
    for begin in range(0, len(labels), columns):
        if style == "heads":
            heads(sheet, labels[begin : begin + columns])
            continue
        for k, label in enumerate(labels[begin : begin + columns]):
            wide = sheet.width / columns
            value = some.value_of(label, rng)
            if style == "under":
                sheet.put([(label, value)], k * wide)
                sheet.y += 1.9
                sheet.put([label], k * wide, 0.7)
                sheet.y -= 1.9
            else:
                sheet.pair(label, label, value, style, k * wide, (k + 1) * wide - 3)
        sheet.down(2.2 if style in ("below", "under") else rng.choice((1, 1.5)))
    if rng.random() < 0.5:
        sheet.line(["Please fill in all fields in block letters and sign below."])
    if columns > 1 and not unseen and rng.random() < 0.5:  # read column by column
        sheet.rows.sort(key=lambda row: row.box[0] > sheet.width / 2 - 2)
    used = {label.lower() for label in labels}
    absent = [
        label for label in some.FORM_LABELS if not any(word in " ".join(used).split() for word in label.lower().split())
    ]
    return sheet.done([*absent, "iban", "subject", "total", "cashier", "company", "due date"])


KINDS: Final[Mapping[str, Callable[[random.Random, bool], Drawn]]] = {
    "receipt": receipt, "invoice": invoice, "letter": letter, "form": form,
}  # fmt: skip


def draw(kind: str, rng: random.Random, unseen: bool = False) -> Drawn:
    """A document of a kind; ``unseen``: of its layout that is kept for measuring."""
    return KINDS[kind](rng, unseen)
