"""Small language models of the European languages, in one archive.

    python -m ocr.train.language.european models/training/lm-european.toml [--models models] [--languages da sv ...]

Makes a model for each language that has texts, enters ``lm-european.zip`` into the manifest, and prints a line for each
language. The archive has ``CODE.dcz`` for each language, and ``words.txt``: a line for each language with its code and
its most frequent words, by which the language of a page is recognised.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from ocr.languages import LANGUAGES
from ocr.output import replacing
from ocr.packed_weights import SUFFIX, pack_ngrams
from ocr.recognize.language import read_arrays
from ocr.recognize.which_language import WORDS_FILE
from ocr.train.config import read_config
from ocr.train.language.corpus import WORD, Corpus, european
from ocr.train.language.trainer import LanguageConfig, build
from ocr.train.registry import figure, register

__all__ = ["EuropeanConfig", "frequent", "main", "make"]

NAME: Final = "lm-european"
FREQUENT: Final = 300
"""Words of each language in the list of frequent words."""
ENGLISH, SURELY, SHORT = 2000, 100, 2
"""So many frequent English words are not counted in texts of programs in other languages; so many of the short ones."""

PROGRAMS, MORE = "en-US", 2.0
"""Name of the English help pages; a word of another language is so many times as frequent in its own texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EuropeanConfig:
    """Models of several languages.

    Attributes:
        data: folder with ``languages``: ``CODE.txt``, ``CODE.catalogue.txt`` and ``CODE.words.txt``.
        without: codes of languages that are only recognised: their letters are enough.
        without_texts: codes of languages that there are no texts of.
        order, nodes, words, grain: of each model, as for :class:`LanguageConfig`.
        trained_on: the texts in words, each with its licence.
        licence: of the models, an SPDX identifier.
    """

    data: str
    without: tuple[str, ...] = ()
    without_texts: tuple[str, ...] = ()
    order: int
    nodes: int
    words: int
    grain: int
    trained_on: tuple[str, ...]
    licence: str


def frequent(corpus: Corpus, english: Sequence[str], programs: Corpus | None = None) -> list[str]:
    """The most frequent words of a language, most frequent first.

    Args:
        corpus: of the language.
        english: frequent English words, which are all over the texts of programs.
        programs: English texts of programs: words that are about as frequent there were left untranslated.
    """
    if corpus.listed:
        return [word for word in corpus.listed if WORD.fullmatch(word) and len(word) > 1][:FREQUENT]
    counts, untranslated = _counts(corpus), _counts(programs) if programs else Counter[str]()
    share = MORE * counts.total() / max(1, untranslated.total())
    foreign = {word for word, count in counts.items() if count < share * untranslated[word]}
    foreign |= {word for rank, word in enumerate(english) if len(word) > SHORT or rank < SURELY}
    return [word for word, _ in counts.most_common() if len(word) > 1 and word not in foreign][:FREQUENT]


def _counts(corpus: Corpus) -> Counter[str]:
    return Counter(word for text, _ in corpus.texts for word in WORD.findall(text.lower()))


def make(config: EuropeanConfig, models: Path, languages: Sequence[str] = ()) -> Path:
    """Make the models and enter the archive into the manifest; returns the archive.

    Args:
        config: of the models.
        models: folder of the manifest.
        languages: codes; all that have texts when empty.

    Raises:
        FileNotFoundError: a language that was named has no texts.
    """
    rows, files, bits, ngrams = [], [], [], 0
    english = european(Path(config.data), "en").listed[:ENGLISH]
    there = (Path(config.data) / "languages" / f"{PROGRAMS}.txt").is_file()
    programs = european(Path(config.data), PROGRAMS) if there else None
    for code in languages or [code for code in LANGUAGES if code not in ("zh", *config.without_texts)]:
        corpus = european(Path(config.data), code)
        rows.append(" ".join([code, *frequent(corpus, english, programs)]))
        if code == "en" or code in config.without:
            continue  # English has a model of its own
        one = LanguageConfig(
            language=code, data=config.data, order=config.order, nodes=config.nodes, accents=True, words=config.words,
            grain=config.grain,
        )  # fmt: skip
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.npz"
            figures = build(corpus, one, path)
            packed = pack_ngrams(read_arrays(path), f"{NAME}:{code}", config.licence, config.trained_on)
        files.append((f"{code}{SUFFIX}", packed))
        bits.append(figures["bits a character"])
        ngrams += int(figures["n-grams"])
        print(f"{code}: {len(packed):,} bytes, {figures['bits a character']:.3f} bits a character", flush=True)
    models.mkdir(parents=True, exist_ok=True)
    target = models / f"{NAME}.zip"
    with replacing(target) as file, ZipFile(file, "w") as archive:
        archive.writestr(ZipInfo(WORDS_FILE), "\n".join(rows) + "\n", ZIP_DEFLATED)
        for name, packed in files:
            archive.writestr(ZipInfo(name), packed, ZIP_STORED)
    command = "python -m ocr.train.language.european models/training/lm-european.toml"
    register(
        models, target, name=NAME, task="language", params=ngrams, licence=config.licence, trained_on=config.trained_on,
        metrics={"bits a character, held-out text, mean": figure(round(sum(bits) / max(1, len(bits)), 3), command)},
    )  # fmt: skip
    return target


def main(arguments: Sequence[str]) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=Path)
    parser.add_argument("--models", type=Path, default=Path("models"), help="folder of the manifest; made if missing")
    parser.add_argument("--languages", nargs="+", default=[], help="codes; all that have texts when left out")
    options = parser.parse_args(arguments)
    target = make(read_config(EuropeanConfig, options.config), options.models, options.languages)
    print(f"{target}: {target.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main(sys.argv[1:])
