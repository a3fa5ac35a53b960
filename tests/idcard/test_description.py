"""Description files of cards."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocr.errors import UsageError
from ocr.idcard.description import described, description, kinds

WHOLE = """
kind = "club"
title = "card of a club"
[[labels]]
text = "MEMBER"
place = [5, 5, 30, 9]
distinctive = true
[[fields]]
name = "number"
place = [5, 20, 40, 26]
holds = "number"
written = "A-000"
"""


def test_every_kind_of_the_package() -> None:
    assert [*described()] == [kind for kind in kinds() if kind not in ("auto", "cn-resident")]
    assert {"hk-resident", "mo-resident", "bank-card"} <= {*described()}
    for each in described().values():
        assert "number" in each.names


def test_a_description_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "club.toml"
    file.write_text(WHOLE, encoding="utf-8")
    read = description(str(file))
    assert (read.kind, read.names, read.labels[0].text) == ("club", ("number",), ("MEMBER",))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('kind = "club"', "", "'kind' is missing"),
        ("distinctive = true", "", "nothing tells the card from others"),
        ("distinctive = true", "distinctive = 1", "true or false"),
        ('holds = "number"', 'holds = "numbers"', "cannot hold 'numbers'"),
        ('written = "A-000"', "", "'written' is missing"),
        ('written = "A-000"', 'written = "A-000"\ncheck = "sum"', "there is no check 'sum'"),
        ("[5, 20, 40, 26]", "[40, 20, 5, 26]", "left, top, right, bottom"),
        ("[5, 20, 40, 26]", "[5, 20, 40, nan]", "left, top, right, bottom"),
        ("[5, 20, 40, 26]", "[5, 20, 40]", "not a description"),
        ("place = [5, 5, 30, 9]", "place = [5, 5, 30, 9]\nplaces = 1", "unknown key 'places'"),
        ('name = "number"', 'name = "Number 1"', "small letters"),
        ("[[labels]]", "[labels]", "not a description"),
        ('title = "card of a club"', "title = ", "not a description"),
    ],
)
def test_faults_are_named(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert old in WHOLE
    file = tmp_path / "club.toml"
    file.write_text(WHOLE.replace(old, new), encoding="utf-8")
    with pytest.raises(UsageError, match=r"club\.toml") as caught:
        description(str(file))
    assert fault in str(caught.value)


def test_no_such_kind_or_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no kind of card 'hk'; choose from auto, cn-resident, bank-card"):
        description("hk")
    with pytest.raises(UsageError, match="cannot be read"):
        description(str(tmp_path / "none.toml"))
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="cannot be read"):
        description(str(tmp_path / "bytes.toml"))
