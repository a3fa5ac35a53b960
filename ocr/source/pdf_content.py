"""Drawing instructions of a PDF: what they draw, how deep they are nested, and whether they are damaged.

Source: ISO 32000-1, 7.2 (tokens), 7.8.2 (content streams) and annex A (operators).
"""

from __future__ import annotations

import re
from collections import Counter

import numpy as np

__all__ = ["damaged", "drawn", "nesting"]

MAX_CHECKED = 1 << 18
"""Bytes. Longer instructions are not searched for damage, which would take too long."""

OPERATORS = frozenset(
    b"b B b* B* BDC BI BMC BT BX c cm CS cs d d0 d1 Do DP EI EMC ET EX f F f* G g gs h i ID j J K k l m M MP n q Q re "
    b"RG rg ri s S SC sc SCN scn sh T* Tc Td TD Tf Tj TJ TL Tm Tr Ts Tw Tz v w W W* y ' \" true false null".split()
)
STRING = rb"(?>[^()\\]+|\\.)"
NESTED = rb"\((?>" + STRING + rb"|\((?>" + STRING + rb"|\((?>" + STRING + rb")*+\))*+\))*+\)"
TOKEN = re.compile(
    rb"(?P<space>[\0\t\n\f\r ]++|%[^\r\n]*+)|(?P<string>" + NESTED + rb"|<[0-9A-Fa-f\0\t\n\f\r ]*+>)"
    rb"|(?P<open><<|\[)|(?P<close>>>|\])|(?P<name>/[^\0\t\n\f\r ()<>\[\]{}/%]*+)"
    rb"|(?P<number>[+.-]*+\d[\d.+-]*+(?=[\0\t\n\f\r ()<>\[\]{}/%]|$))"
    rb"|(?P<word>[^\0\t\n\f\r ()<>\[\]{}/%]++)|(?P<stray>.)",
    re.DOTALL,
)
IMAGE_END = re.compile(rb"[\0\t\n\f\r ]EI(?=[\0\t\n\f\r /]|$)")
DRAWN = re.compile(rb"/([^\s/<>\[\](){}%]+)\s+Do\b")
ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
SEPARATES = np.isin(np.arange(256), np.frombuffer(b" \t\r\n\f\0[]()<>/", np.uint8))


def drawn(data: bytes) -> Counter[str]:
    """The names of the images and forms that are drawn, and how often."""
    names: Counter[str] = Counter()
    for name, count in Counter(DRAWN.findall(data)).items():
        names["/" + ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), name).decode("utf-8", "replace")] += count
    return names


def nesting(data: bytes) -> int:
    """How deep graphics states are nested at most."""
    codes = np.frombuffer(b" " + data + b" ", np.uint8)
    saves = np.flatnonzero((codes == ord("q")) | (codes == ord("Q")))
    saves = saves[SEPARATES[codes[saves - 1]] & SEPARATES[codes[saves + 1]]]
    steps = np.where(codes[saves] == ord("q"), 1, -1)
    return int(np.cumsum(steps, dtype=np.int64).max(initial=0))


def damaged(data: bytes) -> bool:
    """Whether instructions hold what no program writes: brackets without partners, or binary operators."""
    if len(data) > MAX_CHECKED:
        return False
    at, depth = 0, 0
    while found := TOKEN.match(data, at):
        at = found.end()
        kind = found.lastgroup
        if kind == "open":
            depth += 1
        elif kind == "close":
            depth -= 1
        elif kind == "stray":
            return True
        elif kind == "word" and (word := found[0]) not in OPERATORS:
            if not word.isascii() or not word.decode().isprintable():
                return True
        elif kind == "word" and found[0] == b"ID":
            end = IMAGE_END.search(data, at)
            if end is None:
                return True
            at = end.end()
        if depth < 0:
            return True
    return depth != 0
