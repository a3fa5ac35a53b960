"""The server process: from its start to the end of the last request."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Generator

import uvicorn

from ocr.errors import UsageError
from ocr.serve.app import application
from ocr.serve.guard import Done
from ocr.serve.settings import Settings

__all__ = ["serve"]

CONNECTIONS = 512
"""Open at the same time; each waits for an answer or for its next request."""
IDLE = 10
"""Seconds until a connection without a request is closed."""


class Server(uvicorn.Server):
    """Ends in order after SIGTERM and SIGINT: what was taken is finished. A second signal ends it at once."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Handle signals while the server runs; unlike the original, they are not raised again at the end."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = (signal.SIGINT, signal.SIGTERM)
        earlier = {number: signal.signal(number, self._ended) for number in numbers}
        try:
            yield
        finally:
            for number, handler in earlier.items():
                signal.signal(number, handler)

    def _ended(self, number: int, frame: object) -> None:
        if self.should_exit:
            self.force_exit = True
        self.should_exit = True


def serve(
    settings: Settings,
    *,
    on_start: Callable[[str], None] = lambda address: None,
    on_done: Callable[[Done], None] = lambda done: None,
) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        settings: of the server.
        on_start: called with the address when the server listens.
        on_done: called after each request.

    Raises:
        UsageError: the address cannot be listened on.
        OcrError: no process can be started.
    """
    listener = _listener(settings)
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    try:
        app = application(settings, on_done)
    except BaseException:
        listener.close()
        raise
    config = uvicorn.Config(
        app,
        http="h11",  # refuses headers of more than 64 KB; the other implementation keeps whatever comes
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=IDLE,
        lifespan="on",
        ws="none",
    )
    on_start(f"http://{shown}:{port}")
    Server(config).run(sockets=[listener])


def _listener(settings: Settings) -> socket.socket:
    try:
        [(family, kind, protocol, _, address), *_] = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise UsageError(f"{settings.host}: not an address of this machine ({error.strerror}); see: ip addr") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        where = f"{settings.host}, port {settings.port}"
        raise UsageError(
            f"{where}: cannot be listened on ({error.strerror}); choose another port: --port 8001"
        ) from error
    return listener
