"""Texts for synthetic lines, like those on real documents: prose, forms, receipts, tables, numbers, codes, accents."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable, Sequence
from pathlib import Path

__all__ = ["TextSource"]

MONTHS = "January February March April May June July August September October November December".split()
LABELS = (
    "Name Date Address City State Zip Phone Fax To From Subject Re cc Attn Company Department Title Signature Total "
    "Amount Account No. Invoice Order Quantity Price Description Item Unit Tax Subtotal Balance Due Paid Cash Change "
    "Date of Birth Sex Age Occupation Remarks Comments Approved By Prepared By Brand Code Job Number Project Manager "
    "Region Division Report Test Sample Type Result Method Page Ref File Copy Telephone E-mail Website GST Reg Receipt "
    "Cashier Table Server Terminal Member Points Rounding Discount Qty Amt Sub-Total Net Gross Weight Batch Lot Serial "
    "Model Purpose Budget Media Circulation Market Distribution Effective Expiration Coupon Issue Frequency Sponsor"
).split()
UNITS = "kg g mg lb oz cm mm m km ft in % °C °F ml l gal hr min s psi kPa MHz kHz V A W ppm mol Ci Bq rem".split()
CURRENCY = ["$", "$", "$", "£", "€", "¥", "RM", "RM ", "US$", "USD "]
STREETS = "Street St. Avenue Ave. Road Rd. Drive Lane Boulevard Blvd. Suite Jalan Taman Rue Straße Via Plaza".split()
ACCENTS = {
    "a": "àáâãäåāăą", "c": "çćč", "d": "ďđð", "e": "èéêëēėęě", "g": "ğģ", "i": "ìíîïīįı", "k": "ķ", "l": "łľļĺ",
    "n": "ñńňņ", "o": "òóôõöøōő", "r": "řŕ", "s": "šśşșß", "t": "ťţțþ", "u": "ùúûüūůűų", "w": "ŵ", "y": "ýÿŷ",
    "z": "žźż", "A": "ÀÁÂÃÄÅĀĂĄ", "C": "ÇĆČ", "D": "ĎĐÐ", "E": "ÈÉÊËĒĖĘĚ", "G": "ĞĢ", "I": "ÌÍÎÏĪĮİ", "K": "Ķ",
    "L": "ŁĽĻĹ", "N": "ÑŃŇŅ", "O": "ÒÓÔÕÖØŌŐ", "R": "ŘŔ", "S": "ŠŚŞȘ", "T": "ŤŢȚÞ", "U": "ÙÚÛÜŪŮŰŲ", "W": "Ŵ",
    "Y": "ÝŸŶ", "Z": "ŽŹŻ",
}  # fmt: skip
ENDINGS = {",": 12, ";": 2, ":": 2, ".": 5, "?": 1, "!": 1, ")": 1, "'s": 1, "’s": 1}
"""Punctuation after a word, and how often it occurs."""
COMMON_ACCENTS = "éèêëàâçùûôîïäöüßáíóúñøåæœÉÀÇÄÖÜÅØÆŒ"
FOREIGN = (
    "déjà été très où français élève garçon naïve façade crème brûlée fête forêt hôtel à la carte résumé café über für "
    "größe straße müller schön Österreich Zürich ähnlich señor mañana año niño España corazón también más aquí "
    "información São João coração não é à às português Ångström København smørrebrød fjord æble œuvre cœur château Île "
    "naïveté rôle Łódź Gdańsk Škoda Dvořák Čapek Žižka Erdős Kraków Björk Þór Ísland Málaga Córdoba Besançon Genève "
    "Münster Köln"
).split()


class TextSource:
    """Composes lines of text.

    Args:
        corpora: plain-text files of prose.
        word_list: file with one word per line; None takes the words of the corpora.
        characters: the characters to use; others are dropped. Lines of random characters take from these, too.
        lists: files with short lines that are used as they are, as of receipts and forms.
    """

    def __init__(
        self, corpora: Sequence[Path], word_list: Path | None, characters: str, lists: Sequence[Path] = ()
    ) -> None:
        self.whole = [line for p in lists for line in p.read_text(encoding="utf-8").split("\n") if line.strip()]
        self.allowed = frozenset(characters)
        self.characters = characters
        text = "\n".join(p.read_text(encoding="utf-8") for p in corpora)
        text = re.sub(r"([a-z]{3}[.?!])([A-Z][a-z])", r"\1 \2", text)  # sentences without a space between them
        self.words = [w for w in text.split() if "~" not in w]
        listed = word_list.read_text(encoding="utf-8").split("\n") if word_list else sorted(set(self.words))
        self.vocabulary = [w for w in listed if w and (word_list or w.isalpha())]
        self.makers: list[tuple[float, Callable[[random.Random], str]]] = [
            (0.42, self._prose), (0.04, self._capitals), (0.04, self._title), (0.06, self._words),
            (0.05, self._numbers), (0.05, self._table_row), (0.07, self._receipt), (0.06, self._form),
            (0.03, self._contact), (0.04, self._code), (0.03, self._leaders), (0.03, self._accents),
            (0.02, self._symbols), (0.05, self._short), (0.01, self._math), (0.1 if self.whole else 0.0, self._whole),
        ]  # fmt: skip

    def line(self, rng: random.Random) -> str:
        """One line, 1 to about 100 characters, single spaces, only allowed characters."""
        make = rng.choices([m for _, m in self.makers], [w for w, _ in self.makers])[0]
        text = "".join(c for c in make(rng) if c in self.allowed)
        return re.sub(" +", " ", text).strip()[:110].strip() or str(rng.randrange(1000))

    def _run(self, rng: random.Random, n: int) -> list[str]:
        start = rng.randrange(max(1, len(self.words) - n))
        return self.words[start : start + n]

    def _prose(self, rng: random.Random) -> str:
        words = self._run(rng, 20)
        for i in range(len(words)):  # corpora have less punctuation than documents
            roll = rng.random()
            if roll < 0.04 and words[i][-1].isalpha():
                words[i] += rng.choices(list(ENDINGS), list(ENDINGS.values()))[0]
            elif roll < 0.055:
                a, b = rng.choice([("“", "”"), ('"', '"'), ("‘", "’"), ("(", ")"), ("'", "'"), ("(", ","), ("[", "]")])
                words[i] = a + words[i] + b
            elif roll < 0.062:
                words[i] += rng.choice(["—", "--", "-", " – ", "/", "…"]) + rng.choice(words)
            elif roll < 0.07:
                words[i] = self._number(rng)
        text, length = " ".join(words), int(rng.triangular(12, 100, 62))
        if len(text) > length:
            cut = text.rfind(" ", 0, length + 1)
            if rng.random() < 0.2 and len(text) > length + 4 and text[length - 1].isalpha() and text[length].isalpha():
                return text[:length] + "-"
            text = text[: max(cut, 1)]
        return text

    def _whole(self, rng: random.Random) -> str:
        """A line of the lists with other digits, at times in another case."""
        line = rng.choice(self.whole)
        line = "".join(rng.choice(string.digits) if c in string.digits and rng.random() < 0.7 else c for c in line)
        return rng.choice([line, line, line.title(), line.lower().capitalize(), line.upper()])

    def _words(self, rng: random.Random) -> str:
        return " ".join(rng.choice(self.vocabulary) for _ in range(rng.randint(1, 8)))

    def _capitals(self, rng: random.Random) -> str:
        return " ".join(self._run(rng, rng.randint(1, 8))).upper()

    def _title(self, rng: random.Random) -> str:
        words = " ".join(self._run(rng, rng.randint(1, 8))).title()
        section = ".".join(str(rng.randint(1, 20)) for _ in range(rng.randint(1, 4)))
        roman = rng.choice("I II III IV V VI VII VIII IX X XI XII XIV".split())
        heads = ["", "", section + " ", section + ". ", f"{roman}. ", f"CHAPTER {roman}. ", "Table ", "Figure "]
        return rng.choice(heads) + words

    def _digits(self, rng: random.Random, low: int, high: int) -> str:
        return "".join(rng.choices(string.digits, k=rng.randint(low, high)))

    def _number(self, rng: random.Random) -> str:  # noqa: PLR0911 - a table of forms
        n = rng.choice([rng.randint(0, 9), rng.randint(0, 99), rng.randint(0, 9999), rng.randint(0, 10**7)])
        form = rng.randrange(12)
        if form < 3:
            return str(n)
        if form < 5:
            return f"{n:,}"
        if form < 7:
            return f"{n / 100:.2f}" if rng.random() < 0.8 else f"{n / 100:.2f}".replace(".", ",")
        if form == 7:
            return rng.choice(CURRENCY) + f"{n / 100:,.2f}"
        if form == 8:
            return rng.choice(
                [f"{n}%", f"({n})", f"-{n}", f"+{n}", f"±{n}", f"#{n}", f"<{n}", f">{n}", f"{n}*", f"{n}.", f"{n}th"]
            )
        if form == 9:
            return f"{n} {rng.choice(UNITS)}"
        if form == 10:
            return self._date(rng)
        return f"{rng.randint(0, 23)}:{rng.randint(0, 59):02d}" + rng.choice(
            ["", ":07", ":52", " AM", " PM", "pm", " a.m."]
        )

    def _date(self, rng: random.Random) -> str:
        d, m, y = rng.randint(1, 31), rng.randint(1, 12), rng.randint(1850, 2030)
        month = MONTHS[m - 1]
        return rng.choice([
            f"{d:02d}/{m:02d}/{y}", f"{m}/{d}/{y % 100:02d}", f"{d:02d}-{m:02d}-{y}", f"{y}-{m:02d}-{d:02d}",
            f"{d}.{m}.{y}", f"{month} {d}, {y}", f"{d} {month} {y}", f"{month[:3]}. {d}, {y}",
            f"{d}-{month[:3].upper()}-{y % 100:02d}", f"{month} {y}",
        ])  # fmt: skip

    def _numbers(self, rng: random.Random) -> str:
        return " ".join(self._number(rng) for _ in range(rng.randint(1, 9)))

    def _table_row(self, rng: random.Random) -> str:
        head = " ".join(self._run(rng, rng.randint(1, 3)))
        return f"{head} " + " ".join(
            rng.choice([self._number(rng), self._number(rng), "-", "--", "N/A"]) for _ in range(rng.randint(1, 6))
        )

    def _receipt(self, rng: random.Random) -> str:
        item = " ".join(rng.choice(self.vocabulary) for _ in range(rng.randint(1, 4)))
        item = item.upper() if rng.random() < 0.6 else item.title()
        price = f"{rng.randint(0, 30000) / 100:.2f}"
        quantity = rng.choice(["1", "2", "3", "10", "1.00", "0.500", "1X", "2 x", "1 PC", "3 PCS", "x2"])
        return rng.choice([
            f"{item} {price}", f"{quantity} {item} {price}", price, price, f"{rng.choice(CURRENCY)}{price}",
            f"{price} SR", f"{price} S", f"{self._digits(rng, 8, 13)} {item}", f"{quantity} {price} {price}",
            f"({item})", f"{item} @ {price}", f"TOTAL {price}", f"GST {rng.choice([0, 6, 10])}% {price}",
            f"{item} ({self._digits(rng, 5, 7)}-{rng.choice('XAVKMHTDPUW')})", f"*** {item} ***", f"{item} SDN BHD",
            f"GST ID: {self._digits(rng, 12, 12)}", f"{rng.choice(LABELS).upper()}: {price}", item, "-" + price,
            f"CHANGE {price}", f": {price}", f": {item}", f"{rng.choice(LABELS)} :", f"{rng.choice(LABELS).upper()}:",
            f"@{price}",
            f"{self._date(rng)} {rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}:{rng.randint(0, 59):02d}",
        ])  # fmt: skip

    def _form(self, rng: random.Random) -> str:
        label = " ".join(rng.choices(LABELS, k=rng.choice([1, 1, 2, 3])))
        label = rng.choice([label, label.upper(), label.lower().capitalize()])
        makers: list[Callable[[random.Random], str]]
        makers = [self._number, self._words, self._date, self._code, self._contact, lambda _: ""]
        value = rng.choice(makers)(rng)
        mark = rng.choice([":", ":", ":", " :", "", "#", "?", ".", ":_", "-", "*"])
        return f"{rng.choice(['', '', '', '• ', '- ', '☐ ', '☐', '(a) ', '1. ', '* ', 'X '])}{label}{mark} {value}"

    def _contact(self, rng: random.Random) -> str:
        name = re.sub(r"\W", "", rng.choice(self.vocabulary)).lower() or "mail"
        host = re.sub(r"\W", "", rng.choice(self.vocabulary)).lower() or "host"
        top = rng.choice(["com", "org", "net", "edu", "gov", "co.uk", "de", "com.my", "fr", "io"])
        d, capitals = self._digits, string.ascii_uppercase
        return rng.choice([
            f"({d(rng, 3, 3)}) {d(rng, 3, 3)}-{d(rng, 4, 4)}", f"{d(rng, 2, 3)}-{d(rng, 7, 8)}",
            f"+{d(rng, 2, 2)} {d(rng, 2, 4)} {d(rng, 6, 8)}", f"Tel: {d(rng, 2, 3)}-{d(rng, 3, 4)} {d(rng, 4, 4)}",
            f"{name}.{host}@{host}.{top}", f"{name}@{host}.{top}", f"www.{host}.{top}", f"https://{host}.{top}/{name}",
            f"{d(rng, 1, 5)} {rng.choice(self.vocabulary).title()} {rng.choice(STREETS)}",
            f"{rng.choice(self.vocabulary).title()}, {''.join(rng.choices(capitals, k=2))} {d(rng, 5, 5)}",
            f"NO. {d(rng, 1, 3)}, JALAN {rng.choice(self.vocabulary).upper()} {d(rng, 1, 2)}/{d(rng, 1, 2)},",
            f"P.O. Box {d(rng, 2, 5)}",
            f"{d(rng, 5, 5)} {rng.choice(self.vocabulary).upper()}, {rng.choice(self.vocabulary).upper()}.",
        ])  # fmt: skip

    def _code(self, rng: random.Random) -> str:
        parts = []
        for _ in range(rng.randint(1, 4)):
            letters = string.ascii_uppercase if rng.random() < 0.8 else string.ascii_letters
            digits = string.digits
            pool = rng.choice([digits, letters, letters + digits, digits, string.hexdigits.upper()])
            parts.append("".join(rng.choices(pool, k=rng.randint(1, 8))))
        return rng.choice(["-", "-", "/", "", ".", " ", ":", "_", "#"]).join(parts)

    def _leaders(self, rng: random.Random) -> str:
        head = " ".join(self._run(rng, rng.randint(1, 5)))
        page = rng.choice([str(rng.randint(1, 400)), f"{rng.randint(1, 12)}-{rng.randint(1, 60)}", "iv", "xii"])
        return head + rng.choice([" ", ""]) + rng.choice([".", ". "]) * rng.randint(3, 25) + " " + page

    def _accents(self, rng: random.Random) -> str:
        words = self._run(rng, rng.randint(1, 8))
        out = []
        for word in words:
            roll = rng.random()
            if roll < 0.35:
                out.append(rng.choice(FOREIGN))
            elif roll < 0.8:
                out.append("".join(rng.choice(ACCENTS[c]) if c in ACCENTS and rng.random() < 0.2 else c for c in word))
            else:
                at = rng.randrange(len(word))
                out.append(word[:at] + rng.choice(COMMON_ACCENTS) + word[at + 1 :])
        text = " ".join(out)
        return text.upper() if rng.random() < 0.1 else text

    def _symbols(self, rng: random.Random) -> str:
        pool = rng.choice([self.characters, self.characters[:95], string.punctuation, self.characters[-70:]])
        if rng.random() < 0.5:
            return " ".join(
                w + rng.choice(pool) if rng.random() < 0.5 else rng.choice(pool) + w
                for w in self._run(rng, rng.randint(1, 6))
            )
        return "".join(rng.choices(pool + "   ", k=rng.randint(1, 16)))

    def _short(self, rng: random.Random) -> str:
        n = rng.randint(1, 400)
        return rng.choice([
            str(n), f"-{n}-", f"- {n} -", f"Page {n}", f"{n}.", f"({n})", rng.choice(self.words),
            rng.choice(string.ascii_letters), f"{n}/{n + 3}", rng.choice(string.digits),
            f"{rng.choice(string.ascii_letters)}.", f"({rng.choice(string.ascii_lowercase)})", rng.choice(LABELS),
            f"[{n}]", rng.choice(self.words).upper(),
            rng.choice(["I", "II", "III", "iv", "v", "xi", "X", "of", "Yes", "No", "YES", "NO", "M", "F", "N/A"]),
            f"{rng.choice(LABELS)}:", f"{n % 20}-{n}", f"{n / 10:.1f}", "$" + str(n),
        ])  # fmt: skip

    def _math(self, rng: random.Random) -> str:
        v = [rng.choice("abcdefghijklmnpqrstuvwxyzABCDEFGHKLMNPQRSTUVWXYZ") for _ in range(3)]
        op = [rng.choice(["+", "-", "−", "×", "=", "/", "<", ">", "≤", "≥", "±", "≈", "·"]) for _ in range(2)]
        left = f"{v[0]} {op[0]} {v[1]}{rng.choice(['', '²', '³', '(t)', '₂'])}"
        return f"{left} {op[1]} {self._number(rng)}{rng.choice(['', ' ' + v[2], '°', ' ∞'])}"
