"""Reading one document in one call, and the readers that a process shares."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from ocr.detect import Detector
from ocr.document import Document
from ocr.options import Limits, Options, chosen
from ocr.pipeline import Reader
from ocr.recognize import LineRecognizer
from ocr.source import Input, Pages, Source

__all__ = ["read", "shared_reader"]

_readers: dict[Options, Reader] = {}
_loading = threading.Lock()


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
    photo: str = "auto",
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
        photo: see :class:`Reader`.
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
        photo=photo,
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


def shared_reader(options: Options | None = None) -> Reader:
    """The reader that this process has for these options: it is made at the first call, and the same at every other.

    It is for plug-ins and callbacks, which are called for page after page and have no place for a reader of their own.

    Args:
        options: how to read; the default options when left out.

    Raises:
        UsageError: ``options`` are of another type.
        DependencyError: a model file is missing.

    Example:
        >>> ocr.shared_reader(ocr.Options(threads=1)) is ocr.shared_reader(ocr.Options(threads=1))
        True
    """
    wanted = chosen(Options(), options)
    with _loading:
        if wanted not in _readers:
            _readers[wanted] = Reader(options=wanted)
        return _readers[wanted]


def _forked() -> None:
    """In the child of a fork: another thread of the parent may have been loading models, and held the lock."""
    global _loading  # noqa: PLW0603
    _loading = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
