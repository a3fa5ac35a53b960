"""Running text in some twenty languages, from the help pages of LibreOffice (Debian's libreoffice-help-*, MPL-2.0).

python -m ocr.train.language.help_pages cache/languages cache/packages/help/usr/share/libreoffice/help

Writes ``LANGUAGE.txt`` for each language: paragraphs, each once, one a line.
"""

from __future__ import annotations

import argparse
import html
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

__all__ = ["main", "paragraphs", "save_texts"]

PARAGRAPH = re.compile(r"<(p|h\d|li|td)\b[^>]*>(.*?)</\1>", re.DOTALL)
TAG = re.compile(r"<[^>]+>")
SHORTEST = 12
"""Characters; shorter ones are mostly labels."""


def paragraphs(page: str) -> Iterator[str]:
    """The paragraphs of an HTML page as plain text with single spaces.

    Example:
        >>> list(paragraphs("<p>Ein <b>kurzer</b>  Satz &amp; mehr.</p><p>OK</p>"))
        ['Ein kurzer Satz & mehr.']
    """
    for match in PARAGRAPH.finditer(page):
        text = " ".join(html.unescape(TAG.sub("", match[2])).split())
        if len(text) > SHORTEST and not re.search(r"[{}<>]{2}", text):
            yield text


def save_texts(folder: Path, language: str, texts: Iterable[str]) -> None:
    """Write texts to ``LANGUAGE.txt``, each once, one a line, and print how much there is."""
    found = dict.fromkeys(texts)
    (folder / f"{language}.txt").write_text("\n".join(found), encoding="utf-8")
    print(f"{language}: {sum(map(len, found))} characters", flush=True)


def main(arguments: Sequence[str]) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="folder for the text files")
    parser.add_argument("help", type=Path, help="folder with one folder of HTML pages for each language")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    for folder in sorted(path for path in options.help.iterdir() if (path / "text").is_dir()):
        pages = (path.read_text(encoding="utf-8", errors="ignore") for path in sorted(folder.glob("text/**/*.html")))
        save_texts(options.out, folder.name, (text for page in pages for text in paragraphs(page)))


if __name__ == "__main__":
    main(sys.argv[1:])
