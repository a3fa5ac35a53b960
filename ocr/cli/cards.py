"""``ocr idcard`` and ``ocr mrz``: the fields of identity documents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from ocr.cli import options as shared
from ocr.cli.group import cli
from ocr.cli.one_file import OneFile
from ocr.cli.streams import echo
from ocr.errors import OcrError

if TYPE_CHECKING:
    from ocr.mrz.fields import Mrz

__all__ = ["idcard", "mrz"]

MRZ_FIELDS = "type country surname given_names number nationality birth sex expiry optional".split()


@cli.command(short_help="Read a machine-readable zone.")
@click.argument("file", type=OneFile(), metavar="FILE")
@shared.page
@shared.password
@shared.as_json
@shared.configured
def mrz(file: str, page: int | None, password: str, as_json: bool) -> None:
    """Read the machine-readable zone of a passport, identity card or visa.

    FILE is an image, a PDF, or - for stdin, at any angle. The formats are those of ICAO 9303, and the older French
    identity card. The exit code is 0 only if the zone is valid: its check digits are right,
    its dates exist, and the picture shows every character. Else it is 5, and the message says what is wrong.
    """
    from ocr.mrz.reader import read_mrz

    zone = read_mrz(file, page=page, password=password)
    if as_json:
        echo(json.dumps(zone.to_json(), indent=1))
    else:
        print_zone(zone)
    if not zone.valid:
        raise OcrError(f"{file}: the zone is not valid: {reasons(zone)}; take another picture that shows all of it")


def reasons(zone: Mrz) -> str:
    """Why a zone is not valid."""
    invalid = [name for name, holds in zone.checks.items() if not holds]
    given = (
        f"check digits do not agree ({', '.join(invalid)})" if invalid else "",
        f"characters are not legible ({', '.join(zone.unclear)})" if zone.unclear else "",
        "" if zone.birth and (zone.expiry or zone.format == "IDFRA") else "a date does not exist",
        f"confidence {zone.confidence:.4f}",
    )
    return ", ".join(reason for reason in given if reason)


def print_zone(zone: Mrz) -> None:
    """Print the lines of a zone, its fields, and how far they can be relied on."""
    invalid = [name for name, valid in zone.checks.items() if not valid]
    echo("\n".join(zone.lines))
    for name in MRZ_FIELDS:
        echo(f"{name:<12} {getattr(zone, name)}")
    echo(f"{'check digits':<12} {'invalid: ' + ', '.join(invalid) if invalid else 'valid'}")
    echo(f"{'confidence':<12} {zone.confidence:.4f}")
    for name, places in zone.unclear.items():
        where = ", ".join(f"line {line} column {column}" for line, column in places)
        echo(f"{'not legible':<12} {name}: {where}")
    echo(f"{'valid':<12} {'yes' if zone.valid else 'no'}")


@cli.command(short_help="Read an identity card.")
@click.argument("front", type=OneFile(), metavar="FRONT")
@click.argument("back", type=OneFile(), metavar="[BACK]", required=False)
@click.option(
    "--kind",
    default="auto",
    metavar="KIND",
    help="auto; cn-resident; hk-resident; mo-resident; cn-permit-hk-mo; cn-permit-tw; cn-foreign-resident; bank-card; "
    "or the path of a description file (.toml).",
)
@shared.page
@click.option("--back-page", type=click.IntRange(1), metavar="N", help="Page of BACK, if it has more than one.")
@shared.password
@shared.as_json
@shared.jobs
@shared.configured
def idcard(
    front: str,
    back: str | None,
    kind: str,
    page: int | None,
    back_page: int | None,
    password: str,
    as_json: bool,
    jobs: int,
) -> None:
    """Read a Chinese resident identity card, or a card of another kind that has a description.

    FRONT is an image of one side or of both; BACK is an image of the other side. Either may be a PDF, or - for stdin.
    Of the other kinds (Hong Kong and Macau identity cards, mainland travel permits, the permanent residence card of
    foreigners, payment cards), the side with the number is read.
    """
    from ocr.idcard.card_reader import CardReader

    reader = CardReader(threads=jobs)
    card = reader.read(front, back, kind=kind, page=page, back_page=back_page, password=password)
    if as_json:
        echo(json.dumps(card.to_json(), indent=1, ensure_ascii=False))
        return
    for name, found in card.fields.items():
        if found.value:
            echo(f"{name:<12} {found.value}{'' if found.valid else '  (invalid)'}")
    echo(f"{'kind':<12} {card.kind}")
    echo(f"{'side':<12} {card.side}")
    echo(f"{'problems':<12} {', '.join(card.problems) or 'none'}")
