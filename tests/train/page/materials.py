"""What the page stages' training is tested with: a line whose ink is above."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["dark_above"]


def dark_above() -> NDArray[np.uint8]:
    """A line (32, 320) that goes from black at the top to white at the bottom."""
    return np.tile(np.repeat(np.linspace(0, 255, 32).astype(np.uint8)[:, None], 40, 1), (1, 8))
