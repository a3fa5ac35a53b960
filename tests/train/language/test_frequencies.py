"""Lists of frequent words, made of the data of a package that tests replace by a small one."""

from __future__ import annotations

import sys
import types
from collections.abc import Mapping
from pathlib import Path

import pytest

from ocr.train.language import frequencies
from ocr.train.language.frequencies import main


@pytest.fixture
def words(monkeypatch: pytest.MonkeyPatch) -> dict[str, Mapping[str, float]]:
    """The package's frequencies by its own names of languages; tests add some."""
    lists: dict[str, Mapping[str, float]] = {}

    def available(wordlist: str) -> dict[str, str]:
        assert wordlist == "best"
        return dict.fromkeys(lists, "path")

    def frequency(name: str, wordlist: str) -> Mapping[str, float]:
        assert wordlist == "best"
        return lists[name]

    package = types.SimpleNamespace(available_languages=available, get_frequency_dict=frequency)
    monkeypatch.setitem(sys.modules, "wordfreq", package)
    return lists


def test_words_come_most_frequent_first_with_their_occurrences_in_a_billion(
    words: dict[str, Mapping[str, float]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words["da"] = {"å": 1e-6, "og": 0.03, "at": 0.02, "b": 1e-6}
    main([str(tmp_path / "lists")])
    assert (tmp_path / "lists" / "da.words.txt").read_text(
        encoding="utf-8"
    ) == "og 30000000\nat 20000000\nb 1000\nå 1000\n"
    assert capsys.readouterr().out == f"{tmp_path / 'lists' / 'da.words.txt'}: 4 words\n"


def test_languages_that_are_read_and_have_a_list(words: dict[str, Mapping[str, float]], tmp_path: Path) -> None:
    words |= {name: {"a": 1e-3} for name in ("sh", "zh", "ja", "en", "pl")}
    main([str(tmp_path)])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["en.words.txt", "hr.words.txt", "pl.words.txt"]


def test_rare_words_are_left_out(
    words: dict[str, Mapping[str, float]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frequencies, "MOST", 2)
    words["lt"] = {"ir": 0.03, "kad": 0.01, "retas": 1e-8}
    main([str(tmp_path)])
    assert (tmp_path / "lt.words.txt").read_text(encoding="utf-8").split("\n") == ["ir 30000000", "kad 10000000", ""]


def test_without_the_package_the_missing_module_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wordfreq", None)
    with pytest.raises(ImportError, match="wordfreq"):
        main([str(tmp_path)])
    assert not list(tmp_path.iterdir())
