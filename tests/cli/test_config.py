"""Configuration files: which one is in force, what it changes, and what is wrong with it."""

from __future__ import annotations

import os
from pathlib import Path

import click
import pytest

from ocr.cli import cli, config
from tests.cli.conftest import Run
from tests.cli.fake import FakeReader


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory and a user's configuration directory of their own."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "ocr").mkdir(parents=True)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


def test_the_command_line_goes_before_the_file(run: Run, fake: FakeReader, scan: Path, here: Path) -> None:
    scan = scan.absolute()
    (here / "ocr.toml").write_text('[read]\nformat = "jsonl"\nquiet = true\n[scan]\nlang = "zh"\n')
    code, out, err = run("read", scan)
    assert (code, out[:1], err) == (0, "{", "")
    assert run("read", scan, "--format", "txt")[1].startswith("page1")
    assert "defaults from ocr.toml" in run("read", scan, "-v")[2]
    assert "warning" in run("read", scan, "--no-config")[2]
    assert run("read", scan, "-o", "a.txt")[0] == 0
    assert Path("a.txt").read_text().startswith("page1")


def test_which_file_is_in_force(run: Run, fake: FakeReader, scan: Path, here: Path) -> None:
    scan = scan.absolute()
    user = here.parent / "home" / "ocr" / "ocr.toml"
    other = here / "other.toml"
    assert f"no file; looked for ./ocr.toml and {user}" in run("doctor")[1]
    for path, text in ((user, "strict = true"), (here / "ocr.toml", "pages = 1"), (other, "quiet = true")):
        path.write_text(f"[read]\n{text}\n")
    assert run("read", scan, "--config", other) == (0, "page1\n\fpage2\n\fpage3\n", "")
    code, _, err = run("read", scan)
    assert code == 1 and "pages: this belongs to a single run" in err
    (here / "ocr.toml").unlink()
    assert run("read", scan)[0] == 5
    assert f"{user}: [read], 1 defaults" in run("doctor")[1]
    assert run("read", scan, "--config", other, "--no-config")[0] == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[read]\nlnag = 'zh'", "lnag: no option of ocr read has this name; did you mean lang?"),
        ("[read]\nno_fallback = true", "did you mean no-fallback"),
        ("[raed]\nlang = 'zh'", "did you mean read?"),
        ("lang = 'zh'", "[lang] is no table"),
        ("read = 1", "must be a table"),
        ("[read]\nlang = 'tlh'", "lang: "),
        ("[read]\ndpi = 'many'", "dpi: "),
        ("[read]\ndpi = 5", "dpi: "),
        ("[read]\ndpi = true", "dpi: "),
        ("[read]\nno-fallback = 'yes'", "must be true or false"),
        ("[read]\nformat = 'docs'", "'docs' is not one of"),
        ("[read]\noutput = '/etc/passwd'", "belongs to a single run"),
        ("[read]\npassword = 'sesame'", "belongs to a single run"),
        ("[scan]\nenhance = 'auto'", "enhance: "),
        ("[read\n", "not a TOML file"),
        ("[read]\nlang = '\udcff'", "not a TOML file"),
    ],
)
def test_mistakes_are_named(run: Run, fake: FakeReader, scan: Path, here: Path, text: str, said: str) -> None:
    scan = scan.absolute()
    (here / "ocr.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    code, out, err = run("read", scan)
    assert (code, out) == (1, "")
    assert err.startswith("ocr: ocr.toml: ") and said in err and len(err.splitlines()) == 1
    assert "sesame" not in err
    assert run("read", "--help")[0] == 0
    code, out, _ = run("doctor")
    assert code == 3 and said in out


def test_a_file_that_is_not_there(run: Run, scan: Path) -> None:
    code, _, err = run("read", scan, "--config", "none.toml")
    assert code == 1 and "none.toml" in err
    code, _, err = run("read", scan, "--config", "/dev/zero")
    assert code == 1 and "too large" in err


def test_flags_and_their_opposites(run: Run, fake: FakeReader, scan: Path, here: Path) -> None:
    scan = scan.absolute()
    (here / "ocr.toml").write_text("[read]\nno-clobber = true\nquiet = true\n")
    Path("a.txt").write_text("mine")
    assert run("read", scan, "-o", "a.txt")[0] == 0
    assert Path("a.txt").read_text() == "mine"
    assert run("read", scan, "-o", "a.txt", "--overwrite")[0] == 0
    assert Path("a.txt").read_text() != "mine"


def test_a_file_of_somebody_else_is_not_used(
    run: Run, fake: FakeReader, scan: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "ocr.toml").write_text("[read]\nstrict = true\n")
    monkeypatch.setattr(os, "getuid", lambda: 4711)
    if os.stat(here).st_uid == 0:
        os.chown(here / "ocr.toml", 4712, -1)
    assert config.find()[0] is None
    code, _, err = run("read", scan.absolute())
    assert code == 0 and "belongs to another user" in err


def test_the_choices_of_each_command_are_its_own(here: Path) -> None:
    tables = []
    for name, command in cli.commands.items():
        configured = any(param.name == "config_file" for param in command.params)
        for param in command.params if configured else ():
            if isinstance(param.type, click.Choice):
                tables += [(name, param.opts[-1], value) for value in param.type.choices]
    assert ("scan", "--enhance", "binarize") in tables
    for name, option, value in tables:
        (here / "ocr.toml").write_text(f'[{name}]\n{option.removeprefix("--")} = "{value}"\n')
        read = config.load(here / "ocr.toml", cli, click.Context(cli))
        assert list(read.tables[name].values()) == [value]
