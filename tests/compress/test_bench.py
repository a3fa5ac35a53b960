"""A recipe from checkpoint to packed model: figures, files, resuming, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ocr.compress import bench, magnitude
from ocr.compress.bench import compress, opened, prepare
from ocr.compress.measure import multiply_adds
from ocr.compress.pack import write_packed
from ocr.compress.recipe import Recipe, read_recipe
from ocr.errors import InputError, OutputError, UsageError
from ocr.recognize.crnn import CrnnRecognizer
from ocr.train.checkpoint import load, save
from tests.compress.nets import CHARACTERS, LINE, tiny
from tests.train.recognize.lines import draw_shard

RECIPE = """
name = "smallest"
[data]
drawn = ["{folder}/drawn.npz"]
held = ["{folder}/held.npz"]
columns = 400
[[steps]]
technique = "magnitude"
sparsity = 0.5
every = 1
[steps.retrain]
steps = 3
[[steps]]
technique = "rate"
bytes = 6000
batches = 1
[steps.retrain]
steps = 2
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A checkpoint, with shards beside it."""
    draw_shard(tmp_path / "drawn.npz", CHARACTERS, 40)
    draw_shard(tmp_path / "held.npz", CHARACTERS, 12, seed=9)
    return save(tmp_path / "tiny.pt", tiny())


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """A recipe of two steps."""
    path = tmp_path / "recipe.toml"
    path.write_text(RECIPE.format(folder=tmp_path), encoding="utf-8")
    return path


def run(model: Path, path: Path, out: Path, resume: bool = False) -> Recipe:
    recipe = read_recipe(path)
    prepare(model, path.read_text(encoding="utf-8"), out, resume)
    compress(model, recipe, out, "ocr compress ...")
    return recipe


def test_recipe_to_packed_model(model: Path, recipe: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    run(model, recipe, out)
    rows = json.loads((out / "report.json").read_text())["rows"]
    assert [row["step"] for row in rows] == ["0 original", "1 magnitude", "2 rate"]
    original, pruned, quantized = rows
    assert pruned["non_zero"] < 0.6 * original["non_zero"]
    assert quantized["bytes"] < 0.3 * original["bytes"]
    assert original["multiply_adds"] == quantized["multiply_adds"] > 0
    assert all(row["milliseconds"] > 0 for row in rows)
    report = (out / "report.md").read_text()
    assert "ocr compress ..." in report
    assert report.count("\n| ") == 5
    assert (out / "pareto.png").read_bytes().startswith(b"\x89PNG")
    reader = CrnnRecognizer(out / "smallest.dcz")
    assert reader.characters == CHARACTERS
    assert len(reader([np.full((32, 90), 255, np.uint8)])) == 1


def test_a_net_that_reads_nothing_is_packed_without_fitted_confidence(
    model: Path, recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trained = load(model)
    with torch.no_grad():
        trained.net.classify.bias[0] = 99.0  # type: ignore[union-attr,operator]
    save(model, trained)
    run(model, recipe, tmp_path / "run")
    assert "the confidence is not fitted: the model reads nothing" in capsys.readouterr().err
    assert CrnnRecognizer(tmp_path / "run" / "smallest.dcz")([np.full((32, 90), 255, np.uint8)])[0].text == ""


def test_packed_model_computes_what_the_net_computes(tmp_path: Path) -> None:
    model = tiny()
    write_packed(model, tmp_path / "exact.dcz", "exact", half=False)
    line = np.random.default_rng(0).integers(0, 256, (1, 1, 32, 120)).astype(np.float32) / 127.5 - 1
    [logits] = CrnnRecognizer(tmp_path / "exact.dcz")._session.run({"lines": line}, ("logits",))
    with torch.inference_mode():
        expected = model.net(torch.from_numpy(line)).numpy()
    assert np.abs(logits - expected).max() < 1e-4


def test_killed_run_does_not_repeat_finished_steps(
    model: Path, recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    run(model, recipe, whole)

    def kill(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("ocr.compress.rate.rate", kill)
        with pytest.raises(KeyboardInterrupt):
            run(model, recipe, killed)
    assert (killed / "01-magnitude.pt").exists()
    with monkeypatch.context() as patch:
        patch.setattr(magnitude, "magnitude", kill)  # would be called if the step were repeated
        run(model, recipe, killed, resume=True)
    one, other = (load(folder / "02-rate.pt").net.state_dict() for folder in (whole, killed))
    assert all(torch.equal(value, other[key]) for key, value in one.items())


def test_used_folder_is_refused(model: Path, recipe: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    text = recipe.read_text()
    prepare(model, text, out, False)
    prepare(model, text + "# mended", out, False)  # nothing was made yet
    prepare(model, text, out, False)
    (out / "00-original.json").write_text("{}")
    with pytest.raises(UsageError, match="add --resume"):
        prepare(model, text, out, False)
    prepare(model, text, out, True)
    with pytest.raises(UsageError, match="another recipe"):
        prepare(model, text + "# more", out, True)
    other = save(tmp_path / "other.pt", tiny(seed=1))
    with pytest.raises(UsageError, match="another model"):
        prepare(other, text, out, True)
    (out / bench.RUN).write_text("{")
    with pytest.raises(InputError, match=r"run\.json: damaged"):
        prepare(model, text, out, True)


def test_models_that_are_not_ours(tmp_path: Path, model: Path) -> None:
    with pytest.raises(UsageError, match=r"model\.onnx: compression starts from a checkpoint"):
        opened(tmp_path / "model.onnx")
    (tmp_path / "text.pt").write_text("text")
    with pytest.raises(InputError, match=r"text\.pt: damaged or not a checkpoint of .*models/training$"):
        opened(tmp_path / "text.pt")
    with pytest.raises(InputError, match="no such checkpoint"):
        opened(tmp_path / "none.pt")
    assert opened(model).charset == CHARACTERS


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.replace("sparsity", "sparcity"), ".magnitude.: unknown key 'sparcity'; did you mean 'spars"),
        (lambda t: t.replace('"magnitude"', '"magnitud"'), "no technique 'magnitud'; did you mean 'magnitude'"),
        (lambda t: t.replace("held =", "hold ="), "data: unknown key 'hold'; did you mean 'held'"),
        (lambda t: t.replace("name =", "names ="), "unknown key 'names'; did you mean 'name'"),
        (lambda t: t.replace("steps = 3", "stepz = 3"), "retrain: unknown key 'stepz'; did you mean 'steps'"),
        (lambda t: t.replace("0.5", '"half"'), "sparsity must be a number"),
        (lambda t: t.replace("every = 1", "every = 0"), r"step 1 .magnitude.: every must be at least 1, not 0"),
        (lambda t: t.replace("every = 1", "until = 2.0"), r"step 1 .magnitude.: until must be from 0 to 1"),
        (lambda t: t.replace("steps = 3", "steps = -3"), r"step 1 .magnitude.: steps must be at least 0, not -3"),
        (lambda t: t.replace("steps = 3", "average = 1.5"), "average must be at least 0 and less than 1, not 1.5"),
        (lambda t: t.replace("steps = 3", "learning_rate = -1.0"), "learning_rate must be more than 0, not -1.0"),
        (lambda t: t.replace("[steps.retrain]\nsteps = 3", "retrain = 3"), "retrain must be a table, not 3"),
        (lambda t: t.replace("columns = 400", "columns = 0"), "data: columns must be at least 1, not 0"),
        (lambda t: t.replace("columns = 400", "calibration = 0"), "data: calibration must be at least 1, not 0"),
        (lambda t: t.replace("columns = 400", "held_lines = -3"), "data: held_lines must be at least 0, not -3"),
        (lambda t: t.replace("columns = 400", "real_share = 3.0"), "data: real_share must be from 0 to 1, not 3.0"),
        (lambda t: t.replace('"smallest"', '"../smallest"'), "name must be the name of a file without its folder"),
        (lambda t: t.replace('"smallest"', '""'), "name must be the name of a file without its folder"),
        (lambda t: 'seed = "one"\n' + t, "seed must be an integer of at least 0, not 'one'"),
        (lambda t: 'data = "cache"\n' + t[t.index("[[steps") :], r"data must be a table, \[data\], not 'cache'"),
        (lambda t: t[: t.index("[[steps")], "a recipe needs steps"),
        (lambda t: t.replace("bytes = 6000", ""), "missing key 'bytes'"),
        (lambda t: t.replace("bytes = 6000", "bytes = 60"), r"\.toml, step \d \(rate\): bytes must be at least 1000"),
    ],
)  # fmt: skip
def test_faulty_recipes(recipe: Path, change: Callable[[str], str], message: str) -> None:
    recipe.write_text(change(recipe.read_text()))
    with pytest.raises(UsageError, match=message):
        read_recipe(recipe)


def test_data_given_beside_the_recipe(recipe: Path) -> None:
    assert asdict(read_recipe(recipe, {"held": ["elsewhere.npz"]}).data)["held"] == ("elsewhere.npz",)


def test_no_lines_are_an_error(model: Path, recipe: Path, tmp_path: Path) -> None:
    prepare(model, "", tmp_path / "run", False)
    for key, message in (("drawn", "no line shards there with lines"), ("held", "no line shards to measure on")):
        made = read_recipe(recipe, {key: [str(tmp_path / "none-*.npz")]})
        with pytest.raises(InputError, match=message):
            compress(model, made, tmp_path / "run")


def test_a_damaged_shard_is_named(model: Path, recipe: Path, tmp_path: Path) -> None:
    prepare(model, "", tmp_path / "run", False)
    for content in (b"text", (tmp_path / "drawn.npz").read_bytes()[:-200]):
        (tmp_path / "damaged.npz").write_bytes(content)
        made = read_recipe(recipe, {"drawn": [str(tmp_path / "damaged.npz")]})
        with pytest.raises(InputError, match=r"damaged\.npz: damaged or no shard of lines"):
            compress(model, made, tmp_path / "run")


def test_a_folder_that_cannot_be_made(model: Path, recipe: Path) -> None:
    with pytest.raises(OutputError, match="name another folder with -o"):
        prepare(model, recipe.read_text(), recipe / "run", False)


def test_two_runs_are_not_at_work_in_one_folder(
    model: Path, recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def again(*_: object) -> None:
        with pytest.raises(UsageError, match="another run is at work there"):
            run(model, recipe, tmp_path / "run", resume=True)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(magnitude, "magnitude", again)
        with pytest.raises(KeyboardInterrupt):
            run(model, recipe, tmp_path / "run")
    run(model, recipe, tmp_path / "run", resume=True)


def test_work_counts_every_layer() -> None:
    half = replace(tiny(), net=tiny(hidden=8).net)
    assert multiply_adds(half.net, LINE) < multiply_adds(tiny().net, LINE)


RECIPES = sorted((Path(__file__).parent.parent.parent / "models" / "recipes").glob("*.toml"))


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_shipped_recipes_are_sound(path: Path) -> None:
    assert read_recipe(path).name == path.stem


def test_training_after_quantizing_is_said(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A step that takes weights off the levels of the step before names how many; the other order is silent."""
    head, uniform = RECIPE.partition("[[steps]]")[0], '[[steps]]\ntechnique = "uniform"\nbits = 4\n'
    trains = '[[steps]]\ntechnique = "magnitude"\nsparsity = 0.3\nevery = 1\n[steps.retrain]\nsteps = 2\n'
    said = {}
    for order, steps in (("late", uniform + trains), ("early", trains + uniform)):
        path = tmp_path / f"{order}.toml"
        path.write_text((head + steps).format(folder=tmp_path), encoding="utf-8")
        out = tmp_path / order
        prepare(model, path.read_text(encoding="utf-8"), out, resume=False)
        compress(model, read_recipe(path), out)
        said[order] = capsys.readouterr().err
    assert "off their levels" in said["late"]
    assert "off their levels" not in said["early"]
