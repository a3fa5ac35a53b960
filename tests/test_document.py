"""The result tree: length, index, representation, errors, JSON and files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image

import ocr
from ocr.document import Block, Document, Engine, Line, Page, PageError, Quad, StepName, Word
from tests.conftest import PdfMaker, encrypted

BOX = Quad.rect(10, 10, 60, 30)
LINE = Line("two words", 0.9, BOX, (Word("two", 0.95, BOX), Word("words", 0.9, BOX)), "fake")
FAILED = Page(2, 0, 0, 0.0, error=PageError("a.pdf: page 2: damaged", "InputError", StepName.DECODE, 2))


def page(number: int = 1) -> Page:
    matrix = (0.24, 0.0, 0.0, -0.24, 0.0, 72.0)
    return Page(number, 300, 300, 300.0, (Block("par", BOX, (LINE,)),), text=LINE.text, matrix=matrix)


def document(source: str = "a.pdf", original: Path | bytes | None = None) -> Document:
    return Document(source, Engine("detect", "crnn"), (page(), FAILED), original)


def test_a_document_is_a_sequence_of_pages() -> None:
    whole = document()
    assert len(whole) == 2
    assert whole[0] is whole.pages[0]
    assert whole[-1] is FAILED
    assert whole[:1] == (page(),)
    assert list(whole) == list(whole.pages)
    with pytest.raises(IndexError):
        whole[2]


def test_representations_are_short() -> None:
    assert repr(document()) == "Document('a.pdf', pages=2, lines=1, errors=1)"
    assert repr(page()) == "Page(number=1, width=300, height=300, dpi=300, lines=1)"
    assert repr(FAILED) == "Page(number=2, width=0, height=0, dpi=0, error='a.pdf: page 2: damaged')"
    assert "secret" not in repr(document(original=b"secret bytes"))


def test_errors_are_those_of_the_pages() -> None:
    assert document().errors == (FAILED.error,)
    assert Document("a.pdf", Engine(), (page(),)).errors == ()


def test_json_says_what_went_wrong() -> None:
    record = json.loads(json.dumps(document().to_json()))
    assert (record["schema"], record["source"]) == (1, "a.pdf")
    assert record["engine"] == {"detector": "detect", "recognizer": "crnn"}
    good, bad = record["pages"]
    assert good["blocks"][0]["lines"][0]["words"][1]["text"] == "words"
    assert "error" not in good and "warnings" not in good
    assert bad["error"] == {"message": "a.pdf: page 2: damaged", "kind": "InputError", "step": "decode"}


@pytest.mark.parametrize("suffix", ["txt", "json", "jsonl", "hocr"])
def test_text_formats_need_no_original(tmp_path: Path, suffix: str) -> None:
    target = tmp_path / f"out.{suffix}"
    document("<array>").save(target)
    assert LINE.text in target.read_text() or "words</span>" in target.read_text()


def test_the_format_may_be_named(tmp_path: Path) -> None:
    document().save(tmp_path / "out", "json")
    assert json.loads((tmp_path / "out").read_text()) == document().to_json()
    with pytest.raises(ocr.UsageError, match="odt"):
        document().save(tmp_path / "out", "odt")
    for wrong in (None, 3, b"out.txt"):
        with pytest.raises(ocr.UsageError, match="name of the output"):
            document().save(wrong)  # type: ignore[arg-type]
    with pytest.raises(ocr.OutputError, match="none"):
        document().save(tmp_path / "none" / "out.txt")


def test_a_pdf_is_made_from_the_original(tmp_path: Path, make_pdf: PdfMaker) -> None:
    pdf = make_pdf(np.full((300, 300), 255, np.uint8), pages=2)
    (tmp_path / "in.pdf").write_bytes(pdf)
    for original in (pdf, tmp_path / "in.pdf"):
        document(original=original).save(tmp_path / "out.pdf")
        with pikepdf.open(tmp_path / "out.pdf") as written:
            assert "/OcrGlyphless" in str(written.pages[0].Resources.Font.values())


def test_a_pdf_of_a_picture_in_memory_needs_it_again(tmp_path: Path) -> None:
    whole = Document("<image>", Engine(), (page(),))
    with pytest.raises(ocr.UsageError, match="source=picture"):
        whole.save(tmp_path / "out.pdf")
    assert not list(tmp_path.iterdir())
    whole.save(tmp_path / "out.pdf", source=Image.new("L", (300, 300), 255))
    assert (tmp_path / "out.pdf").read_bytes().startswith(b"%PDF-")


def test_a_pdf_of_an_encrypted_original_needs_the_password(tmp_path: Path, make_pdf: PdfMaker) -> None:
    locked = encrypted(make_pdf(np.full((300, 300), 255, np.uint8), pages=2), "sesame")
    with pytest.raises(ocr.EncryptedError, match="password"):
        document(original=locked).save(tmp_path / "out.pdf")
    document(original=locked).save(tmp_path / "out.pdf", password="sesame")
    assert (tmp_path / "out.pdf").is_file()


def test_confidence_is_weighted_by_length() -> None:
    box = Quad.rect(0, 0, 9, 9)
    lines = (Line("abcdefgh", 1.0, box), Line("ij", 0.5, box))
    page = Page(1, 10, 10, 300.0, (Block("par", box, lines),))
    assert page.confidence == pytest.approx(0.9)
    assert Page(1, 10, 10, 300.0).confidence is None


@pytest.mark.parametrize("format", ["txt", "md", "json", "hocr", "alto"])
def test_bytes_are_those_of_the_file(tmp_path: Path, format: str) -> None:
    document = Document("a.png", Engine(), (Page(1, 10, 10, 300.0, text="hi"),))
    document.save(tmp_path / "file", format)
    assert document.to_bytes(format) == (tmp_path / "file").read_bytes()


def test_a_pdf_has_no_bytes_without_its_original() -> None:
    with pytest.raises(ocr.UsageError, match=r"a\.png: a PDF is made from the original"):
        Document("a.png", Engine(), ()).to_bytes("pdf")
    with pytest.raises(ocr.UsageError, match="unknown output format 'odt'"):
        Document("a.png", Engine(), ()).to_bytes("odt")
