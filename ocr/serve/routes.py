"""``/v1``: reading, identity cards, machine-readable zones, scans."""

from __future__ import annotations

import base64
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from ocr.serve import openapi, work
from ocr.serve.answers import EVENT_STREAM, Events, awaited, dumped
from ocr.serve.parameters import CardParameters, PictureParameters, ReadParameters, ScanParameters, given, secret
from ocr.serve.problems import Problem
from ocr.serve.uploads import Form, received, recognised
from ocr.serve.work import Answer, Asked
from ocr.source.original import Original
from ocr.write import FORMATS, writer_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocr.crew import Crew
    from ocr.serve.app import Service
    from ocr.serve.pool import Admission

__all__ = ["MEDIA_TYPES", "router"]

MEDIA_TYPES = {
    "txt": "text/plain; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "json": "application/json",
    "jsonl": "application/jsonl",
    "hocr": "application/xhtml+xml",
    "alto": "application/xml",
    "page": "application/xml",
    "tsv": "text/tab-separated-values; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "docling": "application/vnd.docling+json",
    "pdf": "application/pdf",
}
PICTURES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "tif": "image/tiff",
    "pdf": "application/pdf",
}
LONGEST_HEADER = 4000


def router(service: Service) -> APIRouter:
    """The paths of a service."""
    routes = APIRouter()

    @routes.post("/v1/read", **openapi.READ)
    async def read(request: Request) -> Response:
        """Read a document. With `stream=true` its pages come one by one, as server-sent events."""
        with ExitStack() as inside:
            admission = inside.enter_context(service.pool.admit())
            form = await received(request, service.settings.body)
            asked, parameters = _asked(service, request, form)
            if parameters.stream or EVENT_STREAM in request.headers.get("accept", ""):
                last = partial(_last, service, parameters.format)
                inside.pop_all()  # the place is given up at the end of the events
                return Events(service.pool, admission, lambda crew, emit: work.read(crew, asked, emit), last)
            answer = await awaited(request, admission, lambda crew: work.read(crew, asked, _unheard))
        return _written(service, answer, parameters.format)

    @routes.post("/v1/idcard", **openapi.IDCARD)
    async def idcard(request: Request) -> Response:
        """Read a Chinese resident identity card from one picture of a side or of both, or from two pictures."""
        with service.pool.admit() as admission:
            form = await received(request, service.settings.body)
            parameters = given(CardParameters, request, form.fields)
            front = _file(form, "front", "file", also=("back",))
            back = recognised(form.files["back"]) if "back" in form.files else None
            more = (parameters.page, parameters.back_page, secret(form.fields))
            return _json(await _called(request, admission, work.card_of, front, back, *more))

    @routes.post("/v1/mrz", **openapi.MRZ)
    async def mrz(request: Request) -> Response:
        """Read the machine-readable zone of a passport, identity card or visa."""
        with service.pool.admit() as admission:
            form = await received(request, service.settings.body)
            parameters = given(PictureParameters, request, form.fields)
            picture = _file(form, "file")
            return _json(await _called(request, admission, work.zone_of, picture, parameters.page, secret(form.fields)))

    @routes.post("/v1/scan", **openapi.SCAN)
    async def scan(request: Request) -> Response:
        """Find the page in a photograph: cropped, upright, flat and clean. `OCR-Scan` says where it was."""
        with service.pool.admit() as admission:
            form = await received(request, service.settings.body)
            asked = given(ScanParameters, request, form.fields)
            lang = asked.lang or service.settings.lang
            more = (asked.page, secret(form.fields), asked.dewarp, asked.enhance)
            photo = _file(form, "file")
            picture = await _called(request, admission, work.scanned, photo, asked.format, lang, *more)
        headers = {"OCR-Scan": dumped(picture.found).decode("ascii", "replace")}
        return Response(picture.data, headers=headers, media_type=PICTURES[asked.format])

    return routes


async def _called(request: Request, admission: Admission, function: Callable[..., Any], *arguments: Any) -> Any:
    """What a function of :mod:`ocr.serve.work` returns, called in a process of a place.

    It gets the number of its threads and the greatest number of pixels of a page before its other arguments.
    """

    def work(crew: Crew) -> Any:
        limits = crew.options.limits
        return crew.call(function, crew.options.jobs or 1, limits.pixels if limits else 0, *arguments)

    return await awaited(request, admission, work)


def _asked(service: Service, request: Request, form: Form) -> tuple[Asked, ReadParameters]:
    """What is to be read, and how it is to be answered."""
    parameters = given(ReadParameters, request, form.fields)
    writer_for(parameters.format)  # a package that is missing is said before anything is read
    document = _file(form, "file")
    options = parameters.options(service.settings.lang)
    streamed = parameters.stream and parameters.format == "json"
    asked = Asked(
        document,
        options,
        parameters.pages,
        secret(form.fields),
        service.settings.pages,
        () if streamed else (parameters.format,),
        parameters.pdf(),
    )
    return asked, parameters


def _file(form: Form, *names: str, also: tuple[str, ...] = ()) -> Original:
    """The one file that a form must have, under one of these names.

    Raises:
        Problem: there is none, it is empty, or there are others.
    """
    found = [name for name in names if name in form.files]
    others = [name for name in form.files if name not in (*names, *also)]
    if len(found) != 1 or others:
        wanted = f"the request must have one document, in the field {' or '.join(names)} of a form or as its body"
        raise Problem(400, "form", f"{wanted}; it has {', '.join(name[:60] for name in form.files) or 'none'}")
    if not form.files[found[0]].data:
        raise Problem(400, "empty", f"the file in the field {found[0]} is empty; choose it again")
    return recognised(form.files[found[0]])


def _written(service: Service, answer: Answer, format: str) -> Response:
    """An output as the response; failed pages and warnings are in its headers, too."""
    service.count(answer.document)
    headers = {"Content-Disposition": f'attachment; filename="document{FORMATS[format].suffixes[0]}"'}
    failed = [str(page.number) for page in answer.document if page.error]
    if failed:
        headers["OCR-Failed-Pages"] = ",".join(failed)[:LONGEST_HEADER]
    warnings = [*answer.warnings, *(warning for page in answer.document for warning in page.warnings)]
    if warnings:
        headers["OCR-Warnings"] = str(len(warnings))
    return Response(answer.outputs[format], headers=headers, media_type=MEDIA_TYPES[format])


def _last(service: Service, format: str, answer: Answer) -> dict[str, Any]:
    """The data of the event ``done``."""
    service.count(answer.document)
    done: dict[str, Any] = {
        "pages": len(answer.document),
        "failed": [page.number for page in answer.document if page.error],
        "warnings": list(answer.warnings),
    }
    if format in answer.outputs:
        data = answer.outputs[format]
        done |= {"format": format, "media_type": MEDIA_TYPES[format]}
        done |= {"base64": base64.b64encode(data).decode()} if FORMATS[format].binary else {"content": data.decode()}
    return done


def _json(value: Any) -> Response:
    return Response(dumped(value), media_type="application/json")


def _unheard(name: str, data: dict[str, Any]) -> None:
    """Nobody listens to what happens."""
