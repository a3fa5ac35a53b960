"""Prints the coverage that `coverage run` has measured, by package, and fails below the floors.

python scripts/coverage_table.py [--no-floor]
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import PurePath

WHOLE = 93.5  # per cent of the statements
WITHOUT_TRAINING = 93.0  # all but ocr/train; ocr/runtimes and its exports run in environments of their own


def measured() -> dict[str, tuple[int, int]]:
    """Statements and covered statements of each package.

    Raises:
        subprocess.CalledProcessError: Nothing was measured.
    """
    command = [sys.executable, "-m", "coverage", "json", "-q", "-o", "-"]
    report = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    statements, covered = Counter[str](), Counter[str]()
    for name, file in report["files"].items():
        package = ".".join(PurePath(name).parent.parts[:2])
        statements[package] += file["summary"]["num_statements"]
        covered[package] += file["summary"]["covered_lines"]
    return {package: (count, covered[package]) for package, count in sorted(statements.items())}


def share(counts: list[tuple[int, int]]) -> float:
    """Covered statements, per cent."""
    return 100 * sum(covered for _, covered in counts) / max(1, sum(count for count, _ in counts))


def main() -> int:
    """Prints the table; 1 if coverage is below a floor."""
    packages = measured()
    figures = (
        ("all but ocr.train", share([row for name, row in packages.items() if name != "ocr.train"]), WITHOUT_TRAINING),
        ("all", share(list(packages.values())), WHOLE),
    )
    for package, row in packages.items():
        print(f"{package:18} {share([row]):5.1f} %  of {row[0]:5} statements")
    for name, value, floor in figures:
        print(f"{name:18} {value:5.1f} %  (at least {floor} %)")
    if "--no-floor" in sys.argv[1:]:
        return 0
    low = [f"{name} {value:.1f} %" for name, value, floor in figures if value < floor]
    if low:
        print(f"coverage is below the floor: {', '.join(low)}; run: coverage report --show-missing", file=sys.stderr)
    return bool(low)


if __name__ == "__main__":
    sys.exit(main())
