"""Choosing the settings of the decoder: readings are compared with the greedy ones, line by line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from ocr.errors import UsageError
from ocr.recognize.ctc import greedy
from ocr.recognize.doubtful import Frames, Settings
from ocr.train.language.decoding import Tally, changed_settings, compare, main, neighbours
from tests.train.recognize.lines import draw_shard


def test_settings_are_compared_with_the_greedy_reading() -> None:
    table = np.array([[0.1, 0.5, 0.4], [0.9, 0.05, 0.05]], np.float32)
    net = Frames.whole(table.argmax(1), table.max(1), np.log(table))
    right = Frames.whole(np.array([2, 0]), table.max(1), np.log(table))
    tally, _ = compare([("b", net)], "ab", lambda _: (greedy(*right[:2]), net.probabilities))
    assert (tally.better, tally.worse, tally.edits, tally.changed) == (1, 0, 0, [("b", "a", "b")])
    assert "CER 0.00000" in str(tally)
    assert str(Tally()).startswith("CER 0.00000")
    names = [name for name, _ in neighbours(Settings())]
    assert names[0] == "as they are"
    assert len(names) == len(set(names)) == 19


def test_case_does_not_count_in_sets_of_capitals() -> None:
    strict, caseless = Tally(), Tally(caseless=True)
    for tally in (strict, caseless):
        tally.add("TOTAL", "Tota1", "Total")
    assert (strict.edits, caseless.edits) == (4, 0)
    strict.join(caseless)
    assert (strict.edits, strict.characters, strict.wrong, strict.better, strict.worse) == (4, 10, 1, 1, 0)


def test_settings_of_the_command_line() -> None:
    name = neighbours_name()
    assert getattr(changed_settings([f"{name}=0.5"]), name) == 0.5
    with pytest.raises(UsageError, match="no setting 'wait'; the settings are"):
        changed_settings(["wait=1"])
    with pytest.raises(UsageError, match="no number"):
        changed_settings([f"{name}=much"])


def neighbours_name() -> str:
    """A setting that is not a whole number."""
    return next(name.split()[0] for name, _ in neighbours(Settings()) if name.startswith("weight"))


def test_a_table_of_settings_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shard = draw_shard(tmp_path / "held-own.npz", "aceno", 12)
    main([str(shard), "--changes", "--set", "weight=0"])
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("net: ")
    assert out[1].split()[:2] == ["greedy", "own"]
    assert out[4].split()[:4] == ["weight=0", "all", "CER", out[2].split()[3]], "without weight nothing changes"
    main([str(shard)])
    out = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0].strip() for line in out if " all " in line][:2] == ["greedy", "as they are"]
