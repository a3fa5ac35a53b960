"""The language of a page where none was named: found by its words, and read with what belongs to it.

Without ``--lang``, text is taken for English: the English language model is asked about doubtful words and says nothing
of letters with accents. Where most lines of a page are not English, frequent words tell which of the other languages
they are in, and those lines are read again with its letters and its language model.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ocr.languages import LANGUAGES, languages
from ocr.recognize import LineRecognizer, Reading
from ocr.recognize.language import LanguageModel, read_member
from ocr.recognize.script import is_han
from ocr.recognize.words import is_in
from ocr.weights import language_file, manifest

__all__ = ["WORDS_FILE", "LanguageFinder", "PolyglotRecognizer", "language_of"]

WORDS_FILE: Final = "words.txt"
"""Name of the list of frequent words in an archive of language models."""
WORD = re.compile(r"[^\W\d_]{2,}")
LEAST: Final = 7
"""Different frequent words of the language on a page."""
SHARE: Final = 0.12
"""Least share of them among all words."""
LEAD: Final = 12.0
"""Nats by which it is likelier than English."""
FEW, FEW_SHARE = 3, 0.05
"""So many words, and such a share of them, are enough for labels and commands, if letters beyond ASCII speak for the
language too: ..."""
LETTERS, OWN = 10, 0.9
"""... so many of them, such a share of which it has."""
ELSE: Final = 1e-5
"""Probability of a word that is not among a language's frequent ones."""


class LanguageFinder:
    """Recognises a language by its frequent words; where a word stands in the list tells its frequency (Zipf's law).

    Args:
        lists: code -> frequent words, most frequent first.

    Example:
        >>> german = "der die und in den von zu das".split()
        >>> finder = LanguageFinder({"en": "the of and to in is that for".split(), "de": german})
        >>> finder("in den und von der zu das die"), finder("der und der")
        ('de', '')
    """

    def __init__(self, lists: Mapping[str, Sequence[str]]) -> None:
        rare = math.log(ELSE)
        self._gains = {
            code: {word: -math.log(10 * (rank + 2.7)) - rare for rank, word in enumerate(words)}
            for code, words in lists.items()
        }

    @classmethod
    def load(cls, path: Path) -> LanguageFinder:
        """The finder of an archive of language models, loaded once."""
        return _load(path)

    def __call__(self, text: str) -> str:
        """The code of the language of a text; empty where it is too short to tell, or in none of them."""
        words = Counter(WORD.findall(text.lower()))
        scores = {"": 0.0}
        english = 0.0
        for code, gains in self._gains.items():
            known = words.keys() & gains.keys()
            score = sum(gains[word] * words[word] for word in known)
            if code == "en":
                english = score
            if len(known) >= LEAST and sum(words[word] for word in known) >= SHARE * words.total():
                scores[code] = score
        best = max(scores, key=scores.__getitem__)
        if best and (best == "en" or scores[best] - english >= LEAD):
            return best
        return self._by_letters(text, words)

    def _by_letters(self, text: str, words: Counter[str]) -> str:
        """The language that some words and the letters beyond ASCII show; empty where they do not agree."""
        letters = Counter(c for c in text.lower() if c.isalpha() and not c.isascii())
        if letters.total() < LETTERS:
            return ""
        scores = {"": 0.0}
        for code, gains in self._gains.items():
            known = words.keys() & gains.keys()
            enough = len(known) >= FEW and sum(words[word] for word in known) >= FEW_SHARE * words.total()
            own = sum(count for letter, count in letters.items() if letter in LANGUAGES[code].letters)
            if code == "en" or (enough and own >= OWN * letters.total()):
                scores[code] = sum(gains[word] * words[word] for word in known)
        second, best = sorted(scores, key=scores.__getitem__)[-2:]
        return best if best != "en" and scores[best] - scores[second] >= LEAD else ""


@cache
def _load(path: Path) -> LanguageFinder:
    rows = read_member(path, WORDS_FILE).decode().splitlines()
    return LanguageFinder({code: words for code, *words in map(str.split, rows)})


def language_of(text: str, lang: str) -> str:
    """The language of a page, as a BCP 47 tag.

    Args:
        text: of the page.
        lang: the languages that were asked for; ``en`` and those that stand for several leave it open.

    Returns:
        The language that was named if it is the only one; else that which the words show, or an empty string where
        they do not tell.
    """
    asked = languages(lang)
    named = (*asked.codes, *asked.others)
    if len(named) == 1 and named != ("en",):
        return named[0]
    if 2 * sum(map(is_han, text)) > sum(map(str.isalpha, text)):
        return "zh"
    several = manifest().languages
    found = LanguageFinder.load(language_file(several))(text) if several else ""
    return found if found in named or len(named) < 2 else ""


class PolyglotRecognizer:
    """Reads lines as English, and those of a page in another language once more as that.

    Args:
        english: reads every line.
        language: the English language model, which tells what lines are English.
        finder: recognises other languages.
        reader: the recogniser and the language model of a language, by its code.
    """

    def __init__(
        self,
        english: LineRecognizer,
        language: LanguageModel,
        finder: LanguageFinder,
        reader: Callable[[str], tuple[LineRecognizer, LanguageModel | None]],
    ) -> None:
        self.name, self.height = english.name, english.height
        self._english, self._language, self._finder, self._reader = english, language, finder, reader

    def first_look(self, lines: Sequence[NDArray[np.uint8]]) -> list[Reading]:
        """One reading as English for each line, the quickest there is."""
        reader: Callable[[Sequence[NDArray[np.uint8]]], list[Reading]]
        reader = getattr(self._english, "first_look", self._english)
        return reader(lines)

    def __call__(self, lines: Sequence[NDArray[np.uint8]]) -> list[Reading]:
        """One reading for each line, in the same order."""
        readings = self._english(lines)
        texts = [reading.text for reading in readings]
        others = [i for i, text in enumerate(texts) if not is_in(self._language, text)]
        code = self._finder("\n".join(texts))
        if code in ("", "en"):
            code = self._finder("\n".join(texts[i] for i in others))
        if code not in ("", "en"):
            recognizer, model = self._reader(code)
            others = sorted({*others, *(i for i, text in enumerate(texts) if self._likelier(model, text))})
            for i, again in zip(others, recognizer([lines[i] for i in others]), strict=True):
                readings[i] = again
        return readings

    def _likelier(self, model: LanguageModel | None, text: str) -> bool:
        """Whether a text is likelier by a language's model than as English."""
        return model is not None and model.likelihood(text) > self._language.likelihood(text)
