"""A card against itself. All people are made up."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from ocr.idcard.card import FRONT, Field, IdCard, Problem, Side
from ocr.idcard.checks import checked, ethnicities, span_of, spans_for
from ocr.idcard.number import check_character

TODAY = date(2026, 7, 1)
VALUES = {
    "name": "张示例", "sex": "女", "ethnicity": "汉", "birth": "1949-12-31", "address": "北京市朝阳区示例路1号",
    "number": "11010519491231002X", "issuer": "北京市公安局朝阳分局",
    "valid_from": "2010-03-01", "valid_to": "long-term",
}  # fmt: skip


def card(**changes: str) -> IdCard:
    """A consistent card with some values changed; an empty one was not read."""
    fields = {name: Field(value, 0.95) for name, value in (VALUES | changes).items() if value}
    return IdCard(side=Side.BOTH, **fields)  # type: ignore[arg-type]


def invalid(found: IdCard) -> set[str]:
    return {name for name, field in found.fields.items() if not field.valid}


def test_a_consistent_card() -> None:
    found = checked(card(), TODAY)
    assert invalid(found) == set()
    assert found.problems == ()


@pytest.mark.parametrize(
    ("changes", "wrong", "problem"),
    [
        ({"number": "110105194912310021"}, {"number"}, Problem.CHECKSUM),
        ({"number": "11010519491231002"}, {"number"}, Problem.CHECKSUM),
        ({"sex": "男"}, {"sex", "number"}, Problem.INCONSISTENT),
        ({"birth": "1949-12-30"}, {"birth", "number"}, Problem.INCONSISTENT),
        ({"birth": "1949-13-01"}, {"birth", "number"}, Problem.INCONSISTENT),
        ({"valid_to": "2020-03-01"}, {"valid_from", "valid_to"}, Problem.INCONSISTENT),  # not at sixty
        ({"valid_to": "2031-03-01"}, {"valid_from", "valid_to"}, Problem.INCONSISTENT),
        ({"valid_to": "2030-03-02"}, {"valid_from", "valid_to"}, Problem.INCONSISTENT),
    ],
)
def test_contradictions(changes: dict[str, str], wrong: set[str], problem: Problem) -> None:
    found = checked(card(**changes), TODAY)
    assert invalid(found) == wrong
    assert problem in found.problems
    assert {name: field.value for name, field in found.fields.items()} == VALUES | changes


def test_values_stay_as_printed_when_the_number_is_wrong_in_itself() -> None:
    found = checked(card(number="11010519491231001X", sex="男"), TODAY)
    assert invalid(found) == {"number"}


def test_what_was_not_read_is_neither_valid_nor_a_contradiction() -> None:
    found = checked(card(sex="", valid_from="", valid_to=""), TODAY)
    assert invalid(found) == {"sex", "valid_from", "valid_to"}
    assert found.problems == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", "张3"), ("ethnicity", "汗"), ("address", "示例路1号"), ("address", "北京市朝阳区"),
        ("issuer", "示例公安局"), ("issuer", "北京市婆阳区公安局"), ("birth", "949-12-31"), ("valid_to", "2030-02-30"),
    ],
)  # fmt: skip
def test_what_no_field_can_have_is_not_valid_and_contradicts_nothing(name: str, value: str) -> None:
    found = checked(card(**{name: value}), TODAY)
    assert invalid(found) == {name}
    assert found.problems == ()


@pytest.mark.parametrize(
    ("changes", "unsure", "wrong"),
    [
        ({"number": "110105194912310021"}, "number", {"number"}),
        ({"sex": "男"}, "sex", {"sex", "number"}),
        ({"sex": "男"}, "number", {"sex", "number"}),
        ({"valid_to": "2020-03-01"}, "birth", {"valid_from", "valid_to"}),
    ],
)
def test_what_may_be_misread_is_not_valid_and_no_problem(changes: dict[str, str], unsure: str, wrong: set[str]) -> None:
    read = card(**changes)
    doubtful: Any = {unsure: replace(read.fields[unsure], confidence=0.5)}
    found = checked(replace(read, **doubtful), TODAY)
    assert invalid(found) == wrong
    assert not {Problem.CHECKSUM, Problem.INCONSISTENT} & {*found.problems}


def test_expired() -> None:
    stem = "11010519991231002"
    number = stem + check_character(stem)
    found = checked(card(birth="1999-12-31", number=number, valid_from="2010-03-01", valid_to="2015-03-01"), TODAY)
    assert found.problems == (Problem.EXPIRED,)
    assert invalid(found) == set()


def test_problems_of_the_picture_stay_and_are_in_order() -> None:
    number = Field("110105194912310021", 0.95)
    seen = IdCard(side=Side.FRONT, problems=(Problem.PHOTOCOPY, Problem.DARK), number=number)
    assert checked(seen, TODAY).problems == (Problem.DARK, Problem.PHOTOCOPY, Problem.CHECKSUM)


def test_spans() -> None:
    assert span_of(date(2010, 3, 1), date(2020, 3, 1)) == 10
    assert span_of(date(2012, 2, 29), date(2022, 2, 28)) == 10
    assert span_of(date(2010, 3, 1), date(2020, 3, 2)) is None
    assert (spans_for(15), spans_for(30)[0], spans_for(46)[0]) == ((5,), 20, None)


def test_ethnicities() -> None:
    assert len(set(ethnicities())) == 58
    assert {"汉", "维吾尔", "柯尔克孜", "基诺"} <= set(ethnicities())


def test_json() -> None:
    row = json.loads(json.dumps(checked(card(), TODAY).to_json()))
    assert row["number"] == {"value": VALUES["number"], "confidence": 0.95, "valid": True, "box": None}
    assert row["side"] == "both" and row["problems"] == []
    front = IdCard(side=Side.FRONT).to_json()
    assert [*front] == ["kind", *FRONT, "side", "problems", "card_box", "portrait_box"]
