"""The layouts against the specimens that Doc 9303 prints in its own appendices."""

from __future__ import annotations

import random

import pytest

from ocr.mrz.formats import FORMATS, check_digit, value_of
from tests.mrz.specimens import SPECIMENS


def test_check_digits_of_part_3() -> None:
    assert check_digit("520727") == 3
    assert check_digit("AB2134<<<") == 5


def test_values() -> None:
    assert [value_of(c) for c in "09AZ<"] == [0, 9, 10, 35, 0]
    with pytest.raises(ValueError, match="substring"):
        value_of("a")


@pytest.mark.parametrize("name", SPECIMENS)
def test_specimens_fit_their_format_and_no_other(name: str) -> None:
    lines = SPECIMENS[name]
    assert [form.name for form in FORMATS.values() if form.fits(lines)] == [name]
    assert all(check.holds(lines) for check in FORMATS[name].checks)


@pytest.mark.parametrize("name", SPECIMENS)
def test_every_digit_is_covered(name: str) -> None:
    form, lines = FORMATS[name], SPECIMENS[name]
    for line, column in (place for check in form.checks for span in check.covers for place in span.places()):
        old = lines[line][column]
        changed = [*lines]
        changed[line] = lines[line][:column] + ("7" if value_of(old) % 10 != 7 else "1") + lines[line][column + 1 :]
        assert not all(check.holds(changed) for check in form.checks)


@pytest.mark.parametrize("name", SPECIMENS)
def test_drawn_documents_fit(name: str) -> None:
    pytest.importorskip("fontTools", reason="fontTools is not installed (train extra)")
    from ocr.train.synth.mrz import document

    rng = random.Random(3)
    for _ in range(50):
        lines = document(rng, FORMATS[name])
        assert FORMATS[name].fits(lines)
        assert all(check.holds(lines) for check in FORMATS[name].checks)


def test_a_letter_in_a_date_does_not_fit() -> None:
    first, second = SPECIMENS["TD3"]
    assert not FORMATS["TD3"].fits((first, second.replace("740812", "74O812")))
    assert not FORMATS["TD3"].fits((first, second.replace("740812", "742812")))
