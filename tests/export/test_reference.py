"""The pipeline in one file that an export for ONNX Runtime has: it reads what the library reads."""

from __future__ import annotations

import ast
import json
import random
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from rapidfuzz.distance import Levenshtein

from ocr.export.folder import REFERENCE, SAMPLES, export
from ocr.export.reference import Box, Models, decode, in_one_script, in_rows, net_input
from ocr.export.targets import TARGETS
from ocr.exported import opened
from ocr.options import Options
from ocr.pipeline import Reader
from ocr.recognize import homoglyphs
from tests.installed import dejavu


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("reference") / "out"
    export(TARGETS["onnx"], "", out)
    return out


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-X", "utf8", "reference.py", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)


def test_it_is_short_and_needs_little() -> None:
    source = REFERENCE.read_text(encoding="utf-8")
    assert source.count("\n") < 200
    nodes = list(ast.walk(ast.parse(source)))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} - sys.stdlib_module_names == {"numpy", "cv2", "onnxruntime"}


def test_it_prints_what_is_expected(folder: Path) -> None:
    assert run(folder, "sample.png").stdout == (folder / "expected.txt").read_text(encoding="utf-8")
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    assert json.loads(run(folder, "sample.png", "--json").stdout) == expected
    assert "".join(line["text"] for line in expected) == "".join(
        (folder / "expected.txt").read_text(encoding="utf-8").split("\n")
    ).replace("\t", "")


@pytest.mark.parametrize("angle", [0.0, 1.0, -1.5])
def test_it_reads_a_page_as_the_library_does(folder: Path, angle: float) -> None:
    grey = np.asarray(cv2.imread(str(SAMPLES / "en.png"), cv2.IMREAD_GRAYSCALE), np.uint8)
    turn = cv2.getRotationMatrix2D((grey.shape[1] / 2, grey.shape[0] / 2), angle, 1.0)
    grey = np.asarray(cv2.warpAffine(grey, turn, grey.shape[::-1], borderValue=255), np.uint8)
    exported = opened(folder)
    plain = Options(decoder="greedy", enhance="none", orient=False, deskew=False, transcription="literal",
                    fallback="never", threads=1)  # fmt: skip
    reader = Reader(options=plain, detector=exported.detector, recognizer=exported.recognizer)
    [page] = reader.read(grey).pages
    rows = Models(folder).read(grey)
    texts = [" ".join(box.text for row in rows for box in row), " ".join(page.text.split())]
    assert Levenshtein.normalized_distance(*texts) < 0.01
    library = [np.array(line.box.points) for line in page.lines]
    for box in (box for row in rows for box in row):
        own = box.corners()
        left = [own[:, 0].min(), -np.inf]  # a drop capital belongs to its line in the library alone
        nearest = min(float(np.abs(own.mean(0) - np.maximum(points, left).mean(0)).max()) for points in library)
        assert nearest < 0.3 * box.height


def test_equal_letters_side_by_side_are_read_in_a_narrow_face(folder: Path) -> None:
    page, font = Image.new("L", (600, 200), 255), ImageFont.truetype(str(dejavu("DejaVuSerif")), 24)
    ImageDraw.Draw(page).multiline_text((40, 40), "still rolling hills\nmillion dollars", 0, font, spacing=30)
    narrow = cv2.resize(np.asarray(page), (420, 200), interpolation=cv2.INTER_AREA).astype(np.uint8)
    rows = [[box.text for box in row] for row in Models(folder).read(narrow)]
    assert rows == [["still rolling hills"], ["million dollars"]]


def test_a_picture_without_text_has_no_rows(folder: Path) -> None:
    cv2.imwrite(str(folder / "blank.png"), np.full((300, 200), 255, np.uint8))
    done = run(folder, "blank.png")
    assert (done.returncode, done.stdout) == (0, "")
    assert not Models(folder).read(np.zeros((3, 5), np.uint8))


def test_what_cannot_be_read_is_named(folder: Path) -> None:
    done = run(folder, "none.png")
    assert done.returncode == 1 and "none.png: cannot be read ([Errno 2] No such file" in done.stderr
    assert "reference.py page.png" in run(folder).stderr


def test_faults_are_sentences_and_no_tracebacks(folder: Path) -> None:
    cv2.imwrite(str(folder / "wide.png"), np.zeros((1, 1), np.uint8))
    (folder / "empty.png").write_bytes(b"")
    (folder / "words.png").write_text("no picture")
    assert (run(folder, "wide.png").returncode, run(folder, "wide.png").stderr) == (0, "")
    for name in ("empty.png", "words.png", "../none"):
        done = run(folder, name, "--json")
        assert done.returncode == 1 and done.stderr.startswith(f"{name}: cannot be read"), done.stderr
        assert "Traceback" not in done.stderr and not done.stdout


@pytest.mark.parametrize("ink", [0, 255])
def test_ink_on_a_transparent_ground_is_read(folder: Path, ink: int) -> None:
    grey = np.asarray(cv2.imread(str(SAMPLES / "en.png"), cv2.IMREAD_GRAYSCALE), np.uint8)
    cv2.imwrite(str(folder / "clear.png"), np.dstack([np.full_like(grey, ink)] * 3 + [255 - grey]))
    cv2.imwrite(str(folder / "plain.png"), grey if not ink else 255 - grey)
    assert run(folder, "clear.png").stdout == run(folder, "plain.png").stdout != ""


def test_words_are_spelled_in_one_script_as_the_library_does(folder: Path) -> None:
    said = json.loads((folder / "pipeline.json").read_text(encoding="utf-8"))["spelling"]
    charset = (folder / "charset.txt").read_text(encoding="utf-8").split("\n")[:-1]
    alike = [letter for group in said["look_alikes"] for letter in group.values()]
    own = [list(letters) for letters in said["letters"].values()]
    rng = random.Random(7)
    texts = [
        "".join(rng.choice(rng.choice([charset, alike, alike, [" "], *own])) for _ in range(rng.randrange(15)))
        for _ in range(2000)
    ]
    for text in ("Мocквa A", "ЈOHN", "Το πλοίο A", *texts):
        for script in ("Latin", "Cyrillic"):
            assert in_one_script(text, said | {"script": script}) == homoglyphs.in_one_script(text, script)


def test_it_reads_several_scripts_as_the_library_does(tmp_path: Path) -> None:
    export(TARGETS["onnx"], "", tmp_path / "latin", lang="latin")
    read = run(tmp_path / "latin", "sample.png").stdout
    exported = opened(tmp_path / "latin")
    plain = Options(lang="latin", decoder="greedy", enhance="none", orient=False, deskew=False, fallback="never",
                    transcription="literal", threads=1)  # fmt: skip
    reader = Reader(options=plain, detector=exported.detector, recognizer=exported.recognizer)
    library = reader.read(tmp_path / "latin" / "sample.png").text
    assert Levenshtein.normalized_distance(" ".join(read.split()), " ".join(library.split())) < 0.01
    assert "Весной река поднимается" in read and "Το πλοίο φεύγει" in read


def line(x: float, y: float, width: float, text: str) -> Box:
    return Box(np.array([x, y]), np.array([1.0, 0.0]), width, 20.0, 1.0, text)


def test_columns_are_read_one_after_the_other() -> None:
    boxes = [line(0, 0, 900, "title")]
    boxes += [line(x, 40 + 30 * k, 400, f"{name}{k}") for k in range(4) for x, name in ((0, "a"), (500, "b"))]
    boxes += [line(0, 200, 900, "foot")]
    texts = [[box.text for box in row] for row in in_rows(boxes[::-1])]
    assert texts == [["title"], *([f"a{k}"] for k in range(4)), *([f"b{k}"] for k in range(4)), ["foot"]]


def test_cells_of_a_row_stay_together() -> None:
    boxes = [line(x, 30 * k + x / 100, 60, f"{name}{k}") for k in range(5) for x, name in ((0, "a"), (500, "b"))]
    assert [[box.text for box in row] for row in in_rows(boxes)] == [[f"a{k}", f"b{k}"] for k in range(5)]


def test_a_letterhead_is_no_column() -> None:
    head = [line(0, 0, 380, "institute"), line(900, 0, 400, "of trade")]
    head += [line(900, 60, 300, "office"), line(900, 90, 260, "street"), line(900, 120, 280, "date")]
    letter = [line(0, 200, 240, "dear"), line(0, 260, 240, "we")]
    letter += [line(0, 320 + 30 * k, 1300 - k, "body") for k in range(2)]
    read = [box.text for row in in_rows(head + letter) for box in row]
    assert read == ["institute", "of trade", "office", "street", "date", "dear", "we", "body", "body"]


def test_what_stands_beside_the_head_of_a_letter_is_no_column() -> None:
    head = [line(0, 0, 200, "date"), line(0, 30 * 4, 200, "one")]
    head += [line(0, 271 + 30 * k, 200 - k, text) for k, text in enumerate(("name", "street", "town", "dear"))]
    aside = [line(700, 30 * k, 200 - k, f"aside{k}") for k in range(7)]
    letter = [line(0, 500 + 30 * k, 1000, f"body{k}") for k in range(3)]
    read = [[box.text for box in row] for row in in_rows(head + aside + letter)]
    assert read[:2] == [["date", "aside0"], ["aside1"]]
    assert read[4] == ["one", "aside4"] and read[7:9] == [["name"], ["street"]]


def test_lines_are_padded_to_the_next_width_and_dark_on_light() -> None:
    padded = net_input(np.zeros((32, 33), np.uint8), [32, 40], 96)
    assert padded.shape == (32, 40) and (padded == 255).all()
    assert net_input(np.full((32, 41), 200, np.uint8), [32, 40], 96).shape == (32, 48)


def test_repeats_are_merged_and_blanks_dropped() -> None:
    classes, sure = np.array([1, 1, 0, 1, 2, 2]), np.full(6, 0.9, np.float32)
    assert decode(classes, sure, ["a", "b"], [0.0, 0.0, 0.0, 0.0]) == ("aab", 0.5, 2)
    assert decode(np.zeros(3, np.int64), sure[:3], ["a"], [0.0] * 4)[0] == ""
