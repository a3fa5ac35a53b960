"""Small language models of several languages in one archive."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch")

from ocr.errors import InputError
from ocr.recognize.language import LanguageModel
from ocr.recognize.which_language import LanguageFinder
from ocr.train.config import read_config
from ocr.train.language.corpus import european
from ocr.train.language.european import EuropeanConfig, frequent, main, make

ROOT = Path(__file__).parents[3]
DANISH = "på bordet står der en skål med æbler og på stolen ligger en bog om fåret som går på marken ved åen"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration with texts of Danish and Irish, and words of English and Danish."""
    folder = tmp_path / "data" / "languages"
    folder.mkdir(parents=True)
    (folder / "da.txt").write_text("\n".join([DANISH] * 60), encoding="utf-8")
    words = [f"{word} {10**6 - k}" for k, word in enumerate("og i at på der en det er til som".split())]
    (folder / "da.words.txt").write_text("\n".join(words), encoding="utf-8")
    (folder / "en.words.txt").write_text("the 900000\nfile 800000\nis 700000\n", encoding="utf-8")
    (folder / "ga.catalogue.txt").write_text(
        "\n".join(["oscail an file seo agus an file eile is é"] * 50), encoding="utf-8"
    )
    path = tmp_path / "config.toml"
    path.write_text(
        f'data = "{tmp_path / "data"}"\nwithout = ["ga"]\norder = 4\nnodes = 2000\nwords = 50\ngrain = 4\n'
        'trained_on = ["words (CC0)"]\nlicence = "CC0-1.0"\n'
    )
    return path


def test_models_tell_accents_and_the_archive_tells_languages(config: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    main([str(config), "--models", str(models), "--languages", "en", "da", "ga"])
    archive = models / "lm-european.zip"
    model = LanguageModel(archive, "da")
    assert model.accents and model.likelihood("på marken") > model.likelihood("pa marken") + 3
    assert {"på", "skål"} <= model.words
    finder = LanguageFinder.load(archive)
    assert finder("og i at på der en det er til som") == "da"
    with pytest.raises(InputError, match=r"lm-european\.zip: not a language model"):
        LanguageModel(archive, "ga")
    [record] = json.loads((models / "manifest.json").read_text())["models"]
    assert record["name"] == "lm-european" and record["licence"] == "CC0-1.0" and 100 < record["params"] <= 2000


def test_english_words_do_not_count_in_texts_of_programs(config: Path) -> None:
    settings = read_config(EuropeanConfig, config)
    assert frequent(european(Path(settings.data), "ga"), ["the", "file", "is"])[:3] == ["an", "oscail", "seo"]


def test_words_that_were_left_untranslated_do_not_count(config: Path) -> None:
    folder = Path(read_config(EuropeanConfig, config).data) / "languages"
    (folder / "en-US.txt").write_text("\n".join(["open a file named seo"] * 50), encoding="utf-8")
    irish, programs = european(folder.parent, "ga"), european(folder.parent, "en-US")
    assert "file" in frequent(irish, []) and "file" not in frequent(irish, [], programs)
    assert {"an", "oscail", "eile", "agus"} <= set(frequent(irish, [], programs))


def test_a_language_without_texts_is_named(config: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"mt\.txt"):
        make(read_config(EuropeanConfig, config), tmp_path / "models", ["mt"])


def test_the_shipped_archive_has_the_languages_of_its_configuration() -> None:
    settings = read_config(EuropeanConfig, ROOT / "models" / "training" / "lm-european.toml")
    finder = LanguageFinder.load(ROOT / "models" / "lm-european.zip")
    assert finder("ja ik wil dat je het niet doet maar ze zijn er voor mij en hij heeft een van die") == "nl"
    assert "nl" in settings.without
    assert LanguageModel(ROOT / "models" / "lm-european.zip", "pl").accents
