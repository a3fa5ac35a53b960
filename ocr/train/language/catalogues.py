"""Short texts in some forty languages, from the gettext catalogues of programs (packages with /usr/share/locale).

python -m ocr.train.language.catalogues cache/languages cache/packages/catalogues/usr/share/locale

Adds ``LANGUAGE.catalogue.txt`` for each language: translations, each once, one a line.
"""

from __future__ import annotations

import argparse
import gettext
import html
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from ocr.train.language.help_pages import save_texts

__all__ = ["LANGUAGES", "main", "texts"]

LANGUAGES = (
    "bg ca cs cy da de el es et eu fi fr ga gl hr hu id is it lt lv mk mt nb nl nn pl pt pt_BR ro ru sk sl sq sr "
    "sr@latin sv tr uk vi"
).split()
MARKUP = re.compile(r"<[^<>]*>|[{}$%]\(?\w*\)?[sduifgc]?|\\[nt]|@\w+@")
ACCELERATOR = re.compile(r"[_&](?=\w)|\([_&]\w\)")
SHORTEST = 4
"""Characters."""


def texts(translation: str) -> Iterator[str]:
    """The lines of a translation without markup, placeholders and keyboard accelerators.

    Example:
        >>> list(texts("_Bild <b>öffnen</b>\\nDatei %s nicht gefunden"))
        ['Bild öffnen', 'Datei nicht gefunden']
    """
    for line in translation.split("\n"):
        text = " ".join(ACCELERATOR.sub("", MARKUP.sub(" ", html.unescape(line))).split())
        if len(text) >= SHORTEST and sum(c.isalpha() for c in text) > len(text) / 2:
            yield text


def translations(folder: Path) -> Iterator[str]:
    """The translations in the ``.mo`` files of a language's folder that differ from the original."""
    for path in sorted(folder.glob("LC_MESSAGES/*.mo")):
        with path.open("rb") as file:
            catalogue = gettext.GNUTranslations(file)
        # The catalogue has no public iterator; its dictionary maps the original to the translation.
        for original, translation in catalogue._catalog.items():  # type: ignore[attr-defined]
            if original and translation != original and isinstance(translation, str):
                yield translation


def main(arguments: Sequence[str]) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="folder for the text files")
    parser.add_argument("locales", type=Path, help="folder with one folder of catalogues for each language")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    for language in LANGUAGES:
        found = (text for each in translations(options.locales / language) for text in texts(each))
        save_texts(options.out, f"{language}.catalogue", found)


if __name__ == "__main__":
    main(sys.argv[1:])
