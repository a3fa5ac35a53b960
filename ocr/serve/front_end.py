"""The web page at ``/``: the front end, where it is installed, or a page that says how to get it."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route, Router
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import ocr
from ocr.errors import UsageError

__all__ = ["front_end", "installed"]

PACKAGE = Path(ocr.__file__).parent
PLACES = (PACKAGE / "web", PACKAGE.parent / "web" / "dist")
"""Where the front end is: in an installed package, and where a source tree builds it."""
POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' blob: data:; worker-src 'self' blob:; connect-src 'self' blob: data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
PLAIN = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>ocr</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem;color-scheme:light dark}
pre{overflow:auto}</style>
<h1>ocr</h1>
<p>The server works. Its web page is not installed: in a copy of the source, build it with
<code>scripts/web build</code>, or name its directory:
<code>ocr serve --front-end DIR</code>.</p>
<p>Without it, documents are read by programs:</p>
<pre>curl -F file=@scan.pdf "ADDRESS/v1/read?format=txt"</pre>
<p><a href="openapi.json">The interface as OpenAPI</a> &middot; <a href="healthz">State of the server</a></p>
</html>
"""


def installed() -> Path | None:
    """The directory of the front end, if there is one."""
    return next((place for place in PLACES if (place / "index.html").is_file()), None)


def front_end(folder: Path | None = None) -> ASGIApp:
    """The application that serves it.

    Args:
        folder: of the front end; None for the installed one.

    Raises:
        UsageError: the folder has no ``index.html``.
    """
    if folder and not (folder / "index.html").is_file():
        raise UsageError(f"{folder}: there is no index.html in it; build the front end: scripts/web build")
    found = folder or installed()
    if found:
        return Secured(StaticFiles(directory=found, html=True))
    return Secured(Router([Route("/", _plain)]))


async def _plain(request: Request) -> Response:
    return HTMLResponse(PLAIN.replace("ADDRESS", "http://localhost:8000"))


class Secured:
    """Adds what a browser may load and do; isolation lets the page use threads."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = (
                    (b"content-security-policy", POLICY.encode()),
                    (b"cross-origin-embedder-policy", b"require-corp"),
                )
                message = {**message, "headers": [*message["headers"], *headers]}
            await send(message)

        await self._app(scope, receive, sent)
