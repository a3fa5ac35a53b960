"""A directory where a command works on one file."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocr.errors import ExitCode, InputError
from ocr.source import open_source
from tests.cli.conftest import Run

VERBS = {
    "idcard": ((), ""),
    "mrz": ((), ""),
    "ask": (("What is the total?",), " QUESTION..."),
    "scan": (("-o", "out.png"), " -o OUT"),
    "enhance": (("-o", "out.png", "--operator", "whiten"), " -o OUT --operator NAME"),
    "bench": ((), ""),
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_directory_is_refused_with_the_same_command_for_a_file_in_it(run: Run, tmp_path: Path, verb: str) -> None:
    folder = tmp_path / "my cards"
    folder.mkdir()
    (folder / "notes.txt").write_text("no picture")
    (folder / "b.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    given, behind = VERBS[verb]
    code, out, err = run(verb, folder, *given)
    assert (code, out) == (ExitCode.BAD_INPUT, "")
    file = f"'{folder}/b.jpg'"
    assert err == f"ocr: {folder}: this is a directory; give one of the files in it: ocr {verb} {file}{behind}\n"


def test_the_second_of_two_files_is_named_in_its_place(run: Run, tmp_path: Path, scan: Path) -> None:
    (tmp_path / "cards").mkdir()
    (tmp_path / "cards" / "back.png").write_bytes(b"")
    _, _, err = run("idcard", scan, tmp_path / "cards")
    assert err.endswith(f": ocr idcard FRONT {tmp_path}/cards/back.png\n")


def test_a_directory_without_pictures_is_to_be_looked_into(run: Run, tmp_path: Path) -> None:
    code, _, err = run("mrz", tmp_path)
    assert code == ExitCode.BAD_INPUT
    assert err == (
        f"ocr: {tmp_path}: this is a directory; there is no PDF or picture in it; see what there is: ls -l {tmp_path}\n"
    )


def test_the_library_names_no_command_that_reads_text(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="this is a directory") as caught:
        open_source(tmp_path)
    assert "ocr read" not in str(caught.value)
    assert str(caught.value).endswith(f": ls -l {tmp_path}")
