"""Aligning readings with page text: only certain matches, with the truth as label."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

from ocr.document import Quad
from ocr.recognize.charset import Charset
from ocr.train.recognize.data import LineSet
from ocr.train.recognize.harvest import boxed, main, match_line, match_page, recase
from tests.train.recognize.pages import LINES, draw_set

ROOT = Path(__file__).parents[3]

PAGE = "The quick brown fox jumps over\nthe lazy dog and runs into the fo-\nrest. Total\t12.40\n"


def test_noisy_readings_get_the_true_line() -> None:
    found = dict(match_page(["The qu1ck brovvn fox jumps over", "12.40", "wholly different words here"], PAGE))
    assert found == {0: "The quick brown fox jumps over", 1: "12.40"}


def test_running_text_is_cut_at_words_and_keeps_line_end_hyphens() -> None:
    paragraph = "When the prepared traveller departed from the settlement he carried nothing of value."
    found = dict(
        match_page(
            ["When the prepared travel-", "ler departed fron the settlement", "he carried nothing of value."], paragraph
        )
    )
    assert found[0] == "When the prepared travel-"
    assert found[2] == "he carried nothing of value."


def test_ends_must_agree() -> None:
    assert match_line("hello brave new world", "hello brave new world", 0.2)
    assert not match_line("hello brave new", "hello brave new world", 0.2)


def test_ambiguous_lines_are_left_out() -> None:
    assert not dict(match_page(["see page 1O"], "see page 11\nsee page 12\n"))


def test_a_text_with_typed_quotes_does_not_tell_which_ones_are_printed() -> None:
    truth = "don't look back\nsee “the end” there\nand he said that it wouldn't be of any use to her"
    found = dict(match_page(["don’t look back", "see “the end” there", "it wouldn’t be of any use"], truth))
    assert found == {1: "see “the end” there"}


def test_recase_follows_the_reading() -> None:
    assert recase("TAX INVOICE", "Tax lnvoice") == "Tax invoice"
    assert recase("SDN BHD", "SDN BHD") == "SDN BHD"
    assert recase("GOODS SOLD", "b0ods sold") == "Goods sold"


def test_boxes_join_from_left_to_right_and_cut_ones_are_left_out() -> None:
    truth = [
        (Quad.rect(60, 10, 90, 30), "9.90"),
        (Quad.rect(10, 11, 50, 29), "TEA"),
        (Quad.rect(10, 50, 90, 70), "TOTAL"),
    ]
    row, half = Quad.rect(5, 8, 95, 32), Quad.rect(5, 48, 50, 72)
    assert boxed([row, half], truth) == [(row, "TEA 9.90")]


@pytest.mark.parametrize("boxes", [False, True], ids=["text", "boxes"])
def test_pages_are_harvested_and_held_out_ones_go_to_shards_of_their_own(tmp_path: Path, boxes: bool) -> None:
    draw_set(tmp_path / "data", "own", boxes=boxes)
    labels, out = tmp_path / "labels.json.gz", tmp_path / "out"
    main(["detect", str(tmp_path / "data"), str(labels), "own"])
    main(["read", str(tmp_path / "data"), str(labels), str(ROOT / "models/training/crnn-en-mobile.pt"), str(out)])
    assert {path.name for path in out.iterdir()} == {"harvest-own.npz", "held-own.npz"}
    lines = LineSet(Charset.load("latin"))
    lines.load([out / "harvest-own.npz"])
    # Boxes are there twice: as they are, and as the detector found them; capitals take the case of the reading.
    assert set(lines.texts) == set(LINES) and len(lines) >= len(LINES) * (2 if boxes else 1)
    assert all(picture.shape[0] == 32 for picture in lines.pictures)
