"""Configurations of several runs: merged, in order, each from the weights of the one it follows."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from ocr.errors import UsageError  # noqa: E402
from ocr.train.checkpoint import Trained, build, save  # noqa: E402
from ocr.train.detect.trainer import DetectorConfig  # noqa: E402
from ocr.train.enhance.trainer import PageConfig, PhotoConfig, WhitenConfig  # noqa: E402
from ocr.train.page.trainer import CornersConfig, OrientConfig  # noqa: E402
from ocr.train.run import LAST, RunConfig  # noqa: E402
from ocr.train.series import read_series, train_series  # noqa: E402

SHIPPED = Path(__file__).parents[2] / "models" / "training"


@dataclass(frozen=True, slots=True)
class Crop:
    """A table of a configuration."""

    side: int = 10
    tilt: float = 0.0


@dataclass(frozen=True, slots=True)
class Config(RunConfig):
    """A configuration."""

    crop: Crop = field(default_factory=Crop)


SERIES = """
steps = 4
[crop]
side = 20
[[runs]]
name = "first"
[[runs]]
name = "second"
after = "first"
steps = 6
[runs.crop]
tilt = 0.5
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text)
    return path


def test_runs_override_keys_and_tables_and_follow_each_other(tmp_path: Path) -> None:
    first, second = read_series(Config, written(tmp_path, SERIES), tmp_path / "out")
    assert (first.folder, second.folder) == (tmp_path / "out/first", tmp_path / "out/second")
    assert (first.config.steps, first.config.crop, first.config.initial) == (4, Crop(20, 0.0), "")
    assert (second.config.steps, second.config.crop) == (6, Crop(20, 0.5))
    assert second.config.initial == str(tmp_path / "out/first" / LAST)


def test_a_file_without_runs_is_one_run(tmp_path: Path) -> None:
    [only] = read_series(Config, written(tmp_path, "steps = 3\n"), tmp_path / "out")
    assert (only.folder, only.config.steps) == (tmp_path / "out", 3)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[[runs]]\nsteps = 1\n", "a name of its own"),
        ('[[runs]]\nname = "a"\n[[runs]]\nname = "a"\n', "a name of its own"),
        ('[[runs]]\nname = "a"\nafter = "b"\n', "'b' names no earlier run"),
        ('[[runs]]\nname = "a"\n[[runs]]\nname = "b"\nafter = "a"\ninitial = "x.pt"\n', "both after and initial"),
        ('[[runs]]\nname = "a"\nstepz = 1\n', "run 1: unknown key 'stepz'"),
    ],
)
def test_faults_are_named(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(UsageError, match=fault):
        read_series(Config, written(tmp_path, text), tmp_path / "out")


def test_finished_runs_are_skipped_and_none_is_overwritten(tmp_path: Path) -> None:
    trained: list[str] = []

    def train(config: Config, out: Path, last: Path) -> None:
        trained.append(out.name)
        if out.name == "second" and len(trained) == 2:
            raise KeyboardInterrupt
        net = build("orient", "orient", {})
        save(last, Trained("orient", "orient", {}, net, step=config.steps), resume={})

    path, out = written(tmp_path, SERIES), tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        train_series(Config, path, out, False, train)
    with pytest.raises(UsageError, match="--resume"):
        train_series(Config, path, out, False, train)
    assert train_series(Config, path, out, True, train) == out / "second" / LAST
    assert trained == ["first", "second", "second"]
    assert train_series(Config, path, out, True, train) == out / "second" / LAST and len(trained) == 3


CONFIGURATIONS: dict[str, type[RunConfig]] = {
    "detect-mobile": DetectorConfig,
    "detect-slim": DetectorConfig,
    "orient": OrientConfig,
    "corners-mobile": CornersConfig,
    "corners-mobile-refine": CornersConfig,
    "enhance-whiten": WhitenConfig,
    "enhance-page": PageConfig,
    "enhance-operators": PhotoConfig,
    "enhance-photo": PhotoConfig,
}


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_shipped_configurations_make_their_nets_from_nothing(name: str) -> None:
    parts = read_series(CONFIGURATIONS[name], SHIPPED / f"{name}.toml", Path("out"))
    made = {str(part.folder / LAST) for part in parts}
    for part in parts:
        assert part.config.trained_on and part.config.licence == "Apache-2.0"
        assert part.config.initial in made | {""}


def test_every_configuration_of_these_tasks_is_checked() -> None:
    names = {path.stem for path in SHIPPED.glob("*.toml") if not path.stem.startswith(("crnn-", "lm-", "ask", "babi"))}
    assert names == CONFIGURATIONS.keys()
