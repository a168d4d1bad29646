"""The verbs with a Chroma server and an embedding endpoint in the config, both real."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatui.memory.records import LedgerRow
from chatui.memory.store.store import ChatStore
from tests.cli.conftest import Shell
from tests.document_servers import servers_running
from tests.retrieval.chroma_server import free_port
from tests.tiny_gguf import WIDTH


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    with servers_running(tmp_path_factory.mktemp("servers")) as urls:
        yield urls


@pytest.fixture
def connected(
    shell: Shell, home: Path, servers: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    """A shell whose config names both servers, and a price for the endpoint's model."""
    chroma, llama = servers
    # What is known of the endpoint is kept there, and must not outlive the test.
    (home / "data" / "cache" / "embedders").unlink()
    config = home / "config.toml"
    config.write_text(
        f'[retrieval.chroma]\nurl = "{chroma}"\n'
        f'[retrieval.embedder]\nprovider = "openai-compatible"\nmodel = "tiny"\n'
        f'base_url = "{llama}"\n[prices.tiny]\ninput = 1\noutput = 0\n'
    )
    monkeypatch.setenv("CHATUI_CONFIG", str(config))
    return shell


def ledger(shell: Shell) -> list[LedgerRow]:
    async def read() -> list[LedgerRow]:
        store = await ChatStore.open(shell.data / "chats.db")
        try:
            return await store.ledger()
        finally:
            await store.close()

    return asyncio.run(read())


def test_every_verb_of_documents_works_on_servers(connected: Shell, documents: Path) -> None:
    report = connected("ingest", str(documents), "--json").json
    assert report["embedded"] == report["chunks"]["total"] > 0
    assert float(report["cost"]["amount"]) > 0
    assert not (connected.data / "vectors").exists()

    found = connected("search", "help screen", "--mode", "dense", "--json").json["results"]
    assert len(found) == report["chunks"]["total"]
    assert "none is missing" in connected("collections", "check").out
    assert connected("collections", "rebuild").code == 0
    assert connected("collections", "check").code == 0
    assert connected("collections", "remove", "default", "--yes").code == 0


def test_a_turn_pays_for_the_embedding_of_its_question(connected: Shell, documents: Path) -> None:
    connected("ingest", str(documents))
    before = len(ledger(connected))

    answer = connected("ask", "-m", "builtin/extract", "Which key opens help?", "--json").json

    rows = [row for row in ledger(connected)[before:] if row.kind == "embedding"]
    asked = [row for row in rows if row.turn_id == answer["turn"]]
    assert len(asked) == 1
    assert asked[0].conversation_id == answer["conversation"]
    assert asked[0].cost.amount


def test_doctor_looks_at_both(connected: Shell, documents: Path) -> None:
    connected("ingest", str(documents))
    found = {one["what"]: one for one in connected("doctor", "--json").json}
    assert found["chroma"]["state"] == found["embedding"]["state"] == "ok"
    assert f"{WIDTH} numbers a vector" in found["embedding"]["detail"]


def test_another_index_than_before_is_noticed(
    connected: Shell, documents: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected("ingest", str(documents))
    monkeypatch.setenv("CHATUI_RETRIEVAL__CHROMA__URL", "")
    found = connected("search", "help", "--mode", "dense")
    assert found.code == 1
    assert "chatui collections rebuild default" in found.err


def test_servers_that_are_down_are_named_with_what_to_do(
    connected: Shell, documents: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected("ingest", str(documents))
    monkeypatch.setattr("chatui.retrieval.web_service.FIRST_DELAY", 0.0)
    monkeypatch.setenv("CHATUI_RETRIEVAL__CHROMA__URL", f"http://127.0.0.1:{free_port()}")

    done = connected("search", "help", "--mode", "dense")
    assert (done.code, done.out) == (1, "")
    assert "cannot be reached" in done.err
    assert "start it, or empty retrieval.chroma.url" in done.err
    found = {one["what"]: one for one in connected("doctor", "--json").json}
    assert found["chroma"]["state"] == "wrong"
    assert connected("search", "help", "--mode", "lexical").code == 0


def test_an_endpoint_without_an_address_is_a_mistake_in_the_config(
    connected: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATUI_RETRIEVAL__EMBEDDER__BASE_URL", "")
    done = connected("search", "help")
    assert done.code == 2
    assert "set retrieval.embedder.base_url" in done.err
    assert "set retrieval.embedder.base_url" in connected("doctor").out


def test_an_ingest_is_foretold_with_what_it_takes(connected: Shell, documents: Path) -> None:
    done = connected("ingest", str(documents), "--json")
    booked = sum(row.usage.input for row in ledger(connected) if row.kind == "embedding")
    again = connected("ingest", str(documents), "--json")

    (told,) = [line for line in done.err.splitlines() if line.startswith("Embedding ")]
    found = re.search(r"Embedding (\d+) files? with .* takes ≈ ([\d,]+) tokens, ≈ \$", told)
    assert found is not None
    assert int(found[1]) == done.json["files"]["added"]
    # Another vocabulary counts here, and the endpoint's own is of single bytes.
    assert 0 < int(found[2].replace(",", "")) <= booked
    assert "Embedding" not in again.err


def test_an_ingest_that_costs_more_than_was_said_asks_and_is_not_made_without_an_answer(
    connected: Shell, documents: Path, home: Path
) -> None:
    config = home / "config.toml"
    config.write_text(config.read_text() + "[budget]\nask_above = 0.000001\n")

    refused = connected("ingest", str(documents))
    agreed = connected("ingest", str(documents), "--yes")

    assert refused.code != 0
    assert "more than budget.ask_above" in refused.err
    assert "--yes sends it" in refused.err
    assert agreed.code == 0
    assert "added" in agreed.out
