"""The techniques by name: where each is, and what it does in one line. This module loads nothing heavy."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ocr.errors import UsageError

__all__ = ["TECHNIQUES", "Technique", "found", "suggested"]


@dataclass(frozen=True, slots=True)
class Technique:
    """A technique.

    Attributes:
        function: where it is, ``module:name``; called with the model, its settings and the data.
        settings: class of its settings, in the same module.
        description: one line for the command's help.
    """

    function: str
    settings: str
    description: str

    def load(self) -> tuple[Callable[..., Any], type[Any]]:
        """The function and the class of its settings.

        Raises:
            ModuleNotFoundError: a package of the train extra is not installed.
        """
        module, _, name = self.function.partition(":")
        loaded = importlib.import_module(module)
        return getattr(loaded, name), getattr(loaded, self.settings)


TECHNIQUES: Mapping[str, Technique] = {
    "magnitude": Technique(
        "ocr.compress.magnitude:magnitude", "MagnitudeSettings", "drop the smallest weights, gradually, and retrain"
    ),
    "damage": Technique(
        "ocr.compress.damage:damage",
        "DamageSettings",
        "drop the weights of least damage (OBD), and retrain",
    ),
    "surgeon": Technique(
        "ocr.compress.surgeon:surgeon",
        "SurgeonSettings",
        "prune and round layers by reconstruction (OBC), one shot",
    ),
    "sharing": Technique(
        "ocr.compress.sharing:sharing",
        "SharingSettings",
        "weight sharing by k-means, centroids retrained",
    ),
    "uniform": Technique(
        "ocr.compress.uniform:uniform",
        "UniformSettings",
        "evenly spaced levels of 1 to 8 bits, or training with them",
    ),
    "activations": Technique(
        "ocr.compress.activations:activations",
        "ActivationSettings",
        "activations on 256 levels or fewer, or training with them",
    ),
    "widths": Technique("ocr.compress.widths:widths", "WidthSettings", "fewer filters and LSTM units: a smaller net"),
    "lasso": Technique("ocr.compress.lasso:lasso", "LassoSettings", "train under group lasso, before widths"),
    "low_rank": Technique("ocr.compress.low_rank:low_rank", "LowRankSettings", "matrices and kernels as products"),
    "distil": Technique("ocr.compress.distil:distil", "DistilSettings", "a narrower net learns from this one"),
    "together": Technique(
        "ocr.compress.together:together", "TogetherSettings", "light nets and a booster, or equals, teach each other"
    ),
    "blocks": Technique("ocr.compress.blocks:blocks", "BlockSettings", "a net of MobileNet's and other blocks"),
    "rate": Technique(
        "ocr.compress.rate:rate", "RateSettings", "quantize to a budget of bytes, by sensitivity and bits, and retrain"
    ),
    "trellis": Technique(
        "ocr.compress.trellis:trellis", "TrellisSettings", "the same by dependent quantization, along a trellis"
    ),
}


def found(name: str, origin: object) -> Technique:
    """A technique by its name.

    Raises:
        UsageError: there is none; ``origin`` says who asked.
    """
    if name not in TECHNIQUES:
        raise UsageError(f"{origin}: there is no technique {name!r}; {suggested(name, TECHNIQUES)}")
    return TECHNIQUES[name]


def suggested(key: str, known: Iterable[str]) -> str:
    """What a mistyped word may have meant, as the end of a message.

    Example:
        >>> suggested("sparcity", ["sparsity", "scope"])
        "did you mean 'sparsity'?"
    """
    names = sorted(known)
    close = difflib.get_close_matches(key, names, 3, 0.5)
    return f"did you mean {' or '.join(map(repr, close))}?" if close else f"known are {', '.join(names)}"
