"""The programs that make line shards, and the publishing of the recogniser of machine-readable zones."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageFont

pytest.importorskip("torch")
pytest.importorskip("onnx")

from ocr.errors import UsageError
from ocr.metadata import read_metadata
from ocr.mrz.formats import CHARACTERS
from ocr.recognize.charset import Charset
from ocr.train.recognize import publish_mrz
from ocr.train.recognize.data import LineSet, shards
from ocr.train.recognize.shards import FOUND, main
from tests.train.recognize.pages import LINES, draw_set

ROOT = Path(__file__).parents[3]
PROSE = "It was a bright cold day in April, and the clocks were striking thirteen. "


@pytest.fixture(scope="module")
def mono() -> Path:
    """A fixed-pitch face."""
    try:
        return Path(str(ImageFont.truetype("DejaVuSansMono.ttf", 10).path))
    except OSError:
        pytest.skip("DejaVu Sans Mono is not installed; run: apt-get install fonts-dejavu-core")


def loaded(path: Path, charset: str = "latin") -> LineSet:
    lines = LineSet(Charset.load(charset))
    lines.load([path])
    return lines


def test_lines_of_a_data_set_are_cropped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draw_set(tmp_path / "data", "own", boxes=True)
    truth, out = tmp_path / "data/own/train/gt.jsonl", tmp_path / "cache" / "own.npz"
    main(["crops", str(truth), str(out)])
    assert f"{out}: 8 lines" in capsys.readouterr().out
    assert set(loaded(out).texts) == {text.upper() for text in LINES}
    main(["crops", str(truth), str(out), "--limit", "3"])
    assert len(loaded(out)) == 3


def test_pictures_without_text_have_empty_labels(tmp_path: Path) -> None:
    main(["junk", str(tmp_path / "junk.npz"), "--lines", "5"])
    with np.load(tmp_path / "junk.npz") as shard:
        assert str(shard["texts"]).split("\n") == [""] * 5


def test_what_the_detector_finds_where_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "found.npz"
    main(["found", str(out), "--drawn", "6", "--seed", "6702"])
    said = capsys.readouterr().out
    with np.load(out) as shard:
        assert f"{len(shard['widths'])} pictures" in said
        assert 0 < len(shard["widths"]) <= 6 * FOUND
        assert set(str(shard["texts"]).split("\n")) == {""}


def test_fonts_without_a_foreign_script_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no font of a script that charset european lacks"):
        main(["junk", str(tmp_path / "junk.npz"), "--lines", "5", "--foreign", str(tmp_path)])
    assert not (tmp_path / "junk.npz").exists()


def test_drawn_lines_are_the_same_for_a_seed(tmp_path: Path, mono: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "prose.txt").write_text(PROSE * 20)
    (tmp_path / "words.txt").write_text("\n".join(PROSE.split()))
    texts = []
    for folder in ("first", "second"):
        sources = ["--fonts", str(mono.parent), "--corpus", str(tmp_path / "prose.txt"), "--words"]
        main(["synth", str(tmp_path / folder), *sources, str(tmp_path / "words.txt"), "--shards", "2", "--lines", "4",
              "--seed", "9", "--looks", "scan=1"])  # fmt: skip
        texts.append([loaded(path).texts for path in sorted((tmp_path / folder).iterdir())])
    assert texts[0] == texts[1] and texts[0][0] != texts[0][1]
    assert capsys.readouterr().out.count(".npz") == 4
    with pytest.raises(SystemExit):
        main(["synth", str(tmp_path), *sources, str(tmp_path / "words.txt"), "--looks", "painted=1"])
    assert "no look 'painted'" in capsys.readouterr().err


def test_lines_of_chosen_kinds_in_italics(tmp_path: Path, mono: Path) -> None:
    (tmp_path / "prose.txt").write_text(PROSE * 20)
    (tmp_path / "words.txt").write_text("\n".join(PROSE.split()))
    (tmp_path / "it.txt").write_text("è più là perché così " * 30, encoding="utf-8")
    main(["synth", str(tmp_path / "out"), "--fonts", str(mono.parent), "--corpus", str(tmp_path / "prose.txt"),
          "--words", str(tmp_path / "words.txt"), "--charset", "european", "--languages", str(tmp_path / "it.txt"),
          "--kinds", "initials=1", "--italics", ".5", "--old-figures", ".5", "--lines", "6", "--shards",
          "1"])  # fmt: skip
    [shard] = (tmp_path / "out").iterdir()
    texts = loaded(shard, "european").texts
    assert texts and all(any(c.isupper() and not c.isascii() for c in text) for text in texts)


def test_lines_of_a_corpus_in_another_script(tmp_path: Path, mono: Path) -> None:
    prose = "το βιβλίο είναι πάνω στο τραπέζι και η πόρτα μένει ανοιχτή. " * 20
    (tmp_path / "el.txt").write_text(prose, encoding="utf-8")
    (tmp_path / "words.txt").write_text("βιβλίο\nπόρτα\nτραπέζι\n", encoding="utf-8")
    main(["synth", str(tmp_path / "out"), "--fonts", str(mono.parent), "--corpus", str(tmp_path / "el.txt"),
          "--words", str(tmp_path / "words.txt"), "--charset", "european", "--lines", "8", "--shards",
          "1"])  # fmt: skip
    [shard] = (tmp_path / "out").iterdir()
    texts = "".join(loaded(shard, "european").texts)
    assert sum("α" <= c <= "ω" for c in texts) > len(texts) / 4


def test_a_shard_that_is_named_twice_counts_twice(tmp_path: Path) -> None:
    """So a recipe gives lines more weight; shards that are loaded already are not loaded again."""
    main(["junk", str(tmp_path / "junk.npz"), "--lines", "5"])
    lines = LineSet(Charset.load("latin"))
    assert lines.load(shards([str(tmp_path / "*.npz")] * 3)) == len(lines) == 15
    assert lines.load(shards([str(tmp_path / "*.npz")])) == 0


def test_the_recogniser_of_zones_is_published_again(tmp_path: Path, mono: Path) -> None:
    """From the shipped checkpoint, with drawn lines; the record has what the checkpoint was trained on."""
    main(
        ["mrz", str(tmp_path / "lines"), "--faces", str(mono), "--others", str(mono), "--shards", "1", "--lines", "24"]
    )
    [shard] = (tmp_path / "lines").iterdir()
    assert len(loaded(shard, "mrz")) > 20
    publish_mrz.main([str(ROOT / "models/training/crnn-mrz.pt"), "--models", str(tmp_path / "models"),
                      "--ranges", str(shard), "--held", str(shard)])  # fmt: skip
    [record] = json.loads((tmp_path / "models" / "manifest.json").read_text(encoding="utf-8"))["models"]
    assert record["task"] == "recognize" and "mrz_lines train (BSD-3-Clause)" in record["trained_on"]
    assert set(read_metadata(tmp_path / "models" / record["file"]).charset) == set(CHARACTERS)
    assert (tmp_path / "models" / "training").is_dir()
