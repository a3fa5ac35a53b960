"""Completion scripts, man pages and the reference page: complete, and in agreement with what the program does."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from ocr.cli import cli
from ocr.cli.completion import SHELLS, script
from ocr.cli.examples import EXAMPLES
from ocr.cli.reference import commands, man_pages, markdown, write
from tests.cli.conftest import Run

ROOT = Path(__file__).parent.parent.parent
COMMANDS = {name: context.command for name, context in commands(cli, click.Context(cli, info_name="ocr"))}
"""Every command by its name, such as ``read`` and ``compress show``."""
LINES = [(name, what, line) for name, rows in EXAMPLES.items() for what, line in rows]


def options() -> Iterator[tuple[str, click.Option]]:
    """Every option with its command."""
    for name, command in COMMANDS.items():
        yield from ((name, param) for param in command.params if isinstance(param, click.Option) and not param.hidden)


def words(line: str) -> list[str]:
    """The arguments of ``ocr`` in an example, up to a pipe or a redirection."""
    found = shlex.split(line)
    found = found[found.index("ocr") + 1 :]
    end = next((i for i, word in enumerate(found) if word[0] in "|><&;" or word.startswith("2>")), len(found))
    return found[:end]


def test_every_option_has_an_example() -> None:
    """An option that several commands share needs one for any of them."""
    shown = {
        (param.name, param.help)
        for name, param in options()
        for _, line in EXAMPLES.get(name, ())
        if {*param.opts, *param.secondary_opts} & {word.partition("=")[0] for word in words(line)}
    }
    assert {
        f"ocr {name} {param.opts[-1]}" for name, param in options() if (param.name, param.help) not in shown
    } == set()
    assert EXAMPLES.keys() == {
        name for name, command in COMMANDS.items() if not isinstance(command, click.Group) or command.params
    }


@pytest.mark.parametrize(("name", "what", "line"), LINES)
def test_examples_can_be_run(name: str, what: str, line: str) -> None:
    assert what.endswith(".")
    arguments = words(line)
    assert " ".join(arguments).startswith(name)
    command = COMMANDS[name]
    context = click.Context(command, info_name=name)
    values, rest, _ = command.make_parser(context).parse_args(args=arguments[len(name.split()) :])
    assert rest == []
    for param in command.params:
        value = values.get(param.name or "")
        if isinstance(value, str):
            param.type_cast_value(context, value)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_man_page_and_reference_agree(run: Run, name: str) -> None:
    help = run(*name.split(), "--help")[1]
    options = re.findall(r"^  (-\S.*?)(?:  |$)", help, re.MULTILINE)
    page = man_pages(cli)[f"ocr-{name.replace(' ', '-')}.1"].replace("\\-", "-")
    assert re.findall(r"^\.TP\n\.B (-.*)$", page, re.MULTILINE) == options
    section = re.search(rf"^## {name}$(.*?)(?=^## |\Z)", markdown(cli), re.MULTILINE | re.DOTALL)
    assert section
    assert re.findall(r"^- `(-[^`]*)`: \S", section.group(1), re.MULTILINE) == options
    text = " ".join(page.split())
    assert all(row.split(" ")[0] in text for row in options)


@pytest.mark.skipif(not shutil.which("groff"), reason="groff is not installed")
def test_man_pages_are_clean_roff(tmp_path: Path) -> None:
    for name, text in man_pages(cli).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        command = ["groff", "-man", "-ww", "-Tutf8", str(tmp_path / name)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stderr == ""
        shown = re.sub(r"\x1b\[[0-9;]*m|.\x08", "", done.stdout)
        assert {"NAME", "SYNOPSIS", "OPTIONS"} <= set(shown.split())
    assert "ocr read *.pdf --format pdf,txt -o out/" in re.sub(
        r"\x1b\[[0-9;]*m",
        "",
        subprocess.run(
            ["groff", "-man", "-Tascii", str(tmp_path / "ocr-read.1")], capture_output=True, text=True, check=True
        ).stdout,
    )


def test_files_of_the_wheel(tmp_path: Path) -> None:
    written = write(cli, tmp_path)
    assert {f"share/man/man1/ocr-{name.replace(' ', '-')}.1" for name in COMMANDS} <= written.keys()
    assert all(path.read_text(encoding="utf-8").strip() for path in written.values())
    assert sum("man1" not in place for place in written) == len(SHELLS)


@pytest.mark.parametrize("shell", SHELLS)
def test_the_completion_script_is_printed(run: Run, shell: str) -> None:
    assert run("completion", shell) == (0, script(shell) + "\n", "")
    assert "_OCR_COMPLETE" in script(shell)


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
def test_bash_completes(tmp_path: Path) -> None:
    program = tmp_path / "ocr"
    program.write_text(f'#!/bin/sh\ncd {ROOT}\nexec {sys.executable} -m ocr.cli "$@"\n')
    program.chmod(0o755)
    (tmp_path / "ocr.sh").write_text(script("bash"))
    asked = {
        "ocr re": ["read"],
        "ocr read --q": ["--quality", "--quiet"],
        "ocr read --quality b": ["best"],
        "ocr read --format pdf,js": ["pdf,json", "pdf,jsonl"],
    }
    for line, wanted in asked.items():
        typed = line.split(" ")
        code = (
            f"source {tmp_path}/ocr.sh; COMP_WORDS=({line}); COMP_CWORD={len(typed) - 1}; "
            'COMP_LINE="${COMP_WORDS[*]}"; _ocr_completion ocr; printf "%s\\n" "${COMPREPLY[@]}"'
        )
        path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-c", code], capture_output=True, text=True, check=False, env={**os.environ, "PATH": path}
        )
        assert sorted(done.stdout.split()) == wanted, done.stderr


def test_files_and_choices_can_be_completed() -> None:
    for name, command in COMMANDS.items():
        for param in command.params:
            if isinstance(param, click.Argument):
                known = isinstance(param.type, click.Path | click.Choice)
                assert known or param.type.shell_complete(click.Context(command), param, ""), f"ocr {name} {param.name}"
