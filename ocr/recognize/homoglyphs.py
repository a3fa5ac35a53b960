"""Letters that look the same in several scripts: each word is spelled in one script.

Latin A, Greek Alpha and Cyrillic A are one shape. A recogniser that knows all three scripts chooses by what it has seen
around them, which fails for lone letters and short words. The letters of a word that only one script has decide for it;
a word without such letters is spelled in the main script of its line, and in that of the language where it has none.
"""

from __future__ import annotations

from collections import Counter
from functools import cache

__all__ = ["TWINS", "in_one_script", "own_script", "script_of", "strays"]

TWINS = {
    "Greek": str.maketrans("ABEHIKMNOPTXYZoóÓ", "ΑΒΕΗΙΚΜΝΟΡΤΧΥΖοόΌ"),
    "Cyrillic": str.maketrans("ABEHIJKMOPSTXYaceijopsxyëïèCË", "АВЕНІЈКМОРЅТХУасеіјорѕхуёїѐСЁ"),
}
"""Latin letters and the letters of other scripts that look the same."""
TO_LATIN = {twin: latin for table in TWINS.values() for latin, twin in table.items()}
"""Code points of look-alikes to those of the Latin letters."""
SMALL_CAPITALS = frozenset("вкмнт")
"""Cyrillic letters that look like Latin small capitals: JOHN is read as ЈонN."""
CLEAR = 2
"""Letters that only Cyrillic has in a line in Cyrillic letters."""
RANGES = (("Greek", 0x370, 0x3FF), ("Cyrillic", 0x400, 0x52F))


@cache
def script_of(character: str) -> str:
    """``Greek``, ``Cyrillic`` or ``Latin``, of a letter; empty for everything else."""
    if not character.isalpha() or character in "ªºµ":
        return ""
    code = ord(character)
    return next((name for name, first, last in RANGES if first <= code <= last), "Latin" if code < 0x2000 else "")


@cache
def own_script(character: str) -> str:
    """The script of a letter that looks like no letter of another script; empty for others."""
    code = ord(character)
    if code in TO_LATIN or any(code in table for table in TWINS.values()):
        return ""
    return script_of(character)


def strays(text: str) -> bool:
    """Whether a line in Latin letters has words in which letters of other scripts are surely mistaken.

    They are words of Cyrillic letters that all look like Latin ones or like small capitals, and words that mix Greek
    letters with Latin ones or digits. A line with words that can only be Cyrillic is in Cyrillic letters.

    Example:
        >>> strays("married ЈонN"), strays("the word нет"), strays("said да"), strays("ещё не всё")
        (True, True, False, False)
    """
    if text.isascii() or _is_cyrillic(text):
        return False
    return any(_is_stray(word) for word in text.split() if not word.isascii())


def _is_cyrillic(text: str) -> bool:
    """Whether most letters that look like no other script's are Cyrillic, and some of them no small capitals."""
    clear = sum(c not in SMALL_CAPITALS and own_script(c) == "Cyrillic" for c in text)
    return clear >= CLEAR and _script(text) == "Cyrillic"


def _is_stray(word: str) -> bool:
    scripts = [(c, script) for c in word if (script := script_of(c))]
    cyrillic = [c for c, script in scripts if script == "Cyrillic"]
    if cyrillic:
        return all(ord(c) in TO_LATIN or c in SMALL_CAPITALS for c in cyrillic)
    greek = sum(script == "Greek" for _, script in scripts)
    return 0 < greek < sum(c.isalnum() for c in word)


def in_one_script(text: str, default: str = "Latin") -> str:
    """The text with each word spelled in one script; as long as ``text``.

    Args:
        text: of one line.
        default: the script of a line whose letters all look alike in several.

    Example:
        >>> in_one_script("Мocквa A") == "Москва А"
        True
    """
    if text.isascii() and default == "Latin":
        return text
    line = _script(text) or default
    return " ".join(_spelled(word, _script(word) or line) for word in text.split(" "))


def _script(text: str) -> str:
    """The script of most letters that look like no letter of another; empty where there are none."""
    votes = Counter(script for c in text if (script := own_script(c)))
    return votes.most_common(1)[0][0] if votes else ""


def _spelled(word: str, script: str) -> str:
    latin = word.translate(TO_LATIN)
    if script not in TWINS:
        return latin
    table = TWINS[script]
    return "".join(chr(table[ord(c)]) if ord(c) in table else was for c, was in zip(latin, word, strict=True))
