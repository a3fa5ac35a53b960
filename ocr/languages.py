"""The languages that can be read: their codes, scripts, and the names of Tesseract's packs for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from ocr.errors import UsageError

__all__ = ["EVERY", "LANGUAGES", "Language", "Languages", "languages"]


@dataclass(frozen=True, slots=True)
class Language:
    """One language.

    Attributes:
        code: of two letters (ISO 639-1).
        others: further codes that stand for it: of three letters (ISO 639-2 and 639-3), and regional ones.
        name: in English.
        script: ``Latin``, ``Greek``, ``Cyrillic`` or ``Han``.
        pack: of Tesseract.
    """

    code: str
    others: tuple[str, ...]
    name: str
    script: str
    pack: str


# Code, other codes, name. Tesseract's pack has the first of the other codes as its name, or what follows the colon.
LATIN: Final = """
en eng English; de deu,ger German; fr fra,fre French; es spa Spanish; it ita Italian; pt por,pt-br Portuguese;
nl nld,dut Dutch; da dan Danish; sv swe Swedish; nb nor,no,nob Norwegian; nn nno:nor Nynorsk; fi fin Finnish;
is isl,ice Icelandic; ca cat Catalan; ro ron,rum Romanian; pl pol Polish; cs ces,cze Czech; sk slk,slo Slovak;
sl slv Slovenian; hr hrv,bs,bos Croatian; hu hun Hungarian; lt lit Lithuanian; lv lav Latvian; et est Estonian;
sq sqi,alb Albanian; tr tur Turkish; mt mlt Maltese; cy cym,wel Welsh; ga gle Irish; eu eus,baq Basque; gl glg Galician;
vi vie Vietnamese; id ind,ms,msa Indonesian
"""
CYRILLIC: Final = """
ru rus Russian; uk ukr Ukrainian; bg bul Bulgarian; sr srp Serbian; mk mkd,mac Macedonian
"""
GREEK: Final = "el ell,gre Greek"
HAN: Final = "zh chi_sim,zho,chi,zh-cn,zh-hans Chinese"


def _table(rows: str, script: str) -> Iterator[Language]:
    for row in rows.split(";"):
        code, codes, name = row.split()
        others, _, pack = codes.partition(":")
        first = others.split(",")[0]
        yield Language(code, tuple(others.split(",")), name, script, pack or first)


LANGUAGES: Final[dict[str, Language]] = {
    language.code: language
    for rows, script in ((LATIN, "Latin"), (CYRILLIC, "Cyrillic"), (GREEK, "Greek"), (HAN, "Han"))
    for language in _table(rows, script)
}
"""All languages by their code."""

EVERY: Final = ("auto", "latin")
"""What stands for several languages: Chinese and English, chosen line by line; all in Latin script."""


@dataclass(frozen=True, slots=True)
class Languages:
    """The languages of a text, as they were asked for.

    Attributes:
        codes: of two letters, in order; empty for ``auto`` and ``latin``.
        scripts: that the text may be written in.
    """

    codes: tuple[str, ...]
    scripts: frozenset[str]

    @property
    def models(self) -> str:
        """Key of the models in the manifest: ``en``, ``european``, ``zh``; ``auto`` for Chinese and others."""
        if "Han" not in self.scripts:
            return "en" if self.codes == ("en",) else "european"
        return "zh" if self.codes == ("zh",) else "auto"

    @property
    def script(self) -> str:
        """That of the first language; Latin where none is named."""
        return LANGUAGES[self.codes[0]].script if self.codes else "Latin"

    @property
    def packs(self) -> str:
        """Tesseract's packs, joined by plus signs."""
        if not self.codes:
            return "chi_sim+eng" if "Han" in self.scripts else "eng"
        return "+".join(dict.fromkeys(LANGUAGES[code].pack for code in self.codes))


@cache
def languages(lang: str) -> Languages:
    """What a ``--lang`` stands for.

    Args:
        lang: a code of two or three letters, several joined by plus signs, ``latin`` or ``auto``.

    Raises:
        UsageError: a code is not known.

    Example:
        >>> languages("de+fra").codes
        ('de', 'fr')
        >>> languages("mk").scripts == {"Latin", "Cyrillic"}
        True
    """
    if lang == "auto":
        return Languages((), frozenset({"Latin", "Han"}))
    if lang == "latin":
        return Languages((), frozenset({"Latin"}))
    codes = tuple(dict.fromkeys(_code(part) for part in lang.lower().replace("_", "-").split("+")))
    return Languages(codes, frozenset({"Latin"} | {LANGUAGES[code].script for code in codes}))


def _code(part: str) -> str:
    for language in LANGUAGES.values():
        if part == language.code or part in (other.replace("_", "-") for other in language.others):
            return language.code
    raise UsageError(
        f"lang must be one of {', '.join([*EVERY, *LANGUAGES])}, or several joined by plus signs (de+fr); "
        f"there is no language {part!r}"
    )
