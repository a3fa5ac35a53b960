"""``ocr mrz`` and ``ocr idcard``: what is printed, with stand-ins for the readers."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ocr.errors import NoCardError, NoZoneError
from ocr.idcard.card import Field, IdCard, Problem, Side
from ocr.mrz.fields import parse
from tests.cli.conftest import Run
from tests.mrz.specimens import SPECIMENS

ZONE = replace(parse(SPECIMENS["TD3"], date(2020, 1, 1)), confidence=0.98765)
CARD = IdCard(
    name=Field("张三", 0.99, True),
    number=Field("11010519491231002X", 0.9, False),
    side=Side.FRONT,
    problems=(Problem.BLURRED, Problem.CHECKSUM),
)


def printed(out: str) -> dict[str, str]:
    """Rows of a name and a value; names may have a space."""
    return {line[:13].strip(): line[13:] for line in out.splitlines()}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the readers were asked, which give ZONE and CARD."""
    calls: list[Any] = []

    def read_mrz(file: str, **options: Any) -> Any:
        calls.append((file, options))
        return ZONE

    class Reader:
        def __init__(self, threads: int) -> None:
            calls.append(threads)

        def read(self, front: str, back: str | None, **options: Any) -> IdCard:
            calls.append((front, back, options))
            return CARD

    monkeypatch.setattr("ocr.mrz.reader.read_mrz", read_mrz)
    monkeypatch.setattr("ocr.idcard.card_reader.CardReader", Reader)
    return calls


def test_a_zone_is_printed_with_checks_and_confidence(run: Run, asked: list[Any]) -> None:
    code, out, err = run("mrz", "passport.pdf", "--page", "2", "--password", "sesame")
    assert (code, err) == (0, "")
    assert asked == [("passport.pdf", {"page": 2, "password": "sesame"})]
    assert out.splitlines()[:2] == list(SPECIMENS["TD3"])
    rows = printed(out)
    assert (rows["surname"], rows["check digits"], rows["confidence"]) == ("ERIKSSON", "valid", "0.9877")


def test_invalid_check_digits_are_named(run: Run, asked: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = replace(ZONE, checks=dict(ZONE.checks) | {"birth": False, "composite": False})
    monkeypatch.setattr("ocr.mrz.reader.read_mrz", lambda file, **options: wrong)
    assert printed(run("mrz", "a.png")[1])["check digits"] == "invalid: birth, composite"


def test_a_zone_as_json(run: Run, asked: list[Any]) -> None:
    assert json.loads(run("mrz", "a.png", "--json")[1]) == ZONE.to_json()


def test_a_card_is_printed_with_its_problems(run: Run, asked: list[Any]) -> None:
    code, out, _ = run("idcard", "a.png", "b.pdf", "--back-page", "3", "-j", "1")
    assert code == 0
    assert asked == [1, ("a.png", "b.pdf", {"kind": "auto", "page": None, "back_page": 3, "password": ""})]
    assert printed(out) == {
        "name": "张三",
        "number": "11010519491231002X  (invalid)",
        "kind": "cn-resident",
        "side": "front",
        "problems": "blurred, checksum",
    }
    assert json.loads(run("idcard", "a.png", "--json")[1]) == CARD.to_json()


@pytest.mark.parametrize("error", [NoZoneError("a.png: no zone"), NoCardError("a.png: no card")])
def test_nothing_found_ends_with_the_same_code(run: Run, error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: Any, **options: Any) -> Any:
        raise error

    monkeypatch.setattr("ocr.mrz.reader.read_mrz", fail)
    monkeypatch.setattr("ocr.idcard.card_reader.CardReader.read", fail)
    verb = "mrz" if isinstance(error, NoZoneError) else "idcard"
    assert run(verb, "a.png") == (2, "", f"ocr: {error}\n")


def test_without_a_zone_or_card_the_file_is_named(run: Run, tmp_path: Path) -> None:
    from PIL import Image

    name = tmp_path / "white.png"
    Image.new("L", (400, 300), 255).save(name)
    for verb, missing in (("mrz", "machine-readable zone"), ("idcard", "identity card")):
        code, out, err = run(verb, name)
        assert (code, out) == (2, "")
        assert err.startswith(f"ocr: {name}: no {missing} was found")
