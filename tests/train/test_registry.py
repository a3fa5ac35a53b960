"""Publishing: what comes out says what it is, is held to its limits, and changes nothing where a step fails."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")

from torch import nn  # noqa: E402

from ocr import weights  # noqa: E402
from ocr.errors import OcrError, UsageError  # noqa: E402
from ocr.export.nets import export_net, quantize_net  # noqa: E402
from ocr.export.parity import FLOAT_LIMIT, held, largest  # noqa: E402
from ocr.metadata import Metadata, read_metadata  # noqa: E402
from ocr.page.orient import Orienter  # noqa: E402
from ocr.train.checkpoint import Trained, build, load  # noqa: E402
from ocr.train.registry import Metrics, Recipe, figure, publish, register  # noqa: E402

COMMAND = "python -m somebody.publishes"


def trained(**facts: Any) -> Trained:
    """A small orientation net with random weights."""
    torch.manual_seed(3)
    net = build("orient", "orient", {"channels": [4, 6, 8, 8]}).eval()
    known: dict[str, Any] = {
        "trained_on": ("300 lines of letters (CC0)",),
        "licence": "CC0-1.0",
        "minutes": 2.5,
    } | facts
    return Trained(
        "orient", "orient", {"channels": [4, 6, 8, 8]}, net,
        history=({"step": 50, "loss": 1.5}, {"step": 100, "loss": 0.5, "wrong": 0.25}), **known,
    )  # fmt: skip


def feeds(count: int) -> list[dict[str, NDArray[np.float32]]]:
    """Inputs as the net takes them."""
    rng = np.random.default_rng(1)
    return [{"lines": rng.uniform(-1, 1, (1, 1, 32, 256)).astype(np.float32)} for _ in range(count)]


def export(net: nn.Module, path: Path, about: Metadata) -> float:
    return export_net(net, path, about, "lines", torch.rand(2, 1, 32, 256) * 2 - 1, ["upside_down"], {0: "n"})


def quantize(wide: Path, path: Path) -> Path:
    return quantize_net(wide, path, feeds(16))


def measured(path: Path) -> Metrics:
    return {"bytes": figure(path.stat().st_size, COMMAND)}


def recipe(**changes: Any) -> Recipe:
    usual = {"export": export, "quantize": quantize, "feeds": feeds(4), "outputs": ("upside_down",), "limit": 0.5}
    usual |= {"settings": {}, "command": COMMAND, "height": 32, "width": 256, "measure": measured}
    return Recipe(**usual | changes)  # type: ignore[arg-type]


def test_a_published_model_says_what_it_is_and_can_be_used(tmp_path: Path) -> None:
    record = publish(trained(), "mine-int8", recipe(), tmp_path / "models")
    path = tmp_path / "models" / "mine-int8.onnx"
    said = read_metadata(path)
    assert (said.task, said.name, said.licence, said.trained_on) == (
        "orient",
        "mine-int8",
        "CC0-1.0",
        record.trained_on,
    )
    assert (said.height, said.width, said.mean, said.std) == (32, 256, 0.5, 0.5)
    assert record.trained_on == said.trained_on == ("300 lines of letters (CC0)",)
    assert record.bytes == path.stat().st_size
    assert Orienter(path, 1).logits(np.zeros((2, 32, 256), np.uint8)).shape == (2,)
    assert record.metrics["bytes"]["value"] == record.bytes
    assert record.metrics["minutes of training"] == {"value": 2.5, "command": COMMAND}
    assert 0 <= record.metrics["largest difference between float model and net"]["value"] < 1e-3
    assert 0 < record.metrics["difference between int8 and float model"]["value"] < 0.5
    weights._parse.cache_clear()
    assert weights._parse(tmp_path / "models" / "manifest.json").models == {"mine-int8": record}


def test_weights_and_curve_stand_beside_it(tmp_path: Path) -> None:
    net = trained()
    publish(net, "mine-int8", recipe(), tmp_path)
    again = load(tmp_path / "training" / "mine.pt", "orient")
    assert replace(again, net=net.net) == net
    pairs = zip(again.net.state_dict().values(), net.net.state_dict().values(), strict=True)
    assert all(torch.allclose(stored.float(), value.float(), rtol=1e-3, atol=1e-6) for stored, value in pairs)
    with (tmp_path / "training" / "mine.log.csv").open() as file:
        assert list(csv.DictReader(file)) == [
            {"step": "50", "loss": "1.5", "wrong": ""},
            {"step": "100", "loss": "0.5", "wrong": "0.25"},
        ]


def test_without_quantization_the_float_model_ships(tmp_path: Path) -> None:
    record = publish(trained(), "plain", recipe(quantize=None), tmp_path, weights="other")
    assert (tmp_path / "training" / "other.pt").is_file()
    assert "difference between int8 and float model" not in record.metrics
    kinds = {node.op_type for node in onnx.load(str(tmp_path / "plain.onnx")).graph.node}
    assert "Conv" in kinds and "QuantizeLinear" not in kinds


def test_what_is_fitted_to_the_file_is_in_it(tmp_path: Path) -> None:
    def fit(path: Path) -> Metrics:
        from ocr.export.metadata import set_pairs

        set_pairs(path, {"name": "fitted"})
        return {"error": figure(0.25, COMMAND)}

    record = publish(trained(), "mine", recipe(fit=fit), tmp_path)
    assert read_metadata(tmp_path / "mine.onnx").name == "fitted"
    assert record.metrics["error"]["value"] == 0.25


def broken(net: nn.Module, path: Path, about: Metadata) -> float:
    """A float model of other weights than the net's, held to the net as exporters do it."""
    other = trained().net
    torch.nn.init.constant_(other.head.bias, 3.0)  # type: ignore[union-attr]
    export(other, path, about)
    feed = feeds(1)[0]
    with torch.no_grad():
        expected = net(torch.from_numpy(feed["lines"])).numpy()
    return held(path, largest(path, feed, {"upside_down": expected}), FLOAT_LIMIT, "float")


def coarse(wide: Path, path: Path) -> Path:
    """An int8 model with ranges of inputs that are next to nothing."""
    return quantize_net(wide, path, [{"lines": feed["lines"] * np.float32(1e-3)} for feed in feeds(4)])


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"export": broken}, "the float model differs by"),
        ({"quantize": coarse, "limit": 0.1}, r"the int8 model differs by .*, more than 0\.1"),
        ({"measure": lambda _: 1 / 0}, "division"),
    ],
)
def test_a_step_that_fails_changes_nothing(tmp_path: Path, changes: dict[str, Callable[..., Any]], fault: str) -> None:
    publish(trained(), "mine", recipe(), tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises((OcrError, ZeroDivisionError), match=fault):
        publish(trained(minutes=9.0), "mine", recipe(**changes), tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("missing", ["trained_on", "licence"])
def test_weights_of_unknown_origin_are_not_published(tmp_path: Path, missing: str) -> None:
    with pytest.raises(UsageError, match=f"mine: its checkpoint says nothing of {missing}; put {missing} = "):
        publish(trained(**{missing: ()}), "mine", recipe(), tmp_path / "models")
    assert not (tmp_path / "models").exists()


def test_a_record_that_is_there_is_replaced_in_its_place(tmp_path: Path) -> None:
    facts: dict[str, Any] = {
        "task": "language",
        "params": 5,
        "licence": "CC0-1.0",
        "trained_on": ["words"],
        "metrics": {},
    }
    for name in ("one", "two", "three"):
        (tmp_path / f"{name}.npz").write_bytes(name.encode())
        register(tmp_path, tmp_path / f"{name}.npz", name=name, **facts)
    (tmp_path / "one.npz").write_bytes(b"other")
    register(tmp_path, tmp_path / "one.npz", name="one", **facts, wheel=False)
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert [entry["name"] for entry in manifest["models"]] == ["one", "two", "three"]
    assert manifest["models"][0]["wheel"] is False and "wheel" not in manifest["models"][1]
    assert manifest["models"][0]["bytes"] == 5 and not list(tmp_path.glob(".*"))
