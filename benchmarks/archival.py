"""Which PDFs become PDF/A, and why the others are refused.

    python benchmarks/archival.py samples/scan.pdf *.pdf

Only the first page of each file is read; the whole file is converted. A line says: file, pages, the program that made
it, and for each kind of PDF/A the bytes, or the exit code with the reason.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pikepdf

KINDS = ("1b", "2b", "3b")


def converted(path: Path, kind: str, more: list[str]) -> str:
    """What became of a file."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.pdf"
        command = [sys.executable, "-m", "ocr.cli", "read", "-q", "--pages", "1", "--pdfa", kind, *more]
        done = subprocess.run([*command, str(path), "-o", str(out)], capture_output=True, text=True, check=False)
        if out.exists():
            return f"{out.stat().st_size:,}"
        reason = re.search(r"PDF/A-..: (.*?); leave out", done.stderr, re.DOTALL)
        return f"exit {done.returncode}: {reason[1] if reason else done.stderr.strip()}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--force", action="store_true", help="with --mode force, which makes pictures of pages")
    arguments = parser.parse_args()
    more = ["--mode", "force"] if arguments.force else []
    for path in arguments.files:
        with pikepdf.open(path) as pdf:
            print(f"{path.name}: {len(pdf.pages)} pages, {pdf.docinfo.get('/Producer', 'unknown')}", flush=True)
        for kind in KINDS:
            print(f"    {kind}: {converted(path, kind, more)}", flush=True)


if __name__ == "__main__":
    main()
