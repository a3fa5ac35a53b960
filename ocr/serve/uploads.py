"""The body of a request, in memory and never on disk: raw, or a form with files."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from urllib.parse import unquote

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from ocr.errors import InputError
from ocr.serve.problems import Problem
from ocr.source import check_kind
from ocr.source.original import Original

__all__ = ["Form", "body_of", "name_of", "received", "recognised"]

ARRIVAL = 120.0
"""Seconds in which a body must have arrived."""
FIELDS, FIELD = 32, 1 << 16
"""Most fields of a form, and greatest size of each in bytes."""
FILES = 2
LONGEST_NAME = 200
PASSWORD = "ocr-password"
NAME = "ocr-file-name"
"""Headers of a raw body, for what must not stand in an address that proxies log."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a request brings.

    Attributes:
        files: by the names of their fields; a raw body is ``file``.
        fields: other fields.
        size: of the body in bytes.
    """

    files: dict[str, Original]
    fields: dict[str, str] = field(default_factory=dict, repr=False)
    size: int = 0


class MemoryParser(MultiPartParser):
    """Keeps files in memory: Starlette's own parser writes those above 1 MB to the disk."""

    spool_max_size = 0  # SpooledTemporaryFile never rolls over then


async def body_of(request: Request, most: int) -> bytes:
    """The body of a request.

    Args:
        request: whose body was not read yet.
        most: greatest size in bytes.

    Raises:
        Problem: it is too large, or does not arrive.
    """
    return b"".join([chunk async for chunk in _chunks(request, most)])


async def received(request: Request, most: int) -> Form:
    """The files and fields of a request; the arguments are those of :func:`body_of`.

    Raises:
        Problem: the body is too large, does not arrive, is empty, or is no proper form.
    """
    headers = request.headers
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "multipart/form-data":
        data = await body_of(request, most)
        if not data:
            raise Problem(400, "empty", "the body is empty; send the bytes of a document, or a form with a file")
        fields = {"password": unquote(headers[PASSWORD])} if PASSWORD in headers else {}
        return Form({"file": Original(data, name_of(unquote(headers.get(NAME, ""))))}, fields, len(data))
    return await _parsed(headers, _chunks(request, most))


async def _parsed(headers: Headers, chunks: AsyncGenerator[bytes, None]) -> Form:
    parser = MemoryParser(headers, chunks, max_files=FILES, max_fields=FIELDS, max_part_size=FIELD)
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise Problem(400, "form", f"the form cannot be understood: {error.message}") from error
    except (ValueError, LookupError, AttributeError) as error:  # such as an encoding that does not exist
        raise Problem(400, "form", "the form cannot be understood") from error
    files: dict[str, Original] = {}
    fields: dict[str, str] = {}
    size = 0
    for name, value in form.multi_items():
        if name in files or name in fields:
            raise Problem(400, "form", f"the form has the field {name_of(name)} twice")
        if isinstance(value, UploadFile):
            data = await value.read()
            await value.close()
            size += len(data)
            files[name] = Original(data, name_of(value.filename or ""))
        else:
            fields[name] = value
    return Form(files, fields, size)


async def _chunks(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    too_large = Problem(413, "body", f"the request is larger than {most} bytes, the limit of this server")
    announced = request.headers.get("content-length", "0")
    if announced.isascii() and announced.isdigit() and int(announced[:20]) > most:
        raise too_large
    size = 0
    try:
        async with asyncio.timeout(ARRIVAL):
            async for chunk in request.stream():
                size += len(chunk)
                if size > most:
                    raise too_large
                yield chunk
    except TimeoutError:
        raise Problem(408, "slow", f"the request did not arrive in {ARRIVAL:g} s") from None
    except ClientDisconnect:
        raise Problem(400, "gone", "the client is gone") from None


def recognised(original: Original) -> Original:
    """The same document, if its first bytes are those of one.

    Raises:
        Problem: they are not.
    """
    data = original.data
    assert isinstance(data, bytes)
    try:
        check_kind(data, original.name)
    except InputError as error:
        raise Problem(415, "not_a_document", str(error)) from error
    return original


def name_of(name: str) -> str:
    """The name of a file without its directories, for messages and for the result."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(c for c in last if c.isprintable()).encode("utf-8", "ignore").decode()
    return shown[:LONGEST_NAME].lstrip("-<") or "document"
