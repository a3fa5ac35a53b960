"""Title, author, subject and keywords, in the Info dictionary and in the XMP packet; all else there stays as it is."""

from __future__ import annotations

from collections.abc import Callable

from pikepdf import Pdf

from ocr.options import PdfOptions

__all__ = ["set_metadata"]

ENTRIES = {"title": "/Title", "author": "/Author", "subject": "/Subject", "keywords": "/Keywords"}
"""Field of ``PdfOptions`` -> key of the Info dictionary (ISO 32000-1, 14.3.3)."""


def set_metadata(pdf: Pdf, options: PdfOptions, name: str, warn: Callable[[str], None]) -> None:
    """Set what the options name; nothing is touched if they name nothing."""
    wanted = {key: value for field, key in ENTRIES.items() if (value := getattr(options, field)) is not None}
    if not wanted:
        return
    for key, value in wanted.items():
        pdf.docinfo[key] = value
    try:
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False, strict=True) as packet:
            packet.load_from_docinfo({key: pdf.docinfo[key] for key in wanted}, raise_failure=True)
    except Exception as error:  # XMP comes from many programs; lxml and pikepdf raise many kinds
        warn(
            f"{name}: its XMP metadata cannot be changed ({type(error).__name__}) and stay as they are; "
            f"{', '.join(wanted)} are in the Info dictionary only"
        )
