"""Signatures and encryption of the original: what a searchable copy would break is refused, what it keeps is said."""

from __future__ import annotations

from collections.abc import Iterator

from pikepdf import Array, Dictionary, Name, Object, Pdf

from ocr.errors import SignedError
from ocr.options import PdfOptions
from ocr.source.pdf_tree import page_objects

__all__ = ["check_signatures", "protection_notice"]

DEEPEST = 50
"""Levels of form fields; a damaged form may have a loop."""


def check_signatures(pdf: Pdf, name: str, options: PdfOptions) -> str:
    """Refuse a signed PDF; the warning, empty if there is nothing to say, where its signatures may be invalidated.

    Raises:
        SignedError: it is signed.
    """
    signed = sum(1 for field in _fields(pdf) if field.get("/FT") == Name.Sig and "/V" in field)
    certified = [key for key in ("/DocMDP", "/UR3", "/UR") if key in _dictionary(pdf.Root.get("/Perms"))]
    if not signed and not certified:
        return ""
    what = f"{signed} digital signature{'s' if signed != 1 else ''}" if signed else "a certification"
    if not options.invalidate_signatures:
        raise SignedError(
            f"{name}: it has {what}, which a searchable copy would invalidate; to write one all the same, give "
            "--invalidate-signatures (invalidate_signatures=True); to read only its text, write another format"
        )
    return f"{name}: its {what} no longer verif{'y' if signed > 1 else 'ies'} in the copy"


def protection_notice(pdf: Pdf, name: str, options: PdfOptions) -> str:
    """What happens to the encryption of the original; empty if it has none."""
    if not pdf.is_encrypted:
        return ""
    if options.decrypt:
        return f"{name}: the copy is not encrypted and everything is allowed in it, unlike the original (--decrypt)"
    denied = [word for word, allowed in _permissions(pdf) if not allowed]
    limits = f"not allowed: {', '.join(denied)}" if denied else "everything allowed"
    return (
        f"{name}: the copy is encrypted like the original, with the same passwords (also an owner password that is not "
        f"known here) and permissions ({limits}); --decrypt writes one that is not"
    )


def _permissions(pdf: Pdf) -> tuple[tuple[str, bool], ...]:
    allow = pdf.allow
    return (
        ("printing", allow.print_lowres),
        ("printing sharply", allow.print_highres or not allow.print_lowres),
        ("copying", allow.extract),
        ("changing", allow.modify_other),
        ("annotating", allow.modify_annotation),
        ("filling in forms", allow.modify_form),
        ("assembling", allow.modify_assembly),
    )


def _fields(pdf: Pdf) -> Iterator[Object]:
    """All fields of the form, and widgets on pages that the form does not list."""
    form = _dictionary(pdf.Root.get("/AcroForm"))
    waiting = [(field, 0) for field in _array(form.get("/Fields"))]
    waiting += [(note, 0) for page in page_objects(pdf) for note in _array(page.get("/Annots"))]
    seen: set[tuple[int, int]] = set()
    while waiting:
        field, depth = waiting.pop()
        if not isinstance(field, Dictionary) or depth > DEEPEST or (field.is_indirect and field.objgen in seen):
            continue
        if field.is_indirect:
            seen.add(field.objgen)
        yield field
        waiting += [(kid, depth + 1) for kid in _array(field.get("/Kids"))]


def _array(value: Object | None) -> list[Object]:
    return list(value) if isinstance(value, Array) else []


def _dictionary(value: Object | None) -> Object:
    return value if isinstance(value, Dictionary) else Dictionary()
