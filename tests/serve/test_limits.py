"""Limits, the queue, clients that vanish, processes that die, and what is left behind: nothing."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.serve.papers import TEXTS, document, picture
from tests.serve.servers import Running, running

LONG = document("PDF", TEXTS * 30)
SOME = document("PDF", TEXTS * 8)
"""Documents whose reading takes some seconds."""


def workers(parent: int) -> list[int]:
    """The processes of a server."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                status = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(status[1]) == parent and status[0] != "Z":
                    found.append(int(entry.name))
    return found


@contextlib.contextmanager
def meanwhile(call: Callable[[], Any]) -> Any:
    """Call something in another thread while the block runs."""
    thread = threading.Thread(target=call)
    thread.start()
    try:
        yield
    finally:
        thread.join(60)
        assert not thread.is_alive()


def test_sizes(small: Running) -> None:
    big = b"%PDF-1.4\n" + os.urandom(400_000)
    assert small.problem("POST", "/v1/read", content=big) == (413, "body")
    assert small.problem("POST", "/v1/read", content=iter([big])) == (413, "body")  # without a length
    assert small.problem("POST", "/v1/read", files={"file": big}) == (413, "body")
    assert small.problem("POST", "/v1/ocr", content=big) == (413, "body")
    assert small.problem("POST", "/v1/read", content=document()) == (413, "pages")
    assert small.post("/v1/read", content=document()).json()["page_count"] == 3
    assert small.post("/v1/read?pages=2-3", content=document()).status_code == 200


def test_pixels(small: Running) -> None:
    out = io.BytesIO()
    picture(size=(3000, 1001)).save(out, "PNG")
    answer = small.post("/v1/read", content=out.getvalue())
    assert (answer.status_code, answer.json()["code"]) == (422, "unreadable")
    assert "3000 x 1001 pixels" in answer.json()["detail"]
    for path in ("/v1/scan", "/v1/mrz", "/v1/idcard"):
        assert "3000 x 1001 pixels" in small.post(path, content=out.getvalue()).json()["detail"]
    wide = document("PDF", ("WIDE",))
    answer = small.post("/v1/read?dpi=600", content=wide)  # a single scan keeps its own resolution
    assert answer.status_code == 200


def test_a_full_queue_says_when_to_come_again(small: Running) -> None:
    with meanwhile(lambda: httpx.post(f"{small.address}/v1/read?pages=1-2", content=document(), timeout=60)):
        small.until("ocr_working", 1)
        codes = set()
        for _ in range(20):
            answer = small.post("/v1/read?pages=1", content=document())
            codes.add(answer.status_code)
            if answer.status_code == 429:
                assert 1 <= int(answer.headers["Retry-After"]) <= 60
                break
        assert 429 in codes
    small.until("ocr_working", 0)
    assert small.post("/v1/read?pages=1", content=document()).status_code == 200


@pytest.mark.parametrize("stream", ["", "?stream=true"])
def test_a_client_that_vanishes_frees_its_place(server: Running, stream: str) -> None:
    host, port = server.address.removeprefix("http://").split(":")
    head = f"POST /v1/read{stream} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(LONG)}\r\n\r\n"
    renewed = server.figure("ocr_places_renewed")
    clients = []
    for _ in range(4):  # two are read, two wait
        clients.append(socket.create_connection((host, int(port))))
        clients[-1].sendall(head.encode() + LONG)
    server.until("ocr_working", 2)
    server.until("ocr_waiting", 2)
    start = time.monotonic()
    for client in clients:
        client.close()
    server.until("ocr_waiting", 0, 5)
    server.until("ocr_working", 0, 10)
    assert time.monotonic() - start < 8
    assert server.figure("ocr_places_renewed") >= renewed + 2
    assert server.post("/v1/read?pages=1", content=document()).status_code == 200


def test_half_a_body_frees_its_place(server: Running) -> None:
    host, port = server.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(b"POST /v1/read HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999\r\n\r\n%PDF")
        server.until("ocr_waiting", 1)
    server.until("ocr_waiting", 0, 5)


def test_a_process_that_is_killed_costs_nothing(server: Running) -> None:
    got: list[httpx.Response] = []
    post = lambda: got.append(httpx.post(f"{server.address}/v1/read", content=SOME, timeout=120))  # noqa: E731
    with meanwhile(post):
        server.until("ocr_working", 1)
        time.sleep(0.3)
        for pid in workers(server.process.pid):
            os.kill(pid, signal.SIGKILL)
    assert got[0].status_code == 200
    assert [page["number"] for page in got[0].json()["pages"] if page["text"]] == list(range(1, 25))


def test_a_document_that_takes_too_long() -> None:
    with running("--places", "1", "-j", "1", "--timeout", "6", "--max-pages", "1200") as client:
        assert client.problem("POST", "/v1/read", content=document("PDF", TEXTS * 400)) == (422, "too_slow")
        assert client.figure("ocr_places_renewed") == 1
        answers = (client.post("/v1/read?pages=1", content=document()).status_code for _ in range(5))
        assert 200 in answers  # the processes are new, and load their models first
        assert client.figure("ocr_working") == 0


def test_sigterm_finishes_what_was_taken() -> None:
    got: list[httpx.Response] = []
    with running("--places", "1", "-j", "1") as client:
        post = lambda: got.append(httpx.post(f"{client.address}/v1/read?format=txt", content=SOME, timeout=120))  # noqa: E731
        with meanwhile(post), meanwhile(post):
            client.until("ocr_working", 1)
            client.until("ocr_waiting", 1)
            children = workers(client.process.pid)
            client.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            with pytest.raises(httpx.ConnectError):
                httpx.get(f"{client.address}/healthz")
        assert [answer.status_code for answer in got] == [200, 200]
        assert got[0].text.count("\f") == 23
        assert client.process.wait(20) == 0
        assert children and not any(Path(f"/proc/{pid}").exists() for pid in children)


def written_bytes(pid: int) -> int:
    """Bytes that a process has had written to storage."""
    for line in Path(f"/proc/{pid}/io").read_text().splitlines():
        if line.startswith("write_bytes:"):
            return int(line.split()[1])
    raise AssertionError


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="there is no directory in memory")
def test_nothing_reaches_a_disk(server: Running, tmp_path: Path) -> None:
    padded = document("TIFF") + os.urandom(8 << 20)  # beyond every buffer

    def ask() -> None:
        for format in ("json", "pdf"):
            assert server.post(f"/v1/read?format={format}", files={"file": padded}).status_code == 200
            assert server.post(f"/v1/read?format={format}", content=padded).status_code == 200
        for _ in range(2):
            assert server.post("/v1/mrz?page=1", content=padded).status_code == 422

    ask()  # modules are loaded
    pids = [server.process.pid, *workers(server.process.pid)]
    assert len(pids) == 3
    before = [written_bytes(pid) for pid in pids]
    left = {entry.name for folder in ("/dev/shm", "/tmp") for entry in Path(folder).glob("ocr-*/*")}
    ask()
    assert pids == [server.process.pid, *workers(server.process.pid)]
    assert [written_bytes(pid) for pid in pids] == before
    probe = tmp_path / "probe"
    own = written_bytes(os.getpid())
    with probe.open("wb") as file:
        file.write(os.urandom(1 << 20))
        os.fsync(file.fileno())
    assert written_bytes(os.getpid()) >= own + (1 << 20)  # this system counts
    now = {entry.name for folder in ("/dev/shm", "/tmp") for entry in Path(folder).glob("ocr-*/*")}
    assert now <= left


def test_the_log_has_no_content() -> None:
    with running("-j", "1", "--places", "1") as client:
        name = "geheim.pdf"
        client.post("/v1/read?lang=de&pages=1", files={"file": (name, document())}, data={"password": "sesame"})
        client.post("/v1/read?secret=sesame", content=b"geheim", headers={"OCR-File-Name": name})
        client.get("/geheim")
        client.process.send_signal(signal.SIGTERM)
        _, said = client.process.communicate(timeout=60)
    assert said.count('"event": "request"') >= 3
    assert not any(word in said for word in ("geheim", "sesame", "STORY"))


def test_endless_headers_are_cut_off(server: Running) -> None:
    """Whatever parser of HTTP is installed beside: one that keeps headers of any size fills the memory."""
    host, port = server.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 30) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ")
        with pytest.raises(OSError):
            for _ in range(50):
                client.sendall(b"a" * 1_000_000)
    assert server.get("/healthz").status_code == 200
