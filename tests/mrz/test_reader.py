"""Zones on drawn documents, found and read with the models that ship."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import ocr
from ocr.errors import DependencyError, InputError, NoZoneError
from ocr.geometry import turned
from ocr.mrz.fields import parse
from ocr.page.deskew import deskewed
from tests.mrz.specimens import SPECIMENS

TODAY = date(2026, 7, 1)
Picture = NDArray[np.uint8]


@pytest.fixture(scope="module")
def zone_reader() -> ocr.MrzReader:
    try:
        return ocr.MrzReader(threads=1)
    except DependencyError as error:
        pytest.skip(f"the models are not in the checkout: {error}")


def document(lines: tuple[str, ...], height: int = 620) -> Picture:
    """A page of a passport: a frame, some print, and the zone at its foot in a fixed-pitch face."""
    try:
        font, small = (ImageFont.truetype("DejaVuSansMono.ttf", size) for size in (30, 20))
    except OSError:
        pytest.skip("DejaVu Sans Mono is not installed; run: apt-get install fonts-dejavu-core")
    width = round(font.getlength(lines[0])) + 90
    image = Image.new("L", (width, height), 236)
    pen = ImageDraw.Draw(image)
    pen.rectangle((30, 60, 230, 330), outline=90, fill=190)
    for i, text in enumerate(("UTOPIA", "Surname ERIKSSON", "Given names ANNA MARIA", "12 AUG 1974")):
        pen.text((270, 70 + 50 * i), text, font=small, fill=40)
    for i, text in enumerate(lines):
        pen.text((45, height - 52 * (len(lines) - i) - 20), text, font=font, fill=25)
    return np.asarray(image)


@pytest.mark.parametrize("name", SPECIMENS)
def test_every_format(zone_reader: ocr.MrzReader, name: str) -> None:
    found = zone_reader.read(document(SPECIMENS[name]), today=TODAY)
    assert found.format == name
    assert found.lines == SPECIMENS[name]
    assert found.valid and found.surname == parse(SPECIMENS[name]).surname
    assert found.confidence > 0.5


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_every_orientation(zone_reader: ocr.MrzReader, degrees: int) -> None:
    upright = document(SPECIMENS["TD3"])
    found = zone_reader.read(turned(upright, degrees), today=TODAY)
    assert found.lines == SPECIMENS["TD3"]
    left, top, right, bottom = found.box.hull
    long, short = (right - left, bottom - top) if degrees == 180 else (bottom - top, right - left)
    assert long > 8 * short
    assert abs((found.box.angle - degrees + 180) % 360 - 180) < 3


@pytest.mark.parametrize("degrees", [-37.0, 20.0, 37.0])
@pytest.mark.parametrize("quarter", [0, 270])
def test_any_angle(zone_reader: ocr.MrzReader, degrees: float, quarter: int) -> None:
    slanted = turned(deskewed(document(SPECIMENS["TD3"]), -degrees)[0], quarter)
    found = zone_reader.read(slanted, today=TODAY)
    assert found.lines == SPECIMENS["TD3"] and found.valid
    assert abs((found.box.angle - degrees - quarter + 180) % 360 - 180) < 2
    left, top, right, bottom = found.box.hull
    assert left > -5 and top > -5 and right < slanted.shape[1] + 5 and bottom < slanted.shape[0] + 5


@pytest.mark.parametrize("margin", [14, 6, 1])
def test_a_strip_of_the_lines_alone(zone_reader: ocr.MrzReader, margin: int) -> None:
    foot = document(SPECIMENS["TD3"])[-140:]
    rows, columns = np.nonzero(foot < 60)
    strip = foot[rows.min() - margin : rows.max() + margin + 1, columns.min() - margin : columns.max() + margin + 1]
    found = zone_reader.read(np.ascontiguousarray(strip), today=TODAY)
    assert found.lines == SPECIMENS["TD3"] and found.valid


def test_a_document_in_a_photograph(zone_reader: ocr.MrzReader) -> None:
    page = document(SPECIMENS["TD1"])
    table = np.random.default_rng(1).integers(60, 90, (page.shape[0] + 900, page.shape[1] + 1000)).astype(np.uint8)
    table[400 : 400 + page.shape[0], 300 : 300 + page.shape[1]] = page
    assert zone_reader.read(table, today=TODAY).lines == SPECIMENS["TD1"]


OTHERS = {
    "2 lines of 30": ("CRFRAAB123CD9<<<<<<<<<<<<<<<<<", "VF1ABCDEF12345678<<<<<<<<<<<12"),
    "1 line of 30": ("D1NLD21234567890ABCDEF<<<<<<43",),
    "2 lines of 36": ("AR<<UTOPIA<1234567<<<<<<<<<<<<<<<<<<", "12345678901234567890<<<<<<<ABCDEF123"),
    "3 lines of 30": (
        "XXD123456789<<<<<<<<<<<<<<<<<<",
        "ABCDEFGHIJ1234567890<<<<<<<<<<",
        "MUSTER<<HANS<<<<<<<<<<<<<<<<<<",
    ),
}


@pytest.mark.parametrize("shape", OTHERS)
def test_other_zones_are_named(zone_reader: ocr.MrzReader, shape: str) -> None:
    with pytest.raises(NoZoneError, match=rf"not an ICAO 9303 format: {shape} characters.*ocr\.read"):
        zone_reader.read(document(OTHERS[shape]))


def test_a_zone_that_is_cut_is_not_named_another_format(zone_reader: ocr.MrzReader) -> None:
    page = document(SPECIMENS["TD3"])
    with pytest.raises(NoZoneError, match="no machine-readable zone was found"):
        zone_reader.read(page[:, :-150])


def test_a_box_round_the_zone(zone_reader: ocr.MrzReader) -> None:
    page = document(SPECIMENS["TD3"])
    left, top, right, bottom = zone_reader.read(page, today=TODAY).box.hull
    assert left < 60 and right > page.shape[1] - 60
    assert page.shape[0] - 160 < top < bottom < page.shape[0]


def test_no_zone(zone_reader: ocr.MrzReader, tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    Image.fromarray(document(("",))).save(path)
    with pytest.raises(NoZoneError, match=r"page\.png: no machine-readable zone.*ocr read"):
        zone_reader.read(path)
    with pytest.raises(NoZoneError):
        zone_reader.read(np.full((300, 400), 128, np.uint8))


def test_ordinary_lines_are_no_zone(zone_reader: ocr.MrzReader) -> None:
    lines = ("THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG AGAIN", "PACK MY BOX WITH FIVE DOZEN LIQUOR JUGS AND SMILE")
    with pytest.raises(NoZoneError):
        zone_reader.read(document(lines))


def test_two_documents(zone_reader: ocr.MrzReader) -> None:
    page = document(SPECIMENS["TD3"])
    with pytest.raises(InputError, match="2 machine-readable zones"):
        zone_reader.read(np.vstack([page, page]))


def test_a_line_alone(zone_reader: ocr.MrzReader) -> None:
    page = document(SPECIMENS["TD3"])
    line = page[page.shape[0] - 70 : page.shape[0] - 36]
    assert zone_reader.read_line(line) == SPECIMENS["TD3"][1]


def test_command_line(zone_reader: ocr.MrzReader, tmp_path: Path) -> None:
    path = tmp_path / "passport.png"
    Image.fromarray(document(SPECIMENS["TD3"])).save(path)
    command = [sys.executable, "-m", "ocr.cli", "mrz", str(path)]
    shown = subprocess.run([*command, "--json"], capture_output=True, text=True, check=True)
    assert json.loads(shown.stdout)["number"] == "L898902C3"
    plain = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "given_names  ANNA MARIA" in plain and "check digits valid" in plain and "\nconfidence   " in plain
    missing = subprocess.run([*command[:-1], "nothing.png"], capture_output=True, text=True, check=False)
    assert missing.returncode == ocr.ExitCode.BAD_INPUT
    assert "nothing.png" in missing.stderr
