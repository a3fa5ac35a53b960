"""The plug-in in the real OCRmyPDF."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ocrmypdf
import pikepdf
import pytest
from ocr_for_ocrmypdf import Engine
from ocrmypdf.exceptions import BadArgsError, InputFileError, MissingDependencyError
from ocrmypdf.models.ocr_element import OcrClass
from pdfminer.high_level import extract_pages, extract_text
from pdfminer.layout import LAParams, LTTextBox
from PIL import Image
from rapidfuzz import fuzz

import ocr
from ocr import reading

SAMPLES = Path(__file__).parents[3] / "samples"
ENGLISH = SimpleNamespace(languages=["eng"], ocr_engine="ocr")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first page of the sample scan as a picture."""
    path = tmp_path_factory.mktemp("page") / "page.png"
    with ocr.open_source(SAMPLES / "scan.pdf") as source:
        Image.fromarray(source.page(1).pixels).save(path, dpi=(300, 300))
    return path


def run(source: Path, target: Path, **options: Any) -> ocrmypdf.ExitCode:
    """OCRmyPDF in this process, with threads as paperless-ngx runs it."""
    settings: dict[str, Any] = {"ocr_engine": "ocr", "output_type": "pdf", "use_threads": True, "progress_bar": False}
    return ocrmypdf.ocr(source, target, **settings | options)


def test_command(tmp_path: Path) -> None:
    """Workers in processes: all pages, in order, in the PDF and in the sidecar; the metadata names the engine."""
    target, sidecar = tmp_path / "out.pdf", tmp_path / "out.txt"
    command = [sys.executable, "-m", "ocrmypdf", "--ocr-engine", "ocr", "-j", "2", "--output-type", "pdf"]
    subprocess.run([*command, "--sidecar", sidecar, SAMPLES / "scan.pdf", target], check=True, capture_output=True)
    pages = extract_text(target).split("\f")[:-1]
    texts = sidecar.read_text("utf-8").split("\f")
    expected = ocr.read(SAMPLES / "scan.pdf")
    assert len(pages) == len(texts) == len(expected) == 3
    for found, text, page in zip(pages, texts, expected, strict=True):
        # OCRmyPDF renders the page anew, so that a character in a thousand may be read otherwise.
        assert fuzz.ratio(text.split(), page.text.split()) > 98
        assert fuzz.ratio(found.split(), text.split()) > 98
    with pikepdf.open(target) as pdf:
        assert f"ocr {ocr.__version__}" in str(pdf.docinfo["/Creator"])


def test_words_are_where_they_are_printed(tmp_path: Path) -> None:
    target = tmp_path / "out.pdf"
    run(SAMPLES / "scan.pdf", target, pages="1")
    wanted = next(line for line in ocr.read(SAMPLES / "scan.pdf", pages=1)[0].lines if "demurest" in line.text)
    [layer, *_] = next(iter(extract_pages(target, laparams=LAParams(all_texts=True))))  # a form
    lines = [line for box in layer if isinstance(box, LTTextBox) for line in box]
    found = next(line for line in lines if "demurest" in line.get_text())
    left, _, right, bottom = (value * 72 / 300 for value in wanted.box.hull)
    assert found.x0 == pytest.approx(left, abs=4)
    assert found.x1 == pytest.approx(right, abs=8)  # a space follows each line
    assert layer.height - found.y0 == pytest.approx(bottom, abs=4)


def test_not_asked_for(tmp_path: Path) -> None:
    """Without its name, OCRmyPDF reads as ever."""
    run(SAMPLES / "scan.pdf", tmp_path / "out.pdf", ocr_engine="auto", pages="1")
    with pikepdf.open(tmp_path / "out.pdf") as pdf:
        assert "Tesseract" in str(pdf.docinfo["/Creator"])


def test_help_names_it() -> None:
    text = subprocess.run(
        [sys.executable, "-m", "ocrmypdf", "--help"], check=True, capture_output=True, text=True
    ).stdout
    assert "reads with ocr" in " ".join(text.split())


@pytest.mark.parametrize("language", ["tlh", "eng+tlh"])
def test_language_that_is_not_known(tmp_path: Path, language: str) -> None:
    with pytest.raises(BadArgsError, match="there is no language 'tlh'"):
        run(SAMPLES / "scan.pdf", tmp_path / "out.pdf", language=language)
    assert not list(tmp_path.iterdir())


def test_missing_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(options: ocr.Options) -> None:
        raise ocr.DependencyError("models/manifest.json is missing")

    monkeypatch.setattr(ocr, "shared_reader", missing)
    with pytest.raises(MissingDependencyError, match=r"manifest\.json"):
        run(SAMPLES / "scan.pdf", tmp_path / "out.pdf")


def test_languages_together(tmp_path: Path) -> None:
    run(SAMPLES / "scan.pdf", tmp_path / "out.pdf", language="deu+fra", pages="1")
    assert "Sweet children" in extract_text(tmp_path / "out.pdf")


def test_models_are_loaded_once(tmp_path: Path) -> None:
    """Three pages in two threads, and one more document, share one reader."""
    reading._readers.clear()
    run(SAMPLES / "scan.pdf", tmp_path / "out.pdf", jobs=2)
    run(SAMPLES / "scan.pdf", tmp_path / "again.pdf", jobs=2, pages="2")
    assert len(reading._readers) == 1


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_pages_are_turned(page: Path, tmp_path: Path, degrees: int) -> None:
    turned = tmp_path / "turned.png"
    Image.open(page).rotate(-degrees, expand=True).save(turned, dpi=(300, 300))
    found = Engine.get_orientation(turned, ENGLISH)
    assert (found.angle, found.confidence > 14) == (degrees, True)
    run(turned, tmp_path / "out.pdf", rotate_pages=True)
    with pikepdf.open(tmp_path / "out.pdf") as pdf:
        assert int(pdf.pages[0].get("/Rotate", 0)) == 360 - degrees
    assert "Sweet children of demurest air" in extract_text(tmp_path / "out.pdf")


def test_turned_page_is_searchable_as_it_is(page: Path, tmp_path: Path) -> None:
    """Without --rotate-pages the page stays turned, and its text is found all the same."""
    turned = tmp_path / "turned.png"
    Image.open(page).rotate(90, expand=True).save(turned, dpi=(300, 300))
    run(turned, tmp_path / "out.pdf")
    assert subprocess.run(
        ["pdftotext", tmp_path / "out.pdf", "-"], check=True, capture_output=True, text=True
    ).stdout.count("Sweet children")


def test_upright_page_stays(page: Path) -> None:
    assert Engine.get_orientation(page, ENGLISH).angle == 0


@pytest.mark.parametrize("degrees", [-3.0, 2.0])
def test_skew(page: Path, tmp_path: Path, degrees: float) -> None:
    skewed = tmp_path / "skewed.png"
    Image.open(page).convert("L").rotate(-degrees, expand=True, fillcolor=255).save(skewed)
    assert Engine.get_deskew(skewed, ENGLISH) == pytest.approx(degrees, abs=0.3)


def test_tree(page: Path) -> None:
    tree, text = Engine.generate_ocr(page, ENGLISH, 4)
    assert (tree.ocr_class, tree.page_number, tree.dpi) == (OcrClass.PAGE, 4, pytest.approx(300, abs=1))
    assert text.startswith("THE CHILD OF THE\n")
    [expected] = ocr.read(page)
    assert [word.text for word in tree.words] == [word.text for word in expected.words]
    assert [word.confidence for word in tree.words] == [word.confidence for word in expected.words]
    assert [line.confidence for line in tree.lines] == [line.confidence for line in expected.lines]
    assert all(line.baseline and line.baseline.intercept < 0 for line in tree.lines)


def test_sandwich(page: Path, tmp_path: Path) -> None:
    """The text-only PDF has the size of the image and nothing that is seen."""
    Engine.generate_pdf(page, tmp_path / "text.pdf", tmp_path / "text.txt", ENGLISH)
    with pikepdf.open(tmp_path / "text.pdf") as pdf, Image.open(page) as image:
        box = [float(value) for value in pdf.pages[0].mediabox]
        assert box[2:] == pytest.approx([image.width * 72 / 300, image.height * 72 / 300], abs=0.5)
        assert "/XObject" not in pdf.pages[0].Resources
        assert b"3 Tr" in pdf.pages[0].Contents.read_bytes()
    run(SAMPLES / "scan.pdf", tmp_path / "out.pdf", pdf_renderer="sandwich", pages="1")
    assert "Sweet children of demurest air" in extract_text(tmp_path / "out.pdf")


def test_hocr(page: Path, tmp_path: Path) -> None:
    Engine.generate_hocr(page, tmp_path / "page.hocr", tmp_path / "page.txt", ENGLISH)
    assert "x_wconf" in (tmp_path / "page.hocr").read_text("utf-8")
    assert (tmp_path / "page.txt").read_text("utf-8").startswith("THE CHILD")


def test_blank_page(tmp_path: Path) -> None:
    blank = tmp_path / "blank.png"
    Image.new("L", (850, 1100), 255).save(blank, dpi=(100, 100))
    run(blank, tmp_path / "out.pdf")
    assert not extract_text(tmp_path / "out.pdf").strip()


def test_page_that_cannot_be_read(page: Path, tmp_path: Path) -> None:
    """The run ends and says which file; no page is left out."""
    damaged = tmp_path / "damaged.png"
    damaged.write_bytes(page.read_bytes()[:4000])
    for read in (Engine.generate_ocr, Engine.get_orientation, Engine.get_deskew):
        with pytest.raises(InputFileError, match=r"damaged\.png"):
            read(damaged, ENGLISH)


def test_warnings_reach_the_log(page: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    read = ocr.Reader.read

    def warned(self: ocr.Reader, *args: Any, **settings: Any) -> ocr.Document:
        document = read(self, *args, **settings)
        return replace(document, pages=(replace(document[0], warnings=("the page is very large",)),))

    monkeypatch.setattr(ocr.Reader, "read", warned)
    with caplog.at_level("WARNING"):
        Engine.generate_ocr(page, ENGLISH)
    assert "the page is very large" in caplog.text
