"""Decoding with a language model, only where the image is ambiguous.

In nearly all frames of a line one class is certain. The other frames form short stretches, and a prefix beam search
finds what each stretch may spell. A field is the text between two certain spaces or Han characters: its readings are
composed stretch by stretch and scored by the language model, and the best one is kept. Everything else is decoded
greedily.

The image has priority. A reading has to be nearly as likely as the best one by the image alone; the margin is smaller
where signs or unknown words would change, and zero where there are digits, so that codes, numbers and names are not
turned into words. None of this applies where readings differ in Han characters only.
Characters keep the probability that the image gives them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ocr.recognize.ctc import Spelled, align, greedy
from ocr.recognize.homoglyphs import script_of
from ocr.recognize.language import LINE_END, LanguageModel, fold
from ocr.recognize.signs import is_sign
from ocr.recognize.spellings import Labels, Odds, odds, spellings
from ocr.recognize.words import FIELD_BREAK, HAN, is_in, strangers, words_of

__all__ = ["SKIPPED", "Frames", "LanguageDecoder", "Settings"]

SKIPPED = -30.0
"""Logit of all classes except the blank, in frames for which the net computed no logits."""

SHORT_READING = 4
"""Unknown words in capitals with fewer letters are likely to be codes."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Weights of the language model. Chosen on held-out lines of training pages (``ocr.train.language.decoding``).

    Attributes:
        sure: least probability of a frame that is certain.
        doubt: least probability of other spellings for a stretch to be decoded again.
        weight: of the language model's log probabilities.
        length: bonus for each character, in nats; otherwise short readings would always win.
        unknown: penalty for each word that is not in the list, in nats.
        trust: nats by which a reading may be less likely than the best one by the image.
        names: the same if a word of the reading is not in the list, or replaces a capitalized one that is not.
        signs: the same for a reading with other punctuation, or another case of the first letter of a word.
        width: number of readings kept.
    """

    sure: float = 0.9
    doubt: float = 0.1
    weight: float = 0.2
    length: float = 1.0
    unknown: float = 2.0
    trust: float = 3.0
    names: float = 1.5
    signs: float = 0.8
    width: int = 8

    @property
    def least(self) -> float:
        """Log probability below which no class of a frame and no spelling of a stretch is considered."""
        return -self.trust - 0.5


ACCENTS = Settings(sure=0.98, doubt=0.02, weight=0.35, trust=5.0)
"""Of a model that tells accented letters from plain ones, in whose language the text is known to be. Chosen on pages of
eight languages (``benchmarks/language_pages``: da, et, hr, it, lv, pl, sv, vi)."""


class Frames(NamedTuple):
    """Output of the net for a line, a part of it or a batch of lines.

    Attributes:
        classes: most likely class of each frame, (T) or (T, N).
        probabilities: of these classes, in the same shape.
        rows: logits (K, C) of the frames that are not clearly blank.
        row: index into ``rows`` for each frame, in the shape of ``classes``; -1 if it has none.
    """

    classes: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    rows: NDArray[np.float32]
    row: NDArray[np.int64]

    @classmethod
    def whole(
        cls, classes: NDArray[np.int64], probabilities: NDArray[np.float32], logits: NDArray[np.float32]
    ) -> Frames:
        """Frames that all have logits: (T, C) or (T, N, C)."""
        return cls(
            classes, probabilities, logits.reshape(-1, logits.shape[-1]), np.arange(classes.size).reshape(classes.shape)
        )

    @classmethod
    def of_logits(cls, logits: NDArray[np.float32]) -> Frames:
        """Frames with their most likely classes, from logits (T, C) or (T, N, C)."""
        best = logits.max(-1)
        total = np.exp(logits - best[..., None]).sum(-1)
        return cls.whole(logits.argmax(-1), np.asarray(1 / total, np.float32), logits)

    def part(self, at: Any) -> Frames:
        """Part of the frames: a slice or indices of T, or of T and N."""
        return Frames(self.classes[at], self.probabilities[at], self.rows, self.row[at])

    def logits(self) -> NDArray[np.float32]:
        """All logits, (T, C) or (T, N, C)."""
        every = np.full((*self.row.shape, self.rows.shape[1]), SKIPPED, np.float32)
        every[..., 0] = 0.0
        live = self.row >= 0
        every[live] = self.rows[self.row[live]]
        return every

    def of(self, labels: NDArray[np.int64]) -> NDArray[np.float32]:
        """The logits of ``labels`` (..., T), one for each frame."""
        skipped = np.where(labels == 0, np.float32(0), np.float32(SKIPPED))
        if not len(self.rows):
            return skipped
        return np.where(self.row < 0, skipped, self.rows[self.row, labels])

    def offsets(self) -> NDArray[np.float32]:
        """What to subtract from the logits of each frame to get log probabilities (T)."""
        return np.asarray(self.of(self.classes) - np.log(self.probabilities), np.float32)

    def logs(self) -> NDArray[np.float32]:
        """T x C log probabilities."""
        return self.logits() - self.offsets()[:, None]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Ambiguous frames and the text before them; ``was`` is what their most likely classes spell."""

    before: str
    start: int
    end: int
    was: Labels
    odds: Sequence[Odds]


class Draft(NamedTuple):
    """A field up to some stretch: text, log probability by image and by language model, spelling of each stretch."""

    text: str
    picture: float
    language: float
    state: int
    labels: tuple[Labels, ...]


class LanguageDecoder:
    """Decodes the frames of a line with a language model. Threads may share it.

    Args:
        language: the model.
        characters: class ``i + 1`` spells ``characters[i]``.
        settings: weights of the language model; for those of its kind when left out.
    """

    def __init__(self, language: LanguageModel, characters: str, settings: Settings | None = None) -> None:
        self.language = language
        self.settings = settings or (ACCENTS if language.accents else Settings())
        self._characters = ["", *characters]
        self._symbols = [0, *map(language.class_of, characters)]

    def __call__(
        self, frames: Frames, spelled: list[Spelled] | None = None
    ) -> tuple[list[Spelled], NDArray[np.float32]]:
        """The characters of a line, and the probability of each frame along the decoded path.

        Args:
            frames: of the line.
            spelled: its characters as decoded greedily, if that has been done.
        """
        if spelled is None:
            spelled = greedy(frames.classes, frames.probabilities)
        spans = in_doubt(frames, spelled, self.settings)
        if spans and is_in(self.language, self._text([s.label for s in spelled])) is False:
            return spelled, frames.probabilities
        path = frames.probabilities
        for stretch, labels in self._changes(frames, spelled, spans) if spans else ():
            logs = frames.part(slice(stretch.start, stretch.end)).logs()
            inside = align(logs, labels)
            spelled = [
                *(s for s in spelled if s.end <= stretch.start),
                *(Spelled(s.label, s.start + stretch.start, s.end + stretch.start, s.confidence) for s in inside),
                *(s for s in spelled if s.start >= stretch.end),
            ]
            on = np.zeros(len(logs), np.int64)
            for s in inside:
                on[s.start : s.end] = s.label
            path = path.copy()
            path[stretch.start : stretch.end] = np.exp(logs[np.arange(len(logs)), on])
        return spelled, path

    def _text(self, labels: Sequence[int]) -> str:
        return "".join([self._characters[label] for label in labels])

    def _changes(
        self, frames: Frames, spelled: Sequence[Spelled], spans: Sequence[tuple[int, int]]
    ) -> list[tuple[Stretch, Labels]]:
        """The stretches whose decoded spelling differs from that of their most likely classes."""
        doubtful = np.concatenate([np.arange(start, end) for start, end in spans])
        every = odds(frames.part(doubtful).logs(), self.settings.least)
        stretches, k, passed = [], 0, 0
        for start, end in spans:
            first = next((i for i in range(k, len(spelled)) if spelled[i].start >= start), len(spelled))
            last = next((i for i in range(first, len(spelled)) if spelled[i].start >= end), len(spelled))
            before = self._text([s.label for s in spelled[k:first]])
            was = tuple(s.label for s in spelled[first:last])
            stretches.append(Stretch(before, start, end, was, every[passed : passed + end - start]))
            k, passed = last, passed + end - start
        rest = self._text([s.label for s in spelled[k:]])
        changes: list[tuple[Stretch, Labels]] = []
        done, carried = "", stretches[0].before
        while stretches:
            count = next(
                (i for i in range(1, len(stretches)) if FIELD_BREAK.search(stretches[i].before)), len(stretches)
            )
            field, stretches = stretches[:count], stretches[count:]
            tail = FIELD_BREAK.split(carried)[-1]
            done += carried[: len(carried) - len(tail)]
            inner = [tail, *(s.before for s in field[1:])]
            following = stretches[0].before if stretches else rest + LINE_END
            read = self._read_field(field, inner, done, following)
            for stretch, labels, before in zip(field, read, inner, strict=True):
                done += before + self._text(labels)
                if labels != stretch.was:
                    changes.append((stretch, labels))
            carried = following
        return changes

    def _read_field(
        self, field: Sequence[Stretch], inner: Sequence[str], done: str, following: str
    ) -> tuple[Labels, ...]:
        """The best spellings of a field's stretches.

        Args:
            field: its stretches.
            inner: certain text before each of them, within the field.
            done: the line's text before the field.
            following: certain text after the field's last stretch, up to the next one or the line's end.
        """
        settings, language = self.settings, self.language
        was = tuple(stretch.was for stretch in field)
        after = FIELD_BREAK.split(following, maxsplit=1)[0]
        sure = "".join(inner) + after
        if any(c.isdigit() for c in sure) and not any(HAN.search(self._text(w)) for w in was):
            return was
        options = [spellings(stretch.odds, settings.least, settings.width) for stretch in field]
        if all(o[0][0] == w and o[0][1] > math.log(1 - settings.doubt / 2) for o, w in zip(options, was, strict=True)):
            return was
        _, state = language.advance(language.start if len(done) <= language.order else 0, done[-language.order :])
        drafts = [Draft("", 0.0, 0.0, state, ())]
        for before, spelt in zip(inner, options, strict=True):
            drafts = self._grown(drafts, before, spelt)
        base = "".join(b + self._text(labels) for b, labels in zip(inner, was, strict=True)) + after
        best = max(draft.picture for draft in drafts)
        follow = following[: len(after) + language.order - 1]
        finished = []
        for draft in drafts:
            text = draft.text + after
            score = self._score(draft) + settings.weight * language.advance(draft.state, follow)[0]
            finished.append(
                (score - settings.unknown * len(strangers(self.language, text)), draft.labels, text, draft.picture)
            )
        for _, labels, text, picture in sorted(finished, reverse=True):
            if text == base or best - picture <= self._trust(base, text, sure):
                return labels
        return was

    def _grown(self, drafts: Sequence[Draft], before: str, spelt: Sequence[tuple[Labels, float]]) -> list[Draft]:
        """The best drafts that go on with certain text and one of a stretch's spellings, given with their scores."""
        settings, language = self.settings, self.language
        least = max(draft.picture for draft in drafts) + max(picture for _, picture in spelt) - settings.trust
        texts = [self._text(labels) for labels, _ in spelt]
        ways = [[self._symbols[label] for label in labels] for labels, _ in spelt]
        grown = []
        for draft in drafts:
            start, head = None, draft.text + before
            for (labels, own), text, way in zip(spelt, texts, ways, strict=True):
                picture = draft.picture + own
                if picture <= least:
                    continue
                if start is None:
                    start = language.advance(draft.state, before)
                score, state = draft.language + start[0], start[1]
                for symbol in way:
                    step, state = language.step(state, symbol)
                    score += step
                grown.append(Draft(head + text, picture, score, state, (*draft.labels, labels)))
        return sorted(grown, key=self._score, reverse=True)[: settings.width]

    def _score(self, draft: Draft) -> float:
        return draft.picture + self.settings.weight * draft.language + self.settings.length * len(draft.text)

    def _trust(self, base: str, text: str, sure: str) -> float:
        """By how many nats ``text`` may be less likely than the best reading, by the image, to replace ``base``; -1 if
        never.

        ``sure`` is the text that both have in common.
        """
        if HAN.sub("", text) == HAN.sub("", base):
            return self.settings.trust
        unknown = strangers(self.language, text)
        shorter = len(text.replace(" ", "")) < len(base.replace(" ", ""))
        if any(c.isdigit() for c in text) or self._accented(text):
            return -1.0  # such a model does not distinguish accents, the image does
        if any(c.isdigit() for c in base) and (unknown or shorter or sum(c.islower() for c in sure) < 2):
            return -1.0
        if text.count(" ") != base.count(" ") and (unknown or shorter):
            return -1.0
        trust = 0.0 if self._accented(base) or _accents(text) < _accents(base) else self.settings.trust
        if _signs(text) != _signs(base) or _recased(base, text):
            lost = any(is_sign(c) and c not in text for c in base)
            trust = 0.0 if lost else min(trust, self.settings.signs)
        new, old = set(words_of(self.language, text)), set(words_of(self.language, base))
        coined = new.intersection(unknown) - old
        if any(len(word) > 1 and word.isupper() for word in coined):
            return -1.0
        names = [word for word in strangers(self.language, base) if word[0].isupper() and word not in new]
        if (coined or names) and not _other_marks(base, text):
            trust = min(trust, self.settings.names)
        if any(len(word) < SHORT_READING and word.isupper() for word in names):
            trust = min(trust, self.settings.signs)
        return trust

    def _accented(self, text: str) -> bool:
        return not self.language.accents and any(c.isalpha() and not c.isascii() for c in text)


def in_doubt(frames: Frames, spelled: Sequence[Spelled], settings: Settings) -> list[tuple[int, int]]:
    """Stretches of frames that may spell something else; the frames at their borders are certain."""
    sure = frames.probabilities >= settings.sure
    unsure = np.flatnonzero(~sure)
    if not len(unsure):
        return []
    # Classes that do not change the text if they occur in a frame: blank, and the certain characters on both sides.
    firm = [s for s in spelled if s.confidence >= settings.sure]
    labels = np.array([0, *(s.label for s in firm), 0])
    left = labels[np.searchsorted([s.start for s in firm], unsure, "right")]
    right = labels[np.searchsorted([s.end for s in firm], unsure, "right") + 1]
    beside = np.where(left == right, 0, np.stack([left, right]))
    doubtful = frames.part(unsure)
    expected = np.exp(doubtful.of(np.stack([np.zeros_like(left), *beside])) - doubtful.offsets())
    expected[1:][beside == 0] = 0
    stirred = unsure[expected.sum(0) < 1 - settings.doubt]
    if not len(stirred):
        return []
    apart = (frames.classes[1:] != frames.classes[:-1]) | (frames.classes[1:] == 0)
    cuts = np.concatenate([[0], np.flatnonzero(sure[1:] & sure[:-1] & apart) + 1, [len(sure)]])
    return [(int(cuts[k - 1]), int(cuts[k])) for k in np.unique(np.searchsorted(cuts, stirred, "right"))]


def _accents(text: str) -> int:
    """How many letters have accents that can be left out."""
    return sum(c not in folded for c, folded in zip(text, fold(text), strict=True) if c.isalpha())


def _other_marks(base: str, text: str) -> bool:
    """Whether two texts differ in the accents on some letters alone, as õ and ö, not in which letters have one."""
    return (
        base != text
        and len(base) == len(text)
        and all(
            a == b or (a.isalpha() and fold(a) == fold(b) and _accents(a) == _accents(b))
            for a, b in zip(base, text, strict=True)
        )
    )


def _signs(text: str) -> list[str]:
    return [c for c in fold(text) if not c.isalnum() and c != " "]


def _recased(base: str, text: str) -> bool:
    """Whether the first letter of a word changes its case. Cyrillic capitals look like the small letters."""
    heads = [(a[0], b[0]) for a, b in zip(base.split(), text.split(), strict=False)]
    return any(a != b and a.lower() == b.lower() and script_of(a) != "Cyrillic" for a, b in heads)
