"""Kill `ocr read` at random moments, in every output format: no output may be half-written, nothing may stay behind.

    python benchmarks/kill_runs.py --count 20 samples/scan.pdf

Each run replaces an earlier output. After the kills, the parts left over are aged, one more run is made, and the folder
must hold the output alone. A line says, for each format: runs killed, runs that had finished, parts left, and faults.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ocr.write import FORMATS

EARLIER = b"the earlier output"


def run(source: Path, target: Path, form: str) -> subprocess.Popen[bytes]:
    """A run in the background."""
    command = [
        sys.executable,
        "-m",
        "ocr.cli",
        "read",
        "-q",
        "-j",
        "2",
        "--format",
        form,
        str(source),
        "-o",
        str(target),
    ]
    environment = {**os.environ, "TMPDIR": str(target.parent.parent / "tmp")}
    return subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)


def main() -> int:
    """Print a line for each format; 1 if there was a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--formats", nargs="+", default=[name for name in FORMATS if name != "page"])
    arguments = parser.parse_args()
    chance, faults = random.Random(1), 0
    for form in arguments.formats:
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "out" / f"result.{form}"
            target.parent.mkdir()
            (Path(folder) / "tmp").mkdir()
            start = time.monotonic()
            with run(arguments.source, target, form) as process:
                process.wait()
            longest = time.monotonic() - start
            whole = len(target.read_bytes())
            finished, bad = 0, []
            for _ in range(arguments.count):
                target.write_bytes(EARLIER)
                with run(arguments.source, target, form) as process:
                    time.sleep(chance.uniform(0.1, longest))
                    finished += process.poll() is not None
                    process.kill()
                data = target.read_bytes()
                if data != EARLIER and abs(len(data) - whole) > 0.02 * whole:
                    bad.append(f"{len(data)} bytes, not {whole}")
            time.sleep(2)
            left = list(target.parent.glob(".*"))
            for part in left:
                os.utime(part, (0, 0))
            with run(arguments.source, target, form) as process:
                if code := process.wait():
                    bad.append(f"the run after ended with {code}")
            left_over = sorted(path.name for path in target.parent.iterdir() if path != target)
            left_over += sorted(path.name for path in (Path(folder) / "tmp").iterdir())
            bad += [f"{name} is left" for name in left_over]
            killed = arguments.count - finished
            print(
                f"{form:10} killed {killed:3}, finished {finished:3}, parts {len(left):3}, faults {bad or None}",
                flush=True,
            )
            faults += len(bad)
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
