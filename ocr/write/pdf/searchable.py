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
import math
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, BinaryIO

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from ocr.document import Engine, Page, StepName
from ocr.errors import InputError
from ocr.options import PdfOptions
from ocr.source.page import TEXT_LAYER
from ocr.source.pdf_file import FAULTS
from ocr.source.pdf_tree import page_objects
from ocr.write.pdf.archival import save_archival
from ocr.write.pdf.glyphless import FONT_NAME, GlyphlessFont
from ocr.write.pdf.hidden_text import remove_hidden_text
from ocr.write.pdf.metadata import set_metadata
from ocr.write.pdf.mixed_raster import Whiten, shared_pictures, show_layers
from ocr.write.pdf.optimize import Savings, optimize_pictures
from ocr.write.pdf.original import opened, save
from ocr.write.pdf.page_tree import inherited
from ocr.write.pdf.protection import check_signatures, protection_notice
from ocr.write.pdf.replace_images import show_picture
from ocr.write.pdf.straighten import straightened
from ocr.write.pdf.text_layer import text_layer

if TYPE_CHECKING:
    from ocr.source import Source

__all__ = ["write"]

Say = Callable[[str], None]
DEFAULT = PdfOptions()


def silent(message: str) -> None:
    """Say nothing."""


def write(
    pages: Iterable[Page],
    file: BinaryIO,
    source: Source,
    engine: Engine,
    options: PdfOptions = DEFAULT,
    *,
    whiten: Whiten | None = None,
    warn: Say = silent,
    note: Say = silent,
) -> None:
    """Write the original with a text layer. Only the text layers are kept in memory until the end.

    Args:
        pages: that were read of the source.
        file: to write to.
        source: the original.
        engine: that read the pages.
        options: what the PDF is to be like.
        whiten: makes the background of a page white, for ``options.optimize`` 3; a local division when left out.
        warn: called with what the user should know about the copy as a whole.
        note: called with what was saved by ``options.optimize``.

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
        targets = list(page_objects(pdf))
        if len(targets) != len(pdf.pages):  # what is no page is not written
            raise InputError(
                f"{source.name}: its page tree is damaged, so it cannot be copied; read its text: --format txt"
            )
        made = _Copy(pdf, source, options, whiten, warn, GlyphlessFont(pdf), targets)
        for page in pages:
            made.add(page)
        made.finish(note)
        set_metadata(pdf, options, source.name, warn)
        if options.pdfa:
            unread = len(source.numbers) < len(targets)
            save_archival(pdf, file, options, source.name, warn, kept=made.kept, unread=unread)
        else:
            save(pdf, file, options)


@dataclass(slots=True)
class _Copy:
    """The PDF that is being made, page by page."""

    pdf: Pdf
    source: Source
    options: PdfOptions
    whiten: Whiten | None
    warn: Say
    font: GlyphlessFont
    targets: list[Object]
    texts: int = 0
    kept: bool = False
    languages: set[str] = field(default_factory=set)
    layered: Savings = field(default_factory=Savings)
    done: set[tuple[int, int]] = field(default_factory=set)
    shared: frozenset[tuple[int, int]] = field(init=False, default=frozenset())

    def __post_init__(self) -> None:
        """Look which pictures have to stay."""
        if self.options.optimize == 3:
            self.shared = shared_pictures(self.targets)

    def add(self, page: Page) -> None:
        """Change one page as its page that was read asks for."""
        name = self.source.name
        if not 1 <= page.number <= len(self.targets):
            raise InputError(f"{name}: page {page.number} is missing from its page tree, which is damaged")
        if page.error and not page.width:
            return
        self.languages |= {page.language} - {""}
        target = self.targets[page.number - 1]
        had_text = _text_step(page) != ""
        kept = any(step.name is StepName.TEXT_LAYER and bool(step.detail["kept"]) for step in page.steps)
        self.kept |= kept
        only_picture = _is_picture(page, self.source) and not kept
        if had_text:
            only_picture = self._remove_text(target, page) and (only_picture or _text_step(page) == "all")
        if only_picture and self.options.optimize == 3 and not page.error:
            self._separate(target, page)
        page = straightened(self.pdf, target, page, self.options, f"{name}: page {page.number}", self.warn)
        self.texts += _add_text(self.pdf, target, _new_lines(page), self.font, twice=had_text)

    def finish(self, note: Say) -> None:
        """Complete the font, say the language, and make the pictures smaller if the options ask for that."""
        if self.texts:
            self.font.close()
        if len(self.languages) == 1 and "/Lang" not in self.pdf.Root:
            [self.pdf.Root.Lang] = self.languages
        if not self.options.optimize:
            return
        rest = optimize_pictures(self.pdf, self.options.optimize, self.options.jpeg_quality, self.done)
        before, after = self.layered.before + rest.before, self.layered.after + rest.after
        if before:
            quality = min(self.layered.psnr, rest.psnr)
            loss = "without loss" if math.isinf(quality) else f"PSNR of the worst {quality:.1f} dB"
            layers = f", {_counted(self.layered.pictures, 'page')} in layers" if self.layered.pictures else ""
            note(
                f"{self.source.name}: {_counted(self.layered.pictures + rest.pictures, 'picture')} of {before:,} bytes "
                f"became {after:,} bytes ({before / after:.1f} times less{layers}; {loss})"
            )

    def _remove_text(self, target: Object, page: Page) -> bool:
        """Remove the text that was read again, and say whether that was possible."""
        removed = _text_step(page)
        if removed == "all":
            image = self.source.page(page.number)
            show_picture(self.pdf, target, image.pixels, image.matrix, self.options.jpeg_quality)
        elif removed in ("hidden", "sizeless"):
            try:
                remove_hidden_text(self.pdf, target, sizeless=removed == "sizeless")
            except (*FAULTS, TypeError, LookupError, AttributeError) as error:
                self.warn(
                    f"{self.source.name}: page {page.number}: its old invisible text could not be removed ({error}) "
                    "and stays beside the new; --mode force replaces the page by a picture"
                )
                return False
        return True

    def _separate(self, target: Object, page: Page) -> None:
        """Show a scan as layers of text and background."""
        pixels = self.source.page(page.number).pixels
        quality = self.options.jpeg_quality
        if made := show_layers(self.pdf, target, page, pixels, quality, self.whiten, self.shared):
            self.layered = self.layered.plus(*made)
            self.done |= {item.objgen for _, item in target.Resources.XObject.items()}


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _is_picture(page: Page, source: Source) -> bool:
    """Whether a page is a single picture."""
    return source.kind == "image" or any(step.name is StepName.NATIVE_IMAGE for step in page.steps)


def _text_step(page: Page) -> str:
    """What was removed of the text that the page had, ``none`` or as ``Existing.dropped``; empty if it had none."""
    return next((str(step.detail["removed"]) for step in page.steps if step.name is StepName.TEXT_LAYER), "")


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
    fonts = copy.copy(_dictionary(resources.get("/Font")))
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
    originals = list(contents) if isinstance(contents, Array) else [contents]
    # Some viewers draw nothing of a page that lists something else among its contents, not even our text.
    target.Contents = Array([stream, *(part for part in originals if isinstance(part, Stream))])
    return True


def _is_ours(font: Object) -> bool:
    return isinstance(font, Dictionary) and str(font.get("/BaseFont", "")) == "/" + FONT_NAME


def _dictionary(value: Object | None) -> Object:
    return value if isinstance(value, Dictionary) else Dictionary()
