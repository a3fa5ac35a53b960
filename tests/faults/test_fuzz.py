"""Property tests of everything that parses: it gives a result, or an error of ours, and never anything else.

A test draws a few dozen examples, the same at each run. To search for minutes:

    OCR_FUZZ=20000 python -m pytest tests/faults/test_fuzz.py

What was found that way is kept in ``corpus/`` and read at each run.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import string
import zlib
from datetime import date
from pathlib import Path
from typing import Any

import click
import pikepdf
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pikepdf import Name

from benchmarks.fuzz_inputs import seeds
from ocr import packed_weights
from ocr.cli import config
from ocr.cli.group import cli
from ocr.document import Page
from ocr.errors import InputError, OcrError, UsageError
from ocr.mrz.fields import parse
from ocr.packed_weights.container import DIGEST, MAGIC
from ocr.source import open_source, parse_pages
from ocr.source.pdf_content import damaged, drawn, nesting
from ocr.source.streams import DECODERS, TooLargeError, decoded, inflated_size
from ocr.source.strict import fax_fault, jpeg_fault, png_fault
from ocr.write import writer_for
from ocr.write.pdf.hidden_text import remove_hidden_text
from tests.write.pages import ENGINE, line_of, page_of

MANY = int(os.environ.get("OCR_FUZZ", "0"))
few = settings(
    max_examples=MANY or 40,
    derandomize=not MANY,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
CORPUS = sorted((Path(__file__).parent / "corpus").iterdir())
SEEDS = seeds()
PDFS = [data for name, data in SEEDS.items() if name.startswith("PDF")]

edits = st.lists(
    st.tuples(
        st.floats(0, 1, exclude_max=True),
        st.integers(0, 40),
        st.binary(max_size=20) | st.sampled_from((b"\xff\xff\xff\xff", bytes(4), b"9999", b"-1", b"<<", b"null")),
    ),
    min_size=1,
    max_size=6,
)  # fmt: skip


def edited(data: bytes, changes: list[tuple[float, int, bytes]]) -> bytes:
    """Some bytes at some places replaced by others."""
    for place, length, new in changes:
        at = int(place * len(data))
        data = data[:at] + new + data[at + length :]
    return data


def looked_at(data: bytes) -> None:
    """Everything that is done with an input before it is read."""
    try:
        with open_source(data, dpi=36) as source:
            for number in source.numbers[:2]:
                source.text(number)
                source.page(number)
    except OcrError as error:
        assert str(error)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_corpus(path: Path) -> None:
    looked_at(path.read_bytes())


@few
@given(st.sampled_from(sorted(SEEDS)), edits)
def test_inputs(name: str, changes: list[tuple[float, int, bytes]]) -> None:
    looked_at(edited(SEEDS[name], changes))


def grafted(data: bytes) -> None:
    """A copy of a damaged PDF has all pages, or there is none."""
    out = io.BytesIO()
    try:
        with open_source(data) as source:
            pages = [
                page_of([line_of("words", 20, 20)], number=number, size=(300, 200), matrix=(0.24, 0, 0, -0.24, 0, 72))
                for number in source.numbers
            ]
            writer_for("pdf")(pages, out, source, ENGINE)
    except OcrError:
        return
    with pikepdf.open(out) as pdf:
        assert len(pdf.pages) == len(pages)


@few
@given(st.sampled_from(PDFS), edits)
def test_grafting(data: bytes, changes: list[tuple[float, int, bytes]]) -> None:
    grafted(edited(data, changes))


@pytest.mark.parametrize(
    "kids",
    [b"[ 4  ]", b"[ null ]", b"[ 9999 0 R ]", b"[ <<>> ]", b"[ [] ]", b"0 R ]", b"6 0 R ]", b"/Page", b"/Kids ]"],
)
@pytest.mark.parametrize("count", [b"1", b"0", b"7"])
def test_page_trees(kids: bytes, count: bytes) -> None:
    data = re.sub(rb"/Kids \[[^]]*\]", b"/Kids " + kids, PDFS[0])
    grafted(re.sub(rb"/Count 1", b"/Count " + count, data))


WORDS = st.sampled_from(
    [b"q", b"Q", b"BT", b"ET", b"3 Tr", b"(a) Tj", b"/Im Do", b"/Fm Do", b"1 0 0 1 0 0 cm", b"BI /W 1 /H 1 ID", b"EI",
     b"[(a) 1 (b)] TJ", b"<<", b">>", b"(", b")", b"<41", b"%", b"0 0 m", b"/F1 9 Tf", b"BMC", b"'", b"\xff", b"1e5"]
)  # fmt: skip
contents = st.lists(WORDS | st.binary(max_size=4), max_size=40).map(b"\n".join)


@few
@given(contents | st.binary(max_size=300))
def test_drawing_instructions(data: bytes) -> None:
    assert sum(drawn(data).values()) <= data.count(b"Do")
    assert 0 <= nesting(data) <= data.count(b"q")
    assert damaged(data) in {True, False}


@few
@given(contents)
@example(b"Do")
@example(b"/Im0 Do 3 Tr (a) Tj")
def test_removal_of_hidden_text(data: bytes) -> None:
    with pikepdf.open(io.BytesIO(PDFS[0])) as pdf:
        page = pdf.pages[0].obj
        page.Contents = pdf.make_stream(data)
        try:
            changed = remove_hidden_text(pdf, page)
        except (pikepdf.PdfError, ValueError, TypeError):
            return
        assert changed or page.Contents.read_bytes() == data


@few
@given(st.sampled_from(sorted(DECODERS)), st.binary(max_size=400), st.booleans())
def test_filters(name: str, data: bytes, coded: bool) -> None:
    pdf = pikepdf.new()
    stream = pdf.make_stream(b"")
    stream.write(zlib.compress(data)[: len(data) // 2] if coded else data, filter=Name(name))
    with contextlib.suppress(TooLargeError):
        assert len(decoded(stream, 5000).data) <= 5000
    assert inflated_size(data, 5000)[0] >= 0


@few
@given(st.sampled_from(["JPEG", "PNG", "G4"]), edits, st.integers(-1, 1), st.integers(0, 70_000))
def test_faults_inside(name: str, changes: list[tuple[float, int, bytes]], group: int, width: int) -> None:
    data = edited(SEEDS[name], changes)
    assert isinstance(jpeg_fault(data), str)
    assert isinstance(png_fault(io.BytesIO(data)), str)
    assert isinstance(fax_fault(data, width, 100, group=group), str)


@few
@given(
    st.lists(st.text(string.ascii_uppercase + string.digits + "<", min_size=28, max_size=46), max_size=4), st.dates()
)
def test_zones(lines: list[str], today: date) -> None:
    sized = [line.ljust(width, "<")[:width] for line, width in zip(lines, (30, 30, 30), strict=False)]
    for given_lines in (lines, sized, [line.ljust(44, "<")[:44] for line in lines[:2]]):
        try:
            zone = parse(given_lines, today)
        except InputError:
            continue
        assert zone.lines == tuple(given_lines)
        assert not zone.valid or all(zone.checks.values())


@few
@given(st.text("0123456789,- x\n\u0661", max_size=12), st.integers(1, 50))
def test_page_ranges(ranges: str, count: int) -> None:
    try:
        numbers = parse_pages(ranges, count)
    except UsageError:
        return
    assert numbers and list(numbers) == sorted(set(numbers)) and 1 <= numbers[0] <= numbers[-1] <= count


values = st.one_of(st.integers(), st.booleans(), st.floats(), st.text(string.printable, max_size=8)).map(repr)
lines = st.tuples(
    st.sampled_from(["lang", "jobs", "quality", "dpi", "optimize", "pages", "nothing", "[", "a.b"]), values
)


@few
@given(st.sampled_from(["[read]", "[scan]", "[x]", "read = 1", ""]), st.lists(lines, max_size=4), st.binary(max_size=4))
def test_configuration(tmp_path_factory: Any, table: str, pairs: list[tuple[str, str]], junk: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "ocr.toml"
    text = "\n".join([table, *(f"{key} = {value}" for key, value in pairs)]).encode() + junk
    path.write_bytes(text)
    try:
        loaded = config.load(path, cli, click.Context(cli))
    except UsageError as error:
        assert str(path) in str(error)
    else:
        assert set(loaded.tables) <= set(cli.commands)


@few
@given(st.binary(max_size=200), st.booleans(), st.booleans())
def test_packed_models(tmp_path_factory: Any, body: bytes, marked: bool, summed: bool) -> None:
    digest = hashlib.blake2b(body, digest_size=DIGEST).digest() if summed else bytes(DIGEST)
    data = (MAGIC if marked else b"") + digest + body
    path = tmp_path_factory.getbasetemp() / "a.dcz"
    path.write_bytes(data)
    for reads in (packed_weights.skeleton, packed_weights.unpack):
        with pytest.raises(InputError, match=r"a\.dcz: "):
            reads(path)


@few
@given(st.lists(st.text(max_size=6), max_size=5), st.sampled_from(["alto", "page", "hocr", "tsv", "md", "json", "pdf"]))
def test_writers_take_any_text(words: list[str], form: str) -> None:
    text = " ".join(words) or "x"
    pages: list[Page] = [page_of([line_of(text, 5, 5)], size=(300, 200), matrix=(1, 0, 0, -1, 0, 200))]
    out = io.BytesIO()
    with open_source(SEEDS["PNG"]) as source:
        writer_for(form)(pages, out, source, ENGINE)
    assert out.getvalue() or (form == "md" and not text.strip())
