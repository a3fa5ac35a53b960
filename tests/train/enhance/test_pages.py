"""The document net's training: squares of print and handwriting, worn crops with their start, a run and its model."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from ocr.page.enhance import DOCUMENT_OPERATORS, CanEnhancer  # noqa: E402
from ocr.train.config import read_config  # noqa: E402
from ocr.train.enhance.data import PLATE, cut_plates, read_rgb  # noqa: E402
from ocr.train.enhance.pages import PageConfig, PageCrops, train  # noqa: E402
from ocr.train.enhance.publish import publish_pages  # noqa: E402


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two bilevel pages, a worn one with its clean one as both labelled sets have them, and words."""
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(8)
    for name, part, images in (("isri_unlv", "train", 1), ("old_books", "train", 1), ("noisyoffice", "train", 1),
                               ("noisyoffice", "dev", 1), ("dibco", "dev", 1)):  # fmt: skip
        (folder / name / part).mkdir(parents=True)
        rows = []
        for k in range(images):
            clean = np.full((PLATE + 40, PLATE + 60), 255, np.uint8)
            for y in range(60, PLATE, 60):
                cv2.putText(clean, "some print of 1994", (20, y), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 0, 4)
            cv2.imwrite(str(folder / name / part / f"{k}.png"), clean)
            cv2.imwrite(str(folder / name / part / f"{k}-worn.png"), (clean * 0.6 + rng.normal(30, 6, clean.shape)))
            rows.append(
                {"image": f"{k}{'' if name in ('isri_unlv', 'old_books') else '-worn'}.png", "target": f"{k}.png"}
            )
        (folder / name / part / "gt.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    return folder


@pytest.fixture(scope="module")
def config(data: Path) -> Path:
    """A small run."""
    assert cut_plates(data, data / "plates.npz", each=3) == 6
    path = data / "run.toml"
    path.write_text(
        f'plates = "{data}/plates.npz"\nphotographs = "none/*"\npairs = "{data}/noisyoffice/train/gt.jsonl"\n'
        "side = 64\nbatch = 2\nsteps = 20\nlearning_rate = 0.05\nwarmup = 5\naverage = 0.8\nworkers = 0\n"
        "log_every = 10\n[net]\nwidth = 8\ndilations = [1, 2, 1]\n"
    )
    return path


def test_crops_have_the_start_of_their_operator(config: Path) -> None:
    crops = PageCrops(read_config(PageConfig, config))
    seen = set()
    for index in range(12):
        net_sees, planes, target, scale, strength, which = crops[index]
        assert net_sees.shape == (10, 64, 64) and planes.shape == (5, 64, 64) and target.shape == (3, 64, 64)
        assert (
            torch.equal(net_sees[:5], planes) and net_sees[5 + int(which)].min() == 1 and scale.min() == strength == 1
        )
        seen.add(DOCUMENT_OPERATORS[int(which)])
    assert len(seen) > 2


def test_a_run_becomes_a_model(config: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "compile", lambda net: net)
    train(config, tmp_path / "run")
    (tmp_path / "models" / "training").mkdir(parents=True)
    (tmp_path / "models" / "manifest.json").write_text(json.dumps({"models": [], "defaults": {}}))
    entry = publish_pages(tmp_path / "run", tmp_path / "models", data)
    assert entry["name"] == "enhance-page" and "dibco/dev binarize, PSNR and F-measure" in entry["metrics"]
    page, clean = (
        (read_rgb(data / "dibco" / "dev" / name) * 255 + 0.5).astype(np.uint8) for name in ("0-worn.png", "0.png")
    )
    for operator in DOCUMENT_OPERATORS:
        result = CanEnhancer(operator, path=tmp_path / "models" / entry["file"])(page)
        assert result.shape == page.shape
        if operator == "binarize":  # the start alone finds the print
            assert set(np.unique(result)) <= {0, 255} and (result == clean).mean() > 0.9


def test_handwriting_fills_squares_with_ink(data: Path, tmp_path: Path) -> None:
    (tmp_path / "fonts").mkdir()
    (tmp_path / "text").mkdir()
    (tmp_path / "fonts" / "caveat.ttf").symlink_to("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
    (tmp_path / "text" / "eng.wordlist").write_text("these\nare\nwords\n")
    for name in ("isri_unlv", "old_books"):
        (tmp_path / name).symlink_to(data / name)
    assert cut_plates(tmp_path, tmp_path / "plates.npz", each=2, fonts=tmp_path / "fonts") == 6
    ink = [1 - np.unpackbits(square).mean() for square in np.load(tmp_path / "plates.npz")["bits"][-2:]]
    assert all(0.03 < share < 0.5 for share in ink)
