"""A zone is valid only where the picture bears all of its characters."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

import ocr
from ocr.errors import NoZoneError
from tests.mrz.specimens import SPECIMENS
from tests.mrz.test_reader import document, zone_reader

__all__ = ["zone_reader"]

TODAY = date(2026, 7, 1)
Picture = NDArray[np.uint8]


def read(reader: ocr.MrzReader, page: Picture) -> ocr.Mrz | None:
    try:
        return reader.read(page, today=TODAY)
    except NoZoneError:
        return None


def test_a_whole_zone_is_valid(zone_reader: ocr.MrzReader) -> None:
    zone = zone_reader.read(document(SPECIMENS["TD3"]), today=TODAY)
    assert zone.valid and not zone.unclear


@pytest.mark.parametrize("rows", [30, 35, 40, 45])
def test_a_second_line_that_is_cut(zone_reader: ocr.MrzReader, rows: int) -> None:
    zone = read(zone_reader, document(SPECIMENS["TD3"])[:-rows])
    assert zone is None or not zone.valid or zone.lines == SPECIMENS["TD3"]


@pytest.mark.parametrize("level", [255, 120, 0])
def test_hidden_characters_are_named(zone_reader: ocr.MrzReader, level: int) -> None:
    page = document(SPECIMENS["TD3"]).copy()
    page[-80:-20, 300:370] = level  # the fourteenth to the eighteenth character of the second line: the birth
    zone = read(zone_reader, page)
    assert zone is not None and not zone.valid
    assert "birth" in zone.unclear
    assert all(line == 2 for line, _ in zone.unclear["birth"])
    assert zone.to_json()["unclear"]["birth"] == [list(place) for place in zone.unclear["birth"]]


@pytest.mark.parametrize("columns", [10, 25, 60, 120])
def test_sides_that_are_cut(zone_reader: ocr.MrzReader, columns: int) -> None:
    page = document(SPECIMENS["TD3"])
    for part in (page[:, 45 + columns :], page[:, : -45 - columns]):
        zone = read(zone_reader, np.ascontiguousarray(part))
        assert zone is None or not zone.valid


def test_a_narrow_fold_through_a_name(zone_reader: ocr.MrzReader) -> None:
    page = document(SPECIMENS["TD3"])
    folded = np.delete(page, np.s_[260:270], axis=1)
    folded[:, 258:261] = 90
    zone = read(zone_reader, folded)
    assert zone is None or not zone.valid


def test_a_rule_beside_a_line_does_not_cover_it(zone_reader: ocr.MrzReader) -> None:
    page = document(SPECIMENS["TD3"]).copy()
    [top, _] = _line_tops(page)
    page[top - 7 : top - 5, 250:700] = 40  # near the characters, with ground between
    zone = zone_reader.read(page, today=TODAY)
    assert zone.valid and not zone.unclear


@pytest.mark.parametrize("level", [255, 150, 30])
def test_a_strip_over_the_edge_of_characters_covers_them(zone_reader: ocr.MrzReader, level: int) -> None:
    page = document(SPECIMENS["TD3"]).copy()
    [top, _] = _line_tops(page)
    page[top - 8 : top + 5, 250:420] = level
    zone = read(zone_reader, page)
    assert zone is None or not zone.valid


def _line_tops(page: Picture) -> list[int]:
    """Where the ink of the two lines at the bottom of a page begins, in rows of pixels."""
    inked = (page[-150:] < 100).sum(1) > 10
    return [len(page) - 150 + int(k) for k in np.flatnonzero(inked[1:] & ~inked[:-1]) + 1][-2:]


def test_a_strip_that_holds_the_lines_alone(zone_reader: ocr.MrzReader) -> None:
    zone = zone_reader.read(document(SPECIMENS["TD3"])[-150:], today=TODAY)
    assert zone.lines == SPECIMENS["TD3"] and not zone.unclear and all(zone.checks.values())
