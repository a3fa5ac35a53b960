"""The functions of pytesseract: a program that imports them from here instead reads with this library.

Outputs have the shapes of pytesseract 0.3.13: the same columns, keys and units. What this library has no counterpart
for is warned about (``UserWarning``), never ignored in silence.

Example:
    >>> from ocr import pytesseract
    >>> pytesseract.image_to_string("samples/receipt.jpg").splitlines()[0]
    '3180303'
"""

from __future__ import annotations

import csv
import io
import os
import shlex
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ocr.document import Engine, Page
from ocr.errors import DependencyError, OcrError, UsageError
from ocr.languages import LANGUAGES, OTHERS, languages
from ocr.options import Limits, Options
from ocr.pipeline import Reader
from ocr.recognize.uncovered import installed_packs
from ocr.source import Source, open_source
from ocr.write import writer_for
from ocr.write.markup import bounds, words_of

__all__ = [
    "Output",
    "TesseractError",
    "TesseractNotFoundError",
    "get_languages",
    "image_to_alto_xml",
    "image_to_boxes",
    "image_to_data",
    "image_to_pdf_or_hocr",
    "image_to_string",
]

Picture = Image.Image | NDArray[Any] | str | os.PathLike[str]

tesseract_cmd = "tesseract"
"""Programs set it to the path of Tesseract, which is not called."""
pytesseract: Any = sys.modules[__name__]
"""For programs that write ``pytesseract.pytesseract.tesseract_cmd = ...``."""

LAYOUTS = ("1", "3", "4", "6", "7", "8", "11", "12")
"""Page segmentation modes whose pictures are read as they are meant: lines are found by themselves."""
LATE = "took longer than"
"""In the message about a process that was stopped."""
ENGINES = ("1", "3")
SCRIPTS: Mapping[str, str] = {
    "script/Latin": "latin",
    "script/HanS": "zh",
    "script/Cyrillic": "ru",
    "script/Greek": "el",
}


class Output:
    """Types of output."""

    BYTES = "bytes"
    DATAFRAME = "data.frame"
    DICT = "dict"
    STRING = "string"


class TesseractError(RuntimeError):
    """A picture that cannot be read.

    Attributes:
        status: exit code that ``ocr read`` would have.
        message: what is wrong.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message


class TesseractNotFoundError(OSError):
    """Never raised: there is no program that could be missing. Programs catch it."""


@dataclass(frozen=True, slots=True)
class Config:
    """What a ``config`` asks for, as far as it can be had: the language, and the dpi of the picture."""

    lang: str = ""
    dpi: float = 0.0


def get_languages(config: str = "") -> list[str]:
    """Tesseract's codes of all languages that can be read, with those that only an installed Tesseract reads."""
    _understood(config)
    packs = {language.pack for language in LANGUAGES.values()}
    with suppress(DependencyError):  # Tesseract need not be installed
        packs |= installed_packs() & {language.pack for language in OTHERS.values()}
    return sorted(packs)


def image_to_string(
    image: Picture,
    lang: str | None = None,
    config: str = "",
    nice: int = 0,
    output_type: str = Output.STRING,
    timeout: float = 0,
) -> Any:
    """The text of a picture; pages are separated by form feeds.

    Args:
        image: a PIL image, an array, or the path of a file.
        lang: Tesseract's codes, such as ``eng`` or ``deu+fra``; English when left out.
        config: options of Tesseract's command line; what cannot be had is warned about.
        nice: is warned about.
        output_type: ``Output.STRING``, ``BYTES``, or ``DICT``: ``{"text": ...}``.
        timeout: seconds; 0 for no limit. Reading then takes place in another process.

    Raises:
        TesseractError: the picture cannot be read, or the language is not known.
        RuntimeError: reading took longer than ``timeout``.
        TypeError: ``image`` or ``output_type`` is of no kind that is known.
    """
    asked = _understood(config, nice)
    with _opened(image, lang, asked, timeout) as (pages, _, _):
        text = "\f".join(map(_text, pages))
    return _given(output_type, {Output.STRING: text, Output.BYTES: text.encode(), Output.DICT: {"text": text}})


def image_to_data(
    image: Picture,
    lang: str | None = None,
    config: str = "",
    nice: int = 0,
    output_type: str = Output.STRING,
    timeout: float = 0,
    pandas_config: Mapping[str, Any] | None = None,
) -> Any:
    """Boxes and confidences of blocks, lines and words, in the twelve columns of Tesseract's TSV.

    Args:
        image: see :func:`image_to_string`, as for all but the last.
        lang: see there.
        config: see there.
        nice: see there.
        output_type: ``Output.STRING``, ``BYTES``, ``DICT`` (a list for each column), or ``DATAFRAME``.
        timeout: see there.
        pandas_config: further arguments of ``pandas.read_csv``.

    Raises:
        TesseractError: see there, as for all errors.
        ImportError: pandas is not installed, and a data frame was asked for.
    """
    table = _written("tsv", image, lang, _understood(config, nice), timeout)
    if output_type == Output.DATAFRAME:
        import pandas

        given = {"quoting": csv.QUOTE_NONE, "sep": "\t", **(pandas_config or {})}
        return pandas.read_csv(io.BytesIO(table), **given)
    text = table.decode()
    return _given(output_type, {Output.STRING: text, Output.BYTES: table, Output.DICT: _columns(text, "\t", 11)})


def image_to_boxes(
    image: Picture,
    lang: str | None = None,
    config: str = "",
    nice: int = 0,
    output_type: str = Output.STRING,
    timeout: float = 0,
) -> Any:
    """Characters and their boxes, one a line: ``char left bottom right top page``, y upwards, pages from 0.

    The arguments and errors are those of :func:`image_to_string`; ``Output.DICT`` gives a list for each column.
    """
    asked = _understood(config, nice)
    with _opened(image, lang, asked, timeout) as (pages, _, _):
        text = "".join(row for number, page in enumerate(pages) for row in _boxes(page, number))
    named = "char left bottom right top page\n" + text
    return _given(output_type, {Output.STRING: text, Output.BYTES: text.encode(), Output.DICT: _columns(named, " ", 0)})


def image_to_pdf_or_hocr(
    image: Picture,
    lang: str | None = None,
    config: str = "",
    nice: int = 0,
    extension: str = "pdf",
    timeout: float = 0,
) -> bytes:
    """A searchable PDF, or hOCR; other arguments and errors are those of :func:`image_to_string`.

    Raises:
        ValueError: ``extension`` is neither ``pdf`` nor ``hocr``.
    """
    if extension not in ("pdf", "hocr"):
        raise ValueError(f"Unsupported extension: {extension}")
    return _written(extension, image, lang, _understood(config, nice), timeout)


def image_to_alto_xml(
    image: Picture, lang: str | None = None, config: str = "", nice: int = 0, timeout: float = 0
) -> bytes:
    """ALTO; arguments and errors are those of :func:`image_to_string`."""
    return _written("alto", image, lang, _understood(config, nice), timeout)


def _text(page: Page) -> str:
    return page.text.replace("\t", " ") + "\n" if page.text else ""


def _written(format: str, image: Picture, lang: str | None, asked: Config, timeout: float) -> bytes:
    out = io.BytesIO()
    with _opened(image, lang, asked, timeout) as (pages, source, engine):
        writer_for(format)(pages, out, source, engine)
    return out.getvalue()


@contextmanager
def _opened(
    image: Picture, lang: str | None, asked: Config, timeout: float
) -> Iterator[tuple[Iterator[Page], Source, Engine]]:
    """The pages of a picture, its source, and the models that read it; errors are those of pytesseract."""
    try:
        reader = _reader(_language(asked.lang or lang or "eng"), timeout)
        with open_source(_input(image, asked.dpi, as_file=timeout > 0)) as source:
            yield _checked(reader.pages(source), timeout), source, reader.engine
    except OcrError as error:
        if timeout and LATE in str(error):
            raise RuntimeError("Tesseract process timeout") from error
        raise TesseractError(int(error.exit_code), str(error)) from error


def _checked(pages: Iterator[Page], timeout: float) -> Iterator[Page]:
    """The same pages, if they could be read."""
    for page in pages:
        if page.error and timeout and LATE in page.error.message:
            raise RuntimeError("Tesseract process timeout")
        if page.error:
            raise TesseractError(2, page.error.message)
        yield page


@lru_cache(2)
def _reader(lang: str, timeout: float) -> Reader:
    limits = Limits(page_seconds=timeout) if timeout else None
    return Reader(options=Options(lang=lang, limits=limits))


def _language(lang: str) -> str:
    """A language as this library names it.

    Raises:
        TesseractError: it is not known.

    Example:
        >>> _language("eng+fra"), _language("script/Latin")
        ('eng+fra', 'latin')
    """
    known = [SCRIPTS.get(part, part) for part in lang.split("+")]
    name = known[0] if len(known) == 1 else "+".join(known)
    try:
        languages(name)
    except UsageError as error:
        raise TesseractError(1, str(error)) from error
    return name


def _input(image: Picture, dpi: float, *, as_file: bool) -> Any:
    """A picture as :func:`ocr.open_source` takes it; as the bytes of a file, if another process has to open it."""
    if isinstance(image, str | os.PathLike):
        return os.fspath(image)
    if isinstance(image, np.ndarray):
        image = Image.fromarray(image)
    if not isinstance(image, Image.Image):
        raise TypeError("Unsupported image object")
    if dpi:
        image = image.copy()
        image.info["dpi"] = (dpi, dpi)
    if not as_file:
        return image
    with open_source(image) as source:  # PNG of any mode, and the same message where there are no pixels
        return source.data()


def _understood(config: str, nice: int = 0) -> Config:
    """What a configuration asks for; the caller of the public function is warned about the rest."""
    if nice:
        warnings.warn("nice has no effect here; start the program with nice(1)", stacklevel=3)
    found = Config()
    words = iter(shlex.split(config))
    for word in words:
        name, _, value = word.partition("=")
        if name in ("-l", "--psm", "--oem", "--dpi", "-c", "--tessdata-dir", "--user-words", "--user-patterns"):
            value = value or next(words, "")
        if name == "-l":
            found = replace(found, lang=value)
        elif name == "--dpi" and value.isdigit():
            found = replace(found, dpi=float(value))
        elif not (name == "--psm" and value in LAYOUTS) and not (name == "--oem" and value in ENGINES):
            shown = f"{name} {value}".strip()
            warnings.warn(f"the Tesseract option {shown} has no effect here; leave it out", stacklevel=3)
    return found


def _given(output_type: str, outputs: Mapping[str, Any]) -> Any:
    if output_type not in outputs:
        raise TypeError(f"output_type must be one of {', '.join(outputs)}, not {output_type!r}")
    return outputs[output_type]


def _columns(table: str, delimiter: str, text: int) -> dict[str, list[Any]]:
    """A list for each column; all but the one of text are whole numbers, as pytesseract makes them."""
    head, *rows = [row.split(delimiter) for row in table.rstrip("\n").split("\n")]
    return {name: [row[i] if i == text else int(float(row[i])) for row in rows] for i, name in enumerate(head)}


def _boxes(page: Page, number: int) -> Iterator[str]:
    for line in page.lines:
        for word in words_of(line):
            left, top, right, bottom = bounds(word.box, page)
            step = (right - left) / max(1, len(word.text))
            for place, text in enumerate(word.text):
                box = (round(left + place * step), top, round(left + (place + 1) * step), bottom)
                if len(word.chars) == len(word.text):
                    box = bounds(word.chars[place].box, page)
                yield f"{text} {box[0]} {page.height - box[3]} {box[2]} {page.height - box[1]} {number}\n"
