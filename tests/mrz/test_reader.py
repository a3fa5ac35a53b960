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
    assert found.valid and found.surname == "ERIKSSON"
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
