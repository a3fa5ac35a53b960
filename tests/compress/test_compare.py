"""Techniques beside each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocr.compress.compare import compare, step_of
from ocr.compress.techniques import TECHNIQUES
from ocr.errors import UsageError
from tests.compress.nets import lines, tiny

SETTINGS = {
    "uniform": 'bits=4 per="tensor"',
    "rate": "bytes=8000 batches=1",
    "trellis": "bytes=8000 batches=1",
    "damage": "batches=1",
    "sharing": "bits=3",
    "blocks": 'block="fire"',
    "together": "hidden=[16] shared=2",
    "surgeon": "sparsity=0.5 bits=4",
}


def test_every_technique_is_compared_with_the_original(tmp_path: Path) -> None:
    model = tiny()
    texts = [f"{name} {SETTINGS.get(name, '')}".strip() for name in TECHNIQUES]
    original, *rows = compare(model, lines(tmp_path, model), texts, 1)
    assert [row.step for row in rows] == texts
    smaller = {row.step.split()[0] for row in rows if row.bytes < 0.9 * original.bytes}
    assert smaller >= {"rate", "sharing", "surgeon", "uniform", "widths"}


@pytest.mark.parametrize("text", ["surgeon sparsity", "surgon sparsity=0.5", "surgeon sparcity=0.5"])
def test_faulty_lines(text: str) -> None:
    with pytest.raises(UsageError, match=r"key=value|did you mean"):
        step_of(text, 0)
