"""Train a recogniser: configuration, data, net, losses, run, in that order.

    ocr train recognize models/training/crnn-en-mobile.toml --out RUN [--resume]

Besides checkpoint, log and curve (:mod:`ocr.train.loop`), ``evals.csv`` receives the character error rates on the line
shards of ``dev``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from ocr.errors import InputError, UsageError
from ocr.recognize.charset import Charset
from ocr.train.checkpoint import Trained, load, merged
from ocr.train.loop import fit
from ocr.train.recognize.accuracy import error_rate
from ocr.train.recognize.ctc import CtcLoss
from ocr.train.recognize.data import LineFeed, LineSet, Mix, shards
from ocr.train.recognize.losses import LineLoss, Phases
from ocr.train.recognize.net import NETS, Crnn, MobileCrnn, grown
from ocr.train.run import Model, Run, RunConfig, start
from ocr.train.series import train_series

__all__ = ["RecognizerConfig", "train"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognizerConfig(RunConfig):
    """One run. Paths and patterns are relative to the folder where the command is run.

    Attributes:
        net: key of ``NETS``.
        charset: name of a charset that ships with the package.
        synthetic: glob patterns of line shards to train on; usually drawn lines, whose glyph centres are known.
        real: glob patterns of shards of scanned lines, which take part once CTC begins.
        dev: glob patterns of shards that are measured and never trained on.
        real_share: share of real lines once CTC begins.
        columns: picture columns of a batch.
        ctc_from: part of the budget, 0..1, after which CTC begins.
        frame_until: part of the budget where the frame-wise loss ends.
        teacher: checkpoint whose soft targets are learned beside the labels after ``frame_until``; empty for none.
        teacher_share: weight of the soft targets.
        teach_real: whether real lines have soft targets, too. Without them a net learns a new kind of lines while its
            own earlier weights, as the teacher, keep it from forgetting the drawn ones (Li, Hoiem 2016).
        fixed_classifier: leave the weights of the classes as they are, so that characters that are not drawn in this
            run are not unlearned.
        sampled: classes drawn at random that stand beside those of the batch in the loss; 0 takes all of them. For
            charsets of thousands, whose full softmax would cost more than the net.
        loose: share of lines that are made smaller within their crop.
        condensed: share of lines that are squeezed to 65 to 95 % of their width.
    """

    net: str
    charset: str
    synthetic: tuple[str, ...]
    real: tuple[str, ...] = ()
    dev: tuple[str, ...] = ()
    real_share: float = 0.25
    columns: int = 24_000
    weight_decay: float = 1e-3
    warmup: int = 200
    ctc_from: float = 0.08
    frame_until: float = 0.3
    teacher: str = ""
    teacher_share: float = 1.0
    teach_real: bool = True
    fixed_classifier: bool = False
    sampled: int = 0
    loose: float = 0.0
    condensed: float = 0.0

    def __post_init__(self) -> None:
        if self.net not in NETS:
            raise UsageError(f"there is no recogniser net {self.net!r}; choose one of {', '.join(NETS)}")
        if self.sampled and not issubclass(NETS[self.net], MobileCrnn):
            raise UsageError(f"net {self.net} cannot be trained with sampled classes; leave sampled out")
        if self.fixed_classifier and not (self.initial and issubclass(NETS[self.net], MobileCrnn)):
            raise UsageError("a classifier that stays as it is has to come from the weights that initial names")


# ---------------------------------------------------------------------------------------------------------- data


def line_set(charset: Charset, patterns: tuple[str, ...]) -> LineSet:
    """The lines of the shards that glob patterns name."""
    lines = LineSet(charset)
    lines.load(shards(patterns))
    return lines


def line_feed(config: RecognizerConfig, charset: Charset, run: Run[Crnn]) -> LineFeed:
    """The batches of a run.

    Raises:
        InputError: there are no lines to train on.
    """
    drawn, real = line_set(charset, config.synthetic), line_set(charset, config.real)
    if not len(drawn):
        raise InputError(
            f"{', '.join(config.synthetic)}: no shards with lines that the charset {config.charset} can spell; "
            "draw some with: python -m ocr.train.recognize.shards synth --help"
        )

    def both() -> int | None:
        return config.seed + run.step + 1 if run.progress >= config.ctc_from else None

    mix = Mix(config.columns, loose=config.loose, condensed=config.condensed, frames=run.net.frames)
    return LineFeed(drawn, real, (config.synthetic, config.real), config.real_share, mix, config.seed, both)


# ----------------------------------------------------------------------------------------------------------- net


def arguments_of(config: RecognizerConfig, charset: Charset) -> dict[str, Any]:
    """What the net is built with: the sizes of ``initial`` where that is the same kind of net, as pruning left them."""
    own = {"classes": len(charset)}
    if not config.initial:
        return own
    initial = load(config.initial, "recognize")
    return {**initial.arguments, **own} if initial.name == config.net else own


def grow_from(net: nn.Module, initial: Trained, origin: str, charset: Charset) -> None:
    """Give ``net`` the weights of a smaller one, or of one with another charset; what that lacks stays fresh.

    Characters that both charsets have keep their weights in the classifier.

    Raises:
        UsageError: the weights are of another kind of net.
    """
    replaced = net.REPLACED if isinstance(net, Crnn) and not isinstance(initial.net, type(net)) else ()
    weights = {name: value for name, value in initial.net.state_dict().items() if not name.startswith(replaced)}
    if initial.charset != charset.characters:
        respell(weights, net.state_dict(), initial.charset, charset)
    try:
        unexpected = net.load_state_dict(grown(net, weights), strict=False).unexpected_keys
    except RuntimeError as error:
        raise UsageError(f"{origin}: weights of another net ({initial.name})") from error
    if unexpected:
        raise UsageError(f"{origin}: weights of another net ({initial.name}), which has {unexpected[0]}")


def respell(weights: dict[str, Tensor], fresh: Mapping[str, Tensor], before: str, charset: Charset) -> None:
    """Change the classifier among ``weights`` to another charset: shared classes move, new ones are ``fresh``."""
    old = [0, *(i + 1 for i, character in enumerate(before) if character in charset)]
    new = [0, *charset.encode(character for character in before if character in charset)]
    for name in [name for name in weights if name.startswith("classify.")]:
        moved = fresh[name].clone()
        if moved.shape[1:] == weights[name].shape[1:]:  # of a net as wide
            moved[new] = weights[name][old]
        weights[name] = moved


def teacher_of(config: RecognizerConfig, charset: Charset, run: Run[Crnn]) -> Crnn | None:
    """The net whose soft targets are learned; the run is then trained on what that was trained on, too.

    Raises:
        UsageError: it reads another charset.
    """
    if not config.teacher:
        return None
    trained = load(config.teacher, "recognize")
    if trained.charset != charset.characters:
        raise UsageError(f"{config.teacher}: reads another charset than {config.charset}, so it cannot teach it")
    run.trained_on = merged(run.trained_on, trained.trained_on)
    teacher = trained.net.to(run.device, memory_format=run.precision.layout)  # type: ignore[call-overload]
    assert isinstance(teacher, Crnn)
    if config.sampled and not isinstance(teacher, MobileCrnn):
        raise UsageError(f"{config.teacher}: a {trained.name} net has no classifier to sample; leave sampled out")
    return teacher.requires_grad_(False)


# ----------------------------------------------------------------------------------------------------------- run


def train(config_path: Path, out: Path, resume: bool = False, ctc: str = "native") -> Path:
    """Train until the budget is spent; returns the checkpoint of the last run.

    Args:
        config_path: TOML file with the keys of :class:`RecognizerConfig`, for one run or several.
        out: folder of the run, or of the folders of several.
        resume: continue where an earlier call stopped.
        ctc: implementation of the CTC loss, ``native`` or ``warpctc``.

    Raises:
        DependencyError: ``warpctc`` cannot be imported.
        InputError: training data is missing.
        UsageError: a fault in the configuration, or ``out`` holds a run and ``resume`` is false.
    """
    return train_series(RecognizerConfig, config_path, out, resume, partial(_train, ctc=CtcLoss(ctc)))


def _train(config: RecognizerConfig, out: Path, last: Path, ctc: CtcLoss) -> None:
    charset = Charset.load(config.charset)
    model = Model("recognize", config.net, arguments_of(config, charset), charset.characters)
    run: Run[Crnn] = start(model, config, last, begin=partial(grow_from, charset=charset))
    if config.fixed_classifier:
        assert isinstance(run.net, MobileCrnn), "RecognizerConfig refuses other nets"
        run.net.classify.requires_grad_(False)
    phases = Phases(config.ctc_from, config.frame_until, config.teacher_share)
    losses = LineLoss(run, phases, ctc, teacher_of(config, charset, run), config.sampled, config.teach_real)
    dev = {path.stem: line_set(charset, (str(path),)) for path in shards(config.dev)}

    def evaluate() -> dict[str, float]:
        return {f"cer {name}": round(error_rate(run.averaged, lines, run.device), 5) for name, lines in dev.items()}

    fit(run, line_feed(config, charset, run), losses, out, evaluate)
