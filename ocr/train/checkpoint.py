"""Checkpoints: one file format for the weights of every net, with all that continuing, exporting and publishing need.

A checkpoint holds the net's weights and how to build the net, the configuration of the run, the charset of a
recogniser, what the net was trained on under which licence, the history of the training and, while it is running, the
optimizer's state. ``save`` writes one, ``load`` builds the net again, ``compact`` keeps what goes into
``models/training``: weights in half precision, no optimizer.

    trained = load(Path("models/training/crnn-en.pt"), "recognize")
    trained.net(lines), trained.charset, trained.config["net"]
"""

from __future__ import annotations

import importlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, Final, get_type_hints

import torch
from torch import Tensor, nn

from ocr.errors import InputError, UsageError
from ocr.output import replacing
from ocr.train.config import from_table

__all__ = ["FORMAT", "NETS", "Trained", "build", "compact", "load", "merged", "resume_state", "save"]

FORMAT: Final = 1
"""Version of the file format; files of a later version are refused."""
KIND: Final = "ocr checkpoint"

NETS: Final[Mapping[str, Mapping[str, str]]] = {
    "recognize": {
        "small": "ocr.train.recognize.net:SmallCrnn",
        "mobile": "ocr.train.recognize.net:MobileCrnn",
        "conv": "ocr.train.recognize.net:ConvCrnn",
        "large": "ocr.train.recognize.net:LargeCrnn",
        "han": "ocr.train.recognize.net:HanCrnn",
        "han-large": "ocr.train.recognize.net:LargeHanCrnn",
        "vgg": "ocr.train.recognize.net:VggCrnn",
        "vgg-half": "ocr.train.recognize.net:HalfVggCrnn",
        "factored": "ocr.compress.factored:Factored",
        "quantized": "ocr.compress.activations:Quantized",
        "blocks": "ocr.compress.blocks:BlockCrnn",
    },
    "detect": {
        "db": "ocr.train.detect.net:DbNet",
        "slim": "ocr.train.detect.slim:SlimDbNet",
        "factored": "ocr.compress.factored:FactoredDetector",
        "quantized": "ocr.compress.activations:QuantizedDetector",
    },
    "enhance": {"can": "ocr.train.enhance.net:Can", "photo": "ocr.train.enhance.net:PhotoCan"},
    "orient": {"orient": "ocr.train.page.net:OrientNet"},
    "corners": {"page": "ocr.train.page.net:PageNet", "corner": "ocr.train.page.net:CornerNet"},
    "ask": {"document": "ocr.train.ask.net:DocumentNet", "story": "ocr.train.ask.net:StoryNet"},
}
"""The class of each net, by task and name; imported when it is built."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained net and what is known of it.

    Attributes:
        task: key of ``NETS``.
        name: of the net, key of ``NETS[task]``.
        arguments: what the net's class is called with, plain values: ``{"classes": 311}``,
            ``{"config": {"stem": 16, ...}}``.
        net: with the averaged weights in float32, in evaluation mode, on the CPU.
        config: the run's configuration, plain values.
        charset: characters in class order, class 0 being the blank; empty for nets that read nothing.
        metrics: the last figures that were measured.
        history: rows of the log: ``{"step": ..., "minutes": ..., "loss": ...}``.
        trained_on: the data, in words, with its licences; those of the weights it started from included.
        licence: of the weights, an SPDX identifier; empty while nobody has said.
        step, minutes: how long this run went.
    """

    task: str
    name: str
    arguments: Mapping[str, Any]
    net: nn.Module
    config: Mapping[str, Any] = field(default_factory=dict)
    charset: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    history: tuple[Mapping[str, Any], ...] = ()
    trained_on: tuple[str, ...] = ()
    licence: str = ""
    step: int = 0
    minutes: float = 0.0

    @property
    def parameters(self) -> int:
        """Number of trained values."""
        return sum(parameter.numel() for parameter in self.net.parameters())


KEYS: Final = frozenset({f.name for f in fields(Trained)} - {"net"} | {"kind", "format", "weights"})
"""What every checkpoint holds; ``resume`` is there while a training runs."""


def build(task: str, name: str, arguments: Mapping[str, Any]) -> nn.Module:
    """An untrained net.

    Args:
        task: key of ``NETS``.
        name: key of ``NETS[task]``.
        arguments: of its class, plain values; a table becomes the dataclass that the class takes.

    Raises:
        UsageError: there is no such net, or its class does not take these arguments.

    Example:
        >>> build("recognize", "mobile", {"classes": 311}).classify.out_features
        311
    """
    if task not in NETS:
        raise UsageError(f"there are no nets for task {task!r}; the tasks are {', '.join(NETS)}")
    if name not in NETS[task]:
        raise UsageError(f"task {task} has no net {name!r}; its nets are {', '.join(NETS[task])}")
    module, _, kind = NETS[task][name].partition(":")
    made: type[nn.Module] = getattr(importlib.import_module(module), kind)
    hints = get_type_hints(made.__init__)
    values = {}
    for key, value in arguments.items():
        if key not in hints:
            raise UsageError(f"net {name}: unknown argument {key!r}; known are {', '.join(hints.keys() - {'return'})}")
        nested = is_dataclass(hints[key]) and isinstance(value, Mapping)
        values[key] = from_table(hints[key], value, f"net {name}") if nested else _tupled(value)
    try:
        return made(**values)
    except TypeError as error:
        raise UsageError(
            f"net {name} cannot be built from {', '.join(arguments) or 'no arguments'}: {error}"
        ) from error


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def save(path: Path, trained: Trained, *, resume: Mapping[str, Any] | None = None, half: bool = False) -> Path:
    """Write a checkpoint; the file appears whole or not at all.

    Args:
        path: of the file.
        trained: the net (its averaged weights) and what is known of it.
        resume: what the training needs to go on: the weights in training, the optimizer's state; plain values and
            tensors. Without it training cannot be resumed, only started from the weights (``initial``).
        half: whether weights are stored in half precision.

    Raises:
        OutputError: the file cannot be written.
    """
    weights = {
        key: value.detach().cpu().half() if half and value.is_floating_point() else value.detach().cpu()
        for key, value in trained.net.state_dict().items()
    }
    state = {f.name: _plain(getattr(trained, f.name)) for f in fields(Trained) if f.name != "net"}
    state |= {"kind": KIND, "format": FORMAT, "weights": weights}
    if resume is not None:
        state["resume"] = dict(resume)
    written = io.BytesIO()  # torch turns a full disk into an error of its own
    torch.save(state, written)
    with replacing(path) as file:
        file.write(written.getbuffer())
    return path


def _plain(value: Any) -> Any:
    """Mappings and sequences as dictionaries and lists: what is loaded again without running code."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(inner) for inner in value]
    return value


def load(path: Path | str, task: str = "") -> Trained:
    """The net of a checkpoint and what is known of it.

    Args:
        path: of the file.
        task: what the net has to be for; empty takes any.

    Raises:
        InputError: the file is missing, damaged or no checkpoint, or its weights do not fit its net.
        UsageError: the net is for another task.
    """
    state = _state(Path(path))
    if task and state["task"] != task:
        raise UsageError(f"{path}: a net for task {state['task']}, not {task}; name a checkpoint of task {task}")
    net = build(state["task"], state["name"], state["arguments"])
    weights: dict[str, Tensor] = state["weights"]
    try:
        net.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in weights.items()})
    except RuntimeError as error:
        fault = " ".join(str(error).split())[:200]
        raise InputError(f"{path}: its weights do not fit its net {state['name']} ({fault})") from error
    known = {f.name for f in fields(Trained)} - {"net"}
    values = {key: _tupled(state[key]) for key in known}
    return Trained(net=net.eval(), **values)


def resume_state(path: Path | str) -> Mapping[str, Any]:
    """What ``save`` was given as ``resume``.

    Raises:
        InputError: the file is missing, damaged or no checkpoint.
        UsageError: the checkpoint is compact: training can start from its weights, but not go on.
    """
    state = _state(Path(path))
    if "resume" not in state:
        raise UsageError(
            f'{path}: holds weights alone, so the run cannot be resumed; start a new one with initial = "{path}"'
        )
    resume: Mapping[str, Any] = state["resume"]
    return resume


def compact(source: Path, path: Path) -> Trained:
    """Write the weights of a checkpoint in half precision, without what only resuming needs; returns what it holds.

    Raises:
        InputError: ``source`` is missing, damaged or no checkpoint.
        OutputError: ``path`` cannot be written.
    """
    trained = load(source)
    save(path, trained, half=True)
    return trained


def merged(initial: Sequence[str], added: Sequence[str]) -> tuple[str, ...]:
    """``trained_on`` of a run: what the weights it started from had seen, then what it added; each named once."""
    return tuple(dict.fromkeys((*initial, *added)))


def _state(path: Path) -> dict[str, Any]:
    """The dictionary in a checkpoint file, checked."""
    if not path.is_file():
        raise InputError(f"{path}: there is no such checkpoint; training writes one, models/training holds the shipped")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch's reader has half a dozen unrelated classes for a file that is damaged
        raise InputError(
            f"{path}: damaged or not a checkpoint of `ocr train` ({type(error).__name__}); train again, or start from "
            "one in models/training"
        ) from error
    if not isinstance(state, dict) or state.get("kind") != KIND:
        raise InputError(
            f"{path}: not a checkpoint of `ocr train` (weights without task, net and charset?); "
            "train again, or start from one in models/training"
        )
    if state.get("format", 0) > FORMAT:
        raise InputError(
            f"{path}: of a later version of ocr (format {state['format']}); run: pip install --upgrade ocr"
        )
    if missing := sorted(KEYS - state.keys()):
        raise InputError(f"{path}: damaged: it lacks {', '.join(missing)}")
    return state
