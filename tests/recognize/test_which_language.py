"""The language of a page is found by its words, and its lines are read again with what belongs to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import ocr
from ocr import weights
from ocr.errors import InputError
from ocr.languages import languages
from ocr.recognize import Reading, known
from ocr.recognize.crnn import CrnnRecognizer
from ocr.recognize.language import LanguageModel
from ocr.recognize.which_language import LanguageFinder, PolyglotRecognizer, language_of
from tests.installed import dejavu

ENGLISH = "the tenant shall pay the rent in advance on the first day of each month and keep the garden in good order"
GERMAN = (
    "der Mieter hat die Miete im Voraus zu zahlen und muss den Garten in gutem Zustand halten, wie es für alle gilt"
)
DANISH = (
    "Lejeren skal betale lejen på forhånd og må ikke lade andre bo i huset, før der er givet lov til det af udlejeren. "
    "Den, som bor der nu, kan blive, hvis han også har betalt, men vi skal have det at vide, når han vil ud af huset."
)
POLISH = (
    "Najemca płaci czynsz z góry i nie może bez zgody właściciela oddać domu innym, którzy się o to zwrócą. "
    "Ten, kto tu mieszka, może zostać, jeśli też zapłacił, ale musimy o tym wiedzieć, gdy będzie chciał już odejść."
)
RUSSIAN = (
    "Он вносит плату заранее и не может без согласия хозяина сдать этот дом другим, что бы они для него ни сделали."
)


def finder() -> LanguageFinder:
    return LanguageFinder.load(weights.language_file(weights.manifest().languages))


@pytest.mark.parametrize(
    ("text", "code"),
    [(ENGLISH, "en"), (GERMAN, "de"), (DANISH, "da"), (POLISH, "pl"), (RUSSIAN, "ru"), ("", ""), ("Total 12.50", "")],
)
def test_languages_are_told_by_their_words(text: str, code: str) -> None:
    assert finder()(text) == code


LABELS = {
    "fi": """Käyttäjätunnus: ei määritetty
Näytä lisää vaihtoehtoja
Päivitä yhteys ja käynnistä uudelleen
Sähköpostiosoite on""",
    "lt": """Naudotojo slaptažodis: ne
Rodyti daugiau parinkčių
Atnaujinti ryšį ir paleisti iš naujo
Pašto dėžutė yra jau pilna""",
    "pl": """Hasło użytkownika: nie
Pokaż więcej opcji i ukryj okno
Zaktualizuj połączenie, aby się zalogować
Sieć jest niedostępna""",
}


@pytest.mark.parametrize("code", LABELS)
def test_labels_among_commands_are_told_by_their_letters_too(code: str) -> None:
    commands = "mount -o ro /dev/sda1 /mnt\nls -l | grep conf\n"
    assert finder()(LABELS[code] + "\n" + commands) == code
    assert finder()("".join(c if c.isascii() else "e" for c in LABELS[code])) == ""


def test_letters_alone_and_letters_of_another_language_tell_nothing() -> None:
    assert finder()("Łódź Żółw Kraków Śląsk Gdańsk Wrocław Poznań Częstochowa Białystok") == ""
    mixed = LABELS["pl"].replace("ł", "ø").replace("ż", "ñ").replace("ą", "ğ")
    assert finder()(mixed) == ""
    assert finder()(ENGLISH + " Łódź, Żółw, Kraków, Śląsk, Gdańsk, Wrocław, Poznań" * 2) == "en"


def test_untranslated_words_of_programs_are_no_estonian() -> None:
    menus = "Choose View - Toolbars. Select the column headers, insert cells.\nThe format menu; title: document\n"
    assert finder()(menus * 4 + "Choose Format - Print Ranges - Edit the selected dialog values") in ("", "en")


def test_names_and_single_letters_tell_nothing() -> None:
    assert finder()("A. B. C. D. E. F. G. H. No. 5, No. 6, Co. No. 639240 H\n" * 5) == ""


def test_a_damaged_archive_is_named(tmp_path: Path) -> None:
    path = tmp_path / "lm.zip"
    path.write_bytes(b"not an archive")
    with pytest.raises(InputError, match=r"lm\.zip: not a language model"):
        LanguageModel(path, "da")
    with ZipFile(path, "w") as archive:
        archive.writestr("da.dcz", b"\x89DCZ\r\n\x1a\n and what does not belong there")
    with pytest.raises(InputError, match=r"lm\.zip: damaged"):
        LanguageModel(path, "da")


class Fake:
    """Gives the texts of its list, by the first grey level of each line."""

    def __init__(self, name: str, texts: Sequence[str]) -> None:
        self.name, self.height, self.texts = name, 32, texts
        self.asked: list[int] = []

    def __call__(self, lines: Sequence[NDArray[np.uint8]]) -> list[Reading]:
        self.asked += [int(line[0, 0]) for line in lines]
        return [known(self.texts[int(line[0, 0])], self.name) for line in lines]


def polyglot(first: Fake, other: Fake, asked: list[str]) -> Callable[[Sequence[NDArray[np.uint8]]], list[Reading]]:
    def reader(code: str) -> tuple[Fake, LanguageModel]:
        asked.append(code)
        return other, LanguageModel.load(f"lm-european:{code}")

    return PolyglotRecognizer(first, LanguageModel.load("lm-en"), finder(), reader)


def test_lines_of_another_language_are_read_again_and_english_ones_are_not() -> None:
    texts = [
        "Polisen sager att den här ar for dig",
        "och det var som vi har sagt till honom om den",
        ENGLISH,
        "Fil",
    ]
    swedish = ["Polisen säger att den här är för dig", texts[1], "?", "Fil"]
    asked: list[str] = []
    first, other = Fake("en", texts), Fake("sv", swedish)
    lines = [np.full((32, 100), k, np.uint8) for k in range(4)]
    readings = polyglot(first, other, asked)(lines)
    assert asked == ["sv"]
    assert [reading.text for reading in readings] == [swedish[0], swedish[1], ENGLISH, "Fil"]


def test_english_pages_are_read_once() -> None:
    asked: list[str] = []
    first, other = Fake("en", [ENGLISH, "Name:", "Q 17/3"]), Fake("de", [])
    lines = [np.full((32, 100), k, np.uint8) for k in range(3)]
    readings = polyglot(first, other, asked)(lines)
    assert [reading.text for reading in readings] == first.texts and not asked and not other.asked


def page(text: str) -> NDArray[np.uint8]:
    face = ImageFont.truetype(str(dejavu()), 34)
    image = Image.new("L", (1500, 400), 255)
    pen = ImageDraw.Draw(image)
    line, top = "", 50
    for word in [*text.split(), ""]:
        if word and face.getlength(f"{line} {word}") < 1300:
            line = f"{line} {word}".strip()
        else:
            pen.text((80, top), line, fill=0, font=face)
            line, top = word, top + 56
    return np.asarray(image)


@pytest.mark.parametrize("text", [GERMAN, DANISH, POLISH, RUSSIAN])
def test_pages_are_read_without_being_told_their_language(text: str) -> None:
    assert " ".join(ocr.read(page(text)).text.split()) == text


def test_letters_that_a_language_lacks_have_to_be_clearly_seen() -> None:
    assert "ä" not in languages("da").letters and "ä" in languages("da+de").letters
    turkish = CrnnRecognizer("crnn-european-mobile-int8", letters=languages("tr").letters)
    assert not turkish._unusual & {*"İIıiŞş"} and "ä" in turkish._unusual
    assert languages("en").letters == languages("latin").letters == languages("zh+de").letters == ""
    assert ocr.read(page("Zürich og Århus"), lang="da").text == "Zürich og Århus"


IN_GERMAN = (
    "Der Hund und die Katze sind in dem Haus. Sie haben es auf der Wiese mit dem Kind gesehen, aber das war nicht so."
)
IN_ENGLISH = (
    "The dog and the cat are in the house. They have been there with the child, but it was not for you to say so."
)


@pytest.mark.parametrize(
    ("text", "lang", "found"),
    [
        (IN_GERMAN, "en", "de"), (IN_ENGLISH, "en", "en"), (IN_GERMAN, "latin", "de"), (IN_GERMAN, "fr", "fr"),
        (IN_GERMAN, "de+fr", "de"), (IN_GERMAN, "it+fr", ""), ("Total 12.50", "en", ""), ("", "en", ""),
        ("", "swe", "sv"), ("今天的天气很好 OK", "auto", "zh"), (IN_GERMAN, "auto", "de"), ("سلام", "ar", "ar"),
    ],
)  # fmt: skip
def test_the_language_of_a_page_is_what_was_named_or_what_its_words_show(text: str, lang: str, found: str) -> None:
    assert language_of(text, lang) == found
