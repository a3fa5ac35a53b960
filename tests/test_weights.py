"""The manifest: found, parsed, checked; what is missing is named."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from ocr import weights
from ocr.errors import DependencyError, InputError, UsageError

ENTRY: dict[str, Any] = {
    "name": "crnn-en",
    "task": "recognize",
    "file": "crnn-en.onnx",
    "sha256": hashlib.sha256(b"weights").hexdigest(),
    "bytes": 7,
    "params": 1,
    "licence": "Apache-2.0",
    "charset": "crnn-en.txt",
    "height": 32,
    "trained_on": ["lines"],
}


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A models folder that the package looks in."""
    monkeypatch.setattr(weights, "FOLDERS", (tmp_path,))
    write(tmp_path, [ENTRY, {**ENTRY, "name": "lost", "file": "lost.onnx", "charset": "abc"}])
    (tmp_path / "crnn-en.onnx").write_bytes(b"weights")
    (tmp_path / "crnn-en.txt").write_text("a\nb\né\n", encoding="utf-8")
    return tmp_path


def write(folder: Path, entries: list[dict[str, Any]]) -> None:
    defaults = {"en": {"detector": "detect-mobile", "recognizer": "crnn-en"}}
    (folder / "manifest.json").write_text(json.dumps({"schema": 1, "defaults": defaults, "models": entries}))
    weights._parse.cache_clear()


def test_model_comes_with_its_record_and_charset(models: Path) -> None:
    file = weights.model("crnn-en")
    assert (file.path, file.record.height, file.record.trained_on) == (models / "crnn-en.onnx", 32, ("lines",))
    assert file.charset == "abé"
    assert weights.ModelFile(file.path, weights.manifest().models["lost"]).charset == "abc"
    assert weights.defaults("en") == ("detect-mobile", "crnn-en")


def test_verify_sees_one_changed_byte(models: Path) -> None:
    assert weights.verify(weights.model("crnn-en"))
    (models / "crnn-en.onnx").write_bytes(b"weighty")
    assert not weights.verify(weights.model("crnn-en"))


def test_unknown_names_list_the_known_ones(models: Path) -> None:
    with pytest.raises(UsageError, match="crnn-en, lost"):
        weights.model("nope")
    with pytest.raises(UsageError, match=r"'xx'.*en"):
        weights.defaults("xx")
    with pytest.raises(DependencyError, match=r"lost.onnx"):
        weights.model("lost")


def test_missing_manifest_says_where_it_looked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "FOLDERS", (tmp_path / "a", tmp_path / "b"))
    with pytest.raises(DependencyError, match=r"/a and .*/b"):
        weights.manifest()


@pytest.mark.parametrize("change", [{"hieght": 32}, {"sha256": None}])
def test_mistyped_and_missing_keys_are_refused(models: Path, change: dict[str, Any]) -> None:
    entry = {key: value for key, value in {**ENTRY, **change}.items() if value is not None}
    write(models, [entry])
    with pytest.raises(InputError, match=next(iter(change))):
        weights.manifest()


def test_damaged_manifest(models: Path) -> None:
    for text in ("{", "[]", '{"schema": 1}'):
        (models / "manifest.json").write_text(text)
        weights._parse.cache_clear()
        with pytest.raises(InputError, match="damaged"):
            weights.manifest()


def test_weights_outside_the_wheel_are_found_elsewhere(models: Path) -> None:
    write(models, [{**ENTRY, "name": "small", "file": "small.onnx", "wheel": False}])
    with pytest.raises(DependencyError, match=r"not in the wheel: copy models/small\.onnx"):
        weights.model("small")
