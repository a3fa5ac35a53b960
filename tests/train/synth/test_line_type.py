"""Typesetting of lines: glyphs lie where the edges say; boxes, indices, logos, hairlines, cells and neighbours."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageFont

from ocr.train.synth.fonts import LATIN, Font
from ocr.train.synth.line_type import BOX, TypesetLine, draw_cell, draw_surroundings, typeset


@pytest.fixture(scope="module")
def font() -> Font:
    try:
        path = str(ImageFont.truetype("DejaVuSans.ttf", 10).path)
    except OSError:
        pytest.skip("DejaVu Sans is not installed; run: apt-get install fonts-dejavu-core")
    return Font(path, "sans", LATIN.required)


def set_lines(font: Font, text: str, count: int = 30, second: Font | None = None) -> list[TypesetLine]:
    lines = [typeset(random.Random(seed), font, text, 32.0, second) for seed in range(count)]
    return [line for line in lines if line is not None]


def columns(line: TypesetLine, i: int) -> np.ndarray:
    """The part of a line's canvas that belongs to character ``i``."""
    left, right = (round(line.margin + at) for at in line.edges[i : i + 2])
    return np.asarray(line.canvas)[:, left:right]


def test_every_character_is_drawn_between_its_edges(font: Font) -> None:
    for line in set_lines(font, "Ham burg"):
        assert len(line.edges) == len(line.text) + 1 and list(line.edges) == sorted(line.edges)
        assert [bool(columns(line, i).min() < 128) for i in range(8)] == [c != " " for c in "Ham burg"]
        finished = line.finished()
        assert finished.centers == pytest.approx([line.margin + (a + b) / 2 for a, b in pairwise(line.edges)])
        assert finished.image.shape == (line.band + 2 * line.margin, int(line.width) + 2 * line.margin)


def test_type_is_about_as_high_as_asked_for(font: Font) -> None:
    assert {abs(line.band - 32) <= 2 for line in set_lines(font, "bdfhklgjpqy")} == {True}


def test_an_empty_or_endless_text_is_no_line(font: Font) -> None:
    assert typeset(random.Random(1), font, "", 32.0) is None
    assert typeset(random.Random(1), font, "W" * 100, 32.0) is None


def test_a_check_box_is_drawn_as_a_rectangle(font: Font) -> None:
    for line in set_lines(font, f"{BOX} Yes"):
        box = columns(line, 0)
        ink = np.argwhere(box < 128)
        (top, left), (bottom, right) = ink.min(0), ink.max(0)
        assert (box[top, left : right + 1] < 128).all() and (box[top : bottom + 1, left] < 128).all()
        assert box[(top + bottom) // 2, (left + right) // 2] == 255


def test_a_raised_figure_is_printed_small_and_written_as_a_superscript(font: Font) -> None:
    lines = set_lines(font, "area m2 left", count=400)
    raised = [line for line in lines if "²" in line.text]
    assert 1 <= len(raised) < 40
    at, plain = 6, next(line for line in lines if line.text == "area m2 left")
    for line in raised:
        small, large = (np.flatnonzero(columns(each, at).min(1) < 128) for each in (line, plain))
        assert len(small) < 0.85 * len(large) and small.max() < large.max()


def test_an_index_is_printed_small_and_low(font: Font) -> None:
    heights = {len(np.flatnonzero(columns(line, 1).min(1) < 128)) for line in set_lines(font, "A1", count=40)}
    assert min(heights) < 0.8 * max(heights)


def test_a_logo_is_set_closer_than_its_letters(font: Font) -> None:
    kerned = 0
    for logo, letters in zip(set_lines(font, "LATEX", count=60), set_lines(font, "LATEN", count=60), strict=True):
        closer = letters.edges[1] - logo.edges[1]  # by the L
        kerned += closer > 0
        assert abs(closer) < 1 or closer == pytest.approx(0.3 * logo.band, abs=0.08 * logo.band)
    assert 30 < kerned < 55


def test_latin_characters_may_have_a_face_of_their_own(font: Font) -> None:
    mono = replace(font, path=font.path.replace("DejaVuSans.ttf", "DejaVuSansMono.ttf"))
    if not Path(mono.path).exists():
        pytest.skip("DejaVu Sans Mono is not installed; run: apt-get install fonts-dejavu-core")
    for line in set_lines(font, "iiii WW", second=mono, count=10):
        advances = np.diff(line.edges)
        assert advances[0] == pytest.approx(advances[5], rel=0.02)


def test_hairline_faces_are_drawn_large_with_a_round_pen_and_reduced(font: Font, tmp_path: Path) -> None:
    thin = tmp_path / "Sans-Thin.ttf"
    thin.symlink_to(font.path)
    hairline = replace(font, path=str(thin), kind="round")
    assert hairline.hairline
    plain = typeset(random.Random(3), font, "Hamburg", 32.0)
    line = typeset(random.Random(3), hairline, "Hamburg", 32.0)
    assert plain is not None and line is not None and line.enlarged == 4
    finished = line.finished()
    assert abs(finished.band - plain.band) <= 1
    assert finished.image.shape[0] == pytest.approx(plain.canvas.height, rel=0.1)
    assert finished.centers[0] < finished.centers[-1] < finished.image.shape[1]
    assert (finished.image < 128).sum() > (np.asarray(plain.canvas) < 128).sum(), "the pen adds to the strokes"


def ink_outside(font: Font, draw: Callable[[random.Random, TypesetLine], None]) -> list[float]:
    """Share of dark pixels above and below the band, for 40 lines."""
    found = []
    for seed in range(40):
        line = typeset(random.Random(0), font, "Ham bur", 32.0)
        assert line is not None
        draw(random.Random(seed), line)
        outside = np.asarray(line.canvas).copy()
        outside[line.margin - 1 : line.margin + line.band + 1] = 255
        found.append(float((outside < 250).mean()))
    return found


def test_cells_have_rules_or_a_shade(font: Font) -> None:
    found = ink_outside(font, draw_cell)
    assert sum(share > 0 for share in found) >= 30
    assert max(found) > 0.1, "a shaded row"


def test_neighbouring_lines_are_of_the_given_source(font: Font) -> None:
    asked: list[int] = []

    def text(rng: random.Random) -> str:
        asked.append(1)
        return "neighbour"

    found = ink_outside(font, lambda rng, line: draw_surroundings(rng, line, text))
    assert 15 < len(asked) < 50, "two chances in five above and below"
    assert sum(share > 0 for share in found) >= 20


def test_accents_of_capitals_reach_above_the_band(font: Font) -> None:
    for line in set_lines(font, "È vero", 10):
        ink = np.flatnonzero((np.asarray(line.canvas) < 128).any(1))
        assert line.above > 0.1 * line.band and line.below == 0
        assert ink[0] == pytest.approx(line.margin - line.above, abs=2)
        assert line.finished().above == line.above
    assert {line.above for line in set_lines(font, "bel", 10)} == {0}
