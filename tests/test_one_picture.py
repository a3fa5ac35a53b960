"""What works on one picture takes one page: named where there are several, never the first in silence."""

from __future__ import annotations

import inspect
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray
from PIL import Image

import ocr
from ocr import weights
from ocr.cli import cli
from ocr.source import single_page
from tests.conftest import PdfMaker, encoded, encrypted
from tests.mrz.specimens import SPECIMENS
from tests.mrz.test_reader import TODAY, document

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "scan": ocr.scan,
    "enhance": lambda input, **options: ocr.enhance(input, "whiten", **options),
    "read_id_card": ocr.read_id_card,
    "read_mrz": ocr.read_mrz,
}
GREY = np.full((300, 400), 128, np.uint8)


def passport() -> NDArray[np.uint8]:
    return document(SPECIMENS["TD3"])


def several(*pictures: NDArray[np.uint8]) -> bytes:
    first, *others = map(Image.fromarray, pictures)
    return encoded(first, "TIFF", save_all=True, append_images=others)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_several_pages_need_a_number(name: str) -> None:
    call, file = FUNCTIONS[name], several(GREY, GREY, GREY)
    with pytest.raises(ocr.UsageError, match=r"^<bytes>: it has 3 pages; choose one of them: page=1"):
        call(file)
    with pytest.raises(ocr.UsageError, match="there is no page 4; it has 3 pages"):
        call(file, page=4)
    for wrong in ("2", 1.5, True, [1]):
        with pytest.raises(ocr.UsageError, match=r"^page must be a page number from 1"):
            call(file, page=wrong)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_password_opens_all(name: str, make_pdf: PdfMaker) -> None:
    locked = encrypted(make_pdf(GREY), "sesame")
    with pytest.raises(ocr.EncryptedError, match="needs a password"):
        FUNCTIONS[name](locked)
    try:
        FUNCTIONS[name](locked, password="sesame")
    except ocr.InputError as error:
        assert "was found" in str(error)  # no page, zone or card: it was opened


@pytest.mark.parametrize("function", [ocr.read, ocr.scan, ocr.enhance, ocr.read_mrz, ocr.open_source, ocr.Reader.read])
def test_first_arguments_have_one_name(function: Callable[..., Any]) -> None:
    names = [name for name in inspect.signature(function).parameters if name != "self"]
    assert names[0] == "input"


def test_the_page_that_was_asked_for_is_read() -> None:
    file = several(GREY, passport())
    zone = ocr.read_mrz(file, page=2, today=TODAY)
    assert (zone.lines, zone.page) == (SPECIMENS["TD3"], 2)
    with pytest.raises(ocr.NoZoneError):
        ocr.read_mrz(file, page=1)
    image, name = single_page(file, page=2)
    assert (image.number, name, image.pixels.shape) == (2, "<bytes>", passport().shape)


def test_front_and_back_may_be_pages_of_one_file() -> None:
    file = several(GREY, GREY)
    with pytest.raises(ocr.UsageError, match="2 pages"):
        ocr.read_id_card(file, file, page=1)
    with pytest.raises(ocr.NoCardError, match="<bytes> and <bytes>"):
        ocr.read_id_card(file, file, page=1, back_page=2)


def test_enhance_takes_what_read_takes(tmp_path: Path, make_pdf: PdfMaker) -> None:
    page = np.full((200, 300), 220, np.uint8)
    cv2.putText(page, "text", (40, 120), cv2.FONT_HERSHEY_SIMPLEX, 2, 30, 4)
    Image.fromarray(page).save(tmp_path / "page.png")
    expected = ocr.enhance(page, "binarize")
    assert set(np.unique(expected)) == {0, 255}
    with (tmp_path / "page.png").open("rb") as file:
        inputs: list[Any] = [
            tmp_path / "page.png",
            str(tmp_path / "page.png"),
            (tmp_path / "page.png").read_bytes(),
            file,
        ]
        inputs += [Image.fromarray(page), make_pdf(page)]
        for input in inputs:
            assert np.array_equal(ocr.enhance(input, "binarize"), expected), input
    assert ocr.enhance(np.dstack([page] * 3), "whiten").shape == (200, 300, 3)
    wrongs: list[dict[str, Any]] = [
        {"strength": "1"},
        {"strength": float("nan")},
        {"operator": ["whiten"]},
        {"operator": "sepia"},
    ]
    for wrong in wrongs:
        with pytest.raises(ocr.UsageError, match=r"strength must be|operator must be"):
            ocr.enhance(**{"input": page, "operator": "whiten", **wrong})


def test_settings_of_scan_are_checked() -> None:
    wrongs: list[dict[str, Any]] = [{"lang": None}, {"enhance": ["none"]}, {"dewarp": "yes"}, {"threads": "2"}]
    for wrong in wrongs:
        with pytest.raises(ocr.UsageError, match=f"^{next(iter(wrong))} must be"):
            ocr.scan(GREY, **wrong)
    readers: tuple[Callable[..., Any], ...] = (ocr.Scanner, ocr.MrzReader, ocr.CardReader)
    for reader in readers:
        with pytest.raises(ocr.UsageError, match=r"^threads must be"):
            reader(threads="2")


def test_models_are_given_by_name_or_path_everywhere(tmp_path: Path) -> None:
    with pytest.raises(ocr.UsageError, match="no-such-model"):
        ocr.CardReader(recognizer="no-such-model")
    with pytest.raises(ocr.UsageError, match="no-such-model"):
        ocr.MrzReader(recognizer="no-such-model")
    with pytest.raises(ocr.UsageError, match="no-such-model"):
        ocr.Reader(detector="no-such-model")
    readers: tuple[Callable[..., Any], ...] = (ocr.Reader, ocr.MrzReader, ocr.CardReader)
    for reader in readers:
        with pytest.raises(ocr.UsageError, match=r"detector must be the name of a model, .* not float"):
            reader(detector=3.5)
    own = tmp_path / "own.onnx"
    shutil.copy(weights.model("crnn-mrz-int8").path, own)
    for recognizer in ("crnn-mrz-int8", own, str(own)):
        assert ocr.MrzReader(recognizer=recognizer, threads=1).read(passport(), today=TODAY).valid
    for reader in readers:
        with pytest.raises(ocr.UsageError, match=r"own\.onnx"):
            reader(detector=own)  # it is no detector


@pytest.mark.parametrize("verb", [["scan"], ["enhance", "--operator", "whiten"], ["idcard"], ["mrz"]])
def test_the_command_line_names_the_option(verb: list[str], tmp_path: Path) -> None:
    (tmp_path / "two.tif").write_bytes(several(GREY, GREY))
    output = ["-o", str(tmp_path / "out.png")] if verb[0] in {"scan", "enhance"} else []
    result = CliRunner().invoke(cli, [*verb, str(tmp_path / "two.tif"), *output])
    assert isinstance(result.exception, ocr.UsageError) and "--page 1" in str(result.exception)
    result = CliRunner().invoke(cli, [*verb, str(tmp_path / "two.tif"), *output, "--page", "2"])
    assert not isinstance(result.exception, ocr.UsageError)
