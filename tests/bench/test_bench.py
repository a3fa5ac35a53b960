"""The report's arithmetic, and the processes that engines run in."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

import ocr
from ocr.bench import ENGINES, Report, Timing, bench
from ocr.bench.process import EngineProcess
from ocr.bench.report import STAGES
from ocr.bench.worker import INSTALL, MAKERS
from ocr.errors import InputError, OcrError, UsageError
from ocr.options import Options
from tests.installed import needs_tesseract

SECONDS = {"decode": 0.1, "detect": 0.2, "write": 0.05}


def report() -> Report:
    def ours(page: int, seconds: float) -> Timing:
        return Timing("ocr", "dir/a.pdf", page, seconds, 10, SECONDS)

    def theirs(page: int, seconds: float) -> Timing:
        return Timing("tesseract", "dir/a.pdf", page, seconds, 12)

    timings = (ours(1, 1.0), theirs(1, 2.0), ours(1, 2.0), theirs(1, 6.0), ours(2, 0.5), theirs(2, 5.0))
    return Report(timings, {"ocr": 100 * 2**20, "tesseract": 50 * 2**20}, {"rapidocr": "not installed; pip install x"})


def test_ratio_is_the_median_over_pairs_of_one_round() -> None:
    assert report().ratio("tesseract") == pytest.approx(3.0), "of 2, 3 and 10"
    assert math.isnan(report().ratio("rapidocr"))


def test_a_page_that_failed_has_no_part_in_the_ratio() -> None:
    failed = Timing("tesseract", "a.pdf", 1, 0.0, 0, error="it broke")
    assert math.isnan(Report((Timing("ocr", "a.pdf", 1, 1.0, 1), failed), {}, {}).ratio("tesseract"))


def test_a_page_that_failed_has_no_part_in_the_mean_and_is_told() -> None:
    failed = Timing("ocr", "a.pdf", 2, 0.0, 0, error="it broke")
    good = Timing("ocr", "a.pdf", 1, 1.0, 1)
    assert not Report((good,), {}, {}).failed
    assert Report((good, failed), {}, {}).failed
    assert Report((good, failed), {}, {}).to_text().splitlines()[-1].split() == ["ocr", "1.000", "0", "1.00"]
    assert Report((failed,), {}, {}).to_text().splitlines()[-1].split() == ["ocr", "0", "1.00"]


def test_rows_are_medians_over_the_repeats() -> None:
    rows = report().rows()
    assert [(row["page"], row["engine"], row["seconds"]) for row in rows] == [
        (1, "ocr", 1.5),
        (1, "tesseract", 4.0),
        (2, "ocr", 0.5),
        (2, "tesseract", 5.0),
    ]
    assert rows[0]["stages"] == SECONDS


def test_json_and_text_say_the_same() -> None:
    data = report().to_json()
    assert data["ratio"] == {"tesseract": 3.0}
    assert data["peak_bytes"]["ocr"] == 100 * 2**20
    assert len(data["timings"]) == 6
    lines = report().to_text().splitlines()
    assert lines[1].split() == ["a.pdf:1", "ocr", "0.100", "0.200", "0.050", "1.500", "10", "7"]
    assert lines[7].split() == ["ocr", "1.000", "100", "1.00"]
    assert lines[8].split() == ["tesseract", "4.500", "50", "3.00"]
    assert "pip install x" in lines[9]


def test_arguments_are_checked_first(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="abbyy"):
        bench([], Options(), against=["abbyy"])
    with pytest.raises(UsageError, match="repeat"):
        bench([], Options(), repeat=0)
    with pytest.raises(InputError, match=r"gone\.pdf"):
        bench([tmp_path / "gone.pdf"], Options())


def test_every_engine_can_be_made_and_says_how_to_get_it() -> None:
    assert set(MAKERS) == {"ocr", *ENGINES}
    assert set(INSTALL) == set(ENGINES)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "page.png"
    image = Image.new("L", (640, 200), 255)
    draw = ImageDraw.Draw(image)
    for row in (40, 120):
        draw.text((40, row), "The quick brown fox", font_size=40)
    image.save(path)
    return path


@needs_tesseract
def test_tesseract_in_its_own_process(picture: Path) -> None:
    with EngineProcess("tesseract", Options()) as engine:
        assert engine.problem == ""
        job = {"file": str(picture), "pages": "1", "first": "1", "picture": str(picture)}
        (timing,) = engine.ask(job)
        assert (timing.engine, timing.page, timing.lines, timing.error) == ("tesseract", 1, 2, "")
        assert timing.seconds > 0
        assert engine.peak > 2**20
        (broken,) = engine.ask(job | {"picture": str(picture) + ".gone"})
        assert "FileNotFoundError" in broken.error
        assert engine.ask(job)[0].lines == 2, "the process lives on"


def test_a_process_that_dies_is_a_problem_not_a_crash() -> None:
    with EngineProcess("no such engine", Options()) as engine:
        assert "KeyError" in engine.problem
    with EngineProcess("tesseract", Options()) as engine:
        engine._process.kill()
        (timing,) = engine.ask({"file": "a.png", "pages": "1", "first": "1", "picture": "a.png"})
        assert "ended" in timing.error


def test_the_models_of_this_reader_can_be_chosen(samples: Path) -> None:
    with pytest.raises(OcrError, match="crystal-ball"):
        bench([samples / "scan.pdf"], Options(), recognizer="crystal-ball")
    with pytest.raises(OcrError, match="crystal-ball"):
        bench([samples / "scan.pdf"], Options(), detector="crystal-ball")


def test_other_engines_run_without_telemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORT_DISABLE_TELEMETRY", raising=False)
    with EngineProcess("rapidocr", Options()) as engine:
        environment = Path(f"/proc/{engine._process.pid}/environ").read_bytes().split(b"\0")
    assert b"ORT_DISABLE_TELEMETRY=1" in environment


def test_ours_page_by_page(reader: ocr.Reader, samples: Path) -> None:
    result = bench([samples / "scan.pdf"], Options(fallback="never"), pages="1-2")
    assert [timing.page for timing in result.timings] == [1, 2]
    assert set(result.timings[0].stages) == set(STAGES)
    assert result.peaks["ocr"] > 2**20
