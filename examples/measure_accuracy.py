"""Measure how well your own documents are read: character errors, words found, and whether confidence can be trusted.

python examples/measure_accuracy.py gt.jsonl

Each line of gt.jsonl is an object such as {"image": "page-1.png", "text": "what the page says"}; paths are relative to
the file, and "task": "line" marks images of a single line. docs/formats.md describes the format.
"""

import argparse
import json
from pathlib import Path

import ocr
from ocr.evaluate import evaluate


def main(path: str) -> None:
    """Read each image and compare it with its truth."""
    for quality in ("fast", "best"):
        *_, summary = evaluate(Path(path), ocr.Reader(quality=quality))
        figures = json.loads(summary)
        print(
            f"{quality}: "
            + ", ".join(f"{name} {figures[name]}" for name in ("cer", "word_f1", "ece") if name in figures)
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", help="gt.jsonl")
    main(**vars(parser.parse_args()))
