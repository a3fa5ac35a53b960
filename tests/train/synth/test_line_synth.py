"""From typeset line to shards: what the synthesiser asks of its parts, shards by several processes, kept shards."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageFont

from ocr.train.synth import lines
from ocr.train.synth.fonts import LATIN, FontBook
from ocr.train.synth.line_wear import DrawnLine, LineSample, worn_sample
from ocr.train.synth.lines import LineSynth, render_shards

CHARACTERS = "".join(sorted(LATIN.required))


class Words:
    """Lines of two words."""

    def line(self, rng: random.Random) -> str:
        return " ".join("".join(rng.choices("abcdefghij", k=rng.randint(2, 6))) for _ in range(2))


@pytest.fixture(scope="module")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> FontBook:
    folder = tmp_path_factory.mktemp("fonts")
    try:
        (folder / "Plain.ttf").symlink_to(str(ImageFont.truetype("DejaVuSans.ttf", 10).path))
    except OSError:
        pytest.skip("DejaVu Sans is not installed; run: apt-get install fonts-dejavu-core")
    return FontBook([folder], CHARACTERS)


def test_chinese_lines_are_cropped_loosely_at_times_latin_ones_never(
    fonts: FontBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[bool, bool]] = []

    def wear(rng: random.Random, line: DrawnLine, look: str, *, kind: str, han: bool, loose: bool) -> LineSample | None:
        seen.append((han, loose))
        return worn_sample(rng, line, look, kind=kind, han=han, loose=loose)

    monkeypatch.setattr(lines, "worn_sample", wear)
    for script, probe in ((False, LATIN.probe), (True, "dp")):
        seen.clear()
        book = FontBook.__new__(FontBook)
        book.weights = fonts.weights
        book.kinds = {
            kind: {name: [replace(face, probe=probe) for face in faces] for name, faces in families.items()}
            for kind, families in fonts.kinds.items()
        }
        for seed in range(60):
            LineSynth(book, Words()).sample(seed)
        assert {han for han, _ in seen} == {script}
        assert 0.05 < np.mean([loose for _, loose in seen]) < 0.4 if script else not any(loose for _, loose in seen)


def test_characters_without_a_glyph_are_left_out(fonts: FontBook) -> None:
    class Mixed:
        def line(self, rng: random.Random) -> str:
            return "ab 語 cd"

    assert {LineSynth(fonts, Mixed()).sample(seed).text for seed in range(5)} == {"ab cd"}


def test_shards_that_exist_are_kept(fonts: FontBook, tmp_path: Path) -> None:
    synth = LineSynth(fonts, Words())
    [first] = render_shards(synth, tmp_path, seed=4, shards=1, per_shard=3, workers=1)
    first.write_bytes(b"kept")
    both = list(render_shards(synth, tmp_path, seed=4, shards=2, per_shard=3, workers=1))
    assert both[0] == first and first.read_bytes() == b"kept"
    with np.load(both[1]) as shard:
        assert len(shard["widths"]) == 3 and shard["pixels"].shape[1] == shard["widths"].sum()
        assert len(shard["centers"]) == len("".join(str(shard["texts"]).split("\n")))


def test_several_processes_render_what_one_does(fonts: FontBook, tmp_path: Path) -> None:
    synth = LineSynth(fonts, Words())
    alone, together = (
        list(render_shards(synth, tmp_path / str(workers), seed=5, shards=3, per_shard=2, workers=workers))
        for workers in (1, 2)
    )
    assert [path.name for path in alone] == [path.name for path in together]
    for a, b in zip(alone, together, strict=True):
        with np.load(a) as one, np.load(b) as other:
            assert np.array_equal(one["pixels"], other["pixels"]) and str(one["texts"]) == str(other["texts"])
