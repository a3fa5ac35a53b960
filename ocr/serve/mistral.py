"""``POST /v1/ocr`` in the shape of Mistral's OCR interface, which tools around language models speak."""

from __future__ import annotations

import base64
import binascii
import io
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import unquote_to_bytes

from fastapi import APIRouter
from pydantic import BaseModel, Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from ocr.document import Page
from ocr.serve import openapi, work
from ocr.serve.answers import awaited, dumped
from ocr.serve.problems import Problem
from ocr.serve.uploads import body_of, name_of, recognised
from ocr.serve.work import Answer, Asked
from ocr.source.original import Original
from ocr.source.page import Closed
from ocr.write import writer_for

if TYPE_CHECKING:
    from ocr.serve.app import Service

__all__ = ["OcrRequest", "OcrResponse", "router"]

MODEL = "ocr"
UNSUPPORTED = ("table_format", "bbox_annotation_format", "document_annotation_format", "confidence_scores_granularity")
"""Fields that would change the answer and are not supported; ``extract_header``, ``extract_footer`` and
``include_blocks`` are refused where they are true."""
SWITCHES = ("extract_header", "extract_footer", "include_blocks")


class ImageUrl(BaseModel):
    """An address, as OpenAI writes it."""

    url: str


class DocumentUrl(BaseModel):
    """A document as a data URL."""

    type: Literal["document_url"] = "document_url"
    document_url: str = Field(description="`data:application/pdf;base64,...`; nothing is fetched from a network.")
    document_name: str | None = None


class ImageDocument(BaseModel):
    """A picture as a data URL."""

    type: Literal["image_url"]
    image_url: str | ImageUrl = Field(description="`data:image/png;base64,...`")


class OcrRequest(BaseModel, extra="allow"):
    """What is to be read. Other fields of Mistral's interface are ignored if they leave the answer as it is."""

    model: str | None = Field(None, max_length=200, description="Any name; the server has one engine.")
    document: Annotated[DocumentUrl | ImageDocument, Field(discriminator="type")]
    pages: list[Annotated[int, Field(ge=0, le=1_000_000)]] | str | None = Field(
        None, description="Pages from 0: a list, or ranges such as `0-5,7`."
    )
    lang: str | None = Field(
        None, max_length=100, description="Language, as in `/v1/read`; not part of Mistral's interface."
    )
    include_image_base64: bool | None = Field(None, description="Accepted; pictures in pages are not cut out.")


class Dimensions(BaseModel):
    """Size of a page."""

    dpi: int
    height: int
    width: int


class OcrPage(BaseModel):
    """A page."""

    index: int = Field(description="From 0.")
    markdown: str
    images: list[Any] = Field(description="Always empty.")
    dimensions: Dimensions | None


class Usage(BaseModel):
    """What was worked on."""

    pages_processed: int
    doc_size_bytes: int


class OcrResponse(BaseModel):
    """The text of a document as Markdown, page by page."""

    pages: list[OcrPage]
    model: str
    document_annotation: None = None
    usage_info: Usage


def router(service: Service) -> APIRouter:
    """The path of a service."""
    routes = APIRouter()

    @routes.post("/v1/ocr", **openapi.OCR)
    async def ocr(request: Request) -> Response:
        """Read a document and answer as Mistral's OCR interface does. A page that cannot be read is an error here."""
        with service.pool.admit() as admission:
            body = await body_of(request, service.settings.body)
            asked = _asked(service, _understood(body))
            answer: Answer = await awaited(request, admission, partial(_read, asked))
        service.count(answer.document)
        pages = [_page(page, answer) for page in answer.document]
        usage = {"pages_processed": len(pages), "doc_size_bytes": len(asked.original.data)}  # type: ignore[arg-type]
        found = {"pages": pages, "model": MODEL, "document_annotation": None, "usage_info": usage}
        return Response(dumped(found), media_type="application/json")

    return routes


def _understood(body: bytes) -> OcrRequest:
    """The request.

    Raises:
        Problem: it is not JSON, not of this shape, or asks for what is not supported.
    """
    try:
        asked = OcrRequest.model_validate_json(body)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc']))[:80]}: {fault['msg']}" for fault in error.errors()[:8]]
        raise Problem(422, "option", f"the request is not of the expected shape: {'; '.join(faults)}") from None
    more = asked.model_extra or {}
    refused = [name for name in UNSUPPORTED if more.get(name) is not None]
    refused += [name for name in SWITCHES if more.get(name)]
    if refused:
        raise Problem(
            422, "option", f"{', '.join(refused)} cannot be had from this server; leave it out, or use /v1/read"
        )
    return asked


def _asked(service: Service, request: OcrRequest) -> Asked:
    from ocr.options import Options

    document = request.document
    if isinstance(document, DocumentUrl):
        url, name = document.document_url, document.document_name or "document"
    else:
        url = document.image_url if isinstance(document.image_url, str) else document.image_url.url
        name = "image"
    options = Options(lang=request.lang or service.settings.lang)
    original = recognised(Original(_data(url), name_of(name)))
    return Asked(original, options, _from_one(request.pages), most=service.settings.pages)


def _data(url: str) -> bytes:
    """The bytes of a data URL (RFC 2397).

    Raises:
        Problem: it is another kind of address, or damaged.
    """
    if url[:5].lower() != "data:":
        raise Problem(
            422, "option", "the server fetches nothing from a network; send a data URL: data:application/pdf;base64,..."
        )
    head, comma, data = url[5:].partition(",")
    try:
        if not comma:
            raise ValueError
        found = base64.b64decode(data, validate=True) if head.lower().endswith(";base64") else unquote_to_bytes(data)
    except (ValueError, binascii.Error):
        raise Problem(422, "option", "the data URL is damaged; write data:TYPE;base64, and then base64 alone") from None
    if not found:
        raise Problem(400, "empty", "the document is empty")
    return found


def _from_one(pages: list[int] | str | None) -> str | None:
    """Pages counted from 1, as ranges.

    Example:
        >>> _from_one("0-5,7"), _from_one([0, 2]), _from_one(None)
        ('1-6,8', '1,3', None)

    Raises:
        Problem: they cannot be understood.
    """
    if pages is None:
        return None
    if not (pages.strip() if isinstance(pages, str) else pages):
        raise Problem(422, "option", "pages is empty; leave it out to read all pages")
    parts = pages.split(",") if isinstance(pages, str) else [str(page) for page in pages]
    try:
        ranges = [[str(int(end) + 1) if end.strip() else "" for end in part.split("-", 1)] for part in parts]
    except ValueError:
        raise Problem(422, "option", "pages must be numbers from 0, such as [0, 2], or ranges such as 0-5,7") from None
    return ",".join("-".join(ends) for ends in ranges)


def _read(asked: Asked, crew: Any) -> Answer:
    answer = work.read(crew, asked, lambda name, data: None)
    failed = [page.error.message for page in answer.document if page.error and not page.width]
    if failed:
        raise Problem(422, "unreadable", "; ".join(failed[:3]))
    return answer


def _page(page: Page, answer: Answer) -> dict[str, Any]:
    out = io.BytesIO()
    writer_for("md")(iter((page,)), out, Closed(answer.document.source, (page.number,)), answer.document.engine)
    size = {"dpi": round(page.dpi), "height": page.height, "width": page.width}
    return {"index": page.number - 1, "markdown": out.getvalue().decode(), "images": [], "dimensions": size}
