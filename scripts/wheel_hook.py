"""A hook of hatch (see ``pyproject.toml``): man pages and completion scripts are made when a wheel is built."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ReferenceHook(BuildHookInterface):  # type: ignore[type-arg]
    """Puts ``share/man/man1/*.1`` and the completion scripts into the wheel's data."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the files and name them to the builder."""
        root = Path(self.root)
        sys.path.insert(0, str(root))
        try:
            from ocr.cli import cli
            from ocr.cli.reference import write

            files = write(cli, root / "build")
        finally:
            sys.path.remove(str(root))
        build_data["shared_data"].update({str(file): place for place, file in files.items()})
