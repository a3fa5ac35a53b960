"""Who may call: names against DNS rebinding, origins, the token; and servers that do not start without one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ocr.serve.settings import Settings, is_loopback
from tests.serve.papers import document
from tests.serve.servers import Running, running

TOKEN = "0123456789abcdef0123"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:8000", "127.9.9.9", "[::1]:80"])
def test_names_of_this_machine(server: Running, host: str) -> None:
    assert server.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example:8000", "127.0.0.1.evil.example", "8.8.8.8", ""]
)
@pytest.mark.parametrize("path", ["/", "/healthz", "/v1/read", "/openapi.json", "/metrics"])
def test_foreign_names(server: Running, host: str, path: str) -> None:
    assert server.problem("GET", path, headers={"Host": host}) == (421, "host")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    ],
)
def test_other_web_pages_may_not_call(server: Running, headers: dict[str, str]) -> None:
    assert server.problem("POST", "/v1/read", content=document(), headers=headers) == (403, "origin")


def test_its_own_page_may_call_and_links_may_lead_to_it(server: Running) -> None:
    host = server.address.removeprefix("http://")
    own = {"Origin": server.address, "Host": host, "Sec-Fetch-Site": "same-origin"}
    assert server.get("/healthz", headers=own).status_code == 200
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert server.get("/", headers=link).status_code == 200


def test_the_page_says_what_it_may_load(server: Running) -> None:
    headers = server.get("/").headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert server.problem("GET", "/no/such/page") == (404, "http")
    assert server.problem("GET", "/v1/read")[0] == 405


def test_the_token_and_what_was_allowed(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "index.html").write_text("<title>mine</title>")
    options = ("--allow-host", "ocr.example", "--allow-origin", "http://localhost:5173", "-j", "1", "--max-body", "1M")
    with running("--token-file", str(file), *options, "--front-end", str(tmp_path / "page")) as client:
        for token in (
            "",
            "Bearer",
            "Bearer x",
            f"Bearer {TOKEN}x",
            f"Basic {TOKEN}",
            f"Bearer {TOKEN[:-1]}",
            "Bearer é",
        ):
            headers = {"Authorization": token.encode()} if token else {}
            for path in ("/v1/read", "/metrics"):
                method = "GET" if path == "/metrics" else "POST"
                assert client.problem(method, path, content=document(), headers=headers) == (401, "token"), token
        for path in ("/", "/healthz", "/openapi.json"):
            assert client.get(path).status_code == 200
        assert "mine" in client.get("/").text
        right = {"Authorization": f"bearer  {TOKEN}", "Host": "ocr.example:80", "Origin": "http://localhost:5173"}
        answer = client.post("/v1/read?format=txt&pages=1", content=document(), headers=right)
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "http://localhost:5173")
        asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
        preflight = client.options("/v1/read", headers={"Origin": "http://localhost:5173", **asked})
        assert preflight.status_code == 200
        schemes = client.get("/openapi.json").json()["components"]["securitySchemes"]
        assert schemes == {"token": {"type": "http", "scheme": "bearer"}}


@pytest.mark.parametrize(
    ("arguments", "token", "code", "said"),
    [
        (("--host", "0.0.0.0"), "", 1, "OCR_TOKEN"),
        (("--host", "::"), "", 1, "no token protects the server"),
        (("--host", "example.org"), "", 1, "OCR_TOKEN"),
        (("--host", "0.0.0.0"), "short", 1, "16 or more"),
        (("--token-file", "/no/such/file"), "", 2, "cannot be read"),
        (("--allow-origin", "localhost:5173"), "", 1, "not the origin"),
        (("--front-end", "/no/such/folder"), "", 1, "no index.html"),
        (("--lang", "xx"), "", 1, "no language 'xx'"),
        (("--host", "192.0.2.1"), TOKEN, 1, "192.0.2.1"),
    ],
)
def test_servers_that_do_not_start(arguments: tuple[str, ...], token: str, code: int, said: str) -> None:
    command = [sys.executable, "-m", "ocr.cli", "serve", "--port", "0", "--no-config", *arguments]
    environment = {"PATH": "/usr/bin:/bin", **({"OCR_TOKEN": token} if token else {})}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, said in ended.stderr) == (code, True), ended.stderr


def test_a_port_that_is_taken(server: Running) -> None:
    port = server.address.rpartition(":")[2]
    command = [sys.executable, "-m", "ocr.cli", "serve", "--port", port, "--no-config"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, "choose another port" in ended.stderr) == (1, True), ended.stderr


def test_a_token_is_not_shown() -> None:
    assert TOKEN not in repr(Settings(token=TOKEN))


def test_loopback() -> None:
    assert [is_loopback(host) for host in ("127.0.0.2", "::1", "Localhost", "0.0.0.0", "::", "example.org", "")] == [
        True, True, True, False, False, False, False,
    ]  # fmt: skip
