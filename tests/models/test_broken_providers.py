"""A provider that is broken, in whatever way, gets its line and hides no other one."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from chatui.models.catalog import Catalog, Listing
from chatui.models.files.model_files import ModelFiles
from tests.assistant.hosted_house import none_built_in
from tests.models.conftest import endpoint_at
from tests.scripted_server import Exchange, Script, ScriptedServer

SECONDS = 2.0
"""What a provider is waited for: the good one has answered long before."""
GOOD = {"data": [{"id": "good"}], "models": [{"name": "good"}]}


async def good(exchange: Exchange) -> None:
    await exchange.answer(200, GOOD)


async def silent(exchange: Exchange) -> None:
    await exchange.until_the_client_leaves()


async def endless(exchange: Exchange) -> None:
    """Whitespace in front of the JSON, without end."""
    await exchange.head(200, {"Content-Type": "application/json"})
    while not exchange.client_left.is_set():
        await exchange.raw(b" " * 65_536)


async def endless_events(exchange: Exchange) -> None:
    await exchange.head(200)
    while not exchange.client_left.is_set():
        await exchange.raw(b"data: {}\n\n" * 6000)


async def dripping(exchange: Exchange) -> None:
    await exchange.head(200, {"Content-Type": "application/json"})
    while not exchange.client_left.is_set():
        await exchange.raw(b" ")
        await asyncio.sleep(0.05)


async def dripping_head(exchange: Exchange) -> None:
    exchange.answered = True
    exchange.writer.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not exchange.client_left.is_set():
        exchange.writer.write(b"x")
        await exchange.writer.drain()
        await asyncio.sleep(0.05)


async def bytes_of_nothing(exchange: Exchange) -> None:
    await exchange.head(200, {"Content-Type": "application/json"})
    await exchange.raw(b'\xff\xfe{"data": \x80}')
    await exchange.end()


async def cut(exchange: Exchange) -> None:
    await exchange.head(200, {"Content-Type": "application/json"})
    await exchange.raw(b'{"data": [')
    await exchange.cut()


def answering(body: object, status: int = 200) -> Script:
    return lambda exchange: exchange.answer(status, body)


BROKEN: dict[str, Script] = {
    "closes": Exchange.cut,
    "silent": silent,
    "html": answering("<html><body>Welcome</body></html>"),
    "refuses": answering({"error": {"message": "No"}}, 401),
    "fails": answering("<html>Bad gateway</html>", 502),
    "bad json": answering('{"data": [{"id": "x"'),
    "no text": bytes_of_nothing,
    "cut": cut,
    "endless": endless,
    "endless events": endless_events,
    "dripping": dripping,
    "dripping head": dripping_head,
    "a list": answering([1, 2]),
    "a number": answering(7),
    "nothing": answering(None),
    "data of another type": answering({"data": "x", "models": {"name": "x"}}),
    "too deep": answering("[" * 100_000),
}
ODD: dict[str, object] = {
    "entries of other types": [1, None, "x", [], {}],
    "names of other types": [{"id": 3, "name": []}, {"id": "", "name": ""}, {"id": None}],
    "sizes of other types": [
        {"id": "odd", "name": "odd", "max_model_len": True, "context_length": "big", "meta": 5},
        {"id": "odder", "name": "odder", "max_model_len": 10**30, "details": [1]},
    ],
}


async def listed(folder: Path, script: Script | None, *, local: bool) -> Listing:
    """What is listed of a good provider between two that do the same; None: nothing listens."""
    async with AsyncExitStack() as stack:
        working = await stack.enter_async_context(ScriptedServer(good))
        bad = ScriptedServer(*([script] if script else []))
        await stack.enter_async_context(bad)
        if script is None:
            await bad.__aexit__(None, None, None)
        key = "" if local else "sk-bad"
        endpoints = [
            endpoint_at(bad.base_url, name="first", key=key, local=local),
            endpoint_at(working.base_url, name="working"),
            endpoint_at(bad.base_url, name="second", key=key, local=local),
        ]
        catalog = Catalog(endpoints, ModelFiles(folder), none_built_in)
        try:
            return await catalog.listing(SECONDS)
        finally:
            await catalog.close()


@pytest.mark.parametrize("local", [False, True], ids=["hosted", "local"])
@pytest.mark.parametrize("fault", BROKEN)
async def test_a_broken_provider_gets_a_line_and_hides_no_other(
    fault: str, local: bool, tmp_path: Path
) -> None:
    listing = await listed(tmp_path, BROKEN[fault], local=local)

    assert "working/good" in [info.name for info in listing.models]
    assert [note.count("first") + note.count("second") > 0 for note in listing.notes] == [True] * 2
    for note in listing.notes:
        assert note.endswith(".")
        assert "could not be asked for its models" not in note
        assert "what came before is kept" not in note


@pytest.mark.parametrize("local", [False, True], ids=["hosted", "local"])
async def test_a_provider_that_does_not_listen_gets_a_line(local: bool, tmp_path: Path) -> None:
    listing = await listed(tmp_path, None, local=local)

    assert "working/good" in [info.name for info in listing.models]
    assert [note.startswith("Nothing answers at") for note in listing.notes] == [True, True]


@pytest.mark.parametrize("local", [False, True], ids=["hosted", "local"])
@pytest.mark.parametrize("odd", ODD)
async def test_entries_of_the_wrong_type_are_passed_over(
    odd: str, local: bool, tmp_path: Path
) -> None:
    entries = ODD[odd]
    listing = await listed(tmp_path, answering({"data": entries, "models": entries}), local=local)

    assert listing.notes == ()
    sizes = {info.name: info.context_size for info in listing.models}
    assert sizes.keys() <= {
        "builtin/extract", "working/good",
        "first/odd", "first/odder", "second/odd", "second/odder",
    }  # fmt: skip
    assert set(sizes.values()) == {None}


@pytest.mark.parametrize("name", ["a..b", "x" * 70, "[::1", "host name"])
async def test_an_address_that_can_not_be_is_one_line(name: str, tmp_path: Path) -> None:
    async with ScriptedServer(good) as working:
        endpoints = [
            endpoint_at(f"http://{name}/v1", name="bad", key="", local=True),
            endpoint_at(working.base_url, name="working"),
        ]
        catalog = Catalog(endpoints, ModelFiles(tmp_path), none_built_in)
        try:
            listing = await catalog.listing(SECONDS)
        finally:
            await catalog.close()

    assert "working/good" in [info.name for info in listing.models]
    assert len(listing.notes) == 1


async def test_a_fault_that_nobody_thought_of_is_a_line_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chatui.models import catalog as room

    async def odd(connection: object, seconds: float) -> None:
        raise LookupError("odd")

    monkeypatch.setattr(room, "served_models", odd)
    listing = await listed(tmp_path, good, local=False)

    assert [note.startswith(("first", "working", "second")) for note in listing.notes] == [True] * 3
    assert "builtin/extract" in [info.name for info in listing.models]
