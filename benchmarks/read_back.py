"""Whether programs find in a searchable PDF the words of ``--format txt``, in the same order.

    python benchmarks/read_back.py page.tif form.png
    python benchmarks/read_back.py --lang zh page.png

A row for each picture and a column for each program: "same" where its words are those of the text, in order; "hyphens"
where they are when words that are divided at the ends of lines are joined; "order" where only their order differs; else
how many words of the text it lacks, and how many it has that are not in the text.
``--show`` prints these words. pdftotext, mutool, pypdfium2 and pdfminer.six must be installed.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pypdfium2
from pdfminer.high_level import extract_text

import ocr
from ocr.job import Job, run

DIVIDED = re.compile(r"-\s*\n\s*")
"""A hyphen at the end of a line."""


def printed(*command: str) -> str:
    """What a program prints."""
    return subprocess.run(command, capture_output=True, check=True).stdout.decode()


def by_pdfium(path: Path) -> str:
    """The text as PDFium gives it; its signs for a hyphen at the end of a line are one again."""
    with pypdfium2.PdfDocument(path) as pdf:
        text = "\n".join(page.get_textpage().get_text_range() for page in pdf)
        return re.sub("[\x02\ufffe]", "-\n", text)


PROGRAMS: dict[str, Callable[[Path], str]] = {
    "pdftotext": lambda path: printed("pdftotext", str(path), "-"),
    "pdftotext -raw": lambda path: printed("pdftotext", "-raw", str(path), "-"),
    "mutool": lambda path: printed("mutool", "draw", "-q", "-F", "txt", str(path)),
    "pypdfium2": by_pdfium,
    "pdfminer": lambda path: str(extract_text(path)),
}


def compared(found: str, wanted: str) -> tuple[str, Counter[str], Counter[str]]:
    """What the table says; the words that are lacking, and those that are too many."""
    have, want = found.split(), wanted.split()
    if have == want:
        return "same", Counter(), Counter()
    have, want = (DIVIDED.sub("", text).split() for text in (found, wanted))
    if have == want:
        return "hyphens", Counter(), Counter()
    lacking, more = Counter(want) - Counter(have), Counter(have) - Counter(want)
    if not lacking and not more:
        return "order", lacking, more
    return f"-{lacking.total()} +{more.total()}", lacking, more


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--lang", default="en")
    parser.add_argument("--show", action="store_true", help="print the words that differ")
    parser.add_argument("--keep", type=Path, help="directory in which the PDFs and texts stay")
    arguments = parser.parse_args()
    reader = ocr.Reader(lang=arguments.lang)
    print(f"| page | words | {' | '.join(PROGRAMS)} |\n|---|---:|{'---|' * len(PROGRAMS)}")
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.keep or Path(scratch)
        folder.mkdir(exist_ok=True)
        for path in arguments.files:
            text, pdf = folder / f"{path.stem}.txt", folder / f"{path.stem}.pdf"
            run(Job(path, text, "txt", (("pdf", pdf),)), reader)
            wanted = text.read_text()
            results = {name: compared(program(pdf), wanted) for name, program in PROGRAMS.items()}
            said = " | ".join(said for said, _, _ in results.values())
            print(f"| {path.stem} | {len(wanted.split())} | {said} |", flush=True)
            for name, (_, lacking, more) in results.items() if arguments.show else ():
                if lacking or more:
                    print(f"  {name}: lacks {' '.join(lacking.elements())} // has {' '.join(more.elements())}")


if __name__ == "__main__":
    main()
