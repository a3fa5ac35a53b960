"""The converters of public data sets, on small sets of the same form."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ocr.evaluate import evaluate

ROOT = Path(__file__).resolve().parent.parent


def converted(name: str, images: Path, truth: Path, out: Path) -> dict[str, list[dict[str, Any]]]:
    """Run the program; the records of both parts."""
    command = [sys.executable, str(ROOT / "scripts/datasets"), name, *map(str, (images, truth, out))]
    subprocess.run(command, check=True, capture_output=True)
    files = {part: out / part / "gt.jsonl" for part in ("train", "dev")}
    return {
        part: [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
        for part, path in files.items()
    }


def picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (60, 40), 255).save(path)


def test_pages_and_their_split(tmp_path: Path) -> None:
    dev = json.loads((ROOT / "benchmarks/dev_sets.json").read_text("utf-8"))["isri_unlv"][0]
    for stem in (dev, "9999_001.3B", "no_truth"):
        picture(tmp_path / f"{stem}.tif")
    (tmp_path / f"{dev}.txt").write_text("a page\r\nof two lines\r\n", encoding="utf-8", newline="")
    (tmp_path / "9999_001.3B.txt").write_bytes("caf\xe9".encode("cp1252"))
    parts = converted("isri_unlv", tmp_path, tmp_path, tmp_path / "out")
    assert [(each["image"], each["text"]) for each in parts["dev"]] == [(f"img/{dev}.tif", "a page\nof two lines")]
    assert [(each["image"], each["text"]) for each in parts["train"]] == [("img/9999_001.3B.tif", "café")]
    assert (tmp_path / "out/train/img/9999_001.3B.tif").is_file()


def test_receipts(tmp_path: Path) -> None:
    picture(tmp_path / "img/999.jpg")
    (tmp_path / "box").mkdir()
    (tmp_path / "box/999.csv").write_text("1,2,30,2,30,9,1,9,TOTAL, RM 5.00\nbroken\n", encoding="utf-8")
    (record,) = converted("sroie", tmp_path / "img", tmp_path / "box", tmp_path / "out")["train"]
    assert record["boxes"] == [[[[1, 2], [30, 2], [30, 9], [1, 9]], "TOTAL, RM 5.00"]]
    assert record["order_free"] and record["ignore_case"]


def test_targets(tmp_path: Path) -> None:
    picture(tmp_path / "train/9999.png")
    picture(tmp_path / "clean/9999.png")
    (record,) = converted("noisyoffice", tmp_path / "train", tmp_path / "clean", tmp_path / "out")["train"]
    assert (tmp_path / "out/train" / record["target"]).is_file()


def test_zones_of_real_persons_are_left_out(tmp_path: Path) -> None:
    for stem in ("font_generate_1", "holiday.jpg-0"):
        picture(tmp_path / f"{stem}.tif")
        (tmp_path / f"{stem}.gt.txt").write_text("P<UTO", encoding="utf-8")
    parts = converted("mrz_lines", tmp_path, tmp_path, tmp_path / "out")
    assert [each["image"] for each in parts["train"]] == ["img/font_generate_1.png"] and not parts["dev"]
    assert parts["train"][0]["lang"] == "mrz"


def test_own_lines_can_be_evaluated(tmp_path: Path) -> None:
    for number in range(11):
        picture(tmp_path / f"line-{number:02}.png")
        (tmp_path / f"line-{number:02}.txt").write_text("text", encoding="utf-8")
    parts = converted("lines", tmp_path, tmp_path, tmp_path / "out")
    assert (len(parts["train"]), len(parts["dev"])) == (9, 2)
    predictions = tmp_path / "read.jsonl"
    predictions.write_text(
        "".join(json.dumps({"image": each["image"], "text": "text"}) + "\n" for each in parts["dev"])
    )
    *_, summary = evaluate(tmp_path / "out/dev/gt.jsonl", None, predictions=predictions)
    assert json.loads(summary)["cer"] == pytest.approx(0.0)
