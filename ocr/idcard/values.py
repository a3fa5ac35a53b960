"""Fields re-read under what they can contain, each from several crops of its lines.

The places of values are known once the card is located, so their lines are cropped again, with several margins, and the
output of the recogniser for all crops is combined. Readings compete with values of tables: two sexes, 58 names of
ethnicities, dates, divisions of GB/T 2260 at the beginning of an address, names of issuing authorities. The prior of a
value that is in no table is the share of cards that show one; so a table decides doubtful cases, and a value that is
clearly printed otherwise is read as printed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ocr import weights
from ocr.idcard.card import LONG_TERM, Field, IdCard
from ocr.idcard.checks import authority_in, is_authority
from ocr.idcard.divisions import authorities
from ocr.idcard.number import birth_of
from ocr.idcard.tables import LISTED, known_texts, prior, unlike
from ocr.recognize.ctc import align
from ocr.recognize.doubtful import Frames, LanguageDecoder, Settings
from ocr.recognize.language import LanguageModel
from ocr.recognize.lattice import likelihoods, posteriors

__all__ = ["Cuts", "ValueReader"]

RARE = 1e-3
"""Share of cards that show a value that is in no table."""
SUPPORTED = 0.1
"""Least confidence of a value from a table that was not read as such from any crop."""
DATE = re.compile(r"([12]\d{3})年(\d{1,2})月(\d{1,2})日")
SPAN = re.compile(r"([12]\d{3})\.(\d\d)\.(\d\d)-(?:([12]\d{3})\.(\d\d)\.(\d\d)|长期)")
DATES = ("cddd年d月d日", "cddd年1m月d日", "cddd年d月ed日", "cddd年1m月ed日")
SPANS = ("cddd.nd.zd-cddd.nd.zd", "cddd.nd.zd-长期")
"""Printed forms of a date of birth and of a validity; d stands for a digit, c for the first one of a year, n
and z for those of a month and a day, m for the last one of a month after 1, e for the first one of a day from 10 on."""
DIGITS = {"c": "12", "d": "0123456789", "n": "01", "z": "0123", "m": "012", "e": "123"}
YEARS = (5, 10, 20)
DOTTED = 4
"""Characters from which a name may have two parts with a dot between."""
SIGNS = {"name": "·", "address": "-"}
"""The sign that a value may contain besides letters and digits."""
FREE = ("name", "address")
"""Cells of which a table says little."""
WHOLE = ("sex", "ethnicity")
"""Cells whose tables are complete."""
ILLEGIBLE = -20.0
"""Least log probability of a character of a line whose text is known."""
FAINTEST, MOST_LIKELY = -8.0, 60
"""Least log probability of a character anywhere in a line; most entries of a table that are tried so."""
UNCLEAR = -0.3
"""Log probability of a value below which characters that the crops show nearly as well compete."""
ROUNDS, MOST_OTHERS, SLIGHT = 3, 6, -6.0
"""So many characters are changed at most, so many others are tried in each place, and none below this mean log
probability."""
FLUENT = 0.5
"""Weight of the language model in a thorough reading: crops of poor pictures say less."""

Image = NDArray[np.uint8]
Cuts = Sequence[Image]
"""Images of one line of a value, (H, W) grey: cropped with several margins."""
Logs = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A value and the probability that it is what is printed."""

    text: str
    confidence: float


class FrameRecognizer(Protocol):
    """A recogniser that gives its output frame by frame; ``characters`` are those it can read, in class order."""

    characters: str

    def frames(self, line: Image) -> Frames:
        """The output for one (H, W) grey image of a line."""
        ...


class ValueReader:
    """Reads values of cards. Threads may share it.

    Args:
        recognizer: of Chinese lines.
    """

    def __init__(self, recognizer: FrameRecognizer) -> None:
        self._recognizer = recognizer
        characters = recognizer.characters
        self._characters = ["", *characters]
        self._classes = {character: k for k, character in enumerate(characters, 1)}
        self._language, self._settings = LanguageModel.load(weights.language_model("zh")), Settings()
        self._decode = LanguageDecoder(self._language, characters, self._settings)

    def __call__(
        self,
        card: IdCard,
        lines: Mapping[str, Sequence[Cuts]],
        *,
        others: Sequence[IdCard] = (),
        thorough: bool = False,
    ) -> IdCard:
        """The card with the values that the images show.

        Args:
            card: as read line by line; its number is final.
            lines: cell of the layout -> its lines from top to bottom, each with the same number of crops.
            others: other readings of it, whose texts compete as well.
            thorough: whether texts compete as well that differ from a reading in characters that the crops show nearly
                as well.
        """
        found: dict[str, Field] = {}
        for cell, rows in lines.items():
            seen = [[self._recognizer.frames(line) for line in cut] for cut in zip(*rows, strict=True)]
            cuts = [self._logs(cut) for cut in seen]
            readings = ["".join(map(self._reading, cut)) for cut in seen]
            if cell == "span":
                found |= self._span(cuts, readings, card)
            else:
                field = card.fields[cell]
                if cell == "birth":
                    chosen = self._birth(cuts, readings, card)
                else:
                    given = [field.value, *(other.fields[cell].value for other in others)]
                    seen_there = [_characters(cell, reading) for reading in readings]
                    chosen = self._text(cell, cuts, [*given, *seen_there], thorough)
                if chosen.text:
                    found[cell] = replace(field, value=chosen.text, confidence=chosen.confidence)
        return replace(card, **found)  # type: ignore[arg-type]

    def legible(self, lines: Sequence[tuple[str, Image]]) -> float:
        """How well lines are read whose texts are known: mean log probability of a character."""
        found = [
            max(
                ILLEGIBLE * len(text),
                float(self._likelihoods([self._logs([self._recognizer.frames(line)])], [text])[0]),
            )
            for text, line in lines
        ]
        return sum(found) / max(1, sum(len(text) for text, _ in lines))

    def _reading(self, line: Frames) -> str:
        spelled, _ = self._decode(line)
        return "".join(self._characters[s.label] for s in spelled).replace(" ", "")

    def _logs(self, lines: Sequence[Frames]) -> Logs:
        """(T, 1 + C) log probabilities of lines, concatenated; spaces count as blanks."""
        space = self._classes[" "]
        parts = []
        for line in lines:
            logs = line.logs()
            logs[:, 0] = np.logaddexp(logs[:, 0], logs[:, space])
            parts += [logs, _blank(logs.shape[1])]
        return np.concatenate(parts)

    def _likelihoods(self, cuts: Sequence[Logs], texts: Sequence[str]) -> NDArray[np.float64]:
        """Log probability of each text, averaged over the crops."""
        spelled = [[self._classes.get(character, 0) for character in text] for text in texts]
        used = sorted({k for row in spelled for k in row if k})
        place = {k: i for i, k in enumerate(used, 1)}
        rows = [[place[k] for k in row if k] for row in spelled]
        every = [likelihoods(logs[:, [0, *used]], rows) for logs in cuts]
        known = np.array([0.0 if all(row) else -math.inf for row in spelled])
        return np.asarray(np.mean(every, axis=0) + known, np.float64)

    def _text(self, cell: str, cuts: Sequence[Logs], readings: Sequence[str], thorough: bool) -> Chosen:
        """The most likely of the readings, with and without their last character, and of similar entries of a table."""
        free = [*readings, *(text[:-1] for text in readings)]
        known = list(known_texts(cell, free))
        if thorough and cell == "issuer":
            known += self._likely(cuts, authorities())
        if cell == "issuer":  # what stands behind the name of an authority does not belong to it
            free = [authority_in(text) or text for text in free]
            known += filter(is_authority, free)
        if cell == "name":
            free += [dotted for text in free for dotted in _dotted(text)]
        if cell in WHOLE:  # what is beside a value of the table belongs to a stamp, or not to the card
            free = [max((name for name in known if name in text), key=len, default=text) for text in free]
        weight = 0.0 if cell in WHOLE else FLUENT if thorough else self._settings.weight
        spelled = cell in LISTED
        chosen = self._chosen(cuts, known, free, RARE if known else 1.0, weight, spelled=spelled)
        anew = thorough and cell not in WHOLE
        anew |= cell in FREE and self._is_unclear(cuts, chosen.text)
        for _ in range(ROUNDS if anew else 0):
            near = self._near(cuts, chosen.text)
            if not near:
                break
            free += near
            known += filter(LISTED[cell], near) if cell in LISTED else ()
            last, chosen = chosen, self._chosen(cuts, known, free, RARE if known else 1.0, weight, spelled=spelled)
            if chosen.text == last.text:
                break
        return chosen

    def _likely(self, cuts: Sequence[Logs], texts: Sequence[str]) -> list[str]:
        """Those of many texts whose characters the crops show best, in whatever order."""
        peaks = np.mean([logs.max(0).clip(FAINTEST) for logs in cuts], axis=0)
        score = [sum(peaks[self._classes[c]] if c in self._classes else FAINTEST for c in text) for text in texts]
        return [texts[k] for k in np.argsort(score)[::-1][:MOST_LIKELY]]

    def _is_unclear(self, cuts: Sequence[Logs], text: str) -> bool:
        """Whether the crops show other texts as well."""
        return float(self._likelihoods(cuts, [text])[0]) < UNCLEAR

    def _near(self, cuts: Sequence[Logs], text: str) -> list[str]:
        """Texts with one other character that the crops show nearly as well, on average, at its place."""
        labels = tuple(self._classes.get(character, 0) for character in text)
        if not text or not all(labels):
            return []
        total = np.zeros((len(labels), len(self._characters)), np.float32)
        for logs in cuts:
            try:
                spelled = align(logs, labels)
            except ValueError:
                return []
            for k, one in enumerate(spelled):
                peak = logs[max(0, one.start - 1) : one.end + 1].max(0)
                total[k] += np.maximum(peak, SLIGHT) / len(cuts)
        found = []
        for k, character in enumerate(text):
            order = np.argsort(-total[k])[: MOST_OTHERS + 2]
            for other in (self._characters[c] for c in order if total[k, c] > SLIGHT + 0.5):
                if other != character and _kind(other) == _kind(character):
                    found.append(text[:k] + other + text[k + 1 :])
        return found

    def _chosen(
        self,
        cuts: Sequence[Logs],
        known: Sequence[str],
        free: Sequence[str],
        rare: float,
        fluent: float = 0.0,
        *,
        spelled: bool = False,
    ) -> Chosen:
        """The most likely text by the image and its prior; empty if nothing seems to be printed.

        Args:
            cuts: log probabilities, by crop.
            known: texts that begin as one of a table.
            free: other texts that were read.
            rare: prior of a text that is not known, relative to one that is.
            fluent: weight of the language model.
            spelled: whether that is the prior of one other character than in a known text: each could be any of
                thousands, so of more it is a power.
        """
        common = dict.fromkeys(filter(None, known))
        texts = [*common, *dict.fromkeys(text for text in ("", *free) if text not in common)]
        logs = self._likelihoods(cuts, texts)
        share = np.array([prior(text) for text in common] + [rare] * (len(texts) - len(common)))
        if fluent:
            share *= np.exp([fluent * self._fluency(text) for text in texts])
        least = float(share.min())
        if spelled and common:
            share *= [1.0] * len(common) + [rare ** (unlike(text, common) - 1) for text in texts[len(common) :]]
        weight = np.exp(logs) * share
        rest = max(0.0, 1 - float(np.exp(logs).sum())) * least
        best = int((logs + np.log(share)).argmax())
        chosen = Chosen(texts[best], float(weight[best] / (weight.sum() + rest)))
        return chosen if chosen.text in free or chosen.confidence > SUPPORTED else Chosen("", 0.0)

    def _fluency(self, text: str) -> float:
        """Log probability of a text in the language model, with the decoder's bonus for each character.

        The dot between the parts of a name does not count: the model knows running text, which hardly has it.
        """
        text = text.replace("·", "")
        score, _ = self._language.advance(self._language.start, text)
        return score + self._settings.length / self._settings.weight * len(text)

    def _birth(self, cuts: Sequence[Logs], readings: Sequence[str], card: IdCard) -> Chosen:
        """The date of birth: that of the number, except on cards that contradict themselves."""
        born = birth_of(card.number.value)
        agreeing = [f"{born.year}年{born.month}月{born.day}日"] if born else []
        printed = [self._formatted(cuts, form) for form in DATES]
        chosen = self._chosen(cuts, agreeing, [*printed, *readings], RARE)
        match = DATE.fullmatch(chosen.text)
        return Chosen("-".join(part.zfill(2) for part in match.groups()) if match else "", chosen.confidence)

    def _span(self, cuts: Sequence[Logs], readings: Sequence[str], card: IdCard) -> dict[str, Field]:
        """The dates of validity: of a period that is issued, except on cards that contradict themselves."""
        printed = [text for form in SPANS if (text := self._formatted(cuts, form))]
        likely = [other for text in printed for other in _spans_near(text)]
        chosen = self._chosen(cuts, likely, [*printed, *readings], RARE)
        match = SPAN.fullmatch(chosen.text)
        if match is None:
            return {}
        start, end = "-".join(match.groups()[:3]), "-".join(match.groups()[3:]) if match[4] else LONG_TERM
        box = card.valid_from.box or card.valid_to.box
        return {
            name: Field(value, chosen.confidence, False, box)
            for name, value in (("valid_from", start), ("valid_to", end))
        }

    def _formatted(self, cuts: Sequence[Logs], form: str) -> str:
        """The most likely text of a form in the first crop; empty if there is none."""
        symbols = "0123456789" + "".join(sorted(set(form) - DIGITS.keys() - set("0123456789")))
        allowed = np.array([[s in DIGITS.get(c, c) for s in symbols] for c in form])
        found = posteriors(cuts[0][:, [0, *(self._classes[s] for s in symbols)]], allowed)
        if not math.isfinite(found.likelihood):
            return ""
        return "".join(symbols[k] for k in found.characters.argmax(1))


def _dotted(name: str) -> Iterator[str]:
    """A long name with a dot between two parts, as transliterated ones have it: recognisers miss faint dots."""
    if len(name) >= DOTTED and "·" not in name:
        yield from (f"{name[:k]}·{name[k:]}" for k in range(1, len(name)))


def _kind(character: str) -> tuple[bool, bool]:
    return character.isdigit(), character.isalpha()


def _blank(classes: int) -> Logs:
    """One blank frame, so that characters of two lines are not merged."""
    frame = np.full((1, classes), -30.0, np.float32)
    frame[0, 0] = 0.0
    return frame


def _characters(cell: str, text: str) -> str:
    """The characters of a text that a cell can contain: the numbers of an address may be joined by hyphens."""
    return "".join(character for character in text if character.isalnum() or character == SIGNS.get(cell))


def _spans_near(text: str) -> Iterator[str]:
    """Periods of 5, 10 or 20 years that share a date with the one that was read; one without an end unchanged."""
    start, _, end = text.partition("-")
    if end == "长期":
        yield text
    else:
        for years in YEARS:
            yield f"{start}-{int(start[:4]) + years:04}{start[4:]}"
            yield f"{int(end[:4]) - years:04}{end[4:]}-{end}"
