"""Nothing leaves the machine and nothing is left on it: no telemetry, no socket, no file that was not asked for."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ocr.errors import OcrError
from ocr.export.convert import to_mnn
from ocr.weights import model

ROOT = Path(__file__).parent.parent.parent

EVERYTHING = """
import socket
import sys

import cv2
import numpy as np

def refused(*arguments, **options):
    raise AssertionError("a socket was opened")

socket.socket = socket.create_connection = socket.getaddrinfo = refused

import ocr

print(len(ocr.read(sys.argv[1], pages=1, threads=1).text))
photo = np.full((1200, 900, 3), 60, np.uint8)
cv2.fillConvexPoly(photo, np.array([[150, 120], [760, 160], [730, 1060], [110, 1010]]), (245, 245, 245))
for row in range(240, 940, 50):
    cv2.putText(photo, "an invoice of some lines", (200, row), cv2.FONT_HERSHEY_SIMPLEX, 1.1, (20, 20, 20), 2)
try:
    print(ocr.scan(photo).pixels.shape)
except ocr.InputError as error:
    print(error)
for read in (ocr.read_id_card, ocr.read_mrz):
    try:
        print(read(photo))
    except ocr.InputError as error:
        print(error)

from pathlib import Path

from ocr.export.folder import export
from ocr.export.targets import TARGETS

print(export(TARGETS["onnx"], "", Path(sys.argv[2])).agreement)
"""


def run(tmp_path: Path, *prefix: str) -> tuple[str, list[str]]:
    """What the program above prints, and the files that it leaves in a home of its own."""
    homes = {"HOME": "home", "XDG_CACHE_HOME": "cache", "XDG_CONFIG_HOME": "config", "TMPDIR": "tmp"}
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    for name, folder in homes.items():
        (tmp_path / folder).mkdir()
        environment[name] = str(tmp_path / folder)
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
    command = [*prefix, sys.executable, "-c", EVERYTHING, str(ROOT / "samples/scan.pdf"), str(tmp_path / "exported")]
    done = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    left = [path for folder in homes.values() for path in (tmp_path / folder).rglob("*")]
    return done.stdout, [str(path.relative_to(tmp_path)) for path in left]


def test_nothing_is_written_and_no_socket_is_opened_from_python(tmp_path: Path) -> None:
    printed, left = run(tmp_path)
    assert left == []
    assert int(printed.split("\n", 1)[0]) > 500


def _traceable() -> bool:
    return bool(shutil.which("strace")) and subprocess.call(["strace", "-qo", os.devnull, "true"]) == 0


@pytest.mark.skipif(not _traceable(), reason="strace is not installed, or not permitted here")
def test_no_library_opens_a_socket_either(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    run(tmp_path, "strace", "-f", "-q", "-e", "trace=network", "-o", str(trace))
    assert not [call for call in trace.read_text().splitlines() if "AF_INET" in call]


def test_onnxruntime_is_imported_where_telemetry_is_switched_off() -> None:
    importers = set()
    for path in (ROOT / "ocr").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.split(".")[0] == "onnxruntime" for name in names):
                importers.add(path.relative_to(ROOT / "ocr").parts[0])
    assert importers <= {"export"}  # whose __init__ calls ocr.engine.runtime(), as engine.py itself does
    assert "runtime()" in (ROOT / "ocr/export/__init__.py").read_text(encoding="utf-8")


def test_an_early_import_is_switched_off_too(tmp_path: Path) -> None:
    program = (
        "import onnxruntime as o; calls = []; o.disable_telemetry_events = lambda: calls.append(1);"
        "from ocr.engine import runtime; runtime(); runtime(); print(calls)"
    )
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    environment |= {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[1]\n"


def test_converters_that_report_their_use_are_called_where_they_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    commands = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 1, "", "stopped here")

    monkeypatch.setattr(subprocess, "run", run)
    source = model("orient", "orient").path
    with pytest.raises(OcrError, match="mnnconvert: failed"):
        to_mnn(source, Path("made.mnn"), "orient", "float")
    [command] = commands
    assert command[0] == sys.executable  # the program mnnconvert would load MNN.tools, which reports
    assert "MNN" not in command[2]


def test_openvino_is_imported_without_its_telemetry(tmp_path: Path) -> None:
    stub = tmp_path / "openvino.py"
    stub.write_text("try:\n    import openvino_telemetry\nexcept ImportError:\n    quiet = True\n")
    (tmp_path / "openvino_telemetry.py").write_text("")
    program = "import ocr.runtimes.openvino as r; assert r.openvino.quiet"
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, check=False)
    assert done.returncode == 0
