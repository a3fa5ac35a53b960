"""Chinese lines: text keeps to the charset, every character comes, faces of both scripts share a line."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from ocr.errors import UsageError
from ocr.recognize.charset import Charset
from ocr.train.synth.fonts import HAN, FontBook
from ocr.train.synth.hanzi import HanText
from ocr.train.synth.lines import HAN_LOOKS, HEIGHT, LineSynth
from ocr.train.synth.text import TextSource
from tests.installed import dejavu

PROSE = "数学，是研究数量、结构、变化以及空间等概念的一门学科。北京市人民政府办公厅关于 2024 年工作的通知。"
FONTS = Path("/usr/share/fonts/truetype/wqy")


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> HanText:
    folder = tmp_path_factory.mktemp("text")
    (folder / "prose.txt").write_text(PROSE * 20, encoding="utf-8")
    (folder / "english.txt").write_text("the quick brown fox jumps over the lazy dog " * 20, encoding="utf-8")
    (folder / "words.txt").write_text("数学 300 n\n结构 20 n\nB超 3 n\n", encoding="utf-8")
    latin = TextSource([folder / "english.txt"], folder / "english.txt", Charset.load("latin").characters)
    return HanText([folder / "prose.txt"], folder / "words.txt", Charset.load("zh").characters, latin)


def test_text_keeps_to_the_charset(text: HanText) -> None:
    charset, rng = Charset.load("zh"), random.Random(0)
    seen: set[str] = set()
    for _ in range(3000):
        line = text.line(rng)
        assert 0 < len(line) <= 64
        assert line == " ".join(line.split())
        assert all(c in charset for c in line), line
        seen.update(line)
    assert len(seen & set(text.hanzi)) > 1500, "rare characters come too"


def test_jumbled_lines_hold_signs_between_signs_and_between_characters(text: HanText) -> None:
    rng = random.Random(1)
    lines = [text._jumble(rng) for _ in range(1000)]
    assert any(re.search(r"[^\w\s]:[^\w\s]", line) for line in lines)
    assert any(re.search(r"[一-鿿][.,:;|!][一-鿿]", line) for line in lines)


def test_fields_of_identity_cards_come_with_and_without_their_label(text: HanText) -> None:
    rng = random.Random(4)
    lines = [text._person(rng) for _ in range(2000)]
    assert any(re.fullmatch(r"公民身份号码[ ：:]?\d{17}[\dX]", line) for line in lines)
    assert any(re.search("(自治区|省|市).+(村|路|街).*号", line) for line in lines)
    assert any(re.fullmatch(r"(有效期限[ ：:]?)?20\d\d\.\d\d\.\d\d-20\d\d\.\d\d\.\d\d", line) for line in lines)
    assert any(line.endswith("公安局") for line in lines)
    assert len(set(lines)) > 1700


def test_a_kind_of_text_comes_oftener(text: HanText, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "makers", list(text.makers))
    text.oftener({"latin": 1e6})
    rng = random.Random(2)
    assert not any("\u4e00" <= c <= "鿿" for _ in range(50) for c in text.line(rng))
    with pytest.raises(UsageError, match="no kind of text 'odd'; there are amount, company"):
        text.oftener({"odd": 2})


@pytest.mark.parametrize(
    ("number", "words"),
    [(7, "七"), (10, "一十"), (105, "一百零五"), (20_030, "二万零三十"), (1_230_000, "一百二十三万")],
)
def test_numbers_in_words(text: HanText, number: int, words: str) -> None:
    assert text._spoken(number, "零一二三四五六七八九") == words


def test_a_chinese_line_is_drawn_with_latin_faces_beside(text: HanText) -> None:
    if not FONTS.exists():
        pytest.skip("no Chinese fonts installed (apt install fonts-wqy-microhei)")
    characters = Charset.load("zh").characters
    fonts = FontBook([FONTS], characters, HAN)
    beside = FontBook([dejavu().parent], Charset.load("latin").characters)
    synth = LineSynth(fonts, text, HAN_LOOKS, beside)
    for seed in range(30):
        line = synth.sample(seed)
        assert line.picture.shape[0] == HEIGHT
        assert len(line.centers) == len(line.text)
        assert list(line.centers) == sorted(line.centers)
