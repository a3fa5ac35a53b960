"""The languages that can be read: their codes, scripts, and the names of Tesseract's packs for them.

Those of ``LANGUAGES`` are read by the models of this package, those of ``OTHERS`` by Tesseract, where it has
their packs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Final

from ocr.errors import UsageError

__all__ = ["EVERY", "LANGUAGES", "OTHERS", "Language", "Languages", "install_command", "languages"]


@dataclass(frozen=True, slots=True)
class Language:
    """One language.

    Attributes:
        code: of two letters (ISO 639-1), of three where there is none.
        others: further codes that stand for it: of three letters (ISO 639-2 and 639-3), and regional ones.
        name: in English.
        script: first word of the Unicode names of its letters, such as ``Latin``, ``Greek``, ``Cyrillic``, ``Han``.
        pack: of Tesseract.
        letters: beyond ASCII that its words have, those of common loanwords included, in lower case but for the İ,
            whose lower case is two characters; empty where none are listed.
    """

    code: str
    others: tuple[str, ...]
    name: str
    script: str
    pack: str
    letters: str = ""


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
RUSSIAN: Final = "абвгдежзийклмнопрстуфхцчшщьюя"
"""Letters that Russian, Ukrainian and Bulgarian have."""
SERBIAN: Final = "абвгдежзијклљмнњопрстћуфхцчџш"
LETTERS: Final = {
    "en": "àâäçèéêëîïñôöûüæœ", "de": "äöüßé", "fr": "àâæçèéêëîïôùûüÿœ", "es": "áéíñóúü", "it": "àèéìíîïòóùú",
    "pt": "àáâãçéêíòóôõúü", "nl": "àâáäçèéêëíïñóöúü", "da": "æøåéáàèê", "sv": "åäöéàáèêü", "nb": "æøåéàèêòóô",
    "nn": "æøåéàèêòóô", "fi": "åäöšžé", "is": "áðéíóúýþæö", "ca": "àáçèéíïñòóúü", "ro": "ăâîșțşţé",
    "pl": "ąćęłńóśźżé", "cs": "áčďéěíňóřšťúůýžö", "sk": "áäčďéíĺľňóôŕšťúýžěřůö", "sl": "čšžćđé", "hr": "čćđšžé",
    "hu": "áéíóöőúüű", "lt": "ąčęėįšųūž", "lv": "āčēģīķļņšūžōŗ", "et": "äöõüšžé", "sq": "çë", "tr": "çğıöşüâîûİ",
    "mt": "àċèġħìòùżé", "cy": "àáâäèéêëìíîïòóôöùúûüŵŷẁẃẅỳýÿ", "ga": "áéíóú", "eu": "ñçü", "gl": "áéíïñóúüç", "id": "é",
    "vi": "àáâãèéêìíòóôõùúýăđĩũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
    "ru": f"{RUSSIAN}ёъыэ", "uk": f"{RUSSIAN}ґєії", "bg": f"{RUSSIAN}ъѐѝ", "sr": f"{SERBIAN}ђ",
    "mk": f"{SERBIAN.replace('ћ', '')}ѓќѕѐѝ", "el": "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ",
}  # fmt: skip
"""Letters of each language; after the exemplar characters of Unicode's CLDR, with those of common loanwords."""
HAN: Final = "zh chi_sim,zho,chi,zh-cn,zh-hans Chinese"

TESSERACT: Final = {
    "Latin": """la lat Latin; af afr Afrikaans; lb ltz Luxembourgish; br bre Breton; oc oci Occitan; co cos Corsican;
        fo fao Faroese; fy fry Frisian; gd gla Gaelic; sw swa Swahili; tl fil,tgl Filipino; eo epo Esperanto;
        jv jav Javanese; su sun Sundanese; ceb ceb Cebuano; ht hat Haitian; qu que Quechua; mi mri Maori; yo yor Yoruba;
        to ton Tongan; az aze Azerbaijani; uz uzb Uzbek; ku kmr Kurdish""",
    "Cyrillic": "be bel Belarusian; kk kaz Kazakh; ky kir Kyrgyz; tg tgk Tajik; tt tat Tatar; mn mon Mongolian",
    "Arabic": "ar ara Arabic; fa fas,per Persian; ur urd Urdu; ps pus Pashto; ug uig Uyghur; sd snd Sindhi",
    "Hebrew": "he heb,iw Hebrew; yi yid Yiddish",
    "Devanagari": "hi hin Hindi; mr mar Marathi; ne nep Nepali; sa san Sanskrit",
    "Bengali": "bn ben Bengali; as asm Assamese",
    "Gurmukhi": "pa pan Punjabi",
    "Gujarati": "gu guj Gujarati",
    "Oriya": "or ori Odia",
    "Tamil": "ta tam Tamil",
    "Telugu": "te tel Telugu",
    "Kannada": "kn kan Kannada",
    "Malayalam": "ml mal Malayalam",
    "Sinhala": "si sin Sinhala",
    "Thai": "th tha Thai",
    "Lao": "lo lao Lao",
    "Khmer": "km khm Khmer",
    "Myanmar": "my mya,bur Burmese",
    "Tibetan": "bo bod,tib Tibetan; dz dzo Dzongkha",
    "Hiragana": "ja jpn Japanese",
    "Hangul": "ko kor Korean",
    "Han": "zh-hant chi_tra,zh-tw,zh-hk Chinese-traditional",
    "Georgian": "ka kat,geo Georgian",
    "Armenian": "hy hye,arm Armenian",
    "Ethiopic": "am amh Amharic; ti tir Tigrinya",
    "Cherokee": "chr chr Cherokee",
}


def _table(rows: str, script: str) -> Iterator[Language]:
    for row in rows.split(";"):
        code, codes, name = row.split()
        others, _, pack = codes.partition(":")
        first = others.split(",")[0]
        yield Language(code, tuple(others.split(",")), name, script, pack or first, LETTERS.get(code, ""))


LANGUAGES: Final[dict[str, Language]] = {
    language.code: language
    for rows, script in ((LATIN, "Latin"), (CYRILLIC, "Cyrillic"), (GREEK, "Greek"), (HAN, "Han"))
    for language in _table(rows, script)
}
"""The languages that the models of this package read, by their code."""
OTHERS: Final[dict[str, Language]] = {
    language.code: language for script, rows in TESSERACT.items() for language in _table(rows, script)
}
"""The languages that Tesseract reads here, by their code."""

COUNTRIES: Final = {"cz": "cs", "jp": "ja", "kr": "ko", "ua": "uk", "gr": "el", "se": "sv", "dk": "da", "cn": "zh"}
"""Codes of countries that are taken for codes of their languages."""
LIKE_A_NAME: Final = 0.75
"""Similarity of an unknown name with a known one from which on that is suggested."""
EVERY: Final = ("auto", "latin")
"""What stands for several languages: Chinese and English, chosen line by line; all in Latin script."""


@dataclass(frozen=True, slots=True)
class Languages:
    """The languages of a text, as they were asked for.

    Attributes:
        codes: of the languages that the models of this package read, in order; empty for ``auto`` and ``latin``.
        scripts: that they are written in.
        others: codes of the languages that Tesseract reads.
    """

    codes: tuple[str, ...]
    scripts: frozenset[str]
    others: tuple[str, ...] = ()

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
    def letters(self) -> str:
        """Letters beyond ASCII of the languages that were named, in lower case; empty for any letters.

        English alone is what is read where no language is named, and text in other languages too.
        """
        if not self.codes or self.codes == ("en",) or "Han" in self.scripts:
            return ""
        return "".join(dict.fromkeys("".join(LANGUAGES[code].letters for code in self.codes)))

    @property
    def packs(self) -> str:
        """Tesseract's packs, joined by plus signs; those of languages that only Tesseract reads come first."""
        if not self.codes and not self.others:
            return "chi_sim+eng" if "Han" in self.scripts else "eng"
        known = LANGUAGES | OTHERS
        return "+".join(dict.fromkeys(known[code].pack for code in (*self.others, *self.codes)))


@cache
def languages(lang: str) -> Languages:
    """What a ``--lang`` stands for.

    Args:
        lang: a code of two or three letters or an English name, in any case and with a region or without (``de``,
            ``deu``, ``German``, ``de-AT``); several joined by plus signs; ``latin`` or ``auto``.

    Raises:
        UsageError: a code is not known.

    Example:
        >>> languages("de+fra").codes
        ('de', 'fr')
        >>> languages("mk").scripts == {"Latin", "Cyrillic"}
        True
    """
    lang = lang.strip().lower().replace("_", "-")
    if lang == "auto":
        return Languages((), frozenset({"Latin", "Han"}))
    if lang == "latin":
        return Languages((), frozenset({"Latin"}))
    every = tuple(dict.fromkeys(_code(part.strip()) for part in lang.split("+")))
    codes, others = (tuple(code for code in every if code in table) for table in (LANGUAGES, OTHERS))
    return Languages(codes, frozenset({"Latin"} | {LANGUAGES[code].script for code in codes}), others)


def install_command(packs: str) -> str:
    """How to install packs of Tesseract.

    Args:
        packs: joined by plus signs.

    Example:
        >>> install_command("chi_sim+eng")
        'apt-get install tesseract-ocr-chi-sim tesseract-ocr-eng (Debian, Ubuntu), brew install tesseract-lang (macOS)'
    """
    names = " ".join(f"tesseract-ocr-{pack.replace('_', '-')}" for pack in packs.split("+"))
    return f"apt-get install {names} (Debian, Ubuntu), brew install tesseract-lang (macOS)"


def _code(part: str) -> str:
    """The code of a language, given by a code or its English name; a region after it is left out (``de-at``)."""
    known = _codes()
    if found := known.get(part) or known.get(part.partition("-")[0]):
        return found
    near = COUNTRIES.get(part) or next(
        iter(get_close_matches(part, known, 1, LIKE_A_NAME) if len(part) > 3 else ()), ""
    )
    if part in EVERY:
        raise UsageError(f"lang {part} stands for several languages and is not joined with others: --lang {part}")
    raise UsageError(
        f"lang must be one of {', '.join([*EVERY, *LANGUAGES])}, or several joined by plus signs (de+fr), or, where "
        f"Tesseract has their packs, one of {', '.join(OTHERS)}; there is no language {part!r}"
        + (f"; did you mean {near}?" if near else "")
    )


@cache
def _codes() -> dict[str, str]:
    """The code of each language by its codes and its name, in lower case."""
    return {
        name.lower().replace("_", "-"): language.code
        for language in (*OTHERS.values(), *LANGUAGES.values())
        for name in (language.code, *language.others, language.name)
        if name != "Latin"
    }
