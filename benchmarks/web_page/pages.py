"""Pages with their text for the benchmark of the web page: python benchmarks/web_page/pages.py OUT N GT...

The first N pages of each ground truth (JSON Lines with ``text``, as ``ocr eval`` takes it) as PNG, and their text.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from PIL import Image

from ocr.source import open_source


def main(out: Path, count: int, truths: list[Path]) -> None:
    """Write the pages."""
    out.mkdir(parents=True, exist_ok=True)
    for truth in truths:
        rows = [json.loads(row) for row in truth.read_text(encoding="utf-8").splitlines()]
        for row in [row for row in rows if "text" in row][:count]:
            path = truth.parent / row["image"]
            with open_source(path) as source:
                Image.fromarray(source.page(source.numbers[0]).pixels).save(out / f"{path.stem}.png")
            (out / f"{path.stem}.txt").write_text(row["text"], encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), [Path(path) for path in sys.argv[3:]])
