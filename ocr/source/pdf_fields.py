"""The text that the form fields of a PDF page show: no part of the page's contents, but readers see and find it.

A field has an appearance stream (ISO 32000-1, 12.5.5 and 12.7.3.3). Those of a page are put into a document of their
own, as its contents, and their text is taken from there.
"""

from __future__ import annotations

import contextlib
import io
from typing import Any

import pikepdf
import pypdfium2
from pikepdf import Array, Dictionary, Name

from ocr.document import Line
from ocr.source.pdf_file import FAULTS
from ocr.source.pdf_plan import Box
from ocr.source.pdf_text import text_layer

__all__ = ["field_lines"]

SIZE = 14400.0
"""Points. The largest page that all programs open; fields further out are not seen anyway."""


def field_lines(pdf: pikepdf.Pdf, page: pikepdf.Object, page_box: Box) -> tuple[Line, ...]:
    """The lines of text in the visible fields of a page, in points of its user space; none where they are damaged.

    Args:
        pdf: the document.
        page: its page.
        page_box: what is shown of it: left, bottom, right, top.
    """
    try:
        drawn = _drawn(pdf, page)
    except (*FAULTS, TypeError, LookupError, AttributeError):  # objects of other types than they should be
        return ()
    if drawn is None:
        return ()
    with contextlib.closing(pypdfium2.PdfDocument(drawn)) as document:
        shown = document[0]
        with contextlib.closing(shown):
            return text_layer(shown, page_box).visible


def _drawn(pdf: pikepdf.Pdf, page: pikepdf.Object) -> bytes | None:
    """A PDF of one page whose contents are the appearances of the fields; None where no field is to be seen."""
    notes = page.get("/Annots")
    fields = [note for note in notes if _is_field(note)] if isinstance(notes, Array) else []
    if not any(_appearance(field) is not None for field in fields):
        return None
    with pikepdf.Pdf.new() as small:
        target = small.add_blank_page(page_size=(SIZE, SIZE)).obj
        target.MediaBox = Array([-SIZE / 2, -SIZE / 2, SIZE / 2, SIZE / 2])
        target.Annots = Array()
        for field in fields:
            stream = _appearance(field)
            if stream is None:
                continue
            copied = Dictionary(Type=Name.Annot, Subtype=Name.Widget, F=int(field.get("/F", 0)))
            copied.Rect = Array([float(value) for value in field.Rect])
            copied.AP = Dictionary(N=small.copy_foreign(stream))
            target.Annots.append(small.make_indirect(copied))
        resources = _get(pdf.Root.get("/AcroForm"), "/DR")
        if isinstance(resources, Dictionary):
            shared = resources if resources.is_indirect else pdf.make_indirect(resources)
            small.Root.AcroForm = Dictionary(Fields=Array(), DR=small.copy_foreign(shared))
        small.flatten_annotations("screen")
        out = io.BytesIO()
        small.save(out)
    return out.getvalue()


def _is_field(note: Any) -> bool:
    return isinstance(note, Dictionary) and note.get("/Subtype") == Name.Widget


def _appearance(field: pikepdf.Object) -> pikepdf.Stream | None:
    """What a field draws in its present state."""
    normal = _get(field.get("/AP"), "/N")
    if isinstance(normal, Dictionary):
        state = field.get("/AS")
        normal = normal.get(str(state)) if isinstance(state, Name) else None
    return normal if isinstance(normal, pikepdf.Stream) else None


def _get(holder: Any, key: str) -> Any:
    return holder.get(key) if isinstance(holder, Dictionary) else None
