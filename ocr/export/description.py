"""``pipeline.json``: everything that a program in any language has to know to run the exported models."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from ocr import __version__
from ocr.detect import END_MARGIN, RIM
from ocr.detect.db import ALPHABETIC, CLOSE, LEAST_SIDE, PIXELS, STRIDE
from ocr.engine import Session
from ocr.export.targets import TARGETS
from ocr.exported import PIPELINE, SCHEMA
from ocr.geometry import MIN_WIDTH
from ocr.languages import languages
from ocr.metadata import Metadata
from ocr.recognize.charset import BLANK
from ocr.recognize.crnn import INVERTED_BELOW, WASTE
from ocr.recognize.crowded import FRAMES, LASTS, WIDENED
from ocr.recognize.homoglyphs import TWINS, own_script
from ocr.weights import ModelFile

__all__ = ["CHARSET", "Part", "describe_folder", "digest", "spoken"]

CHARSET: Final = "charset.txt"
WIDTH_MULTIPLE, LONGEST = 8, 4096


@dataclass(frozen=True, slots=True)
class Part:
    """One model of an export.

    Attributes:
        role: detector, recognizer, orientation, corners, corners-refine or whiten.
        model: what it is made of.
        file: name of the exported file.
    """

    role: str
    model: ModelFile
    file: str

    @property
    def task(self) -> str:
        """Key of ``ocr.metadata.TASKS``."""
        return self.model.metadata.task


def buckets(target: str) -> list[int]:
    """Widths to pad lines to, where a runtime plans its memory for each shape: 12 % apart at most.

    There are none for the runtime for browsers, which takes any width: lines are padded to the next multiple.
    """
    if target == "web":
        return []
    widths = [4 * WIDTH_MULTIPLE]
    while widths[-1] < LONGEST:
        wider = int(widths[-1] * WASTE) // WIDTH_MULTIPLE * WIDTH_MULTIPLE
        widths.append(max(wider, widths[-1] + WIDTH_MULTIPLE))
    return widths


def spoken(lang: str) -> str:
    """The languages of an export as ``pipeline.json`` names them: codes joined by plus signs, or ``latin``."""
    return "+".join(languages(lang).codes) or "latin"


def describe_folder(folder: Path, target: str, variant: str, lang: str, parts: list[Part]) -> None:
    """Write ``charset.txt`` and ``pipeline.json`` for the model files in a folder."""
    scale = CLOSE if languages(lang).models == "zh" else ALPHABETIC
    recognizer = next(part.model for part in parts if part.role == "recognizer")
    charset = recognizer.charset
    with (folder / CHARSET).open("w", encoding="utf-8", newline="\n") as file:
        file.write("".join(f"{character}\n" for character in charset))
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    said = {
        "schema": SCHEMA,
        "ocr": __version__,
        "target": target,
        "variant": variant,
        "lang": spoken(lang),
        "charset": CHARSET,
        "layout": "NHWC" if TARGETS[target].channels_last else "NCHW",
        "models": {part.role: _model(folder, target, part) for part in parts},
        "detect": {
            "stride": STRIDE,
            "multiple": 32,
            "scale_at_most": 2.0,
            "pixels_at_most": PIXELS,
            "longest_side_at_least": LEAST_SIDE,
            "line_height": scale.line_height,
            "enlarged_to_line_height": scale.close_height,
            "enlarged_to_pixels": scale.close_pixels,
        },
        "crop": {"margin_at_ends": END_MARGIN, "margin_above_and_below": RIM, "least_width": MIN_WIDTH},
        "recognize": {
            "blank": BLANK,
            "first_character": BLANK + 1,
            "padding": 255,
            "inverted_below": INVERTED_BELOW,
            "width_multiple": WIDTH_MULTIPLE,
            "buckets": buckets(target),
            "condensed": recognizer.metadata.settings.get("condensed", 1.0) if spoken(lang) == "en" else 1.0,
            "crowded": {"frames": FRAMES, "lasts": LASTS, "widened": WIDENED},
        },
        "spelling": _spelling(charset, languages(lang).script),
        "checksums": {name: digest(folder / name) for name in files},
    }
    (folder / PIPELINE).write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _spelling(charset: str, script: str) -> Mapping[str, Any]:
    """What spells each word in one script (:mod:`ocr.recognize.homoglyphs`)."""
    groups: dict[str, dict[str, str]] = {}
    for name, table in TWINS.items():
        for latin, twin in table.items():
            groups.setdefault(chr(latin), {"Latin": chr(latin)})[name] = chr(twin)
    letters = {name: "".join(c for c in charset if own_script(c) == name) for name in ("Latin", *TWINS)}
    return {
        "script": script if script in TWINS else "Latin",
        "letters": letters,
        "look_alikes": [group for group in groups.values() if len({*group.values()} & {*charset}) > 1],
    }


def _model(folder: Path, target: str, part: Part) -> Mapping[str, Any]:
    """A model's entry: its file, what goes in and comes out, and its metadata."""
    net = Session(part.model.path)
    outputs = ["logits"] if part.task == "recognize" and TARGETS[target].plain else list(net.outputs)
    return {
        "file": part.file,
        "inputs": list(net.inputs),
        "outputs": outputs,
        "bytes": sum(
            path.stat().st_size for path in (folder / part.file, *(folder / part.file).rglob("*")) if path.is_file()
        ),
        "metadata": _said(part.model.metadata),
    }


def _said(metadata: Metadata) -> dict[str, Any]:
    """The metadata of a model file, without the charset, which is a file of its own, and without unused keys."""
    used = metadata.strings().keys() - {"charset"}
    return {key: value for key, value in asdict(metadata).items() if key in used}


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
