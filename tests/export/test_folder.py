"""Exported folders: written whole, read back, and refused where they are damaged or exist."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rapidfuzz.distance import Levenshtein

from ocr.errors import InputError, UsageError
from ocr.export.folder import export
from ocr.export.targets import TARGETS
from ocr.exported import opened
from ocr.options import Options
from ocr.pipeline import Reader


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_an_export_reads_its_sample(tmp_path: Path, name: str) -> None:
    if missing := TARGETS[name].missing(TARGETS[name].variants[0]):
        pytest.skip(f"scripts/export-report tests it in an environment that has {', '.join(missing)}")
    report = export(TARGETS[name], "", tmp_path / "out")
    assert report.agreement is not None and report.cer is not None
    assert report.agreement > 0.98 and report.cer <= report.cer_float + 0.003
    exported = opened(tmp_path / "out")
    plain = Options(decoder="greedy", enhance="none", orient=False, deskew=False, transcription="literal",
                    fallback="never", threads=1)  # fmt: skip
    page = Reader(options=plain, detector=exported.detector, recognizer=exported.recognizer).read(
        tmp_path / "out" / "sample.png"
    ).pages[0]  # fmt: skip
    expected = json.loads((tmp_path / "out" / "expected.json").read_text(encoding="utf-8"))
    texts = ["\n".join(line.text for line in page.lines), "\n".join(line["text"] for line in expected)]
    assert Levenshtein.normalized_distance(*texts) < 0.01
    assert len(expected) > 20
    with pytest.raises(UsageError, match="exists already"):
        export(TARGETS[name], "", tmp_path / "out")
    exported.recognizer.write_bytes(exported.recognizer.read_bytes()[:-1])
    with pytest.raises(InputError, match="checksum"):
        opened(tmp_path / "out")


def test_nothing_is_left_where_lines_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "gt.jsonl").write_text('{"image": "none.png"}\n')
    with pytest.raises(InputError):
        export(TARGETS["onnx"], "", tmp_path / "out", lines=tmp_path / "gt.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["gt.jsonl"]
