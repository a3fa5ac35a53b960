"""What every request passes first: the name of the server, the page that calls, the token. And the log after it."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ocr.serve.metrics import Metrics
from ocr.serve.problems import Problem
from ocr.serve.settings import Settings, is_loopback

__all__ = ["Done", "Guard", "Log"]

OPEN = ("/healthz", "/openapi.json")
"""Paths of the interface that need no token."""
PROTECTED = ("/v1/", "/metrics")
METHODS = ("GET", "HEAD", "POST", "OPTIONS")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True, slots=True)
class Done:
    """A request that was answered: nothing that a client chose beside these.

    Attributes:
        method: of HTTP.
        path: one of the server's own, or ``other``.
        status: of the answer; 0 if there was none.
        bytes: of the request's body.
        seconds: to the end of the answer.
    """

    method: str
    path: str
    status: int
    bytes: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}, {self.bytes} bytes, {self.seconds:.3f} s"


class Guard:
    """Refuses requests under a foreign name, from foreign web pages, and without the token.

    A web page that was opened in a browser on this machine can reach a server on loopback: under a name of its own that
    it lets point to 127.0.0.1 (DNS rebinding), or by sending a form. Browsers tell both by ``Host`` and ``Origin``.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._hosts = {name.lower() for name in settings.hosts}
        self._checks_hosts = is_loopback(settings.host) or bool(settings.hosts)
        self._token = settings.token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            self._check_host(headers)
            self._check_origin(headers)
            if scope["path"].startswith(PROTECTED) and scope["method"] != "OPTIONS":
                self._check_token(headers)
        except Problem as problem:
            await problem.response()(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _check_host(self, headers: Headers) -> None:
        hosts = headers.getlist("host")
        name = _name(hosts[0]) if len(hosts) == 1 else ""
        known = name in self._hosts or (is_loopback(name.strip("[]")) and is_loopback(self._settings.host))
        if self._checks_hosts and not known:
            advice = "use http://localhost, or allow the name: ocr serve --allow-host NAME"
            raise Problem(421, "host", f"this server does not answer as {name[:80]!r}; {advice}")

    def _check_origin(self, headers: Headers) -> None:
        origin = headers.get("origin")
        own = f"//{headers.get('host', '')}".lower()
        if origin is None:
            if (
                headers.get("sec-fetch-site") in {"cross-site", "same-site"}
                and headers.get("sec-fetch-mode") != "navigate"
            ):
                raise Problem(403, "origin", "another web page may not call this server")
        elif not origin.lower().endswith(own) and origin not in self._settings.origins:
            advice = "allow it: ocr serve --allow-origin ORIGIN"
            raise Problem(403, "origin", f"the web page {origin[:80]} may not call this server; {advice}")

    def _check_token(self, headers: Headers) -> None:
        if not self._token:
            return
        scheme, _, token = headers.get("authorization", "").partition(" ")
        sent = token.strip().encode("utf-8", "replace")
        if not hmac.compare_digest(sent, self._token) or scheme.lower() != "bearer":
            advice = "send the header Authorization: Bearer TOKEN with the token that the server was started with"
            raise Problem(401, "token", advice, {"WWW-Authenticate": 'Bearer realm="ocr"'})


class Log:
    """Counts and reports each request."""

    def __init__(self, app: ASGIApp, metrics: Metrics, paths: Iterable[str], report: Callable[[Done], None]) -> None:
        self._app = app
        self._metrics = metrics
        self._paths = frozenset(paths)
        self._report = report

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start, size, status = time.perf_counter(), 0, 0

        async def received() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            return message

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/v1/"):
                    headers["Cache-Control"] = "no-store"
            await send(message)

        try:
            await self._app(scope, received, sent)
        finally:
            path = scope["path"] if scope["path"] in self._paths else "other"
            method = scope["method"] if scope["method"] in METHODS else "other"
            seconds = time.perf_counter() - start
            self._metrics.request(path, method, status, seconds, size)
            self._report(Done(method, path, status, size, round(seconds, 3)))


def _name(host: str) -> str:
    """The name in a ``Host`` header, without its port.

    Example:
        >>> _name("LocalHost:8000"), _name("[::1]:8000")
        ('localhost', '[::1]')
    """
    if host.startswith("["):
        return host.partition("]")[0].lower() + "]"
    return host.partition(":")[0].lower()
