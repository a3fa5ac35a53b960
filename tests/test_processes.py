"""A reader in other processes: pickled to them, or there after a fork."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import ocr
from tests.test_pipeline import HeightRecognizer, StripeDetector, page

ROOT = Path(__file__).parent.parent

FORK = """
import os
import sys

import ocr

def spoken(reader):
    return reader.read("samples/scan.pdf", pages=1).text

reader = ocr.Reader(fallback="never", threads=2)
before = spoken(reader)
child = os.fork()
if child == 0:
    if sys.argv[1] == "sys.exit":
        sys.exit(7)
    if sys.argv[1] == "os._exit":
        os._exit(7)
    if sys.argv[1] == "second reader":
        sys.exit(7 if spoken(ocr.Reader(fallback="never", threads=2)) == before else 1)
    sys.exit(7 if spoken(reader) == before and spoken(reader) == before else 1)
_, status = os.waitpid(child, 0)
assert spoken(reader) == before
sys.exit(os.waitstatus_to_exitcode(status))
"""


BUSY = """
import os
import sys
import threading
import time

import ocr

reader = ocr.Reader(fallback="never", threads=2)
reader.read("samples/receipt.jpg")  # Python's own import locks do not survive a fork
reading = True

def read():
    while reading:
        reader.read("samples/receipt.jpg")

thread = threading.Thread(target=read)
thread.start()
for n in range(5):
    time.sleep(0.1 + 0.05 * n)
    child = os.fork()
    if child == 0:
        reading = False
        sys.exit(7 if sys.argv[1] == "sys.exit" or reader.read("samples/receipt.jpg").text else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
reading = False
thread.join()
sys.exit(7)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
@pytest.mark.parametrize("ending", ["sys.exit", "os._exit", "read", "second reader"])
def test_a_fork_ends_cleanly_and_reads(ending: str) -> None:
    run(FORK, ending)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
@pytest.mark.parametrize("ending", ["sys.exit", "read"])
def test_a_fork_while_another_thread_reads_ends_cleanly_too(ending: str) -> None:
    run(BUSY, ending)


def run(program: str, ending: str) -> None:
    """Run a program, which has to end with 7 and print nothing; a child that hangs is ended."""
    done = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", program, ending],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        printed, _ = done.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        os.killpg(done.pid, 9)  # the child that hangs as well
        pytest.fail("the child does not end")
    assert (done.returncode, printed) == (7, b"")


def test_a_reader_survives_pickling(samples: Path) -> None:
    reader = ocr.Reader(quality="fast", fallback="never", orient=False, threads=1)
    data = pickle.dumps(reader)
    assert len(data) < 2000  # settings and names, no weights
    other = pickle.loads(data)
    assert other.options == reader.options
    assert other.engine == reader.engine
    assert other.read(samples / "scan.pdf", pages=1).text == reader.read(samples / "scan.pdf", pages=1).text


def test_named_models_and_picklable_objects_are_kept() -> None:
    named = pickle.loads(pickle.dumps(ocr.Reader(recognizer="crnn-en-int8", orient=False)))
    assert named.engine.recognizer == "crnn-en-int8"
    drawn = ocr.Reader(detector=StripeDetector(), recognizer=HeightRecognizer(), fallback="never")
    assert copy.deepcopy(drawn).read(page(0)).text == "black line"


def test_a_reader_that_cannot_be_pickled_says_why() -> None:
    class Local(StripeDetector):
        lock: Any = None

    with pytest.raises(ocr.UsageError, match=r"its Local cannot .* by name or path"):
        pickle.dumps(ocr.Reader(detector=Local(), recognizer=HeightRecognizer()))
