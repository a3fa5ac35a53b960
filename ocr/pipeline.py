"""Reading: decode, enhance, detect, stand upright, crop, recognise, fall back, lay out. One page at a time."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ocr import weights
from ocr.detect import Detector, shown_quads
from ocr.detect.db import DbDetector
from ocr.detect.rules import rules_between
from ocr.document import Document, Engine, Page, PageError, Quad, Step, StepName
from ocr.engine import cores
from ocr.errors import DependencyError, UsageError
from ocr.geometry import crop_line, invert, skew_of
from ocr.layout import lay_out, page_text, to_line
from ocr.options import Options
from ocr.page.enhance import CanEnhancer
from ocr.page.ground import UNEVEN, evened, unevenness
from ocr.page.orient import Orienter
from ocr.page.upright import SKEWED, stand_up
from ocr.recognize import LineRecognizer, Reading
from ocr.recognize.cascade import CascadeRecognizer
from ocr.recognize.crnn import CrnnRecognizer
from ocr.recognize.plausible import plausible, worth_asking
from ocr.recognize.script import ScriptRecognizer
from ocr.recognize.tesseract import TesseractFallback
from ocr.source import Input, PageImage, Source, open_source

__all__ = ["Reader", "read"]

MARGIN = 0.2
"""How much surer Tesseract has to be: its confidence is the rougher one."""
SECOND = 0.9
"""Lines that the small recogniser is less sure of are read again by the large one."""


class Reader:
    """Reads documents. It loads its models once; many threads may use it at the same time.

    Args:
        lang: language of the text.
        detector: a detector, or the name of one; the language's default when left out.
        recognizer: a recogniser, or the name of one; when left out, what ``quality`` asks for.
        **options: any other field of :class:`ocr.Options`.

    Raises:
        UsageError: an option, language or model name that does not exist.
        DependencyError: a model file is missing.

    Example:
        >>> reader = Reader(lang="en")  # doctest: +SKIP
        >>> print(reader.read("scan.pdf").text)  # doctest: +SKIP
    """

    def __init__(
        self,
        lang: str = "en",
        *,
        detector: str | Detector | None = None,
        recognizer: str | LineRecognizer | None = None,
        **options: Any,
    ) -> None:
        self.options = Options(lang=lang).with_(**options)
        threads = self.options.threads or cores()
        self.detector = _detector(
            weights.defaults("zh" if lang == "auto" else lang)[0] if detector is None else detector, threads
        )
        self.recognizer = _recognizer(recognizer, self.options, threads)
        self.orienter = _orienter(self.options, threads)
        self._skewed = SKEWED if self.options.deskew else math.inf
        self._whiten = CanEnhancer("whiten", threads=threads) if self.options.enhance == "whiten" else None
        self._fallback = TesseractFallback(lang, threads)

    @property
    def engine(self) -> Engine:
        """The models' names."""
        return Engine(self.detector.name, self.recognizer.name)

    def read(self, input: Input) -> Document:
        """All pages of a path, bytes, a binary file object, a PIL image or an array.

        A page that cannot be read comes back empty with ``Page.error`` set; the others are read.

        Raises:
            InputError: the input as a whole cannot be opened.
        """
        with open_source(input, self.options) as source:
            return Document(source.name, self.engine, tuple(self.pages(source)), source.original)

    def pages(self, input: Input | Source) -> Iterator[Page]:
        """The pages one by one: each is yielded before the next is decoded. A ``Source`` stays open.

        Raises:
            InputError: the input as a whole cannot be opened.
        """
        if isinstance(input, Source):
            yield from (self._page(input, number) for number in input.numbers)
            return
        with open_source(input, self.options) as source:
            yield from (self._page(source, number) for number in source.numbers)

    def read_page(self, image: PageImage) -> Page:
        """One decoded page."""
        return self._stages(image, Clock(StepName.ENHANCE))

    def _stages(self, image: PageImage, clock: Clock) -> Page:
        pixels, enhanced = self._enhanced(image.pixels)
        clock.start(StepName.DETECT)
        regions = self.detector(pixels)
        clock.start(StepName.UPRIGHT)
        page = stand_up(pixels, regions, self.detector, self.orienter, self._skewed)
        clock.start(StepName.RECOGNISE)
        shown = shown_quads(page.regions)
        readings = self.recognizer([crop_line(page.pixels, quad, self.recognizer.height) for quad in shown])
        clock.start(StepName.FALLBACK)
        readings, steps, warnings = self._fall_back(page.pixels, shown, readings)
        clock.start(StepName.LAYOUT)
        lines = [
            replace(to_line(quad, reading), box=region.quad)
            for region, quad, reading, kept in zip(page.regions, shown, readings, plausible(readings), strict=True)
            if kept
        ]
        rules = rules_between([line.box for line in lines], page.pixels)
        blocks = lay_out(lines, page.pixels.shape[1], page.pixels.shape[0], rules)
        text = page_text(blocks)
        if page.steps:
            back = invert(page.matrix)
            blocks = tuple(block.transformed(back) for block in blocks)
        clock.stop()
        height, width = image.pixels.shape[:2]
        return Page(
            number=image.number,
            width=width,
            height=height,
            dpi=image.dpi,
            blocks=blocks,
            rotation=page.rotation,
            skew=page.skew + skew_of(line.box for line in lines),
            seconds=clock.total,
            steps=(*image.steps, *enhanced, *page.steps, *steps, Step(StepName.TIME, dict(clock.seconds))),
            text=text,
            matrix=image.matrix,
            warnings=warnings,
        )

    def _page(self, source: Source, number: int) -> Page:
        """A page of a source; one that fails comes back empty with its error."""
        clock = Clock(StepName.DECODE)
        try:
            image = source.page(number)
            clock.start(StepName.ENHANCE)
            page = self._stages(image, clock)
        except (DependencyError, UsageError):
            raise
        except Exception as error:  # a damaged page may raise anything in a library; the other pages are still read
            failure = PageError(_described(error, source.name, number), type(error).__name__, clock.running, number)
            return Page(number, 0, 0, 0.0, seconds=clock.total, error=failure)
        if any(step.name is StepName.REDUCED for step in image.steps):
            warning = f"{source.name}: page {number} is very large and was read at {page.dpi:.0f} dpi"
            page = replace(page, warnings=(*page.warnings, warning))
        return page

    def _enhanced(self, pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], tuple[Step, ...]]:
        """What is read in place of a page: the same, where nothing is to be gained."""
        if self._whiten:
            return self._whiten(pixels), (Step(StepName.ENHANCE, {"operator": self._whiten.operator}),)
        uneven = unevenness(pixels) if self.options.enhance == "auto" else 0.0
        if uneven < UNEVEN:
            return pixels, ()
        return evened(pixels), (Step(StepName.ENHANCE, {"operator": "even", "unevenness": round(uneven, 2)}),)

    def _fall_back(
        self, pixels: NDArray[np.uint8], quads: Sequence[Quad], readings: Sequence[Reading]
    ) -> tuple[list[Reading], tuple[Step, ...], tuple[str, ...]]:
        """Lines of low confidence are re-read by Tesseract, and the better reading is kept; steps and warnings."""
        best = list(readings)
        threshold = self.options.fallback_threshold if self.options.fallback == "auto" else 0.0
        unsure = [i for i, worth in enumerate(worth_asking(best)) if worth and best[i].confidence < threshold]
        if not unsure:
            return best, (), ()
        second, warnings = self._fallback.read([crop_line(pixels, quads[i], self._fallback.height) for i in unsure])
        for i, reading in zip(unsure, second, strict=True):
            best[i] = better(best[i], reading)
        return best, (Step(StepName.FALLBACK, {"lines": len(unsure)}),), warnings


class Clock:
    """Seconds spent in each step of a page, and the step that is running."""

    def __init__(self, step: StepName) -> None:
        self.seconds: dict[str, float] = {}
        self.running = step
        self._first = self._last = time.perf_counter()

    @property
    def total(self) -> float:
        """Seconds since the clock was made."""
        return time.perf_counter() - self._first

    def start(self, step: StepName) -> None:
        """End the running step and begin another."""
        self.stop()
        self.running = step

    def stop(self) -> None:
        """End the running step."""
        now = time.perf_counter()
        self.seconds[str(self.running)] = round(now - self._last, 4)
        self._last = now


def read(input: Input, lang: str = "en", **options: Any) -> Document:
    """Read one input; to read many, make one :class:`Reader` and keep it."""
    return Reader(lang, **options).read(input)


def _described(error: Exception, name: str, number: int) -> str:
    """The message of an error with the file and the page that it is about."""
    message = str(error) or type(error).__name__
    return message if name in message else f"{name}: page {number}: {message}"


def better(ours: Reading, theirs: Reading) -> Reading:
    """The reading more likely to be right; where both say the same, ours, surer than either."""
    if ours.text.split() == theirs.text.split():
        doubt = (1 - ours.confidence) * (1 - theirs.confidence)
        return Reading(ours.glyphs, 1 - doubt, ours.engine)
    return theirs if theirs.confidence > ours.confidence + MARGIN else ours


def _detector(choice: str | Detector, threads: int) -> Detector:
    if not isinstance(choice, str):
        return choice
    return DbDetector(choice, threads)


def _orienter(options: Options, threads: int) -> Orienter | None:
    name = weights.orienter(options.lang) if options.orient else ""
    return Orienter(name, threads) if name else None


def _recognizer(choice: str | LineRecognizer | None, options: Options, threads: int) -> LineRecognizer:
    if choice is not None and not isinstance(choice, str):
        return choice
    if choice is None and options.lang == "auto":
        han, latin = (_recognizer(None, replace(options, lang=lang), threads) for lang in ("zh", "en"))
        return ScriptRecognizer(han, latin)

    def load(name: str) -> CrnnRecognizer:
        return CrnnRecognizer(name, options.decoder, threads, weights.language_model(options.lang))

    if choice is not None:
        return load(choice)
    small, large = weights.defaults(options.lang)[1], weights.second_recognizer(options.lang)
    if options.quality == "fast" or not large:
        return load(small)
    return load(large) if options.quality == "best" else CascadeRecognizer(load(small), load(large), SECOND)
