"""From a picture to the fields of its machine-readable zone: found in any orientation, read under the format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from ocr import weights
from ocr.detect import Detector
from ocr.detect.db import DbDetector
from ocr.engine import cores
from ocr.errors import InputError, NoZoneError
from ocr.geometry import crop_line, invert, turn_matrix, turned
from ocr.mrz.decode import best_lines
from ocr.mrz.fields import Mrz, parse
from ocr.mrz.formats import CHARACTERS, FORMATS, Format
from ocr.mrz.zone import Zone, zones
from ocr.recognize.crnn import CrnnRecognizer
from ocr.recognize.doubtful import Frames
from ocr.recognize.lattice import posteriors
from ocr.source import Input, open_source

__all__ = ["MrzReader", "read_mrz"]

MODEL = "crnn-mrz-int8"
FEWEST, MOST = 24, 52
"""Characters of a line read freely, beyond which it is no line of a zone."""
SLACK = 5
"""Characters by which a line read freely may miss the length of its format."""
DOUBT = 0.25
"""Nats a character, on average, beyond which the picture does not show the format. Pages of prose have 0.4 and more."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A zone read as one format; ``doubt`` is minus the log likelihood a character."""

    zone: Zone
    form: Format
    lines: tuple[str, ...]
    confidence: float
    doubt: float


class MrzReader:
    """Reads machine-readable zones. It loads its models once; many threads may use it at the same time.

    Args:
        threads: CPU threads of the detector; 0 means all cores.
        detector: finds the lines; the default one when left out.
        recognizer: spells ``CHARACTERS``; the default one when left out.

    Raises:
        DependencyError: a model file is missing.
    """

    def __init__(
        self, threads: int = 0, *, detector: Detector | None = None, recognizer: CrnnRecognizer | None = None
    ) -> None:
        self.detector = detector or DbDetector(weights.defaults("en")[0], threads or cores())
        self.recognizer = recognizer or CrnnRecognizer(MODEL, threads=1)

    def read(self, input: Input, today: date | None = None) -> Mrz:
        """The zone of a path, bytes, a binary file object, a PIL image or an array; of a document, its first.

        Args:
            input: what to read.
            today: what two-digit years are seen from; the current day when left out.

        Raises:
            NoZoneError: there is no zone.
            InputError: the input cannot be opened, or has two zones on one page.
        """
        with open_source(input) as source:
            for number in source.numbers:
                found = self.find(source.page(number).pixels)
                if len(found) > 1:
                    raise InputError(
                        f"{source.name}: page {number} shows {len(found)} machine-readable zones; "
                        "cut it so that each picture shows one document"
                    )
                if found:
                    best = found[0]
                    fields = parse(best.lines, today)
                    return replace(fields, confidence=best.confidence, box=best.zone.box, page=number)
            raise NoZoneError(
                f"{source.name}: no machine-readable zone was found; take the picture closer and sharper, "
                f"or see what can be read at all: ocr read {source.name}"
            )

    def read_line(self, picture: NDArray[np.uint8]) -> str:
        """A picture of one line, (H, W) grey: as the line of some format that it shows most likely."""
        frames = self.recognizer.frames(picture)
        logs, nearest = frames.logs(), min(abs(_count(frames) - form.columns) for form in FORMATS.values())
        names = [name for name, form in FORMATS.items() if abs(_count(frames) - form.columns) <= nearest + SLACK]
        every = [posteriors(logs, allowed) for name in names for allowed in _allowed(name)]
        best = max(every, key=lambda places: places.likelihood)
        return "".join(CHARACTERS[k] for k in best.characters.argmax(1))

    def find(self, pixels: NDArray[np.uint8]) -> list[Candidate]:
        """The zones of a picture, (H, W) grey or (H, W, 3) RGB; first as it is, then turned by a quarter."""
        for degrees in (0, 90):
            picture = turned(pixels, degrees) if degrees else pixels
            found = self._upright(picture)
            if found:
                height, width = pixels.shape[:2]
                back = invert(turn_matrix(degrees, width, height))
                return [replace(one, zone=Zone(tuple(row.transformed(back) for row in one.zone.rows))) for one in found]
        return []

    def _upright(self, pixels: NDArray[np.uint8]) -> list[Candidate]:
        """Zones whose lines run from left to right, or upside down; the surest reading of each place."""
        every = [one for zone in zones(self.detector(pixels)) for one in self._readings(pixels, zone)]
        kept: list[Candidate] = []
        for one in sorted(every, key=lambda one: one.doubt):
            if one.doubt < DOUBT and not any(one.zone.overlaps(other.zone) for other in kept):
                kept.append(one)
        return kept

    def _readings(self, pixels: NDArray[np.uint8], zone: Zone) -> Iterator[Candidate]:
        """A candidate zone as each format that it may be, either way up."""
        for way in (zone, zone.flipped()):
            frames = [self.recognizer.frames(crop_line(pixels, row, self.recognizer.height)) for row in way.rows]
            counts = [_count(line) for line in frames]
            if not all(FEWEST <= count <= MOST for count in counts):
                continue
            for form in FORMATS.values():
                if form.rows == len(frames) and abs(np.median(counts) - form.columns) <= SLACK:
                    yield self._as(form, way, [line.logs() for line in frames])

    def _as(self, form: Format, zone: Zone, logs: list[NDArray[np.float32]]) -> Candidate:
        places = [posteriors(log, allowed) for log, allowed in zip(logs, _allowed(form.name), strict=True)]
        doubt = -sum(place.likelihood for place in places) / (form.rows * form.columns)
        checked = best_lines(form, [place.characters for place in places])
        return Candidate(zone, form, checked.lines, checked.confidence, doubt)


def _count(frames: Frames) -> int:
    """Characters of a line read freely."""
    return int(((frames.classes != 0) & (np.diff(frames.classes, prepend=0) != 0)).sum())


@lru_cache
def _allowed(name: str) -> tuple[NDArray[np.bool_], ...]:
    """For each line of a format, columns x 37: the characters that may stand in each place."""
    form = FORMATS[name]
    return tuple(
        np.array([[c in form.allowed(line, column) for c in CHARACTERS] for column in range(form.columns)])
        for line in range(form.rows)
    )


@cache
def _reader() -> MrzReader:
    return MrzReader()


def read_mrz(image: Input, today: date | None = None) -> Mrz:
    """The machine-readable zone of a passport, identity card or visa: TD1, TD2, TD3, MRV-A or MRV-B of ICAO Doc 9303.

    Args:
        image: a path, bytes, a binary file object, a PIL image or an array; the zone may lie in any of four
            orientations.
        today: what two-digit years are seen from; the current day when left out.

    Raises:
        NoZoneError: there is no zone.
        InputError: the input cannot be opened, or has two zones on one page.

    Example:
        >>> ocr.read_mrz("passport.jpg").surname  # doctest: +SKIP
        'ERIKSSON'
    """
    return _reader().read(image, today)
