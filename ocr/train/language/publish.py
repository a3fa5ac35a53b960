"""Copy a language model into a folder of models, and enter it into the manifest there.

python -m ocr.train.language.publish RUN [--models models]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from ocr.errors import InputError, UsageError
from ocr.output import replacing
from ocr.train.config import read_config
from ocr.train.language.trainer import FIGURES, LanguageConfig, model_file
from ocr.train.registry import figure, register

__all__ = ["main", "publish"]


def publish(run: Path, models: Path) -> Path:
    """Copy the model of a run; returns its file in ``models``.

    Raises:
        InputError: the run is not finished.
        UsageError: its configuration does not say what the model was made of, or under which licence.
    """
    if not (run / FIGURES).is_file():
        raise InputError(
            f"{run}: holds no finished language model; make one with: ocr train language CONFIG --out {run}"
        )
    config = read_config(LanguageConfig, run / "config.toml")
    if not (config.trained_on and config.licence):
        raise UsageError(f"{run / 'config.toml'}: says no trained_on or licence; state both, then publish again")
    figures = json.loads((run / FIGURES).read_text(encoding="utf-8"))
    source = model_file(run, config)
    models.mkdir(parents=True, exist_ok=True)
    target = models / source.name
    with replacing(target) as file:
        file.write(source.read_bytes())
    command = f"ocr train language models/training/{source.stem}.toml --out RUN"
    register(
        models, target, name=source.stem, task="language", params=int(figures["n-grams"]), licence=config.licence,
        trained_on=config.trained_on,
        metrics={"bits a character, held-out text": figure(round(figures["bits a character"], 3), command)},
    )  # fmt: skip
    return target


def main(arguments: Sequence[str]) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="folder of the run")
    parser.add_argument("--models", type=Path, default=Path("models"), help="folder of the manifest; made if missing")
    options = parser.parse_args(arguments)
    target = publish(options.run, options.models)
    print(f"{target}: {target.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main(sys.argv[1:])
