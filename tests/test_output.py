"""Output files: whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ocr.cli.plan import plan
from ocr.errors import InputError, OutputError
from ocr.folders import Found
from ocr.output import new_folder, replacing
from tests.cli.fake import leftovers


def test_replacing_keeps_the_old_file_when_the_block_fails(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text("old")
    for error in (InputError("bad"), KeyboardInterrupt()):
        with pytest.raises(type(error)), replacing(path) as file:
            file.write(b"half")
            raise error
        assert path.read_text() == "old"
        assert leftovers(tmp_path) == ["out.txt"]


def test_a_new_folder_is_complete_or_not_there(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), new_folder(tmp_path / "out") as folder:
        (folder / "file").write_text("x")
        assert 1 / 0
    assert not list(tmp_path.iterdir())
    with new_folder(tmp_path / "out") as folder:
        (folder / "file").write_text("x")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_folder_of_a_killed_process_is_removed_and_that_of_a_running_one_is_left(tmp_path: Path) -> None:
    program = (
        "import pathlib, sys, time; from ocr.output import new_folder\n"
        "with new_folder(pathlib.Path(sys.argv[1])) as folder:\n"
        "    (folder / 'file').touch(); print(folder.name, flush=True); time.sleep(600)"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program, tmp_path / "out"], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    names = [(process.stdout.readline() if process.stdout else "").strip() for process in started]
    started[0].kill()
    started[0].communicate()
    for name in names:
        os.utime(tmp_path / name, (1, 1))
    with new_folder(tmp_path / "out"):
        pass
    try:
        assert {path.name for path in tmp_path.iterdir()} == {"out", names[1]}
    finally:
        started[1].kill()
        started[1].communicate()


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


def test_stdin_that_is_the_target_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "scan.txt"
    path.write_text("input")
    code = (
        "import sys; from pathlib import Path; from ocr.errors import UsageError; from ocr.output import refuse_input\n"
        "for target in sys.argv[1:]:\n"
        "    try: refuse_input(Path(target), '-')\n"
        "    except UsageError: print(target)\n"
    )
    command = [sys.executable, "-c", code, str(path), str(tmp_path / "other.txt"), os.devnull]
    with path.open("rb") as file, open(os.devnull, "rb") as device:
        for stdin, refused in ((file, f"{path}\n"), (device, "")):
            done = subprocess.run(command, check=False, stdin=stdin, capture_output=True, text=True)
            assert (done.stdout, done.stderr) == (refused, "")


@pytest.mark.parametrize("name", ["a" * 251 + ".txt", "合" * 83 + ".txt", "😀" * 62 + ".txt", "b\udcff" * 60])
def test_the_longest_file_names(tmp_path: Path, name: str) -> None:
    with replacing(tmp_path / name) as file:
        file.write(b"text")
    assert (tmp_path / name).read_bytes() == b"text"
    assert leftovers(tmp_path) == [name]


def test_a_directory_that_cannot_be_created_and_one_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"file/sub: the directory cannot be created .* -o$"):
        plan([Found.file("a.pdf")], f"{tmp_path}/file/sub/")
    with pytest.raises(OutputError, match=r"is a directory; .* -o .*/$"), replacing(tmp_path):
        pass


def test_a_pipe_that_a_shell_made_is_written_to(tmp_path: Path) -> None:
    """``-o >(cat)`` names a pipe by a link that leads nowhere."""
    reading, writing = os.pipe()
    with replacing(Path(f"/dev/fd/{writing}")) as file:
        file.write(b"text")
    os.close(writing)
    with open(reading, "rb") as pipe:
        assert pipe.read() == b"text"


def test_a_write_protected_file_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out.txt"
    path.write_text("mine")
    path.chmod(0o444)
    allowed = os.access  # root may do everything, so the mode is asked instead
    monkeypatch.setattr(os, "access", lambda p, how: how != os.W_OK or bool(Path(p).stat().st_mode & 0o200))
    with pytest.raises(OutputError, match="write-protected"), replacing(path) as file:
        file.write(b"other")
    monkeypatch.setattr(os, "access", allowed)
    assert path.read_text() == "mine" and leftovers(tmp_path) == ["out.txt"]
