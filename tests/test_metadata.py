"""What model files say of themselves: read without a runtime, and refused where something is missing."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from ocr.errors import InputError
from ocr.metadata import TASKS, Metadata, pairs, read_metadata
from tests.model_files import ABOUT, model_file

ROOT = Path(__file__).parent.parent
SHIPPED = sorted((ROOT / "models").glob("*.onnx"))


@dataclasses.dataclass(frozen=True, slots=True)
class Dials:
    """Settings of a reader."""

    share: float
    names: tuple[str, ...]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_files_describe_themselves_as_the_manifest_does(path: Path) -> None:
    manifest = json.loads((ROOT / "models" / "manifest.json").read_text(encoding="utf-8"))
    [record] = [record for record in manifest["models"] if record["file"] == path.name]
    said = read_metadata(path)
    assert said.task in TASKS
    for key in ("name", "task", "licence"):
        assert getattr(said, key) == record[key]
    assert list(said.trained_on) == record["trained_on"]


def test_onnx_and_the_runtime_read_the_same_pairs() -> None:
    onnx = pytest.importorskip("onnx")
    from ocr.engine import Session

    path = ROOT / "models" / "crnn-zh-int8.onnx"
    found = pairs(path)
    assert found == {pair.key: pair.value for pair in onnx.load(str(path)).metadata_props}
    assert found == Session(path).metadata


def test_what_is_written_is_read(tmp_path: Path) -> None:
    assert read_metadata(model_file(tmp_path / "net.onnx", ABOUT)) == ABOUT


def test_pixels_become_input_as_the_file_says() -> None:
    pixels = np.array([[0, 51, 255]], np.uint8)
    assert ABOUT.normalised(pixels).tolist() == [[-1.0, pytest.approx(-0.6), 1.0]]
    plain = dataclasses.replace(ABOUT, mean=0.0, std=1.0)
    assert plain.normalised(pixels).tolist() == [[0.0, pytest.approx(0.2), 1.0]]


def test_settings_are_those_of_the_reader() -> None:
    said = dataclasses.replace(ABOUT, settings={"share": 0.5, "names": ["a", "b"]})
    assert said.settings_as(Dials, Path("net.onnx")) == Dials(0.5, ("a", "b"))
    for settings in ({"share": 0.5}, {"share": 0.5, "names": [], "more": 1}):
        with pytest.raises(InputError, match=r"net\.onnx: missing or unknown settings (names|more)"):
            dataclasses.replace(ABOUT, settings=settings).settings_as(Dials, Path("net.onnx"))


@pytest.mark.parametrize("key", ["format", "task", "name", "licence", "trained_on", "height", "mean", "settings"])
def test_files_of_earlier_versions_name_what_is_missing(tmp_path: Path, key: str) -> None:
    values = ABOUT.strings()
    del values[key]
    with pytest.raises(InputError, match=rf"old\.onnx: .*metadata lacks {key}; publish it again"):
        read_metadata(model_file(tmp_path / "old.onnx", values))


def test_a_recogniser_needs_its_charset(tmp_path: Path) -> None:
    values = ABOUT.strings()
    del values["charset"], values["calibration"]
    with pytest.raises(InputError, match="metadata lacks calibration, charset"):
        read_metadata(model_file(tmp_path / "net.onnx", values))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"format": "99"}, "later version of ocr"),
        ({"height": "tall"}, "metadata is damaged"),
        ({"settings": "{"}, "metadata is damaged"),
        ({"task": "translate"}, "unknown task 'translate'"),
    ],
)
def test_damaged_metadata(tmp_path: Path, change: dict[str, str], fault: str) -> None:
    with pytest.raises(InputError, match=rf"net\.onnx: .*{fault}"):
        read_metadata(model_file(tmp_path / "net.onnx", ABOUT.strings() | change))


def test_files_that_are_no_models(tmp_path: Path) -> None:
    whole = model_file(tmp_path / "net.onnx", ABOUT).read_bytes()
    path = tmp_path / "other.onnx"
    for content in (b"", b"\x89PNG\r\n\x1a\n", b"text of a page", bytes(300), b"\xff" * 40, whole[:-5], whole[:20]):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"other\.onnx: not an ONNX model"):
            pairs(path)
    with pytest.raises(InputError, match=r"none\.onnx: cannot be read \(No such file"):
        pairs(tmp_path / "none.onnx")
    with pytest.raises(InputError, match="cannot be read"):
        pairs(tmp_path)


def test_unknown_keys_are_left_alone(tmp_path: Path) -> None:
    values = ABOUT.strings() | {"onnx.infer": "onnxruntime.quant"}
    assert Metadata.of(pairs(model_file(tmp_path / "net.onnx", values)), Path("net.onnx")) == ABOUT
