"""Embedding on an endpoint: a real llama.cpp server, and one that fails as scripted."""

from __future__ import annotations

import base64
import math
import struct
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from chatui.domain.errors import BudgetExceeded, EmbedderFailed
from chatui.domain.usage import Usage
from chatui.retrieval.chunking.chunker import Chunker
from chatui.retrieval.embedding.endpoint import EmbeddingCall, EndpointEmbedder
from chatui.retrieval.embedding.similarity import cosine
from chatui.retrieval.web_service import Server, WebService
from chatui.system.api_key import KeySource
from tests.llama_server import llama_running
from tests.patience import PATIENCE
from tests.scripted_server import Exchange, Script, ScriptedServer
from tests.tiny_gguf import WIDTH, write_tiny_gguf

KEY = "sk-test-0123456789abcdef"


class Purse:
    """An account that remembers, and can be empty."""

    def __init__(self) -> None:
        self.calls: list[EmbeddingCall] = []
        self.empty = False

    @asynccontextmanager
    async def allowed(self, texts: Sequence[str]) -> AsyncIterator[None]:
        if self.empty:
            raise BudgetExceeded("The purse is empty.")
        yield

    async def book(self, call: EmbeddingCall) -> None:
        self.calls.append(call)

    async def close(self) -> None: ...


MakeEmbedder = Callable[..., EndpointEmbedder]


@pytest.fixture
async def make(tmp_path: Path) -> AsyncIterator[MakeEmbedder]:
    """Opens an embedder, as a new process with the same files would."""
    made: list[EndpointEmbedder] = []

    def make_embedder(
        url: str, *, retries: int = 0, model: str = "m", **options: Any
    ) -> EndpointEmbedder:
        key = KeySource(
            "the embedding endpoint",
            env="TEST_KEY",
            environ={"TEST_KEY": KEY},
            section="retrieval.embedder",
        )
        server = Server(
            "the embedding endpoint",
            url,
            key,
            "retrieval.embedder.base_url",
            "start it",
            retries=retries,
            seconds=PATIENCE,
        )
        options.setdefault("account", Purse())
        made.append(EndpointEmbedder(WebService(server), model, tmp_path / "cache", **options))
        return made[-1]

    yield make_embedder
    for embedder in made:
        await embedder.close()


@pytest.fixture(scope="session")
def llama_embeddings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("embedding")
    model = write_tiny_gguf(folder / "tiny.gguf", pooled=True)
    with llama_running(model, "--embedding", "true") as url:
        yield url


def direction(text: str, dimensions: int = 4) -> list[float]:
    """A vector of the text's own, the same each time."""
    return [1.0 + math.sin(sum(map(ord, text)) * (place + 1)) for place in range(dimensions)]


def embedding(dimensions: int = 4, *, packed: bool = False, tokens: int = 0) -> Script:
    """The script of an endpoint without any fault."""

    async def script(exchange: Exchange) -> None:
        vectors = [direction(text, dimensions) for text in exchange.json["input"]]
        sent = [
            base64.b64encode(struct.pack(f"<{len(one)}f", *one)).decode() if packed else one
            for one in vectors
        ]
        data = [{"index": at, "embedding": one} for at, one in enumerate(sent)]
        usage = {"usage": {"prompt_tokens": tokens, "total_tokens": tokens}} if tokens else {}
        await exchange.answer(200, {"data": data, **usage})

    return script


def failing(status: int, message: str, headers: dict[str, str] | None = None) -> Script:
    async def script(exchange: Exchange) -> None:
        await exchange.error(status, message, headers)

    return script


def sending(body: object) -> Script:
    async def script(exchange: Exchange) -> None:
        await exchange.answer(200, body)

    return script


async def cut(exchange: Exchange) -> None:
    await exchange.head(200, {"Content-Type": "application/json"})
    await exchange.raw(b'{"data": [')
    await exchange.cut()


def inputs(server: ScriptedServer) -> list[list[str]]:
    return [exchange.json["input"] for exchange in server.exchanges]


# A real server


async def test_a_real_server_embeds_documents_and_questions(
    make: MakeEmbedder, llama_embeddings: str
) -> None:
    purse = Purse()
    embedder = make(llama_embeddings, model="tiny", account=purse, batch=2)
    texts = ["amber birch", "cedar", "", "delta ember fjord", "amber birch"]
    vectors = await embedder.embed_documents(texts)
    assert await embedder.dimensions() == WIDTH
    assert {len(vector) for vector in vectors} == {4 * WIDTH}
    assert all(cosine(vector, vector) == pytest.approx(1, abs=1e-5) for vector in vectors)
    assert cosine(vectors[0], vectors[4]) == pytest.approx(1, abs=1e-5)
    assert cosine(vectors[0], vectors[3]) < 0.999
    assert cosine(await embedder.embed_query("cedar"), vectors[1]) == pytest.approx(1, abs=1e-4)
    assert all(call.usage and call.usage.input > 0 for call in purse.calls)


async def test_the_chunker_cuts_by_the_bundled_tokenizer(make: MakeEmbedder) -> None:
    file, limit = await make("http://127.0.0.1:9").tokenizer_file()
    assert limit > 8000
    assert Chunker.by_tokens(file, limit, 200).measure(["two words"]) == [2]


# What is sent


async def test_documents_go_out_in_batches_and_come_back_in_order(make: MakeEmbedder) -> None:
    async with ScriptedServer(embedding(packed=True)) as server:
        embedder = make(server.base_url, batch=3)
        texts = [f"text {number}" for number in range(10)]
        vectors = await embedder.embed_documents(texts)
        assert len(vectors) == 10
        again = [await embedder.embed_query(text) for text in texts]
        assert vectors == again
        # They are under way at once, and arrive as they do.
        assert sorted(len(part) for part in inputs(server)[1:5]) == [1, 3, 3, 3]


async def test_prompts_stand_in_front_of_documents_and_of_questions(make: MakeEmbedder) -> None:
    async with ScriptedServer(embedding()) as server:
        embedder = make(server.base_url, query_prompt="query: ", document_prompt="passage: ")
        await embedder.embed_documents(["a"])
        await embedder.embed_query("b")
        assert inputs(server)[1:] == [["passage: a"], ["query: b"]]


async def test_the_key_and_no_more_is_sent_along(make: MakeEmbedder) -> None:
    async with ScriptedServer(embedding()) as server:
        await make(server.base_url).fingerprint()
        headers = server.exchanges[0].headers
        assert headers["authorization"] == f"Bearer {KEY}"
        assert headers["user-agent"] == "chatui"
        assert server.exchanges[0].path == "/v1/embeddings"


async def test_text_that_is_none_is_made_sendable(make: MakeEmbedder) -> None:
    async with ScriptedServer(embedding()) as server:
        await make(server.base_url).embed_documents(["", " \n", "half \ud800"])
        assert inputs(server)[-1] == [".", ".", "half ?"]


# The model's identity


async def test_the_fingerprint_is_kept_and_asks_nothing_the_next_time(make: MakeEmbedder) -> None:
    async with ScriptedServer(embedding()) as server:
        first = await make(server.base_url).fingerprint()
        assert await make(server.base_url).fingerprint() == first
        assert len(server.exchanges) == 1
        assert await make(server.base_url, model="other").fingerprint() != first


async def test_the_fingerprint_is_the_same_on_every_machine(
    make: MakeEmbedder, tmp_path: Path
) -> None:
    async with ScriptedServer(embedding()) as server:
        first = await make(server.base_url).fingerprint()
        for known in (tmp_path / "cache" / "endpoints").iterdir():
            known.unlink()
        assert await make(server.base_url).fingerprint() == first


async def test_a_search_sees_a_changed_model_without_a_request_of_its_own(
    make: MakeEmbedder,
) -> None:
    async with ScriptedServer(embedding()) as server:
        before = await make(server.base_url).fingerprint()
        embedder = make(server.base_url)
        await embedder.embed_query("a")
        await embedder.embed_query("b")
        assert [len(part) for part in inputs(server)] == [1, 2, 1]
        assert await embedder.fingerprint() == before


@pytest.mark.parametrize("dimensions", [5, 4])
async def test_another_model_behind_the_name_is_noticed(
    make: MakeEmbedder, dimensions: int
) -> None:
    async def other(exchange: Exchange) -> None:
        vector = ([-1.0, 0.5] * dimensions)[:dimensions]
        data = [{"embedding": vector} for _ in exchange.json["input"]]
        await exchange.answer(200, {"data": data})

    async with ScriptedServer(embedding()) as server:
        before = await make(server.base_url).fingerprint()
        server.script(other)
        with pytest.raises(EmbedderFailed, match="another model behind the name"):
            await make(server.base_url).embed_query("a")
        changed = make(server.base_url)
        assert await changed.fingerprint() not in ("", before)
        assert len(await changed.embed_query("a")) == 4 * dimensions
        assert len(await changed.embed_documents(["a", "b"])) == 2


# Faults


@pytest.mark.parametrize(
    "fault",
    [
        failing(429, "slow down", {"Retry-After": "0"}),
        failing(500, "overloaded"),
        failing(503, "starting", {"Retry-After": "0"}),
        failing(529, "full", {"Retry-After": "Tue, 21 Oct 2025 07:28:00 GMT"}),
        failing(500, "lost", {"Retry-After": "soon"}),
        cut,
    ],
)
async def test_a_fault_that_passes_costs_nothing_but_time(
    make: MakeEmbedder, fault: Script
) -> None:
    async with ScriptedServer(fault, embedding()) as server:
        embedder = make(server.base_url, retries=1)
        assert await embedder.dimensions() == 4
        assert len(server.exchanges) == 2


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (failing(401, f"bad key {KEY}"), "refused the key; set TEST_KEY."),
        (failing(403, f"no access for {KEY}"), "does not allow this (no access for …); set"),
        (failing(404, "no model m"), "does not serve this (no model m); check its settings."),
        (failing(429, "slow down"), "limits how often it is asked (slow down); try again in a"),
        (failing(429, "insufficient_quota"), "(insufficient_quota)"),
        (failing(500, "boom"), "failed with HTTP 500 (boom); try again later."),
        (failing(302, ""), "sends elsewhere (HTTP 302); correct retrieval.embedder.base_url."),
        (cut, "cannot be reached (the connection broke); start it."),
        (sending("<html>hello</html>"), "is not the embedding endpoint; check retrieval.embedder"),
        (sending({"error": {"message": "no such model"}}), "no such model; check"),
        (sending({"data": []}), "it sent 0 vectors for 1 texts"),
        (sending({"data": [{"embedding": [float("nan")]}]}), "no list of numbers"),
    ],
)
async def test_a_fault_that_lasts_is_one_sentence_without_the_key(
    make: MakeEmbedder, fault: Script, sentence: str
) -> None:
    async with ScriptedServer(fault) as server:
        with pytest.raises(EmbedderFailed) as caught:
            await make(server.base_url).fingerprint()
        assert sentence in str(caught.value)
        assert KEY not in str(caught.value)
        assert len(server.exchanges) == 1


@pytest.mark.parametrize(
    "fault",
    [
        failing(429, "slow down", {"Retry-After": "3600"}),
        failing(429, "slow down", {"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}),
        failing(429, "slow down", {"Retry-After": "inf"}),
        failing(429, "insufficient_quota", {"Retry-After": "0"}),
        failing(501, "no embeddings here", {"Retry-After": "0"}),
    ],
)
async def test_what_will_not_pass_soon_is_not_asked_again(
    make: MakeEmbedder, fault: Script
) -> None:
    async with ScriptedServer(fault) as server:
        with pytest.raises(EmbedderFailed):
            await make(server.base_url, retries=1).fingerprint()
        assert len(server.exchanges) == 1


async def test_an_endpoint_that_does_not_answer_is_named(make: MakeEmbedder) -> None:
    with pytest.raises(EmbedderFailed, match=r"cannot be reached \(nothing answers there\)"):
        await make("http://127.0.0.1:9/v1").embed_query("a")


async def test_a_server_without_base64_is_asked_for_numbers(make: MakeEmbedder) -> None:
    async with ScriptedServer(failing(422, "unknown field encoding_format"), embedding()) as server:
        await make(server.base_url).fingerprint()
        assert "encoding_format" not in server.exchanges[1].json


async def test_what_is_too_much_is_sent_in_halves(make: MakeEmbedder) -> None:
    async def small(exchange: Exchange) -> None:
        texts = exchange.json["input"]
        if len(texts) > 2 or any(len(text) > 300 for text in texts):
            await exchange.error(400, "input exceeds the maximum context length")
        else:
            await embedding()(exchange)

    async with ScriptedServer(small) as server:
        embedder = make(server.base_url)
        long = "x" * 1000
        vectors = await embedder.embed_documents(["a", "b", "c", "d", long])
        assert vectors[:4] == [await embedder.embed_query(text) for text in "abcd"]
        assert vectors[4] == await embedder.embed_query(long[:250])


# Money


async def test_every_answered_request_is_booked_with_its_tokens(make: MakeEmbedder) -> None:
    purse = Purse()
    async with ScriptedServer(embedding(tokens=7)) as server:
        embedder = make(server.base_url, account=purse, batch=2)
        await embedder.embed_documents(["a", "b", "c"])
        assert [call.usage for call in purse.calls] == [Usage(input=7)] * 3
        assert sorted(len(call.texts) for call in purse.calls) == [1, 1, 2]


async def test_an_empty_purse_asks_nothing(make: MakeEmbedder) -> None:
    purse = Purse()
    purse.empty = True
    async with ScriptedServer(embedding()) as server:
        with pytest.raises(BudgetExceeded):
            await make(server.base_url, account=purse).embed_query("a")
        assert server.exchanges == []
