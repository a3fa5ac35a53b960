"""Real servers in processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import pypdfium2 as pdfium

__all__ = ["Running", "pdf_text", "running"]

ROOT = Path(__file__).parent.parent.parent


class Running(httpx.Client):
    """A client of a server, and the server's process."""

    def __init__(self, address: str, process: subprocess.Popen[str], **headers: str) -> None:
        super().__init__(base_url=address, timeout=120, headers=headers)
        self.address = address
        self.process = process

    def problem(self, method: str, path: str, **request: Any) -> tuple[int, str]:
        """Status and code of a request that must fail, with a proper problem."""
        answer = self.request(method, path, **request)
        assert answer.headers["content-type"] == "application/problem+json", answer.text
        told = answer.json()
        assert told["status"] == answer.status_code
        assert told["title"] and told["detail"]
        return answer.status_code, cast("str", told["code"])

    def read(self, path: str, file: str | bytes | Path, name: str = "file", **parameters: Any) -> httpx.Response:
        """Post a document as a form."""
        data = file if isinstance(file, bytes) else Path(file).read_bytes()
        return self.post(path, files={name: ("a.bin", data)}, params=parameters)

    def figure(self, name: str) -> float:
        """One of the metrics."""
        for line in self.get("/metrics").text.splitlines():
            if line.startswith(f"{name} "):
                return float(line.split()[1])
        raise AssertionError(name)

    def until(self, name: str, value: float, seconds: float = 30) -> None:
        """Wait until a metric has a value."""
        end = time.monotonic() + seconds
        while self.figure(name) != value:
            assert time.monotonic() < end, f"{name} is {self.figure(name)}, not {value}"
            time.sleep(0.02)


@contextmanager
def running(*arguments: str, token: str = "", **environment: str) -> Iterator[Running]:
    """``ocr serve`` on a free port, ended in the end."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("OCR_")}
    environment |= {"OCR_TOKEN": token} if token else {}
    command = [sys.executable, "-m", "ocr.cli", "serve", "--port", "0", "--json-log", "--no-config", *arguments]
    process = subprocess.Popen(
        command, cwd=ROOT, env={**inherited, **environment}, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr
        first = process.stderr.readline()
        address = json.loads(first)["message"].split()[2].rstrip(";")
        with Running(address, process, **({"Authorization": f"Bearer {token}"} if token else {})) as client:
            yield client
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=60)
        finally:
            process.kill()


def pdf_text(data: bytes) -> str:
    """The text of a PDF, as pdfium finds it."""
    pdf = pdfium.PdfDocument(data)
    try:
        return "\n".join(page.get_textpage().get_text_bounded() for page in pdf)
    finally:
        pdf.close()
