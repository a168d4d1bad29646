"""What servers say they serve: the JSON of Ollama, vLLM, OpenRouter, llama.cpp."""

from typing import Any

import pytest

from chatui.domain.errors import BadResponse, ModelError, ModelUnavailable
from chatui.models.base import SERVER
from chatui.models.hosted.connection import Connection
from chatui.models.hosted.discovery import listens, ollama_tells, served_models, with_sizes
from chatui.models.hosted.ollama import context_of
from tests.models.conftest import KEY, endpoint_at
from tests.scripted_server import Exchange, Script, ScriptedServer


def serving(answers: dict[str, object]) -> Script:
    async def script(exchange: Exchange) -> None:
        if exchange.path in answers:
            await exchange.answer(200, answers[exchange.path])
        else:
            await exchange.error(404, "no such path")

    return script


async def served(server: ScriptedServer, **fields: Any) -> dict[str, int | None]:
    connection = Connection(endpoint_at(server.base_url, **fields))
    try:
        found = await served_models(connection, 5.0)
    finally:
        await connection.close()
    return {info.name: info.context_size for info in found}


async def test_ollama_lists_by_its_own_protocol_without_embedding_models(
    server: ScriptedServer,
) -> None:
    tags = {
        "models": [
            {"name": "qwen3:8b", "details": {"family": "qwen3"}},
            {"name": "all-minilm:latest", "details": {"family": "bert"}},
            {"name": "nomic-embed-text"},
            {"name": "gemma3"},
        ]
    }
    server.script(serving({"/api/tags": tags}))
    found = await served(server, name="ollama", key="", local=True)
    assert found == {"ollama/qwen3:8b": None, "ollama/gemma3": None}


async def test_a_keyless_local_server_is_listed_by_the_common_protocol(
    server: ScriptedServer,
) -> None:
    data = [
        {"id": "a", "max_model_len": 8192},
        {"id": "b", "meta": {"n_ctx": 4096, "n_ctx_train": 32768}},
        {"id": "c"},
        {"no": "id"},
    ]
    server.script(serving({"/v1/models": {"object": "list", "data": data}}))
    found = await served(server, name="vllm", key="", local=True)
    assert found == {"vllm/a": 8192, "vllm/b": 4096, "vllm/c": None}
    assert "authorization" not in server.exchanges[0].headers


async def test_a_hosted_provider_is_asked_with_its_key_for_what_chats(
    server: ScriptedServer,
) -> None:
    others = [{"id": "text-embedding-3-small"}, {"id": "whisper-1"}, {"id": "gpt-image-1"}]
    data = [{"id": "openai/gpt-5-mini", "context_length": 400000}, *others]
    server.script(serving({"/v1/models": {"data": data}}))
    assert await served(server, name="router") == {"router/openai/gpt-5-mini": 400000}
    assert server.exchanges[0].headers["authorization"] == f"Bearer {KEY}"


async def test_a_configured_context_size_goes_before_a_listed_one(server: ScriptedServer) -> None:
    server.script(serving({"/v1/models": {"data": [{"id": "a", "max_model_len": 8192}]}}))
    assert await served(server, local=True, key="", context_size=2048) == {"test/a": 2048}


@pytest.mark.parametrize("local", [True, False])
@pytest.mark.parametrize("answer", [{"data": "none"}, {"error": "x"}, "<html>", "", 7, None])
async def test_an_answer_that_is_no_list_is_an_error(
    answer: object, local: bool, server: ScriptedServer
) -> None:
    server.script(serving({"/v1/models": answer}))
    with pytest.raises(BadResponse):
        await served(server, local=local, key="" if local else KEY)


@pytest.mark.parametrize("local", [True, False])
async def test_all_pages_of_a_list_are_asked_for(local: bool, server: ScriptedServer) -> None:
    first = {"data": [{"id": "a"}], "has_more": True, "last_id": "a"}
    second = {"data": [{"id": "b"}], "next": "/v1/models?page=3"}
    third = {"data": [{"id": "c"}], "next": None}
    server.script(
        serving(
            {
                "/v1/models": first,
                "/v1/models?after=a&after_id=a": second,
                "/v1/models?page=3": third,
            }
        )
    )
    found = await served(server, local=local, key="" if local else KEY)
    assert list(found) == ["test/a", "test/b", "test/c"]


async def test_a_server_that_gives_the_same_page_for_ever_is_left(server: ScriptedServer) -> None:
    page = {"data": [{"id": "a"}], "has_more": True, "last_id": "a"}
    server.script(lambda exchange: exchange.answer(200, page))
    assert list(await served(server)) == ["test/a"]
    assert len(server.exchanges) == 2


async def test_a_page_of_another_server_is_not_asked_with_this_ones_key(
    server: ScriptedServer,
) -> None:
    async with ScriptedServer() as other:
        page = {"data": [{"id": "a"}], "next": f"{other.base_url}/models"}
        server.script(lambda exchange: exchange.answer(200, page))
        assert list(await served(server)) == ["test/a"]
        assert other.exchanges == []


async def test_what_came_counts_when_a_later_page_fails(server: ScriptedServer) -> None:
    first = {"data": [{"id": "a"}], "has_more": True, "last_id": "a"}
    server.script(serving({"/v1/models": first}))
    assert list(await served(server)) == ["test/a"]


@pytest.mark.parametrize("local", [True, False])
async def test_fifty_thousand_models_are_listed(local: bool, server: ScriptedServer) -> None:
    data = [{"id": f"model-{number}", "context_length": 8192} for number in range(50_000)]
    server.script(serving({"/v1/models": {"data": data}}))
    found = await served(server, local=local, key="" if local else KEY)
    assert len(found) == 50_000


LM_STUDIO = {
    "object": "list",
    "data": [
        {"id": "qwen3-8b", "object": "model", "type": "llm", "publisher": "qwen", "arch": "qwen3",
         "compatibility_type": "gguf", "quantization": "Q4_K_M", "state": "loaded",
         "max_context_length": 131072, "loaded_context_length": 8192},
        {"id": "gemma-3-4b", "object": "model", "type": "vlm", "publisher": "google",
         "state": "not-loaded", "max_context_length": 32768},
    ],
}  # fmt: skip
"""Of https://lmstudio.ai/docs/developer/rest/endpoints."""
PROPS = {"default_generation_settings": {"id": 0, "n_ctx": 16384}, "total_slots": 1}
"""Of tools/server/README.md of ggml-org/llama.cpp."""
TGI = {"model_id": "meta-llama/Llama-3.1-8B", "max_total_tokens": 4096, "max_input_tokens": 4095}
"""Of https://huggingface.github.io/text-generation-inference."""


@pytest.mark.parametrize(
    ("answers", "names", "sizes"),
    [
        ({"/api/v0/models": LM_STUDIO}, ("qwen3-8b", "gemma-3-4b"), [8192, 32768]),
        ({"/props": PROPS}, ("tiny",), [16384]),
        ({"/info": TGI}, ("llama",), [4096]),
        # Of several models nobody knows whose it is.
        ({"/props": PROPS}, ("one", "two"), [None, None]),
        ({}, ("one",), [None]),
    ],
)
async def test_a_context_is_looked_for_where_a_local_server_tells_it(
    answers: dict[str, object],
    names: tuple[str, ...],
    sizes: list[int | None],
    server: ScriptedServer,
) -> None:
    listed = {"/v1/models": {"data": [{"id": name} for name in names]}}
    server.script(serving({**listed, **answers}))
    connection = Connection(endpoint_at(server.base_url, local=True, key=""))
    infos = await with_sizes(connection, await served_models(connection, 5.0), 5.0)
    assert [info.context_size for info in infos] == sizes
    assert {info.context_from for info in infos if info.context_size} <= {SERVER}
    await connection.close()


async def test_a_server_that_is_not_local_is_asked_for_its_list_alone(
    server: ScriptedServer,
) -> None:
    server.script(serving({"/v1/models": {"data": [{"id": "a"}]}}))
    connection = Connection(endpoint_at(server.base_url))
    await with_sizes(connection, await served_models(connection, 5.0), 5.0)
    assert [exchange.path for exchange in server.exchanges] == ["/v1/models"]
    await connection.close()


@pytest.mark.parametrize("local", [True, False])
async def test_a_server_that_does_not_answer_is_not_waited_for(
    local: bool, server: ScriptedServer
) -> None:
    server.script(Exchange.until_the_client_leaves)
    connection = Connection(endpoint_at(server.base_url, local=local, key="" if local else KEY))
    await connection.warm()
    with pytest.raises(ModelUnavailable, match=r"within 0.2 s"):
        await served_models(connection, 0.2)
    await connection.close()


async def test_listening_is_told_from_not_listening() -> None:
    async with ScriptedServer() as server:
        endpoint = endpoint_at(server.base_url)
        assert await listens(endpoint)
    assert not await listens(endpoint)


SHOWN = {"model_info": {"qwen3.context_length": 40960, "general.architecture": "qwen3"}}


@pytest.mark.parametrize(
    ("loaded", "shown", "size"),
    [
        ([], SHOWN, 4096),
        ([], {**SHOWN, "parameters": "stop x\nnum_ctx                        16384"}, 16384),
        ([], {"model_info": {"bert.context_length": 512}}, 512),
        ([], {}, 4096),
        ([{"name": "qwen3:latest", "context_length": 32768}], SHOWN, 32768),
        ([{"name": "other", "context_length": 32768}], SHOWN, 4096),
    ],
)
def test_ollamas_context_is_what_it_will_really_give(
    loaded: list[object], shown: object, size: int
) -> None:
    assert context_of("qwen3", {"models": loaded}, shown) == size


@pytest.mark.parametrize(("num_ctx", "size"), [(16384, 16384), (131072, 40960)])
def test_ollama_gives_the_context_that_it_is_asked_for_as_far_as_the_model_goes(
    num_ctx: int, size: int
) -> None:
    loaded = {"models": [{"name": "qwen3:latest", "context_length": 4096}]}
    assert context_of("qwen3", loaded, SHOWN, num_ctx) == size


async def test_ollama_is_asked_for_the_context(server: ScriptedServer) -> None:
    server.script(serving({"/api/ps": {"models": []}, "/api/show": SHOWN}))
    endpoint = endpoint_at(server.base_url, name="ollama", key="", local=True)
    assert await ollama_tells(endpoint, "qwen3", 5.0) == (4096, None)
    shows = [exchange for exchange in server.exchanges if exchange.path == "/api/show"]
    assert shows[0].json == {"model": "qwen3"}


async def test_ollamas_list_has_the_contexts_that_its_models_will_get(
    server: ScriptedServer,
) -> None:
    tags = {"models": [{"name": "qwen3:8b"}, {"name": "gemma3"}]}
    loaded = {"models": [{"name": "gemma3:latest", "context_length": 8192}]}
    server.script(serving({"/api/tags": tags, "/api/ps": loaded, "/api/show": SHOWN}))
    connection = Connection(endpoint_at(server.base_url, name="ollama", key="", local=True))
    infos = await with_sizes(connection, await served_models(connection, 5.0), 5.0)
    assert [(info.context_size, info.context_from) for info in infos] == [
        (4096, SERVER),
        (8192, SERVER),
    ]
    await connection.close()


async def test_a_model_that_ollama_says_nothing_of_is_listed_all_the_same(
    server: ScriptedServer,
) -> None:
    server.script(serving({"/api/tags": {"models": [{"name": "qwen3:8b"}]}}))
    connection = Connection(endpoint_at(server.base_url, name="ollama", key="", local=True))
    infos = await with_sizes(connection, await served_models(connection, 5.0), 5.0)
    assert [(info.name, info.context_size) for info in infos] == [("ollama/qwen3:8b", None)]
    await connection.close()


async def test_a_real_server_lists_its_model(llama_url: str) -> None:
    connection = Connection(endpoint_at(llama_url, name="llama", key="", local=True))
    found = await served_models(connection, 20.0)
    assert [info.name for info in found] == ["llama/tiny"]


async def test_an_unknown_ollama_model_is_a_model_error(server: ScriptedServer) -> None:
    server.script(serving({"/api/ps": {"models": []}}))
    endpoint = endpoint_at(server.base_url, name="ollama", key="", local=True)
    with pytest.raises(ModelError):
        await ollama_tells(endpoint, "gone", 5.0)
