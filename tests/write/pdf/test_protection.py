"""Encryption, signatures and metadata of the original: kept, refused or dropped as asked, and said."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String

from ocr.errors import EncryptedError, ExitCode, SignedError
from ocr.options import PdfOptions
from ocr.source import open_source
from ocr.source.page import Secret
from ocr.write.pdf.searchable import write
from tests.write.pages import ENGINE, SIZE, line_of, page_of, pdfium_text, scanned_pdf, upright

PAGES = [page_of([line_of("some words", 100, 100)], matrix=upright(*SIZE))]
PACKET = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:format>application/pdf</dc:format></rdf:Description></rdf:RDF>'
    b"</x:xmpmeta>\n" + b" " * 2000 + b'\n<?xpacket end="r"?>'
)
PERMISSIONS = pikepdf.Permissions(extract=False, modify_other=False)


def original(change: Callable[[Pdf], object] = lambda pdf: None, **settings: Any) -> bytes:
    """A scan with metadata, changed and saved as told."""
    with Pdf.open(io.BytesIO(scanned_pdf())) as pdf:
        pdf.docinfo["/Title"] = "Minutes"
        pdf.docinfo["/Strange"] = String("value")
        pdf.Root.Metadata = pdf.make_stream(PACKET, Type=Name.Metadata, Subtype=Name.XML)
        change(pdf)
        out = io.BytesIO()
        pdf.save(out, fix_metadata_version=False, **settings)
    return out.getvalue()


def copy_of(data: bytes, password: str | None = None, **options: Any) -> tuple[bytes, list[str]]:
    out, notices = io.BytesIO(), list[str]()
    with open_source(data, password=password) as source:
        write(PAGES, out, source, ENGINE, PdfOptions(**options), warn=notices.append)
    return out.getvalue(), notices


def assert_metadata(pdf: Pdf) -> None:
    assert pdf.Root.Metadata.read_bytes() == PACKET
    assert {key: str(value) for key, value in pdf.docinfo.items()}.items() >= {
        "/Title": "Minutes", "/Strange": "value",
    }.items()  # fmt: skip


@pytest.mark.parametrize("revision", [3, 4, 6])
@pytest.mark.parametrize("user", ["", "open"])
def test_protection_is_kept_with_its_passwords_and_permissions(revision: int, user: str) -> None:
    rest: dict[str, Any] = {"R": revision} | ({"aes": False, "metadata": False} if revision < 4 else {})
    lock = pikepdf.Encryption(owner="owner", user=user, allow=PERMISSIONS, **rest)
    out, notices = copy_of(original(encryption=lock), user or None)
    assert len(notices) == 1 and "copying" in notices[0] and "--decrypt" in notices[0]
    for password in (user, "owner"):
        with Pdf.open(io.BytesIO(out), password=password) as pdf:
            assert revision == pdf.encryption.R and not pdf.allow.extract and pdf.allow.print_lowres
            assert_metadata(pdf)
    if user:
        with pytest.raises(pikepdf.PasswordError):
            Pdf.open(io.BytesIO(out))


def test_protection_is_dropped_when_asked() -> None:
    out, notices = copy_of(original(encryption=pikepdf.Encryption(owner="o", user="open")), "open", decrypt=True)
    with Pdf.open(io.BytesIO(out)) as pdf:
        assert not pdf.is_encrypted
        assert_metadata(pdf)
    assert pdfium_text(out) == "some words" and "not encrypted" in notices[0]


def test_a_wrong_password_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "locked.pdf"
    path.write_bytes(original(encryption=pikepdf.Encryption(owner="o", user="secret")))
    with open_source(path, password="secret") as source, pytest.raises(EncryptedError, match=r"locked\.pdf"):
        source._secret = Secret("wrong")
        write([], io.BytesIO(), source, ENGINE)


def signed(pdf: Pdf, *, depth: int = 0) -> None:
    field = Dictionary(FT=Name.Sig, T=String("Signature1"), V=Dictionary(Type=Name.Sig, ByteRange=Array([0, 1, 2, 3])))
    for _ in range(depth):
        field = Dictionary(T=String("group"), Kids=Array([pdf.make_indirect(field)]))
    pdf.Root.AcroForm = Dictionary(Fields=Array([pdf.make_indirect(field)]), SigFlags=3)


def certified(pdf: Pdf) -> None:
    pdf.Root.Perms = Dictionary(DocMDP=pdf.make_indirect(Dictionary(Type=Name.Sig)))


def widget_only(pdf: Pdf) -> None:
    note = Dictionary(Type=Name.Annot, Subtype=Name.Widget, FT=Name.Sig, V=Dictionary(Type=Name.Sig))
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(note)])


@pytest.mark.filterwarnings("ignore:This document has 1 form widget")
@pytest.mark.parametrize("sign", [signed, lambda pdf: signed(pdf, depth=3), certified, widget_only])
def test_a_signed_pdf_is_refused_unless_asked(sign: Callable[[Pdf], None]) -> None:
    data = original(sign)
    with pytest.raises(SignedError, match="--invalidate-signatures") as refusal:
        copy_of(data)
    assert refusal.value.exit_code is ExitCode.BAD_INPUT
    out, notices = copy_of(data, invalidate_signatures=True)
    assert pdfium_text(out) == "some words" and "no longer" in notices[0]


def test_an_empty_signature_field_is_no_signature() -> None:
    def blank(pdf: Pdf) -> None:
        pdf.Root.AcroForm = Dictionary(Fields=Array([pdf.make_indirect(Dictionary(FT=Name.Sig, T=String("here")))]))

    assert copy_of(original(blank))[1] == []


@pytest.mark.parametrize("packet", [PACKET, b"<note>no RDF at all</note>", b"\xff\xfe broken", b""])
@pytest.mark.parametrize("version", ["1.3", "1.4", "1.7", "2.0"])
def test_metadata_and_version_stay_byte_for_byte(packet: bytes, version: str) -> None:
    def change(pdf: Pdf) -> None:
        pdf.Root.Metadata = pdf.make_stream(packet, Type=Name.Metadata, Subtype=Name.XML)

    data = original(change, force_version=version)
    out, notices = copy_of(data)
    assert not notices
    with Pdf.open(io.BytesIO(data)) as before, Pdf.open(io.BytesIO(out)) as after:
        assert after.pdf_version == before.pdf_version == version
        assert after.Root.Metadata.read_raw_bytes() == before.Root.Metadata.read_raw_bytes()
        assert dict(after.docinfo) == dict(before.docinfo)


def test_title_and_author_are_set_where_readers_look() -> None:
    named = {"title": "Ferry “times”", "author": "A. Clerk", "subject": "Norwick", "keywords": "boat, 1912"}
    out, notices = copy_of(original(), **named)
    with Pdf.open(io.BytesIO(out)) as pdf:
        info = {key: str(value) for key, value in pdf.docinfo.items()}
        assert info["/Title"] == "Ferry “times”" and info["/Author"] == "A. Clerk" and info["/Strange"] == "value"
        with pdf.open_metadata() as packet:
            assert packet["dc:title"] == "Ferry “times”" and packet["dc:creator"] == ["A. Clerk"]
            assert packet["dc:format"] == "application/pdf" and packet["pdf:Keywords"] == "boat, 1912"
    assert not notices


def test_metadata_that_cannot_be_changed_is_left_and_said() -> None:
    def change(pdf: Pdf) -> None:
        pdf.Root.Metadata = pdf.make_stream(b"\xff\xfe broken", Type=Name.Metadata, Subtype=Name.XML)

    out, notices = copy_of(original(change), title="New")
    with Pdf.open(io.BytesIO(out)) as pdf:
        assert str(pdf.docinfo["/Title"]) == "New" and pdf.Root.Metadata.read_bytes() == b"\xff\xfe broken"
    assert "XMP" in notices[0]
