"""The documentation: commands that exist, Python that can run, links that resolve, pages that can be found."""

from __future__ import annotations

import ast
import importlib.util
import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import ocr
from ocr.cli import cli

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
FOLDERS = (ROOT, ROOT / "examples", ROOT / "models", ROOT / "samples")
PAGES = sorted([*(page for folder in FOLDERS for page in folder.glob("*.md")), *DOCS.rglob("*.md")])
MADE = {"reference/cli.md", "reference/models.md", "reference/changelog.md"}
"""Pages that ``scripts/docs_pages.py`` makes."""
SHELLS = ("bash", "sh", "console", "")
BREAKS = {"|", "||", "&&", ";", "&", ">", ">>", "<", "2>"}


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    """Language and text of each fenced block."""
    for match in re.finditer(r"^```(\w*)[^\n]*\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
        yield match.group(1), match.group(2)


def commands(text: str) -> Iterator[list[str]]:
    """The simple commands of a shell script, as words; here-documents and prompts are left out."""
    text = re.sub(r"<<'?(\w+)'?.*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    for line in text.replace("\\\n", " ").splitlines():
        try:
            lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
            lexer.whitespace_split = True
            words = list(lexer)
        except ValueError:  # a quote that goes on over several lines
            continue
        command: list[str] = []
        for word in [*words, ";"]:
            if word in BREAKS:
                if command:
                    yield command
                command = []
            elif word not in ("do", "then", "time", "nice", "exec"):
                command.append(word)


def calls(page: Path, program: str) -> list[list[str]]:
    """Arguments of each call of a program on a page."""
    found = []
    for language, text in blocks(page):
        if language in SHELLS:
            for words in commands(text):
                place = next((i for i, word in enumerate(words) if Path(word).name == program), None)
                if place is not None and (place == 0 or words[0] in ("taskset", "sudo", "for", ".venv/bin/python")):
                    found.append(words[place + 1 :])
    return found


OCR_CALLS = [(page, call) for page in PAGES for call in calls(page, "ocr")]


def called(case: tuple[Path, list[str]]) -> str:
    return f"{case[0].relative_to(ROOT)}: {shlex.join(case[1])}"


def test_commands_are_found() -> None:
    assert len(OCR_CALLS) > 40


@pytest.mark.parametrize("case", OCR_CALLS, ids=called)
def test_commands_exist(case: tuple[Path, list[str]]) -> None:
    """Each verb, option and choice that a page names is one of the program."""
    _, words = case
    top = click.Context(cli, info_name="ocr")
    if not words or words[0].startswith("-"):
        cli.make_parser(top).parse_args(args=list(words))
        return
    command = cli.get_command(top, words[0])
    assert command is not None, f"ocr has no verb {words[0]!r}"
    if isinstance(command, click.Group) and words[1:2] and words[1] in command.commands:
        command, words = command.commands[words[1]], words[1:]
    context = click.Context(command, parent=top, info_name=words[0])
    values, _, _ = command.make_parser(context).parse_args(args=words[1:])
    for parameter in command.params:
        value = values.get(parameter.name or "")
        if isinstance(parameter.type, click.Choice) and isinstance(value, str) and not value.startswith("$"):
            parameter.type.convert(value, parameter, context)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_programs_exist(page: Path) -> None:
    """Modules that a page runs with ``python -m``, and programs of ``scripts/``, ``benchmarks/`` and ``examples/``."""
    for language, text in blocks(page):
        if language not in SHELLS:
            continue
        for words in commands(text):
            for before, module in pairwise(words):
                if before == "-m" and module.startswith("ocr."):
                    path = ROOT / module.replace(".", "/")
                    assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), module
            for word in words:
                if word.startswith(("scripts/", "benchmarks/", "examples/", "models/training/")) and "*" not in word:
                    assert (ROOT / word).exists(), f"{page.name} names {word}, which is not there"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_python_compiles(page: Path) -> None:
    """Python of the pages parses, and what it takes from ``ocr`` is public."""
    for language, text in blocks(page):
        if language == "python":
            tree = ast.parse(text)
            for node in ast.walk(tree):
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "ocr":
                    assert node.attr in ocr.__all__, f"ocr.{node.attr} is not public"


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and mkdocs make them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_resolve(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target or target.startswith("mailto:"):
            continue
        name, _, anchor = target.partition("#")
        linked = (page.parent / name).resolve() if name else page
        if linked.is_relative_to(DOCS) and str(linked.relative_to(DOCS)) in MADE:
            continue
        assert linked.exists(), f"{target} leads nowhere"
        if anchor and linked.suffix == ".md" and not anchor.startswith("ocr."):
            assert anchor in anchors(linked), f"{target}: no such heading"


def test_navigation_lists_every_page() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    listed = set(re.findall(r"[\w/-]+\.md", navigation))
    assert listed == {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")} | MADE


def test_reference_has_every_public_name() -> None:
    documented = set(re.findall(r"^::: ocr\.(\w+)$", (DOCS / "reference/api.md").read_text("utf-8"), re.MULTILINE))
    assert documented == set(ocr.__all__) - {"__version__"}


def test_made_pages() -> None:
    """What mkdocs is given for pages that have no file: links of MODELS.md lead within the site."""
    spec = importlib.util.spec_from_file_location("docs_pages", ROOT / "scripts/docs_pages.py")
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    assert "](../docs/" not in made.from_root("models/MODELS.md")


RUNNABLE = sorted(
    {
        shlex.join(words)
        for _, words in OCR_CALLS
        if words and words[0] in ("read", "scan", "enhance", "mrz", "idcard")
        if any(word.startswith("samples/") for word in words) and not any("*" in word for word in words)
    }
)


@pytest.mark.parametrize("line", RUNNABLE)
def test_commands_on_samples_run(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the pages show with files of ``samples/`` works as it stands."""
    (tmp_path / "samples").symlink_to(ROOT / "samples", target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, [*shlex.split(line), "-j", "1"] if "mrz" not in line else shlex.split(line))
    assert result.exit_code == 0, result.output
    words = shlex.split(line)
    if "-o" in words:
        written = tmp_path / words[words.index("-o") + 1]
        assert any(written.iterdir()) if written.is_dir() else written.stat().st_size > 0
    else:
        assert result.stdout.strip()


WITH_PYTHON = [
    page for page in PAGES if any(language == "python" and "samples/" in text for language, text in blocks(page))
]


@pytest.mark.parametrize("page", WITH_PYTHON, ids=lambda page: str(page.relative_to(ROOT)))
def test_python_on_samples_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python of a page, block after block."""
    (tmp_path / "samples").symlink_to(ROOT / "samples", target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for language, text in blocks(page):
        if language == "python":
            exec(compile(text, str(page), "exec"), names)
