"""Text that English prose lacks: other languages, contractions, typographic signs, and lone words and numbers."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

__all__ = ["MixedText"]

CONTRACTIONS = (
    "I'm I've I'll I'd it's that's don't can't won't isn't aren't you're they're we'll she'd he'd who's what's let's "
    "couldn't wasn't ain't 'tis o'clock I'm I've I'll I'd I'm I'll"
).split()
ELISIONS = "l l l l d d d n n j m t s c qu L L D D N J M S C Qu dell all un nell jusqu lorsqu sull Dell L".split()
"""What stands before an apostrophe and a word with a vowel first in French, Italian and Catalan."""
FILLERS = (
    "think know said was going to be here now late read ask go sure that see done if it is fine later today never "
    "again told you so when where"
).split()
SIGNS = (
    "§ ¶ © ® ™ ° µ × ÷ ± ² ³ ¹ ½ ¼ ¾ † ‡ € £ ¥ ¢ \\ | ~ ^ { } → ← _ < > & @ # • · … – — « » ‹ › „ “ ” ‘ ’ ¿ ¡ ≤ ≥ ≠ ≈ "
    "√ ∞ ‰ − ¬ ª º α β γ δ ε θ λ π σ φ ω Γ Δ Θ Λ Π Σ Φ Ω № ∑ ∫ ∂ ∈ ∀ ≡ ↑ ↓ ⇒ ▪ □ ☑ ′ ″ ⁴ ⁿ ₁"
).split()
QUOTES = (("“", "”"), ("„", "“"), ("„", "”"), ("«", "»"), ("« ", " »"), ("»", "«"), ("‚", "‘"), ("‹", "›"), ('"', '"'))
LONE = ("Yes", "No", "OK", "N/A", "I", "l", "1", "x", "kg", "pcs", "Total", "-")
JOINED = re.compile("f[fijlt]|Th|tt")
"""Pairs of letters that faces join."""
ALIKE = {
    "a": "aàáâãäåāăąạả", "c": "cçćč", "e": "eèéêëēėęěẹẻẽ", "i": "iìíîïīįıĩịỉ", "l": "lłļľĺ", "n": "nñńňņ",
    "o": "oòóôõöøōőơọỏ", "o ": "õöőóô", "r": "rřŕ", "s": "sšśşșß", "t": "tťţț", "u": "uùúûüūůűųưụủũ", "u ": "üűúûũ",
    "y": "yýÿŷỳỹỷỵ", "z": "zžźż", "d": "dďđð", "g": "gğģ", "k": "kķ", "ă": "ăắằẳẵặâấầẩẫậ", "ê": "êếềểễệ",
    "ô": "ôốồổỗộ", "ơ": "ơớờởỡợ", "ư": "ưứừửữự",
}  # fmt: skip
"""Letters that differ by a mark alone; those that are confused most often come twice."""
INITIALS = "ÈÈÈÉÉÀÁÂÄÅÃÇÊÍÎÓÔÖÕØÚÜŠČŽŚŻŹŁĆŐŰÚŘĎŤŇĖŪŲĮĀĒĪĶĻŅĢİŞŢȚȘĂĐƠƯÝÞÐÆŒÌÒÙÑ"
"""Capitals with marks, by how often a sentence should start with them."""
BEFORE, AFTER = ".._-+#@$~/*([{<>\"'&%|!?:;=\\^…•§©“‘«¿¡", ".,;:!?-+%*)]}>\"'/__||=°…$”’»™®"
"""Signs that stand directly before and after words and numbers, as in program text."""
THIN = "lI1i|/!tfjJ"
"""Characters of one stroke."""
CURLY = 0.7
"""Share of lines with typographic apostrophes."""
LONGEST = 100
"""Characters."""
WORDS_A_LETTER = 200
"""Words of a language that are kept for a rare letter."""


class Source(Protocol):
    """What is mixed: :class:`ocr.train.synth.text.TextSource`."""

    words: list[str]

    def line(self, rng: random.Random) -> str:
        """One line of text."""
        ...


class MixedText:
    """Composes lines from several sources.

    Args:
        english: source of English.
        languages: sources of other languages, which are equally frequent.
        characters: the characters to use; others are dropped.
        shares: how often lines of each kind come, by the names of the methods (``other`` is a line of another language,
            ``prose`` one of English); None takes all kinds.

    Letters that few words hold come as often as the others in a share of the lines.
    """

    def __init__(
        self,
        english: Source,
        languages: Sequence[Source],
        characters: str,
        shares: Mapping[str, float] | None = None,
    ) -> None:
        self.english, self.languages = english, list(languages)
        self.allowed = frozenset(characters)
        self.holders = self._words_by_letter()
        self.letters = sorted(self.holders)
        self.like = {letter: group for group in ALIKE.values() for letter in group}
        self.capitals = [c for c in INITIALS if c in self.allowed]
        self.pairs = [word for source in (english, *languages) for word in source.words if JOINED.search(word)] or [
            "fi"
        ]
        self.others = sorted(c for c in self.allowed if not c.isalpha() and not c.isascii()) or SIGNS
        usual = {
            "other": 0.23 if languages else 0.0, "prose": 0.09, "contractions": 0.09, "signs": 0.24, "lone": 0.07,
            "rare": 0.16 if self.letters else 0.0, "conventions": 0.06 if languages else 0.0,
            "elisions": 0.03 if languages else 0.0, "alike": 0.02 if self.letters else 0.0,
            "initials": 0.02 if languages and self.capitals else 0.0, "dashes": 0.02, "thin": 0.02,
            "attached": 0.02, "figures": 0.0, "joined": 0.0,
        }  # fmt: skip
        self.shares = usual if shares is None else shares
        if unknown := sorted(self.shares.keys() - usual.keys()):
            raise ValueError(f"no lines of the kind {unknown[0]!r}; there are {', '.join(usual)}")

    def _words_by_letter(self) -> dict[str, list[str]]:
        """Words that hold each letter beyond ASCII, of different languages where there are some."""
        holders: dict[str, list[str]] = {}
        for source in self.languages:
            found: dict[str, int] = {}
            for word in source.words:
                for letter in set(word):
                    if not letter.isascii() and letter.isalpha() and letter in self.allowed:
                        found[letter] = found.get(letter, 0) + 1
                        if found[letter] <= WORDS_A_LETTER:
                            holders.setdefault(letter, []).append(word)
        if self.languages:  # letters that no text holds stand in English words
            words = self.english.words[:WORDS_A_LETTER]
            for letter in sorted(c for c in self.allowed - holders.keys() if c.isalpha() and not c.isascii()):
                holders[letter] = [word[: len(word) // 2] + letter + word[len(word) // 2 + 1 :] for word in words]
        return holders

    def line(self, rng: random.Random) -> str:
        """One line, with single spaces and allowed characters only."""
        kind = rng.choices(list(self.shares), list(self.shares.values()))[0]
        make: Callable[[random.Random], str] = getattr(self, kind)
        text = "".join(c for c in make(rng) if c in self.allowed)
        return " ".join(text.split())[:LONGEST].strip() or str(rng.randrange(1000))

    def _word(self, rng: random.Random) -> str:
        source = rng.choice(self.languages) if self.languages and rng.random() < 0.3 else self.english
        return rng.choice(source.words)

    def other(self, rng: random.Random) -> str:
        """A line of a language other than English."""
        return self._curled(rng.choice(self.languages).line(rng), rng)

    @staticmethod
    def _curled(text: str, rng: random.Random) -> str:
        return text.replace("'", "’") if rng.random() < CURLY else text

    def elisions(self, rng: random.Random) -> str:
        """Words with an article or pronoun before an apostrophe, such as l’eau."""
        words = [self._word(rng) for _ in range(rng.randint(2, 9))]
        for i, word in enumerate(words):
            if word[0].lower() in "aeiouhéèêàâîôûíóúy" and rng.random() < 0.8:
                words[i] = f"{rng.choice(ELISIONS)}'{word}"
        return self._curled(" ".join(words), rng)

    def prose(self, rng: random.Random) -> str:
        """A line of English."""
        return self.english.line(rng)

    def rare(self, rng: random.Random) -> str:
        """Words for letters that are chosen alike, however rare they are."""
        words = [rng.choice(self.holders[rng.choice(self.letters)]) for _ in range(rng.randint(1, 7))]
        text = " ".join(words)
        return rng.choice([text, text, text, text.upper(), text.title()])

    def alike(self, rng: random.Random) -> str:
        """Words whose letters with marks are exchanged for others, so that the picture alone tells which they are."""
        words = [rng.choice(self.holders[rng.choice(self.letters)]) for _ in range(rng.randint(1, 7))]
        changed = [
            rng.choice(self.like[c]) if c in self.like and (not c.isascii() or rng.random() < 0.15) else c
            for c in " ".join(words)
        ]
        text = "".join(changed)
        return rng.choice([text, text, text, text.upper(), text.title()])

    def initials(self, rng: random.Random) -> str:
        """A line of another language with capitals that have marks: È possibile; a lone one, or the start of a word."""
        words = rng.choice(self.languages).line(rng).split() or ["a"]
        for at in {0, rng.randrange(len(words)), rng.randrange(len(words))}:
            capital, word = rng.choice(self.capitals), words[at]
            fits = [w for w in self.holders.get(capital.lower(), []) if w.startswith(capital.lower())]
            words[at] = (
                capital if rng.random() < 0.25 else rng.choice(fits).capitalize() if fits else capital + word[1:]
            )
            if at and rng.random() < 0.5:
                words[at - 1] = words[at - 1].rstrip(",.;:") + rng.choice(".:!?")
        return self._curled(" ".join(words), rng)

    def dashes(self, rng: random.Random) -> str:
        """Hyphens with spaces beside dashes, list marks, ranges, options, and signs that start a line."""
        a, b, c, d = (self._word(rng) for _ in range(4))
        n, m = rng.randint(1, 99), rng.randint(100, 2030)
        dash = rng.choice(["-", "-", "–", "–", "—"])
        return rng.choice([
            f"{a} {dash} {b} {c}", f"{a} {b} {dash} {c}, {d}", f"{dash} {a} {b} {c}", f"{a}{dash}{b} {c} {dash} {d}",
            f"{n}{dash}{m} {a}", f"{n} {dash} {m} {a} {b}", f"{a} {b} {c}-", f"--{a}-{b} {c}, -{d[0]} {n}",
            f".{a} {b} {c}", f"/{a}/{b}/{c}.{d[:3]} {a}", f"{a}.{b}.{c} {d}", f"{a} {dash} {n} % {dash} {b}",
            f"{a} / {b} {dash} {c}", f"{a} ({b} {dash} {c}) {d}", f"„ ” {a} „{b}” {c}", f"“ ” {a} {b} {dash} {c}",
        ])  # fmt: skip

    def attached(self, rng: random.Random) -> str:
        """One to three words or numbers with signs directly before or after them: .name, _name, .69, |x, key_, !ok."""

        def token() -> str:
            number = f"{rng.randint(0, 999)}{rng.choice(['', '', '%', f'.{rng.randint(0, 99)}'])}"
            text = self._word(rng) if rng.random() < 0.75 else number
            text = rng.choice([text, text, text, text.upper(), text.title()])
            if rng.random() < 0.3:
                text += rng.choice("-._/:") + self._word(rng)
            before, after = rng.choice(BEFORE), rng.choice(AFTER)
            return rng.choice([f"{before}{text}", f"{before}{text}", f"{text}{after}", f"{before}{text}{after}", text])

        return " ".join(token() for _ in range(rng.choice([1, 1, 1, 2, 2, 3])))

    def thin(self, rng: random.Random) -> str:
        """Characters of one stroke side by side with figures and capitals: v4l2, I420, /lib/ll1."""

        def token() -> str:
            letters = rng.choice([THIN, THIN, "lI1", "lI1", "abcdefghijklmnoprstuvx", "ABCDEFGHIJKLMNPRSTUVWX"])
            return "".join(rng.choices(letters + "0123456789" * rng.randint(0, 1), k=rng.randint(1, 6)))

        parts = [token() if rng.random() < 0.5 else self._word(rng) for _ in range(rng.randint(1, 7))]
        return rng.choice([" ", " ", " ", "/", "-", ","]).join(parts)

    def conventions(self, rng: random.Random) -> str:
        """Numbers, dates, times and quotations as other languages set them."""
        a, b, n, m = self._word(rng), self._word(rng), rng.randint(1, 999), rng.randint(0, 999)
        opening, closing = rng.choice(QUOTES)
        day, month, year = rng.randint(1, 31), rng.randint(1, 12), rng.randint(1900, 2035)
        return rng.choice([
            f"{n}.{m:03d},{rng.randint(0, 99):02d} {rng.choice(['€', 'kr', 'Kč', 'zł', 'Ft', 'lei', ''])}",
            f"{n} {m:03d},{rng.randint(0, 99):02d} {rng.choice(['€', 'kr', 'Kč', '%', ''])} {a}", f"{n},{m} {a}",
            f"{day:02d}.{month:02d}.{year} {a}", f"{day}. {a} {year}", f"{year}. {month:02d}. {day:02d}.",
            f"{n % 24} h {m % 60:02d} {a}", f"{n % 24}.{m % 60:02d} {a}",
            f"{opening}{a} {b}{closing} {self._word(rng)}", f"{a} {opening}{b}{rng.choice(',.!?;:')}{closing}",
            f"{a}, {opening}{b}{closing}.", f"{a} – {b}", f"{a} !", f"{a} ; {b} ?", f"{n}er {a}", f"n° {n} {a}",
        ])  # fmt: skip

    def figures(self, rng: random.Random) -> str:
        """Times of the day, ratios, versions, ranges, references, alone or among words."""

        def some() -> str:
            a, b, c, d = (rng.randint(0, top) for top in (23, 59, 255, 999))
            first = rng.randint(1, 400)
            return rng.choice([
                f"{a}:{b:02d}", f"{a:02d}:{b:02d}", f"{a:02d}:{b:02d}:{a + 12}", f"{a % 12}:{b:02d} pm", f"{a}:{d}",
                f"{a}.{b}.{c}", f"{a}.{b:02d}", f"{c}.{c // 2}.{b}.{a}", f"{first}–{first + a + 1}",
                f"{first}-{first + b + 1}", f"{d}", f"1{a}", f"11{a % 10}", f"{a}/{b}", f"{d} n.{a}",
                f"{first}, {first + 11}", f"p. {d}", f"no. {a}", f"({a % 10})", f"{a}.",
                f"{1900 + b}-{a % 12 + 1:02d}-{b % 28 + 1:02d}", f"{c}:{d}",
            ])  # fmt: skip

        parts = [some() if rng.random() < 0.6 else self._word(rng) for _ in range(rng.randint(1, 6))]
        return rng.choice([" ", " ", " ", ", "]).join(parts)

    def joined(self, rng: random.Random) -> str:
        """Words with pairs of letters that faces join: office, Sofia, floor."""
        words = [rng.choice(self.pairs) if rng.random() < 0.6 else self._word(rng) for _ in range(rng.randint(1, 8))]
        return " ".join(word.capitalize() if rng.random() < 0.2 else word for word in words)

    def contractions(self, rng: random.Random) -> str:
        """Words with apostrophes, straight or typographic; some lines are quoted."""
        plain = [*FILLERS, self._word(rng)]
        words = [rng.choice(CONTRACTIONS if rng.random() < 0.45 else plain) for _ in range(rng.randint(2, 10))]
        text = self._curled(" ".join(words), rng)
        return f"“{text}{rng.choice('.,?!')}”" if rng.random() < 0.3 else text

    def signs(self, rng: random.Random) -> str:
        """A phrase that is written with signs: measures, references, program text, prices, quotations."""

        def number() -> str:
            return str(rng.choice([rng.randint(1, 9), rng.randint(1, 99), rng.randint(1, 9999)]))

        def sign() -> str:
            return rng.choice(self.others if rng.random() < 0.2 else SIGNS)

        a, b, c = self._word(rng), self._word(rng), self._word(rng)
        n, m = number(), number()
        if rng.random() < 0.4:
            return f"{a} {sign()} {b} {sign()}{sign()} {c} {sign()}{n}"
        return rng.choice([
            f"§ {n} {a}, ¶ {m}", f"© {rng.randint(1900, 2030)} {a} {b}", f"{a.title()}® and {b.title()}™ {c}",
            f"{n} °C, ± {m}.{number()} % {a}", f"{n} × {m} {rng.choice(['mm', 'cm', 'm', 'px'])} ÷ {number()}",
            f"{n} m² {a} {m} m³, {number()} µm", f"{rng.choice('½¼¾⅓⅔⅛')} {a} {n}{rng.choice('½¼¾')} {b}",
            f"{a}{rng.choice('¹²³†‡*')} {b}{rng.choice('¹²³†‡')} {c}",
            f"{a}_{b}_{n}.{rng.choice(['py', 'txt', 'tar_gz', 'c', 'json'])}",
            f"{rng.choice(['if', 'for', 'def', 'return', 'assert'])} {a}_{b}({rng.choice('xin')}): {{{n}: [{m}, {n}]}}",
            f"C:\\{a}\\{b}\\{n}", f"~/{a}/{b} | {c} > {a}",
            f"{rng.choice('abcxyn')}^{n} + {rng.choice('abcxyn')}_{m} ≤ {n}",
            f"{a} → {b} ← {c}", f"€ {n}.{rng.randint(0, 99):02d} £{m} ¥{number()} {n} €", f"« {a} {b} » „{c}“ ‹{a}›",
            f"{sign()}{a} {b}{sign()} ({c}) [{n}] {{{a}}}",
            f"{n} ‰ {a}, −{m} °C", f"¡{a} {b}! ¿{c}?", f"{n}–{m} {a} — {b}", f"{a} ≠ {b} ≈ {n}", f"{n} ¢, {a}… {m}",
            f"{n} − {m} = −{number()}", f"{a} → ∞, {n} ≥ {m}",
        ])  # fmt: skip

    def lone(self, rng: random.Random) -> str:
        """One word, number, digit, code or sign: what stands alone in a field or a cell."""
        code = "".join(rng.choices("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", k=rng.randint(2, 8)))
        return rng.choice([
            self._word(rng), str(rng.randint(0, 9)), str(rng.randint(10, 99999)),
            f"{rng.randint(0, 99999) / 100:.2f}", rng.choice([*LONE, rng.choice(SIGNS)]), code,
        ])  # fmt: skip
