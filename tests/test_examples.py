"""The programs of ``examples/`` do what they say, on the samples and on small inputs drawn here."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "samples"


def run(name: str, *arguments: object) -> Any:
    """Call ``main`` of an example."""
    return runpy.run_path(str(ROOT / "examples" / f"{name}.py"))["main"](*map(str, arguments))


def test_every_example_is_tested_and_listed() -> None:
    names = {path.stem for path in (ROOT / "examples").glob("*.py")}
    here = Path(__file__).read_text(encoding="utf-8")
    assert len(names) == 6 and all(f'run("{name}"' in here for name in names)
    for page in ("examples/README.md", "docs/quickstart.md"):
        assert all(f"`{name}.py`" in (ROOT / page).read_text(encoding="utf-8") for name in names), page


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "examples").glob("*.py")))
def test_without_arguments_the_usage_is_said(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", [f"{name}.py"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(ROOT / "examples" / f"{name}.py"), run_name="__main__")
    assert ended.value.code == 2
    assert f"usage: {name}.py" in capsys.readouterr().err


def test_read_text(capsys: pytest.CaptureFixture[str]) -> None:
    run("read_text", SAMPLES / "scan.pdf")
    out = capsys.readouterr().out
    assert "--- page 3 of 3" in out and "THE CHILD OF THE" in out


def test_searchable_pdf(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("searchable_pdf", SAMPLES / "scan.pdf", tmp_path / "out.pdf")
    assert "THE CHILD OF THE" in capsys.readouterr().out
    with pikepdf.open(tmp_path / "out.pdf") as pdf:
        assert len(pdf.pages) == 3


def test_check_doubtful_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("check_doubtful_words", SAMPLES / "receipt.jpg", tmp_path / "doubtful.png")
    *words, summary = capsys.readouterr().out.splitlines()
    assert words and f"{len(words)} of " in summary
    confidences = [float(line[:4]) for line in words]
    assert confidences == sorted(confidences) and confidences[-1] <= 0.8
    with Image.open(tmp_path / "doubtful.png") as marked:
        assert (220, 60, 20) in {color for _, color in marked.getcolors(1 << 24) or ()}


def test_id_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("id_card", SAMPLES / "card-front.jpg", tmp_path / "redacted.png")
    out = capsys.readouterr().out
    assert "130928196207181462" in out and "problems: none" in out
    with Image.open(tmp_path / "redacted.png") as redacted, Image.open(SAMPLES / "card-front.jpg") as original:
        assert redacted.size == original.size


def test_stream_pages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("stream_pages", SAMPLES / "scan.pdf") == 0
    pages = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [page["page"] for page in pages] == [1, 2, 3]


def test_stream_pages_with_a_page_that_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    damaged = tmp_path / "damaged.pdf"
    with pikepdf.open(SAMPLES / "scan.pdf") as pdf:
        name = next(iter(pdf.pages[1].Resources.XObject.keys()))
        pdf.pages[1].Resources.XObject[name].write(b"junk", filter=pikepdf.Name.DCTDecode)
        pdf.save(damaged)
    failed = run("stream_pages", damaged)
    captured = capsys.readouterr()
    assert failed == captured.err.count("page 2: ") == 1
    assert [json.loads(line)["page"] for line in captured.out.splitlines()] == [1, 3]


def test_measure_accuracy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image = Image.new("L", (700, 60), 255)
    text = "Your own documents are the best test"
    ImageDraw.Draw(image).text((12, 12), text, font=ImageFont.load_default(32), fill=0)
    image.save(tmp_path / "line.png")
    record = {"image": "line.png", "text": text, "task": "line"}
    (tmp_path / "gt.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    run("measure_accuracy", tmp_path / "gt.jsonl")
    out = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in out] == ["fast", "best"]
    assert all("cer 0.0" in line for line in out)
