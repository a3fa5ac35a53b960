"""Making a language model by its configuration, and entering it into a manifest."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from ocr import weights
from ocr.errors import InputError, UsageError
from ocr.recognize.language import LanguageModel
from ocr.train.config import read_config
from ocr.train.language.publish import main, publish
from ocr.train.language.trainer import LanguageConfig, train
from ocr.train.recognize.shards import held_out

ROOT = Path(__file__).parents[3]
PROSE = "The quick brown fox jumps over the lazy dog and the cat. "


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Texts as the data sets have them, with held-out pages."""
    folder = tmp_path / "data"
    (folder / "text").mkdir(parents=True)
    (folder / "text" / "enwiki.txt").write_text(PROSE * 60)
    (folder / "text" / "eng.wordlist").write_text("the\nfox\ndog\n")
    for name in ("isri_unlv", "old_books", "sroie"):
        (folder / name / "train").mkdir(parents=True)
        pages = [f"img/{k}.png" for k in range(40)]
        assert any(held_out(f"{name}/{page}") for page in pages)
        rows = [{"image": page, "text": "the lazy cat", "boxes": [[[], "The dog"]]} for page in pages]
        (folder / name / "train" / "gt.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


def config_of(path: Path, data: Path, **values: object) -> Path:
    fixed = {"language": "en", "data": str(data), "order": 4, "nodes": 400, "trained_on": ["prose (CC0)"],
             "licence": "CC0-1.0"}  # fmt: skip
    path.write_text("\n".join(f"{key} = {json.dumps(value)}" for key, value in {**fixed, **values}.items()))
    return path


def test_a_model_is_made_and_published(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = train(config_of(tmp_path / "c.toml", data), tmp_path / "run")
    assert path == tmp_path / "run" / "lm-en.npz"
    model = LanguageModel(path)
    likely, unlikely = (model.advance(model.start, text)[0] for text in ("the lazy dog", "gdo yzal eht"))
    assert likely > unlikely + 5
    figures = json.loads((tmp_path / "run" / "figures.json").read_text())
    assert 100 < figures["n-grams"] <= 400 and 0 < figures["bits a character"] < 2 and figures["words"] > 8
    main([str(tmp_path / "run"), "--models", str(tmp_path / "models")])
    assert "lm-en.npz: 0.0" in capsys.readouterr().out
    [record] = json.loads((tmp_path / "models" / "manifest.json").read_text())["models"]
    assert record["trained_on"] == ["prose (CC0)"] and record["licence"] == "CC0-1.0"
    assert record["params"] == figures["n-grams"]
    assert (tmp_path / "models" / "lm-en.npz").read_bytes() == path.read_bytes()


def test_a_model_is_not_overwritten(data: Path, tmp_path: Path) -> None:
    config, out = config_of(tmp_path / "c.toml", data), tmp_path / "run"
    path = train(config, out)
    before = path.stat().st_mtime_ns
    with pytest.raises(UsageError, match="holds a model already"):
        train(config, out)
    assert train(config, out, resume=True) == path and path.stat().st_mtime_ns == before
    (out / "figures.json").unlink()  # as a kill before the end leaves it
    train(config, out, resume=True)
    assert path.stat().st_mtime_ns > before and (out / "figures.json").exists()


def test_what_is_wrong_is_named(data: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no texts for language 'tlh'; choose one of en, de, .*zh"):
        train(config_of(tmp_path / "c.toml", data, language="tlh"), tmp_path / "run")
    (data / "text" / "eng.wordlist").unlink()
    with pytest.raises(InputError, match=r"eng\.wordlist: there is no such text; fetch .* scripts/corpora"):
        train(config_of(tmp_path / "c.toml", data), tmp_path / "run")
    with pytest.raises(InputError, match="holds no finished language model"):
        publish(tmp_path / "run", tmp_path / "models")
    (data / "text" / "eng.wordlist").write_text("the")
    train(config_of(tmp_path / "c.toml", data, licence=""), tmp_path / "other")
    with pytest.raises(UsageError, match="says no trained_on or licence"):
        publish(tmp_path / "other", tmp_path / "models")


@pytest.mark.parametrize("name", ["lm-en", "lm-zh"])
def test_shipped_models_are_those_of_their_configurations(name: str) -> None:
    config = read_config(LanguageConfig, ROOT / "models" / "training" / f"{name}.toml")
    with np.load(ROOT / "models" / f"{name}.npz") as model:
        levels = model["levels"]
    assert len(levels) == config.order + 1
    assert 0.99 * config.nodes < int(levels[1:].sum()) <= config.nodes
    record = weights.manifest().models[name]
    assert list(record.trained_on) == list(config.trained_on) and record.licence == config.licence
