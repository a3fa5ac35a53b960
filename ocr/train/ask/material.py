"""What invented documents are filled with: names, addresses, dates, amounts, numbers."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from itertools import pairwise

__all__ = [
    "FORM_LABELS",
    "address",
    "amount",
    "code",
    "company",
    "day",
    "email",
    "heading",
    "item",
    "made_up",
    "person",
    "phone",
    "value_of",
    "website",
]

FIRST = (
    "Anna Ben Clara David Emma Felix Grace Henry Irene Jack Kate Liam Maria Noah Olivia Paul Rosa Samuel Tara Victor "
    "Wendy Yusuf Zoe Ahmad Siti Wei Ling Mei Hassan Fatimah Rajesh Priya Kumar Hans Greta Luc Elise Marco Giulia Ivan"
).split()
LAST = (
    "Smith Jones Taylor Brown Wilson Evans Walker Wright Green Hall Clark Lewis Young King Hill Moore Tan Lim Lee "
    "Wong Ng Chan Abdullah Ismail Rahman Singh Patel Nair Schmidt Weber Keller Dubois Martin Rossi Ferrari Novak"
).split()
STREETS = (
    "High Church Station Park Mill Green Victoria Queen Market Bridge Garden Lake Hill River Oak Elm North".split()
)
ROADS = ("Street", "Road", "Avenue", "Lane", "Drive", "Way", "Close", "Square", "St.", "Rd", "Ave")
JALANS = ("Jalan", "Jln", "Lorong", "Persiaran", "Lebuh", "JLN.", "Jalan SS", "Jalan PJU")
TAMANS = ("Taman", "Bandar", "Kampung", "Desa", "Seksyen", "TMN", "Kawasan Perindustrian", "Pusat Bandar")
CITIES = (
    "London Leeds York Bristol Oxford Boston Austin Denver Seattle Dublin Toronto Sydney Perth Auckland Singapore "
    "Ipoh Klang Melaka Seremban Kuantan Cheras Puchong Rawang Kajang Berlin Hamburg Munich Vienna Zurich Lyon Milan"
).split()
STATES = ("Selangor", "Johor", "Perak", "Pahang", "Kuala Lumpur", "NY", "TX", "CA", "WA", "ON", "NSW", "UK", "Malaysia")
TRADES = (
    "Hardware Bakery Stationery Electrical Pharmacy Bookshop Motors Trading Foods Seafood Restaurant Cafe Supermarket "
    "Furniture Textiles Printing Plumbing Optics Florist Garage Bistro Mart Enterprise Industries Logistics Consulting"
).split()
ENDINGS = (
    "Ltd",
    "Inc.",
    "LLC",
    "GmbH",
    "PLC",
    "Sdn Bhd",
    "SDN. BHD.",
    "(M) Sdn Bhd",
    "Co.",
    "& Sons",
    "Group",
    "Bhd",
    "Pte Ltd",
    "& Co. KG",
    "S/B",
    "Enterprise",
    "",
)
ITEMS = (
    "milk bread apples pen notebook tape screw paint brush rice coffee tea sugar soap battery lamp cable chair shirt "
    "socks cake juice water chicken noodle egg cheese butter paper glue hammer bolt filter oil towel shampoo candle "
    "printing repair consulting delivery installation hosting licence training design cleaning"
).split()
MONTHS = "January February March April May June July August September October November December".split()
FORM_LABELS = tuple(
    (
        "Name, Surname, First name, Date of birth, Place of birth, Nationality, Occupation, Passport number, "
        "Sex, Marital status, Employer, Annual income, Telephone, E-mail, Address, City, Postcode, Country, "
        "Application number, Policy number, Vehicle registration, Bank, Account number, Sort code, "
        "Department, Student number, Course, Date of issue, Expiry date, Signature date, Height, Weight, "
        "Blood group, Emergency contact, Doctor, Insurance company, Membership number, Room, Supervisor, "
        "Start date, End date, Purpose of visit, Language, Licence number, Reference, Project, Quantity, "
        "Manufacturer, Model, Serial number, Colour, Destination, Flight number, Seat, Ticket number, "
        "Guardian"
    ).split(", ")
)
UPPER = string.ascii_uppercase


def made_up(rng: random.Random, parts: int = 0) -> str:
    """A word that no language has."""
    count = parts or rng.randint(1, 3)
    word = "".join(rng.choice("bcdfghjklmnprstvwyz") + rng.choice("aeiou") for _ in range(count))
    return (word + rng.choice(["", "", "n", "r", "s", "ng", "ck", "h"])).capitalize()


def person(rng: random.Random) -> str:
    """A name of two or three words."""
    last = rng.choice(LAST) if rng.random() < 0.6 else made_up(rng)
    first = rng.choice(FIRST) if rng.random() < 0.7 else made_up(rng, 2)
    return " ".join([first, *([rng.choice(UPPER) + "."] if rng.random() < 0.15 else []), last])


def company(rng: random.Random) -> str:
    """A firm: some words and mostly a legal form."""
    words = [made_up(rng) if rng.random() < 0.7 else rng.choice(LAST) for _ in range(rng.randint(1, 2))]
    if rng.random() < 0.12:
        words.insert(
            0, rng.choice(["99", "7", "Mr.", "The", "Old", "New", "Restoran", "Kedai", "Syarikat", "Perniagaan"])
        )
    if rng.random() < 0.75:
        words += rng.sample(TRADES, rng.choice((1, 1, 1, 2)))
    if rng.random() < 0.15:
        words.insert(-1, "&")
    return " ".join([*words, rng.choice(ENDINGS)]).strip()


def address(rng: random.Random, lines: int = 0) -> list[str]:
    """Lines of an address."""
    count = lines or rng.randint(1, 4)
    name = rng.choice(STREETS) if rng.random() < 0.5 else made_up(rng)
    number = f"{rng.randint(1, 300)}{rng.choice(['', '', '', 'A', 'B', 'G', '-1'])}"
    if rng.random() < 0.5:
        prefix = rng.choice(["No. ", "No ", "NO.", "Lot ", "", "Unit ", "No: "])
        street = f"{prefix}{number}{rng.choice([', ', ',', ' '])}{rng.choice(JALANS)} {name}"
        street += rng.choice(["", f" {rng.randint(1, 40)}", f" {rng.randint(1, 20)}/{rng.randint(1, 60)}"])
        town = f"{rng.randint(10000, 98000)} {rng.choice(CITIES)}"
        parts = [street, f"{rng.choice(TAMANS)} {made_up(rng, 2)} {made_up(rng)}", town, rng.choice(STATES)]
    else:
        street = f"{number} {name} {rng.choice(ROADS)}"
        postcode = rng.choice(
            [str(rng.randint(10000, 99999)), f"{rng.choice(UPPER)}{rng.randint(1, 20)} {rng.randint(1, 9)}AB"]
        )
        town = rng.choice([f"{rng.choice(CITIES)} {postcode}", f"{postcode} {rng.choice(CITIES)}", rng.choice(CITIES)])
        parts = [
            street,
            rng.choice(["Suite", "Floor", "Unit", "Building"]) + f" {rng.randint(1, 40)}",
            town,
            rng.choice(STATES),
        ]
    if rng.random() < 0.4:
        del parts[1]
    cuts = sorted(rng.sample(range(1, len(parts)), min(count, len(parts)) - 1))
    joint, end = rng.choice([", ", ",", ", "]), rng.choice(["", "", ",", "."])
    grouped = [joint.join(parts[a:b]) for a, b in pairwise([0, *cuts, len(parts)])]
    return [line + (end if end != "." or k == len(grouped) - 1 else "") for k, line in enumerate(grouped[:-1])] + [
        grouped[-1] + ("." if end == "." else "")
    ]


def day(rng: random.Random, style: int = -1) -> str:
    """A date in one of many ways."""
    when = date(2005, 1, 1) + timedelta(rng.randrange(8000))
    style = rng.randrange(12) if style < 0 else style
    month = MONTHS[when.month - 1]
    if style < 6:
        form = ("%d/%m/%Y", "%d-%m-%Y", "%d/%m/%y", "%d.%m.%Y", "%d-%m-%y", "%Y-%m-%d")[style]
        return when.strftime(form)
    ways = (
        f"{when.day} {month} {when.year}",
        f"{month} {when.day}, {when.year}",
        f"{when.day:02} {month[:3].upper()} {when.year}",
        f"{when.day}-{month[:3]}-{when.year}",
        f"{when.day}/{when.month}/{when.year}",
        f"{month[:3]} {when.day} {when.year}",
    )
    return ways[style - 6]


def amount(rng: random.Random, high: float = 0.0) -> str:
    """An amount with two places, mostly small."""
    value = high or 10 ** rng.uniform(0, 3.7)
    return f"{value:,.2f}" if rng.random() < 0.5 else f"{value:.2f}"


def code(rng: random.Random, least: int = 4) -> str:
    """A number of a document, of digits and letters."""
    digits = "".join(rng.choice(string.digits) for _ in range(rng.randint(least, least + 7)))
    style = rng.random()
    if style < 0.4:
        return digits
    letters = "".join(rng.choice(UPPER) for _ in range(rng.randint(1, 3)))
    if style < 0.7:
        return letters + rng.choice(["", "-", "/"]) + digits
    return f"{digits[:3]}{rng.choice('-/')}{digits[3:]}" + (f"-{letters}" if style > 0.85 else "")


def heading(rng: random.Random) -> str:
    """What may stand above the name of a company: a brand, a branch, a person, a number."""
    kinds = (
        lambda: made_up(rng).upper(),
        lambda: f"{made_up(rng)} {rng.choice(TRADES)} - {rng.choice(CITIES)}",
        lambda: person(rng),
        lambda: f"#{code(rng)}",
        lambda: f"{rng.choice(['Order', 'Queue', 'Table'])} {rng.randint(1, 9999)}",
        lambda: f"Welcome to {made_up(rng)}",
        lambda: f"Your order number is {rng.randint(1, 9999)}",
        lambda: rng.choice(["COPY", "Original", "*** REPRINT ***", "Page 1 of 1", "Customer copy"]),
    )
    return rng.choice(kinds)()


def phone(rng: random.Random) -> str:
    """A telephone number."""
    groups = [str(rng.randint(100, 9999)) for _ in range(rng.randint(1, 3))]
    head = rng.choice(
        ["0" + str(rng.randint(1, 99)), f"+{rng.randint(1, 99)} {rng.randint(1, 999)}", f"({rng.randint(10, 999)})"]
    )
    return head + rng.choice(["-", " ", "- "]) + rng.choice(["", " ", "-"]).join(groups)


def email(rng: random.Random) -> str:
    """An e-mail address."""
    return f"{made_up(rng).lower()}@{made_up(rng, 2).lower()}.{rng.choice(['com', 'org', 'co.uk', 'com.my', 'de'])}"


def website(rng: random.Random) -> str:
    """An address on the web."""
    return f"www.{made_up(rng, 2).lower()}.{rng.choice(['com', 'org', 'co.uk', 'com.my'])}"


def item(rng: random.Random) -> str:
    """Something that is sold."""
    words = [rng.choice(ITEMS), *([made_up(rng)] if rng.random() < 0.5 else [])]
    return " ".join(
        [*words, *([f"{rng.randint(2, 900)}{rng.choice(['ml', 'g', 'mm', 'pcs', ''])}"] if rng.random() < 0.4 else [])]
    )


def value_of(label: str, rng: random.Random) -> str:
    """A value that a field of a form may have."""
    low = label.lower()
    if "date" in low:
        return day(rng)
    if any(word in low for word in ("number", "code", "reference", "no.", "registration", "room", "seat", "model")):
        return code(rng, 3)
    if any(word in low for word in ("name", "contact", "doctor", "supervisor", "guardian")):
        return person(rng) if low in ("name", "doctor", "guardian") or "contact" in low else made_up(rng)
    kinds: Mapping[str, Callable[[random.Random], str]] = {
        "telephone": phone,
        "e-mail": email,
        "address": lambda r: ", ".join(address(r, 2)),
        "city": lambda r: r.choice(CITIES),
        "employer": company,
        "bank": company,
        "insurance company": company,
        "manufacturer": company,
        "annual income": amount,
        "country": lambda r: r.choice(STATES),
        "quantity": lambda r: str(r.randint(1, 500)),
    }
    make = kinds.get(low)
    if make is not None:
        return make(rng)
    return " ".join(
        made_up(rng) if rng.random() < 0.6 else rng.choice(ITEMS).capitalize() for _ in range(rng.randint(1, 3))
    )
