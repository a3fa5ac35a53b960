"""What ``ocr export`` refuses, in a sentence that says what to do."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ocr.errors import DependencyError, InputError, OcrError, OutputError, UsageError
from ocr.export import folder as folders
from ocr.export.benchmark import benchmark, table
from ocr.export.check import Report
from ocr.export.folder import export
from ocr.export.targets import TARGETS, chosen, listed, markdown
from ocr.exported import opened
from ocr.weights import model

ONNX = TARGETS["onnx"]


def test_an_unknown_target_is_named_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean openvino"):
        chosen("openvin")
    with pytest.raises(UsageError, match="ocr export --list"):
        chosen("zzz")


def test_a_runtime_that_is_missing_is_named_with_its_extra(tmp_path: Path) -> None:
    absent = replace(ONNX, packages={"int8": ("no_such_runtime",)}, extra="mnn")
    with pytest.raises(DependencyError, match=r"no_such_runtime.*pip install 'ocr\[mnn\]'"):
        export(absent, "", tmp_path / "out")
    with pytest.raises(UsageError, match="no variant 'int4'"):
        export(ONNX, "int4", tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_a_model_without_a_card_is_refused(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    bare = onnx.load(str(model("crnn-european-mobile-int8").path))
    del bare.metadata_props[:]
    onnx.save(bare, str(tmp_path / "bare.onnx"))
    with pytest.raises(InputError, match="its metadata lacks"):
        export(ONNX, "", tmp_path / "out", model=tmp_path / "bare.onnx")
    assert [path.name for path in tmp_path.iterdir()] == ["bare.onnx"]


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("ar", "Tesseract reads it"),
        ("auto", "for one recogniser"),
        ("zh+en", "for one recogniser"),
        ("xx", "no language"),
    ],
)
def test_languages_that_no_single_model_reads_are_refused(tmp_path: Path, lang: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        export(ONNX, "", tmp_path / "out", lang=lang)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("lang", "name", "said"),
    [
        ("zh", "crnn-european-mobile-int8", "has no Han letters"),
        ("ru", "crnn-mrz-int8", "has no Cyrillic letters"),
        ("en", "", "--model is empty"),
    ],
)
def test_a_model_without_the_letters_of_the_language_is_refused(
    tmp_path: Path, lang: str, name: str, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        export(ONNX, "", tmp_path / "out", lang=lang, model=name)


def test_what_is_no_model_to_start_from_is_named(tmp_path: Path) -> None:
    export(TARGETS["ort"], "", tmp_path / "ort")
    with pytest.raises(UsageError, match=r"recognizer.ort: exported already"):
        export(ONNX, "", tmp_path / "out", model=str(tmp_path / "ort" / "recognizer.ort"))
    with pytest.raises(UsageError, match=r"ort: a folder; --model takes"):
        export(ONNX, "", tmp_path / "out", model=str(tmp_path / "ort"))
    assert [path.name for path in tmp_path.iterdir()] == ["ort"]


def test_a_packed_model_is_unpacked_and_exported(tmp_path: Path) -> None:
    report = export(ONNX, "", tmp_path / "out", model="crnn-en-tiny")
    assert report.model == "crnn-en-tiny" and report.cer is not None and report.cer < 0.1
    assert opened(tmp_path / "out").lang == "en"


def test_no_command_that_deletes_is_offered_for_foreign_folders(tmp_path: Path) -> None:
    for place in (Path("/"), tmp_path):
        with pytest.raises(UsageError, match="exists already") as refused:
            export(ONNX, "", place)
        assert "rm -r" not in str(refused.value)
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="file is no folder"):
        export(ONNX, "", tmp_path / "file" / "out")


def test_a_folder_that_exists_is_left(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("x")
    with pytest.raises(UsageError, match="exists already"):
        export(ONNX, "", tmp_path / "out")
    assert (tmp_path / "out" / "mine").read_text() == "x"


def test_a_target_that_reads_worse_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = Report("onnx", "int8", "en", "x", 1, 1, "float", 0.5, 0.0, 0.4, 1.0, 9, {"detector": 0.5})
    monkeypatch.setattr(folders, "check", lambda *arguments: bad)
    with pytest.raises(OcrError, match=r"parity failed on 9 lines: 50.0% of the frames.*40.00%.*model detector"):
        export(ONNX, "", tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_a_failing_target_is_a_row_with_its_reason() -> None:
    def broken(*arguments: object) -> None:
        raise OcrError("converter: out of order")

    rows = benchmark(
        [replace(ONNX, variants=("int8",), convert=broken), replace(ONNX, packages={"int8": ("nothing_",)})]
    )
    assert [row.status for row in rows] == ["failed", "not installed", "ok"]
    assert "converter: out of order" in table(rows) and "nothing_" in table(rows)
    assert rows[-1].ms_page > 0


def test_models_of_another_machine_are_not_read_here(tmp_path: Path) -> None:
    export(ONNX, "", tmp_path / "out")
    said = json.loads((tmp_path / "out" / "pipeline.json").read_text(encoding="utf-8"))
    said["models"]["recognizer"]["file"] = "recognizer.mlpackage"
    shutil.copytree(tmp_path / "out", tmp_path / "apple")
    (tmp_path / "apple" / "pipeline.json").write_text(json.dumps(said), encoding="utf-8")
    with pytest.raises(UsageError, match=r"run on Apple machines alone.*ocr export --target onnx"):
        opened(tmp_path / "apple")


def test_the_tables_have_a_row_for_each_target() -> None:
    assert len(markdown().splitlines()) == len(TARGETS) + 2
    for name in TARGETS:
        assert f" {name} " in listed() and f"| {name} |" in markdown()
    assert "no: Apple machines" in listed()


def test_all_packages_that_are_missing_are_named() -> None:
    target = replace(TARGETS["ncnn"], packages={"fp16": ("no_such_a", "no_such_b"), "float": ("no_such_a",)})
    with pytest.raises(DependencyError, match="needs the packages no_such_a and no_such_b; run"):
        target.require("fp16")
    with pytest.raises(DependencyError, match="needs the package no_such_a; run"):
        target.require("float")


@pytest.mark.parametrize("name", [name for name, target in TARGETS.items() if not target.lstm])
def test_runtimes_without_an_lstm_take_no_recogniser_that_has_one(tmp_path: Path, name: str) -> None:
    pytest.importorskip("onnx")
    target = replace(TARGETS[name], packages={})
    absent = replace(target, packages=dict.fromkeys(target.variants, ("no_such_package",)))
    with pytest.raises(UsageError, match=r"--lang zh.*without an LSTM.*ncnn"):  # before packages that would not help
        export(absent, "", tmp_path / "out", lang="zh")
    with pytest.raises(UsageError, match=r"crnn-european-mobile-int8: has an LSTM.*leave --model out"):
        export(target, "", tmp_path / "out", model="crnn-european-mobile-int8")
    assert not list(tmp_path.iterdir())
