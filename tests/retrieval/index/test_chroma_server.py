"""The vector index on a real `chroma run`, shared by several libraries and processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from chatui.domain.errors import ConfigError, RetrievalError
from chatui.retrieval.index.chroma_records import namespaced
from chatui.retrieval.index.chroma_server import ChromaServerIndex
from tests.retrieval.chroma_server import chroma_running, chroma_server, free_port, index_at
from tests.retrieval.directions import cosine, items, vector
from tests.scripted_server import Exchange, ScriptedServer

MODEL = "model-a"
KEY = "ck-0123456789abcdef"
Opened = Callable[[str], ChromaServerIndex]


@pytest.fixture(scope="session")
def chroma_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with chroma_running(tmp_path_factory.mktemp("chroma") / "data") as url:
        yield url


@pytest.fixture
async def opened(chroma_url: str) -> AsyncIterator[Opened]:
    """Opens the index of a library by its id, as one process of it would."""
    made: list[ChromaServerIndex] = []

    def open_index(library: str) -> ChromaServerIndex:
        made.append(index_at(chroma_server(chroma_url), library))
        return made[-1]

    yield open_index
    for index in made:
        await index.close()


@pytest.fixture
def c(request: pytest.FixtureRequest) -> str:
    """A collection of the test's own."""
    return str(request.node.name)


async def test_the_nearest_come_first_with_their_cosine_similarity(opened: Opened, c: str) -> None:
    index, stored, question = opened("one"), items(range(40)), vector(1000)
    await index.add(c, MODEL, stored)
    found = await index.query(c, question, 5, fingerprint=MODEL)
    expected = sorted(((cosine(question, kept), id_) for id_, kept in stored), reverse=True)[:5]
    assert [id_ for id_, _ in found] == [id_ for _, id_ in expected]
    assert [similarity for _, similarity in found] == pytest.approx(
        [similarity for similarity, _ in expected], abs=1e-5
    )


async def test_an_id_added_again_is_replaced_and_removed_ones_are_gone(
    opened: Opened, c: str
) -> None:
    index = opened("one")
    await index.add(c, MODEL, items(range(4)))
    await index.add(c, MODEL, [("chunk-1", vector(99))])
    await index.remove(c, ["chunk-0", "never-there"])
    assert (await index.query(c, vector(99), 1))[0][0] == "chunk-1"
    assert sorted(await index.ids(c)) == ["chunk-1", "chunk-2", "chunk-3"]
    assert await index.count(c) == 3


async def test_more_than_one_request_holds_is_sent_and_read_in_parts(
    opened: Opened, c: str
) -> None:
    index, stored = opened("one"), items(range(2300))
    await index.add(c, MODEL, stored)
    assert sorted(await index.ids(c)) == sorted(id_ for id_, _ in stored)
    found = await index.query_many(c, [kept for _, kept in stored[:250]], 1)
    assert [nearest[0][0] for nearest in found] == [id_ for id_, _ in stored[:250]]
    await index.remove(c, [id_ for id_, _ in stored[:2100]])
    assert await index.count(c) == 200


async def test_an_unknown_collection_is_empty(opened: Opened, c: str) -> None:
    index = opened("one")
    assert await index.query_many(c, [vector(1), vector(2)], 5) == [[], []]
    assert await index.count(c) == 0
    assert await index.ids(c) == []
    await index.remove(c, ["a"])
    await index.drop(c)


async def test_two_libraries_with_one_collection_name_do_not_touch_each_other(
    opened: Opened, c: str
) -> None:
    ours, theirs = opened("ours"), opened("theirs")
    await ours.add(c, MODEL, items(range(5)))
    await theirs.add(c, "model-b", [("chunk-1", vector(77, 8)), ("chunk-9", vector(78, 8))])
    assert sorted(await ours.ids(c)) == [f"chunk-{number}" for number in range(5)]
    assert sorted(await theirs.ids(c)) == ["chunk-1", "chunk-9"]
    await theirs.remove(c, ["chunk-1"])
    await theirs.drop(c)
    await theirs.clear()
    assert (await ours.query(c, vector(1), 1))[0][0] == "chunk-1"
    assert await ours.count(c) == 5


async def test_clearing_removes_every_collection_of_the_library(opened: Opened, c: str) -> None:
    index = opened("cleared")
    await index.add(c, MODEL, items(range(2)))
    await index.add(c + "-2", MODEL, items(range(3)))
    await index.clear()
    assert [await index.count(c), await index.count(c + "-2")] == [0, 0]


async def test_processes_of_one_library_see_what_the_others_write(opened: Opened, c: str) -> None:
    writers = [opened("one") for _ in range(4)]
    reader = opened("one")
    assert await reader.count(c) == 0
    parts = [items(range(at, at + 250)) for at in range(0, 1000, 250)]
    await asyncio.gather(
        *(writer.add(c, MODEL, part) for writer, part in zip(writers, parts, strict=True))
    )
    assert await reader.count(c) == 1000
    stored = [item for part in parts for item in part]
    found = await reader.query_many(c, [kept for _, kept in stored], 1)
    assert [nearest[0][0] for nearest in found] == [id_ for id_, _ in stored]


async def test_a_collection_made_anew_elsewhere_is_found_again(opened: Opened, c: str) -> None:
    here, there = opened("one"), opened("one")
    await here.add(c, MODEL, items(range(3)))
    await there.drop(c)
    assert await here.count(c) == 0
    await there.add(c, "model-b", [("new", vector(5, 8))])
    found = await here.query(c, vector(5, 8), 1, fingerprint="model-b")
    assert [id_ for id_, _ in found] == ["new"]
    await there.drop(c)
    await here.add(c, MODEL, items(range(2)))
    assert await there.count(c) == 2


@pytest.mark.parametrize(("fingerprint", "size"), [("model-b", 16), (MODEL, 8)])
async def test_vectors_of_another_model_are_refused(
    opened: Opened, c: str, fingerprint: str, size: int
) -> None:
    index = opened("one")
    await index.add(c, MODEL, items(range(2)))
    with pytest.raises(RetrievalError, match="another embedding model"):
        await index.add(c, fingerprint, [("x", vector(1, size))])
    with pytest.raises(RetrievalError, match="another embedding model"):
        await index.query(c, vector(1, size), 1, fingerprint=fingerprint)
    assert await index.count(c) == 2


async def test_a_server_that_is_not_there_is_named_with_what_to_do() -> None:
    index = index_at(chroma_server(f"http://127.0.0.1:{free_port()}"), "one")
    with pytest.raises(RetrievalError) as caught:
        await index.count("c")
    assert "cannot be reached (nothing answers there)" in str(caught.value)
    assert "start it, or empty retrieval.chroma.url" in str(caught.value)
    await index.close()


async def test_a_missing_database_is_named(chroma_url: str) -> None:
    index = index_at(chroma_server(chroma_url), "one", tenant="nobody", database="nothing")
    with pytest.raises(RetrievalError, match=r"no database 'nothing' of the tenant 'nobody'"):
        await index.add("c", MODEL, items(range(1)))
    await index.close()


async def test_an_address_that_is_none_is_a_mistake_in_the_config() -> None:
    index = index_at(chroma_server("localhost:8000"), "one")
    with pytest.raises(ConfigError, match=r"correct retrieval\.chroma\.url"):
        await index.count("c")


async def html(exchange: Exchange) -> None:
    await exchange.answer(200, "<html>Welcome to nginx</html>")


async def not_found(exchange: Exchange) -> None:
    await exchange.answer(404, {"detail": "Not Found"})


@pytest.mark.parametrize("script", [html, not_found])
async def test_what_is_no_chroma_server_is_told_apart(
    script: Callable[[Exchange], object],
) -> None:
    async with ScriptedServer(script) as server:  # type: ignore[arg-type]
        index = index_at(chroma_server(f"http://127.0.0.1:{server.port}"), "one")
        with pytest.raises(RetrievalError, match=r"[Cc]hroma server.*check retrieval\.chroma\.url"):
            await index.count("c")
        await index.close()


async def test_a_refused_key_is_not_repeated_and_says_where_to_set_it() -> None:
    async def refuse(exchange: Exchange) -> None:
        await exchange.answer(401, {"error": "AuthError", "message": f"bad key {KEY}"})

    async with ScriptedServer(refuse) as server:
        index = index_at(chroma_server(f"http://127.0.0.1:{server.port}", key=KEY), "one")
        with pytest.raises(RetrievalError) as caught:
            await index.count("c")
        assert str(caught.value).endswith("refused the key; set TEST_CHROMA_KEY.")
        await index.close()
        (exchange,) = server.exchanges
        assert exchange.headers["x-chroma-token"] == KEY
        assert "authorization" not in exchange.headers


async def test_the_key_chooses_the_tenant_and_its_only_database() -> None:
    async def limits(exchange: Exchange) -> None:
        await exchange.answer(200, {"max_batch_size": 50})

    async def identity(exchange: Exchange) -> None:
        await exchange.answer(200, {"tenant": "t-1", "databases": ["team docs"], "user_id": "u"})

    async with ScriptedServer(limits, identity, not_found) as server:
        index = index_at(chroma_server(f"http://127.0.0.1:{server.port}", key=KEY), "one")
        assert await index.count("c") == 0
        await index.close()
        assert server.exchanges[-1].path == (
            "/api/v2/tenants/t-1/databases/team%20docs/collections/" + namespaced("one", "c")
        )


async def test_an_overloaded_server_is_asked_again() -> None:
    async def busy(exchange: Exchange) -> None:
        await exchange.answer(503, {"error": "Unavailable"}, {"Retry-After": "0"})

    async def cut(exchange: Exchange) -> None:
        await exchange.cut()

    async def limits(exchange: Exchange) -> None:
        await exchange.answer(200, {"max_batch_size": 50})

    async with ScriptedServer(busy, cut, limits, not_found) as server:
        address = chroma_server(f"http://127.0.0.1:{server.port}", retries=2)
        index = index_at(address, "one", tenant="t", database="d")
        assert await index.count("c") == 0
        await index.close()
        assert len(server.exchanges) == 4


async def test_a_server_that_never_answers_is_given_up() -> None:
    async def silent(exchange: Exchange) -> None:
        await exchange.until_the_client_leaves()

    async with ScriptedServer(silent) as server:
        address = chroma_server(f"http://127.0.0.1:{server.port}", seconds=0.3)
        index = index_at(address, "one")
        with pytest.raises(RetrievalError, match=r"no answer in 0\.3 s"):
            await index.count("c")
        await index.close()
