"""OCRmyPDF reads with ``ocr``: ``ocrmypdf --ocr-engine ocr in.pdf out.pdf``.

A plug-in for OCRmyPDF 17 (``ocrmypdf.pluginspec``): it adds ``ocr`` to the choices of ``--ocr-engine`` and answers for
the engine only where that was chosen. Lines and words keep their boxes, baselines and confidence; OCRmyPDF draws the
text layer. Models are loaded once in each worker.
"""

from __future__ import annotations

import logging
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from ocrmypdf import hookimpl
from ocrmypdf.exceptions import BadArgsError, InputFileError, MissingDependencyError
from ocrmypdf.models.ocr_element import Baseline, BoundingBox, OcrClass, OcrElement
from ocrmypdf.pluginspec import OcrEngine, OrientationConfidence

import ocr

__all__ = ["Engine", "add_options", "check_options", "get_ocr_engine"]

NAME = "ocr"
"""What ``--ocr-engine`` calls this engine."""
MOST_CONFIDENT = 15.0
"""What OCRmyPDF takes for a very confident orientation; it turns pages from 14 on."""
AGREED = 0.7
"""Share of a page's lines, by length, that must agree about its skew before the page is straightened."""

log = logging.getLogger(__name__)


class Engine(OcrEngine):
    """Reads page images for OCRmyPDF, which reads pages side by side: so each is read with one thread."""

    @staticmethod
    def version() -> str:
        """The version of ``ocr``."""
        return ocr.__version__

    @staticmethod
    def creator_tag(options: Any) -> str:
        """What the PDF's metadata says after OCRmyPDF's own name."""
        return f"ocr {ocr.__version__}"

    def __str__(self) -> str:
        return f"ocr {ocr.__version__}"

    @staticmethod
    def languages(options: Any) -> set[str]:
        """Every code that ``--language`` may have."""
        from ocr.languages import EVERY, LANGUAGES, OTHERS

        every = {**OTHERS, **LANGUAGES}.values()
        return {*EVERY, *(code for known in every for code in (known.code, *known.others, known.pack))}

    @staticmethod
    def get_orientation(input_file: Path, options: Any) -> OrientationConfidence:
        """By how many degrees, clockwise, the page was turned; OCRmyPDF turns it back by as many."""
        from ocr.page.upright import stand_up

        reader = _reader(options)
        pixels = _pixels(input_file)
        page = stand_up(pixels, reader.detector(pixels), reader.detector, reader.orienter)
        sure = [step.detail["confidence"] for step in page.steps if step.name is ocr.StepName.ORIENT]
        return OrientationConfidence(-page.rotation % 360, MOST_CONFIDENT * (sure[0] if sure else 0.0))

    @staticmethod
    def get_deskew(input_file: Path, options: Any) -> float:
        """Degrees, counter-clockwise, by which the page has to be turned to be straight."""
        from ocr.page.deskew import skew

        degrees, agreed = skew(_reader(options).detector(_pixels(input_file)))
        return degrees if agreed >= AGREED else 0.0

    @staticmethod
    def supports_generate_ocr() -> bool:
        """Yes: no file in between."""
        return True

    @staticmethod
    def generate_ocr(input_file: Path, options: Any, page_number: int = 0) -> tuple[OcrElement, str]:
        """One page: its tree of paragraphs, lines and words, and its text.

        Raises:
            InputFileError: the page image, or a part of it, cannot be read; no page is left out in silence.
        """
        document = _read(input_file, options)
        page = document[0]
        return _page(page, page_number, _dpi(input_file), _language(options)), page.text

    @staticmethod
    def generate_hocr(input_file: Path, output_hocr: Path, output_text: Path, options: Any) -> None:
        """One page as hOCR and text (``ocrmypdf_pdf_to_hocr`` asks for them).

        Raises:
            InputFileError: the page image, or a part of it, cannot be read.
        """
        document = _read(input_file, options)
        document.save(Path(output_hocr), "hocr")
        Path(output_text).write_text(document.text, encoding="utf-8")

    @staticmethod
    def generate_pdf(input_file: Path, output_pdf: Path, output_text: Path, options: Any) -> None:
        """One page as a PDF of invisible text and nothing else, and as text (for ``--pdf-renderer sandwich``).

        Raises:
            InputFileError: the page image, or a part of it, cannot be read.
        """
        import ocrmypdf
        from ocrmypdf.font import MultiFontManager
        from ocrmypdf.fpdf_renderer import Fpdf2PdfRenderer

        tree, text = Engine.generate_ocr(input_file, options)
        fonts = MultiFontManager(Path(ocrmypdf.__file__).parent / "data")
        Fpdf2PdfRenderer(tree, tree.dpi or 72.0, fonts).render(Path(output_pdf))
        Path(output_text).write_text(text, encoding="utf-8")


@hookimpl
def add_options(parser: ArgumentParser) -> None:
    """Let ``--ocr-engine`` take the name of this engine."""
    for action in parser._actions:
        if action.dest == "ocr_engine" and action.choices is not None and NAME not in action.choices:
            action.choices = [*action.choices, NAME]
            action.help = f"{action.help} '{NAME}' reads with ocr {ocr.__version__}."


@hookimpl
def check_options(options: Any) -> None:
    """Load the models, so that what is amiss is said before any page is read, and workers inherit what was imported.

    Raises:
        BadArgsError: a language that ``ocr`` does not know.
        MissingDependencyError: the models are not installed, or have no letters for the language.
    """
    if options.ocr_engine != NAME:
        return
    try:
        _reader(options)
    except ocr.UsageError as error:
        raise BadArgsError(f"--ocr-engine {NAME}, --language {'+'.join(options.languages)}: {error}") from error
    except ocr.DependencyError as error:
        raise MissingDependencyError(str(error)) from error


@hookimpl(tryfirst=True)
def get_ocr_engine(options: Any) -> OcrEngine | None:
    """This engine, where it was asked for by name."""
    return Engine() if getattr(options, "ocr_engine", "auto") == NAME else None


def _options(options: Any) -> ocr.Options:
    """Those of ``ocr``: pages come upright and straight if the user wants them so, and one by one to each worker."""
    return ocr.Options(lang="+".join(options.languages), threads=1)


def _reader(options: Any) -> ocr.Reader:
    return ocr.shared_reader(_options(options))


def _pixels(input_file: Path) -> Any:
    """The page image as an array.

    Raises:
        InputFileError: it cannot be read, or not all of it.
    """
    try:
        with ocr.open_source(input_file) as source:
            image = source.page(1)
    except ocr.InputError as error:
        raise InputFileError(str(error)) from error
    if image.damage:
        raise InputFileError(image.damage)
    return image.pixels


def _read(input_file: Path, options: Any) -> ocr.Document:
    """The page image, read; its warnings go to OCRmyPDF's log, which says the page's number."""
    try:
        document = _reader(options).read(input_file)
    except ocr.InputError as error:
        raise InputFileError(str(error)) from error
    if document.errors:
        raise InputFileError("\n".join(error.message for error in document.errors))
    for warning in document[0].warnings:
        log.warning("%s", warning)
    return document


def _dpi(input_file: Path) -> float | None:
    """The resolution that OCRmyPDF wrote into the page image; it decides the size of the text layer."""
    from PIL import Image

    with Image.open(input_file) as image:
        dpi = image.info.get("dpi")
    return float(dpi[0]) if dpi else None


def _language(options: Any) -> str | None:
    """Tesseract's name of the only language, by which OCRmyPDF chooses fonts."""
    from ocr.languages import languages

    asked = languages("+".join(options.languages))
    return asked.packs if len(asked.codes) + len(asked.others) == 1 else None


def _page(page: ocr.Page, number: int, dpi: float | None, language: str | None) -> OcrElement:
    blocks = [
        OcrElement(OcrClass.PARAGRAPH, _box(block.box), children=[_line(line, language) for line in block.lines])
        for block in page.blocks
    ]
    box = BoundingBox(0, 0, page.width, page.height)
    return OcrElement(OcrClass.PAGE, box, children=blocks, dpi=dpi, page_number=number, language=language)


def _line(line: ocr.Line, language: str | None) -> OcrElement:
    """A line with its baseline; one that is turned has its angle instead, counter-clockwise as in hOCR."""
    from ocr.write.markup import line_baseline, words_of

    turned = abs(line.box.angle) > 45
    left, _, _, bottom = line.box.hull
    base = line_baseline(line)
    return OcrElement(
        OcrClass.LINE,
        _box(line.box),
        confidence=line.confidence,
        children=[_word(word) for word in words_of(line)],
        baseline=None if turned else Baseline(base.slope, base.at(left) - bottom),
        textangle=float(round(-line.box.angle) % 360) if turned else None,
        language=language,
    )


def _word(word: ocr.Word) -> OcrElement:
    return OcrElement(OcrClass.WORD, _box(word.box), text=word.text, confidence=word.confidence)


def _box(quad: ocr.Quad) -> BoundingBox:
    return BoundingBox(*quad.hull)
