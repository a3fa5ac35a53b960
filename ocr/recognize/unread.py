"""Lines that could not be read since their script is not that of the language: the script is named.

Tesseract's orientation and script detection looks at the images of the lines. It is asked only where most lines of a
page were left out.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.languages import OTHERS, languages
from ocr.recognize.tesseract import tall_enough

__all__ = ["script_of_lines", "script_warning", "uncovered_script"]

FEWEST, SHARE = 3, 2 / 3
"""Least number of lines that were left out, and least share of them on the page."""
LONG = 4
"""Least width of a line, in heights; what the detector finds in textures is shorter."""
MOST = 40
"""Number of lines that are looked at."""
LEAST = 0.1
"""Least confidence of the script."""
SECONDS = 20.0
NAMED_OTHERWISE = {"Japanese": "Hiragana", "Korean": "Hangul"}


def script_warning(
    number: int, lang: str, lost: Sequence[NDArray[np.uint8]], kept: int, script: str = ""
) -> tuple[str, ...]:
    """A warning that names the script of a page that could hardly be read, or counts lines that Tesseract did not read.

    Args:
        number: of the page.
        lang: as in ``Options.lang``.
        lost: grey images of the lines that were left out.
        kept: number of those that were read.
        script: of the lines that were left out, as ``uncovered_script`` found it; looked for if it is empty.
    """
    lost = _long(lost)
    asked = languages(lang)
    counted = f"page {number}: Tesseract could not read {len(lost)} of the lines in lang {lang!r}"
    script = script or uncovered_script(lang, lost, kept)
    if not script:
        return (counted,) if asked.others and lost else ()
    how = "" if script == "Han" else ", which Tesseract reads with data of its own"
    look = f"page {number}: {len(lost)} lines look like {script}, which lang {lang!r} does not cover"
    return (f"{look}; try --lang {' or '.join(_codes(script)[:3])}{how}",)


def uncovered_script(lang: str, lost: Sequence[NDArray[np.uint8]], kept: int) -> str:
    """The script of a page that could hardly be read, if it is none of the language; else empty.

    Args:
        lang: as in ``Options.lang``.
        lost: grey images of the lines that could not be read.
        kept: number of those that were read.
    """
    lost = _long(lost)
    if len(lost) < FEWEST or len(lost) < SHARE * (len(lost) + kept):
        return ""
    asked, script = languages(lang), script_of_lines(lost)
    codes = set(_codes(script))
    known = codes & {*asked.others, *asked.codes} or script in asked.scripts | {"Latin"}
    return script if codes and not known else ""


def _long(lines: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    """Images that are as wide as those of words."""
    return [line for line in lines if line.shape[1] >= LONG * line.shape[0]]


def _codes(script: str) -> list[str]:
    """Codes of the languages that are written in a script, as Tesseract names it."""
    if script == "Han":
        return ["zh"]
    return [language.code for language in OTHERS.values() if language.script == NAMED_OTHERWISE.get(script, script)]


def script_of_lines(lines: Sequence[NDArray[np.uint8]], program: str = "tesseract") -> str:
    """The script of lines, as Tesseract names it; empty where it is unsure or cannot be told.

    Args:
        lines: grey images.
        program: name or path of Tesseract.
    """
    pictures = [tall_enough(line) for line in lines[:MOST]]
    width = max(picture.shape[1] for picture in pictures)
    rows = [np.pad(p, ((4, 4), (0, width - p.shape[1])), constant_values=255) for p in pictures]
    _, image = cv2.imencode(".png", np.vstack(rows))
    command = [program, "stdin", "stdout", "--psm", "0", "--dpi", "300", "-l", "osd", "-c", "min_characters_to_try=8"]
    try:
        done = subprocess.run(command, input=image.tobytes(), capture_output=True, timeout=SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):  # not installed, without data, or too few characters
        return ""
    found = re.search(r"Script: (\w+)\s+Script confidence: ([\d.]+)", done.stdout.decode("utf-8", "replace"))
    return found[1] if found and float(found[2]) >= LEAST else ""
