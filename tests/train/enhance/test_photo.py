"""Operator nets' training: pictures of the references at their strengths, crops, a run and its files."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("scipy")

from ocr.page.enhance import PHOTOGRAPHIC_OPERATORS, CanEnhancer  # noqa: E402
from ocr.page.enhance_base import PLANES, PUBLISHED, among, base_of  # noqa: E402
from ocr.train.enhance import pictures as enhance_pictures  # noqa: E402
from ocr.train.enhance.data import read_rgb  # noqa: E402
from ocr.train.enhance.figures import input_of  # noqa: E402
from ocr.train.enhance.operators import REFERENCES  # noqa: E402
from ocr.train.enhance.photo import PhotoCrops, train  # noqa: E402
from ocr.train.enhance.pictures import strength_of  # noqa: E402
from ocr.train.enhance.publish import publish_photo  # noqa: E402

OPERATORS = ("detail", "tone", "style", "dehaze", "dehaze-nonlocal", "pencil")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two small photographs with what some operators make of them, also at a strength drawn."""
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(4)
    (folder / "photographs").mkdir()
    for name in ("a", "b"):
        photograph = cv2.GaussianBlur(rng.integers(0, 256, (120, 150, 3), np.uint8), (0, 0), 2)
        cv2.imwrite(str(folder / "photographs" / f"{name}.png"), photograph)
    arguments = [str(folder / "photographs"), str(folder / "out"), "--shorter", "80", "100", "--window", "72"]
    enhance_pictures.main([*arguments, "--operators", *OPERATORS, "--strength", "any"])
    return folder / "out"


def test_pictures_are_the_references_at_the_strength_in_their_name(pictures: Path) -> None:
    files = sorted((pictures / "detail").glob("*.png"))
    assert len(files) == 4 and {strength_of("detail", file) == PUBLISHED["detail"] for file in files} == {True, False}
    for file in files:
        image = read_rgb(input_of(file))
        wanted = REFERENCES["detail"](image, strength_of("detail", file))
        assert np.abs(read_rgb(file) - wanted).max() < 0.003


def test_planes_of_several_operators_have_their_own_places() -> None:
    image = np.full((4, 6, 3), 90, np.uint8)
    seen = {}
    for operator in PHOTOGRAPHIC_OPERATORS:
        planes = base_of(operator, image, 0.5).planes((slice(None), slice(None)))
        assert planes.shape[2] == PLANES.get(operator, 4)
        assert among([operator], operator, planes) is planes
        seen[operator] = among(PHOTOGRAPHIC_OPERATORS, operator, planes)
    assert {planes.shape for planes in seen.values()} == {(4, 6, sum(PLANES.values()) - PLANES["page"] + 10)}
    marks = np.stack([planes[0, 0, -10:] for planes in seen.values()])
    assert np.array_equal(marks, np.eye(10))
    assert np.array_equal(seen["l0"][..., :4], seen["rtv"][..., :4]) and not seen["tone"][..., :4].any()


def test_crops_of_several_operators_take_turns(pictures: Path) -> None:
    crops = PhotoCrops(pictures, OPERATORS, 32, 1)
    for index in range(6):
        seen, planes, target, scale, strength, which = crops[index]
        assert seen.shape == (crops.planes, 32, 32) and planes.shape == (7, 32, 32) and target.shape == (3, 32, 32)
        assert scale.shape == (3, 1, 1) and 0 <= strength <= 1 and which == index % len(OPERATORS)
        assert seen[int(which) - len(OPERATORS)].min() == 1
    again = PhotoCrops(pictures, OPERATORS, 32, 1)[5]
    assert all(torch.equal(a, b) for a, b in zip(crops[5], again, strict=True))


@pytest.mark.parametrize("joint", [False, True])
def test_a_run_becomes_a_model(pictures: Path, tmp_path: Path, joint: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "compile", lambda net: net)
    config = tmp_path / "run.toml"
    names = ", ".join(f'"{name}"' for name in OPERATORS)
    config.write_text(
        f'pictures = "{pictures}"\noperators = [{names}]\njoint = {str(joint).lower()}\nside = 32\nbatch = 3\n'
        "steps = 60\nlearning_rate = 0.05\nwarmup = 5\naverage = 0.8\nworkers = 0\nlog_every = 20\n"
        "[net]\nwidth = 8\ndilations = [1, 2, 1]\n"
    )
    train(config, tmp_path / "run")
    log = next((tmp_path / "run").rglob("log.csv"))
    losses = [float(row.split(",")[3]) for row in log.read_text("utf-8").splitlines()[1:]]
    assert len(losses) == 3 and losses[-1] < losses[0]
    (tmp_path / "models" / "training").mkdir(parents=True)
    (tmp_path / "models" / "manifest.json").write_text(json.dumps({"models": [], "defaults": {}}))
    operators = OPERATORS if joint else OPERATORS[:1]
    entry = publish_photo(tmp_path / "run", operators, tmp_path / "models", [pictures])
    assert entry["name"] == ("enhance-photo" if joint else "enhance-detail") and len(entry["metrics"]) == 2
    image = np.full((20, 30, 3), 120, np.uint8)
    for operator in operators:
        assert CanEnhancer(operator, path=tmp_path / "models" / entry["file"])(image).shape == image.shape
