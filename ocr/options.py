"""How to read: every setting of a reader, checked once. An unknown name or a value that cannot be meant raises."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from numbers import Integral, Real
from typing import Any, TypeGuard

from ocr.errors import UsageError
from ocr.languages import languages

__all__ = [
    "DECODERS",
    "ENHANCEMENTS",
    "FALLBACKS",
    "MODES",
    "OPTIMIZATIONS",
    "PDFA",
    "PHOTOS",
    "QUALITIES",
    "RENDERERS",
    "TRANSCRIPTIONS",
    "Limits",
    "Options",
    "PdfOptions",
    "checked_dpi",
    "checked_lang",
    "checked_threads",
    "chosen",
    "is_number",
    "one_of",
    "true_or_false",
]

RENDERERS = ("pdfium", "poppler")
DECODERS = ("lm", "greedy", "beam")
QUALITIES = ("auto", "tiny", "fast", "best")
TRANSCRIPTIONS = ("clean", "literal")
FALLBACKS = ("auto", "never")
ENHANCEMENTS = ("auto", "whiten", "none")
MODES = ("skip", "redo", "force")
PHOTOS = ("auto", "always", "never")
PDFA = ("1b", "2b", "3b")
OPTIMIZATIONS = (0, 1, 2, 3)
LOWEST_DPI, HIGHEST_DPI = 36, 2400


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one page may take. It needs a process of its own, which is stopped when it takes more.

    Attributes:
        page_seconds: seconds from decoding to the finished page; 0 for no limit.
        memory: bytes of each process; 0 for no limit.
        pixels: of the page as it would be decoded; a page with more is not read. 0 for no limit.

    Raises:
        UsageError: a value of the wrong type, or negative.

    Example:
        >>> Limits(page_seconds=20).memory == 2 << 30
        True
    """

    page_seconds: float = 300.0
    memory: int = 2 << 30
    pixels: int = 0

    def __post_init__(self) -> None:
        if not is_number(self.page_seconds) or not 0 <= self.page_seconds < float("inf"):
            raise UsageError(f"page_seconds must be a number of seconds, 0 or more, not {self.page_seconds!r}")
        for name, unit in (("memory", "bytes"), ("pixels", "pixels")):
            value = getattr(self, name)
            if not isinstance(value, Integral) or isinstance(value, bool) or int(value) < 0:
                raise UsageError(f"{name} must be a whole number of {unit}, 0 or more, not {value!r}")


@dataclass(frozen=True, slots=True)
class Options:
    """How to read. What belongs to one document (its pages, its password) goes to the call that reads it.

    Attributes:
        lang: language of the text: a code of :mod:`ocr.languages` such as ``en``, ``deu`` or ``zh`` (simplified
            Chinese, with Latin text on the same line), several joined by plus signs, ``latin`` for any in Latin
            script, or ``auto``, which chooses between English and Chinese line by line. With ``en``, pages in other
            European languages are recognised by their words.
        quality: recognition model: ``fast`` uses the small one, ``best`` the small and the large one together,
            ``auto`` the small one first and both to re-read lines of low confidence; ``tiny`` reads English with
            compressed models, half a megabyte of detector, recogniser and language model together.
        decoder: how recognised characters become text: ``lm`` lets a language model decide doubtful characters,
            ``greedy`` takes the most likely character at each position, ``beam`` is a CTC prefix beam search without
            a language model.
        enhance: what is read in place of a page: ``auto`` evens out the background where it is uneven (shadows,
            stains), ``whiten`` whitens every page as ``ocr.enhance`` does, ``none`` reads pages as they are. The
            output keeps the original images.
        photo: photographs of pages: ``auto`` takes a page out that lies on something else, restores its proportions and
            flattens it before it is read, ``always`` does so with any page that is found, ``never`` reads pictures as
            they are. Boxes are those of the photograph.
        orient: whether to turn pages that are sideways or upside down, where that is certain enough.
        deskew: whether to straighten skewed pages before they are read.
        transcription: ``clean`` writes what a transcriber would (small capitals as lower case, no thin space before
            punctuation, an old-style 1 that looks like I as a digit), ``literal`` the characters as recognised.
        fallback: ``auto`` re-reads lines of low confidence with Tesseract where it is installed, ``never`` does not.
        fallback_threshold: lines below this calibrated confidence (0..1) are re-read by Tesseract.
        mode: what happens to text that a PDF page has already: ``skip`` keeps it and reads only pictures without text,
            ``redo`` replaces the invisible layer of an OCR program, ``force`` reads every page and replaces all text.
        renderer: PDF rendering engine: ``pdfium``, or ``poppler`` through pdf2image.
        dpi: rendering resolution (36..2400) of PDF pages that are not a single scanned image.
        threads: CPU threads for one page; 0 uses all cores.
        jobs: pages that are read side by side, each in a process of its own with one thread; 0 stands for one a core.
            There are no more than two a core, and than have room in memory.
            With 1, pages are read in this process, one after the other.
        limits: what one page may take. With limits, pages are read in processes of their own also where ``jobs`` is 1;
            with several jobs and None, the limits are those of :class:`Limits`.

    Raises:
        UsageError: a value of the wrong type or outside its range.

    Example:
        >>> Options(lang="zh").with_(quality="best").quality
        'best'
    """

    lang: str = "en"
    quality: str = "auto"
    decoder: str = "lm"
    enhance: str = "auto"
    photo: str = "auto"
    orient: bool = True
    deskew: bool = True
    transcription: str = "clean"
    fallback: str = "auto"
    fallback_threshold: float = 0.1
    mode: str = "skip"
    renderer: str = "pdfium"
    dpi: float = 300.0
    threads: int = 0
    jobs: int = 1
    limits: Limits | None = None

    def __post_init__(self) -> None:
        checked_lang(self.lang)
        one_of("quality", self.quality, QUALITIES)
        one_of("decoder", self.decoder, DECODERS)
        one_of("enhance", self.enhance, ENHANCEMENTS)
        one_of("photo", self.photo, PHOTOS)
        one_of("transcription", self.transcription, TRANSCRIPTIONS)
        one_of("fallback", self.fallback, FALLBACKS)
        one_of("mode", self.mode, MODES)
        one_of("renderer", self.renderer, RENDERERS)
        true_or_false("orient", self.orient)
        true_or_false("deskew", self.deskew)
        if not is_number(self.fallback_threshold) or not 0.0 <= self.fallback_threshold <= 1.0:
            raise UsageError(f"fallback_threshold must be a number from 0 to 1, not {self.fallback_threshold!r}")
        checked_dpi(self.dpi)
        checked_threads(self.threads)
        checked_threads(self.jobs, "jobs")
        if self.limits is not None and not isinstance(self.limits, Limits):
            raise UsageError(f"limits must be an ocr.Limits or None, not of type {type(self.limits).__name__}")

    @property
    def apart(self) -> bool:
        """Whether pages are read in other processes."""
        return self.jobs != 1 or self.limits is not None

    def with_(self, **changes: Any) -> Options:
        """A copy with some options changed.

        Raises:
            UsageError: there is no option of that name, or the value cannot be used.
        """
        known = {f.name for f in fields(self)}
        for key in changes:
            if key not in known:
                raise UsageError(f"there is no option {key!r}; the options are {', '.join(sorted(known))}")
        return replace(self, **changes)


@dataclass(frozen=True, slots=True)
class PdfOptions:
    """What the searchable PDF is like. By default only the text layer is added, and nothing else changes.

    Attributes:
        invalidate_signatures: write a copy of a signed PDF, in which the signatures no longer verify.
        decrypt: write the copy of a protected PDF without protection.
        pdfa: archival standard to keep to: ``1b``, ``2b`` or ``3b``; empty for none.
        optimize: 0 keeps every picture as it is; 1 compresses better without loss; 2 also reduces pictures to the
            colours that they have and encodes JPEG again; 3 separates text from background (mixed raster content).
        jpeg_quality: of pictures that are encoded as JPEG, 1..100.
        deskew: straighten skewed scans in the PDF.
        rotate: show pages upright that were scanned sideways or upside down.
        clean: whiten the background of scans in the PDF.
        title: of the document; None leaves what is there, as for the three that follow.
        author: of the document.
        subject: of the document.
        keywords: of the document, separated by commas.

    Raises:
        UsageError: a value of the wrong type or outside its range.

    Example:
        >>> PdfOptions(optimize=2, title="Minutes").jpeg_quality
        75
    """

    invalidate_signatures: bool = False
    decrypt: bool = False
    pdfa: str = ""
    optimize: int = 0
    jpeg_quality: int = 75
    deskew: bool = False
    rotate: bool = False
    clean: bool = False
    title: str | None = None
    author: str | None = None
    subject: str | None = None
    keywords: str | None = None

    def __post_init__(self) -> None:
        for name in ("invalidate_signatures", "decrypt", "deskew", "rotate", "clean"):
            true_or_false(name, getattr(self, name))
        if self.pdfa:
            one_of("pdfa", self.pdfa, PDFA)
        for name, value, allowed in (
            ("optimize", self.optimize, OPTIMIZATIONS),
            ("jpeg_quality", self.jpeg_quality, range(1, 101)),
        ):
            if not isinstance(value, Integral) or isinstance(value, bool) or value not in allowed:
                raise UsageError(f"{name} must be a whole number from {allowed[0]} to {allowed[-1]}, not {value!r}")
        for name in ("title", "author", "subject", "keywords"):
            value = getattr(self, name)
            if not (value is None or isinstance(value, str)):
                raise UsageError(f"{name} must be a string, not of type {type(value).__name__}")


def chosen(single: Options, together: Options | None) -> Options:
    """The settings given one by one, or those given together.

    Raises:
        UsageError: both were given.
    """
    if together is None:
        return single
    if not isinstance(together, Options):
        raise UsageError(f"options must be an ocr.Options, not of type {type(together).__name__}")
    if single != Options():
        raise UsageError("give settings one by one or as options=, not both; options.with_(...) changes single ones")
    return together


def one_of(name: str, value: object, allowed: tuple[str, ...]) -> None:
    """Check a named choice.

    Raises:
        UsageError: the value is not among the allowed ones.
    """
    if not isinstance(value, str) or value not in allowed:
        raise UsageError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")


def checked_lang(lang: object) -> str:
    """A language, or several, as :func:`ocr.languages.languages` takes them.

    Raises:
        UsageError: there is no such language.
    """
    if not isinstance(lang, str):
        raise UsageError(f"lang must be a language code such as 'en' or 'de+fr', not {lang!r}")
    languages(lang)
    return lang


def checked_dpi(dpi: object) -> float:
    """A resolution at which pages can be rendered.

    Raises:
        UsageError: it is no number, or out of range.
    """
    if not is_number(dpi) or not LOWEST_DPI <= dpi <= HIGHEST_DPI:
        raise UsageError(f"dpi must be a number from {LOWEST_DPI} to {HIGHEST_DPI}, not {dpi!r}")
    return float(dpi)


MOST_THREADS = 1024
"""More would be a slip of the finger: each process loads the models."""


def checked_threads(threads: object, name: str = "threads") -> int:
    """A number of CPU threads, or of jobs; 0 stands for all cores.

    Raises:
        UsageError: it is no whole number, or negative.
    """
    if not isinstance(threads, Integral) or isinstance(threads, bool) or int(threads) < 0:
        raise UsageError(f"{name} must be a whole number, 0 (all cores) or more, not {threads!r}")
    if int(threads) > MOST_THREADS:
        raise UsageError(f"{name} must be {MOST_THREADS} or fewer, not {threads!r}")
    return int(threads)


def true_or_false(name: str, value: object) -> None:
    """Check a switch.

    Raises:
        UsageError: the value is neither True nor False.
    """
    if not isinstance(value, bool):
        raise UsageError(f"{name} must be True or False, not {value!r}")


def is_number(value: object) -> TypeGuard[float]:
    """Whether the value is a real number, of Python or numpy."""
    return isinstance(value, Real) and not isinstance(value, bool)
