"""The engine in the real docling, whose layout net is replaced by one that sees a page as one text."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from damaged import SAMPLES
from docling.datamodel.accelerator_options import AcceleratorOptions
from docling.datamodel.base_models import Cluster, ConversionStatus, InputFormat, LayoutPrediction, Page
from docling.datamodel.document import ConversionResult
from docling.datamodel.pipeline_options import BaseLayoutOptions, OcrMode, PdfPipelineOptions
from docling.document_converter import DocumentConverter, ImageFormatOption, PdfFormatOption
from docling.exceptions import OcrLanguageNotSupportedError
from docling.models.base_layout_model import BaseLayoutModel
from docling.models.factories import get_layout_factory, get_ocr_factory
from docling_core.types.doc import BoundingBox, CoordOrigin, DocItemLabel
from ocr_for_docling import OcrModel, ReadOptions
from PIL import Image

import ocr
from ocr import reading


class PageOptions(BaseLayoutOptions):
    kind: ClassVar[str] = "page"
    share: float = 1.0
    """Of the page's height, from the top, that is text."""


class PageLayout(BaseLayoutModel):
    def __init__(self, *, options: PageOptions, **settings: Any) -> None:
        self.options = options

    @classmethod
    def get_options_type(cls) -> type[BaseLayoutOptions]:
        return PageOptions

    def predict_layout(self, conv_res: ConversionResult, pages: Sequence[Page]) -> list[LayoutPrediction]:
        predictions = []
        for page in pages:
            width, height = page.size.width, page.size.height * self.options.share
            box = BoundingBox(l=0, t=0, r=width, b=height, coord_origin=CoordOrigin.TOPLEFT)
            text = Cluster(id=0, label=DocItemLabel.TEXT, bbox=box, confidence=1.0, cells=[])
            predictions.append(LayoutPrediction(clusters=[text]))
        return predictions


@pytest.fixture(scope="module", autouse=True)
def layout() -> None:
    get_layout_factory(allow_external_plugins=True).register(PageLayout, "page", __name__)


def converter(options: ReadOptions, share: float = 1.0) -> DocumentConverter:
    pipeline = PdfPipelineOptions(
        allow_external_plugins=True,
        do_table_structure=False,
        layout_options=PageOptions(share=share),
        ocr_options=options,
        generate_parsed_pages=True,
    )
    formats = {
        InputFormat.PDF: PdfFormatOption(pipeline_options=pipeline),
        InputFormat.IMAGE: ImageFormatOption(pipeline_options=pipeline),
    }
    return DocumentConverter(format_options=formats)


def test_entry_point() -> None:
    assert "ocr" in get_ocr_factory(allow_external_plugins=True).registered_kind
    assert get_ocr_factory(allow_external_plugins=True).classes[ReadOptions] is OcrModel


@pytest.mark.parametrize("mode", [OcrMode.DEFAULT, OcrMode.FULL_PAGE, OcrMode.LAYOUT_REGIONS])
def test_scan(mode: OcrMode) -> None:
    result = converter(ReadOptions(mode=mode)).convert(SAMPLES / "scan.pdf")
    assert result.status is ConversionStatus.SUCCESS
    assert len(result.document.pages) == 3
    text = result.document.export_to_markdown()
    assert "Sweet children of demurest air" in text
    assert "ROBIN HOOD AND HIS MERRY MEN" in text
    assert 0.8 < result.confidence.ocr_score <= 1


def test_lines_are_where_they_are_printed() -> None:
    result = converter(ReadOptions()).convert(SAMPLES / "scan.pdf", page_range=(1, 1))
    cell = next(cell for cell in result.pages[0].cells if "demurest" in cell.text)
    line = next(line for line in ocr.read(SAMPLES / "scan.pdf", pages=1)[0].lines if "demurest" in line.text)
    expected = [value * 72 / 300 for value in line.box.hull]
    box = cell.rect.to_bounding_box()
    assert [box.l, box.t, box.r, box.b] == pytest.approx(expected, abs=2)
    assert cell.from_ocr
    assert cell.confidence == pytest.approx(line.confidence, abs=0.2)
    assert abs((cell.rect.angle_360 + 180) % 360 - 180) <= 2


def test_only_what_docling_asks_for_is_read() -> None:
    upper = converter(ReadOptions(), share=0.4).convert(SAMPLES / "scan.pdf", page_range=(1, 1))
    texts = " ".join(cell.text for cell in upper.pages[0].cells)
    assert "HATE" in texts
    assert "1700 adults" not in texts


def test_picture() -> None:
    result = converter(ReadOptions(quality="fast")).convert(SAMPLES / "report.tif")
    assert "November 1978" in result.document.export_to_markdown()


@pytest.mark.parametrize("lang", [["tlh"], ["iso:tlh"], ["deu", "iso:tlh"], ["iso:de-Arab"], ["iso:sr-Latn"]])
def test_language_that_cannot_be_read(lang: list[str]) -> None:
    with pytest.raises(OcrLanguageNotSupportedError, match="ocr has no model for the OCR language"):
        converter(ReadOptions(lang=lang)).initialize_pipeline(InputFormat.PDF)


@pytest.mark.parametrize(
    ("lang", "expected"),
    [([], "en"), (["deu", "fra"], "deu+fra"), (["iso:de-AT"], "de"), (["iso:zh-Hans"], "zh"), (["auto"], "auto")],
)
def test_languages(lang: list[str], expected: str) -> None:
    made = converter(ReadOptions(lang=lang))
    made.initialize_pipeline(InputFormat.PDF)
    [pipeline] = made.initialized_pipelines.values()
    assert pipeline.ocr_model.reader.options.lang == expected


def test_languages_of_tesseract() -> None:
    """They are named also where Tesseract lacks their packs, which the reader then says."""
    options = ReadOptions(lang=["iso:zh-TW", "iso:ja"])
    model = OcrModel(enabled=False, artifacts_path=None, options=options, accelerator_options=AcceleratorOptions())
    assert model.resolve_ocr_languages() == ["zh-hant", "ja"]


def test_page_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Docling reports a partial success, and says which page is missing and why."""
    read = ocr.Reader.read
    seen: list[int] = []

    def failing(self: ocr.Reader, *args: Any, **settings: Any) -> ocr.Document:
        seen.append(1)
        if len(seen) == 2:
            raise ocr.InputError("the picture is damaged")
        return read(self, *args, **settings)

    monkeypatch.setattr(ocr.Reader, "read", failing)
    result = converter(ReadOptions()).convert(SAMPLES / "scan.pdf", raises_on_error=False)
    assert result.status is ConversionStatus.PARTIAL_SUCCESS
    assert any("the picture is damaged" in error.error_message for error in result.errors)


def test_warnings_reach_the_log(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    read = ocr.Reader.read

    def warned(self: ocr.Reader, *args: Any, **settings: Any) -> ocr.Document:
        document = read(self, *args, **settings)
        return replace(document, pages=(replace(document[0], warnings=("the page is very large",)),))

    monkeypatch.setattr(ocr.Reader, "read", warned)
    with caplog.at_level(logging.WARNING):
        converter(ReadOptions()).convert(SAMPLES / "scan.pdf", page_range=(2, 2))
    assert "scan.pdf, page 2: the page is very large" in caplog.text


def test_blank_page(tmp_path: Path) -> None:
    Image.new("L", (850, 1100), 255).save(tmp_path / "blank.png", dpi=(100, 100))
    result = converter(ReadOptions(mode=OcrMode.FULL_PAGE)).convert(tmp_path / "blank.png")
    assert result.status is ConversionStatus.SUCCESS
    assert not result.document.export_to_text().strip()


def test_models_are_loaded_once() -> None:
    reading._readers.clear()
    for _ in range(2):
        converter(ReadOptions()).convert(SAMPLES / "scan.pdf", page_range=(1, 1))
    assert len(reading._readers) == 1
