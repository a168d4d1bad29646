"""What the environment says of the way to a provider: proxies and certificates."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from chatui.domain.errors import ModelUnavailable
from chatui.models.base import TextDelta
from chatui.models.hosted import connection, translation
from chatui.models.hosted.connection import Connection
from chatui.models.hosted.discovery import listens, served_models
from chatui.system.network import proxy_of
from tests.models.conftest import ModelMaker, ask, endpoint_at
from tests.models.hosted.own_certificate import certificate_in, serving_context
from tests.models.replies import failed_reply, reply, text_of
from tests.scripted_server import ScriptedServer, saying

FAR = "http://far.example/v1"
NAMES = (
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
)  # fmt: skip


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


@pytest.fixture
async def secure(tmp_path: Path) -> AsyncIterator[ScriptedServer]:
    """A server whose certificate nobody but itself has signed."""
    async with ScriptedServer(saying("Hello"), tls=serving_context(tmp_path)) as running:
        yield running


async def test_a_certificate_that_nobody_trusts_is_refused_with_advice(
    secure: ScriptedServer, make_model: ModelMaker
) -> None:
    _, error = await failed_reply(make_model(secure.base_url))
    assert type(error) is ModelUnavailable
    assert "shows a certificate that is not trusted here" in str(error)
    assert "ca_file in [providers.test]" in str(error)


async def test_a_list_is_refused_for_the_same_reason(secure: ScriptedServer) -> None:
    asking = Connection(endpoint_at(secure.base_url, key="", local=True))
    with pytest.raises(ModelUnavailable, match="not trusted here"):
        await served_models(asking, 20.0)


async def test_the_file_of_a_provider_is_trusted(
    secure: ScriptedServer, make_model: ModelMaker, tmp_path: Path
) -> None:
    model = make_model(secure.base_url, ca_file=str(certificate_in(tmp_path)))
    assert text_of(await reply(model)) == "Hello"


async def test_a_list_is_asked_for_with_that_file_too(
    secure: ScriptedServer, tmp_path: Path
) -> None:
    secure.script(lambda exchange: exchange.answer(200, {"data": [{"id": "a"}]}))
    trusting = str(certificate_in(tmp_path))
    asking = Connection(endpoint_at(secure.base_url, key="", local=True, ca_file=trusting))
    assert [info.name for info in await served_models(asking, 20.0)] == ["test/a"]


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
async def test_the_file_that_a_variable_names_is_trusted(
    name: str,
    secure: ScriptedServer,
    make_model: ModelMaker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(name, str(certificate_in(tmp_path)))
    assert text_of(await reply(make_model(secure.base_url))) == "Hello"


@pytest.mark.parametrize("name", ["SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"])
async def test_a_folder_is_trusted_though_its_files_have_plain_names(
    name: str,
    secure: ScriptedServer,
    make_model: ModelMaker,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "certificates"
    folder.mkdir()
    (folder / "README").write_text("Ask the help desk.")
    certificate_in(folder, "company.crt")
    monkeypatch.setenv(name, str(folder))
    assert text_of(await reply(make_model(secure.base_url))) == "Hello"


async def test_a_file_without_certificates_is_named_with_its_setting(
    secure: ScriptedServer, make_model: ModelMaker, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("none")
    for path, reason in ((empty, "no certificates"), (tmp_path / "gone", "No such file")):
        _, error = await failed_reply(make_model(secure.base_url, ca_file=str(path)))
        assert f"ca_file names {path}" in str(error)
        assert reason in str(error)


@pytest.mark.parametrize("form", ["unix://{}", "http+unix://{quoted}/v1", "unix://{}:/v1"])
async def test_a_server_on_a_unix_socket_is_asked_and_listed(
    form: str, tmp_path: Path, make_model: ModelMaker
) -> None:
    path = tmp_path / "s"
    async with ScriptedServer(saying("Hello"), socket=path) as running:
        url = form.format(path, quoted=str(path).replace("/", "%2F"))
        model = make_model(url, key="", local=True)
        assert text_of(await reply(model)) == "Hello"
        assert running.exchanges[0].path == "/v1/chat/completions"
        running.script(lambda exchange: exchange.answer(200, {"data": [{"id": "a"}]}))
        endpoint = endpoint_at(url, key="", local=True)
        assert await listens(endpoint)
        infos = await served_models(Connection(endpoint), 20.0)
        assert [info.name for info in infos] == ["test/a"]


async def test_a_unix_socket_that_is_not_there_is_named(
    tmp_path: Path, make_model: ModelMaker
) -> None:
    url = f"unix://{tmp_path}/gone.sock"
    _, error = await failed_reply(make_model(url, key="", local=True))
    assert type(error) is ModelUnavailable
    assert "gone.sock" in str(error)
    assert not await listens(endpoint_at(url))


async def test_an_address_of_ipv6_is_asked(make_model: ModelMaker) -> None:
    try:
        running = await ScriptedServer(saying("Hello"), host="::1").__aenter__()
    except OSError:
        pytest.skip("this machine has no IPv6")
    try:
        assert text_of(await reply(make_model(running.base_url))) == "Hello"
        assert await listens(endpoint_at(running.base_url))
    finally:
        await running.__aexit__(None, None, None)


class SlowNames:
    """A resolver that answers when it is let."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked, self.answer = threading.Event(), threading.Event()
        monkeypatch.setattr(socket, "getaddrinfo", self.look_up)

    def look_up(self, *_: object, **__: object) -> list[object]:
        self.asked.set()
        self.answer.wait()
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@pytest.fixture
def slow_names(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowNames]:
    names = SlowNames(monkeypatch)
    yield names
    names.answer.set()


async def test_a_name_that_nobody_finds_holds_up_neither_a_cancel_nor_the_end(
    slow_names: SlowNames, make_model: ModelMaker
) -> None:
    task = asyncio.ensure_future(reply(make_model(FAR)))
    await asyncio.to_thread(slow_names.asked.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    looking = [one for one in threading.enumerate() if one.name == "resolver"]
    assert looking
    assert all(one.daemon for one in looking)


async def test_a_name_is_looked_for_no_longer_than_a_connection(
    slow_names: SlowNames, make_model: ModelMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "CONNECT_SECONDS", 0.05)
    monkeypatch.setattr(translation, "CONNECT_SECONDS", 0.05)
    _, error = await failed_reply(make_model(FAR))
    assert type(error) is ModelUnavailable
    assert "cannot be reached within 0.05 s" in str(error)
    assert not slow_names.answer.is_set()


async def test_a_name_that_is_none_is_told(slow_names: SlowNames, make_model: ModelMaker) -> None:
    slow_names.answer.set()
    _, error = await failed_reply(make_model(FAR))
    assert "Name or service not known" in str(error)
