"""Which models are in memory, and which processes are ended when."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psutil
import pytest

from chatui.domain.errors import ModelUnavailable
from chatui.models.local.host import LocalHost
from chatui.models.local.settings import LocalSettings
from tests.models.local_workshop import chat, file_of, hosting, said
from tests.models.replies import text_of
from tests.patience import until
from tests.tiny_gguf import write_tiny_gguf


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("models")
    one, two = (write_tiny_gguf(folder / f"{name}.gguf") for name in ("one", "two"))
    return one, two


async def test_nothing_is_started_before_the_first_reply(files: tuple[Path, Path]) -> None:
    async with hosting() as (host, make):
        make(files[0])
        assert host.pids() == {}


async def test_another_model_takes_the_place_and_the_memory_is_free(
    files: tuple[Path, Path],
) -> None:
    async with hosting(most=1) as (host, make):
        await said(make(files[0]), chat("Hello?"))
        first = host.pids()["local/one"]
        await said(make(files[1]), chat("Hello?"))
        assert host.pids().keys() == {"local/two"}
        assert not psutil.pid_exists(first)


async def test_a_model_that_answers_keeps_its_place_until_it_is_done(
    files: tuple[Path, Path],
) -> None:
    async with hosting(most=1) as (_, make):
        long, short = chat("Hello?", max_output_tokens=300), chat("Hello?")
        replies = await asyncio.gather(said(make(files[0]), long), said(make(files[1]), short))
    assert [len(text_of(events).split()) for events in replies] == [300, 12]


async def test_two_models_may_be_loaded_at_once(files: tuple[Path, Path]) -> None:
    async with hosting(most=2) as (host, make):
        for path in files:
            await said(make(path), chat("Hello?"))
        assert host.pids().keys() == {"local/one", "local/two"}


async def test_a_model_that_is_not_used_is_ended_and_comes_back_when_asked(
    files: tuple[Path, Path],
) -> None:
    async with hosting(idle_seconds=0.1) as (host, make):
        model = make(files[0])
        await said(model, chat("Hello?"))
        await until(lambda: not host.pids())
        assert text_of(await said(model, chat("Hello?")))


async def test_a_model_loaded_ahead_is_not_waited_for_again(files: tuple[Path, Path]) -> None:
    told: list[str] = []
    async with hosting(on_loading=told.append) as (host, make):
        model = make(files[0])
        await model.warm()
        async with host.loaded(file_of(files[0])):
            pid = host.pids()["local/one"]
        told.clear()
        await said(model, chat("Hello?"))
        assert host.pids() == {"local/one": pid}
        assert told == []


async def test_a_reply_that_has_to_wait_says_for_what(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatui.models.local.host.PATIENCE_SECONDS", 0.0)
    told: list[str] = []
    async with hosting(on_loading=told.append) as (_, make):
        await said(make(files[0]), chat("Hello?"))
    assert told == ["local/one"]


async def test_a_model_that_does_not_fit_is_refused_before_anything_starts(
    files: tuple[Path, Path],
) -> None:
    def refuse(_file: object) -> LocalSettings:
        raise ModelUnavailable("It needs 9 GB, and 4 GB are free; choose a smaller one.")

    host = LocalHost(refuse)
    with pytest.raises(ModelUnavailable, match="9 GB"):
        async with host.loaded(file_of(files[0])):
            pytest.fail("it was loaded")
    assert host.pids() == {}


async def test_closing_one_model_leaves_another_that_loads(files: tuple[Path, Path]) -> None:
    async with hosting(most=2) as (host, make):
        one, two = make(files[0]), make(files[1])
        await said(one, chat("Hello?"))
        await two.warm()
        await one.close()
        await until(lambda: host.pids().keys() == {"local/two"})


async def test_closing_ends_the_process_also_while_it_loads(files: tuple[Path, Path]) -> None:
    async with hosting() as (host, make):
        model = make(files[0])
        await model.warm()
        await until(lambda: bool(host.pids()))
        pid = host.pids()["local/one"]
        await model.close()
        await until(lambda: not psutil.pid_exists(pid))
