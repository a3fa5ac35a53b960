"""OCRmyPDF with ocr and with Tesseract, in turns on one multi-page scan: wall time, CPU time and words.

    scripts/integrations ocrmypdf  # makes the virtual environment
    python benchmarks/ocrmypdf_engines.py DATA/isri_unlv/dev/gt.jsonl --pages 20 --rounds 2

The PDF is made of the first pages of a ground truth of page texts (docs/benchmarks.md), a picture each. Words are
compared without regard to their order, page by page, as ``ocr eval`` does.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path

from PIL import Image

from ocr.evaluate.text import normalise

PROGRAM = Path(__file__).parent.parent / "build/integrations/ocrmypdf/bin/ocrmypdf"
ENGINES = {"ocr": "ocr", "Tesseract": "tesseract"}


def bundle(pictures: list[Path], target: Path) -> None:
    """The pictures as the pages of a PDF, with their own pixels; where no resolution is stated, 300 dpi."""
    import img2pdf

    pages = []
    for picture in pictures:
        file = io.BytesIO()
        with Image.open(picture) as image:
            image.save(file, "PNG", dpi=image.info.get("dpi") or (300, 300))
        pages.append(file.getvalue())
    target.write_bytes(img2pdf.convert(pages))


def run(engine: str, source: Path, target: Path, jobs: int) -> tuple[float, float, list[str]]:
    """Wall seconds, CPU seconds and the texts of the pages."""
    command = [str(PROGRAM), "--ocr-engine", engine, "-j", str(jobs), "--output-type", "pdf", "-O0", "--quiet"]
    command += ["--tesseract-timeout", "3600"]  # OCRmyPDF's 180 s leave pages empty on a busy machine
    before, start = os.times(), time.perf_counter()
    subprocess.run([*command, str(source), str(target)], check=True)
    seconds, after = time.perf_counter() - start, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    text = subprocess.run(["pdftotext", str(target), "-"], check=True, capture_output=True, text=True).stdout
    return seconds, cpu, text.split("\f")[:-1]


def word_f1(found: list[str], truth: list[str]) -> float:
    """F1 of the bags of words, over all pages."""
    common = seen = wanted = 0
    for page, text in zip(found, truth, strict=True):
        a, b = (Counter(re.findall(r"\w+", normalise(one).casefold())) for one in (page, text))
        common, seen, wanted = common + (a & b).total(), seen + a.total(), wanted + b.total()
    return 2 * common / (seen + wanted)


def main() -> None:
    """Print a row for each run, and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("truth", type=Path, metavar="GT.jsonl")
    parser.add_argument("--pages", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("-j", "--jobs", type=int, default=2)
    options = parser.parse_args()
    rows = [json.loads(line) for line in options.truth.read_text("utf-8").splitlines()[: options.pages]]
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in ENGINES}
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "scan.pdf"
        bundle([options.truth.parent / row["image"] for row in rows], source)
        for turn in range(options.rounds):
            for name, engine in ENGINES.items():
                seconds, cpu, texts = run(engine, source, Path(folder) / f"{engine}.pdf", options.jobs)
                times[name].append((seconds, cpu))
                score = word_f1(texts, [row["text"] for row in rows])
                print(
                    f"round {turn + 1}  {name:10} {seconds:7.1f} s  {cpu:7.1f} s CPU  word F1 {score:.4f}", flush=True
                )
    for index, kind in enumerate(("wall time", "CPU time")):
        ours, theirs = (sum(pair[index] for pair in times[name]) for name in ENGINES)
        print(f"{kind}: Tesseract takes {theirs / ours:.2f} times as long")


if __name__ == "__main__":
    main()
