"""What it costs to read in a process of its own: CPU seconds of both ways, in turns, medians of the rounds.

    python benchmarks/isolation.py --rounds 5 pages.pdf

The file has two pages or more. It is read whole, and its first page alone: the difference is what a page more costs.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys

HERE = """
import sys, ocr
from ocr.options import Options
for page in ocr.Reader(options=Options(threads=1)).pages(sys.argv[1], pages=sys.argv[2] or None): pass
"""
APART = """
import sys
from ocr.crew import Crew
from ocr.options import Options
with Crew(Options(jobs=1), early=True) as crew, crew.open(sys.argv[1], pages=sys.argv[2] or None) as source:
    for page in crew.pages(source): pass
"""


def cpu_seconds(program: str, path: str, pages: str) -> float:
    """Of a program with all processes that it started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", program, path, pages], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    seconds: dict[tuple[str, str], list[float]] = {}
    for _ in range(arguments.rounds):
        for pages in ("1", ""):
            for program in (HERE, APART):
                seconds.setdefault((program, pages), []).append(cpu_seconds(program, arguments.file, pages))
    medians = {key: statistics.median(values) for key, values in seconds.items()}
    print("| CPU seconds | in the program itself | in a process of its own | more |\n|---|---:|---:|---:|")
    rows = {"first page alone": ("1",), "all pages": ("",), "each page after the first, all together": ("", "1")}
    for name, (whole, *less) in rows.items():
        here, apart = (medians[p, whole] - sum(medians[p, part] for part in less) for p in (HERE, APART))
        print(f"| {name} | {here:.2f} | {apart:.2f} | {apart / here - 1:+.1%} |")


if __name__ == "__main__":
    main()
