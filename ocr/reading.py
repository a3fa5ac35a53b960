"""Reading one document in one call."""

from __future__ import annotations

from pathlib import Path

from ocr.detect import Detector
from ocr.document import Document
from ocr.options import Limits, Options
from ocr.pipeline import Reader
from ocr.recognize import LineRecognizer
from ocr.source import Input, Pages, Source

__all__ = ["read"]


def read(
    input: Input | Source,
    lang: str = "en",
    *,
    pages: Pages = None,
    password: str | None = None,
    dpi: float | None = None,
    detector: str | Path | Detector | None = None,
    recognizer: str | Path | LineRecognizer | None = None,
    quality: str = "auto",
    decoder: str = "lm",
    enhance: str = "auto",
    orient: bool = True,
    deskew: bool = True,
    transcription: str = "clean",
    fallback: str = "auto",
    fallback_threshold: float = 0.1,
    mode: str = "skip",
    renderer: str = "pdfium",
    threads: int = 0,
    jobs: int = 1,
    limits: Limits | None = None,
    options: Options | None = None,
) -> Document:
    """Read one document. To read many, make one :class:`Reader` and keep it: it loads the models once.

    Args:
        input: see :meth:`Reader.read`.
        lang: language of the text; see :class:`Reader`.
        pages: the pages to read, from 1: ``"1,3-5,8-"``, a number or a list of numbers; all when left out.
        password: of an encrypted PDF.
        dpi: rendering resolution of PDF pages that are not a single scanned image; 300 when left out.
        detector: see :class:`Reader`, as for all that follow.
        recognizer: see :class:`Reader`.
        quality: see :class:`Reader`.
        decoder: see :class:`Reader`.
        enhance: see :class:`Reader`.
        orient: see :class:`Reader`.
        deskew: see :class:`Reader`.
        transcription: see :class:`Reader`.
        fallback: see :class:`Reader`.
        fallback_threshold: see :class:`Reader`.
        mode: see :class:`Reader`.
        renderer: see :class:`Reader`.
        threads: see :class:`Reader`.
        jobs: see :class:`Reader`.
        limits: see :class:`Reader`.
        options: see :class:`Reader`.

    Raises:
        InputError: the input cannot be opened, or is a single picture that cannot be read.
        EncryptedError: the PDF needs a password, or the password is wrong.
        UsageError: an argument of the wrong type or outside its range, or pages that the input does not have.
        DependencyError: a model file is missing.

    Example:
        >>> ocr.read("samples/scan.pdf", pages="1-2")
        Document('samples/scan.pdf', pages=2, lines=56)
    """
    reader = Reader(
        lang,
        detector=detector,
        recognizer=recognizer,
        quality=quality,
        decoder=decoder,
        enhance=enhance,
        orient=orient,
        deskew=deskew,
        transcription=transcription,
        fallback=fallback,
        fallback_threshold=fallback_threshold,
        mode=mode,
        renderer=renderer,
        threads=threads,
        jobs=jobs,
        limits=limits,
        options=options,
    )
    return reader.read(input, pages=pages, password=password, dpi=dpi)
