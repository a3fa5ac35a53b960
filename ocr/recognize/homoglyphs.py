"""Letters that look the same in several scripts: each word is spelled in one script.

Latin A, Greek Alpha and Cyrillic A are one shape. A recogniser that knows all three scripts chooses by what it has seen
around them, which fails for lone letters and short words. The letters of a word that only one script has decide for it;
a word without such letters is spelled in the main script of its line, and in that of the language where it has none.
"""

from __future__ import annotations

from collections import Counter
from functools import cache

__all__ = ["in_one_script", "script_of"]

TWINS = {
    "Greek": str.maketrans("ABEHIKMNOPTXYZoóÓ", "ΑΒΕΗΙΚΜΝΟΡΤΧΥΖοόΌ"),
    "Cyrillic": str.maketrans("ABEHIJKMOPSTXYaceijopsxyëïèCË", "АВЕНІЈКМОРЅТХУасеіјорѕхуёїѐСЁ"),
}
"""Latin letters and the letters of other scripts that look the same."""
TO_LATIN = {twin: latin for table in TWINS.values() for latin, twin in table.items()}
"""Code points of look-alikes to those of the Latin letters."""
RANGES = (("Greek", 0x370, 0x3FF), ("Cyrillic", 0x400, 0x52F))


@cache
def script_of(character: str) -> str:
    """``Greek``, ``Cyrillic`` or ``Latin``, of a letter; empty for everything else."""
    if not character.isalpha() or character in "ªºµ":
        return ""
    code = ord(character)
    return next((name for name, first, last in RANGES if first <= code <= last), "Latin" if code < 0x2000 else "")


@cache
def _own(character: str) -> str:
    """The script of a letter that looks like no letter of another script; empty for others."""
    code = ord(character)
    if code in TO_LATIN or any(code in table for table in TWINS.values()):
        return ""
    return script_of(character)


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
    votes = Counter(script for c in text if (script := _own(c)))
    return votes.most_common(1)[0][0] if votes else ""


def _spelled(word: str, script: str) -> str:
    latin = word.translate(TO_LATIN)
    if script not in TWINS:
        return latin
    table = TWINS[script]
    return "".join(chr(table[ord(c)]) if ord(c) in table else was for c, was in zip(latin, word, strict=True))
