"""models/MODELS.md is what the manifest and the cards say, and its figures name commands that exist."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import os
import re
import shutil
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
ADVICE = "models/MODELS.md is stale; run: scripts/models_md"


@pytest.fixture(scope="module")
def program() -> ModuleType:
    """The script as a module."""
    loader = importlib.machinery.SourceFileLoader("models_md", str(ROOT / "scripts" / "models_md"))
    spec = importlib.util.spec_from_loader("models_md", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    importlib.import_module("sys").modules["models_md"] = module
    loader.exec_module(module)
    return module


def made(program: ModuleType, cards: Path) -> str:
    text: str = program.page(program.manifest(), map(program.Card.of, sorted(cards.glob("*.md"))))
    return text


def test_the_file_is_up_to_date(program: ModuleType) -> None:
    assert (ROOT / "models" / "MODELS.md").read_text(encoding="utf-8") == made(program, ROOT / "models" / "cards"), (
        ADVICE
    )


def test_every_model_has_one_card(program: ModuleType, tmp_path: Path) -> None:
    cards = Path(shutil.copytree(ROOT / "models" / "cards", tmp_path / "cards"))
    (cards / "orient.md").unlink()
    with pytest.raises(SystemExit, match="orient: each model of the manifest has one card"):
        made(program, cards)
    (cards / "orient.md").write_text("models: orient lm-en\n\n{facts}\n")
    with pytest.raises(SystemExit, match="lm-en: each model"):
        made(program, cards)
    (cards / "orient.md").write_text("models: orient nothing\n\n{facts}\n")
    with pytest.raises(SystemExit, match="nothing: each model"):
        made(program, cards)


@pytest.mark.parametrize("text", ["{facts}\n", "models: orient\n\nno facts\n", "models: orient\nnote: x\n\n{facts}\n"])
def test_cards_that_are_none(program: ModuleType, tmp_path: Path, text: str) -> None:
    (tmp_path / "orient.md").write_text(text)
    with pytest.raises(SystemExit, match=r"orient\.md: begins with 'models: NAME"):
        program.Card.of(tmp_path / "orient.md")


def test_the_page_says_licence_data_and_figures_of_every_model(program: ModuleType) -> None:
    text = made(program, ROOT / "models" / "cards")
    for record in program.manifest().models.values():
        assert f"`{record.name}`" in text and all(f"- {data}" in text for data in record.trained_on)
        assert all(figure["command"] in text for figure in record.metrics.values())
    assert "gpl" not in {record.licence.lower()[:3] for record in program.manifest().models.values()}


def test_commands_beside_figures_name_programs_and_files_that_exist() -> None:
    manifest = json.loads((ROOT / "models" / "manifest.json").read_text(encoding="utf-8"))
    for record in manifest["models"]:
        for figure in record["metrics"].values():
            words = figure["command"].split()
            module = re.search(r"python -m (ocr\.[\w.]+)", figure["command"])
            program = ROOT / words[0]
            assert module or words[0] == "ocr" or os.access(program, os.X_OK), figure["command"]
            if module:
                path = ROOT / module.group(1).replace(".", "/")
                assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), figure["command"]
            for word in words:
                if word.startswith("models/") and word != "models":
                    assert (ROOT / word).exists(), figure["command"]
