"""Invented receipts, invoices, letters and forms: lines with boxes, and which part of which line answers what.

    page = receipt(random.Random(1))
    page.rows[0].text, page.answers("total")

No pixels are drawn: the net is shown lines and their places, as a reader would give them. Each kind has one layout,
``unseen``, that is for measuring alone.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ocr.answers.facts import Box
from ocr.train.ask import material as some

__all__ = [
    "EVERY",
    "LABELS",
    "SEVERAL",
    "Answer",
    "Drawn",
    "Row",
    "Sheet",
    "dated",
    "header",
    "items",
    "optional",
    "receipt",
    "sums",
]

SEVERAL: Final = frozenset(
    {"company", "address", "customer", "customer address", "sender address", "recipient address"}
)
"""Fields that may go on over several lines."""

Part = str | tuple[str, str]
"""Text, or a field's name and its text."""
Answer = tuple[int, int, int, int]
"""First line and where the answer begins in it, last line and where it ends."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line; ``marks`` are fields with begin and end of their text."""

    text: str
    box: Box
    marks: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """A page: its lines in reading order, and fields that it is known not to have."""

    rows: tuple[Row, ...]
    absent: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the fields that it has."""
        return tuple(dict.fromkeys(name for row in self.rows for name, _, _ in row.marks))

    def answers(self, field: str) -> list[Answer]:
        """Every place where a field's value stands; a value of several lines is one place if they follow each other."""
        found: list[Answer] = []
        for number, row in enumerate(self.rows):
            for name, begin, end in row.marks:
                if name != field:
                    continue
                if field in SEVERAL and found:
                    if found[-1][2] != number - 1:
                        return []  # its lines are apart in this order
                    found[-1] = (*found[-1][:2], number, end)
                else:
                    found.append((number, begin, number, end))
        return found


class Sheet:
    """A page in the making: lines are put at places whose unit is the width of a letter."""

    def __init__(self, rng: random.Random, width: float) -> None:
        self.rng, self.width = rng, width
        self.rows: list[Row] = []
        self.y = 0.0
        self.colon = rng.choice([":", ": ", " : ", " ", " - ", ": "])
        self.big = rng.uniform(1.0, 1.6)

    def put(self, parts: Sequence[Part], x: float = 0.0, size: float = 1.0, right: bool = False) -> None:
        """A line at the present height; ``x`` is its left edge, or its right edge."""
        text, marks = "", []
        for part in parts:
            name, piece = ("", part) if isinstance(part, str) else part
            if name:
                marks.append((name, len(text), len(text) + len(piece)))
            text += piece
        wide = len(text) * size
        left = x - wide if right else x
        top = self.y + self.rng.uniform(-0.08, 0.08)
        self.rows.append(Row(text, (left, top, left + wide, top + 1.8 * size), tuple(marks)))

    def down(self, lines: float = 1.0) -> None:
        """Go down."""
        self.y += 2.3 * lines * self.rng.uniform(0.95, 1.08)

    def line(self, parts: Sequence[Part], place: str = "left", size: float = 1.0) -> None:
        """A line on its own: left, middle or right."""
        length = size * sum(len(part if isinstance(part, str) else part[1]) for part in parts)
        self.put(parts, {"left": 0.0, "middle": (self.width - length) / 2, "right": self.width - length}[place], size)
        self.down(size)

    def pair(self, label: str, name: str, value: str, style: str, x: float = 0.0, to: float = 0.0) -> None:
        """A label and its value: ``same`` line, two ``boxes`` in a row, value ``below``, or ``dots`` between."""
        to = to or self.width
        marked: Part = (name, value) if name else value
        if style == "same":
            self.put([label, self.colon, marked], x)
        elif style == "dots":
            dots = max(3, int(to - x) - len(label) - len(value) - 2)
            self.put([label, " ", "." * dots, " ", marked], x)
        elif style == "below":
            self.put([label], x, 0.85)
            self.y += 2.0
            self.put([marked], x)
            self.y -= 2.0
        else:
            self.put([label, self.colon.rstrip()], x)
            self.put([marked], to, right=style == "boxes")
        if style == "columns":
            self.rows[-1] = replace(self.rows[-1], box=_moved(self.rows[-1].box, x + 0.45 * (to - x)))

    def done(self, absent: Sequence[str] = ()) -> Drawn:
        """The page."""
        return Drawn(tuple(self.rows), tuple(absent))


def _moved(box: Box, left: float) -> Box:
    return (left, box[1], left + box[2] - box[0], box[3])


def optional(rng: random.Random, share: float, *fields: str) -> set[str]:
    return {field for field in fields if rng.random() < share}


# ------------------------------------------------------------------------------------------------------- receipts

EVERY: Final = (
    "company", "address", "date", "time", "total", "subtotal", "tax", "tax number", "number", "phone", "email",
    "website", "cashier", "cash", "change", "due date", "order number", "customer", "customer address",
    "customer number", "iban", "sender", "sender address", "recipient", "recipient address", "subject", "reference",
)  # fmt: skip


def header(sheet: Sheet, has: set[str], place: str) -> None:
    rng = sheet.rng
    for _ in range(rng.choice((0, 0, 0, 1, 1, 2))):
        sheet.line([some.heading(rng)], place)
    name = some.company(rng)
    if len(name) > 24 and rng.random() < 0.5:
        cut = name.rfind(" ", 0, 22)
        sheet.line([("company", name[:cut])], place, sheet.big)
        name = name[cut + 1 :]
    sheet.line([("company", name), *([f" ({some.code(rng)})"] if rng.random() < 0.15 else [])], place, sheet.big)
    if rng.random() < 0.4:
        sheet.line([rng.choice(["(", "Co. No. ", "Reg. no: ", "Company No: ", ""]), some.code(rng, 6)], place)
    if rng.random() < 0.15:
        sheet.line([some.made_up(rng) + " " + rng.choice(some.ITEMS)], place)
    if "address" in has:
        for text in some.address(rng):
            sheet.line([("address", text)], place)
    if "phone" in has:
        label = rng.choice(["Tel: ", "TEL:", "Phone: ", "Tel. ", "Telephone: ", "T: ", "Tel No: "])
        fax = [rng.choice([" Fax: ", " FAX:", "  F: "]) + some.phone(rng)] if rng.random() < 0.3 else []
        sheet.line([label, ("phone", some.phone(rng)), *fax], place)
    if "email" in has:
        sheet.line([rng.choice(["E-mail: ", "Email: ", ""]), ("email", some.email(rng))], place)
    if "website" in has:
        sheet.line([rng.choice(["", "Web: "]), ("website", some.website(rng))], place)
    if "tax number" in has:
        label = rng.choice(
            ["GST ID: ", "GST REG NO: ", "VAT no. ", "GST NO : ", "Tax ID: ", "VAT Reg. No: ", "(GST ID NO: "]
        )
        sheet.line([label, ("tax number", some.code(rng, 9))], place)


LABELS: Final[Mapping[str, tuple[str, ...]]] = {
    "date": ("Date", "DATE", "Date", "Dated", "Invoice date", "Receipt date"),
    "time": ("Time", "TIME"),
    "number": ("Receipt no", "Invoice No.", "Inv No", "Receipt #", "Bill No", "Doc No.", "Invoice #", "Slip no.",
        "Tax invoice no"),
    "cashier": ("Cashier", "Served by", "Operator", "Staff"),
    "total": ("Total", "TOTAL", "Grand total", "Total amount", "Nett total", "Total due", "Amount due",
        "Total sales (incl. GST)", "Total payable", "Total incl. tax", "Final total", "Total (RM)", "Round total",
        "TOTAL AMT", "Balance due"),
    "subtotal": ("Subtotal", "Sub-total", "Net", "Total excl. GST", "Net amount", "Amount before tax",
        "Total (excluding GST)"),
    "tax": ("Tax", "VAT", "GST 6%", "VAT 20%", "GST @6%", "Sales tax", "Total GST", "GST payable"),
    "cash": ("Cash", "CASH", "Cash tendered", "Paid cash", "Payment"),
    "change": ("Change", "CHANGE", "Change due"),
    "due date": ("Due date", "Payment due", "Pay by", "Due", "Please pay by"),
    "order number": ("Order no", "PO number", "Purchase order", "Your order", "P.O. #"),
    "customer number": ("Customer no", "Customer ID", "Client no.", "Account no"),
    "iban": ("IBAN", "Bank account", "Account number", "A/C no"),
    "reference": ("Reference", "Our ref", "Ref.", "Our reference", "Ref no"),
}  # fmt: skip


def dated(sheet: Sheet, has: set[str], style: str) -> None:
    """Date, time, number and cashier in some order, with or without labels."""
    rng = sheet.rng
    values = {
        "date": some.day(rng),
        "number": some.code(rng),
        "cashier": rng.choice([some.person(rng), some.made_up(rng), "Admin"]),
        "time": f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}"
        + rng.choice(["", f":{rng.randint(0, 59):02}", " PM", "AM"]),
        "order number": some.code(rng),
        "customer number": some.code(rng),
        "due date": some.day(rng),
        "reference": some.code(rng),
    }
    names = [name for name in values if name in has]
    rng.shuffle(names)
    if {"date", "time"} <= has and rng.random() < 0.5:
        names.remove("time")
        label = rng.choice(["", "", rng.choice(LABELS["date"]) + sheet.colon])
        parts: list[Part] = [label, ("date", values["date"]), rng.choice([" ", "  ", ", "]), ("time", values["time"])]
        sheet.line(parts, "left")
        names.remove("date")
    while names:
        name = names.pop()
        if name == "date" and rng.random() < 0.25:
            sheet.line([("date", values["date"])], rng.choice(["left", "right", "middle"]))
        elif names and style == "same" and rng.random() < 0.25:
            other = names.pop()
            sheet.pair(rng.choice(LABELS[name]), name, values[name], "same")
            sheet.pair(rng.choice(LABELS[other]), other, values[other], "same", sheet.width * 0.55)
            sheet.down()
        else:
            sheet.pair(rng.choice(LABELS[name]), name, values[name], style)
            sheet.down(2 if style == "below" else 1)


def items(sheet: Sheet, currency: str) -> float:
    """Lines of goods; returns their sum."""
    rng, total = sheet.rng, 0.0
    below = rng.random() < 0.3
    if rng.random() < 0.6:
        sheet.put([rng.choice(["Item", "Description", "ITEM", "Qty", "Code"])])
        sheet.put([rng.choice(["Amount", "Price", "AMT(RM)", "Total", "RM"])], sheet.width, right=True)
        sheet.down()
    for _ in range(rng.choice((1, 1, 2, 3, 4, 6, 9))):
        count = rng.choice((1, 1, 1, 2, 3, 10))
        price = round(10 ** rng.uniform(0, 2.3), 2)
        total += count * price
        cost = f"{currency if rng.random() < 0.3 else ''}{count * price:.2f}{rng.choice(['', '', ' SR', ' S', '*'])}"
        name = some.item(rng)
        if below:
            sheet.line([f"{some.code(rng)} " if rng.random() < 0.4 else "", name])
            sheet.put([f"{count} x {price:.2f}"], 2)
        else:
            sheet.put([f"{count} " if rng.random() < 0.5 else "", name])
        sheet.put([cost], sheet.width, right=True)
        sheet.down()
    return total


def sums(sheet: Sheet, has: set[str], net: float, style: str) -> None:
    """What follows the goods: subtotal, tax, total, cash and change."""
    rng, currency = sheet.rng, rng_currency(sheet.rng)
    tax = round(net * rng.choice((0.06, 0.06, 0.2, 0.19, 0.1)), 2) if "tax" in has else 0.0
    total = net + tax
    paid = total + rng.choice((0.0, rng.uniform(0, 50)))
    values = {"subtotal": net, "tax": tax, "total": total, "cash": paid, "change": paid - total}
    order = [name for name in values if name in has]
    if rng.random() < 0.15 and "total" in order:
        order.remove("total")
        order.insert(0, "total")
    for name in order:
        label = rng.choice(LABELS[name])
        if name == "total" and rng.random() < 0.25 and "change" in has:
            sheet.pair(rng.choice(["Rounding", "Rounding adj", "Discount"]), "", "0.00", style)
            sheet.down()
        prefix = currency if rng.random() < 0.6 else ""
        text = some.amount(rng, max(values[name], 0.01))
        _priced(sheet, label, name, prefix, text, style)
        sheet.down(2 if style == "below" else 1)


def rng_currency(rng: random.Random) -> str:
    """A currency as it stands before amounts."""
    return rng.choice(["RM", "RM ", "$", "$ ", "€", "EUR ", "£", "", "", "USD "])


def _priced(sheet: Sheet, label: str, name: str, currency: str, text: str, style: str) -> None:
    """A pair whose value has a currency before it that is not part of the answer."""
    sheet.pair(label, name, currency + text, style)
    row = sheet.rows[-1]
    marks = tuple((field, begin + len(currency), end) for field, begin, end in row.marks)
    sheet.rows[-1] = replace(row, marks=marks)


def receipt(rng: random.Random, unseen: bool = False) -> Drawn:
    """A till receipt; unseen: sums before the goods, the shop at the foot."""
    sheet = Sheet(rng, rng.uniform(30, 46))
    has = {"company", "date", "total"} | optional(rng, 0.85, "address")
    has |= optional(rng, 0.5, "phone", "tax number", "number", "time", "tax", "subtotal", "cash")
    has |= optional(rng, 0.25, "cashier", "email", "website")
    has |= {"change"} if "cash" in has and rng.random() < 0.8 else set()
    place, style = rng.choice(["middle", "middle", "left"]), rng.choice(["same", "same", "boxes", "dots", "columns"])
    steps: list[Callable[[], object]] = [
        lambda: header(sheet, has, place),
        lambda: sheet.line(
            [rng.choice(["TAX INVOICE", "RECEIPT", "Cash bill", "INVOICE", "Simplified tax invoice"])], place
        ),
        lambda: dated(sheet, has, "same" if rng.random() < 0.7 else style),
        lambda: sums(sheet, has, items(sheet, rng.choice(["", "RM", "$"])), rng.choice(["boxes", "boxes", style])),
        lambda: sheet.line(
            [rng.choice(["Thank you", "THANK YOU. PLEASE COME AGAIN", "Goods sold are not returnable"])], place
        ),
    ]
    if unseen:
        steps = [steps[1], steps[3], steps[2], steps[0]]
    elif rng.random() < 0.2:
        steps = [steps[0], steps[1], steps[3], steps[2], steps[4]]
    for step in steps:
        step()
        sheet.down(rng.uniform(0, 1.5))
    if rng.random() < 0.3 and "tax" in has:
        sheet.line(["GST summary  Amount  Tax"])
        sheet.line([f"SR 6%  {some.amount(rng)}  {some.amount(rng)}"])
    return sheet.done([name for name in EVERY if name not in has])
