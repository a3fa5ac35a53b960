"""What a technique may ask of the data, whatever a model is for: lines for recognisers, pages for detectors."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from torch import Tensor, nn

from ocr.train.checkpoint import Trained
from ocr.train.run import Run

__all__ = ["Port", "Samples"]


@dataclass(frozen=True, slots=True)
class Port:
    """Where work and time of a net are measured.

    Attributes:
        input: name of the exported model's input.
        output: name of the output that a reader asks for.
        shape: of the input.
    """

    input: str
    output: str
    shape: tuple[int, int, int, int]


class Samples(ABC):
    """Batches to retrain on, inputs to calibrate on, and how a net is judged.

    Attributes:
        task: which nets it is for, a key of ``ocr.train.checkpoint.NETS``.
        port: where their work and time are measured.
        origin: the model that the recipe began with; its soft targets teach. None where there is no such model.
    """

    task: ClassVar[str]
    port: ClassVar[Port]
    origin: Trained | None

    @abstractmethod
    def batches(self, net: nn.Module, seed: int = 0) -> Iterator[Any]:
        """Endless batches; ``seed`` is added to that of the configuration."""

    @abstractmethod
    def inputs(self) -> Iterator[Tensor]:
        """Calibration inputs of a net, the same ones at every call."""

    @abstractmethod
    def objective(self, run: Run[Any], teacher: nn.Module | None, share: float) -> Callable[[nn.Module, Any], Tensor]:
        """The loss of a net in a run on a batch: labels, and the teacher's soft targets with weight ``share``."""

    @abstractmethod
    def negative_log_likelihood(self, net: nn.Module, batch: Any) -> Tensor:
        """Of a batch's labels, in the mean; its gradients tell how sensitive weights are."""

    @abstractmethod
    def error(self, net: nn.Module) -> float:
        """Error rate on what is measured and never trained on, 0..1; 0 where there is nothing."""

    def fit(self, path: Path) -> None:
        """Complete an exported model before it is packed, with what is fitted to held data; the base fits nothing."""
        del path
