"""What leaves the machine: the key goes to its own provider and nowhere else."""

import subprocess
import sys

import pytest

from chatui.domain.errors import AuthenticationFailed, BadResponse
from chatui.models.base import ModelInfo
from chatui.models.hosted.connection import Connection
from chatui.models.hosted.endpoint import Endpoint
from chatui.models.hosted.hosted import HostedModel
from chatui.system.api_key import KeySource
from tests.models.conftest import KEY, ModelMaker, ask, endpoint_at
from tests.scripted_server import ScriptedServer, saying


async def ask_once(model: HostedModel) -> None:
    _ = [event async for event in model.stream(ask())]


async def test_the_key_is_sent_and_nothing_of_the_machine(
    server: ScriptedServer, make_model: ModelMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-openai")
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "sk-admin")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Secret: s3cret\nAuthorization: Bearer other")
    await ask_once(make_model(server.base_url))
    headers = server.exchanges[0].headers
    assert headers["authorization"] == f"Bearer {KEY}"
    names = "accept accept-encoding authorization connection content-length content-type host"
    assert set(headers) == {*names.split(), "user-agent"}


async def test_without_a_key_of_its_own_an_endpoint_gets_none(
    server: ScriptedServer, make_model: ModelMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-openai")
    await ask_once(make_model(server.base_url, key=""))
    assert "authorization" not in server.exchanges[0].headers


async def test_openai_gets_the_organization_too(
    server: ScriptedServer, make_model: ModelMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    await ask_once(make_model(server.base_url, name="openai"))
    assert server.exchanges[0].headers["openai-organization"] == "org-1"


async def test_a_redirect_takes_neither_key_nor_prompt_elsewhere(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    async with ScriptedServer() as elsewhere:
        target = {"Location": f"{elsewhere.base_url}/chat/completions"}
        server.script(lambda exchange: exchange.answer(307, {}, target))
        with pytest.raises(BadResponse, match="sends elsewhere"):
            await ask_once(make_model(server.base_url))
        assert elsewhere.exchanges == []


async def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
    server: ScriptedServer, make_model: ModelMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ScriptedServer() as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        await ask_once(make_model(server.base_url))
        assert proxy.exchanges == []
    assert len(server.exchanges) == 1


async def test_a_refused_key_is_asked_for_again(server: ScriptedServer) -> None:
    server.script(lambda exchange: exchange.error(401, "Expired"), saying("Hello"))
    command = (sys.executable, "-c", "import os; print('key', os.getpid(), sep='-')")
    endpoint = Endpoint("test", server.base_url, KeySource("test", command=command), retries=0)
    connection = Connection(endpoint)
    model = HostedModel(ModelInfo("test/tiny"), connection)
    with pytest.raises(AuthenticationFailed):
        await ask_once(model)
    await ask_once(model)
    first, second = (exchange.headers["authorization"] for exchange in server.exchanges)
    assert first != second
    await connection.close()


async def test_no_repr_of_what_holds_the_key_shows_it(server: ScriptedServer) -> None:
    connection = Connection(endpoint_at(server.base_url))
    model = HostedModel(ModelInfo("test/tiny"), connection)
    await ask_once(model)
    shown = [repr(connection), repr(model), repr(connection.endpoint), repr(vars(connection))]
    assert connection._client is not None
    shown += [repr(vars(connection._client)), repr(connection._client._client)]
    assert KEY not in "".join(shown[:3] + shown[4:])
    await connection.close()


async def test_a_missing_key_is_told_before_anything_is_sent(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    key = KeySource("test", env="TEST_KEY", environ={})
    connection = Connection(Endpoint("test", server.base_url, key))
    with pytest.raises(AuthenticationFailed, match="set TEST_KEY"):
        await ask_once(HostedModel(ModelInfo("test/tiny"), connection))
    assert server.exchanges == []
    await connection.close()


async def test_connections_are_kept_for_the_next_reply(
    server: ScriptedServer, make_model: ModelMaker
) -> None:
    model = make_model(server.base_url)
    await ask_once(model)
    await ask_once(model)
    ports = {exchange.writer.get_extra_info("peername")[1] for exchange in server.exchanges}
    assert len(ports) == 1


async def test_a_closed_connection_opens_again(server: ScriptedServer) -> None:
    connection = Connection(endpoint_at(server.base_url))
    model = HostedModel(ModelInfo("test/tiny"), connection)
    await ask_once(model)
    await connection.close()
    await ask_once(model)
    await connection.close()
    assert len(server.exchanges) == 2


LOADED_BY_A_FIRST_REPLY = """
import asyncio, sys
from tests.models.conftest import ask, endpoint_at
from tests.scripted_server import ScriptedServer
from chatui.models.base import ModelInfo
from chatui.models.hosted.connection import Connection
from chatui.models.hosted.hosted import HostedModel

async def main():
    async with ScriptedServer() as server:
        connection = Connection(endpoint_at(server.base_url))
        assert "openai" not in sys.modules
        await connection.warm()
        before = set(sys.modules)
        _ = [e async for e in HostedModel(ModelInfo("test/x"), connection).stream(ask())]
        print(sorted(set(sys.modules) - before))
        await connection.close()

asyncio.run(main())
"""


def test_after_warming_up_a_first_reply_loads_nothing_more() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED_BY_A_FIRST_REPLY], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
