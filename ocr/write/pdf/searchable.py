"""Searchable PDF: the pages of the original, with an invisible text layer; nothing else changes unless it is asked for.

Each page that was read gets one content stream in front of its own, ``q BT 3 Tr ... ET Q``. It comes first because the
coordinate system there is the initial one of the page, whatever the original does to it, and however it nests q and Q;
no content stream of the original has to be rewritten. An image as input is first embedded in a PDF
(``from_images.py``).

A page that had text before is treated as its step ``text layer`` says: its own text stays where it was kept, an
invisible layer is removed, and a page whose visible text was read again becomes a picture.
"""

from __future__ import annotations

import copy
import zlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from ocr.document import Engine, Page, StepName
from ocr.errors import InputError
from ocr.options import PdfOptions
from ocr.source.page import TEXT_LAYER
from ocr.write.pdf.archival import save_archival
from ocr.write.pdf.glyphless import FONT_NAME, GlyphlessFont
from ocr.write.pdf.hidden_text import remove_hidden_text
from ocr.write.pdf.metadata import set_metadata
from ocr.write.pdf.original import opened, save
from ocr.write.pdf.page_tree import inherited
from ocr.write.pdf.protection import check_signatures, protection_notice
from ocr.write.pdf.replace_images import show_picture
from ocr.write.pdf.straighten import straightened
from ocr.write.pdf.text_layer import text_layer

if TYPE_CHECKING:
    from ocr.source import Source

__all__ = ["write"]

Warn = Callable[[str], None]
DEFAULT = PdfOptions()


def write(
    pages: Iterable[Page],
    file: BinaryIO,
    source: Source,
    engine: Engine,
    options: PdfOptions = DEFAULT,
    warn: Warn = lambda message: None,
) -> None:
    """Write the original with a text layer. Only the text layers are kept in memory until the end.

    Args:
        pages: that were read of the source.
        file: to write to.
        source: the original.
        engine: that read the pages.
        options: what the PDF is to be like.
        warn: called with what the user should know about the copy as a whole.

    Raises:
        InputError: the original is too damaged to be extended.
        EncryptedError: the password does not open it.
        SignedError: it is signed, and the options do not allow for that.
        ConformanceError: it cannot be made to conform to PDF/A.
    """
    with opened(source) as pdf:
        for notice in (check_signatures(pdf, source.name, options), protection_notice(pdf, source.name, options)):
            if notice:
                warn(notice)
        font = GlyphlessFont(pdf)
        used = False
        for page in pages:
            used = _add_page(pdf, page, font, source, options, warn) or used
        if used:
            font.close()
        set_metadata(pdf, options, source.name, warn)
        if options.pdfa:
            save_archival(pdf, file, options, source.name)
        else:
            save(pdf, file, options)


def _add_page(pdf: Pdf, page: Page, font: GlyphlessFont, source: Source, options: PdfOptions, warn: Warn) -> bool:
    """Change one page of the PDF as its page that was read asks for; whether it got a text layer."""
    if not 1 <= page.number <= len(pdf.pages):
        raise InputError(
            f"{source.name}: page {page.number} is missing from its page tree; "
            f"repair it: qpdf {source.name} repaired.pdf"
        )
    target = pdf.pages[page.number - 1].obj
    if page.error and not page.width:
        return False
    _remove_text(pdf, target, page, source, options, warn)
    page = straightened(pdf, page, options, f"{source.name}: page {page.number}", warn)
    had_text = _text_step(page) != ""
    return _add_text(pdf, target, _new_lines(page) if had_text else page, font, twice=had_text)


def _text_step(page: Page) -> str:
    """What was removed of the text that the page had: ``none``, ``hidden`` or ``all``; empty if it had none."""
    return next((str(step.detail["removed"]) for step in page.steps if step.name is StepName.TEXT_LAYER), "")


def _remove_text(pdf: Pdf, target: Object, page: Page, source: Source, options: PdfOptions, warn: Warn) -> None:
    """Remove the text that was read again."""
    removed = _text_step(page)
    if removed == "all":
        image = source.page(page.number)
        show_picture(pdf, target, image.pixels, image.matrix, options.jpeg_quality)
    elif removed == "hidden":
        try:
            remove_hidden_text(pdf, target)
        except (pikepdf.PdfError, ValueError, TypeError, RecursionError) as error:
            warn(
                f"{source.name}: page {page.number}: its old invisible text could not be removed ({error}) and stays "
                "beside the new; --mode force replaces the page by a picture"
            )


def _new_lines(page: Page) -> Page:
    """The page without the lines that are text in the PDF already."""
    blocks = (
        replace(block, lines=tuple(line for line in block.lines if line.engine != TEXT_LAYER)) for block in page.blocks
    )
    return replace(page, blocks=tuple(block for block in blocks if block.lines))


def _add_text(pdf: Pdf, target: Object, page: Page, font: GlyphlessFont, *, twice: bool) -> bool:
    """Add the text layer of a page; whether there was one to add.

    Args:
        pdf: to extend.
        target: its page.
        page: the text.
        font: of the text layer.
        twice: whether a page that has our text layer gets another one.
    """
    resources = copy.copy(_dictionary(inherited(target, "/Resources")))
    fonts = copy.copy(resources.get("/Font", Dictionary()))
    if not twice and any(_is_ours(known) for _, known in fonts.items()):
        return False
    resource = next(key for n in range(len(fonts) + 1) if "/" + (key := f"Ocr{n}") not in fonts)
    layer = text_layer(page, font, resource)
    if not layer:
        return False
    fonts["/" + resource] = font.object
    resources.Font = fonts
    target.Resources = resources
    stream = pdf.make_indirect(Stream(pdf, zlib.compress(layer, 9), Filter=Name.FlateDecode))
    contents = target.get("/Contents")
    originals = list(contents) if isinstance(contents, Array) else [] if contents is None else [contents]
    target.Contents = Array([stream, *originals])
    return True


def _is_ours(font: Object) -> bool:
    return isinstance(font, Dictionary) and str(font.get("/BaseFont", "")) == "/" + FONT_NAME


def _dictionary(value: Object | None) -> Object:
    return value if isinstance(value, Dictionary) else Dictionary()
