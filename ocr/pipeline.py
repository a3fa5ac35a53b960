"""Reading: decode, enhance, detect, turn upright, crop, recognise, fall back, lay out; one page at a time."""

from __future__ import annotations

import math
import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ocr.back_of_sheet import read_without_back
from ocr.crew import opened_apart
from ocr.detect import Detector
from ocr.detect.rules import rules_between
from ocr.document import IDENTITY, Document, Engine, Page
from ocr.engine import cores
from ocr.errors import DependencyError, InputError, OcrError, UsageError, described
from ocr.existing_text import read_around
from ocr.geometry import invert, skew_of
from ocr.layout import lay_out, page_text
from ocr.line_reading import LineReader
from ocr.loading import load_detector, load_orienter, load_recognizer
from ocr.options import Limits, Options, chosen
from ocr.page.clean import Cleaner
from ocr.page.upright import SKEWED, other_ways, stand_up
from ocr.photographs import Photographs
from ocr.recognize import LineRecognizer, Reading
from ocr.recognize.tesseract import TesseractFallback
from ocr.recognize.which_language import language_of
from ocr.source import Input, PageImage, Pages, Source, open_source
from ocr.steps import Clock, PageError, Step, StepName

__all__ = ["Reader"]


class Reader:
    """Reads documents. It loads its models once; many threads may use it at the same time.

    A reader can be pickled, and used after ``os.fork``: the other process loads the models again.

    Args:
        lang: language of the text: a code such as ``en``, ``deu`` or ``zh`` (simplified Chinese, with Latin text on the
            same line), several joined by plus signs (``de+fr``), ``latin`` for any in Latin script, or ``auto``, which
            chooses between English and Chinese line by line.
        detector: text detection model: a name, the path of a model file, or an object with that protocol; the default
            of the language when left out.
        recognizer: text recognition model, given in the same ways; when left out, ``quality`` chooses.
        quality: ``fast`` uses the small recognition model, ``best`` the small and the large one together, ``auto`` the
            small one first and both to re-read lines of low confidence; ``tiny`` reads English with compressed models.
        decoder: ``lm`` lets a language model decide doubtful characters, ``greedy`` takes the most likely character at
            each position, ``beam`` is a CTC prefix beam search without a language model.
        enhance: what is read in place of a page: ``auto`` evens out an uneven background, ``whiten`` whitens every
            page, ``none`` reads pages as they are.
        photo: ``auto`` takes photographed pages out first, ``always`` any page that is found, ``never`` none.
        orient: whether to turn pages that are sideways or upside down.
        deskew: whether to straighten skewed pages.
        transcription: ``clean`` writes what a transcriber would, ``literal`` the characters as recognised.
        fallback: ``auto`` re-reads lines of low confidence with Tesseract where it is installed, ``never`` does not.
        fallback_threshold: lines below this calibrated confidence (0..1) are re-read by Tesseract.
        mode: text that a PDF page has already: ``skip`` keeps it, ``redo`` replaces invisible text, ``force`` all.
        renderer: PDF rendering engine: ``pdfium`` or ``poppler``.
        dpi: rendering resolution (36..2400) of PDF pages that are not a single scanned image.
        threads: CPU threads for one page; 0 uses all cores.
        jobs: pages that are read side by side, in processes with one thread each (0: one a core); 1 reads here.
        limits: what a page may take; it is then read in another process also where ``jobs`` is 1.
        options: all of these settings in one object, in place of the single ones.

    Raises:
        UsageError: a setting of the wrong type or outside its range, a model that does not exist, or both ``options``
            and single settings.
        DependencyError: a model file is missing.

    Example:
        >>> reader = ocr.Reader(lang="en")
        >>> for page in reader.read("samples/scan.pdf", pages=[1, 2]):
        ...     print(page.number, page.lines[0].text)
        1 THE CHILD OF THE
        2 CHAPTER II
    """

    def __init__(
        self,
        lang: str = "en",
        *,
        detector: str | Path | Detector | None = None,
        recognizer: str | Path | LineRecognizer | None = None,
        quality: str = "auto",
        decoder: str = "lm",
        enhance: str = "auto",
        photo: str = "auto",
        orient: bool = True,
        deskew: bool = True,
        transcription: str = "clean",
        fallback: str = "auto",
        fallback_threshold: float = 0.1,
        mode: str = "skip",
        renderer: str = "pdfium",
        dpi: float = 300.0,
        threads: int = 0,
        jobs: int = 1,
        limits: Limits | None = None,
        options: Options | None = None,
    ) -> None:
        single = Options(
            lang=lang,
            quality=quality,
            decoder=decoder,
            enhance=enhance,
            photo=photo,
            orient=orient,
            deskew=deskew,
            transcription=transcription,
            fallback=fallback,
            fallback_threshold=fallback_threshold,
            mode=mode,
            renderer=renderer,
            dpi=dpi,
            threads=threads,
            jobs=jobs,
            limits=limits,
        )
        self.options = chosen(single, options)
        self._models = (detector, recognizer)
        lang, threads = self.options.lang, self.options.threads or cores()
        self.detector = load_detector(detector, self.options, threads)
        self.recognizer = load_recognizer(recognizer, self.options, threads)
        self.orienter = load_orienter(lang, threads) if self.options.orient else None
        self._skewed = SKEWED if self.options.deskew else math.inf
        self._clean = Cleaner(self.options.enhance, threads)
        self._photographs = Photographs(self.options.photo, self.detector, self.orienter, threads)
        tesseract = TesseractFallback(lang, threads)
        self._lines = LineReader(self.detector, self.recognizer, self.orienter, tesseract, self.options)

    @property
    def engine(self) -> Engine:
        """The names of the models."""
        return Engine(self.detector.name, self.recognizer.name)

    def read(
        self,
        input: Input | Source,
        *,
        pages: Pages = None,
        password: str | None = None,
        dpi: float | None = None,
    ) -> Document:
        """Read a document.

        Args:
            input: a path, ``"-"`` for stdin, the bytes of a file, a binary file object, a PIL image, or an array:
                (H, W) grey, (H, W, 3) RGB or (H, W, 4) RGBA of uint8, bool or uint16.
            pages: the pages to read, from 1: ``"1,3-5,8-"``, a number or a list of numbers; all when left out.
            password: of an encrypted PDF.
            dpi: rendering resolution of PDF pages that are not a single scanned image; that of the reader when left
                out.

        Returns:
            The pages in order. One that cannot be read is there, empty, with its ``error`` set.

        Raises:
            InputError: the input cannot be opened, or is a single picture that cannot be read.
            EncryptedError: the PDF needs a password, or the password is wrong.
            UsageError: an argument of the wrong type, or pages that the input does not have.
        """
        with self._opened(input, pages, password, dpi) as source:
            single = source.kind == "image" and source.page_count == 1
            read = (self._single(source),) if single else tuple(self.pages(source))
            return Document(source.name, self.engine, read, source.original)

    def pages(
        self,
        input: Input | Source,
        *,
        pages: Pages = None,
        password: str | None = None,
        dpi: float | None = None,
    ) -> Iterator[Page]:
        """Read a document page by page: each page is yielded before the next one is decoded.

        Args:
            input: see :meth:`read`; an open source stays open.
            pages: see :meth:`read`.
            password: see :meth:`read`.
            dpi: see :meth:`read`.

        Raises:
            InputError: the input cannot be opened.
            EncryptedError: the PDF needs a password, or the password is wrong.
            UsageError: an argument of the wrong type, or pages that the input does not have.
        """
        with self._opened(input, pages, password, dpi) as source:
            yield from source.crew.pages(source) if source.crew else (self.page(source, n) for n in source.numbers)

    @contextmanager
    def _opened(self, input: Input | Source, pages: Pages, password: str | None, dpi: float | None) -> Iterator[Source]:
        """The input as a source; one that is open already is left open."""
        if isinstance(input, Source) and (pages, password, dpi) != (None, None, None):
            raise UsageError("pages, password and dpi of an open source are given to open_source")
        settings: dict[str, Any] = {"pages": pages, "password": password, "renderer": self.options.renderer}
        settings["dpi"] = self.options.dpi if dpi is None else dpi
        if self.options.apart and not (isinstance(input, Source) and input.opening is None):
            with opened_apart(self.options, self._models, input, settings) as source:
                yield source
        elif isinstance(input, Source):
            yield input
        else:
            with open_source(input, **settings) as source:
                yield source

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the settings; the copy loads the models again.

        Raises:
            UsageError: the reader was given a detector or recogniser that cannot be pickled.
        """
        for model in self._models:
            try:
                pickle.dumps(model)
            except Exception as error:  # every object fails in its own way
                raise UsageError(
                    f"this reader cannot be pickled, because its {type(model).__name__} cannot ({error}); "
                    "give models by name or path, or make a reader in each process"
                ) from error
        detector, recognizer = self._models
        return partial(Reader, options=self.options, detector=detector, recognizer=recognizer), ()

    def read_page(self, image: PageImage) -> Page:
        """One decoded page."""
        return self._stages(image, Clock(StepName.ENHANCE))

    def pictures(self, image: PageImage) -> dict[str, NDArray[np.uint8]]:
        """Pixels of a page as ``decoded``, and as ``cleaned`` and stood ``upright`` where that changes something.

        Of a photograph, the sheets that were taken out: ``sheet-1``, ``sheet-2``.
        """
        if sheets := self._photographs.sheets(image):
            return {"decoded": image.pixels} | {f"sheet-{k}": sheet.pixels for k, sheet in enumerate(sheets, 1)}
        cleaned, steps = self._clean(image.pixels)
        page = stand_up(cleaned, self.detector(cleaned), self.detector, self.orienter, self._skewed)
        changed = {"cleaned": (cleaned, steps), "upright": (page.pixels, page.steps)}
        return {"decoded": image.pixels} | {name: pixels for name, (pixels, done) in changed.items() if done}

    def read_lines(self, lines: Sequence[NDArray[np.uint8]]) -> list[Reading]:
        """Upright (H, W) grey images of one line each, recognised and transcribed."""
        return self._lines.read_lines(lines)

    def _stages(self, image: PageImage, clock: Clock) -> Page:
        if image.uniform:
            return image.unread()
        clock.start(StepName.CORNERS)
        return self._photographs.read(image, partial(self._flat, clock=clock))

    def _flat(self, image: PageImage, clock: Clock) -> Page:
        clock.start(StepName.ENHANCE)
        pixels, enhanced = self._clean(image.pixels)
        clock.start(StepName.DETECT)
        regions = self.detector(pixels)
        clock.start(StepName.UPRIGHT)
        page = stand_up(pixels, regions, self.detector, self.orienter, self._skewed)
        read = self._lines(page, clock, image.pixels if enhanced and page.matrix == IDENTITY else None)
        if self.orienter and read.may_lie_wrong:
            others = (self._lines(other, clock) for other in other_ways(pixels, page, self.detector))
            read = max(filter(read.clearer, others), key=lambda other: other.clearness, default=read)
        if read.back_contrast:
            read = read_without_back(read, self.detector, partial(self._lines, clock=clock))
        read = read.without_foreign(self.options.lang)
        page, lines = read.page, read.lines
        warnings = read.all_warnings(image.number, self.options.lang, lines)
        rules = rules_between([line.box for line in lines], page.pixels)
        blocks = lay_out(lines, page.pixels.shape[1], page.pixels.shape[0], rules, read.ruled.grids)
        text = page_text(blocks)
        if page.steps:
            blocks = tuple(block.transformed(invert(page.matrix)) for block in blocks)
        clock.stop()
        height, width = image.pixels.shape[:2]
        return Page(
            image.number, width, height, image.dpi, blocks, page.rotation,
            skew=page.skew + skew_of(line.box for line in lines),
            seconds=clock.total,
            steps=(*image.steps, *enhanced, *page.steps, *read.steps, Step(StepName.TIME, dict(clock.seconds))),
            text=text, language=language_of(text, self.options.lang), matrix=image.matrix, warnings=warnings,
        )  # fmt: skip

    def page(self, source: Source, number: int) -> Page:
        """One page of an open source; one that fails comes back empty with its error."""
        clock = Clock(StepName.DECODE)
        try:
            return self._read(source, number, clock)
        except (DependencyError, UsageError):
            raise
        except Exception as error:  # a damaged page may raise anything in a library; the other pages are still read
            failure = PageError(described(error, source.name, number), type(error).__name__, clock.running, number)
            return Page(number, 0, 0, 0.0, seconds=clock.total, error=failure, warnings=source.warnings_of(number))

    def _single(self, source: Source) -> Page:
        """The only picture of a source.

        Raises:
            InputError: it cannot be read.
        """
        if source.crew:
            [page] = source.crew.pages(source)
            if page.error and not page.width:
                raise InputError(page.error.message)
            return page
        try:
            return self._read(source, 1, Clock(StepName.DECODE))
        except OcrError:
            raise
        except Exception as error:  # a damaged picture may raise anything in a library
            raise InputError(described(error, source.name, 1)) from error

    def _read(self, source: Source, number: int, clock: Clock) -> Page:
        page = read_around(source, number, self.options.mode, partial(self._read_image, clock=clock, name=source.name))
        return replace(page, warnings=(*source.warnings_of(number), *page.warnings))

    def _read_image(self, image: PageImage, clock: Clock, name: str) -> Page:
        page = self._stages(image, clock)
        warnings = (*image.warnings, *page.warnings)
        if any(step.name is StepName.REDUCED for step in image.steps):
            warnings += (f"{name}: page {image.number} is very large and was read at {page.dpi:.0f} dpi",)
        error = PageError(image.damage, "InputError", StepName.DECODE, image.number) if image.damage else None
        return replace(page, warnings=warnings, error=error)
