"""The command line: where output goes, what is said on stderr, and the exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from numpy.typing import NDArray

import ocr
from ocr import cli
from ocr.document import Block, Engine, Line, Page, Quad, Step, Word
from ocr.errors import DependencyError, InputError
from ocr.options import Options
from ocr.output import plan, replacing
from ocr.source import Source, open_source
from tests.conftest import PdfMaker, encrypted

Run = Callable[..., tuple[int, str, str]]


class FakeReader:
    """Reads every page as its number; pages in ``bad`` fail, as do all pages of files named bad."""

    engine = Engine("detect-fake", "crnn-fake")

    def __init__(self, bad: tuple[int, ...] = ()) -> None:
        self.bad = bad
        self.live = 0

    def pages(self, source: Source) -> Iterator[Page]:
        for number in source.numbers:
            image = source.page(number)
            if number in self.bad:
                yield Page(number, 0, 0, 0.0, steps=(Step("error", {"message": "the wheels came off"}),))
                continue
            height, width = image.pixels.shape[:2]
            box = Quad.rect(10, 10, 60, 30)
            text = f"page{number}"
            line = Line(text, 0.9, box, (Word(text, 0.9, box),), "fake")
            note = Step("fallback", {"warning": "tesseract is not installed"})
            yield Page(
                number,
                width,
                height,
                image.dpi,
                (Block("par", box, (line,)),),
                steps=(note,),
                text=text,
                matrix=image.matrix,
            )


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeReader:
    """Stands in for the models."""
    reader = FakeReader()
    monkeypatch.setattr(cli, "load_reader", lambda options: reader)
    return reader


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """``run("read", "scan.pdf")`` -> exit code, stdout, stderr."""

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["ocr", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit:
            cli.main()
        out, err = capfd.readouterr()
        return int(exit.value.code or 0), out, err

    return call


@pytest.fixture
def scan(samples: Path) -> Path:
    return samples / "scan.pdf"


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# --- help and usage


def test_version_and_help(run: Run) -> None:
    assert run("--version") == (0, f"ocr, version {ocr.__version__}\n", "")
    code, out, _ = run("--help")
    assert code == 0
    for verb in ("read", "eval", "bench", "doctor", "train"):
        assert f"\n  {verb} " in out


def test_every_verb_has_help(run: Run) -> None:
    for verb in cli.cli.commands:
        code, out, err = run(verb, "--help")
        assert (code, err) == (0, "")
        assert out.startswith(f"Usage: ocr {verb}")


@pytest.mark.parametrize(
    "arguments",
    [
        ("read",),
        ("read", "a.pdf", "--bogus"),
        ("read", "a.pdf", "--format", "docx"),
        ("read", "a.pdf", "--lang", "tlh"),
        ("read", "a.pdf", "--renderer", "ghost"),
        ("read", "a.pdf", "--dpi", "5"),
        ("read", "a.pdf", "-o", "out.docx"),
        ("read", "a.pdf", "b.pdf", "-o", "out.txt"),
        ("read", "a.pdf", "b.pdf", "--format", "json"),
        ("read", "-", "-"),
        ("nonsense",),
        ("train", "recognizer", "none.toml"),
        ("train", "poet", "none.toml"),
    ],
)
def test_bad_arguments_exit_with_1(run: Run, arguments: tuple[str, ...]) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (1, "")
    assert err


def test_light_start() -> None:
    check = (
        "import sys, ocr.cli; print([m for m in ('torch', 'cv2', 'onnxruntime', 'numpy', 'PIL') if m in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", check], text=True) == "[]\n"


# --- where output goes


def test_text_to_stdout(run: Run, fake: FakeReader, scan: Path) -> None:
    assert run("read", scan, "-q") == (0, "page1\n\fpage2\n\fpage3\n", "")
    assert run("read", scan, "-q", "--pages", "2-", "-o", "-")[1] == "page2\n\fpage3\n"


def test_several_files_to_stdout(run: Run, fake: FakeReader, scan: Path, samples: Path) -> None:
    code, out, _ = run("read", scan, samples / "report.tif", "--format", "jsonl")
    assert code == 0
    assert len([json.loads(line) for line in out.splitlines()]) == 4


@pytest.mark.parametrize("suffix", ["txt", "json", "jsonl", "hocr", "pdf"])
def test_format_follows_the_suffix(run: Run, fake: FakeReader, scan: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"a.searchable.{suffix}"
    assert run("read", scan, "-q", "-o", out)[0] == 0
    data = out.read_bytes()
    assert leftovers(tmp_path) == [out.name]
    begins = {"txt": b"page1", "json": b'{"schema"', "jsonl": b"{", "hocr": b"<?xml", "pdf": b"%PDF-"}
    assert data.startswith(begins[suffix])


def test_format_option_beats_the_suffix(run: Run, fake: FakeReader, scan: Path, tmp_path: Path) -> None:
    assert run("read", scan, "-q", "--format", "json", "-o", tmp_path / "a.txt")[0] == 0
    assert json.loads((tmp_path / "a.txt").read_text())["engine"]["recognizer"] == "crnn-fake"


def test_a_directory_takes_one_file_each(run: Run, fake: FakeReader, scan: Path, samples: Path, tmp_path: Path) -> None:
    code, out, _ = run("read", scan, samples / "receipt.jpg", "--format", "pdf", "-o", f"{tmp_path}/new/sub/")
    assert (code, out) == (0, "")
    assert leftovers(tmp_path / "new" / "sub") == ["receipt.pdf", "scan.pdf"]
    with pikepdf.open(tmp_path / "new" / "sub" / "scan.pdf") as pdf:
        assert len(pdf.pages) == 3


def test_names_that_clash(run: Run, fake: FakeReader, scan: Path, tmp_path: Path) -> None:
    code, _, err = run("read", scan, "other/scan.png", "-o", f"{tmp_path}/")
    assert code == 1
    assert "would both be written" in err
    assert leftovers(tmp_path) == []


def test_plan() -> None:
    assert plan(("a.pdf", "-"), None, None) == ([("a.pdf", None), ("-", None)], "txt")
    assert plan(("a.pdf",), "b.json", None) == ([("a.pdf", Path("b.json"))], "json")


def test_stdin(fake: FakeReader, run: Run, scan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with scan.open() as file:
        monkeypatch.setattr(sys, "stdin", file)
        assert run("read", "-q", "-") == (0, "page1\n\fpage2\n\fpage3\n", "")


def test_pdf_is_not_for_a_terminal(run: Run, fake: FakeReader, scan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda self: True, raising=False)
    code, out, err = run("read", scan, "--format", "pdf")
    assert (code, out) == (1, "")
    assert "-o out.pdf" in err


# --- what goes wrong


@pytest.mark.parametrize("wrong", [("-o", "out.txt"), ("-o", "out.pdf", "--enhance", "none")])
def test_kept_pictures_need_a_pdf_and_an_enhancement(run: Run, fake: FakeReader, scan: Path, wrong: list[str]) -> None:
    code, _, err = run("read", scan, "--keep-enhanced", *wrong)
    assert code == 1 and "--keep-enhanced" in err


def test_kept_pictures_are_white_where_they_were_in_shadow(run: Run, fake: FakeReader, tmp_path: Path) -> None:
    from PIL import Image

    light = np.linspace(250, 90, 400)[None].repeat(300, 0).astype(np.uint8)
    light[100:104, 40:360:9] = light[150:154, 40:360:9] = 40
    Image.fromarray(light).save(tmp_path / "shadow.png")
    for flags, least in (((), 90), (("--keep-enhanced",), 200)):
        out = tmp_path / f"{least}.pdf"
        assert run("read", tmp_path / "shadow.png", "-q", "-o", out, *flags) == (0, "", "")
        with open_source(out, Options()) as source:
            assert abs(float(np.percentile(source.page(1).pixels, 3)) - least) < 56


def test_one_bad_file_does_not_stop_the_others(run: Run, fake: FakeReader, scan: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.pdf"
    empty.touch()
    code, _, err = run("read", tmp_path / "none.pdf", empty, scan, "-q", "-o", f"{tmp_path}/out/")
    assert code == 5
    assert [line.split(": ")[:2] for line in err.splitlines()] == [
        ["ocr", f"{tmp_path}/none.pdf"],
        ["ocr", f"{tmp_path}/empty.pdf"],
    ]
    assert leftovers(tmp_path / "out") == ["scan.txt"]


def test_a_single_bad_file_gives_its_own_code(
    run: Run, fake: FakeReader, tmp_path: Path, make_pdf: PdfMaker, letters: NDArray[np.uint8]
) -> None:
    locked = tmp_path / "locked.pdf"
    locked.write_bytes(encrypted(make_pdf(letters), "secret"))
    out = tmp_path / "out.txt"
    assert run("read", tmp_path / "none.pdf", "-o", out)[0] == 2
    assert run("read", locked, "-o", out)[0] == 8
    assert run("read", locked, "-o", out, "--password", "guess")[0] == 8
    assert not out.exists()
    assert run("read", locked, "-q", "-o", out, "--password", "secret")[0] == 0
    assert run("read", locked, "--password", "secret", "--pages", "4")[0] == 1


def test_bad_pages_are_reported_and_the_rest_is_written(run: Run, fake: FakeReader, scan: Path, tmp_path: Path) -> None:
    fake.bad = (2,)
    out = tmp_path / "out.txt"
    assert run("read", scan, "-q", "-o", out) == (5, "", f"ocr: {scan}: page 2: the wheels came off\n")
    assert out.read_text() == "page1\n\f\fpage3\n"


def test_nothing_is_written_when_no_page_could_be_read(run: Run, fake: FakeReader, scan: Path, tmp_path: Path) -> None:
    fake.bad = (1, 2, 3)
    code, _, err = run("read", scan, "-q", "-o", tmp_path / "out.txt")
    assert code == 2
    assert err.count("the wheels came off") == 3
    assert leftovers(tmp_path) == []


def test_warnings_are_said_once_and_not_at_all_when_quiet(run: Run, fake: FakeReader, scan: Path) -> None:
    assert run("read", scan)[2] == "ocr: warning: tesseract is not installed\n"
    assert run("read", scan, "-q")[2] == ""


def test_missing_models_end_the_run(run: Run, scan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(options: Options) -> Any:
        raise DependencyError("the models are missing; run: pip install --force-reinstall ocr")

    monkeypatch.setattr(cli, "load_reader", missing)
    code, _, err = run("read", scan, scan)
    assert code == 3
    assert err.count("pip install") == 1


def test_a_fault_of_ours_does_not_stop_the_others(
    run: Run, fake: FakeReader, scan: Path, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = FakeReader.pages

    def pages(self: FakeReader, source: Source) -> Iterator[Page]:
        if source.kind == "pdf":
            raise RuntimeError("boom")
        return whole(self, source)

    monkeypatch.setattr(FakeReader, "pages", pages)
    code, out, err = run("read", scan, samples / "report.tif", "-q")
    assert (code, out) == (5, "page1\n")
    assert "Traceback" in err
    assert "unexpected RuntimeError: boom" in err


def test_output_is_never_the_input(run: Run, fake: FakeReader, scan: Path, tmp_path: Path) -> None:
    copy = tmp_path / "scan.pdf"
    copy.write_bytes(scan.read_bytes())
    code, _, err = run("read", copy, "-o", copy)
    assert code == 1
    assert "would replace the input" in err
    assert run("read", copy, "--format", "pdf", "-o", f"{tmp_path}/")[0] == 1
    assert copy.read_bytes() == scan.read_bytes()


@pytest.mark.parametrize("target", ["none/out.txt", "file/out.txt", "/dev/full"])
def test_output_that_cannot_be_written(run: Run, fake: FakeReader, scan: Path, tmp_path: Path, target: str) -> None:
    (tmp_path / "file").touch()
    code, _, err = run("read", scan, "-q", "--format", "txt", "-o", tmp_path / target)
    assert code == 4
    assert err.startswith(f"ocr: {scan}: {tmp_path / target}: ")
    assert leftovers(tmp_path) == ["file"]


def test_training_without_torch(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "a.toml"
    config.touch()
    for name in [name for name in sys.modules if name.split(".")[0] == "torch" or name.startswith("ocr.train")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    code, _, err = run("train", "recognizer", config)
    assert code == 3
    assert "pip install 'ocr[train]'" in err


# --- whole or not at all


def test_replacing_keeps_the_old_file_when_the_block_fails(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text("old")
    for error in (InputError("bad"), KeyboardInterrupt()):
        with pytest.raises(type(error)), replacing(path) as file:
            file.write(b"half")
            raise error
        assert path.read_text() == "old"
        assert leftovers(tmp_path) == ["out.txt"]


def test_replacing_keeps_rights_and_links(tmp_path: Path) -> None:
    path, link = tmp_path / "out.txt", tmp_path / "link.txt"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    with replacing(link) as file:
        file.write(b"new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert link.is_symlink()


SLOW = """
import sys, time
from ocr import cli
from tests.test_cli import FakeReader
class Slow(FakeReader):
    def pages(self, source):
        for page in super().pages(source):
            yield page
            print("read", file=sys.stderr, flush=True)
            time.sleep(0.1 if len(sys.argv) < 5 else 60)
cli.load_reader = lambda options: Slow()
cli.main()
"""


def test_interrupt_leaves_nothing_behind(scan: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.txt"
    command = [sys.executable, "-c", SLOW, "read", str(scan), "-q", "-o", str(out)]
    root = Path(__file__).parent.parent
    with subprocess.Popen(command, stderr=subprocess.PIPE, cwd=root, text=True) as process:
        assert process.stderr
        assert process.stderr.readline() == "read\n"
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        assert "interrupted" in process.stderr.read()
    assert leftovers(tmp_path) == []


def test_reader_of_our_output_leaves_early(scan: Path) -> None:
    command = [sys.executable, "-c", SLOW, "read", str(scan)]
    root = Path(__file__).parent.parent
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=root) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.wait(20) == 0
        err = process.stderr.read().decode()
    assert "Traceback" not in err
    assert "Broken" not in err


# --- eval, doctor, and the real thing


def test_eval_scores_predictions_without_models(run: Run, tmp_path: Path) -> None:
    truth, found = tmp_path / "gt.jsonl", tmp_path / "p.jsonl"
    truth.write_text('{"image": "a.png", "text": "abcd efgh"}\n')
    found.write_text('{"image": "a.png", "text": "abcd efgx"}\n')
    code, out, _ = run("eval", truth, "--predictions", found, "--per-image")
    assert code == 0
    assert out.splitlines()[0].endswith("a.png")
    assert json.loads(out.splitlines()[-1])["cer"] == pytest.approx(1 / 9, abs=1e-4)
    assert run("eval", tmp_path / "none.jsonl", "--predictions", found)[0] == 2


def test_bench_knows_its_engines(run: Run, scan: Path) -> None:
    code, _, err = run("bench", scan, "--against", "crystal-ball")
    assert code == 1
    assert "crystal-ball" in err


def test_enhance_says_which_operators_and_pictures_there_are(run: Run, scan: Path, tmp_path: Path) -> None:
    code, _, err = run("enhance", scan, "-o", tmp_path / "page.png", "--operator", "whitten")
    assert code == 1 and "whitten" in err and "whiten" in err
    code, _, err = run("enhance", scan, "-o", tmp_path / "page.txt", "--operator", "whiten")
    assert code == 1 and "page.txt" in err and ".png" in err
    assert not leftovers(tmp_path)


def test_doctor(run: Run) -> None:
    code, out, _ = run("doctor")
    assert f"{ocr.__version__} on Python" in out
    assert "pypdfium2" in out
    assert "tesseract" in out
    assert code == (3 if "MISSING" in out else 0)


def test_doctor_without_programs(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    _, out, _ = run("doctor")
    assert "apt install tesseract-ocr" in out
    assert "apt install poppler-utils" in out


def test_reading_the_samples(run: Run, reader: ocr.Reader, scan: Path, tmp_path: Path) -> None:
    code, out, _ = run("read", scan, "-j", "1")
    assert code == 0
    assert len(out.split("\f")) == 3
    assert "Robin Hood" in out
    pdf = tmp_path / "out.pdf"
    assert run("read", scan, "--pages", "2", "-o", pdf)[0] == 0
    assert pdf.stat().st_size > scan.stat().st_size
