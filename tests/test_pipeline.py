"""The pipeline with a detector and a recogniser drawn by hand: order, fallback, faults, threads, streaming."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import ocr
from ocr import loading, weights
from ocr.detect import Region
from ocr.document import Page, Quad, StepName
from ocr.errors import DependencyError, InputError, UsageError
from ocr.recognize import Glyph, Reading
from ocr.recognize.crnn import RecognizerSettings
from ocr.recognize.tesseract import TesseractFallback, better
from ocr.source import PageImage, open_source


def reading(text: str, confidence: float, engine: str = "fake-crnn") -> Reading:
    n = max(1, len(text))
    return Reading(tuple(Glyph(c, i / n, (i + 1) / n, confidence) for i, c in enumerate(text)), confidence, engine)


ANSWERS = {0: reading("black line", 0.9), 60: reading("grey line", 0.3), 90: reading("|", 0.01)}
"""What a line of each shade says."""


class StripeDetector:
    """Every run of dark rows is a line."""

    name = "fake-detector"

    def __call__(self, image: NDArray[np.uint8]) -> list[Region]:
        if image.shape[1] == 31:
            raise RuntimeError("unlucky width")
        dark = np.flatnonzero(np.diff(np.pad((image < 128).any(axis=1), 1).astype(int)))
        return [Region(Quad.rect(10, top, image.shape[1] - 10, end), 0.9) for top, end in dark.reshape(-1, 2)]


class HeightRecognizer:
    """Spells how dark a line is."""

    name = "fake-crnn"
    height = 20
    characters = "abc"
    settings = RecognizerSettings(second_below=0.9)

    def __call__(self, lines: Sequence[NDArray[np.uint8]]) -> list[Reading]:
        assert all(line.shape[0] == self.height for line in lines)
        return [ANSWERS.get(int(np.median(line)), reading("", 0.0)) for line in lines]

    def by_itself(self) -> HeightRecognizer:
        return self

    def beside(self, other: object) -> HeightRecognizer:
        return self


def page(*shades: int, width: int = 300) -> NDArray[np.uint8]:
    image = np.full((400, width), 255, np.uint8)
    for i, shade in enumerate(shades):
        image[20 + 50 * i : 50 + 50 * i, 10 : width - 10] = shade
    return image


@pytest.fixture(scope="module")
def models() -> ocr.Reader:
    """The models that ship."""
    return ocr.Reader()


@pytest.fixture
def reader() -> ocr.Reader:
    return ocr.Reader(detector=StripeDetector(), recognizer=HeightRecognizer(), fallback="never")


def test_page_has_its_text_lines_and_times(reader: ocr.Reader) -> None:
    document = reader.read(page(0, 60))
    assert document.text == "black line\ngrey line"
    assert document.engine == ocr.document.Engine("fake-detector", "fake-crnn")
    [result] = document.pages
    assert (result.width, result.height, result.skew) == (300, 400, 0.0)
    assert [line.engine for line in result.lines] == ["fake-crnn", "fake-crnn"]
    assert [word.text for word in result.words] == ["black", "line", "grey", "line"]
    timing = next(step.detail for step in result.steps if step.name == "time")
    assert list(timing) == ["decode", "corners", "enhance", "detect", "upright", "recognise", "fallback", "layout"]
    assert result.seconds >= timing["detect"]


def test_an_uneven_page_is_evened_out_for_reading_alone(reader: ocr.Reader) -> None:
    light = np.linspace(1, 0.3, 400)[:, None]
    shadowed = (page(*[0] * 7) * light).astype(np.uint8)
    [evened] = reader.read(shadowed).pages
    assert len(evened.lines) == 7
    [detail] = [step.detail for step in evened.steps if step.name == "enhance"]
    assert detail["operator"] == "even" and 0.5 < detail["unevenness"] < 0.7
    plain = ocr.Reader(detector=StripeDetector(), recognizer=HeightRecognizer(), fallback="never", enhance="none")
    [shaded] = plain.read(shadowed).pages
    assert len(shaded.lines) < 7 and "enhance" not in [step.name for step in shaded.steps]
    assert "enhance" not in [step.name for step in reader.read(page(0)).pages[0].steps]


def test_whiten_is_for_every_page_and_none_for_other_words() -> None:
    reader = ocr.Reader(detector=StripeDetector(), recognizer=HeightRecognizer(), fallback="never", enhance="whiten")
    [result] = reader.read(page(0)).pages
    assert [step.detail for step in result.steps if step.name == "enhance"] == [{"operator": "whiten"}]
    for shape in ((1, 1), (8, 8, 3), (1, 5000)):
        assert reader.read(np.full(shape, 255, np.uint8)).text == ""
    with pytest.raises(UsageError, match="enhance must be one of auto, whiten, none, not 'white'"):
        ocr.Reader(detector=StripeDetector(), recognizer=HeightRecognizer(), enhance="white")


def test_no_line_is_more_certain_than_one_of_its_words(models: ocr.Reader, samples: Path) -> None:
    lines = [
        line for name in ("scan.pdf", "receipt.jpg") for read in models.read(samples / name) for line in read.lines
    ]
    assert len(lines) > 100
    assert all(word.confidence >= line.confidence for line in lines for word in line.words)


def test_blank_pages_and_specks_give_no_text(reader: ocr.Reader) -> None:
    assert reader.read(page()).text == ""
    assert reader.read(page(90, 120)).pages[0].lines == ()


def test_a_page_that_fails_says_why_and_the_others_are_read(reader: ocr.Reader, tmp_path: Path) -> None:
    first, *others = (Image.fromarray(page(0, width=w)) for w in (300, 31, 200))
    first.save(tmp_path / "three.tif", save_all=True, append_images=others)
    document = reader.read(tmp_path / "three.tif")
    assert [p.number for p in document.pages] == [1, 2, 3]
    assert [p.text for p in document.pages] == ["black line", "", "black line"]
    [error] = document.errors
    assert document[1].error is error
    assert (error.kind, error.step, error.page) == ("RuntimeError", StepName.DETECT, 2)
    assert error.message == f"{tmp_path / 'three.tif'}: page 2: unlucky width"
    assert document[0].error is None


def test_a_single_picture_that_fails_is_an_error(reader: ocr.Reader, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="<array>: page 1: unlucky width") as caught:
        reader.read(page(0, width=31))
    assert isinstance(caught.value.__cause__, RuntimeError)
    Image.fromarray(page(0)).save(tmp_path / "cut.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "cut.png").read_bytes()[:60])
    with pytest.raises(InputError, match=r"cut\.png: the picture is damaged or cut off"):
        reader.read(tmp_path / "cut.png")
    [failed] = reader.pages(tmp_path / "cut.png")  # page by page, the error is the page's
    assert failed.error is not None and failed.error.step is StepName.DECODE


def test_a_missing_program_is_not_a_bad_page(reader: ocr.Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(image: NDArray[np.uint8]) -> list[Region]:
        raise DependencyError("install it")

    monkeypatch.setattr(reader, "detector", fail)
    with pytest.raises(DependencyError, match="install it"):
        list(reader.pages(page(0)))


def test_pages_are_decoded_one_at_a_time(reader: ocr.Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, *others = (Image.fromarray(page(0)) for _ in range(3))
    first.save(tmp_path / "three.tif", save_all=True, append_images=others)
    with open_source(tmp_path / "three.tif") as source:
        decoded: list[int] = []
        decode = source.page

        def counted(number: int) -> PageImage:
            decoded.append(number)
            return decode(number)

        monkeypatch.setattr(source, "page", counted)
        pages: Iterator[Page] = reader.pages(source)
        for number in (1, 2, 3):
            assert next(pages).number == number
            assert decoded == list(range(1, number + 1))


def test_bad_input_and_bad_options(reader: ocr.Reader, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none.pdf"):
        reader.read(tmp_path / "none.pdf")
    with pytest.raises(UsageError, match="xx"):
        ocr.Reader("xx", detector=StripeDetector(), recognizer=HeightRecognizer())


def test_many_threads_share_a_reader(reader: ocr.Reader) -> None:
    images = [page(*([0] * (i % 6))) for i in range(30)]
    with ThreadPoolExecutor(4) as pool:
        texts = list(pool.map(lambda image: reader.read(image).text, images))
    assert [len(text.split()) for text in texts] == [2 * (i % 6) for i in range(30)]


def test_unsure_lines_go_to_tesseract_at_its_own_height(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, ...]] = []

    def second(self: TesseractFallback, lines: Sequence[NDArray[np.uint8]]) -> tuple[list[Reading], tuple[()]]:
        seen.extend(line.shape for line in lines)
        return [reading("gray lime", 0.8, "tesseract")] * len(lines), ()

    monkeypatch.setattr(TesseractFallback, "read", second)
    reader = ocr.Reader(detector=StripeDetector(), recognizer=HeightRecognizer(), fallback_threshold=0.5)
    [result] = reader.read(page(0, 60)).pages
    assert [(line.text, line.engine) for line in result.lines] == [
        ("black line", "fake-crnn"),
        ("gray lime", "tesseract"),
    ]
    assert [shape[0] for shape in seen] == [TesseractFallback.height]


def test_without_tesseract_the_line_stays_and_the_page_warns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    reader = ocr.Reader(detector=StripeDetector(), recognizer=HeightRecognizer(), fallback_threshold=0.5)
    [result] = reader.read(page(0, 60)).pages
    assert result.text == "black line\ngrey line"
    [warning] = result.warnings
    assert [step.detail for step in result.steps if step.name is StepName.FALLBACK] == [{"lines": 1}]
    assert "apt-get install tesseract-ocr" in warning


def test_crashing_tesseract_leaves_our_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "tesseract"
    program.write_text(f"#!{sys.executable}\nimport os\nos.abort()\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    reader = ocr.Reader(detector=StripeDetector(), recognizer=HeightRecognizer(), fallback_threshold=0.5)
    [result] = reader.read(page(0, 60)).pages
    assert result.text.splitlines()[-1] == "grey line"
    [warning] = result.warnings
    assert "failed with exit status" in warning


def test_the_better_reading_wins_and_agreement_counts() -> None:
    ours, theirs = reading("a b", 0.3), reading("a c", 0.6, "tesseract")
    assert better(ours, theirs) is theirs
    assert better(ours, reading("a c", 0.45, "tesseract")) is ours  # Tesseract has to be clearly surer
    assert better(ours, reading("a c", 0.3, "tesseract")) is ours
    same = better(ours, reading("a b", 0.5, "tesseract"))
    assert same.engine == "fake-crnn"
    assert same.confidence == pytest.approx(0.65)


def test_read_makes_a_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "defaults", lambda lang: ("d", "r"))
    monkeypatch.setattr(loading, "DbDetector", lambda name, threads, scale: StripeDetector())
    monkeypatch.setattr(loading, "CrnnRecognizer", lambda *_, **__: HeightRecognizer())
    assert ocr.read(page(0)).text == "black line"


def noise(kind: str) -> NDArray[np.uint8]:
    """A page without text, as scanners and cameras deliver it."""
    random = np.random.default_rng(1)
    sheet = random.standard_normal((1100, 850))
    if kind == "grain":
        return np.clip(200 + 25 * sheet, 0, 255).astype(np.uint8)
    if kind == "clouds":
        soft = cv2.GaussianBlur(sheet, (0, 0), 10)
        return np.asarray(255 * (soft - soft.min()) / np.ptp(soft), np.uint8)
    if kind == "specks":
        return np.where(random.random(sheet.shape) < 0.001, 0, 255).astype(np.uint8)
    if kind == "rules":
        return np.repeat(np.where(np.arange(1100) % 60 < 3, 0, 255).astype(np.uint8)[:, None], 850, axis=1)
    return np.full(sheet.shape, 0 if kind == "black" else 255, np.uint8)


@pytest.mark.parametrize("kind", ["white", "black", "grain", "clouds", "specks", "rules"])
def test_nothing_is_invented(models: ocr.Reader, kind: str) -> None:
    assert models.read(noise(kind)).text == ""


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_note_in_another_direction_is_read_and_follows_the_text(models: ocr.Reader, degrees: int) -> None:
    image = np.full((1000, 1300), 255, np.uint8)
    for k in range(8):
        text = "several words of a letter in plain print"
        cv2.putText(image, text, (250, 120 + 90 * k), cv2.FONT_HERSHEY_COMPLEX, 1.1, 0, 2, cv2.LINE_AA)
    note = np.full((60, 560), 255, np.uint8)
    cv2.putText(note, "Delivered by Oldfield", (20, 40), cv2.FONT_HERSHEY_COMPLEX, 1.1, 0, 2, cv2.LINE_AA)
    note = np.ascontiguousarray(np.rot90(note, -degrees // 90))
    top, left = (880, 400) if degrees == 180 else (200, 80)
    image[top : top + note.shape[0], left : left + note.shape[1]] = note
    found = models.read(image)
    [line] = [line for line in found.pages[0].lines if line.text.startswith("Delivered")]
    assert found.text.endswith("Delivered by Oldfield")
    assert line.box.angle % 360 == pytest.approx(degrees, abs=3)


def test_a_page_of_one_tone_needs_no_net(reader: ocr.Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_flat", None)  # would be called
    for pixels in (np.full((900, 700), 255, np.uint8), np.full((900, 700, 3), (250, 248, 230), np.uint8)):
        page = reader.read(pixels)[0]
        assert (page.width, page.height, page.text, page.error) == (700, 900, "", None)
    pixels[700, 300] = 0
    assert not PageImage(1, pixels, 300.0, (1, 0, 0, 1, 0, 0)).uniform
