"""``ocr ask``: questions to a document."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from ocr.cli import options as shared
from ocr.cli.group import cli
from ocr.cli.one_file import OneFile
from ocr.cli.report import Report
from ocr.cli.streams import echo
from ocr.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from ocr.answers.answer import Answer
    from ocr.document import Document

__all__ = ["ask"]

SHOWN = "text"
"""Value of --explain without a picture."""
NAMES = (
    "company", "date", "address", "total", "subtotal", "tax", "invoice number", "due date", "customer", "IBAN",
    "sender", "recipient", "subject",
)  # fmt: skip
"""What is often asked for."""


class Question(click.ParamType):  # type: ignore[type-arg]  # generic in new releases of click alone
    """Any text; what is often asked for is completed."""

    name = "question"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Names that the text may become."""
        return [CompletionItem(name) for name in NAMES if name.lower().startswith(incomplete.lower())]


@cli.command("ask", short_help="Answer questions about a document.")
@click.argument("file", type=OneFile(), metavar="FILE")
@click.argument("questions", nargs=-1, required=True, type=Question(), metavar="QUESTION...")
@click.option(
    "--explain",
    is_flag=False,
    flag_value=SHOWN,
    metavar="[PNG]",
    help="Print for each pass which lines were looked at and with which weight; with the name of a picture, draw them "
    "over the page, one pass beside the other. Give this option after the questions.",
)
@shared.pages
@shared.password
@shared.lang
@shared.as_json
@shared.jobs
@shared.configured
def ask(
    file: str,
    questions: tuple[str, ...],
    explain: str | None,
    pages: str | None,
    password: str,
    lang: str,
    as_json: bool,
    jobs: int,
) -> ExitCode:
    """Answer QUESTIONs, in English, with words that stand in a document.

    FILE is an image, a PDF, or - for stdin. A question is a sentence or the name of what is wanted, such as "due date".
    An answer has the probability that it is exactly right. The exit code is 2 if any question has no answer.

    \b
    Examples:
      ocr ask receipt.jpg "What is the total?"
      ocr ask receipt.jpg company date total --json
    """
    from ocr.answers.reader import check_questions, fields
    from ocr.options import Options

    check_questions(questions)
    picture = _picture(file, explain, questions)
    reader = shared.Reading(Options(lang=lang, threads=jobs)).reader()
    document = reader.read(file, pages=pages, password=password or None)
    answers = fields(document, questions)
    if as_json:
        echo(
            json.dumps(
                {"source": file, "answers": _records(document, answers, bool(explain))}, indent=1, ensure_ascii=False
            )
        )
    else:
        for question, answer in answers.items():
            _show(document, question, answer, len(answers) > 1, bool(explain))
    report = click.get_current_context().ensure_object(Report)
    for error in document.errors:
        report.error(error.message)
    answer = next(iter(answers.values()))
    if picture and answer.looked_at:
        _draw(picture, document, file, password, answer)
    elif picture:
        report.hint(f"{picture}: not drawn, for no page was looked at")
    if document.errors:
        return ExitCode.PARTIAL_FAILURE
    return ExitCode.OK if all(answers.values()) else ExitCode.BAD_INPUT


def _picture(file: str, explain: str | None, questions: tuple[str, ...]) -> Path | None:
    """Where to draw the weights, if anywhere.

    Raises:
        UsageError: it is no PNG, the input itself, or there are several questions.
    """
    from ocr.output import refuse_input

    if explain is None or explain == SHOWN:
        return None
    picture = Path(explain)
    if picture.suffix.lower() != ".png":
        raise UsageError(
            f'--explain draws PNG pictures, not {explain!r}; write: ocr ask FILE "QUESTION" --explain out.png'
        )
    if len(questions) > 1:
        raise UsageError("--explain draws the weights of one question; ask one, or leave out the name of the picture")
    refuse_input(picture, file)
    return picture


def _page(document: Document, answer: Answer) -> Any:
    return next((page for page in document if page.number == answer.looked_at), None)


def _records(document: Document, answers: dict[str, Answer], explain: bool) -> list[dict[str, Any]]:
    from ocr.answers.explain import heaviest

    records = []
    for question, answer in answers.items():
        record = {"question": question, **answer.to_json()}
        page = _page(document, answer)
        if explain and page:
            record["passes"] = [
                [{"weight": round(weight, 4), "text": line.text, "box": line.box.to_json()} for weight, line in row]
                for row in heaviest(page, answer, len(page.lines))
            ]
        records.append(record)
    return records


def _show(document: Document, question: str, answer: Answer, several: bool, explain: bool) -> None:
    from ocr.answers.explain import heaviest

    said = f"{answer.text}  ({answer.confidence:.2f})" if answer else str(answer.reason)
    echo(f"{question}: {said}" if several else said)
    page = _page(document, answer)
    if explain and page:
        for number, row in enumerate(heaviest(page, answer), 1):
            for weight, line in row:
                echo(f"  pass {number}  {weight:.2f}  {line.text}")


def _draw(picture: Path, document: Document, file: str, password: str, answer: Answer) -> None:
    from ocr.answers.explain import explained
    from ocr.output import replacing
    from ocr.source import open_source
    from ocr.write.image import image_format_of, write_image

    page = next(page for page in document if page.number == answer.looked_at)
    original = BytesIO(document.original) if isinstance(document.original, bytes) else file
    with open_source(original, password=password or None) as source:
        pixels = source.page(page.number).pixels
    with replacing(picture) as out:
        write_image(explained(pixels, page, answer), out, image_format_of(picture))
