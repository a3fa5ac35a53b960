"""What goes into the wheel: the package with its models, and nothing that only training needs."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LIMIT = 15_000_000


@pytest.fixture(scope="module")
def shipped() -> dict[str, Path]:
    """Path in the wheel -> file in the checkout."""
    wheel = pytest.importorskip("hatchling.builders.wheel", reason="hatchling is not installed (pip install hatchling)")
    builder = wheel.WheelBuilder(str(ROOT))
    return {file.distribution_path: Path(file.path) for file in builder.recurse_included_files()}


def test_models_and_data_are_in_and_small(shipped: dict[str, Path]) -> None:
    manifest = json.loads(shipped["ocr/models/manifest.json"].read_text(encoding="utf-8"))
    files = {f"ocr/models/{record['file']}": record.get("wheel", True) for record in manifest["models"]}
    assert {file for file in files if file in shipped} == {file for file, wanted in files.items() if wanted}
    wanted = {record["name"] for record in manifest["models"] if record.get("wheel", True)}
    assert {name for roles in manifest["defaults"].values() for name in roles.values()} <= wanted
    assert {"ocr/__init__.py", "ocr/py.typed", "ocr/recognize/charsets/latin.txt"} <= shipped.keys()
    models = [file for path, file in shipped.items() if path.startswith("ocr/models/")]
    assert sum(file.stat().st_size for file in models) < LIMIT


def test_man_pages_and_completion_are_in() -> None:
    wheel = pytest.importorskip("hatchling.builders.wheel", reason="hatchling is not installed (pip install hatchling)")
    data: dict[str, dict[str, str]] = {"shared_data": {}, "force_include": {}}
    builder = wheel.WheelBuilder(str(ROOT))
    for hook in builder.get_build_hooks(str(ROOT / "build")).values():
        hook.initialize("standard", data)
    places = set(data["shared_data"].values())
    assert {"share/man/man1/ocr-read.1", "share/bash-completion/completions/ocr"} <= places


def test_the_wheel_leaves_out_what_the_manifest_says() -> None:
    manifest = json.loads((ROOT / "models" / "manifest.json").read_text(encoding="utf-8"))
    outside = {f"models/{record['file']}" for record in manifest["models"] if not record.get("wheel", True)}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    left_out = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["exclude"])
    assert {name for name in left_out if name.endswith((".onnx", ".npz", ".dcz"))} == outside


def test_nothing_else_is_in(shipped: dict[str, Path]) -> None:
    assert {path.split("/")[0] for path in shipped} == {"ocr"}
    assert not [
        path
        for path in shipped
        if path.startswith(("ocr/models/training", "ocr/models/cards")) or "__pycache__" in path
    ]
