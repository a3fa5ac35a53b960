"""What libraries in C print while they are loaded does not reach the user."""

from __future__ import annotations

import ctypes
import importlib
import os
import sys
from pathlib import Path

import pytest

from ocr.runtimes.silence import silence

CHATTY = """
import ctypes

class nn:
    def create_runtime_manager(settings):
        ctypes.CDLL(None).puts(b"high precision")

    def load_module_from_file(path, inputs, outputs, runtime_manager):
        ctypes.CDLL(None).puts(b"loaded")
        return path

ctypes.CDLL(None).puts(b"the device supports: i8sdot:0")
"""


@pytest.mark.skipif(os.name == "nt", reason="the C library is loaded by another name")
def test_what_c_has_buffered_is_lost_and_nothing_else(capfd: pytest.CaptureFixture[str]) -> None:
    libc = ctypes.CDLL(None)
    libc.puts(b"before")
    with pytest.raises(ValueError, match="fault"), silence():
        libc.puts(b"chatter")
        os.write(2, b"more chatter\n")
        raise ValueError("a fault")
    libc.puts(b"after")
    libc.fflush(None)
    assert capfd.readouterr() == ("before\nafter\n", "")


@pytest.mark.skipif(os.name == "nt", reason="the C library is loaded by another name")
def test_mnn_is_loaded_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "MNN.py").write_text(CHATTY)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("MNN", "ocr.runtimes.mnn"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    runtime = importlib.import_module("ocr.runtimes.mnn")
    try:
        runtime.Net(Path("net.mnn"), 1, ("image",), ("map",))
        ctypes.CDLL(None).fflush(None)
        assert capfd.readouterr() == ("", "")
    finally:
        for name in ("MNN", "ocr.runtimes.mnn"):
            sys.modules.pop(name, None)
