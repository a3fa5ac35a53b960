"""The application: its paths, what guards them, and what lives as long as it does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

import ocr
from ocr.document import Document
from ocr.serve import mistral, openapi, routes
from ocr.serve.answers import dumped, explained
from ocr.serve.front_end import front_end
from ocr.serve.guard import Done, Guard, Log
from ocr.serve.metrics import CONTENT_TYPE, Metrics
from ocr.serve.pool import Pool
from ocr.serve.problems import Problem
from ocr.serve.settings import Settings
from ocr.write import FORMATS

__all__ = ["Service", "application"]

DESCRIPTION = (
    "Scanned documents and photographs into text, on this machine. Nothing that is sent here is written to a disk, "
    "logged or passed on."
)


@dataclass(frozen=True, slots=True)
class Service:
    """What the paths share.

    Attributes:
        settings: of the server.
        pool: reads documents.
        metrics: counts.
    """

    settings: Settings
    pool: Pool
    metrics: Metrics

    def count(self, document: Document) -> None:
        """Count the pages of a document."""
        failed = len(document.errors)
        self.metrics.pages.labels("failed").inc(failed)
        self.metrics.pages.labels("read").inc(len(document) - failed)


def application(settings: Settings, on_done: Callable[[Done], None] = lambda done: None) -> FastAPI:
    """The application, with its processes started; they end with its lifespan.

    Args:
        settings: of the server.
        on_done: called after each request.

    Raises:
        OcrError: no process can be started.
        UsageError: the front end is not where it should be.
    """
    pool = Pool(settings)
    service = Service(settings, pool, Metrics(pool))

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await pool.close()

    app = FastAPI(
        title="ocr", version=ocr.__version__, description=DESCRIPTION, lifespan=lifespan, docs_url=None, redoc_url=None
    )
    app.include_router(routes.router(service))
    app.include_router(mistral.router(service))
    _server_paths(app, service)
    app.router.default = front_end(settings.front_end)
    _problems(app)

    def described() -> dict[str, Any]:
        if not app.openapi_schema:
            models = (mistral.OcrRequest, mistral.OcrResponse)
            app.openapi_schema = openapi.completed(FastAPI.openapi(app), models, token=bool(settings.token))
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]
    paths = ("/", "/openapi.json", *described()["paths"])
    if settings.origins:
        from starlette.middleware.cors import CORSMiddleware

        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.origins),
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "OCR-Password", "OCR-File-Name"],
            expose_headers=["OCR-Failed-Pages", "OCR-Warnings", "OCR-Scan", "Retry-After", "Content-Disposition"],
        )
    app.add_middleware(Guard, settings=settings)
    app.add_middleware(Log, metrics=service.metrics, paths=paths, report=on_done)
    return app


def _server_paths(app: FastAPI, service: Service) -> None:
    """``/healthz`` and ``/metrics``."""
    settings, pool = service.settings, service.pool

    @app.get("/healthz", **openapi.HEALTH)
    async def healthz() -> Response:
        """Whether the server works, and what it takes."""
        limits = {
            "body": settings.body,
            "pages": settings.pages,
            "pixels": settings.page.pixels,
            "seconds": settings.seconds,
        }
        found = {
            "status": "ok",
            "version": ocr.__version__,
            "places": len(pool.places),
            "working": pool.working,
            "waiting": pool.waiting,
            "limits": limits,
            "formats": list(FORMATS),
            "lang": settings.lang,
            "token": bool(settings.token),
        }
        return Response(dumped(found), media_type="application/json")

    @app.get("/metrics", **openapi.METRICS)
    async def metrics() -> Response:
        """Figures for Prometheus."""
        return Response(service.metrics.text(), media_type=CONTENT_TYPE)


def _problems(app: FastAPI) -> None:
    """Make every error a problem."""

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return Problem(error.status_code, "http", str(error.detail), error.headers).response()

    app.add_exception_handler(HTTPException, http)
    app.add_middleware(Explained)


class Explained:
    """Turns what a path raises into a problem; nothing is left for the server to log with its message."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        begun = False

        async def sent(message: Any) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except Exception as error:  # whatever it is, the client gets an answer
            if begun or scope["type"] != "http":
                raise
            await explained(error).response()(scope, receive, sent)
