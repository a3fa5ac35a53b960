from ocr.train.language.corpora import manual_text, untagged


def test_tags_and_full_width_figures_go() -> None:
    assert untagged("１２月/t  ３１日/t  ，/w  [中共中央/nt  政治局/n]nt  ＡＢ％/n") == "12月31日，中共中央政治局AB%"


def test_words_can_be_kept_apart() -> None:
    assert untagged("１２月/t  [中共中央/nt  政治局/n]nt", " ").split() == ["12月", "中共中央", "政治局"]


def test_manuals_keep_lines_with_chinese_only() -> None:
    page = ".TH LS 1\n\\fB列出\\fR目录内容\n.SH NAME\nplain english\n<p>单击<gui>设置</gui></p>"
    assert list(manual_text([page])) == ["列出目录内容", "单击设置"]
