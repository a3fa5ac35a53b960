"""The other commands."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

import ocr
from ocr.doctor import Finding, State
from tests.cli.conftest import Run
from tests.cli.fake import leftovers


def test_eval_scores_predictions_without_models(run: Run, tmp_path: Path) -> None:
    truth, found = tmp_path / "gt.jsonl", tmp_path / "p.jsonl"
    truth.write_text('{"image": "a.png", "text": "abcd efgh"}\n')
    found.write_text('{"image": "a.png", "text": "abcd efgx"}\n')
    code, out, _ = run("eval", truth, "--predictions", found, "--per-image")
    assert code == 0
    assert out.splitlines()[0].endswith("a.png")
    assert json.loads(out.splitlines()[-1])["cer"] == pytest.approx(1 / 9, abs=1e-4)
    assert run("eval", tmp_path / "none.jsonl", "--predictions", found)[0] == 2


def test_eval_counts_images_that_are_missing(run: Run, tmp_path: Path) -> None:
    truth, found = tmp_path / "gt.jsonl", tmp_path / "p.jsonl"
    truth.write_text('{"image": "a.png", "text": "abcd"}\n{"image": "b.png", "text": "efgh"}\n')
    found.write_text('{"image": "a.png", "text": "abcd"}\n')
    code, out, err = run("eval", truth, "--predictions", found)
    assert (code, json.loads(out)["missing"]) == (5, 1)
    assert err.startswith(f"ocr: {truth}: 1 of 2 images have no line in {found}")


def test_bench_knows_its_engines(run: Run, scan: Path) -> None:
    code, _, err = run("bench", scan, "--against", "crystal-ball")
    assert code == 1
    assert "crystal-ball" in err


def test_enhance_says_which_operators_and_pictures_there_are(run: Run, scan: Path, tmp_path: Path) -> None:
    code, _, err = run("enhance", scan, "-o", tmp_path / "page.png", "--operator", "whitten")
    assert code == 1 and "whitten" in err and "whiten" in err
    code, _, err = run("enhance", scan, "-o", tmp_path / "page.txt", "--operator", "whiten")
    assert code == 1 and "page.txt" in err and ".png" in err
    assert not leftovers(tmp_path)


def test_doctor(run: Run) -> None:
    code, out, _ = run("doctor")
    assert f"{ocr.__version__} on Python" in out
    assert "pypdfium2" in out
    assert "tesseract" in out
    assert (code, "Everything required works." in out) == ((3, False) if "MISSING" in out else (0, True))


def test_doctor_separates_what_is_optional(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    findings = [
        Finding("extra", State.OPTIONAL, "for more"),
        Finding("core", State.MISSING, "required; run: pip install core"),
        Finding("base", State.OK, "1.0"),
    ]
    monkeypatch.setattr("ocr.doctor.examine", lambda: findings)
    code, out, _ = run("doctor")
    assert code == 3
    assert [line.split()[0] for line in out.splitlines() if line] == ["MISSING", "ok", "ok", "Not", "optional", "1"]


def test_doctor_without_programs(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    _, out, _ = run("doctor")
    optional = out.partition("not needed for reading:")[2]
    assert "apt install tesseract-ocr" in optional
    assert "apt install poppler-utils" in optional


def test_enhance_help_lists_the_operators_that_are_installed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ocr.page.enhance.installed", lambda: ("whiten", "binarize", "rtv"))
    code, out, _ = run("enhance", "--help")
    listed = dict(line.split(maxsplit=1) for line in out.partition("Operators:")[2].splitlines() if line.strip())
    assert code == 0
    assert listed["documents"] == "whiten, binarize"
    assert listed["photographs"] == "rtv"
    assert "not installed" in out and "pencil" in out.partition("not installed")[2]


def test_reading_the_samples(run: Run, reader: ocr.Reader, scan: Path, tmp_path: Path) -> None:
    code, out, _ = run("read", scan, "-j", "1")
    assert code == 0
    assert len(out.split("\f")) == 3
    assert "Robin Hood" in out
    pdf = tmp_path / "out.pdf"
    assert run("read", scan, "--pages", "2", "-o", pdf)[0] == 0
    assert pdf.stat().st_size > scan.stat().st_size


def test_training_without_torch(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "a.toml"
    config.touch()
    for name in [name for name in sys.modules if name.split(".")[0] == "torch" or name.startswith("ocr.train")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    code, _, err = run("train", "recognize", config)
    assert code == 3
    assert "pip install '.[train]'" in err
