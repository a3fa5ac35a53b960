"""Configurations: what is wrong in a TOML file is named, with the file and the key."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ocr.errors import InputError, UsageError
from ocr.train.config import read_config, read_table


@dataclass(frozen=True)
class Inner:
    """A table."""

    widths: tuple[int, ...] = (1, 2)
    range: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True)
class Outer:
    """A file."""

    name: str
    rate: float = 0.5
    count: int = 3
    deep: bool = False
    inner: Inner = field(default_factory=Inner)


def read(folder: Path, text: str) -> Outer:
    path = folder / "c.toml"
    path.write_text(text)
    return read_config(Outer, path)


def test_tables_become_the_nested_dataclasses(tmp_path: Path) -> None:
    found = read(tmp_path, 'name = "a"\nrate = 2\n[inner]\nwidths = [4, 5]\nrange = [1, 2.5]')
    assert found == Outer("a", 2, inner=Inner((4, 5), (1, 2.5)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('name = "a"\nlearnig = 1', "unknown key 'learnig'; known are count, deep"),
        ("rate = 1.0", "missing key 'name'"),
        ("name = 3", "name must be a string, not 3"),
        ('name = "a"\nrate = "fast"', "rate must be a number, not 'fast'"),
        ('name = "a"\ncount = 2.5', "count must be an integer, not 2.5"),
        ('name = "a"\ncount = true', "count must be an integer, not True"),
        ('name = "a"\ndeep = 1', "deep must be true or false, not 1"),
        ('name = "a"\n[inner]\nwidths = ["4"]', "widths must be a list of integers, not"),
        ('name = "a"\n[inner]\nrange = [1]', "range must be a list of 2 numbers, not"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        read(tmp_path, text)
    assert "c.toml" in str(caught.value)


def test_a_file_that_is_no_toml(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"c\.toml: not a readable TOML file"):
        read(tmp_path, "name = ")
    with pytest.raises(InputError, match=r"none\.toml: not a readable TOML file"):
        read_config(Outer, tmp_path / "none.toml")


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match=r"a.toml: not a readable TOML file"):
        read_table(tmp_path / "a.toml")
