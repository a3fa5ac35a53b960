"""PDF/A by ``pikepdf.pdfa``: repaired where that is possible, written, and validated as written."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream, String, parse_content_stream

from ocr.errors import ConformanceError, DependencyError, UsageError
from ocr.options import PdfOptions
from ocr.source.pdf_file import FAULTS
from ocr.source.pdf_tree import page_objects
from ocr.write.pdf.page_tree import inherited

if TYPE_CHECKING:
    from pikepdf.pdfa import Finding, PdfaError

__all__ = ["save_archival", "say_glyph_numbers"]

PAGE_ENTRIES = {
    ("/Trans", "/Dur"): "the effects between pages in presentations",
    ("/Thumb",): "small pictures of pages",
}
"""Entries of pages that are left out -> what they are."""

PRIVATE = ("/DocChecksum", "/PTEX.")
"""How keys begin that LibreOffice and pdfTeX add: a checksum of the original, and which files its figures were."""

CATALOG = frozenset(
    "Type Version Extensions Pages PageLabels Names Dests ViewerPreferences PageLayout PageMode Outlines Threads "
    "OpenAction AA URI AcroForm Metadata StructTreeRoot MarkInfo Lang SpiderInfo OutputIntents PieceInfo OCProperties "
    "Perms Legal Requirements Collection NeedsRendering DSS AF DPartRoot".split()
)
"""What the catalog of a PDF may have (ISO 32000-2, table 29); viewers take no notice of anything else."""

SHOWN = 5
"""Findings that an error message lists."""


def save_archival(
    pdf: Pdf,
    file: BinaryIO,
    options: PdfOptions,
    name: str,
    warn: Callable[[str], None] = lambda message: None,
    *,
    kept: bool = True,
    unread: bool = False,
) -> None:
    """Write a PDF that conforms to ``options.pdfa``.

    Args:
        pdf: to write; it is changed.
        file: to write to.
        options: the standard, and whether protection may be dropped.
        name: of the original, for messages.
        warn: called with what had to be removed of the original.
        kept: whether pages keep text of their own, which could be read again as pictures.
        unread: whether there are pages that were not read.

    Raises:
        ConformanceError: it cannot be made to conform; nothing is written.
        UsageError: the original is encrypted, which PDF/A does not allow.
        DependencyError: the packages for it are not installed.
    """
    try:
        from pikepdf import pdfa
    except ImportError as error:
        raise DependencyError("PDF/A needs packages that are not installed; run: pip install 'ocr[pdfa]'") from error
    if pdf.is_encrypted and not options.decrypt:
        raise UsageError(f"{name}: it is encrypted, which PDF/A does not allow; add --decrypt")
    _inline_values(pdf)
    say_glyph_numbers(pdf)
    for removed in _without_unchecked(pdf, sets=options.pdfa == "1b"):
        warn(f"{name}: for PDF/A was removed: {removed}")
    with tempfile.TemporaryFile() as scratch:
        try:
            report = pdfa.save(pdf, scratch, options.pdfa, output_intent="sRGB", repair=True)
        except pdfa.PdfaError as error:
            raise ConformanceError(
                f"{name}: it cannot be made to conform to PDF/A-{options.pdfa}: {_reasons(error)}; "
                f"{_advice(pdf, options, kept=kept, unread=unread)}"
            ) from error
        for level, change in report.prepared.messages() if report.prepared else ():
            if level != "debug":
                warn(f"{name}: for PDF/A: {change[0].lower()}{change[1:]}")
        scratch.seek(0)
        shutil.copyfileobj(scratch, file)


def _advice(pdf: Pdf, options: PdfOptions, *, kept: bool, unread: bool) -> str:
    """What to do about a PDF that does not conform."""
    ways = ["leave out --pdfa"]
    ways += ["choose 2b or 3b"] if options.pdfa == "1b" and _conforms(pdf, "2b") else []
    ways += ["read pages again as pictures with --mode force"] if kept else []
    ways += ["read all pages, without --pages, as pictures with --mode force"] if unread and not kept else []
    return " or ".join((", ".join(ways[:-1]), ways[-1])) if ways[1:] else ways[0]


def _conforms(pdf: Pdf, standard: Literal["2b"]) -> bool:
    """Whether a PDF can be made to conform."""
    from pikepdf import pdfa

    with tempfile.TemporaryFile() as scratch, contextlib.suppress(pdfa.PdfaError):
        pdfa.save(pdf, scratch, standard, output_intent="sRGB", repair=True)
        return True
    return False


def _inline_values(pdf: Pdf) -> None:
    """Write some objects of their own where they are used: strings, as pdfTeX makes them of outlines, and page labels.

    The validator of pikepdf 10.18 takes the reference for the value.
    """
    for item in pdf.objects:
        if isinstance(item, Dictionary | Stream):
            _inline_in(item)


def _inline_in(holder: Object) -> None:
    for key, value in list(holder.items()):
        if isinstance(value, String) and value.is_indirect:
            holder[key] = String(bytes(value))
        elif key == "/Nums" and isinstance(value, Array):
            holder[key] = Array([_direct(entry) for entry in value])
        elif isinstance(value, Dictionary) and not value.is_indirect:
            _inline_in(value)


def _direct(label: Any) -> Any:
    """A page label that is no object of its own; what else is in trees of numbers, such as tags, stays as it is."""
    labels = isinstance(label, Dictionary) and set(label.keys()) <= {"/Type", "/S", "/P", "/St"}
    return Dictionary(dict(label.items())) if labels else label


def say_glyph_numbers(pdf: Pdf) -> None:
    """Say of embedded TrueType fonts that characters have the numbers of their glyphs: the default, but PDF/A asks."""
    for item in pdf.objects:
        if (
            isinstance(item, Dictionary)
            and item.get("/Subtype") == Name.CIDFontType2
            and "/CIDToGIDMap" not in item
            and "/FontFile2" in item.get("/FontDescriptor", {})
        ):
            item.CIDToGIDMap = Name.Identity


def _without_unchecked(pdf: Pdf, *, sets: bool) -> Iterator[str]:
    """Remove harmless entries for which the validator would refuse the file, because it does not know them.

    Scripts and other actions stay, and are refused.

    Args:
        pdf: to change.
        sets: whether lists of the glyphs in subsets of fonts stay (``/CIDSet``), which PDF/A-1 alone asks for.

    Yields:
        What was removed and is worth knowing.
    """
    action = pdf.Root.get("/OpenAction")
    if isinstance(action, Array) or (isinstance(action, Dictionary) and action.get("/S") == Name.GoTo):
        del pdf.Root.OpenAction
        yield "the view in which the document opens (/OpenAction)"
    for key in [key for key in pdf.Root.keys() if key.lstrip("/") not in CATALOG]:  # noqa: SIM118
        del pdf.Root[key]
        yield f"private data of another program ({key})"
    for key in _taken_out(pdf.trailer, PRIVATE):
        yield f"private data of another program ({key})"
    figures = {key for item in pdf.objects if isinstance(item, Stream) for key in _taken_out(item, PRIVATE)}
    if figures:
        yield f"private data of another program about figures ({', '.join(sorted(figures))})"
    for keys, what in PAGE_ENTRIES.items():
        found = [(page.obj, key) for page in pdf.pages for key in keys if key in page.obj]
        for page, key in found:
            del page[key]
        if found:
            yield f"{what} ({', '.join(keys)})"
    if sum(_without_unused_fonts(page) for page in page_objects(pdf)):
        yield "fonts that pages list and do not use"
    for item in pdf.objects if not sets else ():
        if isinstance(item, Dictionary) and item.get("/Type") == Name.FontDescriptor and "/CIDSet" in item:
            del item.CIDSet


def _without_unused_fonts(page: Object) -> bool:
    """Remove the fonts that a page lists and its content does not name, and say whether there were any.

    PDF/A does not ask for them to be embedded, the validator does. Forms, patterns and glyphs without resources of
    their own may use those of the page, which then stay.
    """
    resources = inherited(page, "/Resources")
    fonts = resources.get("/Font") if isinstance(resources, Dictionary) else None
    if not isinstance(resources, Dictionary) or not isinstance(fonts, Dictionary):
        return False
    parts = [item for key in ("/XObject", "/Pattern", "/Font") for item in _values(resources.get(key))]
    if any("/Resources" not in part for part in parts if _draws(part)):
        return False
    try:
        named = {str(step.operands[0]) for step in parse_content_stream(page, "Tf") if step.operands}
    except (*FAULTS, TypeError):
        return False
    kept = {key: font for key, font in fonts.items() if key in named}
    if len(kept) == len(list(fonts.keys())):
        return False
    page.Resources = Dictionary({**dict(resources.items()), "/Font": Dictionary(kept)})
    if not kept:
        del page.Resources["/Font"]
    return True


def _values(holder: Object | None) -> Iterator[Object]:
    if isinstance(holder, Dictionary):
        yield from (value for _, value in holder.items())


def _draws(item: Object) -> bool:
    """Whether something that a page lists is drawn by instructions of its own: a form, a pattern, a Type 3 font."""
    tiled = isinstance(item, Stream) and item.get("/Subtype") != Name.Image
    return tiled or (isinstance(item, Dictionary) and item.get("/Subtype") == Name.Type3)


def _taken_out(holder: Object, marks: tuple[str, ...]) -> list[str]:
    """Remove the entries whose keys have one of these marks in them.

    Returns:
        Their keys.
    """
    keys = [key for key in holder.keys() if any(mark in key for mark in marks)]  # noqa: SIM118
    for key in keys:
        del holder[key]
    return keys


def _one_each(findings: Iterable[Finding]) -> list[Finding]:
    """The first finding of each kind."""
    return list({item.message: item for item in reversed(list(findings))}.values())[::-1]


def _reasons(error: PdfaError) -> str:
    findings = [f"{item.message} ({item.where})" for item in _one_each(error.report.findings)]
    more = f" (and {len(findings) - SHOWN} more)" if len(findings) > SHOWN else ""
    return "; ".join(findings[:SHOWN]) + more if findings else str(error)
