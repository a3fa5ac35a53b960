from pathlib import Path

from ocr.train.recognize.bands import bands, by_frequency


def test_characters_are_ranked_by_the_corpora(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("的的的一一，，，，数", encoding="utf-8")
    assert by_frequency([tmp_path / "a.txt"]) == {"的": 1, "一": 2, "数": 3}


def test_accuracy_counts_what_the_cheapest_alignment_lost() -> None:
    ranks = {"的": 1, "数": 600, "藐": 7000}
    found = bands([("的数藐a", "的藐藐b"), ("的的", "的"), ("的", "x的")], ranks)
    assert (found["1-500"]["right"], found["1-500"]["all"]) == (3, 4)
    assert found["501-1500"].accuracy == 0
    assert found["rarer"].accuracy == 1
    assert sum(band["all"] for band in found.values()) == 6, "Latin letters do not count"
