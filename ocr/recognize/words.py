"""The words of a line, as language models see them, and whether they are of a model's language."""

from __future__ import annotations

import re
from functools import lru_cache

from ocr.recognize.language import LanguageModel

__all__ = ["FIELD_BREAK", "HAN", "is_in", "strangers", "words_of"]

ENDS = ".,;:!?'\"()[]{}<>|*_-~"
"""Punctuation around a word."""
HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
"""Characters that are written without spaces between words."""
FIELD_BREAK = re.compile(r"[\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
"""What separates fields and words: spaces, Han characters and their punctuation."""
FEW_WORDS, FOREIGN = 4, 0.6
"""A line with so many words is in another language if a larger share of them is unknown."""


def words_of(language: LanguageModel, text: str) -> tuple[str, ...]:
    """The words of a text without the punctuation around them, folded as a model sees them."""
    return _words(language.fold(text))


def strangers(language: LanguageModel, text: str) -> list[str]:
    """The words of a text that are not in a model's list."""
    return [word for word in words_of(language, text) if word.lower() not in language.words]


def is_in(language: LanguageModel, text: str) -> bool | None:
    """Whether a line is in the language of a model: many of its words are known; None if it has too few to tell."""
    words = [
        word for word in words_of(language, text) if word.isalpha() and not word.isupper() and not HAN.search(word)
    ]
    if len(words) < FEW_WORDS:
        return None
    return sum(word.lower() not in language.words for word in words) <= FOREIGN * len(words)


@lru_cache(1 << 12)
def _words(folded: str) -> tuple[str, ...]:
    return tuple(word for token in FIELD_BREAK.split(folded.replace("-", " ")) if (word := token.strip(ENDS)))
