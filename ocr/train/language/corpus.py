"""The texts that language models are made of, and lines that are held out of them.

A weighted text is one with its lines and what an occurrence in it counts.
"""

from __future__ import annotations

import errno
import heapq
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ocr.recognize.language import LINE_END, fold
from ocr.train.recognize.shards import held_out
from ocr.train.synth.people import persons

__all__ = ["Corpus", "chinese", "dictionary", "english", "european", "known_words", "passages", "wrapped"]

LISTED = 40_000
"""So many words of the word list, which is in order of frequency, are known whether they occur in the texts or not."""
PAGE_WEIGHT, RECEIPT_WEIGHT, LIST_WEIGHT = 2.5, 0.5, 0.3
"""What an occurrence counts in page texts, in each of four cases of a receipt, and in the word list; 1 in prose, which
has lost most of its commas and hyphens."""
PAGES = ("isri_unlv", "old_books")
PARAGRAPH = 100
"""Longer lines of a page's text are paragraphs."""
DICTIONARY_WEIGHT, PERSON_WEIGHT, LATIN_WEIGHT = 0.01, 0.1, 0.1
"""The same for Chinese: each time that a dictionary says a word occurs, a field of a person, and English prose."""
LATIN = 1_000_000
"""Characters of English prose in a model for Chinese with some English in it."""
FREQUENCY, CAPITALIZED = 1e3, 0.2
"""Billionths of a language's words that count as one occurrence in prose; the share of words at the beginning of a
sentence."""
PASSAGE, EVERY = 5000, 20
"""One passage of so many characters in so many is held out."""
PERSONS, FIELDS = 9500, ("name", "address", "issuer")
"""So many invented people, and what of their identity cards is read."""

WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
Weighted = tuple[str, float]


@dataclass(frozen=True, slots=True)
class Corpus:
    """What a language model is made of and measured on.

    Attributes:
        texts: weighted texts, which also say what characters are frequent.
        lists: weighted lists of words.
        listed: words in order of frequency, which are known whether they occur in the texts or not.
        held: lines that are in none of them.
    """

    texts: list[Weighted]
    lists: list[Weighted]
    listed: list[str]
    held: list[str]


def wrapped(rng: random.Random, text: str, widths: tuple[int, int] = (35, 80)) -> Iterator[str]:
    """Running text as lines of a book, some of which end within a word."""
    line, width = "", rng.randint(*widths)
    for word in text.split():
        if line and len(line) + len(word) >= width:
            if len(word) > 6 and word.isalpha() and rng.random() < 0.4:
                cut = rng.randint(2, len(word) - 3)
                yield f"{line} {word[:cut]}-"
                line = word[cut:]
            else:
                yield line
                line = word
            width = rng.randint(*widths)
        else:
            line = f"{line} {word}".strip()
    if line:
        yield line


def english(data: Path) -> Corpus:
    """Prose, training pages and receipts; the held-out pages are held out."""
    rng = random.Random(0)
    found: list[Weighted] = []
    prose = (data / "text" / "enwiki.txt").read_text(encoding="utf-8")
    prose = re.sub(r"([a-z]{2}[.?!])([A-Z])", r"\1 \2", prose)  # sentences that lost their space
    found.append((LINE_END.join(wrapped(rng, prose)), 1.0))
    for name in PAGES:
        lines = [
            line
            for row in _pages(data, name)
            for part in _lines(row)
            for line in (wrapped(rng, part) if len(part) > PARAGRAPH else [part])
        ]
        found.append((LINE_END.join(lines), PAGE_WEIGHT))
    receipts = [" ".join(str(text).split()) for row in _pages(data, "sroie") for _, text in row["boxes"]]
    for case in (str, str.title, str.capitalize, str.lower):
        found.append((LINE_END.join(map(case, receipts)), RECEIPT_WEIGHT))
    listed = (data / "text" / "eng.wordlist").read_text(encoding="utf-8").split("\n")[:LISTED]
    held = [line for name in PAGES for row in _pages(data, name, held=True) for line in _lines(row)]
    return Corpus(found, [(" ".join(listed), LIST_WEIGHT)], listed, held)


def chinese(data: Path) -> Corpus:
    """Prose in simplified characters, a dictionary, invented persons and some English, by the passage held out."""
    prose = [path.read_text(encoding="utf-8", errors="ignore") for path in sorted((data / "text" / "zh").glob("*.txt"))]
    found = [(LINE_END.join(passages(text)), 1.0) for text in prose]
    fields = (person[field] for person in persons(PERSONS, seed=0) for field in FIELDS)
    found.append((LINE_END.join(fields), PERSON_WEIGHT))
    latin = (data / "text" / "enwiki.txt").read_text(encoding="utf-8")[:LATIN]
    found.append((LINE_END.join(wrapped(random.Random(0), latin)), LATIN_WEIGHT))
    lists = dictionary((data / "text" / "jieba.dict").read_text(encoding="utf-8"))
    return Corpus(found, lists, [], [line for text in prose for line in passages(text, held=True)])


def passages(text: str, *, held: bool = False) -> Iterator[str]:
    """Lines of up to 40 characters of the passages that are held out, or of the others."""
    for k in range(0, len(text), PASSAGE):
        if (k % (EVERY * PASSAGE) == 0) == held:
            for line in text[k : k + PASSAGE].split("\n"):
                yield from re.findall(".{1,40}", " ".join(line.split()))


def dictionary(text: str) -> list[Weighted]:
    """Lines of word, frequency and more: words of like frequency together, a word a line."""
    bands: dict[int, list[str]] = defaultdict(list)
    for line in text.splitlines():
        word, frequency, *_ = line.split()
        bands[int(frequency).bit_length()].append(word)
    return [(LINE_END.join(words), DICTIONARY_WEIGHT * 2.0**bits) for bits, words in bands.items()]


def _pages(data: Path, name: str, *, held: bool = False) -> Iterator[dict[str, Any]]:
    with (data / name / "train" / "gt.jsonl").open(encoding="utf-8") as file:
        for row in map(json.loads, file):
            if held_out(f"{name}/{row['image']}") == held:
                yield row


def _lines(row: dict[str, Any]) -> Iterator[str]:
    """The lines of a page's text, cut at wide gaps; ``~`` stands for what the publishers could not read."""
    for part in re.split(r"[\n\t]+| {3,}", row["text"]):
        if part.strip() and "~" not in part:
            yield " ".join(part.split())


def european(data: Path, code: str) -> Corpus:
    """Help pages and texts of programs in a language, as far as there are any, and the frequencies of its words."""
    folder = data / "languages"
    texts = [path for name in (code, f"{code}.catalogue") if (path := folder / f"{name}.txt").is_file()]
    listed = folder / f"{code}.words.txt"
    if not texts and not listed.is_file():
        raise FileNotFoundError(errno.ENOENT, "no such text", str(folder / f"{code}.txt"))
    rng = random.Random(0)
    found, held = [], []
    for path in texts:
        lines = path.read_text(encoding="utf-8").split("\n")
        held += lines[EVERY // 2 :: 10 * EVERY]
        del lines[EVERY // 2 :: 10 * EVERY]
        found.append((LINE_END.join(short for line in lines for short in wrapped(rng, line)), 1.0))
    bands: dict[int, list[str]] = defaultdict(list)
    for line in listed.read_text(encoding="utf-8").splitlines() if listed.is_file() else ():
        word, billionths = line.split(" ")
        bands[int(billionths).bit_length()].append(word)
    lists = [
        (" ".join(case(word) for word in words), weight * 2.0**bits / FREQUENCY)
        for bits, words in bands.items()
        for case, weight in ((str, 1.0), (str.capitalize, CAPITALIZED))
    ]
    return Corpus(found, lists, [word for bits in sorted(bands, reverse=True) for word in bands[bits]], held)


def known_words(weighted: Sequence[Weighted], listed: Sequence[str], most: int, *, accents: bool = False) -> list[str]:
    """The most frequent words of the texts and of the list, in lower case, sorted.

    Args:
        weighted: texts.
        listed: words in order of frequency.
        most: so many words.
        accents: whether accented letters are told from plain ones.
    """
    counts: dict[str, float] = defaultdict(float)

    def counted(word: str) -> bool:
        return len(word) > 1 or accents or word in "ai"

    for text, weight in weighted:
        for word, n in Counter(WORD.findall(fold(text, accents=accents).lower())).items():
            if counted(word):
                counts[word] += n * weight
    for rank, word in enumerate(listed):
        low = fold(word, accents=accents).lower()
        if WORD.fullmatch(low) and counted(low):
            counts[low] += 2e4 / (rank + 1000)
    return sorted(word for word in heapq.nlargest(most, counts, counts.__getitem__) if counts[word] >= 2)
