"""What language models are made of: nothing is lost, and what is held out is in none of it."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

pytest.importorskip("torch")

from ocr.train.language.corpus import EVERY, PASSAGE, chinese, dictionary, english, known_words, passages, wrapped
from ocr.train.recognize.shards import held_out
from ocr.train.synth.people import persons


def test_words_are_counted_without_case_accents_and_digits() -> None:
    words = known_words([("Die Été die x 12 was't A was't", 2.0)], ["Report", "B2B", "q"], 9)
    assert words == ["a", "die", "ete", "report", "was't"]
    assert known_words([("Été y été ete", 2.0)], [], 9, accents=True) == ["ete", "y", "été"]


def test_running_text_is_broken_into_lines_and_nothing_is_lost() -> None:
    text = " ".join(["notwithstanding", "everything", "else"] * 40)
    lines = list(wrapped(random.Random(1), text))
    assert max(map(len, lines)) <= 90
    assert any(line.endswith("-") for line in lines)
    joined = "".join(line[:-1] if line.endswith("-") else f"{line} " for line in lines)
    assert joined.strip() == text


def test_held_out_pages_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "enwiki.txt").write_text("prose")
    (tmp_path / "text" / "eng.wordlist").write_text("word\nlist")
    for name in ("isri_unlv", "old_books", "sroie"):
        (tmp_path / name / "train").mkdir(parents=True)
        rows = []
        for k in range(40):
            mark = "secret" if held_out(f"{name}/img/{k}.png") else "open"
            rows.append({"image": f"img/{k}.png", "text": mark, "boxes": [[[], mark]]})
        assert len({row["text"] for row in rows}) == 2
        (tmp_path / name / "train" / "gt.jsonl").write_text("\n".join(map(json.dumps, rows)))
    corpus = english(tmp_path)
    assert all("secret" not in text.lower() for text, _ in corpus.texts)
    assert sum("open" in text.lower() for text, _ in corpus.texts) == 6
    assert set(corpus.held) == {"secret"}


def test_passages_are_in_the_model_or_held_out() -> None:
    marks = "".join(chr(0x4E00 + k) * (PASSAGE - 1) + "\n" for k in range(2 * EVERY))
    held, kept = list(passages(marks, held=True)), list(passages(marks))
    assert {line[0] for line in held} == {chr(0x4E00), chr(0x4E00 + EVERY)}
    assert "".join(held + kept).count("\u4e01") == PASSAGE - 1
    assert not {line[0] for line in held} & {line[0] for line in kept}
    assert max(map(len, held + kept)) == 40


def test_words_of_like_frequency_count_together() -> None:
    lists = dictionary("中国 5 ns\n人民 7 n\n的 600 uj\n")
    assert sorted(text for text, _ in lists) == ["中国\n人民", "的"]
    weights = dict(lists)
    assert weights["的"] == pytest.approx(128 * weights["中国\n人民"])


def test_chinese_is_made_of_prose_invented_people_and_some_english(tmp_path: Path) -> None:
    (tmp_path / "text" / "zh").mkdir(parents=True)
    (tmp_path / "text" / "zh" / "news.txt").write_text("密" * PASSAGE + "新 闻" * 4, encoding="utf-8")
    (tmp_path / "text" / "enwiki.txt").write_text("Some English prose.")
    (tmp_path / "text" / "jieba.dict").write_text("词典 3 n\n", encoding="utf-8")
    corpus = chinese(tmp_path)
    assert corpus == chinese(tmp_path)
    text = "\n".join(text for text, _ in corpus.texts)
    assert "新 闻新 闻" in text
    first = next(persons(1, seed=0))
    assert f"{first['name']}\n{first['address']}\n{first['issuer']}\n" in text
    assert "Some English prose." in text
    assert "密密" not in text
    assert set("".join(corpus.held)) == {"密"}
    assert [text for text, _ in corpus.lists] == ["词典"]
