"""ExecuTorch programs (``.pte``), lowered to XNNPACK: made of a torch module, with a range of sizes."""

from __future__ import annotations

import importlib
import logging
import os
import subprocess
import sys
import tempfile
import warnings
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any, Final

from ocr.errors import OcrError
from ocr.metadata import pairs

__all__ = ["to_executorch"]

PAGE: Final = (256, 320)
"""Rows and columns that a net of any size is traced with."""
LINE: Final = 2048
"""Columns that a recogniser is traced with: programs take twice as many at most."""
STEPS: Final = {"recognize": (8, 512), "detect": (32, 80), "enhance": (32, 80)}
"""What a free side is a multiple of, and how many times at most: lines up to 4,096 pixels, pages up to 2,560."""


def to_executorch(source: Path, path: Path, task: str, variant: str) -> None:
    """A program, made in a process of its own: the converter keeps state between two.

    Raises:
        OcrError: the converter fails.
    """
    command = [sys.executable, "-m", __name__, str(source.resolve()), str(path.resolve()), task]
    search = os.pathsep.join(entry for entry in sys.path if entry)
    done = subprocess.run(
        command, capture_output=True, text=True, errors="replace", check=False, env=os.environ | {"PYTHONPATH": search}
    )
    if done.returncode or not path.is_file():
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        raise OcrError(f"executorch: the conversion of {source.name} failed ({last[0]})")


def _convert(source: Path, path: Path, task: str) -> None:
    """A program whose convolutions XNNPACK computes; its batch is one, its free sides vary within ``STEPS``."""
    import torch

    from ocr.export.plain import plain_model
    from ocr.export.torch_net import TorchNet

    logging.getLogger("executorch").setLevel(logging.ERROR)
    with warnings.catch_warnings(), Path(os.devnull).open("w") as quiet, redirect_stderr(quiet):
        warnings.simplefilter("ignore")
        exir: Any = importlib.import_module("executorch.exir")
        xnnpack: Any = importlib.import_module("executorch.backends.xnnpack.partition.xnnpack_partitioner")
        with tempfile.TemporaryDirectory() as scratch:
            plain = Path(scratch) / "model.onnx"
            plain_model(source, plain)
            net = TorchNet(plain)
        said = pairs(source)
        sides = int(said["height"]), 0 if task == "recognize" else int(said["width"])
        usuals = (PAGE[0], LINE) if task == "recognize" else PAGE
        planes = 3 if task in {"corners", "enhance"} else 1
        given = torch.zeros(1, planes, *(side or usual for side, usual in zip(sides, usuals, strict=True)))
        free = {}
        for axis, (side, name) in enumerate(zip(sides, ("rows", "columns"), strict=True), 2):
            if not side:
                step, most = STEPS[task]
                free[axis] = step * torch.export.Dim(name, min=2, max=most)
        exported = torch.export.export(net, (given,), dynamic_shapes=((free,) if free else None))
        lowered = exir.to_edge_transform_and_lower(
            exported, partitioner=[xnnpack.XnnpackPartitioner()],
            compile_config=exir.EdgeCompileConfig(_check_ir_validity=False),
        )  # fmt: skip
    path.write_bytes(lowered.to_executorch().buffer)


if __name__ == "__main__":
    _convert(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
