"""Division codes and the names that addresses begin with."""

from __future__ import annotations

import pytest

from ocr.idcard.divisions import authorities, division, divisions, leading, places


def test_codes_keep_their_history() -> None:
    assert [row.name for row in division("110105")] == ["朝阳区"]
    assert [row.name for row in division("110103")] == ["崇文区"]  # until 2010
    assert [row.name for row in division("360704")] == ["赣县", "赣县区"]  # renamed in 2016
    assert division("999999") == ()


def test_the_table_is_whole() -> None:
    rows = [row for all_of_one in divisions().values() for row in all_of_one]
    assert len(rows) > 7000
    assert all(len(row.code) == 6 and row.code.isdigit() and row.first <= row.last and row.name for row in rows)
    assert len({row.code[:2] for row in rows if row.code.endswith("0000")}) == 34


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("湖北省荆州市荆州区西门路1号", ["湖北省", "荆州市", "荆州区"]),
        ("湖南省汨罗市站前路1号", ["湖南省", "汨罗市"]),  # the prefecture left out
        ("北京市朝阳区建国路1号", ["北京市", "朝阳区"]),
        ("北京市市辖区朝阳区建国路1号", ["北京市", "朝阳区"]),
        ("柳州市柳北区公安局", ["柳州市", "柳北区"]),
        ("长春市朝阳区", ["长春市", "朝阳区"]),  # not the one in Beijing
        ("广东省长春市", ["广东省"]),  # which does not lie there
        ("某某路1号", []),
        ("", []),
    ],
)
def test_leading(text: str, names: list[str]) -> None:
    assert [part.name for part in leading(text)] == names


@pytest.mark.parametrize(
    ("text", "lowest"),
    [("山西省长治市", False), ("山西省长治市沁县", True), ("广东省东莞市", True), ("广东省", False)],
)
def test_lowest(text: str, lowest: bool) -> None:
    assert leading(text)[-1].is_lowest is lowest


def test_heads_of_addresses() -> None:
    assert {"山西省长治市沁县", "长治市沁县", "沁县", "北京市朝阳区", "广东省东莞市"} <= set(places())
    assert "山西省长治市" not in places()  # has counties


def test_authorities() -> None:
    assert {"柳州市柳北区公安局", "沁县公安局", "北京市公安局朝阳分局", "长春市公安局朝阳分局"} <= set(authorities())
