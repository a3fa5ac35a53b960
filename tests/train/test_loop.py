"""The training loop: a killed run continues exactly where its checkpoint was, and no run is overwritten."""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("torch")

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from ocr.errors import UsageError
from ocr.train import run as run_module
from ocr.train.checkpoint import load, resume_state
from ocr.train.curve import COLUMNS, HEIGHT, LINE, WIDTH, draw_curve
from ocr.train.loop import Feed, fit, loader
from ocr.train.run import LAST, Model, Run, RunConfig, Schedule, prepared, start
from tests.train.elsewhere import DEVICE, Elsewhere

MODEL = Model("orient", "orient", {"channels": (4, 4)})
STEPS = 8


class Killed(BaseException):
    """Stands for the signal that ends a run."""


class Numbered(Feed[tuple[Tensor, Tensor]]):
    """Batches that depend on a state of the feed's own: how many were taken."""

    def __init__(self) -> None:
        self.taken, self.refreshed = 0, 0

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        while True:
            generator = torch.Generator().manual_seed(self.taken)
            self.taken += 1
            yield torch.rand(3, 1, 32, 40, generator=generator), torch.arange(3.0)

    def state(self) -> dict[str, Any]:
        return {"taken": self.taken}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.taken = state.get("taken", 0)

    def refresh(self) -> None:
        self.refreshed += 1


def config_of(folder: Path, **values: Any) -> tuple[Path, RunConfig]:
    path = folder / "given.toml"
    path.write_text("steps = 8\n")
    fixed: dict[str, Any] = {"steps": STEPS, "minutes": 1e6, "warmup": 2, "log_every": 3, "checkpoint_minutes": 0.0}
    return path, RunConfig(**{**fixed, **values})


def train(
    folder: Path, out: Path, resume: bool = False, killed: int = 0, feed: Numbered | None = None, **values: Any
) -> Run[Any]:
    """A run of a small net, with noise in its loss; killed before the step ``killed`` if there is one."""
    path, config = config_of(folder, **values)
    last = prepared(out, path, config, resume)
    run = start(MODEL, config, last)

    def loss_of(net: nn.Module, batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        if killed and run.step == killed:
            raise Killed
        with run.autocast():
            logits = net(run.images(batch[0])).float()
        noise = torch.rand(()).to(run.device)
        return {"loss": ((logits - batch[1]) ** 2).mean() * (1 + noise), "noise": noise}

    fit(run, feed or Numbered(), loss_of, out, lambda: {"taken": float(torch.rand(()))})
    return run


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_killed_run_ends_as_one_that_was_not(tmp_path: Path) -> None:
    train(tmp_path, tmp_path / "whole")
    with pytest.raises(Killed):
        train(tmp_path, tmp_path / "killed", killed=5)
    assert load(tmp_path / "killed" / LAST).step == 5
    train(tmp_path, tmp_path / "killed", resume=True)
    whole, resumed = (resume_state(tmp_path / name / LAST) for name in ("whole", "killed"))
    for name, value in whole["net"].items():
        assert torch.equal(value, resumed["net"][name]), name
    nets = [load(tmp_path / name / LAST).net.state_dict() for name in ("whole", "killed")]
    assert all(torch.equal(value, nets[1][name]) for name, value in nets[0].items())
    moments = [state["optimizer"]["state"][0]["exp_avg"] for state in (whole, resumed)]
    assert torch.equal(*moments)
    losses = [[row["loss"] for row in rows(tmp_path / name / "log.csv")] for name in ("whole", "killed")]
    assert losses[0][0] == losses[1][0] and len(losses[0]) == len(losses[1]) == 2


def test_the_clock_goes_on_where_it_stood(tmp_path: Path) -> None:
    with pytest.raises(Killed):
        train(tmp_path, tmp_path / "run", killed=3)
    path = tmp_path / "run" / LAST
    state = torch.load(path, weights_only=True)
    state["resume"]["seconds"] = 600.0
    torch.save(state, path)
    run = train(tmp_path, tmp_path / "run", resume=True, minutes=9.0, steps=10**6)
    assert run.step == 3, "the budget was spent before"
    assert load(path).minutes == 10.0


def test_rows_that_a_kill_has_lost_come_once(tmp_path: Path) -> None:
    with pytest.raises(Killed):
        train(tmp_path, tmp_path / "run", killed=4)
    with (tmp_path / "run" / "log.csv").open("a") as file:
        file.write("6,0.0,1e-3,1.0,0.5\n")
    train(tmp_path, tmp_path / "run", resume=True)
    assert [row["step"] for row in rows(tmp_path / "run" / "log.csv")] == ["3", "6"]
    assert [row["step"] for row in rows(tmp_path / "run" / "evals.csv")] == ["8"]


def test_a_run_is_not_overwritten(tmp_path: Path) -> None:
    train(tmp_path, tmp_path / "run")
    before = (tmp_path / "run" / LAST).read_bytes()
    with pytest.raises(UsageError, match="add --resume"):
        train(tmp_path, tmp_path / "run")
    assert (tmp_path / "run" / LAST).read_bytes() == before


def test_a_run_of_another_net_is_not_continued(tmp_path: Path) -> None:
    train(tmp_path, tmp_path / "run")
    _, config = config_of(tmp_path)
    with pytest.raises(UsageError, match="another size"):
        start(Model("orient", "orient", {"channels": (4, 8)}), config, tmp_path / "run" / LAST)
    with pytest.raises(UsageError, match="not corners"):
        start(Model("corners", "corner"), config, tmp_path / "run" / LAST)


def test_checkpoints_say_what_the_net_is_and_was_trained_on(tmp_path: Path) -> None:
    train(tmp_path, tmp_path / "first", trained_on=("pages (CC BY)",), licence="Apache-2.0")
    initial = str(tmp_path / "first" / LAST)
    run = train(tmp_path, tmp_path / "second", initial=initial, trained_on=("lines",), steps=1, learning_rate=0.0)
    trained = load(tmp_path / "second" / LAST, "orient")
    assert trained.trained_on == ("pages (CC BY)", "lines")
    assert trained.licence == "Apache-2.0"
    assert trained.metrics.keys() == {"taken"}
    first = load(initial).net.state_dict()
    assert torch.equal(run.net.state_dict()["head.weight"], first["head.weight"])
    with pytest.raises(UsageError, match="weights of another net"):
        start(Model("orient", "orient", {"channels": (4, 8)}), config_of(tmp_path, initial=initial)[1])


def test_the_average_follows_the_weights(tmp_path: Path) -> None:
    run = train(tmp_path, tmp_path / "run", average=0.5)
    weights = [net.state_dict()["body.0.0.weight"] for net in (run.net, run.averaged)]
    assert 0 < float((weights[0] - weights[1]).abs().max()) < 0.1


def test_the_feed_takes_up_new_data_at_checkpoints(tmp_path: Path) -> None:
    feed = Numbered()
    train(tmp_path, tmp_path / "run", feed=feed)
    assert feed.refreshed == STEPS


def test_batches_are_moved_to_the_device_of_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train(tmp_path, tmp_path / "here")
    with Elsewhere():
        monkeypatch.setattr(run_module, "best_device", lambda: DEVICE)
        run = train(tmp_path, tmp_path / "there")
    assert {parameter.device for parameter in run.net.parameters()} == {DEVICE}
    losses = [float(rows(tmp_path / name / "log.csv")[-1]["loss"]) for name in ("here", "there")]
    assert losses[0] == pytest.approx(losses[1], rel=0.05), "bfloat16 here, float32 there"


def test_a_tensor_left_behind_is_noticed() -> None:
    with Elsewhere():
        away = torch.ones(3).to(DEVICE)
        assert (away + away).cpu().tolist() == [2.0, 2.0, 2.0]
        assert (away * torch.tensor(2.0)).cpu().tolist() == [2.0, 2.0, 2.0]
        with pytest.raises(AssertionError, match=r"aten::add: tensors of shape \[\(3,\)\]"):
            away + torch.ones(3)


def test_a_loader_goes_on_after_the_samples_of_earlier_steps() -> None:
    class Squares(Dataset[int]):
        def __getitem__(self, k: int) -> int:
            return k * k

    feed = loader(Squares(), Schedule(batch=2, workers=0), 5)
    batches = iter(feed)
    assert [next(batches).tolist() for _ in range(2)] == [[100, 121], [144, 169]]


def test_curves_are_drawn_one_panel_each(tmp_path: Path) -> None:
    log = [{"step": k, "minutes": k / 10, "rate": "1e-3", "loss": 9.0 - k, "noise": 0.0} for k in range(5)]
    draw_curve(tmp_path / "curve.png", log, [{"step": 4, "minutes": 0.4, "cer": 0.1, "odd": float("nan"), "f1": 0.5}])
    pixels = np.asarray(Image.open(tmp_path / "curve.png"))
    assert pixels.shape == (2 * HEIGHT, COLUMNS * WIDTH, 3)
    on_line = (pixels[:HEIGHT, :WIDTH] == LINE).all(-1)
    columns = np.flatnonzero(on_line.any(0))
    left, right = (float(np.flatnonzero(on_line[:, column]).mean()) for column in (columns[3], columns[-3]))
    assert right - left > HEIGHT / 2, "the loss falls"
    draw_curve(tmp_path / "none.png", [], [])
    assert not (tmp_path / "none.png").exists()


@pytest.mark.parametrize(
    ("features", "dilation", "expected"),
    [
        ((True, False), 4, (torch.bfloat16, torch.channels_last)),
        ((False, True), 4, (torch.bfloat16, torch.contiguous_format)),
        ((False, True), 1, (torch.bfloat16, torch.channels_last)),
        ((False, False), 1, (torch.float32, torch.channels_last)),
    ],
)
def test_the_precision_is_safe_for_the_net(
    features: tuple[bool, bool],
    dilation: int,
    expected: tuple[torch.dtype, torch.memory_format],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from ocr.train import device

    monkeypatch.setattr(device, "cpu_features", lambda: features)
    net = nn.Sequential(nn.Conv2d(1, 1, 3, dilation=dilation))
    assert dataclasses.astuple(device.precision(torch.device("cpu"), net)) == expected


def test_every_tensor_of_a_batch_is_moved() -> None:
    from ocr.train.device import on_device

    @dataclasses.dataclass
    class Batch:
        images: Tensor
        names: list[str]

    with Elsewhere():
        batch = on_device((torch.ones(2), {"a": [torch.ones(1)]}, Batch(torch.ones(1), ["x"])), DEVICE)
    found: list[Callable[[], Tensor]] = [lambda: batch[0], lambda: batch[1]["a"][0], lambda: batch[2].images]
    assert all(tensor().device == DEVICE for tensor in found)
    assert batch[2].names == ["x"]
