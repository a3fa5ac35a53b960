"""Languages that Tesseract reads in our pipeline. The two pictures are set in Noto (SIL Open Font License)."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import ocr
from ocr.detect import Region
from ocr.detect.grid import ruled_page
from ocr.document import Quad
from ocr.errors import DependencyError, OcrError
from ocr.page.upright import Upright
from ocr.pipeline import Reader
from ocr.read_page import FoundLine, ReadPage
from ocr.recognize import Glyph, Reading
from ocr.recognize.uncovered import MixedRecognizer, TesseractRecognizer
from ocr.recognize.unread import script_warning
from tests.installed import needs_pack
from tests.recognize.test_tesseract import shim

PICTURES = Path(__file__).parent / "scripts"
ARABIC = """القاهرة مدينة كبيرة
يولد جميع الناس أحرارا متساوين في الكرامة والحقوق
وقد وهبوا عقلا وضميرا وعليهم أن يعامل بعضهم بعضا
بروح الإخاء. صدر عام 1948 في باريس"""
THAI = """มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกัน
ในเกียรติศักดิ์และสิทธิ ต่างมีเหตุผลและมโนธรรม
และควรปฏิบัติต่อกันด้วยเจตนารมณ์แห่งภราดรภาพ"""


def errors(found: str, wanted: str) -> float:
    from rapidfuzz.distance import Levenshtein

    return Levenshtein.distance(found, wanted) / len(wanted)


@needs_pack("ara")
def test_arabic_is_read_in_logical_order_and_its_words_run_to_the_left() -> None:
    [page] = Reader("ar").read(PICTURES / "arabic.png")
    assert errors(page.text, ARABIC) < 0.05
    assert {line.engine for line in page.lines} == {"tesseract"}
    for line in page.lines[1:3]:
        lefts = [word.box.hull[0] for word in line.words]
        assert lefts == sorted(lefts, reverse=True)
        letters = [char.box.hull[0] for char in line.words[0].chars]
        assert letters == sorted(letters, reverse=True)


@needs_pack("ara")
def test_the_text_of_an_arabic_pdf_is_found_by_viewers(tmp_path: Path) -> None:
    out = tmp_path / "out.pdf"
    ocr.read(PICTURES / "arabic.png", lang="ar").save(out)
    found = subprocess.run(["pdftotext", str(out), "-"], capture_output=True, text=True, check=True).stdout
    plain = "".join(" " if c in "\u202a\u202b\u202c" else c for c in found)
    for word in ("القاهرة", "مدينة", "الكرامة", "والحقوق", "1948", "باريس"):
        assert word in plain.split()


@needs_pack("tha")
def test_thai_has_spaces_only_where_they_are_printed() -> None:
    [page] = Reader("th").read(PICTURES / "thai.png")
    assert errors(page.text, THAI) < 0.06
    assert page.text.count(" ") <= 2


def test_a_pack_that_is_missing_is_named(tmp_path: Path) -> None:
    program = shim(tmp_path, "print('List of available languages (1):\\neng')")
    with pytest.raises(DependencyError, match=r"lacks ara; run: apt-get install tesseract-ocr-ara"):
        TesseractRecognizer("ar", program=program)
    with pytest.raises(DependencyError, match="is not installed"):
        TesseractRecognizer("ar", program=str(tmp_path / "absent"))


def test_a_failure_is_an_error_and_no_empty_line(tmp_path: Path) -> None:
    says = "if '--list-langs' in sys.argv: print('List:\\nara')\nelse: sys.exit(3)"
    reads = TesseractRecognizer("ar", program=shim(tmp_path, says))
    with pytest.raises(OcrError, match=r"exit status 3 .*its lines could not be read"):
        reads([np.full((48, 200), 255, np.uint8)])


def test_a_line_in_which_nothing_is_seen_is_shown_taller(tmp_path: Path) -> None:
    row = "5\\t1\\t1\\t1\\t1\\t1\\t20\\t10\\t100\\t40\\t95\\tword"
    says = (
        "if '--list-langs' in sys.argv: print('List:\\nara')\n"
        "else:\n"
        "    height = int(open(open(sys.argv[1]).readline().strip(), 'rb').readline().split()[2])\n"
        f"    print('{row}' if height == 80 else '')"
    )
    [reading] = TesseractRecognizer("ar", program=shim(tmp_path, says))([np.full((48, 200), 255, np.uint8)])
    assert reading.text == "word"


def test_lines_that_tesseract_does_not_read_are_counted() -> None:
    line = np.full((48, 400), 255, np.uint8)
    [warning] = script_warning(3, "ar", [line], 20)
    assert warning == "page 3: Tesseract could not read 1 of the lines in lang 'ar'"
    assert script_warning(3, "ar", [line[:, :100]], 20) == ()


class Fixed:
    """Reads the same in every line."""

    name, height, characters = "fixed", 32, "abc"

    def __init__(self, text: str, confidence: float) -> None:
        self.reading = Reading(tuple(Glyph(c, 0, 1, confidence) for c in text), confidence, "fixed")

    def __call__(self, lines: Sequence[NDArray[np.uint8]]) -> list[Reading]:
        assert all(line.shape[0] == self.height for line in lines)
        return [self.reading] * len(lines)


class Other(TesseractRecognizer):
    """Stands in for Tesseract."""

    def __init__(self, text: str, confidence: float) -> None:
        self.reading = Reading(tuple(Glyph(c, 0, 1, confidence) for c in text), confidence, "tesseract")

    def __call__(self, lines: Sequence[NDArray[np.uint8]]) -> list[Reading]:
        return [self.reading] * len(lines)


@pytest.mark.parametrize(
    ("ours", "theirs", "kept"),
    [
        (("ab", 0.95), ("שלום", 0.99), "fixed"),  # sure
        (("ab", 0.4), ("שלום", 0.2), "tesseract"),  # letters that ours cannot write
        (("ab", 0.4), ("abc", 0.3), "fixed"),
        (("ab", 0.4), ("abc", 0.6), "tesseract"),
    ],
)
def test_a_line_of_two_languages_is_read_by_the_better(
    ours: tuple[str, float], theirs: tuple[str, float], kept: str
) -> None:
    [reading] = MixedRecognizer(Fixed(*ours), Other(*theirs))([np.full((48, 200), 255, np.uint8)])
    assert reading.engine == kept


@needs_pack("osd")
@pytest.mark.parametrize(("picture", "script", "code"), [("arabic", "Arabic", "ar"), ("thai", "Thai", "th")])
def test_a_script_that_is_not_covered_is_named(picture: str, script: str, code: str) -> None:
    [page] = Reader("en").read(PICTURES / f"{picture}.png")
    assert page.text == ""
    [warning] = page.warnings
    assert f"lines look like {script}, which lang 'en' does not cover; try --lang {code}" in warning


def test_nothing_is_said_of_a_page_that_was_mostly_read() -> None:
    line = np.full((32, 400), 255, np.uint8)
    assert script_warning(1, "en", [line] * 3, 8) == ()
    assert script_warning(1, "en", [line] * 2, 0) == ()


@pytest.mark.parametrize(("left_out", "doubtful", "kept"), [(2, 1, 0), (1, 2, 2)])
def test_doubtful_lines_go_where_most_show_nothing(
    monkeypatch: pytest.MonkeyPatch, left_out: int, doubtful: int, kept: int
) -> None:
    asked = list[int]()

    def thai(lines: Sequence[NDArray[np.uint8]]) -> str:
        asked.append(len(lines))
        return "Thai"

    monkeypatch.setattr("ocr.recognize.unread.script_of_lines", thai)
    picture = np.full((32, 400), 255, np.uint8)
    region = Region(Quad.rect(0, 0, 400, 32), 0.9)
    unsure = Reading((Glyph("x", 0.0, 1.0, 0.2),), 0.2, "crnn-test")
    found = [FoundLine(region, region.quad, picture, unsure, k >= left_out) for k in range(left_out + doubtful)]
    page = ReadPage(Upright(picture, []), ruled_page(picture, []), tuple(found), (), ())
    lacking = page.without_foreign("en")
    assert len(lacking.lines) == kept
    assert any("look like Thai" in text for text in lacking.all_warnings(1, "en", lacking.lines)) == (not kept)
    assert len(asked) == (not kept)  # Tesseract is asked once for a page
    assert len(page.without_foreign("th").lines) == len(page.lines)
