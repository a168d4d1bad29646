"""Documents on servers: two machines share a real Chroma server and a real endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from chatui.bootstrap.documents import Documents, open_documents
from chatui.bootstrap.pricing import embedding_provider, price_book
from chatui.config.paths import Paths, resolve
from chatui.config.schema import (
    Budget,
    ChromaSettings,
    Config,
    EmbedderSettings,
    PriceEntry,
    Retrieval,
)
from chatui.domain.errors import BudgetExceeded, ConfigError, IndexDamaged
from chatui.memory.store.store import ChatStore
from chatui.retrieval.ingest.report import IngestReport
from tests.document_servers import servers_running

PRICE = PriceEntry(input=Decimal(2), output=Decimal(0))


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The URLs of a Chroma server and of an embedding endpoint."""
    with servers_running(tmp_path_factory.mktemp("servers")) as urls:
        yield urls


@pytest.fixture
def config(servers: tuple[str, str]) -> Config:
    chroma, llama = servers
    return Config(
        retrieval=Retrieval(
            chroma=ChromaSettings(url=chroma),
            embedder=EmbedderSettings(provider="openai-compatible", model="tiny", base_url=llama),
        ),
        prices={"tiny": PRICE},
    )


def machine(tmp_path: Path, name: str) -> Paths:
    return resolve(None, tmp_path / name)


def notes(folder: Path, *texts: str) -> Path:
    folder.mkdir(parents=True)
    for number, text in enumerate(texts):
        (folder / f"note-{number}.md").write_text(f"# Note\n\n{text}\n")
    return folder


async def ingest(documents: Documents, folder: Path) -> IngestReport:
    run = documents.ingestor.run([folder], collection="team")
    *_, report = [event async for event in run]
    assert isinstance(report, IngestReport)
    return report


async def found(documents: Documents, query: str) -> list[str]:
    passages = await documents.retriever.search(query, collection="team", k=3, mode="dense")
    return [passage.text for passage in passages]


async def test_two_machines_share_a_server_without_touching_each_other(
    config: Config, tmp_path: Path
) -> None:
    folder = notes(tmp_path / "docs", "amber birch cedar", "delta ember fjord", "grove heron")
    async with (
        open_documents(config, machine(tmp_path, "one")) as one,
        open_documents(config, machine(tmp_path, "two")) as two,
    ):
        await asyncio.gather(ingest(one, folder), ingest(two, folder))
        (folder / "note-2.md").unlink()
        assert (await ingest(two, folder)).removed == 1
        assert (await one.upkeep.check("team")).sound
        assert (await two.upkeep.check("team")).sound
        assert len(await found(one, "grove")) == 3
        assert len(await found(two, "grove")) == 2
        await two.upkeep.remove("team")
        check = await one.upkeep.check("team")
        assert (check.sound, check.checked) == (True, 3)


async def test_a_lost_index_is_noticed_and_made_anew_without_embedding(
    config: Config, tmp_path: Path
) -> None:
    folder = notes(tmp_path / "docs", "amber birch cedar", "delta ember fjord")
    paths = machine(tmp_path, "one")
    async with open_documents(config, paths) as documents:
        await ingest(documents, folder)
        await documents.index.drop("team")
        with pytest.raises(IndexDamaged, match="collections rebuild team"):
            await found(documents, "amber")
        before = await calls(paths)
        async for _ in documents.upkeep.rebuild("team"):
            pass
        assert await calls(paths) == before
        assert (await documents.upkeep.check("team")).sound
        assert len(await found(documents, "amber")) == 2


async def calls(paths: Paths) -> int:
    store = await ChatStore.open(paths.chats)
    try:
        return len(await store.ledger())
    finally:
        await store.close()


async def test_what_an_ingest_cost_is_reported_and_booked(config: Config, tmp_path: Path) -> None:
    folder, paths = notes(tmp_path / "docs", "amber birch cedar"), machine(tmp_path, "one")
    async with open_documents(config, paths) as documents:
        report = await ingest(documents, folder)
        again = await ingest(documents, folder)
    store = await ChatStore.open(paths.chats)
    rows = await store.ledger()
    await store.close()
    tokens = sum(row.usage.input for row in rows)
    assert tokens > 0
    assert {row.kind for row in rows} == {"embedding"}
    assert all(row.model.endswith("/tiny") and row.outcome == "complete" for row in rows)
    assert (
        report.cost.amount
        == sum(row.cost.amount or 0 for row in rows)
        == tokens * 2 / Decimal(10**6)
    )
    assert report.as_json()["cost"]["price_source"] == "config"
    assert again.cost.amount == 0


@pytest.mark.parametrize(
    ("budget", "span"),
    [
        (Budget(day=Decimal("0.0000001")), "today"),
        (Budget(day=Decimal(1), month=Decimal("0.0000001")), "this month"),
    ],
)
async def test_a_budget_that_is_used_up_stops_an_ingest(
    config: Config, tmp_path: Path, budget: Budget, span: str
) -> None:
    folder = notes(tmp_path / "docs", "amber birch cedar")
    poor = Config(retrieval=config.retrieval, prices=config.prices, budget=budget)
    async with open_documents(poor, machine(tmp_path, "one")) as documents:
        with pytest.raises(BudgetExceeded, match=f"for {span} is used up"):
            await ingest(documents, folder)


async def test_an_ingest_waits_for_what_the_endpoint_takes_in_a_minute(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatui.assistant.rate_limit.MINUTE", 0.2)
    folder, paths = notes(tmp_path / "docs", "amber", "birch", "cedar"), machine(tmp_path, "one")
    embedder = replace(config.retrieval.embedder, batch=1, requests_per_minute=1)
    paced = replace(config, retrieval=replace(config.retrieval, embedder=embedder))
    said = list[str]()
    async with open_documents(paced, paths, on_warning=said.append) as documents:
        report = await ingest(documents, folder)
    assert report.added == 3
    assert any("may be asked once a minute" in sentence for sentence in said)
    store = await ChatStore.open(paths.chats)
    begun = sorted(row.started for row in await store.ledger())
    await store.close()
    between = [(after - before).total_seconds() for before, after in pairwise(begun)]
    assert between
    assert min(between) >= 0.19


async def test_a_budget_cannot_be_kept_without_a_price(config: Config, tmp_path: Path) -> None:
    hosted = EmbedderSettings(
        provider="openai-compatible", model="nobody-knows", base_url="https://embed.invalid/v1"
    )
    unpriced = Config(retrieval=Retrieval(embedder=hosted), budget=Budget(day=Decimal(1)))
    async with open_documents(unpriced, machine(tmp_path, "one")) as documents:
        with pytest.raises(BudgetExceeded, match="its price in USD is unknown"):
            await documents.embedder.embed_query("amber")


def test_an_endpoint_without_an_address_is_a_mistake_in_the_config(tmp_path: Path) -> None:
    settings = EmbedderSettings(provider="openai-compatible")
    with pytest.raises(ConfigError, match=r"set retrieval\.embedder\.base_url"):
        open_documents(Config(retrieval=Retrieval(embedder=settings)), machine(tmp_path, "one"))


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://api.openai.com/v1/", "openai"),
        ("http://127.0.0.1:11434/v1", "ollama"),
        ("https://user:secret@embed.example.com/v1", "embed.example.com"),
    ],
)
def test_the_endpoint_is_called_as_the_provider_at_its_address(url: str, name: str) -> None:
    settings = EmbedderSettings(provider="openai-compatible", base_url=url)
    assert embedding_provider(Config(retrieval=Retrieval(embedder=settings))) == name


def test_a_listed_price_is_found_and_ones_own_machine_is_free() -> None:
    def source(url: str, model: str, env: str = "") -> str | None:
        settings = EmbedderSettings(
            provider="openai-compatible", base_url=url, model=model, api_key_env=env
        )
        config = Config(retrieval=Retrieval(embedder=settings))
        price = price_book(config).price(f"{embedding_provider(config)}/{model}")
        return price.source if price else None

    assert source("https://api.openai.com/v1", "text-embedding-3-small", "K") == "genai-prices"
    assert source("http://localhost:8080/v1", "tiny") == "local"
    assert source("http://localhost:8080/v1", "tiny", "PROXY_KEY") is None
