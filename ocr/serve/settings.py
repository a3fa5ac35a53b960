"""What a server is told when it starts: where it listens, whom it answers, and how much it takes."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path

from ocr.engine import cores
from ocr.errors import UsageError
from ocr.options import Limits, checked_lang, checked_threads

__all__ = ["LEAST_TOKEN", "PIXELS", "Settings", "is_loopback"]

LEAST_TOKEN = 16
"""Characters. A shorter token could be guessed."""


PIXELS = 100_000_000
"""Of a page, if nothing else is said: A4 at 1,000 dpi, A2 at 500."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to serve.

    Attributes:
        host: address to listen on.
        port: to listen on; 0 for any that is free.
        token: that clients must send; empty for none, which only loopback addresses allow.
        hosts: names, beside those of loopback, under which browsers may reach the server.
        origins: of other web pages that may call it, such as ``http://localhost:5173``.
        lang: language of documents whose request names none.
        jobs: cores to use; 0 for all.
        places: documents that are read at the same time, with ``jobs / places`` cores each; 0 for one a core.
        queue: requests that may wait for a place; what comes then is answered by 429.
        body: greatest size of a request in bytes.
        pages: greatest number of pages of one document.
        seconds: that one document may take, from its place on.
        page: what one page may take.
        front_end: directory of the web page that ``/`` shows; None for the installed one.

    Raises:
        UsageError: a value that cannot be used, or a server for others without a token.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    token: str = field(default="", repr=False)
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    lang: str = "en"
    jobs: int = 0
    places: int = 0
    queue: int = 16
    body: int = 64 << 20
    pages: int = 200
    seconds: float = 600.0
    page: Limits = field(default_factory=lambda: Limits(pixels=PIXELS))
    front_end: Path | None = None

    def __post_init__(self) -> None:
        checked_lang(self.lang)
        for name in ("body", "pages", "seconds"):
            if not 0 < getattr(self, name) < float("inf"):
                raise UsageError(f"{name} must be more than 0, not {getattr(self, name)}")
        if self.queue < 0:
            raise UsageError(f"queue must be 0 or more, not {self.queue}")
        checked_threads(self.jobs, "jobs")
        checked_threads(self.places, "places")
        for origin in self.origins:
            if not origin.startswith(("http://", "https://")) or origin.count("/") != 2:
                raise UsageError(f"{origin!r} is not the origin of a web page; write it like http://localhost:5173")
        if not is_loopback(self.host) and not self.token:
            raise UsageError(
                f"{self.host}: others can reach this address, and no token protects the server; set one: "
                'OCR_TOKEN="$(openssl rand -hex 24)" ocr serve ..., or listen on this machine alone: --host 127.0.0.1'
            )
        if self.token and (len(self.token) < LEAST_TOKEN or not self.token.isascii() or not self.token.isprintable()):
            raise UsageError(
                f"the token must have {LEAST_TOKEN} or more printable ASCII characters; make one: openssl rand -hex 24"
            )

    @property
    def shares(self) -> tuple[int, ...]:
        """Cores of each place."""
        jobs = self.jobs or cores()
        places = self.places or jobs
        return (max(1, jobs // places),) * places


def is_loopback(host: str) -> bool:
    """Whether only programs on this machine can reach an address.

    Example:
        >>> is_loopback("localhost"), is_loopback("::1"), is_loopback("0.0.0.0")
        (True, True, False)
    """
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
