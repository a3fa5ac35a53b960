"""How many processes there is room for."""

from __future__ import annotations

import pytest

from ocr.crew import Crew
from ocr.engine import cores
from ocr.options import Options
from ocr.workers.room import available_memory, fitting

GIB = 1 << 30


def test_two_processes_a_core_and_half_a_gigabyte_each() -> None:
    assert fitting(0, 1000 * GIB) == cores()
    assert fitting(1000, 1000 * GIB) == 2 * cores()
    assert fitting(1000, GIB // 4) == fitting(1, GIB // 4) == 1
    assert fitting(2, GIB) == 2 and fitting(2, GIB - 1) == 1
    assert fitting(1000, 0) == 2 * cores(), "where the memory is not known"
    assert available_memory() > 0


def test_a_crew_starts_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ocr.workers.room.available_memory", lambda: GIB)
    with Crew(Options(jobs=1000)) as crew:
        crew._share(1000)
        assert len(crew.pids) == min(2, 2 * cores())
