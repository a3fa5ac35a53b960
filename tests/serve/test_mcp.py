"""``ocr mcp``, called by the client of the ``mcp`` package as a real process."""

from __future__ import annotations

import asyncio
import base64
import io
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.serve.papers import TEXTS, document

mcp = pytest.importorskip("mcp")
ROOT = Path(__file__).parent.parent.parent


def talk(*arguments: str, calls: Callable[[Any], Awaitable[None]]) -> None:
    """Talk to a server by a function that gets the client's session."""
    from mcp import Client, StdioServerParameters, stdio_client

    command = ["-m", "ocr.cli", "mcp", "-j", "1", "--no-config", *arguments]

    async def connected() -> None:
        server = stdio_client(StdioServerParameters(command=sys.executable, args=command, cwd=ROOT))
        async with Client(server) as client:
            await calls(client)

    asyncio.run(asyncio.wait_for(connected(), 120))


def text_of(result: Any) -> str:
    assert not result.is_error, result.content
    return "\n".join(part.text for part in result.content if part.type == "text")


def fault_of(result: Any) -> str:
    assert result.is_error
    return str(result.content[0].text)


def test_the_tools(tmp_path: Path, samples: Path) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(document())
    url = "data:image/png;base64," + base64.b64encode(document("PNG", TEXTS[:1])).decode()

    async def calls(client: Any) -> None:
        listed = await client.list_tools()
        assert [tool.name for tool in listed.tools] == ["read", "scan", "idcard", "mrz"]
        assert all(tool.description and tool.input_schema["properties"] for tool in listed.tools)
        whole = text_of(await client.call_tool("read", {"document": str(file)}))
        assert all(text in whole for text in TEXTS)
        second = text_of(await client.call_tool("read", {"document": str(file), "pages": "2", "format": "text"}))
        assert second == TEXTS[1]
        lines = text_of(await client.call_tool("read", {"document": url, "format": "lines"})).splitlines()
        assert lines[0] == "page 1, 720 x 200 pixels"
        assert lines[1].endswith(TEXTS[0]) and float(lines[1][:4]) > 0.5
        zone = await client.call_tool("mrz", {"document": str(samples / "passport.jpg")})
        assert zone.structured_content["number"] == "L898902C3"
        card = await client.call_tool("idcard", {"front": str(samples / "card-front.jpg")})
        assert card.structured_content["number"]["value"] == "130928196207181462"
        scan = await client.call_tool("scan", {"photo": str(samples / "photo.jpg")})
        [picture] = [part for part in scan.content if part.type == "image"]
        with Image.open(io.BytesIO(base64.b64decode(picture.data))) as opened:
            assert opened.format == "JPEG" and opened.height > opened.width
        assert "turned by 180 degrees" in text_of(scan)

    talk(calls=calls)


def test_limits_and_faults(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (inside / "a.pdf").write_bytes(document())
    (inside / "big.pdf").write_bytes(document() + bytes(300_000))
    (inside / "text.txt").write_text("no document")
    (outside / "b.pdf").write_bytes(document())
    (inside / "link.pdf").symlink_to(outside / "b.pdf")
    faults = {
        str(outside / "b.pdf"): "only files in",
        str(inside / ".." / "out" / "b.pdf"): "only files in",
        str(inside / "link.pdf"): "only files in",
        str(inside / "big.pdf"): "the limit of this server",
        str(inside / "none.pdf"): "no such file",
        str(inside / "text.txt"): "not a PDF",
        str(inside): "not a file",
        str(inside / "a.pdf"): "choose some",
        "https://example.org/a.pdf": "nothing is fetched",
        str(inside / "a\0b.pdf"): "is not the path of a file",
        str(inside / ("x" * 5000)): "is not the path of a file",
        "~nobody-of-this-name/a.pdf": "is not the path of a file",
        "data:application/pdf;base64,@": "damaged",
        "data:application/pdf;base64," + "A" * 500_000: "the limit of this server",
    }

    async def calls(client: Any) -> None:
        for name, fault in faults.items():
            assert fault in fault_of(await client.call_tool("read", {"document": name})), name
        arguments = {"document": str(inside / "a.pdf"), "pages": "1-2"}
        cut = text_of(await client.call_tool("read", arguments))
        assert "[note: cut after 10 of" in cut
        assert "no language" in fault_of(await client.call_tool("read", arguments | {"lang": "xx"}))
        unknown = {"document": arguments["document"], "page": 2}  # of the other tools; here it is "pages"
        assert "page\n  Extra inputs are not permitted" in fault_of(await client.call_tool("read", unknown))
        assert "zone" in fault_of(await client.call_tool("mrz", {"document": arguments["document"], "page": 1}))

    talk("--root", str(inside), "--max-body", "200K", "--max-pages", "2", "--max-characters", "10", calls=calls)
