"""What is read in place of a page, as ``Options.enhance`` asks for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ocr.page.enhance import CanEnhancer
from ocr.page.ground import UNEVEN, evened, unevenness
from ocr.steps import Step, StepName

__all__ = ["Cleaner"]


class Cleaner:
    """Cleans pages, or leaves them alone where nothing is to be gained.

    Args:
        enhance: ``auto`` evens out uneven pages, ``whiten`` whitens every page, ``none`` does nothing.
        threads: CPU threads.

    Raises:
        DependencyError: the model that whitens is missing.
    """

    def __init__(self, enhance: str, threads: int) -> None:
        self._enhance = enhance
        self._whiten = CanEnhancer("whiten", threads=threads) if enhance == "whiten" else None

    def __call__(self, pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], tuple[Step, ...]]:
        """The (H, W) or (H, W, 3) pixels to read, and what was done to them."""
        if self._whiten:
            return self._whiten(pixels), (Step(StepName.ENHANCE, {"operator": self._whiten.operator}),)
        uneven = unevenness(pixels) if self._enhance == "auto" else 0.0
        if uneven < UNEVEN:
            return pixels, ()
        return evened(pixels), (Step(StepName.ENHANCE, {"operator": "even", "unevenness": round(uneven, 2)}),)
