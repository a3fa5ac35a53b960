"""Font files: sorted into kinds by name, checked for what they can draw, damaged ones left out."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.ttLib import TTFont
from PIL import ImageFont, features

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


@pytest.mark.skipif(not features.check("raqm"), reason="Pillow has no Raqm; run: apt-get install libfribidi0")
def test_faces_with_old_style_figures_are_found_and_use_them(folder: Path) -> None:
    with TTFont(folder / "Plain.ttf") as face:
        addOpenTypeFeaturesFromString(face, "feature onum { sub three by A; } onum;")
        face.save(folder / "Old.ttf")
    book = FontBook([folder], CHARACTERS)
    drawn = [book.draw(random.Random(seed), old_figures=True) for seed in range(20)]
    assert {Path(face.path).name for face in drawn} == {"Old.ttf"}
    old, plain = drawn[0], replace(drawn[0], features=())
    assert plain.with_old_figures() == old
    three = old.at(40).getmask("3", features=list(old.features))
    assert bytes(three) == bytes(plain.at(40).getmask("A")) != bytes(plain.at(40).getmask("3"))


def test_faces_that_join_letters_do_so_where_it_is_asked_for(folder: Path) -> None:
    with TTFont(folder / "Plain.ttf") as face:
        addOpenTypeFeaturesFromString(face, "feature liga { sub A A by three; } liga;")
        face.save(folder / "Joined.ttf")
    faces = {
        Path(face.path).name: face
        for face in (FontBook([folder], CHARACTERS).draw(random.Random(k)) for k in range(40))
    }
    joined, plain = faces["Joined.ttf"].with_ligatures(), faces["Plain.ttf"]
    without = replace(plain, ligatures=False)
    assert without.with_ligatures() == without
    assert bytes(joined.at(40).getmask("AA", features=list(joined.features))) == bytes(plain.at(40).getmask("3"))


def test_italic_faces_are_drawn_where_they_are_asked_for(folder: Path) -> None:
    with TTFont(folder / "Plain.ttf") as face:
        face["post"].italicAngle = -12
        face.save(folder / "Slanted.ttf")
    book = FontBook([folder], CHARACTERS)
    for italic in (True, False):
        faces = [book.draw(random.Random(seed), italic=italic) for seed in range(60)]
        assert {face.italic for face in faces} == ({True} if italic else {True, False})


def test_a_face_without_old_style_figures_keeps_its_own(folder: Path) -> None:
    face = FontBook([folder], CHARACTERS).draw(random.Random(1), old_figures=True)
    assert not face.old_figures and face.features == ()
