"""``ocr read`` on directories and many files: what is read, where it goes, what is summed up."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from ocr.folders import find
from tests.cli.conftest import Run
from tests.cli.fake import FakeReader, leftovers


@pytest.fixture
def archive(samples: Path, tmp_path: Path) -> Path:
    """Readable files at three depths among what must be left alone."""
    top = tmp_path / "archive"
    (top / "1912" / "letters").mkdir(parents=True)
    (top / ".hidden").mkdir()
    for name in ("scan.pdf", "1912/scan.pdf", ".hidden/scan.pdf", ".scan.pdf"):
        shutil.copy(samples / "scan.pdf", top / name)
    for name in ("1912/letters/page10.tif", "1912/letters/page2.tif", "1912/letters/without-suffix"):
        shutil.copy(samples / "report.tif", top / name)
    (top / "notes.txt").write_text("BM is the mark of a bitmap, and how this note begins")
    os.mkfifo(top / "pipe.pdf")
    (top / "1912" / "loop").symlink_to(top)
    return top


def test_a_directory_stands_for_its_files(archive: Path) -> None:
    search = find([str(archive)], recursive=False, output=None)
    assert [found.path for found in search.files] == [str(archive / "scan.pdf")]
    assert (search.others, search.faults) == (1, ())


def test_sub_directories_are_searched_on_request(archive: Path) -> None:
    search = find([str(archive)], recursive=True, output=None)
    assert [str(found.name) for found in search.files] == [
        "scan.pdf",
        "1912/scan.pdf",
        "1912/letters/page2.tif",
        "1912/letters/page10.tif",
        "1912/letters/without-suffix",
    ]


def test_outputs_mirror_the_directories(run: Run, fake: FakeReader, archive: Path, tmp_path: Path) -> None:
    out = archive / "read"
    for _ in range(2):  # the second time, the output directory is there and is not read
        code, printed, err = run("read", "-r", archive, "--format", "pdf,txt", "-o", f"{out}/")
        assert (code, printed) == (0, "")
        assert "5 files: 5 read; 9 pages in" in err.splitlines()[-1]
    assert leftovers(out) == ["1912", "scan.pdf", "scan.txt"]
    assert (out / "1912" / "scan.txt").read_text() == "page1\n\fpage2\n\fpage3\n"
    assert len(leftovers(out / "1912" / "letters")) == 6
    assert f"{archive}/1912/scan.pdf: 3 pages in" in err and f"-> {out}/1912/scan.pdf" in err


def test_a_damaged_file_of_a_directory_is_reported(run: Run, fake: FakeReader, archive: Path, tmp_path: Path) -> None:
    (archive / "damaged.pdf").write_text("This was a PDF once.")
    code, _, err = run("read", archive, "-o", f"{tmp_path}/out/")
    assert code == 5
    assert f"ocr: {archive}/damaged.pdf: not a PDF" in err
    assert "2 files: 1 read, 1 failed" in err


def test_a_directory_with_nothing_to_read(run: Run, fake: FakeReader, scan: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    code, _, err = run("read", tmp_path / "empty")
    assert code == 2
    assert err.startswith(f"ocr: {tmp_path}/empty: there is no PDF or picture in this directory")
    code, out, err = run("read", tmp_path / "empty", scan, "-q")
    assert (code, out.startswith("page1"), len(err.splitlines())) == (5, True, 1)


def test_no_output_replaces_the_input_of_another(run: Run, fake: FakeReader, scan: Path, tmp_path: Path) -> None:
    (tmp_path / "in" / "sub").mkdir(parents=True)
    (tmp_path / "out" / "sub").mkdir(parents=True)
    shutil.copy(scan, tmp_path / "in" / "sub" / "a.pdf")
    shutil.copy(scan, tmp_path / "out" / "sub" / "a.pdf")
    code, _, err = run(
        "read", "-r", tmp_path / "in", tmp_path / "out/sub/a.pdf", "--format=pdf", "-o", tmp_path / "out"
    )
    assert code == 1
    assert "would replace the input" in err
    assert (tmp_path / "out" / "sub" / "a.pdf").read_bytes() == scan.read_bytes()


def test_outputs_that_exist_are_replaced_or_left_alone(run: Run, fake: FakeReader, scan: Path, tmp_path: Path) -> None:
    out = tmp_path / "scan.txt"
    out.write_text("mine")
    code, _, err = run("read", scan, "-o", out, "--no-clobber")
    assert (code, out.read_text()) == (0, "mine")
    assert f"{scan}: skipped, because {out} exists" in err
    assert run("read", scan, "-o", out)[0] == 0
    assert out.read_text().startswith("page1")


def test_a_sidecar_has_the_text(run: Run, fake: FakeReader, scan: Path, samples: Path, tmp_path: Path) -> None:
    pdf, text = tmp_path / "out.pdf", tmp_path / "out.txt"
    assert run("read", scan, "-q", "-o", pdf, "--sidecar", text) == (0, "", "")
    assert pdf.read_bytes().startswith(b"%PDF-")
    assert text.read_text() == "page1\n\fpage2\n\fpage3\n"
    assert run("read", scan, samples / "report.tif", "-o", f"{tmp_path}/", "--sidecar", text)[0] == 1
    assert run("read", scan, "-o", text, "--sidecar", text)[0] == 1
    assert run("read", scan, "-o", pdf, "--sidecar", scan)[0] == 1
    (tmp_path / "link.txt").symlink_to(pdf)
    assert run("read", scan, "-o", pdf, "--sidecar", tmp_path / "link.txt")[0] == 1
    assert run("read", scan, "--format", "pdf,txt", "-o", pdf)[0] == 1
    code, _, err = run("read", scan, "--format", "pdf,tex", "-o", f"{tmp_path}/")
    assert code == 1 and "tex" in err and "json" in err


def test_nothing_is_written_if_the_sidecar_cannot_be(run: Run, fake: FakeReader, scan: Path, tmp_path: Path) -> None:
    code, _, err = run("read", scan, "-o", tmp_path / "out.pdf", "--sidecar", tmp_path / "none" / "out.txt")
    assert code == 4 and "mkdir -p" in err
    assert leftovers(tmp_path) == []


def test_strict_makes_warnings_a_failure(run: Run, fake: FakeReader, scan: Path, tmp_path: Path) -> None:
    code, _, err = run("read", scan, "-q", "--strict", "-o", tmp_path / "out.txt")
    assert code == 5
    assert "--strict" in err
    assert (tmp_path / "out.txt").read_text().startswith("page1")
