"""Languages that the models of this package do not know: their lines are read by Tesseract, with its own packs."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.errors import DependencyError, OcrError
from ocr.languages import OTHERS, install_command, languages
from ocr.recognize import LineRecognizer, Reading
from ocr.recognize.tesseract import INSTALL, TesseractFallback

__all__ = ["MixedRecognizer", "TesseractRecognizer", "installed_packs"]

MARGIN = 0.2
"""Margin around a line, in heights of it: marks of Arabic and Thai reach further than those of Latin."""
TALLER = 60
"""Height in pixels at which lines are shown again in which Tesseract sees nothing."""
DOUBTFUL = 0.8
"""Lines of one's own languages that are read less surely than this may be in a language of Tesseract's."""


class TesseractRecognizer:
    """Reads every line with Tesseract.

    Args:
        lang: as in ``Options.lang``.
        threads: number of parallel calls.
        program: name or path of the program.

    Raises:
        DependencyError: Tesseract or one of its packs is not installed.

    Example:
        >>> TesseractRecognizer("ja")([line])[0].engine  # doctest: +SKIP
        'tesseract'
    """

    name = TesseractFallback.name
    height = TesseractFallback.height
    margin = MARGIN

    def __init__(self, lang: str, threads: int = 1, *, program: str = "tesseract") -> None:
        packs = languages(lang).packs.split("+")
        missing = [pack for pack in packs if pack not in installed_packs(program)]
        if missing:
            command = install_command("+".join(missing))
            raise DependencyError(
                f"lang {lang!r} is read by Tesseract, which lacks {', '.join(missing)}; run: {command}"
            )
        self._tesseract = TesseractFallback(lang, threads, program=program, otherwise="its lines could not be read")

    def __call__(self, lines: Sequence[NDArray[np.uint8]]) -> list[Reading]:
        """One reading for each upright (H, W) grey line image, in the same order.

        Raises:
            OcrError: Tesseract failed.
        """
        readings, faults = self._tesseract.read(lines)
        empty = [i for i, reading in enumerate(readings) if not reading.glyphs]
        again, more = self._tesseract.read([lines[i] for i in empty], TALLER)
        if faults or more:
            raise OcrError((*faults, *more)[0])
        for i, reading in zip(empty, again, strict=True):
            readings[i] = reading
        return readings


class MixedRecognizer:
    """Reads each line in a language of this package, or, where that is doubtful, with Tesseract.

    Tesseract's reading is kept where it has letters that the first recogniser cannot write, or is more confident.

    Args:
        ours: reads all lines.
        others: reads those again of which ``ours`` is unsure.
    """

    def __init__(self, ours: LineRecognizer, others: TesseractRecognizer) -> None:
        self.name, self.height, self.margin = ours.name, others.height, others.margin
        self._ours, self._others = ours, others

    def __call__(self, lines: Sequence[NDArray[np.uint8]]) -> list[Reading]:
        """One reading for each upright (H, W) grey line image, in the same order.

        Raises:
            OcrError: Tesseract failed.
        """
        readings = self._ours([_without_margin(line, self.margin, self._ours.height) for line in lines])
        doubtful = [i for i, reading in enumerate(readings) if reading.confidence < DOUBTFUL]
        known = set(getattr(self._ours, "characters", ""))
        for i, again in zip(doubtful, self._others([lines[i] for i in doubtful]), strict=True):
            foreign = sum(c.isalpha() and c not in known for c in again.text)
            if again.confidence > readings[i].confidence or 2 * foreign > sum(c.isalpha() for c in again.text):
                readings[i] = again
        return readings


def _without_margin(line: NDArray[np.uint8], margin: float, height: int) -> NDArray[np.uint8]:
    """A line image without its margin, reduced to ``height`` pixels; its glyphs keep their places along the line."""
    cut = round(line.shape[0] * margin / (1 + 2 * margin))
    inner = line[cut : line.shape[0] - cut]
    size = max(1, round(line.shape[1] * height / inner.shape[0])), height
    return np.asarray(cv2.resize(inner, size, interpolation=cv2.INTER_AREA), np.uint8)


def installed_packs(program: str = "tesseract") -> frozenset[str]:
    """The packs that Tesseract has.

    Raises:
        DependencyError: it is not installed, or does not start.
    """
    try:
        done = subprocess.run([program, "--list-langs"], capture_output=True, text=True, timeout=20, check=True)
    except FileNotFoundError as error:
        names = f"{', '.join(list(OTHERS)[:3])} and others"
        raise DependencyError(f"{program} is not installed, which reads {names}; run: {INSTALL}") from error
    except (OSError, subprocess.SubprocessError) as error:
        raise DependencyError(f"{program} does not start ({error}); try: {program} --list-langs") from error
    return frozenset(done.stdout.split("\n")[1:])
