"""Predictions: read one image in the way that the task of its ground truth asks for."""

from __future__ import annotations

import logging
import time
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from ocr.errors import NoCardError, NoZoneError, OcrError
from ocr.evaluate.text import Row
from ocr.idcard.card import IdCard
from ocr.idcard.card_reader import CardReader
from ocr.mrz.reader import MrzReader
from ocr.source import open_source

if TYPE_CHECKING:
    from ocr.pipeline import Reader

__all__ = ["predict"]

log = logging.getLogger("ocr.evaluate")


def predict(truth: Row, folder: Path, reader: Reader) -> dict[str, Any]:
    """Read one image; one that cannot be read is logged and gives an empty prediction.

    Args:
        truth: its ground truth, which says the task.
        folder: that ``truth["image"]`` is relative to.
        reader: for pages, lines and cards; machine-readable zones have a reader of their own.
    """
    path = folder / truth["image"]
    start = time.perf_counter()
    try:
        if truth.get("task") == "mrz":
            result: dict[str, Any] = {"text": _read_zone(path)}
        elif truth.get("task") == "idcard":
            result = {"fields": _read_card(path, reader)}
        elif truth.get("task") == "line":
            result = {"text": _read_line(path, reader, truth.get("lang", ""))}
        else:
            document = reader.read(path)
            lines = [line for page in document for line in page.lines]
            result = {
                "text": document.text,
                "boxes": [[line.box.to_json(), line.text] for line in lines],
                "words": [[word.box.to_json(), word.text] for line in lines for word in line.words],
                "confidences": [round(line.confidence, 4) for line in lines],
                "blocks": [[block.kind, len(block.lines)] for page in document for block in page.blocks],
            }
    except OcrError as error:
        log.warning("%s", error)
        return {}
    return {"image": truth["image"], "seconds": round(time.perf_counter() - start, 4), **result}


def _read_line(path: Path, reader: Reader, lang: str) -> str:
    """An image of one line, without text detection."""
    with open_source(path) as source:
        pixels = source.page(1).pixels
    grey = pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    return _zone_reader().read_line(grey) if lang == "mrz" else reader.read_lines([grey])[0].text


def _read_card(path: Path, reader: Reader) -> dict[str, str]:
    """The fields of an identity card; a field that was not found is empty."""
    try:
        card = _card_reader(reader).read(path)
    except NoCardError:
        card = IdCard()
    return {name: field.value for name, field in card.fields.items()}


@lru_cache(maxsize=1)
def _card_reader(reader: Reader) -> CardReader:
    return CardReader(detector=reader.detector, recognizer=reader.recognizer, threads=1)


def _read_zone(path: Path) -> str:
    """The lines of the machine-readable zone; empty where none is found."""
    try:
        return "\n".join(_zone_reader().read(path).lines)
    except NoZoneError:
        return ""


@cache
def _zone_reader() -> MrzReader:
    return MrzReader(threads=1)
