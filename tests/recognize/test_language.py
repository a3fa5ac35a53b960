"""The language model's file against probabilities worked out from the same counts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ocr import weights
from ocr.errors import InputError
from ocr.recognize.language import LINE_END, LanguageModel, fold


@pytest.fixture(scope="module")
def english() -> LanguageModel:
    """The model that ships."""
    return LanguageModel.load(weights.language_model("en"))


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


def test_a_long_text_goes_on_from_its_end_alone(english: LanguageModel) -> None:
    _, state = english.advance(english.start, "a long line about nothing")
    _, short = english.advance(0, "nothing")
    assert english.advance(state, " more")[0] == english.advance(short, " more")[0]


def test_words_are_folded_and_in_lower_case(english: LanguageModel) -> None:
    assert {"the", "information", "wouldn't"} <= english.words
    assert not {"The", "t", "1984", ""} & english.words


def test_the_file_is_small() -> None:
    assert weights.model(weights.language_model("en")).record.bytes <= 500_000


def test_what_is_no_model_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.npz"
    np.savez(path, alphabet=np.array("ab"))
    with pytest.raises(InputError, match=r"broken\.npz: not a language model"):
        LanguageModel(path)
    path.write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"broken\.npz: not a language model"):
        LanguageModel(path)
