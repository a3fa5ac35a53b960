"""What a reader is told: types and ranges are checked, names are spelled out, passwords stay hidden."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import io
import traceback
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ocr
from ocr.options import Options
from ocr.source import parse_pages
from tests.conftest import PdfMaker, encrypted
from tests.installed import needs_poppler
from tests.test_pipeline import HeightRecognizer, StripeDetector, page

SECRET = "open sesame"


def drawn(**settings: Any) -> ocr.Reader:
    return ocr.Reader(detector=StripeDetector(), recognizer=HeightRecognizer(), fallback="never", **settings)


@pytest.mark.parametrize(
    "wrong",
    [
        {"lang": None},
        {"lang": "xx"},
        {"lang": ["en"]},
        {"quality": 2},
        {"quality": ""},
        {"decoder": b"lm"},
        {"enhance": False},
        {"orient": "no"},
        {"deskew": 1},
        {"transcription": "verbatim"},
        {"fallback": None},
        {"fallback_threshold": "0.5"},
        {"fallback_threshold": 1.5},
        {"fallback_threshold": float("nan")},
        {"renderer": "mupdf"},
        {"dpi": "300"},
        {"dpi": True},
        {"dpi": float("nan")},
        {"dpi": 10},
        {"threads": "2"},
        {"threads": 1.5},
        {"threads": -1},
        {"threads": True},
    ],
)
def test_wrong_settings_are_usage_errors_that_name_them(wrong: dict[str, Any]) -> None:
    [name] = wrong
    with pytest.raises(ocr.UsageError, match=f"^{name} must be"):
        Options(**wrong)
    with pytest.raises(ocr.UsageError, match=f"^{name} must be"):
        ocr.Reader(**wrong)
    with pytest.raises(ocr.UsageError, match=f"^{name} must be"):
        ocr.read(page(0), **wrong)


def test_numbers_of_numpy_are_numbers() -> None:
    numbers: dict[str, Any] = {"dpi": np.float32(150), "threads": np.int64(2), "fallback_threshold": np.float64(0.5)}
    assert Options(**numbers) == Options(dpi=150, threads=2, fallback_threshold=0.5)


def test_changed_options_are_checked_too() -> None:
    assert Options().with_(quality="best").quality == "best"
    with pytest.raises(ocr.UsageError, match="there is no option 'qualty'"):
        Options().with_(qualty="best")
    with pytest.raises(ocr.UsageError, match="quality must be"):
        Options().with_(quality="worst")


def test_a_reader_and_read_spell_every_option_out() -> None:
    options = {field.name for field in dataclasses.fields(Options)}
    single = {"detector", "recognizer", "options"}
    call = {"input", "pages", "password", "dpi"}
    assert set(inspect.signature(ocr.Reader).parameters) == options | single
    assert set(inspect.signature(ocr.read).parameters) == options | single | call
    for parameter in (
        *inspect.signature(ocr.Reader).parameters.values(),
        *inspect.signature(ocr.read).parameters.values(),
    ):
        assert parameter.kind is not parameter.VAR_KEYWORD
        if parameter.name in options - {"dpi"}:
            assert parameter.default == getattr(Options(), parameter.name)


def test_options_are_given_together_or_one_by_one() -> None:
    assert ocr.Reader(options=Options(lang="zh", orient=False)).options == Options(lang="zh", orient=False)
    with pytest.raises(ocr.UsageError, match="not both"):
        ocr.Reader("zh", options=Options())
    with pytest.raises(ocr.UsageError, match=r"must be an ocr\.Options, not of type dict"):
        ocr.Reader(options={"lang": "zh"})  # type: ignore[arg-type]


@pytest.mark.parametrize("pages", [3.5, [], [1.0], ["1"], [True], True, {1: 2}, b"1", object()])
def test_pages_that_cannot_be_meant_are_usage_errors(pages: Any) -> None:
    with pytest.raises(ocr.UsageError, match="pages must be"):
        parse_pages(pages, 5)
    with pytest.raises(ocr.UsageError, match="pages must be"):
        drawn().read(page(0), pages=pages)


@pytest.mark.parametrize(
    ("pages", "numbers"),
    [([1, 2], (1, 2)), ((4, 2, 4), (2, 4)), (range(2, 4), (2, 3)), ({5}, (5,)), (3, (3,)), (np.array([1, 5]), (1, 5))],
)
def test_pages_may_be_numbers(pages: Any, numbers: tuple[int, ...]) -> None:
    assert parse_pages(pages, 5) == numbers


@pytest.mark.parametrize("pages", [[0], [6], 6, [1, -1]])
def test_numbers_of_pages_that_are_not_there(pages: Any) -> None:
    with pytest.raises(ocr.UsageError, match="it has 5 pages"):
        parse_pages(pages, 5)


def test_pages_and_resolution_belong_to_the_call(make_pdf: PdfMaker) -> None:
    pdf = make_pdf(page(0), pages=3)
    reader = drawn()
    assert [read.number for read in reader.read(pdf, pages=[1, 3])] == [1, 3]
    assert [read.number for read in reader.pages(pdf, pages="2-")] == [2, 3]
    blank = make_pdf(page(0), content="")
    assert [reader.read(blank, dpi=dpi)[0].dpi for dpi in (None, 72)] == [300, 72]
    with ocr.open_source(pdf, pages=2) as source:
        assert [read.number for read in reader.read(source)] == [2]
        with pytest.raises(ocr.UsageError, match="open_source"):
            reader.read(source, pages=1)


@pytest.mark.parametrize("input", [{"a": 1}, 3, None, ["a.pdf"], object(), io.StringIO("text")])
def test_what_cannot_be_read_is_a_usage_error(input: Any) -> None:
    with pytest.raises(ocr.UsageError, match=r"input must be a path|binary mode"):
        drawn().read(input)


@pytest.mark.parametrize("name", ["dpi", "password", "renderer"])
def test_arguments_of_open_source_are_checked(name: str) -> None:
    wrong: dict[str, Any] = {name: b"300"}
    with pytest.raises(ocr.UsageError, match=f"^{name} must be"):
        ocr.open_source(page(0), **wrong)


def test_paths_and_buffers_are_read(tmp_path: Path, make_pdf: PdfMaker) -> None:
    data = make_pdf(page(0))
    (tmp_path / "a.pdf").write_bytes(data)

    class Located:
        def __fspath__(self) -> str:
            return str(tmp_path / "a.pdf")

    for input in (tmp_path / "a.pdf", str(tmp_path / "a.pdf"), Located(), data, bytearray(data), memoryview(data)):
        assert drawn().read(input).text == "black line"  # type: ignore[arg-type]
    with pytest.raises(ocr.InputError, match="null"):
        drawn().read("a\0b")


def test_a_password_is_nowhere_to_be_seen(tmp_path: Path, make_pdf: PdfMaker) -> None:
    locked = tmp_path / "locked.pdf"
    locked.write_bytes(encrypted(make_pdf(page(0), pages=2), SECRET))
    reader = drawn()
    document = reader.read(locked, password=SECRET)
    assert document.text == "black line\fblack line"
    with ocr.open_source(locked, password=SECRET) as source:
        shown = [repr(source), str(vars(source)), str(source.__dict__)]
        assert source.password == SECRET
    shown += [repr(document), str(document.to_json()), str(dataclasses.asdict(document)), str(copy.copy(vars(reader)))]
    with pytest.raises(ocr.EncryptedError, match="password is wrong") as caught:
        reader.read(locked, password=SECRET + "!")
    shown += ["".join(traceback.format_exception(caught.value)), repr(reader.options)]
    assert not [text for text in shown if SECRET in text]


@needs_poppler
def test_poppler_is_given_no_password(make_pdf: PdfMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    locked = encrypted(make_pdf(page(0), pages=2), SECRET)
    from pdf2image import pdf2image

    commands: list[str] = []
    popen = pdf2image.Popen

    def watched(command: Any, *args: Any, **options: Any) -> Any:
        commands.append(str(command))
        return popen(command, *args, **options)

    monkeypatch.setattr(pdf2image, "Popen", watched)
    with ocr.open_source(locked, password=SECRET, renderer="poppler") as source:
        for number in source.numbers:
            assert source.page(number).pixels.min() == 0
    assert commands and SECRET not in " ".join(commands)
