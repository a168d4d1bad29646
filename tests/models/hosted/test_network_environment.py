"""What the environment says of the way to a provider: proxies and certificates."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from chatui.domain.errors import ModelUnavailable
from chatui.models.base import TextDelta
from chatui.system.network import proxy_of
from tests.models.conftest import ModelMaker, ask
from tests.models.replies import failed_reply
from tests.scripted_server import ScriptedServer, saying

FAR = "http://far.example/v1"
NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@asynccontextmanager
async def socks_proxy(port: int) -> AsyncIterator[int]:
    """A proxy that speaks SOCKS 5 (RFC 1928), and leads wherever it is asked to that port here."""

    async def pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65536):
                sink.write(data)
                await sink.drain()
        sink.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, methods = await reader.readexactly(2)
        await reader.readexactly(methods)
        writer.write(b"\x05\x00")
        _, _, _, kind = await reader.readexactly(4)
        length = 4 if kind == 1 else (await reader.readexactly(1))[0]
        await reader.readexactly(length + 2)
        writer.write(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pipe(reader, far_writer), pipe(far_reader, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
async def test_a_provider_is_asked_through_a_socks_proxy(
    scheme: str, server: ScriptedServer, make_model: ModelMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.script(saying("Hello"))
    async with socks_proxy(server.port) as port:
        monkeypatch.setenv("ALL_PROXY", f"{scheme}://127.0.0.1:{port}")
        events = [event async for event in make_model(FAR).stream(ask())]
    assert TextDelta("Hello") in events
    assert server.exchanges[0].headers["host"] == "far.example"


async def test_a_provider_is_asked_through_an_http_proxy(
    server: ScriptedServer, make_model: ModelMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.script(saying("Hello"))
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{server.port}")
    events = [event async for event in make_model(FAR).stream(ask())]
    assert TextDelta("Hello") in events
    assert server.exchanges[0].path.startswith("http://far.example/v1/")


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_proxy_that_does_not_answer_is_named_without_its_password(
    scheme: str, make_model: ModelMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", f"{scheme}://ann:secret@127.0.0.1:9")
    _, error = await failed_reply(make_model(FAR))
    assert type(error) is ModelUnavailable
    assert f"the proxy {scheme}://127.0.0.1:9, which ALL_PROXY names" in str(error)
    assert "secret" not in str(error)


@pytest.mark.parametrize("address", ["gopher://x:1", "http://x:port", "socks9://x"])
async def test_a_proxy_that_is_none_is_told_with_its_variable(
    address: str, make_model: ModelMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", address)
    _, error = await failed_reply(make_model(FAR))
    assert type(error) is ModelUnavailable
    assert "HTTP_PROXY names the proxy" in str(error)


@pytest.mark.parametrize("name", ["SSL_CERT_FILE"])
async def test_certificates_that_can_not_be_used_are_told_with_their_variable(
    name: str, tmp_path: Path, make_model: ModelMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("none\n")
    for path, reason in ((tmp_path / "nowhere", "No such file"), (empty, "no certificates")):
        monkeypatch.setenv(name, str(path))
        _, error = await failed_reply(make_model("https://far.example/v1"))
        assert type(error) is ModelUnavailable
        assert f"{name} names {path}" in str(error)
        assert reason in str(error)


async def test_a_server_of_this_machine_is_asked_without_any_of_it(
    server: ScriptedServer, make_model: ModelMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "gopher://x")
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere")
    server.script(saying("Hello"))
    events = [event async for event in make_model(server.base_url).stream(ask())]
    assert TextDelta("Hello") in events


def test_a_host_that_no_proxy_is_for_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:1")
    monkeypatch.setenv("NO_PROXY", "near.example")
    assert proxy_of("https://near.example/v1") is None
    assert proxy_of("http://far.example/v1") is None
    found = proxy_of("https://far.example/v1")
    assert found is not None
    assert (found.address, found.variable) == ("http://proxy:1", "HTTPS_PROXY")
