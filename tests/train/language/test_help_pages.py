"""Help pages as running text: markup gone, short labels and repeated paragraphs left out, a file a language."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocr.train.language.help_pages import main, paragraphs


def test_markup_is_gone() -> None:
    page = "<html><h1 class='a'>Zażółć gęślą jaźń</h1><p id=1>Line <i>one</i>\n of two.</p><td>{{code}}<<more>></td>"
    assert list(paragraphs(page)) == ["Zażółć gęślą jaźń", "Line one of two."]


def test_a_file_for_each_language(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for language, text in (("de", "Größere Flächen füllen"), ("fr", "Où êtes-vous donc allés ?")):
        folder = tmp_path / "help" / language / "text" / "shared"
        folder.mkdir(parents=True)
        for name in ("a.html", "b.html"):
            (folder / name).write_text(f"<p>{text}</p><p>Menu</p>", encoding="utf-8")
    (tmp_path / "help" / "media").mkdir()
    main([str(tmp_path / "out"), str(tmp_path / "help")])
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["de.txt", "fr.txt"]
    assert (tmp_path / "out" / "de.txt").read_text(encoding="utf-8") == "Größere Flächen füllen"
    assert "fr: 25 characters" in capsys.readouterr().out
