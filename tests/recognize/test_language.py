"""The language model's file against probabilities worked out from the same counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ocr import weights
from ocr.errors import InputError
from ocr.recognize.language import LINE_END, OTHER, LanguageModel, fold


@pytest.fixture(scope="module")
def english() -> LanguageModel:
    """The model that ships."""
    return LanguageModel.load(weights.language_model("en"))


@pytest.fixture(scope="module")
def chinese() -> LanguageModel:
    """The Chinese model that ships."""
    return LanguageModel.load("lm-zh")


def test_fold_leaves_digits_accents_and_shapes_to_the_picture() -> None:
    assert fold("“l’été – 1984”") == '"l\'ete - 0000"'


def test_the_probabilities_of_what_may_follow_add_up_to_one(english: LanguageModel) -> None:
    classes = range(1, len(english._classes) + 1)
    for text in ("", "th", "quali", "zqx", "The end of", "RM "):
        _, state = english.advance(english.start, text)
        assert sum(np.exp(english.step(state, c)[0]) for c in classes) == pytest.approx(1, abs=0.08), text


def test_english_is_likelier_than_what_is_not(english: LanguageModel) -> None:
    def score(text: str) -> float:
        return english.advance(english.start, text + LINE_END)[0]

    assert score("the quality of the report") > score("the qua1ity of the report")
    assert score("the information is") > score("the informat ion is")
    assert score("in 1984") == score("in 2357")
    assert score("caf\u00e9") == score("cafe")


def test_chinese_is_likelier_than_what_is_not(chinese: LanguageModel) -> None:
    def score(text: str) -> float:
        return chinese.advance(chinese.start, text + LINE_END)[0]

    assert score("中华人民共和国") > score("中华入民共和国")
    assert score("湖北省武汉市公安局") > score("湖北省武汉市公安局局")
    assert score("今年5月2日") > score("今年5用2日")
    assert score("使用 Linux 的用户") > score("使用 Limux 的用户")
    assert chinese.class_of("龘") == chinese.class_of(OTHER)
    assert chinese.class_of("国") > 255


@pytest.mark.parametrize("text", ["", "人", "中华人", "公安", "系统的"])
def test_chinese_probabilities_add_up_to_one(chinese: LanguageModel, text: str) -> None:
    _, state = chinese.advance(chinese.start, text)
    shares = [np.exp(chinese.step(state, c)[0]) for c in range(1, chinese._last + 1)]
    assert sum(shares) == pytest.approx(1, abs=0.12)
    rare = [np.exp(chinese.step(state, c)[0]) for c in range(chinese._last + 1, len(chinese._classes) + 1)]
    assert sum(rare) == pytest.approx(np.exp(chinese.step(state, chinese.class_of(OTHER))[0]), rel=0.12)


def test_a_long_text_goes_on_from_its_end_alone(english: LanguageModel) -> None:
    _, state = english.advance(english.start, "a long line about nothing")
    _, short = english.advance(0, "nothing")
    assert english.advance(state, " more")[0] == english.advance(short, " more")[0]


def test_words_are_folded_and_in_lower_case(english: LanguageModel) -> None:
    assert {"the", "information", "wouldn't"} <= english.words
    assert not {"The", "t", "1984", ""} & english.words


@pytest.mark.parametrize(("name", "most"), [("lm-en", 500_000), ("lm-zh", 720_000)])
def test_the_file_is_small(name: str, most: int) -> None:
    assert weights.manifest().models[name].bytes <= most


def test_what_is_no_model_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.npz"
    np.savez(path, alphabet=np.array("ab"))
    with pytest.raises(InputError, match=r"broken\.npz: not a language model"):
        LanguageModel(path)
    path.write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"broken\.npz: not a language model"):
        LanguageModel(path)
