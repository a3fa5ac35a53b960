"""The Tesseract fallback: exact lines in, readings in the same order out, and nothing but a step when it breaks."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ocr.recognize import tesseract
from ocr.recognize.tesseract import TesseractFallback
from tests.installed import needs_tesseract

WORDS = ("Total amount 1234", "the quick brown fox", "Invoice number", "seven lines", "and one more")


def drawn(text: str, height: int = 48) -> NDArray[np.uint8]:
    line = np.full((70, 26 * len(text) + 20), 255, np.uint8)
    cv2.putText(line, text, (8, 48), cv2.FONT_HERSHEY_DUPLEX, 1.3, 0, 2, cv2.LINE_AA)
    return np.asarray(cv2.resize(line, None, fx=height / 70, fy=height / 70, interpolation=cv2.INTER_AREA), np.uint8)


def shim(folder: Path, body: str) -> str:
    """A program that stands in for Tesseract."""
    path = folder / "tesseract"
    path.write_text(f"#!{sys.executable}\nimport sys, time\n{body}\n")
    path.chmod(0o755)
    return str(path)


@needs_tesseract
def test_reads_each_line_into_its_own_reading() -> None:
    lines = [drawn(WORDS[i % 5], 32 + 8 * (i % 3)) for i in range(20)]
    lines[3] = np.full((40, 300), 255, np.uint8)
    readings, steps = TesseractFallback("en", 2).read(lines)
    assert steps == ()
    assert readings[3].confidence == 0.0
    texts = [r.text.casefold() for i, r in enumerate(readings) if i != 3]
    wanted = [WORDS[i % 5].casefold() for i in range(20) if i != 3]
    assert sum(a == b for a, b in zip(texts, wanted, strict=True)) >= 17
    assert {r.engine for r in readings} == {"tesseract"}


@needs_tesseract
def test_glyph_spans_lie_on_the_ink() -> None:
    line = drawn("one         two")
    [reading], _ = TesseractFallback("en").read([line])
    assert reading.text == "one two"
    ink = np.flatnonzero((line < 128).any(axis=0)) / line.shape[1]
    gap = int(np.diff(ink).argmax())
    first, last = reading.glyphs[2], reading.glyphs[4]
    assert first.end == pytest.approx(ink[gap], abs=0.02)
    assert last.start == pytest.approx(ink[gap + 1], abs=0.02)
    assert all(0 <= g.start <= g.end <= 1 for g in reading.glyphs)


def test_no_lines_no_call(tmp_path: Path) -> None:
    assert TesseractFallback("en", program=str(tmp_path / "none")).read([]) == ([], ())


def test_missing_program_names_the_install_command(tmp_path: Path) -> None:
    fallback = TesseractFallback("en", program=str(tmp_path / "none"))
    assert not fallback.available()
    readings, [warning] = fallback.read([drawn("a"), drawn("b")])
    assert [r.confidence for r in readings] == [0.0, 0.0]
    assert "apt-get install tesseract-ocr" in warning


def test_crash_keeps_what_was_read_and_tells(tmp_path: Path) -> None:
    row = "5\\t1\\t1\\t1\\t1\\t1\\t10\\t10\\t50\\t40\\t96.5\\tkept"
    program = shim(tmp_path, f"print('{row}'); print('boom', file=sys.stderr); sys.exit(139)")
    readings, [warning] = TesseractFallback("en", program=program).read([drawn("a"), drawn("b")])
    assert [r.text for r in readings] == ["kept", ""]
    assert "139" in warning
    assert "boom" in warning


def test_missing_language_data_names_the_install_command(tmp_path: Path) -> None:
    program = shim(
        tmp_path, "print(\"Failed loading language 'eng'\\nCould not initialize\", file=sys.stderr); sys.exit(1)"
    )
    readings, [warning] = TesseractFallback("en", program=program).read([drawn("a")])
    assert readings[0].text == ""
    assert "apt-get install tesseract-ocr-eng" in warning


def test_hanging_program_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tesseract, "SECONDS", (0.5, 0.0))
    program = shim(tmp_path, "time.sleep(60)")
    readings, [warning] = TesseractFallback("en", program=program).read([drawn("a")])
    assert readings[0].text == ""
    assert "took longer" in warning


@pytest.mark.parametrize(
    "output",
    [
        r"b'\xff\xfe\x00\tgarbage\n5\t1\n'",
        r"b'5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t90\tab\xff\n'",
        r"b'5\tx\t1\t1\t1\t1\t0\t0\t9\t9\t90\tab\n'",
        r"b'5\t9\t1\t1\t1\t1\t0\t0\t9\t9\t90\tab\n'",
        r"b'5\t1\t1\t1\t1\t1\tnan\t0\t9\t9\t90\tab\n'",
    ],
)
def test_garbage_is_not_read(tmp_path: Path, output: str) -> None:
    program = shim(tmp_path, f"sys.stdout.buffer.write({output})")
    readings, _ = TesseractFallback("en", program=program).read([drawn("a")])
    assert (readings[0].text, readings[0].confidence) == ("", 0.0)


def test_file_that_cannot_run(tmp_path: Path) -> None:
    path = tmp_path / "tesseract"
    path.write_bytes(b"\x00\x01")
    path.chmod(0o755)
    readings, [warning] = TesseractFallback("en", program=str(path)).read([drawn("a")])
    assert readings[0].text == ""
    assert "cannot be run" in warning


def test_signs_of_direction_are_left_out(tmp_path: Path) -> None:
    row = "5\t1\t1\t1\t1\t1\t20\t0\t90\t9\t90\t\u200e19\u200e\u200f\n".encode()
    program = shim(tmp_path, f"sys.stdout.buffer.write({row!r})")
    readings, _ = TesseractFallback("en", program=program).read([drawn("19")])
    assert readings[0].text == "19"
