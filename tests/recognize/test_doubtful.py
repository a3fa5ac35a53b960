"""Doubts that the picture leaves are settled by language; codes, numbers and names are not."""

from __future__ import annotations

import numpy as np
import pytest

from ocr import weights
from ocr.recognize.charset import Charset
from ocr.recognize.doubtful import Frames, LanguageDecoder, Settings, in_doubt
from ocr.recognize.language import LanguageModel

LATIN, HAN = Charset.load("latin"), Charset.load("zh")


@pytest.fixture(scope="module")
def decoder() -> LanguageDecoder:
    """The decoder with the model that ships."""
    return LanguageDecoder(LanguageModel.load(weights.language_model("en")), LATIN.characters)


@pytest.fixture(scope="module")
def chinese() -> LanguageDecoder:
    """The decoder with the Chinese model that ships."""
    return LanguageDecoder(LanguageModel.load("lm-zh"), HAN.characters)


def frames(*spots: str | dict[str, float], charset: Charset = LATIN) -> Frames:
    """Frames of a line: sure characters with a blank after each, or spots with the odds of what stands there."""
    rows: list[dict[str, float]] = []
    for spot in spots:
        for odds in [{c: 0.999} for c in spot] if isinstance(spot, str) else [spot]:
            rows += [odds, {"": 0.999}]
    table = np.full((len(rows), len(charset)), 1e-7, np.float32)
    for row, odds in zip(table, rows, strict=True):
        for character, share in odds.items():
            row[charset.encode(character)[0] if character else 0] = share
    table /= table.sum(1, keepdims=True)
    logits = np.log(table) + np.linspace(-3, 3, len(rows), dtype=np.float32)[:, None]
    return Frames.whole(table.argmax(1), table.max(1), logits)


def read(decoder: LanguageDecoder, *spots: str | dict[str, float], charset: Charset = LATIN) -> str:
    """What the decoder makes of such frames."""
    return charset.decode(s.label for s in decoder(frames(*spots, charset=charset))[0])


def greedily(*spots: str | dict[str, float]) -> str:
    """What the picture alone says."""
    return "".join(spot if isinstance(spot, str) else max(spot, key=lambda c: spot[c]) for spot in spots)


@pytest.mark.parametrize(
    ("spots", "text"),
    [
        (("do not k", {"m": 0.6, "n": 0.38}, "ow that"), "do not know that"),
        (("No ", {"m": 0.6, "n": 0.38}, "ovelist would"), "No novelist would"),
        (("he wil", {"1": 0.6, "l": 0.38}, " come"), "he will come"),
        (("subscription to", {"": 0.6, " ": 0.38}, "this publication"), "subscription to this publication"),
        (("thermal and mechanical prop", {"": 0.54, "-": 0.45}), "thermal and mechanical prop-"),
        (("CASH ", {"O": 0.55, "D": 0.44}, "N DELIVERY"), "CASH ON DELIVERY"),
        (("with", {"": 0.6, " ": 0.38}, "the r", {"c": 0.6, "e": 0.38}, "port"), "with the report"),
    ],
)
def test_doubts_within_words_are_settled(decoder: LanguageDecoder, spots: tuple[str], text: str) -> None:
    assert read(decoder, *spots) == text


@pytest.mark.parametrize(
    "spots",
    [
        ("part no. STAGS", {"l": 0.5, "1": 0.49}, " and 2"),  # neither reading is a word
        ("invoice A7", {"O": 0.51, "0": 0.48}, "4 of May"),  # a sure digit: no judgement
        ("in 18", {"5": 0.51, "8": 0.48}, "0 he was"),
        ("call us t", {"0": 0.51, "o": 0.3}, "2"),
        ("the sum of 3", {".": 0.51, ",": 0.48}, "50 was"),
        ("level ", {"I": 0.51, "1": 0.48}, " of the park"),  # language writes no digits
        ("room ", {"1": 0.51, "I": 0.48}, " of the house"),
        ("Mr ", {"H": 0.85, "B": 0.14}, "utch said"),  # a name: the picture would have to be in more doubt
        ("Dr. Berre", {"t": 0.9, "": 0.05}, "t said"),
        ("code X", {"Q": 0.7, "": 0.29}, "J"),
        ("it was said", {".": 0.75, "": 0.24}),  # signs stay
        ("caf", {"\u00e9": 0.6, "e": 0.39}, " au lait"),
    ],
)
def test_codes_numbers_names_and_signs_are_left_to_the_picture(
    decoder: LanguageDecoder, spots: tuple[str | dict[str, float]]
) -> None:
    assert read(decoder, *spots) == greedily(*spots)


@pytest.mark.parametrize(
    ("spots", "text"),
    [
        (("中华", {"入": 0.6, "人": 0.38}, "民共和国"), "中华人民共和国"),
        (("全国人民代表", {"太": 0.6, "大": 0.38}, "会"), "全国人民代表大会"),
        (("1998年12", {"用": 0.6, "月": 0.38}, "5日电"), "1998年12月5日电"),
        (("湖北省武汉市公安", {"": 0.55, "局": 0.44}), "湖北省武汉市公安局"),
        (("新华社北", {"示": 0.6, "京": 0.38}, "电，", {"记": 0.5, "己": 0.49}, "者"), "新华社北京电，记者"),
        (("使用 Linux ", {"糸": 0.55, "系": 0.44}, "统"), "使用 Linux 系统"),
    ],
)
def test_doubts_between_han_characters_are_settled(chinese: LanguageDecoder, spots: tuple[str], text: str) -> None:
    assert read(chinese, *spots, charset=HAN) == text


@pytest.mark.parametrize(
    "spots",
    [
        ("第", {"3": 0.51, "8": 0.48}, "章"),
        ("共计", {"O": 0.51, "0": 0.48}, "5元"),
        ("型号A", {"8": 0.51, "B": 0.48}, "的"),
        ("你好", {",": 0.75, "，": 0.24}, "我们"),  # both commas are right: the page decides
        ("窳忾", {"蚯": 0.6, "蛆": 0.38}, "珞"),
        ("中华", {"入": 0.92, "人": 0.07}, "民共和国"),  # clear enough
    ],
)
def test_figures_codes_signs_and_rare_characters_are_left_to_the_picture(
    chinese: LanguageDecoder, spots: tuple[str | dict[str, float]]
) -> None:
    assert read(chinese, *spots, charset=HAN) == greedily(*spots)


@pytest.mark.parametrize(
    "spots",
    [
        ("it was a ", {"f": 0.6, "l": 0.34}, "ight in the room"),
        ("he saw the ", {"c": 0.6, "b": 0.34}, "at in the garden"),
    ],
)
def test_a_likelier_phrase_does_not_outweigh_the_image(decoder: LanguageDecoder, spots: tuple[str]) -> None:
    """Both readings are words, and the language model prefers the other one by a few nats."""
    assert read(decoder, *spots) == greedily(*spots)


def test_pictures_win_where_they_are_clear(decoder: LanguageDecoder) -> None:
    for share in (0.89, 0.98):
        spots = ("do not k", {"m": share, "n": 0.012}, "ow that")
        assert read(decoder, *spots) == greedily(*spots)


def test_a_changed_character_keeps_the_probability_of_the_picture(decoder: LanguageDecoder) -> None:
    net = frames("do not k", {"m": 0.6, "n": 0.38}, "ow that")
    spelled, path = decoder(net)
    assert spelled[8].confidence == pytest.approx(0.38, abs=0.01)
    assert (spelled[8].start, spelled[8].end) == (16, 17)
    assert path[16] == pytest.approx(0.38, abs=0.01)
    assert np.array_equal(np.delete(path, 16), np.delete(net.probabilities, 16))
    assert [s.start for s in spelled] == sorted(s.start for s in spelled)


def test_a_sure_line_is_read_as_it_is(decoder: LanguageDecoder) -> None:
    net = frames("xqz jklp WRTZ")
    spelled, path = decoder(net)
    assert LATIN.decode(s.label for s in spelled) == "xqz jklp WRTZ"
    assert path is net.probabilities
    assert decoder(frames({"": 0.999}))[0] == []


def test_a_character_that_fades_into_blank_is_no_doubt() -> None:
    rows = np.full((4, 3), 1e-6, np.float32)
    for t, row in enumerate([[0.01, 0.99, 0], [0.5, 0.49, 0.01], [0.99, 0.01, 0], [0.01, 0, 0.99]]):
        rows[t] += np.array(row, np.float32)
    rows /= rows.sum(1, keepdims=True)
    net = Frames.whole(rows.argmax(1), rows.max(1), np.log(rows))
    from ocr.recognize.ctc import greedy

    assert in_doubt(net, greedy(net.classes, net.probabilities), Settings()) == []


@pytest.mark.parametrize(
    ("odds", "text"),
    [
        ({"ö": 0.93, "õ": 0.05}, "murtakse sõnavahedest ja"),  # a compound that is in no list of words
        ({"o": 0.93, "õ": 0.05}, "murtakse sonavahedest ja"),  # whether there is an accent is for the picture to say
        ({"ö": 0.995, "õ": 0.003}, "murtakse sönavahedest ja"),
    ],
)
def test_which_accent_a_letter_has_is_settled_in_unknown_words_too(odds: dict[str, float], text: str) -> None:
    charset = Charset.load("european")
    estonian = LanguageDecoder(LanguageModel.load(weights.language_models()["et"]), charset.characters)
    assert read(estonian, "murtakse s", odds, "navahedest ja", charset=charset) == text
