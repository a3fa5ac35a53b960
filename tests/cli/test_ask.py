"""``ocr ask``: what is printed and drawn, with a stand-in for the reader of pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.answers.receipts import LINES, document_of
from tests.cli.conftest import Run


@pytest.fixture
def receipt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A picture that is read as a receipt."""
    path, document = tmp_path / "receipt.png", document_of(LINES)
    Image.fromarray(np.full((document[0].height, document[0].width), 255, np.uint8)).save(path)

    class Reader:
        def __init__(self, **_: Any) -> None: ...

        def read(self, file: str, **_: Any) -> Any:
            return document

    monkeypatch.setattr("ocr.pipeline.Reader", Reader)
    return path


def test_one_answer(run: Run, receipt: Path) -> None:
    code, out, err = run("ask", str(receipt), "What is the total?")
    assert (code, err) == (0, "")
    assert out.startswith("12.50  (0.") or out.startswith("12.50  (1.")


def test_several_answers_as_json(run: Run, receipt: Path) -> None:
    code, out, _ = run("ask", str(receipt), "total", "passport number", "--json", "--explain")
    answers = json.loads(out)["answers"]
    assert [(one["question"], one["text"], one["reason"]) for one in answers] == [
        ("total", "12.50", None),
        ("passport number", "", "not in this document"),
    ]
    assert sum(line["weight"] for line in answers[0]["passes"][0]) == pytest.approx(1, abs=0.2)
    assert code == 2


def test_lines_with_weights(run: Run, receipt: Path) -> None:
    _, out, _ = run("ask", str(receipt), "total", "--explain")
    assert "  pass 1  " in out and "  pass 2  " in out


def test_weights_drawn_over_the_page(run: Run, receipt: Path, tmp_path: Path) -> None:
    picture = tmp_path / "why.png"
    code, _, _ = run("ask", str(receipt), "total", "--explain", str(picture))
    assert code == 0
    with Image.open(picture) as drawn, Image.open(receipt) as page:
        assert drawn.width > 2 * page.width and drawn.height == page.height


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("total", "--explain", "why.jpg"), "draws PNG pictures"),
        (("total", "date", "--explain", "why.png"), "one question"),
        (("",), "the question is empty"),
    ],
)
def test_wrong_arguments(run: Run, receipt: Path, arguments: tuple[str, ...], message: str) -> None:
    code, out, err = run("ask", str(receipt), *arguments)
    assert (code, out) == (1, "") and message in err


def test_the_picture_does_not_replace_the_page(run: Run, receipt: Path) -> None:
    before = receipt.read_bytes()
    code, _, err = run("ask", str(receipt), "total", "--explain", str(receipt))
    assert code == 1 and "would replace the input" in err and receipt.read_bytes() == before


def test_no_answer(run: Run, receipt: Path, tmp_path: Path) -> None:
    code, out, err = run("ask", str(receipt), "Quelle est la date ?", "--explain", str(tmp_path / "why.png"))
    assert code == 2 and "not understood" in out and "not drawn" in err
    assert not (tmp_path / "why.png").exists()
