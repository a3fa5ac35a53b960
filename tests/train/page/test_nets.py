"""Training of the nets for orientation and corners: they learn, resume, and reject what they do not know."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from ocr.errors import UsageError  # noqa: E402
from ocr.train.page import corners, orient  # noqa: E402
from ocr.train.page.corner_nets import CornerNet, PageNet, place  # noqa: E402
from ocr.train.page.orient_net import OrientNet  # noqa: E402
from ocr.train.recognize.shards import write_shard  # noqa: E402
from ocr.train.synth import photos  # noqa: E402
from ocr.train.synth.photos import SMALL, Materials, pictures, scene  # noqa: E402
from tests.page.prose import prose  # noqa: E402

SCHEDULE = "batch = 2\nsteps = {steps}\nwarmup = 3\nworkers = 0\nlog_every = 4\n"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def materials(tmp_path_factory: pytest.TempPathFactory) -> Materials:
    folder = tmp_path_factory.mktemp("pages")
    cv2.imwrite(str(folder / "page.png"), prose())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(photos, "GROUNDS", 6)
        return Materials.load(pictures([str(folder)]), [])


def test_nets_have_the_shapes_they_promise() -> None:
    page, presence = PageNet().eval()(torch.zeros(2, 3, 64, 64))
    assert page.shape == (2, 16, 16)
    assert presence.shape == (2,)
    heat = CornerNet().eval()(torch.zeros(3, 3, 96, 96))
    assert heat.shape == (3, 24, 24)
    assert place(torch.zeros(1, 24, 24))[0].tolist() == pytest.approx([0.5, 0.5])
    assert OrientNet().eval()(torch.zeros(2, 1, 32, 100)).shape == (2,)


def test_a_scene_is_the_same_for_the_same_seed_and_from_every_view(materials: Materials) -> None:
    seed = next(seed for seed in range(50) if len(scene(materials, seed, SMALL).corners))
    first, second = scene(materials, seed, SMALL), scene(materials, seed, SMALL)
    view = first.frame(96)
    picture = first.draw(view, (96, 96))
    assert (picture == second.draw(view, (96, 96))).all()
    shifted = np.array([[1, 0, -32], [0, 1, -32], [0, 0, 1]]) @ view
    part = first.draw(shifted, (32, 32)).astype(float)
    assert abs(part - picture[32:64, 32:64]).mean() < 25  # noise and JPEG differ, what is seen does not
    assert len(scene(materials, seed, SMALL).corners) == 4


def test_some_scenes_have_no_page(materials: Materials) -> None:
    empty = sum(not len(scene(materials, seed, SMALL).corners) for seed in range(60))
    assert 2 <= empty <= 20


@pytest.mark.parametrize("level", ["page", "corner"])
def test_corner_training_runs_and_resumes(
    tmp_path: Path, materials: Materials, level: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corners, "HELD", 2)
    monkeypatch.setattr(Materials, "load", lambda *_: materials)
    config = tmp_path / "config.toml"
    head = f'level = "{level}"\npages = ["{tmp_path}"]\nphotographs = []\n'
    for steps in (4, 8):
        config.write_text(head + SCHEDULE.format(steps=steps))
        corners.train(config, tmp_path / "run", resume=steps > 4)
    assert [row["step"] for row in rows(tmp_path / "run/log.csv")] == ["4", "8"]
    assert len(rows(tmp_path / "run/evals.csv")) == 2
    with pytest.raises(UsageError, match="--resume"):
        corners.train(config, tmp_path / "run")
    config.write_text(head.replace(level, "sheet") + SCHEDULE.format(steps=1))
    with pytest.raises(UsageError, match="level"):
        corners.train(config, tmp_path / "other")


def test_orientation_is_learned(tmp_path: Path) -> None:
    wedge = np.tile(np.repeat(np.linspace(0, 255, 32).astype(np.uint8)[:, None], 40, 1), (1, 8))
    write_shard(tmp_path / "lines.npz", [(wedge, "dark above")] * 3)
    config = tmp_path / "config.toml"
    shard = f'["{tmp_path}/lines.npz"]'
    config.write_text(f"synthetic = {shard}\nreal = []\nheld = {shard}\n" + SCHEDULE.format(steps=60))
    orient.train(config, tmp_path / "run")
    assert float(rows(tmp_path / "run/evals.csv")[-1]["lines"]) <= 0.5
    log = rows(tmp_path / "run/log.csv")
    assert float(log[-1]["loss"]) < float(log[0]["loss"])
    config.write_text(f"synthetic = {shard}\nreal = []\nsurreal = 1\n")
    with pytest.raises(UsageError, match="surreal"):
        orient.train(config, tmp_path / "other")
