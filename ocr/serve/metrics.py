"""Figures for Prometheus. None of them says anything about a document."""

from __future__ import annotations

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from ocr.serve.pool import Pool

__all__ = ["CONTENT_TYPE", "Metrics"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Metrics:
    """Counts what a server does.

    Args:
        pool: whose places and queue are shown.
    """

    def __init__(self, pool: Pool) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "ocr_requests", "Requests answered.", ("path", "method", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "ocr_request_seconds",
            "Seconds to the end of the answer.",
            ("path",),
            registry=self._registry,
            buckets=SECONDS,
        )
        self._received = Counter("ocr_received_bytes", "Bytes of request bodies.", registry=self._registry)
        self.pages = Counter("ocr_pages", "Pages, read or failed.", ("result",), registry=self._registry)
        for result in ("read", "failed"):
            self.pages.labels(result)
        for name, help, value in (
            ("ocr_places", "Documents that can be read at the same time.", lambda: len(pool.places)),
            ("ocr_working", "Documents that are being read.", lambda: pool.working),
            ("ocr_waiting", "Requests that wait for a place.", lambda: pool.waiting),
            ("ocr_places_renewed", "Times that processes were replaced.", lambda: sum(p.renewed for p in pool.places)),
        ):
            Gauge(name, help, registry=self._registry).set_function(value)

    def request(self, path: str, method: str, status: int, seconds: float, size: int) -> None:
        """Count a request; ``path`` is one of the server's own, so that their number is small."""
        self._requests.labels(path, method, status).inc()
        self._seconds.labels(path).observe(seconds)
        self._received.inc(size)

    def text(self) -> bytes:
        """The figures in Prometheus' text format."""
        return generate_latest(self._registry)
