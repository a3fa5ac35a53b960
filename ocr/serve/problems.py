"""What a request gets that cannot be answered: problem details as JSON (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from ocr.errors import (
    ConformanceError,
    DependencyError,
    EncryptedError,
    InputError,
    NoCardError,
    NoZoneError,
    OcrError,
    OutputError,
    SignedError,
    UsageError,
)

__all__ = ["MEDIA_TYPE", "Problem", "problem_of"]

MEDIA_TYPE = "application/problem+json"

TITLES: Mapping[int, str] = {
    400: "The request cannot be understood",
    401: "A token is needed",
    403: "Not allowed",
    404: "There is nothing here",
    405: "This method is not allowed here",
    408: "The request did not arrive in time",
    413: "Too large",
    415: "Not a document that can be read",
    421: "This server does not answer under that name",
    422: "The document or its options cannot be used",
    429: "Too many requests",
    500: "An error of the server",
    501: "Not installed on this server",
    503: "The server cannot do this now",
}


class Problem(Exception):  # noqa: N818 - the word of RFC 9457
    """Why a request is not answered.

    Args:
        status: of HTTP.
        code: one word for programs.
        detail: one sentence for people; nothing of a document's content.
        headers: of the response.
        more: further members of the JSON.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = dict(more or {})

    def to_json(self) -> dict[str, Any]:
        """The problem as JSON."""
        title = TITLES.get(self.status, "The request failed")
        return {"title": title, "status": self.status, "code": self.code, "detail": self.detail, **self.more}

    def response(self) -> Response:
        """The problem as a response."""
        body = json.dumps(self.to_json(), ensure_ascii=False).encode("utf-8", "replace")
        return Response(body, self.status, self.headers, MEDIA_TYPE)


KINDS: tuple[tuple[type[OcrError], int, str], ...] = (
    (EncryptedError, 422, "password"),
    (SignedError, 422, "signed"),
    (NoZoneError, 422, "no_zone"),
    (NoCardError, 422, "no_card"),
    (InputError, 422, "unreadable"),
    (UsageError, 422, "option"),
    (DependencyError, 501, "not_installed"),
    (ConformanceError, 422, "not_conforming"),
    (OutputError, 503, "no_space"),
    (OcrError, 422, "failed"),
)


def problem_of(error: Exception) -> Problem:
    """The problem that an error of the library is."""
    if isinstance(error, Problem):
        return error
    for kind, status, code in KINDS:
        if isinstance(error, kind):
            more = {"problems": list(error.problems)} if isinstance(error, NoCardError) else {}
            return Problem(status, code, str(error), more=more)
    if isinstance(error, OSError):
        retry = {"Retry-After": "10"}
        return Problem(503, "no_space", "there is no memory for the document now; try again later", retry)
    return Problem(500, "internal", f"an unexpected {type(error).__name__}; the log of the server says more")
