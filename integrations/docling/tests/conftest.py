"""docling without what PyPI has for CUDA alone: torchvision, which only a table net needs that the tests switch off.

With the torch for CPUs, ``import torchvision`` of 0.28.0 fails: "operator torchvision::nms does not exist".
"""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType

import transformers  # noqa: F401  (before the stand-in: it asks whether torchvision is installed)

if importlib.util.find_spec("torchvision") is None:
    stand_in = ModuleType("torchvision")
    stand_in.transforms = ModuleType("torchvision.transforms")  # type: ignore[attr-defined]
    sys.modules |= {"torchvision": stand_in, "torchvision.transforms": stand_in.transforms}
