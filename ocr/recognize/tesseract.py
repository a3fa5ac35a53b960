"""The fallback: lines of very low confidence are re-read by Tesseract, all those of a page in one or two calls.

Tesseract takes a text file that names images, one a line, and its TSV output has the number of the image, so that every
word can be assigned to its line. On 60 scanned lines this was better than one tall montage (CER 0.7 against 1.1 %) in
the same time.
"""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.languages import install_command, languages
from ocr.recognize import Glyph, Reading
from ocr.recognize.language import fold
from ocr.recognize.script import is_close_set, is_right_to_left

__all__ = ["TesseractFallback", "better", "tall_enough"]

INSTALL = "apt-get install tesseract-ocr (Debian, Ubuntu), brew install tesseract (macOS)"
HEIGHT = 48
MARGIN = 10
SECONDS = (20.0, 2.0)
"""Time limit of a call: a constant part, and a part for each line."""
PARALLEL_FROM = 8
"""Number of lines from which on two calls in parallel are faster."""
SURER = 0.2
"""By how much the confidence of Tesseract has to be higher: it is calibrated less well."""
SPACE = 0.2
"""Least width of a space between words of a script that Tesseract divides more finely, in heights of the picture."""
NO_MARKS = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u061c"))
"""Signs that say in which direction text runs, which Tesseract adds to numbers and pages do not show."""
UNREAD = Reading((), 0.0, "tesseract")


class TesseractFallback:
    """Reads line images with Tesseract.

    Args:
        lang: language as in ``Options.lang``.
        threads: number of parallel calls.
        program: name or path of the program.
        otherwise: what becomes of lines that it does not read, for warnings.

    Example:
        >>> readings, warnings = TesseractFallback("en").read(lines)  # doctest: +SKIP
    """

    height = HEIGHT
    name = "tesseract"

    def __init__(
        self,
        lang: str,
        threads: int = 1,
        *,
        program: str = "tesseract",
        otherwise: str = "unsure lines stay as they are",
    ) -> None:
        self._lang = languages(lang).packs
        self._otherwise = otherwise
        self._threads = max(1, threads)
        self._program = program

    def available(self) -> bool:
        """Whether the program is installed."""
        return shutil.which(self._program) is not None

    def read(self, lines: Sequence[NDArray[np.uint8]], height: int = HEIGHT) -> tuple[list[Reading], tuple[str, ...]]:
        """One reading for each upright (H, W) grey line image, in the same order, and warnings about failures.

        Tesseract is shown the lines ``height`` pixels high.

        A line that could not be read has an empty reading of confidence 0. Nothing is raised, since every line already
        has a reading of the main recogniser.
        """
        if not lines:
            return [], ()
        if not self.available():
            message = f"{self._program} is not installed, so {self._otherwise}; install it: {INSTALL}"
            return [UNREAD] * len(lines), (message,)
        calls = min(self._threads, max(1, len(lines) // PARALLEL_FROM))
        shares = [lines[i::calls] for i in range(calls)]
        with ThreadPoolExecutor(calls) as pool:
            answers = list(pool.map(partial(self._call, height=height), shares))
        readings = [UNREAD] * len(lines)
        for i, (share, _) in enumerate(answers):
            readings[i::calls] = share
        return readings, tuple(sorted({fault for _, fault in answers if fault}))

    def _call(self, lines: Sequence[NDArray[np.uint8]], height: int) -> tuple[list[Reading], str]:
        pictures = [tall_enough(line, height) for line in lines]
        with tempfile.TemporaryDirectory(prefix="ocr-") as folder:
            names = []
            for i, picture in enumerate(pictures):
                name = Path(folder) / f"{i}.pgm"
                name.write_bytes(b"P5 %d %d 255\n" % (picture.shape[1], picture.shape[0]) + picture.tobytes())
                names.append(str(name))
            listing = Path(folder) / "lines.txt"
            listing.write_text("\n".join(names) + "\n")
            command = [self._program, str(listing), "stdout", "-l", self._lang, "--psm", "7", "--dpi", "300", "tsv"]
            limit = SECONDS[0] + SECONDS[1] * len(lines)
            try:
                # One thread a call: Tesseract's own threads mostly wait for each other.
                done = subprocess.run(
                    command,
                    capture_output=True,
                    timeout=limit,
                    check=False,
                    env={**os.environ, "OMP_THREAD_LIMIT": "1"},
                )
            except subprocess.TimeoutExpired:
                return [UNREAD] * len(lines), f"{self._program} took longer than {limit:.0f} s, so {self._otherwise}"
            except OSError as error:
                return [UNREAD] * len(lines), f"{self._program} cannot be run ({error.strerror}), so {self._otherwise}"
        fault = ""
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip()
            fault = self._fault(done.returncode, said)
        words = _parse(done.stdout.decode("utf-8", "replace"), len(lines))
        return [_reading(found, p.shape[1]) for found, p in zip(words, pictures, strict=True)], fault

    def _fault(self, status: int, said: str) -> str:
        program, packs = self._program, self._lang
        if "loading language" in said:
            return f"{program} has no data for {packs}, so {self._otherwise}; install it: {install_command(packs)}"
        last = said.rsplit("\n", maxsplit=1)[-1][:200]
        return f"{program} failed with exit status {status} ({last}), so {self._otherwise}; try: {program} --version"


def better(ours: Reading, theirs: Reading) -> Reading:
    """The reading more likely to be right; if both agree, ours with a confidence above either."""
    if ours.text.split() == theirs.text.split():
        doubt = (1 - ours.confidence) * (1 - theirs.confidence)
        return Reading(ours.glyphs, 1 - doubt, ours.engine)
    if fold(ours.text) == fold(theirs.text) and theirs.text.isascii():
        return ours  # the same without accents: Tesseract's data may be for another language
    return theirs if theirs.confidence > ours.confidence + SURER else ours


def tall_enough(line: NDArray[np.uint8], height: int = HEIGHT) -> NDArray[np.uint8]:
    """The line at the height that suits Tesseract, dark on light, with a white margin."""
    rows, columns = line.shape
    if rows != height:
        size = (max(1, round(columns * height / rows)), height)
        line = np.asarray(cv2.resize(line, size, interpolation=cv2.INTER_AREA if rows > height else cv2.INTER_CUBIC))
    if line.mean() < 96:
        line = np.asarray(255 - line, np.uint8)
    return np.pad(line, MARGIN, constant_values=255)


def _parse(table: str, count: int) -> list[list[tuple[str, float, float, float]]]:
    """The words of each image: text, left, right in pixels, confidence 0..1. Damaged rows are skipped."""
    words: list[list[tuple[str, float, float, float]]] = [[] for _ in range(count)]
    for row in table.split("\n"):
        cells = row.split("\t")
        if len(cells) != 12 or cells[0] != "5" or "�" in cells[11]:
            continue
        if not (text := cells[11].translate(NO_MARKS).strip()):
            continue
        try:
            page, left, width, confidence = int(cells[1]), float(cells[6]), float(cells[8]), float(cells[10])
        except ValueError:
            continue
        if 1 <= page <= count and width > 0 and math.isfinite(left + width + confidence):
            words[page - 1].append((text, left, left + width, min(max(confidence / 100, 0.0), 1.0)))
    return words


def _reading(words: Sequence[tuple[str, float, float, float]], width: int) -> Reading:
    """Words of one image, in reading order, as glyphs: the characters of a word divide its box evenly."""
    inner = max(1, width - 2 * MARGIN)
    glyphs: list[Glyph] = []

    def span(x: float) -> float:
        return min(max((x - MARGIN) / inner, 0.0), 1.0)

    for text, left, right, confidence in words:
        start, end = span(left), span(right)
        if glyphs:
            before, gap = glyphs[-1], sorted((start, end, glyphs[-1].start, glyphs[-1].end))[1:3]
            joined = is_close_set(before.text) and is_close_set(text) and (gap[1] - gap[0]) * inner < SPACE * HEIGHT
            glyphs += [] if joined else [Glyph(" ", gap[0], gap[1], confidence)]
        step = (end - start) / len(text)
        places = [(start + i * step, start + (i + 1) * step) for i in range(len(text))]
        if is_right_to_left(text):
            places.reverse()
        glyphs += [Glyph(c, first, last, confidence) for c, (first, last) in zip(text, places, strict=True)]
    return Reading(tuple(glyphs), _calibrated([confidence for *_, confidence in words]), "tesseract")


def _calibrated(confidences: Sequence[float]) -> float:
    """P(the whole line is right), from the least confident word.

    Fitted to 400 lines of scans, degraded scans and receipts, then lowered a little: only difficult lines come here.
    """
    if not confidences:
        return 0.0
    return float(
        np.interp(min(confidences), (0.0, 0.3, 0.6, 0.75, 0.84, 0.9, 0.95), (0.0, 0.18, 0.38, 0.5, 0.75, 0.87, 0.95))
    )
