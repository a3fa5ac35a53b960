"""What ``ocr`` says it exports is there, is sorted, and has a home."""

from __future__ import annotations

import importlib

import pytest

import ocr


@pytest.mark.parametrize("name", ocr.__all__)
def test_every_exported_name_can_be_imported(name: str) -> None:
    assert getattr(ocr, name) is not None


def test_all_is_complete_and_sorted() -> None:
    homes = [name for names in ocr.HOMES.values() for name in names]
    assert sorted({*homes, "__version__"}) == sorted(ocr.__all__)
    assert list(ocr.__all__) == sorted(ocr.__all__)
    assert dir(ocr) == sorted(ocr.__all__)


@pytest.mark.parametrize("module", ocr.HOMES)
def test_homes_export_what_is_taken_from_them(module: str) -> None:
    assert set(ocr.HOMES[module]) <= set(importlib.import_module(module).__all__)


def test_what_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = ocr.nonsense
