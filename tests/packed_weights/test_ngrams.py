"""Packed language models: the same arrays back, and what is refused."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ocr.errors import InputError
from ocr.metadata import read_metadata
from ocr.packed_weights import NGrams, pack, pack_ngrams, unpack, unpack_ngrams
from ocr.packed_weights.container import opened, sealed
from ocr.recognize.language import LanguageModel, read_arrays
from ocr.train.language.ngram import estimate, prune, shares, write

TEXT = "the cat sat on the mat and the rat ate the hat that the cat had sat on\n" * 5
ALPHABET = "\n\ufffd" + "".join(sorted(set(TEXT) - {"\n"}))


def source(folder: Path, nodes: int = 400) -> Path:
    """A small model's ``.npz`` file."""
    levels = prune(estimate([(TEXT, 1.0)], ALPHABET, 4), nodes)
    words = sorted({"cat", "cats", "catalogue", "hat", "mat", "the", "then"})
    write(folder / "lm.npz", levels, ALPHABET, words, rare=shares([(TEXT, 1.0)], ALPHABET, "é!?"))
    return folder / "lm.npz"


def packed(folder: Path) -> Path:
    model = read_arrays(source(folder))
    (folder / "lm.dcz").write_bytes(pack_ngrams(model, "lm", "CC0-1.0", ["a rhyme (CC0)"]))
    return folder / "lm.dcz"


def test_the_same_arrays_come_back(tmp_path: Path) -> None:
    path = packed(tmp_path)
    one, other = read_arrays(tmp_path / "lm.npz"), unpack_ngrams(path)
    for name in ("levels", "symbols", "probabilities", "backoffs", "children"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    for name in ("alphabet", "words", "rare", "shares"):
        assert getattr(one, name) == getattr(other, name), name


def test_a_packed_model_scores_as_its_source_does(tmp_path: Path) -> None:
    path = packed(tmp_path)
    one, other = LanguageModel(tmp_path / "lm.npz"), LanguageModel(path)
    for text in ("the cat sat", "xyz!", "a hat é"):
        assert one.advance(one.start, text) == other.advance(other.start, text)
    assert one.words == other.words


def test_it_says_what_it_is(tmp_path: Path) -> None:
    about = opened(packed(tmp_path))[0]["ngrams"]
    assert about == {"name": "lm", "licence": "CC0-1.0", "trained_on": ["a rhyme (CC0)"]}


def test_damage_is_refused_by_name(tmp_path: Path) -> None:
    path = packed(tmp_path)
    data = path.read_bytes()
    for at in (3, 20, 60, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises(InputError, match=r"lm\.dcz: "):
            unpack_ngrams(path)
    path.write_bytes(data[:-7])
    with pytest.raises(InputError, match=r"lm\.dcz: damaged"):
        unpack_ngrams(path)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("levels", [1, 2, 3]), ("levels", [1 << 40]), ("levels", []), ("ranges", []), ("parts", [1, 2]),
        ("ranges", [[[0, 300]]] * 9), ("parts", [-1] * 11), ("alphabet", None),
    ],
)  # fmt: skip
def test_a_head_that_does_not_fit_is_refused(tmp_path: Path, key: str, value: object) -> None:
    path = packed(tmp_path)
    about, model, sections = opened(path)
    path.write_bytes(sealed({**about, key: value}, model, sections))
    with pytest.raises(InputError, match=r"lm\.dcz"):
        LanguageModel(path)


def test_networks_and_language_models_are_not_mixed_up(tmp_path: Path) -> None:
    path = packed(tmp_path)
    with pytest.raises(InputError, match="holds a language model, not a network"):
        unpack(path)
    with pytest.raises(InputError, match="holds a language model, not a network"):
        read_metadata(path)
    net = tmp_path / "net.dcz"
    net.write_bytes(pack(b"", {"weight": np.zeros((4, 4), np.float32)}))
    with pytest.raises(InputError, match="holds a network, not a language model"):
        LanguageModel(net)


def test_arrays_that_are_no_trie_are_refused(tmp_path: Path) -> None:
    model = read_arrays(source(tmp_path))
    last = np.flatnonzero(model.children == 0)[-1:]
    backoffs = model.backoffs.copy()
    backoffs[last] = 9
    with pytest.raises(ValueError, match="back-off weight without children"):
        pack_ngrams(replace(model, backoffs=backoffs), "lm", "", ())


def test_equal_models_make_equal_files(tmp_path: Path) -> None:
    model: NGrams = read_arrays(source(tmp_path))
    one, other = (hashlib.sha256(pack_ngrams(model, "lm", "", ())).hexdigest() for _ in range(2))
    assert one == other
