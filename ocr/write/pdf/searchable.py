"""Searchable PDF: the pages of the original, unchanged, with an invisible text layer.

Each page that was read gets one content stream in front of its own, ``q BT 3 Tr ... ET Q``. It comes first because the
coordinate system there is the initial one of the page, whatever the original does to it, and however it nests q and Q;
no content stream of the original has to be rewritten. An image as input is first embedded in a PDF
(``from_images.py``).

A page that already has our text layer keeps it and gets no second one. Text layers of other programs are left in place
and ours is added. An encrypted original is saved decrypted: whoever searches it has to be able to open it.
"""

from __future__ import annotations

import copy
import zlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, BinaryIO

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from ocr.document import Engine, Page
from ocr.errors import InputError
from ocr.write.pdf.glyphless import FONT_NAME, GlyphlessFont
from ocr.write.pdf.original import opened, save
from ocr.write.pdf.text_layer import text_layer

if TYPE_CHECKING:
    from ocr.source import Source

__all__ = ["write"]


def write(pages: Iterable[Page], file: BinaryIO, source: Source, engine: Engine) -> None:
    """Write the original with a text layer. Only the text layers are kept in memory until the end.

    Raises:
        InputError: the original is too damaged to be extended.
        EncryptedError: the password does not open it.
    """
    with opened(source) as pdf:
        font = GlyphlessFont(pdf)
        used = False
        for page in pages:
            used = _add_text(pdf, page, font, source.name) or used
        if used:
            font.close()
        save(pdf, file)


def _add_text(pdf: Pdf, page: Page, font: GlyphlessFont, name: str) -> bool:
    """Add the text layer of a page; whether there was one to add."""
    if not 1 <= page.number <= len(pdf.pages):
        raise InputError(
            f"{name}: page {page.number} is missing from its page tree; repair it: qpdf {name} repaired.pdf"
        )
    target = pdf.pages[page.number - 1].obj
    resources = copy.copy(_inherited(target, "/Resources"))
    fonts = copy.copy(resources.get("/Font", Dictionary()))
    if any(_is_ours(known) for _, known in fonts.items()):
        return False
    resource = next(key for n in range(len(fonts) + 1) if "/" + (key := f"Ocr{n}") not in fonts)
    layer = text_layer(page, font, resource)
    if not layer:
        return False
    fonts["/" + resource] = font.object
    resources.Font = fonts
    target.Resources = resources
    stream = pdf.make_indirect(Stream(pdf, zlib.compress(layer), Filter=Name.FlateDecode))
    contents = target.get("/Contents")
    originals = list(contents) if isinstance(contents, Array) else [] if contents is None else [contents]
    target.Contents = Array([stream, *originals])
    return True


def _is_ours(font: Object) -> bool:
    return isinstance(font, Dictionary) and str(font.get("/BaseFont", "")) == "/" + FONT_NAME


def _inherited(page: Object, key: str) -> Object:
    """An attribute of the page, or of the nearest ancestor that has it (ISO 32000-1, 7.7.3.4)."""
    node: Object | None = page
    for _ in range(100):  # a damaged tree may have a loop
        if not isinstance(node, Dictionary):
            break
        if isinstance(found := node.get(key), Dictionary):
            return found
        node = node.get("/Parent")
    return Dictionary()
