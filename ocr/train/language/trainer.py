"""Make a language model of the ``lm`` decoder: configuration, texts, n-grams, in that order.

    ocr train language models/training/lm-en.toml --out RUN

RUN receives ``lm-LANGUAGE.npz``, ``config.toml`` and ``figures.json``; ``ocr.train.language.publish`` enters the model
into a manifest. There is nothing to resume: a model is made in a few minutes, in one go. How much the decoder trusts
the model is chosen with ``ocr.train.language.decoding``.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from ocr.errors import InputError, UsageError
from ocr.languages import LANGUAGES
from ocr.output import replacing
from ocr.recognize.charset import Charset
from ocr.recognize.language import LINE_END, OTHER, LanguageModel, fold
from ocr.train.config import read_config
from ocr.train.language.corpus import Corpus, chinese, english, european, known_words
from ocr.train.language.ngram import bits, estimate, prune, shares, write

__all__ = ["FIGURES", "LanguageConfig", "build", "model_file", "train"]

CORPORA: Final[Mapping[str, Callable[[Path], Corpus]]] = {
    **{code: partial(european, code=code) for code in LANGUAGES},
    "en": english,
    "zh": chinese,
}
FIGURES: Final = "figures.json"
RARE: Final = 40
"""Characters that occur less often form one class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageConfig:
    """One model.

    Attributes:
        language: key of ``CORPORA``.
        data: folder of the data sets, relative to the folder where the command is run.
        order: characters of the longest n-grams.
        nodes: n-grams that are kept, which sets the size of the file.
        accents: whether accented letters are told from plain ones.
        words: so many known words.
        grain: steps of ``ocr.recognize.language.STEP`` that logarithms are rounded to; coarser ones pack better.
        charset: name of a charset, each rare character of which has a share of the class of rare ones; for charsets of
            thousands, where one rare character is much less likely than all together. Empty: they are one.
        trained_on: the texts in words, each with its licence.
        licence: of the model, an SPDX identifier.
    """

    language: str
    data: str
    order: int
    nodes: int
    accents: bool = False
    words: int = 30_000
    grain: int = 1
    charset: str = ""
    trained_on: tuple[str, ...] = ()
    licence: str = ""

    def __post_init__(self) -> None:
        if self.language not in CORPORA:
            raise UsageError(f"there are no texts for language {self.language!r}; choose one of {', '.join(CORPORA)}")


def model_file(run: Path, config: LanguageConfig) -> Path:
    """The model in a run's folder."""
    return run / f"lm-{config.language}.npz"


def train(config_path: Path, out: Path, resume: bool = False) -> Path:
    """Make the model; returns its file.

    Args:
        config_path: TOML file with the keys of :class:`LanguageConfig`.
        out: folder of the run.
        resume: leave a finished model as it is, and make one that was interrupted from the beginning.

    Raises:
        InputError: a text is missing.
        UsageError: a fault in the configuration, or ``out`` holds a model and ``resume`` is false.
    """
    config = read_config(LanguageConfig, config_path)
    path, figures = model_file(out, config), out / FIGURES
    if path.exists() or figures.exists():
        if not resume:
            raise UsageError(f"{out}: holds a model already; name another folder with --out")
        if path.exists() and figures.exists():
            return path
    out.mkdir(parents=True, exist_ok=True)
    if config_path.resolve() != (out / "config.toml").resolve():
        shutil.copy(config_path, out / "config.toml")
    try:
        corpus = CORPORA[config.language](Path(config.data))
    except FileNotFoundError as error:
        raise InputError(
            f"{error.filename}: there is no such text; fetch fonts and texts with scripts/corpora, labelled sets with "
            "scripts/datasets"
        ) from error
    found = build(corpus, config, path)
    with replacing(figures) as file:
        file.write((json.dumps(found, indent=1) + "\n").encode())
    return path


def build(corpus: Corpus, config: LanguageConfig, path: Path) -> dict[str, float]:
    """Write the model's file; returns its n-grams, its words, and bits a character on the held-out lines.

    Args:
        corpus: the texts.
        config: of the model.
        path: of the file.
    """
    counts: Counter[str] = Counter()
    for text, _ in corpus.texts:
        counts.update(fold(text, accents=config.accents))
    alphabet = LINE_END + OTHER + "".join(sorted(c for c, n in counts.items() if n >= RARE and c != LINE_END))
    every = [(fold(text, accents=config.accents), weight) for text, weight in (*corpus.texts, *corpus.lists)]
    levels = prune(estimate(every, alphabet, config.order), config.nodes)
    characters = Charset.load(config.charset).characters if config.charset else ""
    rare = shares(every, alphabet, characters)
    words = known_words(corpus.texts, corpus.listed, config.words, accents=config.accents)
    write(path, levels, alphabet, words, config.grain, rare)
    return {
        "n-grams": sum(len(level.codes) for level in levels),
        "words": len(words),
        "bits a character": bits(LanguageModel(path), corpus.held),
    }
