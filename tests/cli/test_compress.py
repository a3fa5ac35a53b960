"""ocr compress: arguments, messages, comparing two runs. What compression does is tested in tests/compress."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

ROW = {
    "step": "1 rate", "parameters": 100, "non_zero": 50, "bytes": 1000, "multiply_adds": 10, "milliseconds": 1.0,
    "error": 0.01, "minutes": 1.0,
}  # fmt: skip


def test_show_compares_two_runs(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    for name, size, error in (("a", 1000, 0.01), ("b", 250, 0.014)):
        (tmp_path / name).mkdir()
        rows = [{**ROW, "bytes": size, "error": error}]
        (tmp_path / name / "report.json").write_text(json.dumps({"rows": rows}))
    code, out, _ = run("compress", "show", str(tmp_path / "a"), str(tmp_path / "b"))
    assert code == 0
    assert "| bytes | 1,000 | 250 | x 0.25 |" in out
    assert "| error held | 0.0100 | 0.0140 | +0.40 points |" in out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("compress", "show", "none", "none"), 2, "none: cannot be read"),
        (("compress", "none.pt"), 1, "Missing option"),
        (("compress", "none.pt", "--recipe", "none.toml", "-o", "out"), 2, "none.toml: not a readable TOML file"),
        (("compress", "none.pt", "--bogus"), 1, "No such option"),
        (("compress", "none.pt", "-o", "out"), 1, "give one of --recipe, --target-bytes"),
        (("compress", "none.pt", "-o", "out", "--max-loss", "0.1", "--target-ms", "2"), 1, "give one of --recipe"),
        (("compress", "none.pt", "-o", "out", "--target-bytes", "many"), 1, "not a size such as 200K"),
        (("compress", "none.pt", "-o", "out", "--target-bytes", "0K"), 1, "not more than 0"),
        (("compress", "none.pt", "-o", "out", "--target-bytes", "9K"), 1, "name shards with --drawn"),
        (("compress", "none.pt", "-o", "out", "--max-loss", "0.1", "--drawn", "x"), 2, "none.pt: there is no such"),
        (("compress", "none.dcz", "-o", "out", "--max-loss", "0.1"), 1, "compression starts from a checkpoint"),
        (("compress", "none.npz", "-o", "out", "--max-loss", "0.1"), 1, "a language model needs --target-bytes alone"),
        (("compress", "none.npz", "-o", "out", "--target-bytes", "9K"), 2, "none.npz: there is no such file"),
        (("compress", "none.pt", "-o", "out", "--target-bytes", "9K", "--data", "x.toml"), 2, "x.toml: not a readable"),
        (("compress", "none.pt", "-o", "out", "--recipe", "r", "--data", "x"), 1, "--data is for a search"),
    ],
)
def test_bad_arguments(run: Run, arguments: tuple[str, ...], code: int, message: str) -> None:
    pytest.importorskip("torch")
    found, out, err = run(*arguments)
    assert (found, out) == (code, "")
    assert message in err
    assert not Path("out").exists()


def test_help_lists_the_techniques(run: Run) -> None:
    code, out, _ = run("compress", "--help")
    assert code == 0
    assert "magnitude" in out
    assert "show" in out
