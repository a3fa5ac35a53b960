"""A hook of hatch (see ``pyproject.toml``): what is made when a wheel is built, and what goes in only if it is there.

Man pages and completion scripts are made; the web page is put in where ``scripts/web build`` has made it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ReferenceHook(BuildHookInterface):  # type: ignore[type-arg]
    """Puts man pages and completion scripts into the wheel's data, and ``web/dist`` into the package."""

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
        page = root / "web" / "dist"
        if version != "editable" and (page / "index.html").is_file():
            build_data["force_include"][str(page)] = "ocr/web"
