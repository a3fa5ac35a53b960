"""Texts by tables."""

from __future__ import annotations

from ocr.idcard.tables import known_texts, prior, unlike


def test_authorities_near_a_branch_that_only_has_the_form_of_one_are_known() -> None:
    found = list(known_texts("issuer", ["徐州市公安局贾注分局"]))
    assert {"徐州市公安局贾注分局", "徐州市公安局贾汪分局"} <= {*found}
    assert prior("徐州市公安局贾汪分局") == prior("镇康县公安局") == 1.0 > prior("徐州市公安局贾注分局")


def test_how_unlike_a_text_is() -> None:
    assert unlike("镇康县公安局", ["镇康县公安局"]) == 0
    assert unlike("镇原市公安局", ["镇康县公安局"]) == 2
    assert unlike("", ["镇康县公安局"]) == 1
