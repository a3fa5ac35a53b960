"""Languages: codes, several at once, models and packs."""

from __future__ import annotations

import pytest

import ocr
from ocr.errors import DependencyError, UsageError
from ocr.languages import LANGUAGES, OTHERS, languages


def test_codes_are_unique() -> None:
    codes = [code for language in LANGUAGES.values() for code in (language.code, *language.others)]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("lang", "codes"),
    [("de", ("de",)), ("deu", ("de",)), ("ger+FR", ("de", "fr")), ("no", ("nb",)), ("de+deu", ("de",)),
     ("zh_CN", ("zh",)), ("pt-br", ("pt",)), ("auto", ()), ("latin", ()), ("German", ("de",)),
     ("SPANISH + it", ("es", "it")), ("de-AT", ("de",)), ("en_GB.UTF-8", ("en",)), ("Latin", ()), ("sr-Latn", ("sr",))],
)  # fmt: skip
def test_codes(lang: str, codes: tuple[str, ...]) -> None:
    assert languages(lang).codes == codes


@pytest.mark.parametrize(
    ("lang", "models", "packs"),
    [("en", "en", "eng"), ("zh", "zh", "chi_sim"), ("auto", "auto", "chi_sim+eng"), ("zh+de", "auto", "chi_sim+deu"),
     ("el", "european", "ell"), ("nn", "european", "nor"), ("latin", "european", "eng"),
     ("uk+en", "european", "ukr+eng")],
)  # fmt: skip
def test_models_and_packs(lang: str, models: str, packs: str) -> None:
    assert (languages(lang).models, languages(lang).packs) == (models, packs)


@pytest.mark.parametrize("lang", ["", "xx", "de+", "+", "klingon", "de fr"])
def test_unknown_codes(lang: str) -> None:
    with pytest.raises(UsageError, match="there is no language"):
        languages(lang)


@pytest.mark.parametrize(
    ("lang", "hint"),
    [("germn", "did you mean german"), ("cz", "did you mean cs"), ("jp", "did you mean ja"), ("xx", "'xx'$"),
     ("latin+ru", "stands for several languages"), ("auto+de", "stands for several languages")],
)  # fmt: skip
def test_an_unknown_name_is_answered_with_the_likely_one(lang: str, hint: str) -> None:
    with pytest.raises(UsageError, match=hint):
        languages(lang)


def test_every_code_and_name_stands_for_its_language() -> None:
    for language in (*LANGUAGES.values(), *OTHERS.values()):
        for name in (language.code, *language.others, language.name, language.code.upper()):
            found = languages(name)
            assert language.code in (*found.codes, *found.others) or name in ("Latin", "LA"), name


@pytest.mark.parametrize(("lang", "script"), [("ru", "Cyrillic"), ("en+el", "Greek")])
def test_a_model_without_the_letters_of_a_language_is_refused(lang: str, script: str) -> None:
    with pytest.raises(DependencyError, match=f"crnn-mrz-int8 has no {script} letters"):
        ocr.Reader(lang=lang, recognizer="crnn-mrz-int8")
