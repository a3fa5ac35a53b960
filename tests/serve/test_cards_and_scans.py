"""``/v1/idcard``, ``/v1/mrz`` and ``/v1/scan``."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image

from tests.serve.papers import document
from tests.serve.servers import Running, pdf_text


def test_a_card_of_two_pictures(server: Running, samples: Path) -> None:
    files = {side: (samples / f"card-{side}.jpg").read_bytes() for side in ("front", "back")}
    card = server.post("/v1/idcard", files=files).json()
    assert (card["side"], card["number"]["value"]) == ("both", "130928196207181462")
    assert card["number"]["valid"] is True and card["valid_to"]["value"] == "long-term"


def test_a_card_as_a_raw_body(server: Running, samples: Path) -> None:
    card = server.post("/v1/idcard", content=(samples / "card-front.jpg").read_bytes()).json()
    assert card["side"] == "front" and "issuer" not in card


def test_a_zone(server: Running, samples: Path) -> None:
    zone = server.read("/v1/mrz", samples / "passport.jpg").json()
    assert (zone["surname"], zone["number"], zone["valid"]) == ("ERIKSSON", "L898902C3", True)


def test_pictures_that_show_neither(server: Running) -> None:
    body = document("PNG", ("NOTHING OF THE KIND",))
    assert server.problem("POST", "/v1/mrz", content=body) == (422, "no_zone")
    answer = server.post("/v1/idcard", content=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "no_card")
    assert "not_a_card" in answer.json()["problems"]


def test_one_page_must_be_chosen_of_several(server: Running) -> None:
    body = document()
    assert server.problem("POST", "/v1/mrz", content=body) == (422, "option")
    assert server.problem("POST", "/v1/mrz?page=1", content=body) == (422, "no_zone")


@pytest.mark.parametrize(("format", "wanted"), [("png", "PNG"), ("jpg", "JPEG")])
def test_a_scan(server: Running, samples: Path, format: str, wanted: str) -> None:
    answer = server.read("/v1/scan", samples / "photo.jpg", format=format, dewarp="false")
    found = json.loads(answer.headers["OCR-Scan"])
    assert found["rotation"] == 180 and found["confidence"] > 0.9
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert picture.format == wanted
        assert picture.size == (found["width"], found["height"])


def test_a_scan_as_a_pdf_has_text(server: Running, samples: Path) -> None:
    answer = server.read("/v1/scan", samples / "photo.jpg", format="pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert len(pdf_text(answer.content).split()) > 20
