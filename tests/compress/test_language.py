"""Language models made smaller."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocr.compress.language import compress_language, pruned
from ocr.errors import InputError, UsageError
from ocr.packed_weights import unpack_ngrams
from ocr.recognize.language import LanguageModel, read_arrays
from tests.packed_weights.test_ngrams import TEXT, packed, source


def test_a_size_is_met_and_used(tmp_path: Path) -> None:
    path = source(tmp_path)
    whole = compress_language(path, 10**6, tmp_path / "whole")
    assert whole.met and whole.after == whole.before
    made = compress_language(path, whole.bytes - 60, tmp_path / "small")
    assert made.met and made.bytes == made.file.stat().st_size <= whole.bytes - 60
    assert 13 < made.after < made.before
    assert unpack_ngrams(made.file).words == read_arrays(path).words


def test_what_matters_most_stays(tmp_path: Path) -> None:
    path = source(tmp_path)
    small = pruned(read_arrays(path), 60)
    assert small.levels.sum() - 1 <= 60
    (tmp_path / "small").mkdir()
    made = LanguageModel(compress_language(path, 1500, tmp_path / "small").file)
    scores = [made.advance(made.start, line)[0] for line in (TEXT.split("\n")[0], "xqzvk jhgfd")]
    assert scores[0] / len(TEXT.split("\n")[0]) > scores[1] / 11


def test_a_size_that_no_model_has(tmp_path: Path) -> None:
    made = compress_language(source(tmp_path), 100, tmp_path / "out")
    assert not made.met and made.file.exists()


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        compress_language(tmp_path / "none.npz", 1000, tmp_path)
    (tmp_path / "text.npz").write_text("text")
    with pytest.raises(InputError, match=r"text\.npz: damaged or not a language model"):
        compress_language(tmp_path / "text.npz", 1000, tmp_path)
    with pytest.raises(UsageError, match="packed already"):
        compress_language(packed(tmp_path), 1000, tmp_path)
