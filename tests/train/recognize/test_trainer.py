"""Training of recognisers: phases, real lines, teacher, resumption after a kill, device, the paper's net."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import torch
from torch import Tensor, nn

from ocr.errors import InputError, UsageError
from ocr.recognize.charset import Charset
from ocr.train.checkpoint import Trained, load, save
from ocr.train.recognize import trainer
from ocr.train.recognize.accuracy import error_rate
from ocr.train.recognize.data import Batch, LineFeed, LineSet, Mix, collate
from ocr.train.recognize.losses import LineLoss, Phases
from ocr.train.recognize.net import NETS, Crnn, SmallCrnn
from ocr.train.recognize.trainer import RecognizerConfig, train
from ocr.train.run import LAST
from ocr.train.series import read_series
from tests.train.recognize.lines import config_of, draw_shard
from tests.train.runs import elsewhere, rows, same_weights

ROOT = Path(__file__).parents[3]
LATIN = Charset.load("latin")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Shards of drawn lines of small letters, of real lines of capitals, and of both to measure."""
    draw_shard(tmp_path / "drawn" / "a.npz", "acen")
    draw_shard(tmp_path / "real" / "a.npz", "XYZ", seed=1, centers=False)
    draw_shard(tmp_path / "dev" / "both.npz", "acenXYZ", 6, seed=2)
    return tmp_path


def saved(path: Path, net: str, charset: Charset = LATIN, seed: int = 5) -> Path:
    """A checkpoint with random weights."""
    torch.manual_seed(seed)
    made = NETS[net](len(charset))
    about = Trained("recognize", net, {"classes": len(charset)}, made, charset=charset.characters,
                    trained_on=("its own lines (CC0)",), licence="CC0-1.0")  # fmt: skip
    return save(path, about)


def weights(path: Path) -> dict[str, Tensor]:
    return load(path).net.state_dict()


# ------------------------------------------------------------------------------------------------- phases and data


def test_the_losses_follow_the_phases(folder: Path) -> None:
    config = config_of(folder / "c.toml", real=[f"{folder}/real/*.npz"], dev=[f"{folder}/dev/*.npz"])
    last = train(config, folder / "run")
    log = [{name: float(row[name]) for name in ("frame", "ctc", "soft")} for row in rows(folder / "run/log.csv")]
    # Eight steps: CTC from 0.3 of them on, glyph centres until 0.6 of them.
    assert [(row["frame"] > 0, row["ctc"] > 0) for row in log[:3]] == [(True, False)] * 3
    assert all(row["ctc"] > 0 for row in log[3:])
    assert log[3]["frame"] > 0 and not any(row["frame"] for row in log[5:])
    assert not any(row["soft"] for row in log)
    assert rows(folder / "run/evals.csv")[-1].keys() == {"step", "minutes", "cer both"}
    assert load(last).metrics.keys() == {"cer both"}
    assert (folder / "run/curve.png").exists()


def test_shares_of_the_losses() -> None:
    phases = Phases(ctc_from=0.2, frame_until=0.5, teacher_share=2.0)
    assert [phases.shares(at) for at in (0.1, 0.2, 0.5)] == [(1.0, 0.0, 0.0), (0.5, 1.0, 0.0), (0.0, 1.0, 2.0)]


def test_the_net_learns_the_lines(folder: Path) -> None:
    draw_shard(folder / "dev" / "both.npz", "acen", 20, seed=9)
    config = config_of(folder / "c.toml", steps=150, dev=[f"{folder}/dev/*.npz"], learning_rate=6e-3, columns=2000,
                       average=0.9, ctc_from=0.6, frame_until=1.0, checkpoint_minutes=1.0)  # fmt: skip
    train(config, folder / "run")
    assert float(rows(folder / "run/evals.csv")[-1]["cer both"]) < 0.15


def feed_of(folder: Path, real_share: float, start: list[int | None]) -> LineFeed:
    sets = LineSet(LATIN), LineSet(LATIN)
    patterns = [f"{folder}/drawn/*.npz"], [f"{folder}/real/*.npz"]
    feed = LineFeed(*sets, patterns, real_share, Mix(2000), 3, lambda: start[0])
    feed.refresh()
    return feed


def letters(batches: Iterator[Batch], count: int) -> Counter[str]:
    found: Counter[str] = Counter()
    for _ in range(count):
        found.update("real" if c in "XYZ" else "drawn" for c in LATIN.decode(next(batches).labels.tolist()))
    return found


def test_real_lines_are_mixed_in_by_their_share(folder: Path) -> None:
    start: list[int | None] = [None]
    batches = iter(feed_of(folder, 0.25, start))
    assert letters(batches, 20)["real"] == 0
    start[0] = 7
    seen = letters(batches, 80)
    assert 0.18 < seen["real"] / seen.total() < 0.32


def test_the_trainer_hands_the_real_lines_to_the_net(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[set[str]] = []

    class Watched(LineLoss):
        def __call__(self, net: Crnn, batch: Batch) -> dict[str, Tensor]:
            seen.append(set(LATIN.decode(batch.labels.tolist())))
            return super().__call__(net, batch)

    monkeypatch.setattr(trainer, "LineLoss", Watched)
    train(config_of(folder / "c.toml", real=[f"{folder}/real/*.npz"], real_share=0.7), folder / "run")
    assert not set().union(*seen[:3]) & set("XYZ"), "glyph centres of real lines are not known"
    assert set().union(*seen[3:]) >= set("XYZ")


def test_shards_that_come_later_are_taken_up(folder: Path) -> None:
    feed = feed_of(folder, 0.5, [None])
    before = len(feed.drawn)
    draw_shard(folder / "drawn" / "b.npz", "m", 10)
    feed.refresh()
    assert len(feed.drawn) == before + 10


def test_a_feed_continues_after_the_last_batch_taken(folder: Path) -> None:
    whole, killed, resumed = (feed_of(folder, 0.5, [11]) for _ in range(3))
    expected = [next(batches).labels.tolist() for batches in [iter(whole)] for _ in range(40)]
    batches = iter(killed)
    for _ in range(33):
        next(batches)
    resumed.restore(killed.state())
    again = iter(resumed)
    assert [next(again).labels.tolist() for _ in range(7)] == expected[33:]


# ---------------------------------------------------------------------------------------------------- kill, resume


def test_a_killed_process_is_resumed(folder: Path) -> None:
    """SIGKILL after the first checkpoint; what comes out is what an undisturbed run gives."""
    config = config_of(folder / "c.toml", steps=16, real=[f"{folder}/real/*.npz"])
    command = [sys.executable, "-m", "ocr.cli", "train", "recognize", str(config), "--out", str(folder / "killed")]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, env={**os.environ, "OMP_NUM_THREADS": "1"})
    last, deadline = folder / "killed" / LAST, time.monotonic() + 120
    while not last.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "the run ended before it was killed"
    assert 0 < load(last).step < 16
    with pytest.raises(UsageError, match="add --resume"):
        train(config, folder / "killed")
    train(config, folder / "killed", resume=True)
    train(config, folder / "whole")
    assert load(last).step == 16
    assert same_weights(folder / "killed", folder / "whole")
    assert [row["step"] for row in rows(folder / "killed/log.csv")] == [str(step) for step in range(1, 17)]


# ------------------------------------------------------------------------------------------------- initial, teacher


def test_the_teacher_is_listened_to(folder: Path) -> None:
    teacher = saved(folder / "teacher.pt", "mobile")
    train(config_of(folder / "a.toml"), folder / "alone")
    taught = train(config_of(folder / "b.toml", teacher=str(teacher)), folder / "taught")
    soft = [float(row["soft"]) for row in rows(folder / "taught/log.csv")]
    assert not any(soft[:5]) and all(soft[5:]), "from frame_until on"
    assert not same_weights(folder / "alone", folder / "taught")
    assert "its own lines (CC0)" in load(taught).trained_on


def test_a_student_of_a_teacher_alone_becomes_like_it(folder: Path) -> None:
    """With the labels' weight negligible, the student's activations approach the teacher's."""
    teacher = saved(folder / "teacher.pt", "small")
    values = {"teacher": str(teacher), "ctc_from": 0.0, "frame_until": 0.0, "teacher_share": 1e4, "steps": 30}
    train(config_of(folder / "c.toml", **values, learning_rate=1e-2), folder / "run")
    log = [float(row["soft"]) for row in rows(folder / "run/log.csv")]
    assert np.mean(log[-5:]) < 0.2 * np.mean(log[:3])


def test_what_was_learned_before_is_kept(folder: Path) -> None:
    """With a classifier that stays, and the earlier weights as teacher of drawn lines, over sampled classes."""
    before = saved(folder / "before.pt", "mobile")
    values: dict[str, object] = {
        "net": "mobile", "initial": str(before), "teacher": str(before), "sampled": 5, "ctc_from": 0.0,
        "frame_until": 0.0, "real": [f"{folder}/real/*.npz"], "real_share": 0.5, "fixed_classifier": True, "steps": 6,
        "warmup": 1,
    }  # fmt: skip
    found = weights(train(config_of(folder / "a.toml", **values, teach_real=False), folder / "drawn"))
    start = weights(before)
    assert torch.equal(found["classify.weight"], start["classify.weight"])
    assert not torch.equal(found["trunk.0.0.weight"], start["trunk.0.0.weight"])
    train(config_of(folder / "b.toml", **values), folder / "all")
    assert not same_weights(folder / "drawn", folder / "all")
    values |= {"synthetic": [f"{folder}/real/*.npz"], "real": [], "teach_real": False}
    train(config_of(folder / "c.toml", **values), folder / "none")
    assert not any(float(row["soft"]) for row in rows(folder / "none/log.csv"))


def test_weights_of_a_smaller_net_and_another_charset_are_a_start(folder: Path) -> None:
    initial = saved(folder / "initial.pt", "mobile", Charset("abc"))
    values = {"net": "large", "initial": str(initial), "steps": 1, "learning_rate": 0.0}
    found = weights(train(config_of(folder / "c.toml", **values), folder / "run"))
    start = weights(initial)
    assert torch.equal(found["trunk.3.0.weight"], start["trunk.3.0.weight"])
    assert found["classify.weight"].shape != start["classify.weight"].shape
    assert load(folder / "run" / LAST).licence == "CC0-1.0"
    with pytest.raises(UsageError, match="weights of another net"):
        train(config_of(folder / "d.toml", net="vgg", initial=str(initial)), folder / "other")


def test_the_net_without_lstm_learns_from_the_one_whose_convolutions_it_takes(folder: Path) -> None:
    mobile = saved(folder / "mobile.pt", "mobile")
    values: dict[str, object] = {"net": "conv", "initial": str(mobile), "teacher": str(mobile), "frame_until": 0.0}
    start = weights(train(config_of(folder / "a.toml", **values, steps=1, learning_rate=0.0), folder / "still"))
    given = weights(mobile)
    assert all(torch.equal(start[name], given[name]) for name in start if name.endswith("0.weight") and "trunk" in name)
    assert not [name for name in start if "lstm" in name]
    moved = weights(train(config_of(folder / "b.toml", **values, steps=2, warmup=1), folder / "moving"))
    assert not torch.equal(moved["context.0.layers.2.weight"], start["context.0.layers.2.weight"])
    again = {**values, "initial": str(folder / "still" / LAST), "steps": 1, "learning_rate": 0.0}
    train(config_of(folder / "c.toml", **again), folder / "again")


def test_shared_characters_keep_their_weights_in_a_new_charset(folder: Path) -> None:
    initial = saved(folder / "initial.pt", "small", Charset("cżab"))
    values = {"net": "small", "initial": str(initial), "steps": 1, "learning_rate": 0.0}
    found = weights(train(config_of(folder / "c.toml", **values), folder / "run"))
    start = weights(initial)
    for name in ("classify.weight", "classify.bias"):
        assert torch.equal(found[name][[0, *LATIN.encode("cab")]], start[name][[0, 1, 3, 4]])
        assert not torch.equal(found[name][LATIN.encode("x")], start[name][[2]])


def test_configurations_that_contradict_themselves(folder: Path) -> None:
    teacher = str(saved(folder / "teacher.pt", "small", Charset("abc")))
    for values, message in (
        ({"net": "transformer"}, "no recogniser net 'transformer'"),
        ({"fixed_classifier": True}, "weights that initial names"),
        ({"net": "vgg", "sampled": 9}, "leave sampled out"),
        ({"teacher": teacher}, "another charset"),
    ):
        with pytest.raises(UsageError, match=message):
            train(config_of(folder / "c.toml", **values), folder / "run", resume=True)
    with pytest.raises(InputError, match=r"none/\*.npz: no shards"):
        train(config_of(folder / "c.toml", synthetic=["none/*.npz"]), folder / "run")


# ---------------------------------------------------------------------------------------------------------- device


@pytest.mark.parametrize("values", [{"sampled": 5}, {"teacher": "teacher.pt"}], ids=["sampled", "teacher"])
def test_inputs_and_targets_are_on_the_device(folder: Path, values: dict[str, object]) -> None:
    """On a pretended device, where mixing tensors of both devices raises: every phase, both kinds of lines."""
    if "teacher" in values:
        values = {"teacher": str(saved(folder / "teacher.pt", "small"))}
    config = config_of(folder / "c.toml", real=[f"{folder}/real/*.npz"], dev=[f"{folder}/dev/*.npz"], **values)
    with elsewhere():
        last = train(config, folder / "there")
    train(config, folder / "here")
    there, here = ([float(row["loss"]) for row in rows(folder / name / "log.csv")] for name in ("there", "here"))
    assert there == pytest.approx(here, rel=0.1), "bfloat16 here, float32 there"
    assert load(last).step == 8


# ------------------------------------------------------------------------------------------------------------ nets


@pytest.mark.parametrize("name", NETS)
def test_frames_of_a_width_are_those_that_the_net_gives(name: str) -> None:
    net = NETS[name](12).eval()
    for width in (32, 44, 96):
        assert len(net(torch.zeros(1, 1, 32, width))) == net.frames(width)


def test_targets_have_the_frames_of_the_net() -> None:
    items = [(np.zeros((32, 50), np.uint8), np.array([1, 2], np.int32), np.array([0.25, 0.75], np.float32))]
    batch = collate(items, NETS["vgg"].frames)
    assert batch.frame_targets.shape == (1, NETS["vgg"].frames(64)) == (1, 17)
    assert batch.frames.tolist() == [13]
    assert batch.frame_targets[0].nonzero().flatten().tolist() == [3, 9]


def test_the_net_of_the_paper_is_trained_by_its_configuration(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two steps of the shipped configuration with drawn lines instead of the cache: frame-wise, then with teacher."""
    monkeypatch.chdir(ROOT)
    shipped = (ROOT / "models" / "training" / "crnn-vgg.toml").read_text(encoding="utf-8")
    path = folder / "vgg.toml"
    path.write_text(shipped.replace("cache/synth", f"{folder}/drawn").replace("24_000", "500")
                    + "steps = 2\nlog_every = 1\n", encoding="utf-8")  # fmt: skip
    trained = load(train(path, folder / "run"))
    assert isinstance(trained.net, NETS["vgg"])
    assert 8.2e6 < trained.parameters < 8.5e6
    first, second = rows(folder / "run/log.csv")
    assert float(first["frame"]) > 0 and float(first["ctc"]) == 0
    assert float(second["ctc"]) > 0 and float(second["soft"]) > 0


@pytest.mark.parametrize("path", sorted((ROOT / "models" / "training").glob("crnn-*.toml")), ids=lambda p: p.stem)
def test_shipped_configurations_are_understood(path: Path) -> None:
    for part in read_series(RecognizerConfig, path, Path("run")):
        assert part.config.trained_on and part.config.licence


# -------------------------------------------------------------------------------------------------------- accuracy


class Parrot(Crnn):
    """Reads a line's text from its top row: column 4 t holds the class of frame t."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.classify = nn.Linear(1, classes)

    def forward(self, x: Tensor) -> Tensor:
        """N x 1 x 32 x W to T x N x classes."""
        classes = ((x[:, 0, 0, ::4] + 1) * 127.5).round().long() % 255
        return nn.functional.one_hot(classes.t(), self.classify.out_features).float()


def test_the_error_rate_is_that_of_greedy_readings() -> None:
    charset = Charset("ab-–")
    lines = LineSet(charset)
    for text, path in (("abb", [1, 1, 2, 0, 2]), ("ab", [1, 0, 1]), ("a-", [1, 4])):
        picture = np.zeros((32, 4 * len(path)), np.uint8)
        picture[0, ::4] = path
        lines.pictures.append(picture)
        lines.texts.append(text)
    # One of seven characters is wrong; the shape of a dash does not count.
    assert error_rate(Parrot(5), lines, torch.device("cpu")) == pytest.approx(1 / 7)


def test_small_net_is_an_eighth_of_the_mobile_one() -> None:
    sizes = [sum(p.numel() for p in NETS[name](38).parameters()) for name in ("small", "mobile")]
    assert SmallCrnn.frames(40) == 10
    assert 6 < sizes[1] / sizes[0] < 10
