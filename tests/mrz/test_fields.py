"""Fields of lines that are known."""

from __future__ import annotations

import json
from datetime import date

import pytest

from ocr.errors import InputError
from ocr.mrz.fields import parse
from ocr.mrz.formats import check_digit
from tests.mrz.specimens import SPECIMENS

TODAY = date(2026, 7, 1)


def td2(number: str = "D23145890", birth: str = "740812", expiry: str = "120415", optional: str = "") -> list[str]:
    """The specimen card with other values, check digits right."""
    number, optional = number.ljust(9, "<"), optional.ljust(7, "<")
    data = f"{number}{check_digit(number)}UTO{birth}{check_digit(birth)}F{expiry}{check_digit(expiry)}{optional}"
    composite = check_digit(data[:10] + data[13:20] + data[21:35])
    return [SPECIMENS["TD2"][0], f"{data}{composite}"]


def test_passport() -> None:
    found = parse(SPECIMENS["TD3"], TODAY)
    assert (found.format, found.type, found.country, found.nationality) == ("TD3", "P", "UTO", "UTO")
    assert (found.surname, found.given_names, found.sex) == ("ERIKSSON", "ANNA MARIA", "F")
    assert (found.number, found.birth, found.expiry) == ("L898902C3", "1974-08-12", "2012-04-15")
    assert found.optional == "ZE184226B"
    assert found.valid and set(found.checks) == {"number", "birth", "expiry", "optional", "composite"}


@pytest.mark.parametrize("name", SPECIMENS)
def test_json_has_the_keys_of_the_format(name: str) -> None:
    row = json.loads(json.dumps(parse(SPECIMENS[name], TODAY).to_json()))
    assert [*row][:13] == (
        "type country surname given_names number nationality birth sex expiry optional lines valid checks".split()
    )
    assert row["valid"] is True
    assert "\n".join(row["lines"]) == "\n".join(SPECIMENS[name])


def test_a_wrong_digit_is_named() -> None:
    first, second = SPECIMENS["TD3"]
    found = parse([first, second.replace("7408122", "7408123")], TODAY)
    assert not found.valid
    assert [name for name, holds in found.checks.items() if not holds] == ["birth", "composite"]


@pytest.mark.parametrize(
    ("birth", "expiry", "born", "expires"),
    [
        ("260630", "310101", "2026-06-30", "2031-01-01"),  # born yesterday
        ("260702", "310101", "1926-07-02", "2031-01-01"),  # tomorrow is a hundred years ago
        ("050101", "990101", "1905-01-01", "1999-01-01"),  # nobody is born after the expiry
        ("740812", "750101", "1974-08-12", "2075-01-01"),
        ("7408<<", "120415", "1974-08", "2012-04-15"),
        ("74<<<<", "120415", "1974", "2012-04-15"),
        ("<<<<<<", "120415", "", "2012-04-15"),
        ("740231", "120415", "", "2012-04-15"),  # no such day
    ],
)
def test_centuries_and_unknown_parts(birth: str, expiry: str, born: str, expires: str) -> None:
    found = parse(td2(birth=birth, expiry=expiry), TODAY)
    assert (found.birth, found.expiry) == (born, expires)
    assert found.valid == bool(born)


def test_a_long_number_goes_on_in_the_optional_data() -> None:
    whole = "D23145890734"
    lines = td2(whole[:9], optional=f"{whole[9:]}{check_digit(whole)}")
    lines[1] = f"{lines[1][:9]}<{lines[1][10:35]}"
    lines[1] += str(check_digit(lines[1][:10] + lines[1][13:20] + lines[1][21:35]))
    found = parse(lines, TODAY)
    assert (found.number, found.optional, found.valid) == (whole, "", True)


def test_names_keep_their_transliteration() -> None:
    lines = ["P<D<<MUELLER<<ANNELIESE<<<<<<<<<<<<<<<<<<<<<", SPECIMENS["TD3"][1]]
    lines[0] = "P<D<<VON<DER<MUEHLEN<<HANS<PETER".ljust(44, "<")
    found = parse(lines, TODAY)
    assert (found.country, found.surname, found.given_names) == ("D", "VON DER MUEHLEN", "HANS PETER")


def test_sex_not_stated() -> None:
    first, second = SPECIMENS["TD3"]
    assert parse([first, second[:20] + "<" + second[21:]], TODAY).sex == "X"


@pytest.mark.parametrize("lines", [[], ["P<UTO"], ["A" * 44, "A" * 44]])
def test_no_format(lines: list[str]) -> None:
    with pytest.raises(InputError, match="match no format"):
        parse(lines, TODAY)


def test_the_older_french_card() -> None:
    zone = parse(SPECIMENS["IDFRA"], TODAY)
    assert (zone.surname, zone.given_names, zone.number) == ("BERTHIER", "CORINNE", "880692310285")
    assert (zone.birth, zone.sex, zone.expiry, zone.nationality) == ("1965-12-06", "F", "", "")
    assert zone.valid and set(zone.checks) == {"number", "birth", "composite"}
    wrong = parse((SPECIMENS["IDFRA"][0].replace("BERTHIER", "BERTHIES"), SPECIMENS["IDFRA"][1]), TODAY)
    assert not wrong.valid and not wrong.checks["composite"]


def test_a_code_that_no_state_has_is_not_valid() -> None:
    lines = ["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36TND7408122F1204159ZE184226B<<<<<10"]
    zone = parse(lines, TODAY)
    assert all(zone.checks.values()) and not zone.valid
    assert zone.unclear == {"nationality": ((2, 11), (2, 12), (2, 13))}
