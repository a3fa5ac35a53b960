"""Lists and URLs that name nothing, or that editors wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocr.batch.inputs import listed
from ocr.errors import InputError


def test_a_list_with_a_byte_order_mark_blank_lines_and_twins(tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_bytes(b"\xef\xbb\xbfa.png\r\n\r\n  \nb.png\r\na.png\n")
    assert [found.path for found in listed([f"@{file}"])] == ["a.png", "b.png", "a.png"]


def test_a_list_that_names_nothing_says_so(tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text("\n  \n")
    said: list[str] = []
    assert list(listed([], [str(file)], warn=said.append)) == []
    assert "names no file" in said[0]


def test_a_url_that_cannot_be_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    fsspec = pytest.importorskip("fsspec")

    def refused(root: str) -> bool:
        raise ConnectionRefusedError(111, "Connection refused")

    fs = fsspec.filesystem("memory")
    monkeypatch.setattr(type(fs), "isfile", lambda self, root: refused(root))
    with pytest.raises(InputError, match=r"memory://scans: cannot be listed .*Connection refused"):
        list(listed(["memory://scans"]))


def test_a_store_that_is_not_there_is_not_taken_for_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    fsspec = pytest.importorskip("fsspec")
    from ocr.batch.places import Remote
    from ocr.errors import OutputError

    fs = fsspec.filesystem("memory")
    place = Remote("memory://out-gone")
    assert not place.exists("batch.json")
    place.write("batch.json", b"{}")
    assert place.exists("batch.json")

    def refused(self: object, path: str, **_: object) -> None:
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(type(fs), "info", refused)
    with pytest.raises(OutputError, match="the store cannot be read"):
        place.exists("batch.json")
