"""From runs of the enhancement nets to models that the enhancer loads."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from ocr.errors import UsageError  # noqa: E402
from ocr.page.enhance import DOCUMENT_OPERATORS, CanEnhancer  # noqa: E402
from ocr.train.enhance import figures  # noqa: E402
from ocr.train.enhance import publish as publishing  # noqa: E402
from ocr.train.enhance.pictures import read_rgb  # noqa: E402
from ocr.train.enhance.publish import publish  # noqa: E402
from ocr.train.enhance.trainer import train  # noqa: E402
from tests.train.enhance.operators import OPERATORS, write_config  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "compile", lambda net: net)
    monkeypatch.setattr(publishing, "RANGE_CROPS", 12)


def trained(
    net: str, steps: int, data: Path, results: Path, folder: Path, operators: tuple[str, ...] = OPERATORS
) -> Path:
    """The folder of a run."""
    run = folder / "run"
    train(write_config(folder / "run.toml", net, steps, data, results, operators), run)
    return run


def entry_of(models: Path) -> dict[str, object]:
    [entry] = json.loads((models / "manifest.json").read_text())["models"]
    assert isinstance(entry, dict)
    return entry


def test_whiten_is_taken_out_of_the_net_of_all_operators(data: Path, results: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    record = publish(trained("whiten", 60, data, results, tmp_path), models, data)
    assert record.name == "enhance-whiten" and record.trained_on == ("tests",)
    assert next(iter(record.metrics)) == "noisyoffice/dev whiten, PSNR and F-measure"
    assert (models / "training/enhance-whiten.pt").exists() and (models / "training/enhance-whiten.log.csv").exists()
    page = np.full((60, 50), 120, np.uint8)
    assert CanEnhancer("whiten", path=models / record.file)(page).shape == page.shape
    with pytest.raises(UsageError, match="binarize"):
        CanEnhancer("binarize", path=models / record.file)


def test_document_operators_become_a_model(data: Path, results: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    record = publish(trained("page", 20, data, results, tmp_path), models, data)
    assert record.name == "enhance-page" and "dibco/dev binarize, PSNR and F-measure" in record.metrics
    page, clean = (
        (read_rgb(data / "dibco" / "dev" / name) * 255 + 0.5).astype(np.uint8) for name in ("worn.png", "clean.png")
    )
    for operator in DOCUMENT_OPERATORS:
        result = CanEnhancer(operator, path=models / record.file)(page)
        assert result.shape == page.shape
        if operator == "binarize":  # the start alone finds the print
            assert set(np.unique(result)) <= {0, 255} and (result == clean).mean() > 0.9


@pytest.mark.parametrize(("operators", "name", "wheel"), [
    (OPERATORS, "enhance-photo", False), (("detail",), "enhance-detail", True), (("tone",), "enhance-tone", False),
    (("pencil",), "enhance-pencil", False),
])  # fmt: skip
def test_photographic_operators_become_a_model(
    operators: tuple[str, ...],
    name: str,
    wheel: bool,
    data: Path,
    results: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    models = tmp_path / "models"
    record = publish(trained("photo", 40, data, results, tmp_path, operators), models, checks=[results])
    assert (record.name, record.wheel) == (name, wheel)
    assert any(figure.startswith("out photographs, PSNR") for figure in record.metrics)
    assert ("difference between int8 and float model" in record.metrics) == (name != "enhance-pencil")
    assert entry_of(models)["name"] == name
    image = np.full((20, 30, 3), 120, np.uint8)
    for operator in operators:
        assert CanEnhancer(operator, path=models / record.file)(image).shape == image.shape
    figures.main(["operators", str(results), "--models", str(models), *(["--joint"] if len(operators) > 1 else [])])
    *_, first, mean = capsys.readouterr().out.splitlines()
    assert first.startswith(f"| {operators[-1]} |") and mean.startswith("| mean |")


def test_document_operators_need_the_data_sets(data: Path, results: Path, tmp_path: Path) -> None:
    run = trained("page", 1, data, results, tmp_path)
    with pytest.raises(UsageError, match="--data"):
        publish(run, tmp_path / "models")
