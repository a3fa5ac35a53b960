"""Font files: sorted into kinds by name, checked for what they can draw, damaged ones left out."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import ImageFont

from ocr.recognize.charset import Charset
from ocr.train.synth.fonts import LATIN, FontBook

CHARACTERS = Charset.load("latin").characters


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The same font file under names of several kinds, and a damaged file."""
    try:
        source = str(ImageFont.truetype("DejaVuSans.ttf", 10).path)
    except OSError:
        pytest.skip("DejaVu Sans is not installed; run: apt-get install fonts-dejavu-core")
    for name in ("Plain.ttf", "Courier-like.ttf", "Garamond.ttf", "Symbol.ttf"):
        (tmp_path / name).symlink_to(source)
    (tmp_path / "Broken.ttf").write_bytes(b"\0\1\0\0 not a font")
    return tmp_path


def test_faces_are_sorted_by_name_and_unsuitable_ones_left_out(folder: Path) -> None:
    book = FontBook([folder], CHARACTERS)
    kinds = {kind: [Path(face.path).name for faces in families.values() for face in faces]
             for kind, families in book.kinds.items()}  # fmt: skip
    assert kinds == {"typewriter": ["Courier-like.ttf"], "serif": ["Garamond.ttf"], "sans": ["Plain.ttf"]}
    assert len(book) == 3


def test_kinds_are_drawn_by_their_shares(folder: Path) -> None:
    book, rng = FontBook([folder], CHARACTERS), random.Random(1)
    kinds = [book.draw(rng).kind for _ in range(600)]
    assert kinds.count("serif") > 1.4 * kinds.count("sans")


def test_a_face_knows_what_it_can_draw(folder: Path) -> None:
    face = FontBook([folder], CHARACTERS).draw(random.Random(1))
    assert face.can_draw("plain text 1.0") and not face.can_draw("語")


def test_a_face_without_a_required_character_is_left_out(folder: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FontBook([folder], CHARACTERS + "語", replace(LATIN, required=frozenset("語")))


def test_a_folder_without_fonts_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="apt install fonts-dejavu"):
        FontBook([tmp_path], CHARACTERS)
