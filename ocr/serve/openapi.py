"""What the OpenAPI document says of each path: parameters, bodies, answers and examples."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ocr.serve.parameters import CardParameters, Parameters, PictureParameters, ReadParameters, ScanParameters
from ocr.serve.problems import MEDIA_TYPE
from ocr.serve.schema import CardModel, DocumentModel, HealthModel, ProblemModel, ZoneModel

__all__ = ["HEALTH", "IDCARD", "METRICS", "MRZ", "OCR", "READ", "SCAN", "completed"]

FILE: dict[str, Any] = {"type": "string", "format": "binary"}
EXAMPLE = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAHgAAAAoAQAAAAA..."
ANSWERS: dict[str, Any] = json.loads(Path(__file__).with_name("examples.json").read_text("utf-8"))
"""Answers of the server to ``samples/``, and to a picture that says Hi."""
PROBLEMS = {
    400: "The body is empty, or the form is not as it should be.",
    401: "The token is missing or wrong.",
    403: "Another web page may not call this server.",
    408: "The body did not arrive in time.",
    413: "The body, or the number of pages, is above the limit.",
    415: "The body is no document.",
    421: "The server does not answer under this name.",
    422: "An option cannot be used, or the document cannot be read.",
    429: "All places are taken and the queue is full; `Retry-After` says when to try again.",
    501: "A package that the format needs is not installed on the server.",
    503: "There is no memory for the document now, or the server is about to stop.",
}


def _problems(statuses: Iterable[int] = PROBLEMS) -> dict[int | str, dict[str, Any]]:
    schema = {"schema": {"$ref": "#/components/schemas/ProblemModel"}}
    found: dict[int | str, dict[str, Any]] = {
        status: {"description": PROBLEMS[status], "content": {MEDIA_TYPE: schema}} for status in statuses
    }
    if 415 in found:
        found[415]["content"] = {MEDIA_TYPE: schema | {"example": ANSWERS["problem"]}}
    if 429 in found:
        header = {"description": "Seconds.", "schema": {"type": "integer"}}
        found[429]["headers"] = {"Retry-After": header}
    return found


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    """The properties of parameters as JSON Schema."""
    return dict(model.model_json_schema()["properties"])


def _parameters(model: type[Parameters]) -> list[dict[str, Any]]:
    found = []
    for name, schema in _schema(model).items():
        told = {key: value for key, value in schema.items() if key not in ("description", "title")}
        if "anyOf" in told:  # an address has no null: what is not known is left out
            told = {key: value for key, value in (told | told.pop("anyOf")[0]).items() if value is not None}
        found.append({"name": name, "in": "query", "description": schema.get("description", ""), "schema": told})
    return found


def _body(model: type[Parameters], *files: str, required: str) -> dict[str, Any]:
    """A form with files, or the bytes of one document."""
    text = {"type": "string", "description": "Of an encrypted PDF."}
    fields = {parameter["name"]: parameter["schema"] for parameter in _parameters(model)}
    form = {
        "type": "object",
        "required": [required],
        "properties": dict.fromkeys(files, FILE) | {"password": text} | fields,
        "additionalProperties": False,
    }
    types = ("application/octet-stream", "application/pdf", "image/jpeg", "image/png", "image/tiff")
    content: dict[str, Any] = {name: {"schema": FILE} for name in types}
    return {"required": True, "content": {"multipart/form-data": {"schema": form}, **content}}


def _operation(
    model: type[Parameters], answer: dict[str, Any], *files: str, required: str = "file", **more: Any
) -> dict[str, Any]:
    headers = [
        {"name": name, "in": "header", "description": said, "schema": {"type": "string"}}
        for name, said in (
            ("OCR-Password", "Password of a PDF that is sent as a raw body, percent-encoded."),
            ("OCR-File-Name", "Name of a raw body, percent-encoded; it is in the answer and in messages."),
        )
    ]
    body = _body(model, *files, required=required)
    extra = {"parameters": [*_parameters(model), *headers], "requestBody": body}
    return {"responses": {200: answer, **_problems()}, "openapi_extra": extra, "response_model": None, **more}


def _ref(model: type[BaseModel], example: str) -> dict[str, Any]:
    return {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}, "example": ANSWERS[example]}


EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["event", "data"],
    "properties": {
        "event": {"type": "string", "enum": ["queued", "start", "page", "done", "error"]},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
}
TEXT: dict[str, Any] = {"schema": {"type": "string"}}
BINARY: dict[str, Any] = {"schema": FILE}

READ = _operation(
    ReadParameters,
    {
        "description": "The document in the format that was asked for.",
        "headers": {
            "OCR-Failed-Pages": {"description": "Pages that could not be read.", "schema": {"type": "string"}},
            "OCR-Warnings": {"description": "Number of warnings.", "schema": {"type": "string"}},
        },
        "content": {
            "application/json": _ref(DocumentModel, "read"),
            "text/event-stream": {"schema": EVENT},
            "text/plain": TEXT,
            "text/markdown": TEXT,
            "text/csv": TEXT,
            "text/tab-separated-values": TEXT,
            "application/jsonl": TEXT,
            "application/xhtml+xml": TEXT,
            "application/xml": TEXT,
            "application/vnd.docling+json": {"schema": {"type": "object"}},
            "application/pdf": BINARY,
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": BINARY,
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document": BINARY,
        },
    },
    "file",
    tags=["documents"],
)
IDCARD = _operation(
    CardParameters,
    {"description": "The fields of the card.", "content": {"application/json": _ref(CardModel, "idcard")}},
    "front",
    "back",
    required="front",
    tags=["identity documents"],
)
MRZ = _operation(
    PictureParameters,
    {"description": "The fields of the zone.", "content": {"application/json": _ref(ZoneModel, "mrz")}},
    "file",
    tags=["identity documents"],
)
SCAN = _operation(
    ScanParameters,
    {
        "description": "The page.",
        "headers": {"OCR-Scan": {"description": "Where it was and what was done.", "schema": {"type": "string"}}},
        "content": dict.fromkeys(("image/png", "image/jpeg", "image/webp", "image/tiff", "application/pdf"), BINARY),
    },
    "file",
    tags=["documents"],
)
OCR: dict[str, Any] = {
    "responses": {
        200: {
            "description": "The pages as Markdown.",
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/OcrResponse"},
                    "example": ANSWERS["ocr"],
                }
            },
        },
        **_problems(),
    },
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/OcrRequest"},
                    "examples": {
                        "picture": {"value": {"document": {"type": "image_url", "image_url": EXAMPLE}, "pages": [0]}}
                    },
                }
            },
        }
    },
    "response_model": None,
    "tags": ["documents"],
}
HEALTH: dict[str, Any] = {
    "responses": {200: {"description": "It works.", "content": {"application/json": _ref(HealthModel, "health")}}},
    "response_model": None,
    "tags": ["server"],
}
METRICS: dict[str, Any] = {
    "responses": {
        200: {"description": "Figures for Prometheus.", "content": {"text/plain": TEXT}},
        **_problems((401,)),
    },
    "response_model": None,
    "tags": ["server"],
}


def completed(document: dict[str, Any], models: Iterable[type[BaseModel]], *, token: bool) -> dict[str, Any]:
    """The OpenAPI document with the schemas that its paths name, and with how the token is sent."""
    from pydantic.json_schema import models_json_schema

    used: list[type[BaseModel]] = [DocumentModel, CardModel, ZoneModel, ProblemModel, HealthModel, *models]
    _, schemas = models_json_schema(
        [(model, "validation") for model in used], ref_template="#/components/schemas/{model}"
    )
    components = document.setdefault("components", {})
    components["schemas"] = schemas["$defs"]
    if token:
        components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        for path, operations in document["paths"].items():
            if path.startswith(("/v1/", "/metrics")):
                for operation in operations.values():
                    operation["security"] = [{"token": []}]
    return document
