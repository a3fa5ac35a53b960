"""A detector that learns from another one: it learns, and short kernels count more."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from ocr.errors import InputError, UsageError  # noqa: E402
from ocr.train.detect.data import CropConfig  # noqa: E402
from ocr.train.detect.distil import PictureCrops, Teacher, imitation_loss, weights  # noqa: E402
from ocr.train.detect.net import NetConfig  # noqa: E402
from ocr.train.detect.slim import SlimDbNet  # noqa: E402
from ocr.train.detect.trainer import train  # noqa: E402
from tests.train.detect.pages import SIDE, page_of_lines, write_config, write_data  # noqa: E402
from tests.train.runs import rows  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
TEACHER = "detect-mobile"


@pytest.fixture
def pictures(tmp_path: Path) -> str:
    """A pattern that matches two pictures."""
    for name in ("a", "b"):
        cv2.imwrite(str(tmp_path / f"{name}.png"), page_of_lines()[0])
    return f"{tmp_path}/*.png"


def test_loss_falls_and_the_run_is_measured(tmp_path: Path, pictures: str) -> None:
    config = write_config(tmp_path, write_data(tmp_path), 60, f'teacher = "{TEACHER}"\npictures = ["{pictures}"]')
    config.write_text(config.read_text().replace('net = "db"', 'net = "slim"'))
    train(config, tmp_path / "run")
    losses = [float(row["loss"]) for row in rows(tmp_path / "run/log.csv")]
    assert sum(losses[-10:]) < 0.8 * sum(losses[:10])
    assert "det_f1" in rows(tmp_path / "run/evals.csv")[-1]


def test_pictures_and_teachers_that_are_not_there_are_named(pictures: str) -> None:
    with pytest.raises(InputError, match="nowhere"):
        PictureCrops([pictures, "nowhere/*.png"], CropConfig(), 1)
    with pytest.raises(UsageError, match="nobody"):
        Teacher("nobody", 1)


def test_a_slim_net_without_a_teacher_is_refused(tmp_path: Path) -> None:
    config = write_config(tmp_path, write_data(tmp_path), 2)
    config.write_text(config.read_text().replace('net = "db"', 'net = "slim"'))
    with pytest.raises(UsageError, match="teacher"):
        train(config, tmp_path / "run")


def test_crops_follow_from_the_seed(pictures: str) -> None:
    config = CropConfig(side=SIDE, blank=0.3)
    crops, again, others = (PictureCrops([pictures], config, seed) for seed in (1, 1, 2))
    seen = [crops[k] for k in range(12)]
    assert all(crop.shape == (1, SIDE, SIDE) and float(crop.abs().max()) <= 1 for crop in seen)
    assert all(torch.equal(crop, again[k]) for k, crop in enumerate(seen))
    assert not all(torch.equal(crop, others[k]) for k, crop in enumerate(seen))


def test_the_teacher_finds_lines_where_they_are() -> None:
    page = np.full((1, 1, 192, 256), 1, np.float32)
    page[..., :160, :200] = page_of_lines()[0] / 127.5 - 1
    maps = Teacher(TEACHER, 1)(torch.from_numpy(page))
    assert maps.shape == (1, 1, 48, 64)
    assert float(maps[0, 0, 40:].max()) < 0.3 < float(maps[0, 0, :40].max())


def test_a_perfect_student_has_next_to_no_loss_and_short_kernels_count_more() -> None:
    teacher = torch.zeros(1, 1, 40, 40)
    teacher[0, 0, 4:7, 4:38] = 1
    teacher[0, 0, 20:23, 10:13] = 1
    logits = 12 * (2 * teacher - 1)
    assert float(imitation_loss(logits, teacher)["divergence"]) < 0.01
    long, short = logits.clone(), logits.clone()
    long[0, 0, 4:7, 10:13] *= -1
    short[0, 0, 20:23, 10:13] *= -1
    assert float(imitation_loss(short, teacher)["loss"]) > float(imitation_loss(long, teacher)["loss"])
    share = weights(teacher)[0, 0]
    assert float(share[21, 11]) > 2 and float(share[5, 20]) == 1 == float(share[35, 35])


def test_the_slim_net_gives_a_quarter_of_the_resolution() -> None:
    net = SlimDbNet(NetConfig(stem=8, channels=(8, 8, 8, 8), blocks=(1, 1, 1, 1), neck=8, head=8)).eval()
    with torch.no_grad():
        assert net(torch.zeros(2, 1, 64, 96)).shape == net.text(torch.zeros(2, 1, 64, 96)).shape == (2, 1, 16, 24)
