"""The OpenAPI document: complete, and kept by the server, as schemathesis finds with requests of its own."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from ocr.serve.mistral import OcrResponse
from ocr.serve.openapi import ANSWERS
from ocr.serve.schema import CardModel, DocumentModel, HealthModel, ProblemModel, ZoneModel
from ocr.write import FORMATS
from tests.serve.papers import TEXTS, document
from tests.serve.servers import Running

schemathesis = pytest.importorskip("schemathesis")
hypothesis = pytest.importorskip("hypothesis")


def test_the_document(server: Running) -> None:
    described = server.get("/openapi.json").json()
    assert list(described["paths"]) == [
        "/v1/read", "/v1/idcard", "/v1/mrz", "/v1/scan", "/v1/ocr", "/healthz", "/metrics",
    ]  # fmt: skip
    read = described["paths"]["/v1/read"]["post"]
    formats = next(item for item in read["parameters"] if item["name"] == "format")
    assert formats["schema"]["enum"] == list(FORMATS)
    assert {"401", "413", "415", "422", "429"} <= set(read["responses"])
    form = read["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert form["required"] == ["file"] and "password" in form["properties"]


def test_examples_are_answers(server: Running) -> None:
    """Each path that answers with JSON shows an answer; its schema is the one that the server's answers are held to."""
    described = server.get("/openapi.json").json()
    models: dict[str, type[BaseModel]] = {"OcrResponse": OcrResponse, "CardModel": CardModel, "ZoneModel": ZoneModel}
    models |= {"DocumentModel": DocumentModel, "HealthModel": HealthModel, "ProblemModel": ProblemModel}
    shown = 0
    for operations in described["paths"].values():
        for operation in operations.values():
            for status in operation["responses"].keys() & {"200", "415"}:
                for kind, content in operation["responses"][status]["content"].items():
                    if "json" in kind and "$ref" in content["schema"]:
                        models[content["schema"]["$ref"].rpartition("/")[2]].model_validate(content["example"])
                        shown += 1
    assert shown == 10
    refused = server.read("/v1/read", b"some text").json()
    assert refused.keys() == ANSWERS["problem"].keys() and refused["title"] == ANSWERS["problem"]["title"]


def test_health(server: Running) -> None:
    found = server.get("/healthz").json()
    assert (found["status"], found["places"], found["token"]) == ("ok", 2, False)
    assert found["limits"] == {"body": 64 << 20, "pages": 200, "pixels": 100_000_000, "seconds": 600.0}


def test_metrics(server: Running) -> None:
    pages = server.figure('ocr_pages_total{result="read"}')
    assert server.post("/v1/read?pages=2-3", content=document()).status_code == 200
    assert server.figure('ocr_pages_total{result="read"}') == pages + 2
    assert server.figure('ocr_requests_total{method="POST",path="/v1/read",status="200"}') >= 1
    assert server.figure("ocr_places") == 2


@pytest.fixture(scope="module")
def described(server: Running) -> Any:
    """The server as schemathesis sees it; half of the documents that it sends are ones."""
    strategies = hypothesis.strategies
    drawn = [document("PNG", TEXTS[:1]), document("PDF", TEXTS[:1])]
    bodies = strategies.one_of(strategies.sampled_from(drawn), strategies.binary(max_size=200))
    for kind in ("application/octet-stream", "application/pdf", "image/jpeg", "image/png", "image/tiff"):
        schemathesis.openapi.media_type(kind, bodies)
    schemathesis.openapi.format("binary", bodies)
    return schemathesis.openapi.from_url(f"{server.address}/openapi.json")


def test_the_server_keeps_it(server: Running, described: Any) -> None:
    """Every operation, with parameters and bodies that fit and that do not."""
    rules = schemathesis.specs.openapi.checks
    wanted = [
        schemathesis.checks.not_a_server_error,
        rules.status_code_conformance,
        rules.content_type_conformance,
        rules.response_schema_conformance,
        rules.response_headers_conformance,
        rules.negative_data_rejection,
    ]
    for result in described.get_all_operations():
        operation = result.ok()
        modes = schemathesis.GenerationMode

        @hypothesis.settings(max_examples=3, deadline=None, database=None, derandomize=True)  # type: ignore[untyped-decorator]
        @hypothesis.given(case=hypothesis.strategies.one_of(*(operation.as_strategy(mode) for mode in modes)))  # type: ignore[untyped-decorator]
        def kept(case: Any) -> None:
            response = case.call(base_url=server.address, timeout=60)
            case.validate_response(response, checks=wanted)

        kept()
