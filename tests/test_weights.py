"""The manifest: found, parsed, checked; model files of one's own; what is missing is named."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ocr import weights
from ocr.errors import DependencyError, InputError, UsageError
from tests.model_files import ABOUT, model_file

ENTRY: dict[str, Any] = {
    "name": "crnn-en",
    "task": "recognize",
    "file": "crnn-en.onnx",
    "params": 1,
    "licence": "Apache-2.0",
    "trained_on": ["lines"],
}


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A models folder that the package looks in."""
    monkeypatch.setattr(weights, "FOLDERS", (tmp_path,))
    data = model_file(tmp_path / "crnn-en.onnx", replace(ABOUT, name="crnn-en")).read_bytes()
    seal = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    lost = {**ENTRY, **seal, "name": "lost", "file": "lost.onnx"}
    finder = {**ENTRY, **seal, "name": "db", "task": "detect"}
    write(tmp_path, [{**ENTRY, **seal}, lost, finder])
    return tmp_path


def write(folder: Path, entries: list[dict[str, Any]]) -> None:
    defaults = {"en": {"detector": "db", "recognizer": "crnn-en"}}
    manifest = {"schema": weights.SCHEMA, "defaults": defaults, "models": entries}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    weights._parse.cache_clear()


def test_a_name_gives_the_file_and_what_it_says(models: Path) -> None:
    file = weights.model("crnn-en", "recognize")
    assert (file.path, file.name, file.charset) == (models / "crnn-en.onnx", "crnn-en", "abé")
    assert (file.metadata.height, weights.manifest().models["crnn-en"].trained_on) == (32, ("lines",))
    assert weights.defaults("en") == ("db", "crnn-en")


@pytest.mark.parametrize("kind", [str, Path])
def test_a_path_gives_a_model_of_ones_own(models: Path, tmp_path: Path, kind: type) -> None:
    path = model_file(tmp_path / "letters.onnx", ABOUT)
    file = weights.model(kind(path), "recognize")
    assert (file.path, file.name, file.metadata) == (path, "mine", ABOUT)


def test_a_file_beside_a_name_does_not_hide_it(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(models)
    model_file(models / "crnn-en", ABOUT)
    assert weights.model("crnn-en").name == "crnn-en"
    assert weights.model(Path("crnn-en")).name == "mine"


def test_models_for_another_task_are_refused(models: Path) -> None:
    with pytest.raises(UsageError, match=r"db is a text detector; a recogniser is needed: name one of crnn-en, lost"):
        weights.model("db", "recognize")
    path = model_file(models / "letters.onnx", ABOUT)
    with pytest.raises(UsageError, match=r"letters\.onnx is a recogniser; a text detector is needed: name one of db"):
        weights.model(path, "detect")


def test_unknown_names_and_missing_files_say_what_there_is(models: Path) -> None:
    with pytest.raises(UsageError, match=r"no model 'nope'; name one of crnn-en, lost, or give the path"):
        weights.model("nope", "recognize")
    for path in ("nope.onnx", "mine/nope", models / "nope"):
        with pytest.raises(UsageError, match="there is no such model file; check the path, or name one of db"):
            weights.model(path, "detect")
    with pytest.raises(UsageError, match=r"'xx'.*en"):
        weights.defaults("xx")
    with pytest.raises(DependencyError, match=r"lost\.onnx"):
        weights.model("lost")


def test_files_that_are_no_models_of_ours(models: Path) -> None:
    (models / "photo.png").write_bytes(b"\x89PNG")
    with pytest.raises(InputError, match=r"photo\.png: not an ONNX model"):
        weights.model(models / "photo.png")
    with pytest.raises(InputError, match=r"theirs\.onnx: not a model file that this version of ocr can use"):
        weights.model(model_file(models / "theirs.onnx", {"charset": "abc"}))


def test_language_models_are_files_of_the_manifest(models: Path) -> None:
    with pytest.raises(UsageError, match="no language model 'lm-xx'"):
        weights.language_file("lm-xx")
    with pytest.raises(UsageError, match="crnn-en is a recogniser; a language model is needed"):
        weights.language_file("crnn-en")


def test_verify_sees_one_changed_byte(models: Path) -> None:
    assert weights.verify("crnn-en")
    path = models / "crnn-en.onnx"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    assert not weights.verify("crnn-en")
    with pytest.raises(UsageError, match="no model 'nope'"):
        weights.verify("nope")


def test_missing_manifest_says_where_it_looked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "FOLDERS", (tmp_path / "a", tmp_path / "b"))
    with pytest.raises(DependencyError, match=r"/a and .*/b"):
        weights.manifest()


@pytest.mark.parametrize("change", [{"hieght": 32}, {"sha256": None}, {"trained_on": None}])
def test_mistyped_and_missing_keys_are_refused(models: Path, change: dict[str, Any]) -> None:
    entry = {**ENTRY, "sha256": "0", "bytes": 1, **change}
    write(models, [{key: value for key, value in entry.items() if value is not None}])
    with pytest.raises(InputError, match=next(iter(change))):
        weights.manifest()


def test_damaged_manifest(models: Path) -> None:
    for text in ("{", "[]", '{"schema": 2}', '{"schema": 2, "models": []}', '{"models": [], "defaults": {}}', "\x00"):
        (models / "manifest.json").write_text(text)
        weights._parse.cache_clear()
        with pytest.raises(InputError, match="damaged"):
            weights.manifest()
    (models / "manifest.json").write_text('{"schema": 1, "models": [], "defaults": {}}')
    weights._parse.cache_clear()
    with pytest.raises(InputError, match="another version"):
        weights.manifest()


def test_weights_outside_the_wheel_are_found_elsewhere(models: Path) -> None:
    write(models, [{**ENTRY, "sha256": "0", "bytes": 1, "name": "small", "file": "small.onnx", "wheel": False}])
    with pytest.raises(DependencyError, match=r"wheel does not have them: copy models/small\.onnx"):
        weights.model("small")


def test_the_shipped_files_are_those_of_the_manifest() -> None:
    weights._parse.cache_clear()
    known = weights.manifest()
    for name, record in known.models.items():
        assert weights.verify(name), name
        assert (weights.folder() / record.file).stat().st_size == record.bytes
        assert record.trained_on and record.licence and record.metrics
        assert all(set(figure) == {"value", "command"} for figure in record.metrics.values())
    roles = {"detector": "detect", "recognizer": "recognize", "second": "recognize", "language": "language"}
    for defaults in known.defaults.values():
        for role, name in defaults.items():
            assert known.models[name].task == roles.get(role, role)
