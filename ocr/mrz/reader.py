"""From an image to the fields of its machine-readable zone: found at any angle, read under its format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ocr.detect import Detector
from ocr.document import IDENTITY, Matrix, Quad
from ocr.engine import cores
from ocr.errors import DependencyError, InputError, NoZoneError
from ocr.face.portrait import largest_portrait
from ocr.geometry import crop_line, invert, multiply, turn_matrix, turned
from ocr.loading import load_detector
from ocr.mrz.borne import unborne
from ocr.mrz.decode import best_lines
from ocr.mrz.fields import Mrz, parse
from ocr.mrz.formats import CHARACTERS, FORMATS, Format
from ocr.mrz.other import zone_like
from ocr.mrz.zone import Zone, zones
from ocr.options import Options, checked_threads
from ocr.page.deskew import deskewed
from ocr.page.slant import slant
from ocr.recognize.crnn import CrnnRecognizer
from ocr.recognize.doubtful import Frames
from ocr.recognize.lattice import posteriors
from ocr.source import Input, command_to_read, single_page

__all__ = ["MrzReader", "read_mrz"]

MODEL = "crnn-mrz-int8"
FEWEST, MOST = 24, 52
"""Fewest and most characters, read without a format, of a line that may belong to a zone."""
SLACK = 5
"""Characters by which a line, read without a format, may differ from the length of its format."""
DOUBT = 0.25
"""Mean negative log likelihood per character (nats) above which the image does not show the format. Prose has 0.4 and
more."""

REACH = 1.2
"""Greatest distance of a portrait from the zone of its document, in lengths of the zone."""
SURE = 0.8
"""Least confidence of a valid zone."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A zone read as one format.

    Attributes:
        doubt: mean negative log likelihood per character, in nats.
        logs: what the net gave for each line.
        unborne: (line, column) of the characters that the picture does not bear.
    """

    zone: Zone
    form: Format
    lines: tuple[str, ...]
    confidence: float
    doubt: float
    logs: tuple[NDArray[np.float32], ...]
    unborne: tuple[tuple[int, int], ...] = ()


class MrzReader:
    """Reads machine-readable zones. It loads its models once; many threads may use it at the same time.

    Args:
        detector: text detection model: a name, the path of a model file, or a detector; the default one when left out.
        recognizer: recognition model of the characters of zones, given in the same ways.
        threads: CPU threads; 0 uses all cores.

    Raises:
        UsageError: a model that does not exist, or an argument of the wrong type.
        DependencyError: a model file is missing.

    Example:
        >>> reader = ocr.MrzReader()
        >>> reader.read("samples/passport.jpg").number
        'L898902C3'
    """

    def __init__(
        self,
        *,
        detector: str | Path | Detector | None = None,
        recognizer: str | Path | CrnnRecognizer | None = None,
        threads: int = 0,
    ) -> None:
        self.detector = load_detector(detector, Options(lang="auto"), checked_threads(threads) or cores())
        chosen = MODEL if recognizer is None else recognizer
        self.recognizer = CrnnRecognizer(chosen, threads=1) if isinstance(chosen, str | Path) else chosen

    def read(
        self, input: Input, *, page: int | None = None, password: str | None = None, today: date | None = None
    ) -> Mrz:
        """Read the zone of one image or page; see :func:`ocr.read_mrz`.

        Raises:
            NoZoneError: no zone was found.
            InputError: the input cannot be opened, or the page shows several zones.
            UsageError: the input has several pages and ``page`` is missing.
        """
        image, name = single_page(input, page=page, password=password)
        found = self.find(image.pixels)
        if not found and (other := self.other(image.pixels)):
            raise NoZoneError(
                f"{name}: the machine-readable zone is not an ICAO 9303 format: {len(other)} "
                f"line{'s' * (len(other) > 1)} of {len(other[0])} characters ({' '.join(other)}); "
                f"read all of the text: {command_to_read(name)}"
            )
        if not found:
            raise NoZoneError(
                f"{name}: no machine-readable zone was found; take a closer, sharper photograph, "
                f"or read all of its text: {command_to_read(name)}"
            )
        if len(found) > 1:
            raise InputError(
                f"{name}: {len(found)} machine-readable zones were found; "
                "crop the image so that it shows a single document"
            )
        [best] = found
        zone = parse(best.lines, today, best.unborne)
        valid = zone.valid and best.confidence >= SURE
        box = best.zone.box
        portrait = _portrait(image.pixels, box)
        return replace(zone, valid=valid, confidence=best.confidence, box=box, page=image.number, portrait_box=portrait)

    def read_line(self, image: NDArray[np.uint8]) -> str:
        """Read an (H, W) grey image of one line as the most likely line of any format."""
        frames = self.recognizer.frames(image)
        logs, nearest = frames.logs(), min(abs(_count(frames) - form.columns) for form in FORMATS.values())
        names = [name for name, form in FORMATS.items() if abs(_count(frames) - form.columns) <= nearest + SLACK]
        every = [posteriors(logs, allowed) for name in names for allowed in _allowed(name)]
        best = max(every, key=lambda places: places.likelihood)
        return "".join(CHARACTERS[k] for k in best.characters.argmax(1))

    def find(self, pixels: NDArray[np.uint8]) -> list[Candidate]:
        """The zones of an (H, W) grey or (H, W, 3) RGB image, at any angle."""
        for level, back in _levelled(pixels):
            found = self._found(pixels, [zone.transformed(back) for zone in zones(self.detector(level))])
            if found:
                return found
        return []

    def other(self, pixels: NDArray[np.uint8]) -> tuple[str, ...]:
        """The lines of a zone that is whole and legible, but of no known format; empty if there is none."""
        size = np.array(pixels.shape[1::-1])
        for level, back in _levelled(pixels):
            for zone in zones(self.detector(level), (3, 2, 1)):
                placed = zone.transformed(back)
                corners = np.array(placed.box.points)
                if ((corners < 0) | (corners > size)).any():
                    continue
                for way in (placed, placed.flipped()):
                    lines = zone_like([self._frames(pixels, row) for row in way.rows])
                    if lines:
                        return lines
        return ()

    def _frames(self, pixels: NDArray[np.uint8], row: Quad) -> Frames:
        return self.recognizer.frames(crop_line(pixels, row, self.recognizer.height))

    def _found(self, pixels: NDArray[np.uint8], candidates: Sequence[Zone]) -> list[Candidate]:
        """The zones among candidates; the most likely reading where they overlap."""
        every = [one for zone in candidates for one in self._readings(pixels, zone)]
        kept: list[Candidate] = []
        for one in sorted(every, key=lambda one: one.doubt):
            if one.doubt < DOUBT and not any(one.zone.overlaps(other.zone) for other in kept):
                kept.append(replace(one, unborne=unborne(pixels, one.zone.rows, one.form, one.lines, one.logs)))
        return kept

    def _readings(self, pixels: NDArray[np.uint8], zone: Zone) -> Iterator[Candidate]:
        """A candidate zone, upright and upside down, as each format that fits its size."""
        for way in (zone, zone.flipped()):
            frames = [self._frames(pixels, row) for row in way.rows]
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
        return Candidate(zone, form, checked.lines, checked.confidence, doubt, tuple(logs))


def _levelled(pixels: NDArray[np.uint8]) -> Iterator[tuple[NDArray[np.uint8], Matrix]]:
    """The image as it is, rotated by 90 degrees, and turned back by its slant; with the map from each to the image."""
    yield pixels, IDENTITY
    height, width = pixels.shape[:2]
    yield turned(pixels, 90), invert(turn_matrix(90, width, height))
    if degrees := slant(pixels):
        level, matrix = deskewed(pixels, degrees)
        yield level, invert(matrix)
        height, width = level.shape[:2]
        yield turned(level, 90), invert(multiply(matrix, turn_matrix(90, width, height)))


def _portrait(pixels: NDArray[np.uint8], zone: Quad) -> Quad | None:
    """The portrait of the document with a zone, if there is one and the face detector is installed."""
    try:
        return largest_portrait(pixels, zone.angle, zone, REACH * zone.width)
    except DependencyError:
        return None


def _count(frames: Frames) -> int:
    """Number of characters of a line, read without a format."""
    return int(((frames.classes != 0) & (np.diff(frames.classes, prepend=0) != 0)).sum())


@lru_cache
def _allowed(name: str) -> tuple[NDArray[np.bool_], ...]:
    """For each line of a format, (columns, 37): the characters that are allowed at each place."""
    form = FORMATS[name]
    return tuple(
        np.array([[c in form.allowed(line, column) for c in CHARACTERS] for column in range(form.columns)])
        for line in range(form.rows)
    )


@cache
def _reader() -> MrzReader:
    return MrzReader()


def read_mrz(input: Input, *, page: int | None = None, password: str | None = None, today: date | None = None) -> Mrz:
    """Read the machine-readable zone of a passport, identity card or visa.

    The formats are TD1, TD2, TD3, MRV-A and MRV-B of ICAO Doc 9303, and that of the older French identity card. The
    models stay in memory.

    Args:
        input: a path, ``"-"`` for stdin, the bytes of a file, a binary file object, a PIL image or an array; the zone
            may lie at any angle. A page, a photograph, or a strip that shows only the lines of the zone.
        page: of a PDF or TIFF with several pages, from 1.
        password: of an encrypted PDF.
        today: the date from which two-digit years are interpreted; the current day when left out.

    Raises:
        NoZoneError: no zone was found.
        InputError: the input cannot be opened, or the page shows several zones.
        UsageError: the input has several pages and ``page`` is missing.
        DependencyError: a model file is missing.

    Example:
        >>> zone = ocr.read_mrz("samples/passport.jpg")
        >>> zone.surname, zone.birth, zone.valid
        ('ERIKSSON', '1974-08-12', True)
    """
    return _reader().read(input, page=page, password=password, today=today)
