"""Checkpoints: written whole, loaded as they were, refused where they are something else."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from ocr.errors import InputError, OutputError, UsageError  # noqa: E402
from ocr.train.checkpoint import NETS, Trained, build, compact, load, merged, resume_state, save  # noqa: E402

SMALL: dict[tuple[str, str], dict[str, Any]] = {
    **{("recognize", name): {"classes": 5} for name in NETS["recognize"]},
    ("recognize", "factored"): {
        "base": "small",
        "arguments": {"classes": 5},
        "factors": {},
    },
    ("recognize", "quantized"): {"base": "small", "arguments": {"classes": 5}, "bits": 8},
    **{
        ("detect", name): {
            "config": {"stem": 4, "channels": [8, 8, 8, 8], "blocks": [1, 1, 1, 1], "neck": 8, "head": 4}
        }
        for name in ("db", "slim")
    },
    **{
        ("detect", name): {
            "base": "db",
            "arguments": {
                "config": {"stem": 4, "channels": [8, 8, 8, 8], "blocks": [1, 1, 1, 1], "neck": 8, "head": 4}
            },
            **own,
        }
        for name, own in (("factored", {"factors": {}}), ("quantized", {"bits": 8}))
    },
    ("ask", "document"): {"buckets": 16, "letters": 8, "width": 8, "passes": 1},
    ("ask", "story"): {"words": 16, "answers": 4, "width": 8, "passes": 1},
    ("enhance", "can"): {"config": {"width": 4, "dilations": [1, 2]}, "conditions": 2},
    ("enhance", "photo"): {"config": {"width": 4, "dilations": [1, 2]}, "planes": 5},
    ("orient", "orient"): {"channels": [4, 4, 4, 4]},
    ("corners", "page"): {"channels": [4, 4, 4, 4, 4], "neck": 4},
    ("corners", "corner"): {"channels": [4, 4, 4]},
}


def trained(task: str = "recognize", name: str = "small", **facts: Any) -> Trained:
    """A net with random weights and every fact filled in."""
    arguments = SMALL[task, name]
    return Trained(
        task, name, arguments, build(task, name, arguments).eval(), {"net": name, "synthetic": ["a/*.npz"]}, "abcd",
        {"cer": 0.25}, ({"step": 50, "loss": 1.5},), ("drawn lines", "pages (CC BY 4.0)"), "Apache-2.0", 50, 1.5,
        **facts,
    )  # fmt: skip


@pytest.mark.parametrize(("task", "name"), [(task, name) for task, names in NETS.items() for name in names])
def test_every_net_comes_back_with_its_weights(task: str, name: str, tmp_path: Path) -> None:
    saved = trained(task, name)
    path = save(tmp_path / "net.pt", saved)
    again = load(path, task)
    assert type(again.net) is type(saved.net) and not again.net.training
    pairs = zip(saved.net.state_dict().items(), again.net.state_dict().items(), strict=True)
    assert all(a == b and torch.equal(x, y) for (a, x), (b, y) in pairs)
    for fact in dataclasses.fields(Trained):
        if fact.name != "net":
            assert getattr(again, fact.name) == getattr(saved, fact.name), fact.name
    assert again.parameters == sum(p.numel() for p in saved.net.parameters())


def test_the_recognisers_of_the_table_are_those_of_the_configuration() -> None:
    from ocr.train.recognize.net import NETS as CLASSES

    made = {name: path for name, path in NETS["recognize"].items() if path.startswith("ocr.train.")}
    assert {name: f"{kind.__module__}:{kind.__name__}" for name, kind in CLASSES.items()} == made
    assert NETS["recognize"].keys() - made.keys() == {"factored", "quantized", "blocks"}  # made by compression


def test_compact_halves_the_weights_and_drops_the_optimizer(tmp_path: Path) -> None:
    saved = trained()
    state = {"net": {k: v.clone() for k, v in saved.net.state_dict().items()}, "optimizer": {"rate": 0.1}}
    whole = save(tmp_path / "last.pt", saved, resume=state)
    assert resume_state(whole)["optimizer"] == {"rate": 0.1}
    compact(whole, tmp_path / "compact.pt")
    assert (tmp_path / "compact.pt").stat().st_size < 0.3 * whole.stat().st_size
    again = load(tmp_path / "compact.pt")
    for key, value in again.net.state_dict().items():
        before = saved.net.state_dict()[key]
        assert value.dtype == before.dtype
        assert torch.equal(value, before.half().float() if before.is_floating_point() else before)
    with pytest.raises(UsageError, match=r"compact\.pt: holds weights alone.*initial = "):
        resume_state(tmp_path / "compact.pt")


@contextmanager
def full_disk(path: Path) -> Iterator[BinaryIO]:
    """A file that takes nothing, with the errors of files that are replaced."""
    try:
        with open("/dev/full", "wb", buffering=0) as file:
            yield file
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error


def test_a_failed_save_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = save(tmp_path / "net.pt", trained())
    before = path.read_bytes()
    with pytest.raises((AttributeError, TypeError, RuntimeError)):
        save(path, dataclasses.replace(trained(), config={"unpicklable": lambda: 0}))
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["net.pt"]
    if Path("/dev/full").exists():
        with pytest.MonkeyPatch.context() as patch, pytest.raises(OutputError, match="No space"):
            patch.setitem(save.__globals__, "replacing", full_disk)
            save(path, trained())
    with pytest.raises(OutputError, match="mkdir"):
        save(tmp_path / "nowhere" / "net.pt", trained())


def test_files_that_are_no_checkpoints_are_named(tmp_path: Path) -> None:
    path = tmp_path / "other.pt"
    with pytest.raises(InputError, match=r"other\.pt: there is no such checkpoint"):
        load(path)
    for content in (b"", b"text", save(tmp_path / "net.pt", trained()).read_bytes()[:-3000]):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"other\.pt: damaged or not a checkpoint"):
            load(path)
    for state in (nn.Linear(2, 2).state_dict(), [1, 2], {"average": {}, "config": {}, "step": 1}):
        torch.save(state, path)
        with pytest.raises(InputError, match=r"other\.pt: not a checkpoint of `ocr train`"):
            load(path)


def changed(tmp_path: Path, **entries: Any) -> Path:
    """A checkpoint file with some entries replaced; ``None`` takes one away."""
    state = torch.load(save(tmp_path / "net.pt", trained()), weights_only=True) | entries
    torch.save({key: value for key, value in state.items() if value is not None}, tmp_path / "changed.pt")
    return tmp_path / "changed.pt"


def test_checkpoints_that_do_not_fit_say_why(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"later version of ocr \(format 99\)"):
        load(changed(tmp_path, format=99))
    with pytest.raises(InputError, match="lacks charset, licence"):
        load(changed(tmp_path, charset=None, licence=None))
    with pytest.raises(InputError, match=r"weights do not fit its net small .*classify"):
        load(changed(tmp_path, arguments={"classes": 7}))
    with pytest.raises(UsageError, match="a net for task recognize, not detect"):
        load(save(tmp_path / "net.pt", trained()), "detect")


def test_unknown_nets_and_arguments_are_refused() -> None:
    with pytest.raises(UsageError, match=r"'translate'.*recognize, detect"):
        build("translate", "small", {})
    with pytest.raises(UsageError, match=r"'tiny'.*small, mobile"):
        build("recognize", "tiny", {})
    with pytest.raises(UsageError, match=r"unknown argument 'klasses'.*classes"):
        build("recognize", "small", {"klasses": 5})
    with pytest.raises(UsageError, match="cannot be built from no arguments"):
        build("recognize", "small", {})
    with pytest.raises(UsageError, match="unknown key 'stems'"):
        build("detect", "db", {"config": {"stems": 4}})


def test_data_of_the_first_weights_stays_named_once() -> None:
    assert merged(("lines", "pages"), ("pages", "own lines")) == ("lines", "pages", "own lines")


ROOT = Path(__file__).parents[2]
SHIPPED = sorted((ROOT / "models" / "training").glob("*.pt"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_checkpoints_say_what_they_are(path: Path) -> None:
    shipped = load(path)
    assert shipped.trained_on and shipped.licence and shipped.history and shipped.config
    assert shipped.step > 0 and shipped.minutes > 0
    assert bool(shipped.charset) == (shipped.task == "recognize")
    if shipped.charset:
        assert shipped.arguments["classes"] == len(shipped.charset) + 1


@pytest.mark.parametrize("path", sorted((ROOT / "models" / "training").glob("*.toml")), ids=lambda path: path.stem)
def test_configurations_start_from_weights_that_exist(path: Path) -> None:
    shared = tomllib.loads(path.read_text(encoding="utf-8"))
    for config in (shared, *shared.get("runs", ())):
        operators = config.get("operators", ["none"])
        for key in ("initial", "teacher"):
            for weights in {config.get(key, "").format(operator=operator) for operator in operators} - {""}:
                assert (ROOT / weights).is_file(), weights
