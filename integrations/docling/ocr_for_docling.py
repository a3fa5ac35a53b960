"""docling reads scans with ``ocr``: a plug-in that adds an OCR engine of the kind ``ocr``.

Each page is read once, as far as docling asks for it; lines keep their corners and their confidence. Models are loaded
once a process.

Example:
    >>> from docling.datamodel.pipeline_options import PdfPipelineOptions
    >>> options = PdfPipelineOptions(allow_external_plugins=True, ocr_options=ReadOptions(lang=["deu", "fra"]))
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from docling.datamodel.accelerator_options import AcceleratorOptions
from docling.datamodel.base_models import Page
from docling.datamodel.document import ConversionResult
from docling.datamodel.pipeline_options import OcrOptions
from docling.exceptions import OcrLanguageNotSupportedError
from docling.models.base_ocr_model import BaseOcrModel
from docling.utils.ocr_language import OcrLanguage, OcrLanguageSupport
from docling.utils.profiling import TimeRecorder
from docling_core.types.doc import BoundingBox, CoordOrigin
from docling_core.types.doc.page import BoundingRectangle, TextCell
from pydantic import Field

import ocr
from ocr.languages import EVERY, LANGUAGES, OTHERS, languages

__all__ = ["OcrModel", "ReadOptions", "ocr_engines"]

MARGIN = 6.0
"""Points around what docling asks for: a line is found more surely with some paper around it."""
SCRIPTS = {"Latn": "Latin", "Cyrl": "Cyrillic", "Grek": "Greek", "Hans": "Han", "Hant": "Han"}
"""ISO 15924 codes of scripts that several languages may be written in, and their names in ``ocr.languages``."""

log = logging.getLogger(__name__)


class ReadOptions(OcrOptions):
    """Options of the engine ``ocr``.

    Attributes:
        lang: codes of ``ocr`` (``["deu", "fra"]``, ``["auto"]``), or BCP-47 tags (``["iso:de"]``); empty for English.
        quality: ``auto``, ``fast`` or ``best``, as in :class:`ocr.Options`.
        scale: resolution of the page images that are read, in multiples of 72 dpi.
    """

    kind: ClassVar[Literal["ocr"]] = "ocr"
    lang: list[str] = Field(default_factory=lambda: ["en"])
    quality: Literal["auto", "fast", "best"] = "auto"
    scale: float = 300 / 72


class OcrModel(BaseOcrModel):
    """The engine: fills in the text cells of pages."""

    multiple_languages = True

    def __init__(
        self,
        *,
        enabled: bool,
        artifacts_path: Path | None,
        options: ReadOptions,
        accelerator_options: AcceleratorOptions,
    ) -> None:
        super().__init__(
            enabled=enabled, artifacts_path=artifacts_path, options=options, accelerator_options=accelerator_options
        )
        self.options: ReadOptions = options
        if enabled:
            lang = "+".join(self.resolve_ocr_languages()) or "en"
            threads = accelerator_options.num_threads
            self.reader = ocr.shared_reader(ocr.Options(lang=lang, quality=options.quality, threads=threads))

    @classmethod
    def get_options_type(cls) -> type[OcrOptions]:
        """The options by which docling finds the engine."""
        return ReadOptions

    def supported_ocr_languages(self) -> OcrLanguageSupport:
        """All languages of ``ocr``."""
        return OcrLanguageSupport(bcp47=[*LANGUAGES, *OTHERS], native=[*EVERY, *LANGUAGES, *OTHERS])

    def map_ocr_language(self, language: OcrLanguage) -> str:
        """The code of ``ocr`` for a language.

        Raises:
            OcrLanguageNotSupportedError: there is none; the message names those that there are.
        """
        code = language.native or language.bcp47_language or ""
        if (code, language.bcp47_script) == ("zh", "Hant"):
            code = "zh-hant"
        try:
            found = languages(code)
        except ocr.UsageError as error:
            raise self._not_supported(language, f"There is no language {code!r}.") from error
        known = [(LANGUAGES | OTHERS)[name].script for name in (*found.codes, *found.others)] or ["Latin"]
        script = SCRIPTS.get(language.bcp47_script or "", "")
        if language.bcp47_script and script != known[0] and {script, known[0]} & set(SCRIPTS.values()):
            raise self._not_supported(language, f"It is read in {known[0]} script.")
        return code

    def _not_supported(self, language: OcrLanguage, detail: str) -> OcrLanguageNotSupportedError:
        return OcrLanguageNotSupportedError(
            "ocr", language.tag(), supported=self.supported_ocr_languages(), detail=detail
        )

    def __call__(self, conv_res: ConversionResult, page_batch: Iterable[Page]) -> Iterable[Page]:
        """Each page, with the lines that were read in the places that docling asks for."""
        for page in page_batch:
            if self.enabled and page._backend is not None and page._backend.is_valid():
                with TimeRecorder(conv_res, "ocr"):
                    wanted = [rect for rect in self.get_ocr_rects(page) if rect.area() > 0]
                    self.post_process_cells(self._cells(conv_res, page, wanted), page, conv_res)
            yield page

    def _cells(self, conv_res: ConversionResult, page: Page, wanted: list[BoundingBox]) -> list[TextCell]:
        """The lines that touch one of the wanted places.

        Raises:
            InputError: the page cannot be read; docling notes it in the errors of a partial success.
        """
        if not wanted:
            return []
        area = _around(wanted, page)
        picture = page._backend.get_page_image(scale=self.options.scale, cropbox=area)
        [read] = self.reader.read(np.asarray(picture.convert("RGB")))
        if read.error:
            raise ocr.InputError(read.error.message)
        for warning in read.warnings:
            log.warning("%s, page %d: %s", conv_res.input.file.name, page.page_no, warning)
        cells = [_cell(index, line, area, self.options.scale) for index, line in enumerate(read.lines)]
        return [cell for cell in cells if _touches(cell, wanted)]


def ocr_engines() -> dict[str, list[Any]]:
    """What docling asks of its plug-ins."""
    return {"ocr_engines": [OcrModel]}


def _around(wanted: list[BoundingBox], page: Page) -> BoundingBox:
    """The box around all of what is wanted, and a margin, on the page."""
    return BoundingBox(
        l=max(0.0, min(box.l for box in wanted) - MARGIN),
        t=max(0.0, min(box.t for box in wanted) - MARGIN),
        r=min(page.size.width, max(box.r for box in wanted) + MARGIN),
        b=min(page.size.height, max(box.b for box in wanted) + MARGIN),
        coord_origin=CoordOrigin.TOPLEFT,
    )


def _cell(index: int, line: ocr.Line, area: BoundingBox, scale: float) -> TextCell:
    """A line as a text cell; docling counts the corners from the lower left one, against the clock."""
    a, b, c, d = ((area.l + x / scale, area.t + y / scale) for x, y in line.box.points)
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = d, c, b, a
    rect = BoundingRectangle(
        r_x0=x0, r_y0=y0, r_x1=x1, r_y1=y1, r_x2=x2, r_y2=y2, r_x3=x3, r_y3=y3, coord_origin=CoordOrigin.TOPLEFT
    )
    return TextCell(index=index, text=line.text, orig=line.text, rect=rect, confidence=line.confidence, from_ocr=True)


def _touches(cell: TextCell, wanted: list[BoundingBox]) -> bool:
    box = cell.rect.to_bounding_box()
    return any(box.intersection_area_with(place) > 0 for place in wanted)
