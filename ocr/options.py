"""Options: everything a reader can be told, parsed once; an unknown key raises."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from ocr.errors import UsageError

__all__ = ["LANGUAGES", "Options"]

LANGUAGES = ("en", "zh", "auto")
RENDERERS = ("pdfium", "poppler")
DECODERS = ("lm", "greedy", "beam")
QUALITIES = ("auto", "fast", "best")
FALLBACKS = ("auto", "never")
ENHANCEMENTS = ("auto", "whiten", "none")


@dataclass(frozen=True, slots=True)
class Options:
    """How to read.

    Attributes:
        lang: language of the text, which chooses the recogniser: ``en``, ``zh`` (simplified Chinese with Latin on the
            same line), or ``auto``, line by line.
        renderer: ``pdfium``, or ``poppler`` through pdf2image.
        dpi: resolution at which PDF pages without a full-page image are rendered.
        pages: page ranges such as ``1,3-5,8-``; empty means all.
        password: for encrypted PDFs.
        decoder: ``lm`` (a language model settles what is in doubt), ``greedy`` (the picture alone) or ``beam`` (CTC
            prefix beam search without a language model).
        quality: ``fast`` reads with the small recogniser, ``best`` with the large one, ``auto`` with the small one and
            once more with the large one what that is unsure of.
        enhance: what is read of a page: ``auto`` evens out its ground where that is uneven (shadows, stains),
            ``whiten`` reads every page as ``ocr.enhance`` whitens it, ``none`` as it is. What is kept is the original.
        orient: turn pages that lie on their side or upside down, where that is sure.
        deskew: make skewed pages straight before they are read.
        fallback: ``auto`` sends unsure lines to Tesseract where it is installed, ``never`` does not.
        fallback_threshold: lines under this calibrated confidence are unsure.
        threads: CPU threads for one page; 0 means all cores.
    """

    lang: str = "en"
    renderer: str = "pdfium"
    dpi: float = 300.0
    pages: str = ""
    password: str = ""
    decoder: str = "lm"
    quality: str = "auto"
    enhance: str = "auto"
    orient: bool = True
    deskew: bool = True
    fallback: str = "auto"
    fallback_threshold: float = 0.1
    threads: int = 0

    def __post_init__(self) -> None:
        _one_of("lang", self.lang, LANGUAGES)
        _one_of("renderer", self.renderer, RENDERERS)
        _one_of("decoder", self.decoder, DECODERS)
        _one_of("quality", self.quality, QUALITIES)
        _one_of("enhance", self.enhance, ENHANCEMENTS)
        _one_of("fallback", self.fallback, FALLBACKS)
        if not 0.0 <= self.fallback_threshold <= 1.0:
            raise UsageError(f"fallback_threshold is a probability from 0 to 1, not {self.fallback_threshold}")
        if not 36 <= self.dpi <= 2400:
            raise UsageError(f"dpi must be from 36 to 2400, not {self.dpi}")
        if self.threads < 0:
            raise UsageError(f"threads must be 0 (all cores) or more, not {self.threads}")

    def with_(self, **changes: Any) -> Options:
        """A copy with some options changed.

        Raises:
            UsageError: an option of that name does not exist.
        """
        known = {f.name for f in fields(self)}
        for key in changes:
            if key not in known:
                raise UsageError(f"there is no option {key!r}; the options are {', '.join(sorted(known))}")
        return replace(self, **changes)


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise UsageError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
