"""Detectors: compressed with pages, by every technique that needs no lines; the others say so."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ocr.compress.bench import compress, prepare, samples
from ocr.compress.compare import step_of
from ocr.compress.data import DataConfig
from ocr.compress.pack import write_packed
from ocr.compress.pages import PageConfig, page_data
from ocr.compress.recipe import read_recipe
from ocr.compress.target import Goal, reach
from ocr.compress.techniques import found
from ocr.compress.weights import compressed
from ocr.detect.db import DbDetector
from ocr.errors import InputError, UsageError
from ocr.train.checkpoint import Trained, build, load, save
from ocr.train.detect.data import CropConfig
from tests.compress.nets import tiny
from tests.train.detect.pages import page_of_lines, write_data

WIDTHS = {"stem": 8, "channels": [8, 16, 24, 32], "blocks": [1, 1, 1, 1], "neck": 16, "head": 8}


def detector(seed: int = 0) -> Trained:
    """A net of 60,000 weights, untrained."""
    torch.manual_seed(seed)
    arguments = {"config": WIDTHS}
    return Trained(
        "detect", "db", arguments, build("detect", "db", arguments).eval(), trained_on=("drawn (CC0)",),
        licence="CC0-1.0",
    )  # fmt: skip


@pytest.fixture
def pages(tmp_path: Path) -> PageConfig:
    """Two drawn scans to train on and one that is held back."""
    return PageConfig(
        labels=str(write_data(tmp_path)), root=str(tmp_path), cache=str(tmp_path / "cache"), hold_back=1, batch=2,
        crop=CropConfig(side=96), calibration=2,
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "magnitude sparsity=0.5", "damage sparsity=0.5 batches=1", "surgeon sparsity=0.5 bits=4", "sharing bits=3",
        "sharing bytes=20000 batches=1", 'uniform bits=4 per="tensor"', "rate bytes=9000 batches=1",
        "low_rank energy=0.5", 'low_rank energy=0.5 kernels="spatial"', "lasso penalty=1e-3", "activations bits=4",
    ],
)  # fmt: skip
def test_techniques_that_need_no_lines(text: str, pages: PageConfig, tmp_path: Path) -> None:
    model = detector()
    step = step_of(text, 1)
    torch.manual_seed(0)
    made = found(step.technique, "").load()[0](model, step.settings, page_data(pages, model))
    before, after = (dict(m.net.named_parameters()) for m in (model, made))
    assert before.keys() != after.keys() or any(not torch.equal(before[name], after[name]) for name in before)
    path = tmp_path / "made.dcz"
    write_packed(made, path, "made", half=False)
    image = np.random.default_rng(0).random((1, 1, 96, 128), np.float32) * 2 - 1
    session = DbDetector(path, 1)._session
    [seen] = session.run({"image": image}, ("map",))
    with torch.inference_mode():
        expected = made.net(torch.from_numpy(image))[0].sigmoid().numpy()
    assert np.abs(seen - expected).max() < 1e-4
    save(tmp_path / "made.pt", made)
    assert load(tmp_path / "made.pt", "detect").parameters == made.parameters


@pytest.mark.parametrize("name", ["widths", "distil", "together", "blocks"])
def test_techniques_that_need_a_recogniser_say_so(name: str, pages: PageConfig) -> None:
    model = detector()
    step = step_of(name, 0)
    with pytest.raises(UsageError, match=r"net db: .* of the kind mobile"):
        found(name, "").load()[0](model, step.settings, page_data(pages, model))


def test_recipe_to_packed_detector(pages: PageConfig, tmp_path: Path) -> None:
    model = save(tmp_path / "db.pt", detector())
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(
        f'name = "small"\n[pages]\nlabels = "{pages.labels}"\nroot = "{pages.root}"\ncache = "{pages.cache}"\n'
        'hold_back = 1\nbatch = 2\ncalibration = 2\n[pages.crop]\nside = 96\n[[steps]]\ntechnique = "rate"\n'
        "bytes = 9000\nbatches = 1\n[steps.retrain]\nsteps = 2\n"
    )
    out = tmp_path / "run"
    prepare(model, recipe.read_text(), out, False)
    compress(model, read_recipe(recipe), out)
    first, last = json.loads((out / "report.json").read_text())["rows"]
    assert last["bytes"] < 0.25 * first["bytes"]
    assert first["multiply_adds"] > 0 and 0 <= last["error"] <= 1
    read = DbDetector(out / "small.dcz", 1)
    assert read.name == "small"
    assert isinstance(read(page_of_lines()[0]), list)


def test_a_size_is_searched_for(pages: PageConfig, tmp_path: Path) -> None:
    model = save(tmp_path / "db.pt", detector())
    made = reach(model, Goal("bytes", 20_000), pages, tmp_path / "out", 1, False)
    assert made.met and made.file.stat().st_size <= 20_000
    with pytest.raises(UsageError, match="a time is reached by a narrower net"):
        reach(model, Goal("ms", 1.0), pages, tmp_path / "other", 1, False)


def test_pages_are_held_back_and_repeat(pages: PageConfig) -> None:
    data = page_data(pages, detector())
    assert (len(data.held), len(data.crops.real)) == (1, 2)
    one, other = (next(data.batches(data.origin.net)) for _ in range(2))  # type: ignore[union-attr]
    assert torch.equal(one[0], other[0]) and one[0].shape == (2, 1, 96, 96)
    assert sum(1 for _ in data.inputs()) == 2
    assert data.error(detector().net) == 1.0  # an untrained net finds nothing


def test_data_of_another_task(pages: PageConfig) -> None:
    with pytest.raises(UsageError, match=r"a net for task recognize is compressed with lines: a table \[data\]"):
        samples(pages, tiny())
    with pytest.raises(UsageError, match=r"a net for task detect is compressed with pages: a table \[pages\]"):
        samples(DataConfig(drawn=()), detector())


def test_pages_that_are_missing(pages: PageConfig, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there are no such labels"):
        page_data(PageConfig(labels=str(tmp_path / "none.gz")))
    with pytest.raises(InputError, match="no drawn pages there"):
        page_data(replace(pages, drawn=(str(tmp_path / "nothing"),)))
    with pytest.raises(InputError, match="hold_back keeps all"):
        page_data(replace(pages, hold_back=3))
    with pytest.raises(UsageError, match="multiple of 32"):
        PageConfig(labels="x", crop=CropConfig(side=100))


def test_all_weights_of_a_detector_are_found() -> None:
    net = detector().net
    share = sum(w.numel() for w in compressed(net).values()) / sum(p.numel() for p in net.parameters())
    assert share > 0.9
