"""Values against tables: what a recogniser would say of each line is made up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from ocr import weights
from ocr.errors import DependencyError
from ocr.idcard.card import LONG_TERM, Field, IdCard
from ocr.idcard.values import ValueReader
from ocr.recognize.doubtful import Frames

Picture = NDArray[np.uint8]
Seen = Sequence[str | Mapping[str, float]]
"""Characters, or what each may be."""


class Sees:
    """Three frames a character; a picture's first pixel says which line it is."""

    def __init__(self, characters: str, lines: Sequence[Seen]) -> None:
        self.characters, self._lines = characters, lines

    def frames(self, line: Picture) -> Frames:
        """The second of three frames shows the character."""
        seen = self._lines[int(line[0, 0])]
        p = np.full((3 * len(seen), 1 + len(self.characters)), 1e-9)
        p[:, 0] = 1.0
        for i, character in enumerate(seen):
            p[3 * i + 1] = 1e-9
            for text, share in ({character: 1.0} if isinstance(character, str) else character).items():
                p[3 * i + 1, 1 + self.characters.index(text)] = share
        return Frames.whole(p.argmax(1), p.max(1).astype(np.float32), np.log(p).astype(np.float32))


def read(lines: Mapping[str, Sequence[Seen]], card: IdCard | None = None) -> IdCard:
    """A card of which each cell's lines are seen so, each cut once."""
    name = weights.defaults("zh")[1]
    try:
        characters = weights.model(name).charset
        every = [line for rows in lines.values() for line in rows]
        reader = ValueReader(Sees(characters, every))
    except DependencyError as error:
        pytest.skip(f"the models are not in the checkout: {error}")
    pictures = iter([np.full((32, 32), k, np.uint8)] for k in range(len(every)))
    return reader(card or IdCard(), {cell: [next(pictures) for _ in rows] for cell, rows in lines.items()})


def test_a_sex_in_doubt() -> None:
    assert read({"sex": [[{"又": 0.9, "女": 0.08}]]}).sex.value == "女"


@pytest.mark.parametrize(
    ("seen", "value"),
    [
        ([{"恫": 0.6, "侗": 0.3}], "侗"),
        (["维", "吾", {"尘": 0.9, "尔": 0.01}], "维吾尔"),
        (["汗"], "汗"),  # clearly printed so
        (["苗", "名"], "苗"),  # there is a stamp beside it
    ],
)
def test_ethnicity(seen: Seen, value: str) -> None:
    assert read({"ethnicity": [seen]}).ethnicity.value == value


def test_a_clear_value_is_sure_and_a_doubtful_one_is_not() -> None:
    assert read({"ethnicity": [["汉"]]}).ethnicity.confidence > 0.99
    assert read({"ethnicity": [[{"侗": 0.5, "佤": 0.5}]]}).ethnicity.confidence < 0.6


@pytest.mark.parametrize(
    ("lines", "value"),
    [
        ([[*"湖南省岳阳市", {"泪": 0.8, "汨": 0.1}, *"罗市桃"], "源路1号"], "湖南省岳阳市汨罗市桃源路1号"),
        (["湖南省岳阳市泪罗市桃", "源路1号"], "湖南省岳阳市泪罗市桃源路1号"),  # clearly printed so
        ([["示", "例", "路", {"1": 0.6, "7": 0.3}, "号"]], "示例路1号"),
    ],
)  # fmt: skip
def test_divisions_at_the_head_of_an_address(lines: Sequence[Seen], value: str) -> None:
    assert read({"address": lines}).address.value == value


def test_issuer() -> None:
    assert read({"issuer": [[{"页": 0.7, "贡": 0.2}, *"嘎县公安局"]]}).issuer.value == "贡嘎县公安局"
    assert read({"issuer": ["示例公安局"]}).issuer.value == "示例公安局"


def test_an_issuer_in_doubt_in_several_characters() -> None:
    """Each of them could be any of thousands: the one in the table is likelier than the most likely ones together."""
    doubts = [{"典": 0.9, "贡": 0.08}, {"然": 0.9, "流": 0.08}, {"村": 0.9, "井": 0.08}]
    seen = ["自", doubts[0], *"市公安局自", *doubts[1:], *"分局"]
    assert read({"issuer": [seen]}).issuer.value == "自贡市公安局自流井分局"
    assert read({"issuer": ["自典市公安局自然村分局"]}).issuer.value == "自典市公安局自然村分局"  # clearly printed so


@pytest.mark.parametrize(("dot", "name"), [(0.55, "肉孜·玉素甫"), (0.3, "肉孜玉素甫")])
@pytest.mark.parametrize("before", ["肉孜玉素甫", "肉孜·玉素甫"])
def test_language_does_not_decide_on_the_dot_of_a_name(before: str, dot: float, name: str) -> None:
    card = IdCard(name=Field(before, 0.4))
    assert read({"name": [[*"肉孜", {"·": dot, " ": 1 - dot}, *"玉素甫"]]}, card).name.value == name


def test_what_stands_behind_an_issuer_does_not_belong_to_it() -> None:
    found = read({"issuer": ["镇康县公安局印无效"]}).issuer
    assert found.value == "镇康县公安局" and found.confidence < 0.1


@pytest.mark.parametrize(
    ("seen", "value"),
    [
        ("1949年12月31日", "1949-12-31"),
        ([*"1949年12月3", {"7": 0.6, "1": 0.3}, "日"], "1949-12-31"),  # as the number has it
        ("1949年2月1日", "1949-02-01"),  # clearly printed so
    ],
)
def test_birth(seen: Seen, value: str) -> None:
    card = IdCard(number=Field("11010519491231002X", 0.9))
    assert read({"birth": [seen]}, card).birth.value == value


@pytest.mark.parametrize(
    ("seen", "start", "end"),
    [
        ("2010.01.11-2030.01.11", "2010-01-11", "2030-01-11"),
        ("2010.01.11-长期", "2010-01-11", LONG_TERM),
        ([*"2010.01.1", {"7": 0.6, "1": 0.3}, *"-2030.01.11"], "2010-01-11", "2030-01-11"),
        ("2010.01.11-2033.01.11", "2010-01-11", "2033-01-11"),  # clearly printed so
    ],
)
def test_validity(seen: Seen, start: str, end: str) -> None:
    found = read({"span": [seen]})
    assert (found.valid_from.value, found.valid_to.value) == (start, end)


@pytest.mark.parametrize("cell", ["sex", "ethnicity", "birth", "span", "name"])
def test_nothing_is_made_up(cell: str) -> None:
    card = IdCard(number=Field("11010519491231002X", 0.9))
    for seen in ("", "--"):
        assert read({cell: [[{" ": 1.0}, *seen]]}, card) == card


def test_what_was_read_before_stays_where_nothing_is_seen() -> None:
    before = replace(IdCard(), name=Field("张三", 0.4))
    assert read({"name": [["张", "三"]]}, before).name.value == "张三"
    assert read({}, before) == before


def test_the_hyphens_of_an_address_are_read_again() -> None:
    doubt = [*"安阳市红旗路", {"佳": 0.1, "崔": 0.9}, *"阁31-6"]
    card = IdCard(address=Field("安阳市红旗路佳阁31-6", 0.6))
    assert read({"address": [doubt]}, card).address.value == "安阳市红旗路崔阁31-6"


@pytest.mark.parametrize(("share", "value"), [(0.2, "徐州市公安局贾汪分局"), (0.005, "徐州市公安局贾注分局")])
def test_a_branch_in_the_table_is_likelier_than_one_of_the_same_form(share: float, value: str) -> None:
    seen = [*"徐州市公安局贾", {"注": 1 - share, "汪": share}, *"分局"]
    assert read({"issuer": [seen]}).issuer.value == value


def test_what_the_crops_show_as_well_competes_though_no_reading_has_it() -> None:
    """The reader of lines gives one spelling of what it shows twice."""
    first = [*"贡嘎县红旗路", {"3": 0.47, "8": 0.5}, "号"]
    assert read({"address": [first]}).address.confidence < 0.9
    assert read({"address": ["贡嘎县红旗路8号"]}).address.confidence > 0.99
