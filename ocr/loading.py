"""From settings to models: which detector, recogniser and orienter a reader uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TypeVar

from ocr import weights
from ocr.detect import Detector
from ocr.detect.db import ALPHABETIC, CLOSE, DbDetector
from ocr.errors import DependencyError, UsageError
from ocr.languages import Languages, languages
from ocr.options import Options
from ocr.page.orient import Orienter
from ocr.recognize import LineRecognizer
from ocr.recognize.cascade import CascadeRecognizer
from ocr.recognize.crnn import CrnnRecognizer
from ocr.recognize.homoglyphs import script_of
from ocr.recognize.language import LanguageModel
from ocr.recognize.script import ScriptRecognizer
from ocr.recognize.uncovered import MixedRecognizer, TesseractRecognizer
from ocr.recognize.which_language import LanguageFinder, PolyglotRecognizer

__all__ = ["load_detector", "load_orienter", "load_recognizer"]

Model = TypeVar("Model")


def load_detector(choice: str | Path | Detector | None, options: Options, threads: int) -> Detector:
    """The detector that was asked for, or the one of ``options.lang`` and ``options.quality``.

    Args:
        choice: a name, the path of a model file, a detector, or None.
        options: language and quality.
        threads: CPU threads.

    Raises:
        UsageError: there is no such model, or the choice is of another type.
        DependencyError: its file is missing.
    """
    asked = languages(options.lang)
    if choice is None and options.quality == "tiny":
        choice = _tiny(options)["detector"]
    if choice is None:
        choice = weights.defaults("zh" if asked.models == "auto" else asked.models)[0]
    if isinstance(choice, str | Path):
        return DbDetector(choice, threads, CLOSE if asked.others or asked.models in {"auto", "zh"} else ALPHABETIC)
    return _model("detector", choice)


def load_orienter(lang: str, threads: int) -> Orienter | None:
    """What tells which way up the lines of a language are; None where there is no model for it."""
    asked = languages(lang)
    name = "" if asked.others else weights.orienter(asked.models)
    return Orienter(name, threads) if name else None


def load_recognizer(choice: str | Path | LineRecognizer | None, options: Options, threads: int) -> LineRecognizer:
    """The recogniser that was asked for, or the one of ``options.lang`` and ``options.quality``.

    Args:
        choice: a name, the path of a model file, a recogniser, or None.
        options: language, quality and decoder.
        threads: CPU threads.

    Raises:
        UsageError: there is no such model, or the choice is of another type.
        DependencyError: its file is missing, or it has no letters of the language's script.
    """
    if choice is not None and not isinstance(choice, str | Path):
        return _model("recognizer", choice)
    asked = languages(options.lang)
    small_ones = _tiny(options) if choice is None and options.quality == "tiny" else {}
    choice = small_ones.get("recognizer", choice)
    if choice is None and (asked.others or asked.models == "auto"):
        return _of_several_scripts(asked, options, threads)
    model = small_ones.get("language") or _language_models(asked)
    english = asked.codes in ((), ("en",))  # narrow accents are easily lost; pages in other languages are read anew

    def load(name: str | Path, *, first: bool = False) -> CrnnRecognizer:
        alone = asked.scripts == {"Latin"}
        recognizer = CrnnRecognizer(
            name, options.decoder, threads, model, script=asked.script, alone=alone, letters=asked.letters, first=first,
            condensed=first and english,
        )  # fmt: skip
        _check_scripts(recognizer, asked.scripts, options.lang)
        return recognizer

    if choice is not None:
        return load(choice)
    small, large = weights.defaults(asked.models)[1], weights.second_recognizer(asked.models)
    first = load(small, first=bool(large) and options.quality == "auto")
    if options.quality == "fast":
        return first
    reader: LineRecognizer = first
    if large:
        second = load(large).beside(first.by_itself())
        if options.quality == "best":
            return second
        reader = CascadeRecognizer(first, second, first.settings.second_below, first.by_itself())
    return _in_any_language(reader, options, threads) if english else reader


def _in_any_language(any_language: LineRecognizer, options: Options, threads: int) -> LineRecognizer:
    """A recogniser that reads pages in European languages other than English as what they are."""
    several = weights.manifest().languages
    if options.decoder != "lm" or not several:
        return any_language

    @cache
    def reader(code: str) -> tuple[LineRecognizer, LanguageModel | None]:
        own = weights.language_models().get(code)
        return load_recognizer(None, replace(options, lang=code), threads), LanguageModel.load(own) if own else None

    finder = LanguageFinder.load(weights.language_file(several))
    return PolyglotRecognizer(any_language, LanguageModel.load(weights.language_model("en")), finder, reader)


def _language_models(asked: Languages) -> tuple[str, ...]:
    """Names of the language models of the languages that were named, as far as there are any."""
    if asked.models != "european":
        return (weights.language_model(asked.models),)
    known = weights.language_models()
    return tuple(known[code] for code in asked.codes if code in known)


def _tiny(options: Options) -> Mapping[str, str]:
    """Names of the compressed models.

    Raises:
        UsageError: there are none for the language.
    """
    known = weights.manifest().tiny
    models = languages(options.lang).models
    if models not in known:
        raise UsageError(
            f"quality tiny: there are compressed models for lang {', '.join(known) or 'none'} alone, not for "
            f"{options.lang!r}; choose quality fast"
        )
    return known[models]


def _of_several_scripts(asked: Languages, options: Options, threads: int) -> LineRecognizer:
    """A recogniser that chooses line by line: Chinese or other, or Tesseract for the languages that it reads.

    Raises:
        DependencyError: a model, Tesseract or one of its packs is missing.
    """
    if not asked.others:
        other = "+".join(code for code in asked.codes if code != "zh") or "en"
        han, latin = (load_recognizer(None, replace(options, lang=lang), threads) for lang in ("zh", other))
        return ScriptRecognizer(han, latin)
    others = TesseractRecognizer(options.lang, threads)
    if not asked.codes:
        return others
    return MixedRecognizer(load_recognizer(None, replace(options, lang="+".join(asked.codes)), threads), others)


def _check_scripts(recognizer: CrnnRecognizer, scripts: frozenset[str], lang: str) -> None:
    """Refuse a model that would spell a script in letters of another that look alike.

    Raises:
        DependencyError: the model has no letter of a script.
    """
    wanted = scripts & {"Greek", "Cyrillic"}
    known = {script_of(character) for character in recognizer.characters} if wanted else set()
    for script in sorted(wanted - known):
        raise DependencyError(
            f"lang {lang!r}: the model {recognizer.name} has no {script} letters; name one that has (recognizer=, "
            "--recognizer), or leave lang out to read text in Latin letters"
        )


def _model(argument: str, given: Model) -> Model:
    """A model that was given as an object.

    Raises:
        UsageError: it cannot be one.
    """
    if not callable(given):
        kind = type(given).__name__
        raise UsageError(f"{argument} must be the name of a model, the path of a model file, or a model, not {kind}")
    return given
