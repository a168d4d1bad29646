"""Names, lists and choices of models, over endpoints that run, don't, or lack a key."""

import asyncio
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from chatui.domain.conversation import FinishReason
from chatui.domain.errors import ModelUnavailable, UnknownModel
from chatui.models import catalog as catalog_module
from chatui.models.base import (
    PRICE_LIST,
    SERVER,
    Finished,
    ModelEvent,
    ModelInfo,
    ModelRequest,
    TextDelta,
)
from chatui.models.catalog import BUILTIN, Catalog
from chatui.models.files.model_files import ModelFiles
from chatui.models.hosted.discovery import NUM_CTX
from chatui.models.hosted.endpoint import Endpoint
from chatui.system.api_key import KeySource
from tests.models.conftest import ask, endpoint_at
from tests.scripted_server import Exchange, Script, ScriptedServer, saying

NOWHERE = "http://127.0.0.1:9/v1"
"""The discard port: nothing listens there."""


class Quoting:
    """Stands where builtin/extract stands."""

    info = BUILTIN
    closed = False

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        yield Finished(FinishReason.STOP)

    async def close(self) -> None:
        self.closed = True


CatalogMaker = Callable[..., Catalog]


@contextmanager
def refused() -> Iterator[list[str]]:
    """The connections to NOWHERE that this process tries meanwhile."""
    tried: list[str] = []

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if watching and event == "socket.connect" and arguments[1][1] == 9:
            tried.append(arguments[1][0])

    watching = True
    sys.addaudithook(hook)
    yield tried
    watching = False


@pytest.fixture
async def make_catalog(tmp_path: Path) -> AsyncIterator[CatalogMaker]:
    made: list[Catalog] = []

    def make(*endpoints: Endpoint, **fields: Any) -> Catalog:
        made.append(Catalog(endpoints, ModelFiles(tmp_path / "models"), Quoting, **fields))
        return made[-1]

    yield make
    for catalog in made:
        await catalog.close()


def openai(key: str = "k", **fields: Any) -> Endpoint:
    return endpoint_at(NOWHERE, name="openai", key=key, **fields)


def keyless(name: str = "deepseek") -> Endpoint:
    endpoint = endpoint_at(NOWHERE, name=name)
    endpoint.key._environ = {}
    return endpoint


def ollama(url: str = NOWHERE, **fields: Any) -> Endpoint:
    return endpoint_at(url, name="ollama", key="", local=True, **fields)


async def ollama_with_two_models(exchange: Exchange) -> None:
    answers = {
        "/api/tags": {"models": [{"name": "qwen3:8b"}, {"name": "gemma3:latest"}]},
        "/api/ps": {"models": [{"name": "gemma3:latest", "context_length": 8192}]},
        "/api/show": {"parameters": "num_ctx 2048"},
    }
    if exchange.path in answers:
        await exchange.answer(200, answers[exchange.path])
    else:
        await saying("Hello")(exchange)


async def test_auto_takes_the_configured_model_first(make_catalog: CatalogMaker) -> None:
    catalog = make_catalog(openai(), ollama())
    assert await catalog.auto("builtin/extract", "openai/gpt-5") == "openai/gpt-5"


async def test_auto_takes_the_last_used_model_before_a_key(make_catalog: CatalogMaker) -> None:
    catalog = make_catalog(openai(), endpoint_at(NOWHERE, name="deepseek"))
    assert await catalog.auto("deepseek/deepseek-reasoner") == "deepseek/deepseek-reasoner"
    assert await catalog.auto(BUILTIN.name) == BUILTIN.name


@pytest.mark.parametrize("last", ["gone/model", "ollama/qwen3", "keyless/x", "local/file"])
async def test_auto_passes_over_a_last_used_model_that_can_not_be_used(
    last: str, make_catalog: CatalogMaker
) -> None:
    catalog = make_catalog(openai(), ollama(), keyless("keyless"))
    assert await catalog.auto(last) == "openai/gpt-5-mini"


async def test_auto_takes_a_hosted_provider_only_when_its_key_is_set(
    make_catalog: CatalogMaker,
) -> None:
    assert await make_catalog(keyless(), openai()).auto() == "openai/gpt-5-mini"
    assert await make_catalog(keyless(), ollama()).auto() == BUILTIN.name


@pytest.mark.parametrize(
    ("named", "models", "taken"),
    [
        ("GEMINI_API_KEY,GOOGLE_API_KEY", (), BUILTIN.name),
        ("GOOGLE_API_KEY", (), "google/gemini-3.8-flash"),
        ("GEMINI_API_KEY,GOOGLE_API_KEY", ("gemini-x",), "google/gemini-x"),
    ],
    ids=["by itself", "named in the config", "with models"],
)
async def test_a_key_that_other_services_share_makes_auto_take_nothing_by_itself(
    named: str, models: tuple[str, ...], taken: str, make_catalog: CatalogMaker
) -> None:
    key = KeySource("google", env=named, environ={"GOOGLE_API_KEY": "k"})
    catalog = make_catalog(Endpoint("google", NOWHERE, key, models))
    assert await catalog.auto() == taken
    assert await catalog.auto("google/gemini-3.8-flash") == "google/gemini-3.8-flash"
    assert catalog.keys() == {"google": "GOOGLE_API_KEY"}


async def test_auto_takes_the_first_configured_model_of_a_provider(
    make_catalog: CatalogMaker,
) -> None:
    assert await make_catalog(openai(models=("gpt-x", "gpt-y"))).auto() == "openai/gpt-x"


async def test_auto_takes_no_provider_of_unknown_models(make_catalog: CatalogMaker) -> None:
    assert await make_catalog(endpoint_at(NOWHERE, name="mine")).auto() == BUILTIN.name


async def test_auto_takes_a_running_ollama_before_the_built_in_model(
    server: ScriptedServer, make_catalog: CatalogMaker
) -> None:
    server.script(ollama_with_two_models)
    assert await make_catalog(ollama(server.base_url)).auto() == "ollama/qwen3:8b"
    chosen = make_catalog(ollama(server.base_url, models=("gemma3:latest", "gone")))
    assert await chosen.auto() == "ollama/gemma3:latest"


async def test_auto_takes_the_last_used_model_of_a_running_ollama(
    server: ScriptedServer, make_catalog: CatalogMaker
) -> None:
    server.script(ollama_with_two_models)
    catalog = make_catalog(openai(), ollama(server.base_url))
    assert await catalog.auto("ollama/gemma3") == "ollama/gemma3"


async def test_a_local_server_is_asked_once_for_many_choices(
    server: ScriptedServer, make_catalog: CatalogMaker
) -> None:
    server.script(ollama_with_two_models)
    catalog = make_catalog(ollama(server.base_url))

    chosen = await asyncio.gather(*(catalog.auto() for _ in range(5)), catalog.auto("ollama/x"))

    assert set(chosen) == {"ollama/qwen3:8b"}
    assert [exchange.path for exchange in server.exchanges] == ["/api/tags"]


async def test_a_server_that_is_not_there_is_probed_once(make_catalog: CatalogMaker) -> None:
    with refused() as probes:
        catalog = make_catalog(ollama())
        for _ in range(5):
            assert await catalog.auto() == BUILTIN.name

    assert len(probes) == 1


async def test_the_list_of_models_is_always_asked_for_anew(
    server: ScriptedServer, make_catalog: CatalogMaker
) -> None:
    """Also by who started the server since: `auto` knows it from then on."""
    begun = asyncio.Event()

    async def none_at_first(exchange: Exchange) -> None:
        if begun.is_set():
            await ollama_with_two_models(exchange)
        else:
            await exchange.answer(200, {"models": []})

    server.script(none_at_first)
    catalog = make_catalog(ollama(server.base_url))
    assert await catalog.auto() == BUILTIN.name
    begun.set()
    assert await catalog.auto() == BUILTIN.name

    assert "ollama/qwen3:8b" in [info.name for info in (await catalog.listing()).models]

    assert await catalog.auto() == "ollama/qwen3:8b"


async def test_what_a_local_server_said_is_forgotten_after_a_while(
    server: ScriptedServer, make_catalog: CatalogMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog_module, "HEARD_SECONDS", 0.0)
    server.script(ollama_with_two_models)
    catalog = make_catalog(ollama(server.base_url))

    await catalog.auto()
    await catalog.auto()

    assert len(server.exchanges) == 2


async def test_auto_does_not_wait_for_a_server_that_hangs(
    server: ScriptedServer, make_catalog: CatalogMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog_module, "PROBE_SECONDS", 0.1)
    server.script(Exchange.until_the_client_leaves)
    catalog = make_catalog(ollama(server.base_url))
    assert await catalog.auto() == BUILTIN.name


async def test_auto_passes_over_files_that_need_a_server(
    tmp_path: Path, make_catalog: CatalogMaker
) -> None:
    add_file(tmp_path, "Tiny-Q8_0.gguf")
    assert await make_catalog().auto("local/Tiny-Q8_0") == BUILTIN.name


def add_file(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "models"
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"GGUF")


async def test_a_file_is_listed_and_says_what_it_needs_when_opened(
    tmp_path: Path, make_catalog: CatalogMaker
) -> None:
    add_file(tmp_path, "Tiny-Q8_0.gguf")
    catalog = make_catalog()
    assert "local/Tiny-Q8_0" in catalog.names()
    assert await catalog.resolve("tiny-q8_0") == "local/Tiny-Q8_0"
    with pytest.raises(ModelUnavailable, match=r"llama_cpp.server --model .*Tiny-Q8_0.gguf"):
        await catalog.open("local/Tiny-Q8_0")


async def test_names_hold_what_can_be_used_without_asking(make_catalog: CatalogMaker) -> None:
    catalog = make_catalog(openai(), keyless(), ollama(models=("qwen3",)))
    assert catalog.names() == (BUILTIN.name, "openai/gpt-5-mini", "ollama/qwen3")


async def test_the_list_joins_what_all_providers_serve(
    server: ScriptedServer, make_catalog: CatalogMaker
) -> None:
    server.script(ollama_with_two_models)
    async with ScriptedServer() as hosted:
        data = [{"id": "gpt-5", "context_length": 9}, {"id": "gpt-4"}]
        hosted.script(lambda exchange: exchange.answer(200, {"data": data}))
        catalog = make_catalog(
            endpoint_at(hosted.base_url, name="openai", models=("gpt-5",)),
            ollama(server.base_url),
            context_size=lambda name: 128,
        )
        listing = await catalog.listing()
    assert listing.notes == ()
    assert [(info.name, info.context_size, info.local) for info in listing.models] == [
        (BUILTIN.name, None, True),
        ("openai/gpt-5", 9, False),
        ("openai/gpt-4", 128, False),
        ("ollama/qwen3:8b", None, True),
        ("ollama/gemma3:latest", None, True),
    ]


async def test_a_provider_that_fails_gives_a_note_and_the_others_are_listed(
    server: ScriptedServer, make_catalog: CatalogMaker
) -> None:
    server.script(lambda exchange: exchange.error(500, "Oops"))
    failing = endpoint_at(server.base_url, name="failing", models=("known",))
    listing = await make_catalog(failing, ollama(), keyless()).listing()
    assert [info.name for info in listing.models] == [BUILTIN.name, "failing/known"]
    assert len(listing.notes) == 1
    assert "failing failed with HTTP 500 (Oops)" in listing.notes[0]


async def test_a_wrong_address_gives_a_note(make_catalog: CatalogMaker) -> None:
    wrong = endpoint_at("nonsense", name="wrong", key="", local=True)
    listing = await make_catalog(wrong).listing()
    assert "no http(s) address" in listing.notes[0]
    assert await make_catalog(wrong).auto() == BUILTIN.name


async def test_a_full_name_of_a_known_provider_is_taken_as_it_is(
    make_catalog: CatalogMaker,
) -> None:
    catalog = make_catalog(openai(), keyless("openrouter"))
    assert await catalog.resolve(" openai/gpt-99 ") == "openai/gpt-99"
    assert await catalog.resolve("openrouter/a/b") == "openrouter/a/b"


async def test_a_bare_name_is_found_though_the_key_is_missing(make_catalog: CatalogMaker) -> None:
    assert await make_catalog(keyless()).resolve("deepseek-chat") == "deepseek/deepseek-chat"


async def test_a_bare_name_is_looked_for_where_models_are_served(
    server: ScriptedServer, make_catalog: CatalogMaker
) -> None:
    server.script(ollama_with_two_models)
    catalog = make_catalog(ollama(server.base_url))
    assert await catalog.resolve("gemma3") == "ollama/gemma3:latest"


@pytest.mark.parametrize("name", ["", "gpt-5-mimi", "opnai/gpt-5-mini", "openai/"])
async def test_an_unknown_name_is_an_error(name: str, make_catalog: CatalogMaker) -> None:
    with pytest.raises(UnknownModel):
        await make_catalog(openai()).resolve(name)


async def test_an_opened_model_answers(server: ScriptedServer, make_catalog: CatalogMaker) -> None:
    catalog = make_catalog(endpoint_at(server.base_url, context_size=77))
    model = await catalog.open("test/tiny")
    assert model.info == ModelInfo(
        "test/tiny", context_size=77, context_from="config", takes=frozenset()
    )
    assert TextDelta("Hello") in [event async for event in model.stream(ask())]
    assert server.exchanges[0].json["model"] == "tiny"
    assert await catalog.open("test/tiny") is model


async def test_the_price_data_tells_the_context_of_a_hosted_model(
    make_catalog: CatalogMaker,
) -> None:
    sizes = {"openai/gpt-5-mini": 400_000}
    catalog = make_catalog(openai(), context_size=sizes.get)
    assert (await catalog.open("gpt-5-mini")).info.context_size == 400_000


async def test_what_a_provider_tells_counts_more_than_the_price_data(
    server: ScriptedServer, make_catalog: CatalogMaker
) -> None:
    pricing = {"prompt": "0.000001", "completion": "0.000002"}
    data = [{"id": "a", "context_length": 8192, "pricing": pricing}]
    server.script(lambda exchange: exchange.answer(200, {"data": data}))
    told: list[ModelInfo] = []
    catalog = make_catalog(
        endpoint_at(server.base_url), context_size=lambda name: 128, on_told=told.extend
    )
    await catalog.listing()
    info = await catalog.info("test/a")
    assert (info.context_size, info.context_from) == (8192, SERVER)
    assert [one.price is not None for one in told] == [True]


async def test_a_provider_is_heard_of_one_model(
    server: ScriptedServer, make_catalog: CatalogMaker
) -> None:
    server.script(
        lambda exchange: exchange.answer(200, {"data": [{"id": "a", "context_length": 9}]})
    )
    catalog = make_catalog(endpoint_at(server.base_url), context_size=lambda name: 128)
    assert (await catalog.info("test/a")).context_size == 128
    await catalog.hear("test/a")
    assert (await catalog.info("test/a")).context_size == 9


async def test_a_provider_without_a_key_is_not_asked(
    server: ScriptedServer, make_catalog: CatalogMaker
) -> None:
    endpoint = replace(keyless("test"), base_url=server.base_url)
    await make_catalog(endpoint).hear("test/a")
    assert server.exchanges == []


@pytest.mark.parametrize(
    "answer",
    [
        lambda exchange: exchange.error(404, "no such path"),
        lambda exchange: exchange.answer(200, "<html>Welcome</html>"),
        lambda exchange: exchange.answer(200, ""),
        lambda exchange: exchange.answer(200, {"data": None}),
    ],
)
async def test_what_is_configured_stays_usable_where_no_list_is_served(
    answer: Script, server: ScriptedServer, make_catalog: CatalogMaker
) -> None:
    server.script(answer)
    catalog = make_catalog(endpoint_at(server.base_url, models=("own",)))
    listing = await catalog.listing()
    assert [info.name for info in listing.models] == [BUILTIN.name, "test/own"]
    server.script(saying("Hello"))
    model = await catalog.open("own")
    assert TextDelta("Hello") in [event async for event in model.stream(ask())]


async def test_a_prompt_may_be_shorter_than_the_context(make_catalog: CatalogMaker) -> None:
    catalog = make_catalog(
        openai(),
        context_size=lambda name: 400_000,
        input_limit=lambda name, size: size and size - 128_000,
    )
    info = await catalog.info("openai/gpt-5-mini")
    assert (info.context_from, info.max_input) == (PRICE_LIST, 272_000)


@pytest.mark.parametrize("is_old", [True, False])
async def test_a_provider_whose_word_is_old_is_asked_again_beside_a_call(
    server: ScriptedServer, make_catalog: CatalogMaker, is_old: bool
) -> None:
    told: list[str] = []

    async def listing(exchange: Exchange) -> None:
        await exchange.answer(200, {"data": [{"id": "a", "context_length": 8192}]})

    server.script(listing)
    catalog = make_catalog(
        endpoint_at(server.base_url, name="router"),
        is_old=lambda provider: is_old,
        on_told=lambda infos: told.extend(info.name for info in infos),
    )
    await catalog.open("router/a")
    await catalog.open("router/b")
    await asyncio.gather(*catalog._asking_again.values())
    assert told == ["router/a"] * is_old


async def test_a_context_that_was_told_to_an_earlier_process_has_its_day(
    make_catalog: CatalogMaker,
) -> None:
    catalog = make_catalog(
        openai(), context_size=lambda name: 8192, context_day=lambda name: date(2026, 5, 1)
    )
    info = await catalog.info("openai/gpt-5-mini")
    assert (info.context_size, info.context_from) == (8192, "the server, on 2026-05-01")


async def test_ollama_tells_the_context_that_it_will_give(
    server: ScriptedServer, make_catalog: CatalogMaker
) -> None:
    server.script(ollama_with_two_models)
    catalog = make_catalog(ollama(server.base_url))
    assert (await catalog.info("ollama/gemma3")).context_size == 8192
    assert (await catalog.open("ollama/qwen3:8b")).info.context_size == 2048


async def test_ollama_holds_the_context_that_it_is_asked_for(
    server: ScriptedServer, make_catalog: CatalogMaker
) -> None:
    server.script(ollama_with_two_models)
    catalog = make_catalog(ollama(server.base_url, num_ctx=4096))
    info = await catalog.info("ollama/qwen3:8b")
    assert (info.context_size, info.context_from) == (4096, NUM_CTX)


async def test_a_local_server_is_not_asked_for_the_context_at_every_keystroke(
    server: ScriptedServer, make_catalog: CatalogMaker
) -> None:
    server.script(ollama_with_two_models)
    catalog = make_catalog(ollama(server.base_url))
    for _ in range(5):
        await catalog.info("ollama/gemma3")
    assert len(server.exchanges) == 2


async def test_a_local_server_that_is_down_opens_with_an_unknown_context(
    make_catalog: CatalogMaker,
) -> None:
    model = await make_catalog(ollama()).open("ollama/qwen3")
    assert model.info.name == "ollama/qwen3"
    assert model.info.local
    assert model.info.context_size is None
    with pytest.raises(ModelUnavailable, match="start it"):
        _ = [event async for event in model.stream(ask())]


async def test_the_built_in_model_is_made_once_and_closed_at_the_end(
    make_catalog: CatalogMaker,
) -> None:
    catalog = make_catalog()
    model = await catalog.open("extract")
    assert isinstance(model, Quoting)
    assert await catalog.open(BUILTIN.name) is model
    await catalog.close()
    assert model.closed


async def test_warming_sends_nothing(server: ScriptedServer, make_catalog: CatalogMaker) -> None:
    catalog = make_catalog(endpoint_at(server.base_url))
    await catalog.warm("test/tiny")
    await catalog.warm(BUILTIN.name)
    assert server.exchanges == []


@pytest.mark.parametrize("name", ["deepseek/any-model", "any-model"])
async def test_a_model_without_its_key_lacks_it_and_nobody_is_asked(
    make_catalog: CatalogMaker, name: str
) -> None:
    endpoint = endpoint_at(NOWHERE, name="deepseek", models=("any-model",))
    endpoint.key._environ = {}
    catalog = make_catalog(endpoint, openai())
    with refused() as tried:
        assert await catalog.lacking(name) == (
            "deepseek/any-model can't answer yet: deepseek needs an API key; set TEST_KEY and "
            "start chatui again."
        )
    assert tried == []


@pytest.mark.parametrize("name", ["openai/gpt-5-mini", "auto", "builtin/extract", "who/knows"])
async def test_a_model_that_needs_no_key_or_has_it_lacks_nothing(
    make_catalog: CatalogMaker, name: str
) -> None:
    assert await make_catalog(openai(), keyless()).lacking(name) == ""


async def test_models_without_their_key_are_known_with_what_to_do(
    make_catalog: CatalogMaker,
) -> None:
    catalog = make_catalog(openai(), keyless(), endpoint_at(NOWHERE, name="near", local=True))

    assert catalog.without_key(["deepseek/v9", "openai/gpt-5", "gone/model"]) == {
        "deepseek/deepseek-chat": "set TEST_KEY",
        "deepseek/v9": "set TEST_KEY",
    }
