"""One server for the tests that ask for nothing special, and one with small limits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ocr.workers import possible
from tests.serve.servers import Running, running

for package in ("fastapi", "uvicorn", "python_multipart", "prometheus_client", "httpx"):
    pytest.importorskip(package)


@pytest.fixture(scope="session")
def server() -> Iterator[Running]:
    """A server as it starts without options, at two places."""
    if not possible():
        pytest.skip("no worker can be started on this system")
    with running("--places", "2", "-j", "2") as client:
        yield client


@pytest.fixture(scope="session")
def small() -> Iterator[Running]:
    """A server that takes little: one place, no queue."""
    if not possible():
        pytest.skip("no worker can be started on this system")
    limits = ("--max-body", "300K", "--max-pages", "2", "--max-pixels", "3000000")
    with running("--places", "1", "-j", "1", "--queue", "0", *limits) as client:
        yield client
